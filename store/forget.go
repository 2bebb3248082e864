package store

import "context"

// Forget takes messages away from this device alone: their texts, versions and
// files' names, and what answers quote of them. The rows stay, unseen, with their
// names, so that no archive brings the messages again.
func (t *Tx) Forget(ids []MessageID) error {
	chats := map[ChatID]bool{}
	for _, id := range ids {
		m, err := t.Message(id)
		if err != nil {
			return err
		}
		if err := t.forget(m); err != nil {
			return err
		}
		chats[m.Chat] = true
	}
	for c := range chats {
		if err := t.recount(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) forget(m Message) error {
	rows, err := t.rows("SELECT "+keptColumns+" FROM annotation WHERE target=? AND kind=?", m.ID, RemarkEdit)
	edits, err := scan(rows, err, scanKept)
	if err != nil {
		return err
	}
	if _, err := t.exec("UPDATE message SET gone=1, reply_quote='', error='' WHERE id=?", m.ID); err != nil {
		return err
	}
	return t.blank(m, Fold{}, edits)
}

// Old says which messages go.
type Old struct {
	Account AccountID
	Chat    ChatID    // 0: of all chats of the account
	Before  int64     // those that stand before this place, µs; 0: wherever they stand
	Newest  MessageID // none that came after this one; 0: whenever they came
	After   MessageID // behind this one in the order in which they are listed
}

// OldMessages lists up to limit messages that go, in the order in which they came.
// What no server has yet is never too old. Any goroutine but the interface's.
func (s *Store) OldMessages(ctx context.Context, o Old, limit int) (list []MessageID, err error) {
	defer func() { _ = s.doubt(err) }()
	where, args := "chat IN (SELECT id FROM chat WHERE account=?)", []any{o.Account}
	if o.Chat != 0 {
		where, args = "chat=?", []any{o.Chat}
	}
	if o.Before != 0 {
		where, args = where+" AND ord<?", append(args, min(o.Before, unsentBase))
	}
	if o.Newest != 0 {
		where, args = where+" AND id<=?", append(args, o.Newest)
	}
	// By number, so that batch after batch reads each row once.
	rows, err := s.read.QueryContext(ctx, "SELECT id FROM message NOT INDEXED WHERE "+where+" AND id>? AND NOT gone ORDER BY id LIMIT ?", append(args, o.After, limit)...)
	return scan(rows, err, func(r interface{ Scan(...any) error }) (id MessageID, err error) {
		err = r.Scan(&id)
		return id, err
	})
}

// NewestID is the number of the message that came last; 0: there is none. Any
// goroutine but the interface's.
func (s *Store) NewestID(ctx context.Context) (id MessageID, err error) {
	defer func() { _ = s.doubt(err) }()
	err = s.read.QueryRowContext(ctx, "SELECT ifnull(max(id),0) FROM message").Scan(&id)
	return id, err
}
