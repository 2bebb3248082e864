-- What the sender of a message says of an address in it (XEP-0511), JSON; '': nothing.
ALTER TABLE message ADD COLUMN link TEXT NOT NULL DEFAULT '';
