DROP TABLE IF EXISTS pg_temp."_rocky_incoming";
CREATE TEMPORARY TABLE "_rocky_incoming" AS
select * from raw.orders -- all of them;
-- a row refuses: the query returns more than one row with the same key (id)
SELECT "id" FROM "_rocky_incoming"
GROUP BY "id" HAVING count(*) > 1
LIMIT 1;
MERGE INTO "poc"."Order"."group ""by""" AS "target"
USING "_rocky_incoming" AS "incoming"
ON ARRAY["target"."id"] = ARRAY["incoming"."id"]
WHEN NOT MATCHED THEN INSERT ("id")
VALUES ("incoming"."id");
DROP TABLE IF EXISTS "_rocky_incoming";
