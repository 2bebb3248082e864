package store

import (
	"database/sql"
	"errors"
)

// The kinds of annotation.
const (
	AnnotationReceipt = "receipt" // XEP-0184: a device of the peer has it
	AnnotationMarker  = "marker"  // XEP-0333: the peer saw it
	AnnotationError   = "error"   // the peer's server or the room refused it; payload: its words
)

// annotationsPerSender bounds what one sender can have waiting in a chat.
const annotationsPerSender = 64

// Annotate stores what sender says about the message that it names ref. Only
// messages of our own are meant: receipts, markers and errors come from the
// addressee. When the message is not there yet the annotation waits for it.
func (t *Tx) Annotate(chat ChatID, sender, kind, ref string, payload []byte) error {
	target, err := t.oneRef(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.chat=? AND r.value=? AND r.kind IN (2,3) AND m.outgoing`, chat, ref)
	if err == nil && target == 0 && kind != AnnotationError {
		// Who has a correction has the message.
		target, err = t.oneRef("SELECT target FROM annotation WHERE chat=? AND name=? AND name<>'' AND kind='edit' AND outgoing AND target IS NOT NULL", chat, ref)
	}
	if err != nil {
		return err
	}
	var targetCol any
	if target != 0 {
		targetCol = target
	}
	if _, err := t.exec(`INSERT OR IGNORE INTO annotation (chat, sender, kind, ref, ord, target, payload, rev) VALUES (?,?,?,?,?,?,?,?)`,
		chat, sender, kind, ref, t.now().UnixMicro(), targetCol, payload, t.rev); err != nil {
		return err
	}
	if target != 0 {
		return t.apply(target, kind, payload)
	}
	_, err = t.exec(`DELETE FROM annotation WHERE chat=?1 AND sender=?2 AND target IS NULL AND kind IN ('receipt','marker','error') AND id NOT IN
		(SELECT id FROM annotation WHERE chat=?1 AND sender=?2 AND target IS NULL AND kind IN ('receipt','marker','error') ORDER BY id DESC LIMIT ?3)`,
		chat, sender, annotationsPerSender)
	return err
}

// apply folds one annotation into the state of its message.
func (t *Tx) apply(id MessageID, kind string, payload []byte) error {
	switch kind {
	case AnnotationReceipt:
		return t.reach(id, Delivered)
	case AnnotationMarker:
		return t.reach(id, Displayed)
	case AnnotationError:
		if err := t.SetState(id, Failed, string(payload)); err != nil {
			return err
		}
		_, err := t.exec("DELETE FROM outbox WHERE message=?", id)
		return err
	}
	return nil
}

func (t *Tx) reach(id MessageID, state State) error {
	if err := t.SetState(id, state, ""); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM outbox WHERE message=?", id)
	return err
}

// resolve gives a new row the annotations that waited for it.
func (t *Tx) resolve(chat ChatID, id MessageID, a Arrival) error {
	if !a.Outgoing {
		return nil
	}
	for _, v := range []string{a.OriginID, a.ID} {
		if v == "" {
			continue
		}
		rows, err := t.rows("SELECT id, kind, payload FROM annotation WHERE chat=? AND ref=? AND target IS NULL AND kind IN ('receipt','marker','error') ORDER BY ord", chat, v)
		type waiting struct {
			id      int64
			kind    string
			payload []byte
		}
		list, err := scan(rows, err, func(r interface{ Scan(...any) error }) (w waiting, err error) {
			return w, r.Scan(&w.id, &w.kind, &w.payload)
		})
		if err != nil {
			return err
		}
		for _, w := range list {
			if _, err := t.exec("UPDATE annotation SET target=?, rev=? WHERE id=?", id, t.rev, w.id); err != nil {
				return err
			}
			if err := t.apply(id, w.kind, w.payload); err != nil {
				return err
			}
		}
	}
	return nil
}

// OwnByRef finds a message of ours in a chat by an id we gave it; 0: none.
func (t *Tx) OwnByRef(chat ChatID, value string) (MessageID, error) {
	var id MessageID
	err := t.row(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.chat=? AND r.value=? AND r.kind IN (2,3) AND m.outgoing LIMIT 1`, chat, value).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// OrdOf is where the message of others stands that a marker names; 0: it is not here.
func (t *Tx) OrdOf(chat ChatID, value string) (ord int64, err error) {
	err = t.row(`SELECT coalesce(max(m.ord),0) FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.chat=? AND r.value=? AND NOT m.outgoing`, chat, value).Scan(&ord)
	return ord, err
}
