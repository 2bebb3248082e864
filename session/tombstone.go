package session

import (
	"sotto/store"
)

// isTombstone says that an archive holds only the sign of a message that was
// taken back (XEP-0424 §5.1, XEP-0425 §4).
func isTombstone(o origin) bool {
	return o.query != nil && (o.el.Child(nsRetract, "retracted") != nil || o.el.Child(nsRetract0, "retracted") != nil ||
		o.el.Child(nsModerate0, "moderated").Child(nsRetract0, "retracted") != nil)
}

// tombstone takes the text of the message away for which a tombstone stands.
// done: we have the message; else it arrives without a text.
func (l *loop) tombstone(tx *store.Tx, o origin, a *store.Arrival) (done bool, err error) {
	if !isTombstone(o) {
		return false, nil
	}
	kind := store.RemarkRetract
	if o.el.Child(nsModerate0, "moderated") != nil || o.el.Child(nsRetract, "retracted").Child(nsModerate, "moderated") != nil {
		kind = store.RemarkModerate
	}
	a.Body, a.Enc, a.EncError, a.Removed = "", "", "", kind
	id, err := tx.Known(*a)
	if err != nil || id == 0 {
		return false, err
	}
	if _, _, err = tx.Remark(store.Remark{Chat: a.Chat, Kind: kind, Ref: a.StanzaID, RefBy: a.By, Author: store.ByArchive, Ord: a.Ord, Stamp: a.Stamp}); err != nil {
		return true, err
	}
	l.chatMoved(a.Chat, tx)
	m, err := tx.Message(id)
	o.query.saw(a.Chat, id, m.Ord, false, false)
	return true, err
}
