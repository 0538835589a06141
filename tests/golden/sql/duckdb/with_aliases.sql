CREATE OR REPLACE TABLE "poc"."Order"."group ""by""" AS
WITH "stg_orders" AS NOT MATERIALIZED (SELECT * FROM "poc"."raw__eu"."select"),
"Up" AS NOT MATERIALIZED (SELECT * FROM "poc"."raw__eu"."select")
SELECT * FROM (
select * from raw.orders -- all of them
) AS "model";
