DROP TABLE IF EXISTS pg_temp."_rocky_incoming";
CREATE TEMPORARY TABLE "_rocky_incoming" AS
select * from raw.orders -- all of them;
-- a row refuses: the query returns more than one row with the same key (id, Region)
SELECT "id", "Region" FROM "_rocky_incoming"
GROUP BY "id", "Region" HAVING count(*) > 1
LIMIT 1;
MERGE INTO "poc"."Order"."group ""by""" AS "target"
USING "_rocky_incoming" AS "incoming"
ON ARRAY["target"."id"] = ARRAY["incoming"."id"] AND ARRAY["target"."Region"] = ARRAY["incoming"."Region"]
WHEN MATCHED THEN UPDATE SET "updated_at" = "incoming"."updated_at", "select" = "incoming"."select"
WHEN NOT MATCHED THEN INSERT ("id", "Region", "updated_at", "select")
VALUES ("incoming"."id", "incoming"."Region", "incoming"."updated_at", "incoming"."select");
DROP TABLE IF EXISTS "_rocky_incoming";
