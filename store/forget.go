package store

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
