-- The log: append-only tables, and the snapshots that only save time.

CREATE TABLE ledger (
    number INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- The record bytes as they are hashed and published. The last record of each batch carries the root
-- of the tree up to it and the signed checkpoint. There is no index but the primary key, so that
-- appending stays cheap; views have what questions need.
CREATE TABLE record (
    ledger INTEGER NOT NULL,
    position BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    root BYTEA,
    checkpoint TEXT,
    PRIMARY KEY (ledger, position)
);

-- The complete tiles of the Merkle tree: 256 hashes each.
CREATE TABLE tile (
    ledger INTEGER NOT NULL,
    level SMALLINT NOT NULL,
    "index" BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (ledger, level, "index")
);

-- Which records a command led to, for finding a repeated command: for each complete run of 65,536
-- positions, the commands that begin in it, by the first 12 bits of their keys. An entry has 48
-- bytes: key, digest, first and last position. Made from the records' commandid and commanddigest.
CREATE TABLE command (
    ledger INTEGER NOT NULL,
    run BIGINT NOT NULL,
    bucket INTEGER NOT NULL,
    entries BYTEA NOT NULL,
    PRIMARY KEY (ledger, run, bucket)
);

-- States of the ledger to start from; may be deleted at any time.
CREATE TABLE snapshot (
    ledger INTEGER NOT NULL,
    position BIGINT NOT NULL,
    format BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (ledger, position, format)
);

-- The checkpoints alone.
CREATE VIEW checkpoint AS
SELECT ledger, position AS size, root, checkpoint AS note FROM record WHERE checkpoint IS NOT NULL;

-- No time is spent on compressing: hashes do not shrink, and records are short.
ALTER TABLE record ALTER bytes SET STORAGE EXTERNAL;
ALTER TABLE tile ALTER hashes SET STORAGE EXTERNAL;
ALTER TABLE command ALTER entries SET STORAGE EXTERNAL;
ALTER TABLE snapshot ALTER bytes SET STORAGE EXTERNAL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- ALWAYS: otherwise session_replication_role = replica would switch the triggers off. They keep a
-- mistake from changing the log. A superuser can drop them: that shows when the log is verified
-- against a checkpoint.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['ledger', 'record', 'tile', 'command'] LOOP
        EXECUTE format('CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER no_change', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER no_truncate', name);
    END LOOP;
END $$;

REVOKE ALL ON ledger, record, tile, command, checkpoint, snapshot FROM PUBLIC;

-- Three roles, for the logins of an installation to be members of:
--   almoner_owner   owns the log's tables; nobody works as it from day to day
--   almoner_writer  the program: may read and append
--   almoner_reader  auditors and reports: may read
-- Where the migrating user may not create roles and they do not exist, the tables stay its own and
-- are protected by their triggers alone.
DO $$
DECLARE
    name TEXT;
    me pg_roles;
BEGIN
    SELECT * INTO me FROM pg_roles WHERE rolname = current_user;
    FOREACH name IN ARRAY ARRAY['almoner_owner', 'almoner_writer', 'almoner_reader'] LOOP
        IF me.rolsuper OR me.rolcreaterole THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                -- Another database of this server has made it.
            END;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            RAISE NOTICE 'there is no role %, and % may not create it', name, current_user;
            RETURN;
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), name);
    END LOOP;

    GRANT SELECT, INSERT ON ledger, record, tile, command TO almoner_writer;
    GRANT SELECT ON checkpoint TO almoner_writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON snapshot TO almoner_writer;
    GRANT SELECT ON ledger, record, tile, command, checkpoint, snapshot TO almoner_reader;
    -- So that a program at the tables' version sees that there is nothing to migrate.
    GRANT SELECT ON _sqlx_migrations TO almoner_writer, almoner_reader;
    -- Tables that later migrations add are views of the log: made from it, and made anew.
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO almoner_writer;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO almoner_reader;

    BEGIN
        IF NOT me.rolsuper AND NOT pg_has_role('almoner_owner', 'MEMBER') THEN
            EXECUTE format('GRANT almoner_owner TO %I', current_user);
        END IF;
        EXECUTE format('GRANT CREATE ON SCHEMA %I TO almoner_owner', current_schema());
        FOREACH name IN ARRAY ARRAY['ledger', 'record', 'tile', 'command'] LOOP
            EXECUTE format('ALTER TABLE %I OWNER TO almoner_owner', name);
        END LOOP;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE '% may not give the tables to almoner_owner and keeps them', current_user;
    END;
END $$;
