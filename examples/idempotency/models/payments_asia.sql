---toml
strategy = { type = "incremental", timestamp_column = "paid_at" }
---
SELECT now()::TIMESTAMP AS paid_at, 'asia' AS region, i AS payment, (i * 7919) % 1000 AS amount
FROM range(1000) t(i)
