---toml
---
WITH city_airports (airport, city) AS (
  VALUES ('SEA', 'Seattle'), ('JFK', 'New York'), ('LGA', 'New York'), ('EWR', 'New York')
), departures AS (
  SELECT c.city, month(f.departed_at) AS month, count(*) AS flights,
         round(avg(f.delay_minutes), 1) AS average_delay,
         round(100 * count(*) FILTER (WHERE f.delay_minutes > 30) / count(*), 1) AS late_percent
  FROM flights.staging__bts.flights f
  JOIN city_airports c ON c.airport = f.origin
  WHERE abs(f.delay_minutes) <= 720
  GROUP BY c.city, month(f.departed_at)
)
SELECT d.city, d.month AS month_number, monthname(make_date(2001, d.month, 1)) AS month, d.flights, d.average_delay,
       d.late_percent, w.rain_mm_a_day, w.wet_days_percent
FROM departures d
JOIN flights.marts.month_weather w ON w.city = d.city AND w.month = d.month
