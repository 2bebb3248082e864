-- Chats with people whom the user does not know wait until they are accepted.
ALTER TABLE chat ADD COLUMN held    INTEGER NOT NULL DEFAULT 0; -- 1 it waits, 2 it was denied
ALTER TABLE chat ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0; -- how many of its messages were not kept
ALTER TABLE chat ADD COLUMN dropped_at INTEGER NOT NULL DEFAULT 0; -- of the newest of them
CREATE INDEX chat_held ON chat(account, jid) WHERE held>0;

CREATE TABLE blocked (                      -- whom an account does not want to hear (XEP-0191)
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  jid     TEXT NOT NULL,
  here    INTEGER NOT NULL DEFAULT 0,       -- the server does not know it
  PRIMARY KEY (account, jid)
) WITHOUT ROWID;
