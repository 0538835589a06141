DO 'BEGIN IF NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ''it''''s "odd"'') THEN CREATE SCHEMA IF NOT EXISTS "it''s ""odd"""; END IF; END';
SELECT pg_advisory_xact_lock(hashtextextended('rocky table it''s', 0));
