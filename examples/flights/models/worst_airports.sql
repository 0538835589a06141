---toml
depends_on = ["airport_delays"]
---
SELECT row_number() OVER (ORDER BY late_share DESC, airport) AS place, airport, city, state, flights,
       round(average_delay, 1) AS average_delay, round(100 * late_share, 1) AS late_percent
FROM flights.marts.airport_delays
WHERE flights >= 10000
QUALIFY place <= 10
