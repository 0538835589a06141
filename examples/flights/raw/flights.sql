---toml
target = { schema = "raw__bts" }
---
SELECT date AS departed_at, delay AS delay_minutes, distance AS miles, origin, destination
FROM read_parquet('data/flights-3m.parquet')
