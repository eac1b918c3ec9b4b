-- Mapping tables. A set is never changed once it is applied; the highest number is in force.
CREATE TABLE rule_set (
  number     INTEGER PRIMARY KEY,
  hash       TEXT NOT NULL,     -- SHA-256 of text
  name       TEXT NOT NULL,
  text       TEXT NOT NULL,     -- the whole set as canonical JSON
  applied_at INTEGER NOT NULL
) STRICT;

-- One row a rule, for both directions. Columns beside `json` repeat what the rule matches, to be asked for by hand; NULL matches all.
CREATE TABLE rule (
  set_number        INTEGER NOT NULL REFERENCES rule_set (number),
  position          INTEGER NOT NULL,
  name              TEXT NOT NULL,
  object            INTEGER,
  instance          INTEGER,
  resource          INTEGER,
  resource_instance INTEGER,
  version_min       TEXT,
  version_max       TEXT,
  endpoint          TEXT,
  manufacturer      TEXT,
  model             TEXT,
  label             TEXT,
  origin            TEXT NOT NULL,  -- file and line
  json              TEXT NOT NULL,
  PRIMARY KEY (set_number, position)
) STRICT, WITHOUT ROWID;
