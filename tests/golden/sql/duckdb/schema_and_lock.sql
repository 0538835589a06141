CREATE SCHEMA IF NOT EXISTS "poc"."it's ""odd""";
