-- Pictures of people (XEP-0084, XEP-0153), made small.
CREATE TABLE avatar (
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  jid     TEXT NOT NULL,                    -- bare, or room@service/nick
  hash    TEXT NOT NULL,                    -- SHA-1 of the picture as it was published
  node    INTEGER NOT NULL DEFAULT 0,       -- told by a node of theirs, not by their presence
  width   INTEGER NOT NULL DEFAULT 0,       -- pixels; 0: the picture is not here
  pix     BLOB,
  at      INTEGER NOT NULL,                 -- when it was told, µs
  PRIMARY KEY (account, jid)
) WITHOUT ROWID;
CREATE INDEX avatar_at ON avatar(at);
