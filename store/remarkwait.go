package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
)

// awaited says whether something in a chat may wait for a message that comes. It
// is asked of the disk once in a transaction.
func (t *Tx) awaited(chat ChatID) (bool, error) {
	if some, ok := t.waits[chat]; ok {
		return some, nil
	}
	var n int
	err := t.row(`SELECT EXISTS (SELECT 1 FROM annotation WHERE chat=?1 AND target IS NULL) OR
		EXISTS (SELECT 1 FROM message WHERE chat=?1 AND reply_ref<>'' AND reply_target IS NULL)`, chat).Scan(&n)
	if err == nil {
		t.await(chat, n > 0)
	}
	return n > 0, err
}

func (t *Tx) await(chat ChatID, some bool) {
	if t.waits == nil {
		t.waits = map[ChatID]bool{}
	}
	t.waits[chat] = some
}

// settleRemarks applies what waited for a message, which came or got new names.
func (t *Tx) settleRemarks(id MessageID, a Arrival) error {
	if some, err := t.awaited(a.Chat); !some || err != nil {
		return err
	}
	rows, err := t.rows("SELECT "+keptColumns+" FROM annotation WHERE chat=? AND ref IN (?,?,?) AND target IS NULL AND ref<>'' AND kind IN "+remarkKinds+" ORDER BY ord",
		a.Chat, a.StanzaID, a.OriginID, a.ID)
	list, err := scan(rows, err, scanKept)
	if err != nil {
		return err
	}
	if err := t.settleReplies(id, a); err != nil || len(list) == 0 {
		return err
	}
	m, err := t.Message(id)
	if err != nil {
		return err
	}
	applied := false
	for _, k := range list {
		if !k.names(a) || !k.mayTouch(m) {
			continue
		}
		if _, err := t.exec("UPDATE annotation SET target=?, rev=? WHERE id=?", id, t.rev, k.id); err != nil {
			return err
		}
		applied = true
	}
	if !applied {
		return nil
	}
	return t.refold(id)
}

// names says whether a remark means a message that came under these names.
func (r Remark) names(a Arrival) bool {
	if r.RefBy != "" && r.Ref == a.StanzaID {
		return r.RefBy == a.By
	}
	if r.RefBy != "" && r.Kind != RemarkRetract {
		return false
	}
	return r.Ref == a.OriginID || r.Ref == a.ID
}

// tooMany says that no more is kept of what a remark is one of.
func (t *Tx) tooMany(r Remark, target MessageID) (bool, error) {
	var all, own int
	switch {
	case r.Outgoing:
		return false, nil
	case target == 0:
		err := t.row("SELECT count(*), coalesce(sum(sender=?),0) FROM annotation WHERE chat=? AND target IS NULL", r.Author, r.Chat).Scan(&all, &own)
		return all >= waitingMax || own >= annotationsPerSender, err
	case r.Kind == RemarkReactions:
		err := t.row("SELECT count(*), coalesce(sum(sender=?),0) FROM annotation WHERE target=? AND kind='reactions'", r.Author, target).Scan(&all, &own)
		return all >= reactorsMax && own == 0, err
	}
	return false, nil
}

// Overdue takes the corrections of an account out that have waited since before a
// time (µs) for a message that did not come, oldest first: they are shown for
// themselves.
func (t *Tx) Overdue(account AccountID, before int64) ([]Arrival, error) {
	rows, err := t.rows("SELECT a.id, "+keptColumns[len("id, "):]+` FROM annotation a WHERE a.kind='edit' AND a.target IS NULL
		AND a.chat IN (SELECT id FROM chat WHERE account=?) ORDER BY a.ord LIMIT 500`, account)
	list, err := scan(rows, err, scanKept)
	if err != nil {
		return nil, err
	}
	var all []Arrival
	for _, k := range list {
		if k.Arrived > before {
			continue
		}
		if _, err := t.exec("DELETE FROM annotation WHERE id=?", k.id); err != nil {
			return nil, err
		}
		all = append(all, Arrival{Chat: k.Chat, Outgoing: k.Outgoing, Sender: k.Sender, Nick: k.Nick, OccupantID: k.OccupantID, RealJID: k.RealJID,
			Body: k.Body, Lang: k.Lang, Enc: k.Enc, ID: k.ID, OriginID: k.OriginID, StanzaID: k.StanzaID, By: k.Archive, Ord: k.ord, Stamp: k.Stamp,
			Via: k.Via, Flag: FlagUnknown})
	}
	return all, nil
}

// Waiting counts the corrections of an account that wait for their message.
func (t *Tx) Waiting(account AccountID) (n int, err error) {
	err = t.row("SELECT count(*) FROM annotation WHERE kind='edit' AND target IS NULL AND chat IN (SELECT id FROM chat WHERE account=?)", account).Scan(&n)
	return n, err
}

// Refuse takes a remark of ours back that was refused under its id; its kind, ""
// if there is none.
func (t *Tx) Refuse(chat ChatID, id string) (kind string, err error) {
	if id == "" {
		return "", nil
	}
	k, err := scanKept(t.row("SELECT "+keptColumns+" FROM annotation WHERE chat=? AND name=? AND name<>'' AND outgoing LIMIT 1", chat, id))
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if _, err := t.exec("DELETE FROM annotation WHERE id=?", k.id); err != nil {
		return "", err
	}
	if _, err := t.exec("DELETE FROM outbox WHERE id=?", k.outbox); err != nil {
		return "", err
	}
	if k.target == 0 || k.Kind == RemarkRetract {
		return k.Kind, nil // a text that is gone does not come back
	}
	return k.Kind, t.refold(k.target)
}

// OwnRemark says whether something that we said about a message has an id.
func (t *Tx) OwnRemark(chat ChatID, id string) (bool, error) {
	var n int
	err := t.row("SELECT count(*) FROM annotation WHERE chat=? AND name=? AND name<>'' AND outgoing", chat, id).Scan(&n)
	return n > 0, err
}

// OwnReactions is what we answer a message with now.
func (t *Tx) OwnReactions(id MessageID) ([]string, error) {
	var b []byte
	err := t.row("SELECT payload FROM annotation WHERE target=? AND kind='reactions' AND outgoing ORDER BY ord DESC LIMIT 1", id).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r Remark
	_ = json.Unmarshal(b, &r)
	return slices.Clip(r.Reactions), nil
}

// Name finds by which name a message can be spoken of to others: in the archive
// by (not ""), else by the id that its author gave it. "": it has none.
func (t *Tx) Name(id MessageID, by string) (value string, err error) {
	query, args := "SELECT value FROM message_ref WHERE message=? AND kind IN (2,3) ORDER BY kind, value LIMIT 1", []any{id}
	if by != "" {
		query, args = "SELECT value FROM message_ref WHERE message=? AND kind=1 AND by=? LIMIT 1", append(args, by)
	}
	if err = t.row(query, args...).Scan(&value); errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// Known finds the message that an arrival is, if we have it; 0: none.
func (t *Tx) Known(a Arrival) (MessageID, error) { return t.known(a, digest(a.Body, a.Payload)) }
