CREATE TABLE "poc"."Order"."_rocky_734d281dd6ab284a" AS
select * from raw.orders -- all of them;
DROP TABLE IF EXISTS "poc"."Order"."group ""by""";
ALTER TABLE "poc"."Order"."_rocky_734d281dd6ab284a" RENAME TO "group ""by""";
-- a row refuses: the query returns more than one row with the same key (id, Region)
SELECT "id", "Region" FROM "poc"."Order"."group ""by"""
GROUP BY "id", "Region" HAVING count(*) > 1
LIMIT 1;
