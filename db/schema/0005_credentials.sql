-- By which keys devices prove themselves. `meta` counts in credentials_revoked how often one was changed or removed.
CREATE TABLE psk (
  identity BLOB PRIMARY KEY,
  endpoint TEXT NOT NULL,
  key      BLOB NOT NULL,   -- AES-256-GCM under the key file: nonce (12), the key, tag (16); identity and endpoint are authenticated
  changed  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX psk_endpoint ON psk (endpoint);
