-- What a chat may notify of: all, mention, none; '' is the usual of its kind.
ALTER TABLE chat ADD COLUMN notify TEXT NOT NULL DEFAULT '';
ALTER TABLE chat ADD COLUMN notify_until INTEGER NOT NULL DEFAULT 0; -- when that ends, µs; 0: it does not
