-- How the text of a message is to be shown: JSON of store.Shape, '' as most are.
ALTER TABLE message ADD COLUMN shape TEXT NOT NULL DEFAULT '';
