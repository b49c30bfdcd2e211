-- The log: append-only tables, and the snapshots that only save time.
--
-- The triggers keep a mistake from changing the log. They do not stop somebody who may write to the
-- file and drops them first: that shows when the log is verified against a checkpoint.

CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The record bytes as they are hashed and published. The last record of each batch carries the root
-- of the tree up to it and the signed checkpoint.
CREATE TABLE record (
    ledger INTEGER NOT NULL,
    position INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    root BLOB,
    checkpoint TEXT,
    PRIMARY KEY (ledger, position)
) STRICT, WITHOUT ROWID;

-- The complete tiles of the Merkle tree: 256 hashes each.
CREATE TABLE tile (
    ledger INTEGER NOT NULL,
    level INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (ledger, level, "index")
) STRICT, WITHOUT ROWID;

-- Which records a command led to, for finding a repeated command: for each complete run of 65,536
-- positions, the commands that begin in it, by the first 12 bits of their keys. An entry has 48
-- bytes: key, digest, first and last position. Made from the records' commandid and commanddigest.
CREATE TABLE command (
    ledger INTEGER NOT NULL,
    run INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (ledger, run, bucket)
) STRICT;

-- States of the ledger to start from; may be deleted at any time.
CREATE TABLE snapshot (
    ledger INTEGER NOT NULL,
    position INTEGER NOT NULL,
    format INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (ledger, position, format)
) STRICT;

-- A record comes right after the last one. This also refuses INSERT OR REPLACE, which would delete
-- without firing a delete trigger where recursive_triggers is off.
CREATE TRIGGER record_in_order BEFORE INSERT ON record
WHEN NEW.position IS NOT
     (SELECT coalesce(max(position), 0) + 1 FROM record WHERE ledger = NEW.ledger)
BEGIN SELECT RAISE(ABORT, 'a record comes right after the last one'); END;

CREATE TRIGGER tile_once BEFORE INSERT ON tile
WHEN EXISTS (SELECT 1 FROM tile
             WHERE ledger = NEW.ledger AND level = NEW.level AND "index" = NEW."index")
BEGIN SELECT RAISE(ABORT, 'the tile is there already'); END;

CREATE TRIGGER command_once BEFORE INSERT ON command
WHEN EXISTS (SELECT 1 FROM command
             WHERE ledger = NEW.ledger AND run = NEW.run AND bucket = NEW.bucket)
BEGIN SELECT RAISE(ABORT, 'the commands are there already'); END;

CREATE TRIGGER ledger_once BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE number = NEW.number OR name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'the ledger is there already'); END;

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER record_no_update BEFORE UPDATE ON record
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER record_no_delete BEFORE DELETE ON record
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER tile_no_update BEFORE UPDATE ON tile
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER tile_no_delete BEFORE DELETE ON tile
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER command_no_update BEFORE UPDATE ON command
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER command_no_delete BEFORE DELETE ON command
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

-- The checkpoints alone.
CREATE VIEW checkpoint AS
SELECT ledger, position AS size, root, checkpoint AS note FROM record WHERE checkpoint IS NOT NULL;
