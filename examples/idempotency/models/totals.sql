---toml
---
SELECT region, count(*) AS payments, sum(amount) AS amount
FROM (FROM books.main.payments_africa UNION ALL FROM books.main.payments_america
      UNION ALL FROM books.main.payments_asia UNION ALL FROM books.main.payments_europe)
GROUP BY region
