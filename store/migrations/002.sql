-- Rooms as the account keeps them on its server (XEP-0402, XEP-0048).
ALTER TABLE room ADD COLUMN bookmark BLOB;                       -- the element, byte for byte; NULL: in no store
ALTER TABLE room ADD COLUMN source   TEXT NOT NULL DEFAULT '';   -- which store had it
ALTER TABLE room ADD COLUMN pending  INTEGER NOT NULL DEFAULT 0; -- what is not there yet: 1 autojoin, 2 name, 4 nick, 8 that it is gone
