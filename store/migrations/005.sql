-- What others make of a message: corrections, retractions, reactions, answers.
ALTER TABLE message ADD COLUMN original TEXT;                        -- the text before its first correction; NULL: never corrected
ALTER TABLE message ADD COLUMN fold TEXT NOT NULL DEFAULT '';        -- what its annotations come to, JSON
ALTER TABLE message ADD COLUMN reply_ref TEXT NOT NULL DEFAULT '';   -- by which name the message is known that it answers
ALTER TABLE message ADD COLUMN reply_quote TEXT NOT NULL DEFAULT ''; -- what it quotes of it
ALTER TABLE message ADD COLUMN reply_target INTEGER;                 -- that message, which may go before this one
CREATE INDEX message_reply ON message(reply_target) WHERE reply_target IS NOT NULL;
CREATE INDEX message_reply_open ON message(chat, reply_ref) WHERE reply_ref<>'' AND reply_target IS NULL;

ALTER TABLE annotation ADD COLUMN name TEXT NOT NULL DEFAULT '';     -- the id of its own stanza
ALTER TABLE annotation ADD COLUMN archived TEXT NOT NULL DEFAULT ''; -- its own name in the chat's archive
ALTER TABLE annotation ADD COLUMN outgoing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE annotation ADD COLUMN outbox INTEGER NOT NULL DEFAULT 0; -- ours: its stanza, while that waits
CREATE INDEX annotation_name ON annotation(chat, name) WHERE name<>'';
CREATE INDEX annotation_archived ON annotation(chat, archived) WHERE archived<>'';
