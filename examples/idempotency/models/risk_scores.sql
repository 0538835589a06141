---toml
---
-- Takes a second or two: time enough for somebody to pull the plug.
SELECT bucket, max(score) AS worst
FROM (SELECT i % 16 AS bucket, hash(hash(i)) AS score FROM range(300000000) t(i))
GROUP BY bucket
