-- Ids of accounts and chats are numbers, never addresses. Times and ord are
-- microseconds since 1970. rev is the commit that last touched the row.
CREATE TABLE account (
  id          INTEGER PRIMARY KEY,
  jid         TEXT NOT NULL UNIQUE,
  client_id   TEXT NOT NULL,
  roster_ver  TEXT NOT NULL DEFAULT '',
  show        TEXT NOT NULL DEFAULT '',
  status      TEXT NOT NULL DEFAULT '',
  priority    INTEGER NOT NULL DEFAULT 0,
  rev         INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE chat (
  id         INTEGER PRIMARY KEY,
  account    INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  kind       INTEGER NOT NULL,             -- 0 direct, 1 room, 2 private, 3 self
  jid        TEXT NOT NULL,
  occupant   TEXT NOT NULL DEFAULT '',     -- private: occupant-id, else nick
  nick       TEXT NOT NULL DEFAULT '',     -- private: the nick last seen
  open       INTEGER NOT NULL DEFAULT 0,   -- listed among the chats
  last_ord   INTEGER NOT NULL DEFAULT 0,   -- of sent and received rows
  read_ord   INTEGER NOT NULL DEFAULT 0,
  unread     INTEGER NOT NULL DEFAULT 0,
  mentions   INTEGER NOT NULL DEFAULT 0,
  draft      TEXT NOT NULL DEFAULT '',
  rev        INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account, kind, jid, occupant)
);
CREATE INDEX chat_open ON chat(open, last_ord);

-- One row per message for life. Clearing blanks body and keeps the row and its
-- refs, so that a message once seen is never taken for a new one.
CREATE TABLE message (
  id          INTEGER PRIMARY KEY,
  chat        INTEGER NOT NULL REFERENCES chat(id) ON DELETE CASCADE,
  ord         INTEGER NOT NULL UNIQUE,     -- the order of the view; unsent rows lie above 2^61
  outgoing    INTEGER NOT NULL,
  kind        INTEGER NOT NULL DEFAULT 0,  -- 0 text, 1 notice
  sender      TEXT NOT NULL,               -- bare JID, in rooms room@service/nick
  nick        TEXT NOT NULL DEFAULT '',
  occupant_id TEXT NOT NULL DEFAULT '',
  real_jid    TEXT NOT NULL DEFAULT '',
  body        TEXT,                        -- NULL: cleared, retracted or not readable
  lang        TEXT NOT NULL DEFAULT '',
  notice      TEXT NOT NULL DEFAULT '',    -- notice: what happened, a word of the catalogue
  stamp       INTEGER NOT NULL,            -- when it says it was sent
  state       INTEGER NOT NULL,
  error       TEXT NOT NULL DEFAULT '',
  mention     INTEGER NOT NULL DEFAULT 0,
  digest      INTEGER NOT NULL DEFAULT 0,  -- of the body or the encrypted payload
  local_id    TEXT NOT NULL DEFAULT '',    -- outgoing: our origin-id
  enc         TEXT NOT NULL DEFAULT '',    -- how it was encrypted
  enc_key     TEXT NOT NULL DEFAULT '',    -- fingerprint of the sender's key
  enc_error   TEXT NOT NULL DEFAULT '',
  rev         INTEGER NOT NULL
);
CREATE INDEX message_view ON message(chat, ord);
CREATE INDEX message_rev ON message(chat, rev);

-- All names by which servers and peers know a message.
CREATE TABLE message_ref (
  account INTEGER NOT NULL,
  chat    INTEGER NOT NULL REFERENCES chat(id) ON DELETE CASCADE,
  kind    INTEGER NOT NULL,                -- 1 stanza-id, 2 origin-id, 3 id, 4 stanza-id of a second copy
  by      TEXT NOT NULL DEFAULT '',        -- stanza-id: the archive
  sender  TEXT NOT NULL DEFAULT '',
  value   TEXT NOT NULL,
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  PRIMARY KEY (chat, kind, value, by, sender, message)
) WITHOUT ROWID;
CREATE INDEX message_ref_of ON message_ref(message);

-- Edits, retractions, moderation, reactions, receipts and markers are rows of
-- their own; what is shown is a fold by ord.
CREATE TABLE annotation (
  id      INTEGER PRIMARY KEY,
  chat    INTEGER NOT NULL REFERENCES chat(id) ON DELETE CASCADE,
  sender  TEXT NOT NULL,
  kind    TEXT NOT NULL,
  ref     TEXT NOT NULL,
  ord     INTEGER NOT NULL,
  target  INTEGER REFERENCES message(id) ON DELETE CASCADE,
  payload BLOB,
  rev     INTEGER NOT NULL,
  UNIQUE (chat, sender, kind, ref, ord)
);
CREATE INDEX annotation_target ON annotation(target);
CREATE INDEX annotation_open ON annotation(chat, ref) WHERE target IS NULL;

-- The exact bytes of every message stanza not yet known to be on the server.
CREATE TABLE outbox (
  id      INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  chat    INTEGER NOT NULL REFERENCES chat(id) ON DELETE CASCADE,
  message INTEGER REFERENCES message(id) ON DELETE CASCADE,
  kind    TEXT NOT NULL,
  bytes   BLOB NOT NULL,
  state   INTEGER NOT NULL DEFAULT 0,      -- 0 queued, 1 written, 2 waits for the user
  tries   INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL
);
CREATE INDEX outbox_account ON outbox(account, id);

-- What we hold of each archive, as closed ranges. with NULL: all of it.
CREATE TABLE range (
  id        INTEGER PRIMARY KEY,
  account   INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  archive   TEXT NOT NULL,
  with_jid  TEXT,
  first_id  TEXT NOT NULL DEFAULT '',
  first_ord INTEGER NOT NULL DEFAULT 0,
  last_id   TEXT NOT NULL DEFAULT '',
  last_ord  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX range_archive ON range(account, archive, last_ord);

-- rowid is message.ord, so newest first costs nothing; conv makes the chat a
-- matched word. It can be dropped and made again from message.
CREATE VIRTUAL TABLE search USING fts5(
  conv, body, content='', contentless_delete=1, prefix='2 3',
  tokenize="unicode61 remove_diacritics 2"
);

CREATE TABLE roster_item (
  account      INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  jid          TEXT NOT NULL,
  name         TEXT NOT NULL DEFAULT '',
  subscription TEXT NOT NULL DEFAULT 'none',
  ask          INTEGER NOT NULL DEFAULT 0,
  approved     INTEGER NOT NULL DEFAULT 0,
  groups       TEXT NOT NULL DEFAULT '[]',
  rev          INTEGER NOT NULL,
  PRIMARY KEY (account, jid)
) WITHOUT ROWID;

CREATE TABLE request (                      -- people who ask to see our presence
  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  jid     TEXT NOT NULL,
  nick    TEXT NOT NULL DEFAULT '',
  text    TEXT NOT NULL DEFAULT '',
  stamp   INTEGER NOT NULL,
  rev     INTEGER NOT NULL,
  PRIMARY KEY (account, jid)
) WITHOUT ROWID;

CREATE TABLE room (
  account  INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
  jid      TEXT NOT NULL,
  nick     TEXT NOT NULL,
  password TEXT NOT NULL DEFAULT '',
  name     TEXT NOT NULL DEFAULT '',
  subject  TEXT NOT NULL DEFAULT '',
  autojoin INTEGER NOT NULL DEFAULT 0,
  rev      INTEGER NOT NULL,
  PRIMARY KEY (account, jid)
) WITHOUT ROWID;

CREATE TABLE caps (
  hash TEXT NOT NULL,
  ver  TEXT NOT NULL,
  info BLOB NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (hash, ver)
) WITHOUT ROWID;

CREATE TABLE presence_text (
  show TEXT NOT NULL,
  text TEXT NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (show, text)
) WITHOUT ROWID;

CREATE TABLE quarantine (
  id      INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  stamp   INTEGER NOT NULL,
  reason  TEXT NOT NULL,
  xml     BLOB NOT NULL
);

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('rev', '0');
