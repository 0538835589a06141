---toml
target = { schema = "raw__noaa" }
---
SELECT location AS city, date AS day, precipitation AS rain_mm, temp_max, temp_min, wind, weather
FROM read_csv('data/weather.csv', header = true,
              columns = {'location': 'VARCHAR', 'date': 'DATE', 'precipitation': 'DOUBLE',
                         'temp_max': 'DOUBLE', 'temp_min': 'DOUBLE', 'wind': 'DOUBLE',
                         'weather': 'VARCHAR'})
