INSERT INTO "poc"."Order"."group ""by""" ("id", "Region", "updated_at", "select")
SELECT "id", "Region", "updated_at", "select" FROM (
select * from raw.orders -- all of them
) AS "incoming"
WHERE "incoming"."updated_at" IS NOT NULL;
