CREATE TABLE "poc"."Order"."_rocky_734d281dd6ab284a" AS
WITH "stg_orders" AS NOT MATERIALIZED (SELECT * FROM "poc"."raw__eu"."select"),
"Up" AS NOT MATERIALIZED (SELECT * FROM "poc"."raw__eu"."select")
SELECT * FROM (
select * from raw.orders -- all of them
) AS "model";
DROP TABLE IF EXISTS "poc"."Order"."group ""by""";
ALTER TABLE "poc"."Order"."_rocky_734d281dd6ab284a" RENAME TO "group ""by""";
