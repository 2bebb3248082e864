-- How far our devices showed a chat, as the account keeps it on its server (XEP-0490).
ALTER TABLE chat ADD COLUMN shown_ord INTEGER NOT NULL DEFAULT 0; -- the place that the server knows
ALTER TABLE chat ADD COLUMN shown_id  TEXT NOT NULL DEFAULT '';   -- a message that it told and that is not here
ALTER TABLE chat ADD COLUMN shown_due INTEGER NOT NULL DEFAULT 0; -- the newest message that was shown here and of which the server does not know; 0: none
