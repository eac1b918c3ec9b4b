-- The memory of the proxy: what was acknowledged to a device stands here first.
-- Numbers that are unsigned in the program (hashes, paths, indexes) are kept as the same 64 bits, signed. Times are ms since 1970, UTC.

-- secret: keys observation tokens. last_row, last_committed_ms, last_batch: of batches that are folded away.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a process start: number and text are part of instance names.
CREATE TABLE run (
  run     INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  started INTEGER NOT NULL
) STRICT;

-- contentInstances on their way. Only appended to at the end and deleted by id: no further index.
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY,
  device       INTEGER NOT NULL,
  kind         INTEGER NOT NULL,  -- 0 reading, 1 online, 2 status of a command
  run          INTEGER NOT NULL,
  committed_ms INTEGER NOT NULL,
  time         INTEGER NOT NULL,  -- of the reading
  source       INTEGER NOT NULL,  -- packed path of the reading, 0 for none
  target       TEXT NOT NULL,
  content_info TEXT NOT NULL,
  content      TEXT NOT NULL
) STRICT;

-- What the CSE would not take, newest last; only the newest are kept.
CREATE TABLE rejected (
  seq          INTEGER PRIMARY KEY,
  id           INTEGER NOT NULL,
  device       INTEGER NOT NULL,
  kind         INTEGER NOT NULL,
  run          INTEGER NOT NULL,
  committed_ms INTEGER NOT NULL,
  time         INTEGER NOT NULL,
  source       INTEGER NOT NULL,
  target       TEXT NOT NULL,
  content_info TEXT NOT NULL,
  content      TEXT NOT NULL,
  reason       TEXT NOT NULL,
  at           INTEGER NOT NULL
) STRICT;

-- Appended to with each change of a registration; the newest row of a device is its state, older ones are removed later.
CREATE TABLE registration_log (
  seq           INTEGER PRIMARY KEY,
  device        INTEGER NOT NULL,
  location      INTEGER NOT NULL,
  state         INTEGER NOT NULL,  -- 0 registered, 1 deregistered, 2 expired
  generation    INTEGER NOT NULL,
  queue_mode    INTEGER NOT NULL,
  lifetime      INTEGER NOT NULL,
  lwm2m_version INTEGER NOT NULL,  -- major * 65536 + minor
  since         INTEGER NOT NULL,
  address       BLOB NOT NULL,     -- ip, port, scope
  endpoint      TEXT NOT NULL,
  binding       TEXT NOT NULL,
  object_links  TEXT NOT NULL,
  attributes    TEXT NOT NULL,
  observations  BLOB NOT NULL
) STRICT;

-- One row a batch: the messages it answered and what it changed in the accounts. Older ones are folded into `account`.
CREATE TABLE batch (
  id           INTEGER PRIMARY KEY,
  time         INTEGER NOT NULL,
  last_row     INTEGER NOT NULL,  -- highest outbox id ever given
  committed_ms INTEGER NOT NULL,  -- highest commit time ever given
  accounts     BLOB NOT NULL,
  answered     BLOB NOT NULL
) STRICT;

-- Totals of a device up to and including batch `as_of`; those of younger batches are to be added.
CREATE TABLE account (
  device       INTEGER PRIMARY KEY,
  as_of        INTEGER NOT NULL,
  received     INTEGER NOT NULL,
  pending      INTEGER NOT NULL,
  delivered    INTEGER NOT NULL,
  filtered     INTEGER NOT NULL,
  unmapped     INTEGER NOT NULL,
  decode_error INTEGER NOT NULL,
  rejected     INTEGER NOT NULL,
  expired      INTEGER NOT NULL,
  in_doubt     INTEGER NOT NULL
) STRICT;

-- What of a device's tree the CSE holds: hash of what was last made in full.
CREATE TABLE tree (
  device INTEGER PRIMARY KEY,
  built  INTEGER NOT NULL
) STRICT;

-- Devices removed: what is theirs up to these numbers counts as gone, and is swept up in small pieces; then the row goes too.
CREATE TABLE forgotten (
  device   INTEGER PRIMARY KEY,
  batch    INTEGER NOT NULL,
  last_row INTEGER NOT NULL,
  last_seq INTEGER NOT NULL   -- of registration_log
) STRICT;
