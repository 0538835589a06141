---toml
target = { schema = "raw__faa" }
---
SELECT iata, name, city, state, latitude, longitude
FROM read_csv('data/airports.csv', header = true,
              columns = {'iata': 'VARCHAR', 'name': 'VARCHAR', 'city': 'VARCHAR', 'state': 'VARCHAR',
                         'country': 'VARCHAR', 'latitude': 'DOUBLE', 'longitude': 'DOUBLE'})
