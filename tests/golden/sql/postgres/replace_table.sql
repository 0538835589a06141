CREATE TABLE "poc"."Order"."_rocky_734d281dd6ab284a" AS
select * from raw.orders -- all of them;
DROP TABLE IF EXISTS "poc"."Order"."group ""by""";
ALTER TABLE "poc"."Order"."_rocky_734d281dd6ab284a" RENAME TO "group ""by""";
