CREATE OR REPLACE TABLE "poc"."Order"."group ""by""" AS
select * from raw.orders -- all of them;
