---toml
---
-- The weather file covers 2012 to 2015, the flights 2001: a month is compared with what it is usually like.
SELECT city, month(day) AS month, round(avg(rain_mm), 1) AS rain_mm_a_day,
       round(100 * count(*) FILTER (WHERE weather IN ('rain', 'snow')) / count(*)) AS wet_days_percent
FROM flights.staging__noaa.weather
GROUP BY city, month(day)
