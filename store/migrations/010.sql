-- How the text of a message is to be shown: JSON of store.Shape, '' as most are.
ALTER TABLE message ADD COLUMN shape TEXT NOT NULL DEFAULT '';
-- The user took it away from this device; the row stays so that it does not come again.
ALTER TABLE message ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
