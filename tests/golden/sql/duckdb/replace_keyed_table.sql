CREATE OR REPLACE TABLE "poc"."Order"."group ""by""" AS
select * from raw.orders -- all of them;
-- a row refuses: the query returns more than one row with the same key (id, Region)
SELECT "id", "Region" FROM "poc"."Order"."group ""by"""
GROUP BY "id", "Region" HAVING count(*) > 1
LIMIT 1;
