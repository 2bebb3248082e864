-- The file that a message brings or will bring, JSON; '' is none.
ALTER TABLE message ADD COLUMN file TEXT NOT NULL DEFAULT '';
