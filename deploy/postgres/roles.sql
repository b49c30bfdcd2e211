-- The logins of an installation. To be run once by an administrator, in the ledger's database, after
-- `almoner init` has made the tables and the roles almoner_writer and almoner_reader (README.md).
--
-- No passwords stand here: give them with `\password almoner_service`, or let pg_hba.conf ask for
-- something better.

-- The service: reads and appends; makes the views, which can always be made anew.
CREATE ROLE almoner_service LOGIN IN ROLE almoner_writer;

-- Auditors and reports: read.
CREATE ROLE almoner_auditor LOGIN IN ROLE almoner_reader;
ALTER ROLE almoner_auditor SET default_transaction_read_only = on;

-- Before PostgreSQL 15 everybody may make tables.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
