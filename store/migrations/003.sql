-- How a message came, and every state it went through, with the time.
ALTER TABLE message ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN via TEXT NOT NULL DEFAULT '';

CREATE TABLE message_step (
  message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  step    TEXT NOT NULL,            -- a word of the catalogue
  detail  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX message_step_of ON message_step(message);
