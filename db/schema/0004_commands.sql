-- What devices are asked to do. Ended ones are kept for a week, and the newest 10,000 of them at most.
CREATE TABLE command (
  id        INTEGER PRIMARY KEY,  -- run * 2^32 + number within the run
  device    INTEGER NOT NULL,
  state     INTEGER NOT NULL,     -- 1 waiting, 2 sent; ends: 3 succeeded, 4 failed, 5 expired
  submitted INTEGER NOT NULL,
  deadline  INTEGER NOT NULL,
  changed   INTEGER NOT NULL,     -- since when it is in its state
  origin    TEXT NOT NULL,
  operation TEXT NOT NULL,        -- JSON
  code      TEXT NOT NULL,        -- of the device's answer, "2.05"
  reason    TEXT NOT NULL,
  result    TEXT NOT NULL         -- JSON
) STRICT;
CREATE INDEX command_of_device ON command (device, id);
CREATE INDEX command_live ON command (id) WHERE state < 3;
CREATE INDEX command_ended ON command (changed) WHERE state >= 3;

-- Payloads that no decoder took, newest last; only the newest are kept.
CREATE TABLE bad_payload (
  seq            INTEGER PRIMARY KEY,
  device         INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  path           TEXT NOT NULL,
  content_format INTEGER,           -- NULL: the device said none
  error          TEXT NOT NULL,
  size           INTEGER NOT NULL,  -- of the whole payload
  payload        BLOB NOT NULL      -- its beginning
) STRICT;
CREATE INDEX bad_payload_of_device ON bad_payload (device, seq);
