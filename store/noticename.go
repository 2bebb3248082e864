package store

import (
	"database/sql"
	"errors"
)

// refNotice names what a notice is about, such as the session of a call: several
// stanzas tell of it, by any path and in any order, and one line stands for it.
const refNotice = 5

// NoticeOf finds the notice of a chat that stands for something, by whose word
// it is and the name of the thing. ok: there is one.
func (t *Tx) NoticeOf(chat ChatID, by, name string) (m Message, ok bool, err error) {
	id, err := t.oneRef("SELECT message FROM message_ref WHERE chat=? AND kind=? AND value=? AND sender=?", chat, refNotice, name, by)
	if id == 0 || err != nil {
		return m, false, err
	}
	m, err = t.Message(id)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// NameNotice says what a notice stands for.
func (t *Tx) NameNotice(id MessageID, by, name string) error {
	_, err := t.exec("INSERT OR IGNORE INTO message_ref SELECT c.account, c.id, ?, '', ?, ?, m.id FROM message m JOIN chat c ON c.id=m.chat WHERE m.id=?",
		refNotice, by, name, id)
	return err
}

// SetNotice lets a notice say something else, which happened since.
func (t *Tx) SetNotice(id MessageID, notice, body string) error {
	_, err := t.exec("UPDATE message SET notice=?, body=CASE WHEN body IS NULL THEN NULL ELSE ? END, rev=? WHERE id=?", notice, body, t.rev, id)
	return err
}

// ComesAgain says that a notice stands for a stanza, which is applied again after
// an outage: nothing of it has to be carried over.
func ComesAgain(notice string) bool {
	switch notice {
	case "room-says", NoticeAttention, NoticeInvited, NoticeInvitedThrough, NoticeCallRoom, NoticeCallOver:
		return true
	}
	return IsCall(notice)
}

// What notices say that are no events of a room. A call has one of the words of [CallNotice].
const (
	NoticeAttention      = "attention"       // somebody wants our attention (XEP-0224)
	NoticeInvited        = "invited"         // into the room in RealJID
	NoticeInvitedThrough = "invited-through" // the same, as that room says
	NoticeMoved          = "moved"           // to the address in RealJID (XEP-0283)
	NoticeCallRoom       = "call-room"       // somebody invites a room to a call (XEP-0482)
	NoticeCallOver       = "call-room-over"  // and took that back
)
