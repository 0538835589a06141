---toml
---
-- Delays by the airport a flight left from. More than twelve hours, either way, is a clerical error.
SELECT f.origin AS airport, any_value(a.name) AS name, any_value(a.city) AS city,
       any_value(a.state) AS state, count(*) AS flights,
       avg(f.delay_minutes) AS average_delay,
       count(*) FILTER (WHERE f.delay_minutes > 30) / count(*) AS late_share
FROM flights.staging__bts.flights f
JOIN flights.staging__faa.airports a ON a.iata = f.origin
WHERE abs(f.delay_minutes) <= 720
GROUP BY f.origin
