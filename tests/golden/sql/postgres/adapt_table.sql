ALTER TABLE "poc"."Order"."group ""by""" ALTER COLUMN "id" SET DATA TYPE BIGINT USING CAST("id" AS BIGINT);
ALTER TABLE "poc"."Order"."group ""by""" ADD COLUMN "note" VARCHAR;
