-- Chats that stand first in the list (XEP-0469 for rooms).
ALTER TABLE chat ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
