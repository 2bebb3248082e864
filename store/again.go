package store

import "database/sql"

// What is told again without a name: rooms repeat earlier lines to those who enter,
// and gateways send a line back in parts.

const (
	// replaySlack is how far the stamps of the same line may lie apart, µs: rooms
	// write whole seconds, and what was live has the time at which it came.
	replaySlack = 2_000_000
	// replayLate is how late on its way, over a slow link, a live line may have been.
	replayLate = 300_000_000
	// replayRows bounds the rows among which a replayed line is looked for.
	replayRows = 500
)

// replayed finds the row that a line repeated by a room is: the same words of the
// same sender at the same time. Rows for which another line of the same replay
// stands already are left out, so that who says the same twice is heard twice.
func (t *Tx) replayed(a Arrival, dig int64) (MessageID, error) {
	if a.ID != "" {
		// The sender's id, however short: late on its way, a line has no time to be
		// known by.
		rows, err := t.rows(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message
			WHERE r.chat=? AND r.kind=? AND r.value=? AND m.sender=? AND m.digest=? AND m.kind=? ORDER BY m.ord DESC LIMIT 20`,
			a.Chat, refID, a.ID, a.Sender, dig, a.Kind)
		if id, err := untold(a, rows, err); id != 0 || err != nil {
			return id, err
		}
	}
	here := a.ReplayedHere // what was live has our clock's time
	if here == 0 {
		here = a.Replayed
	}
	rows, err := t.rows(`SELECT id FROM (SELECT id, sender, digest, stamp, kind FROM message WHERE chat=? AND ord<? ORDER BY ord DESC LIMIT ?)
		WHERE sender=? AND digest=? AND kind=? AND (abs(stamp-?)<=? OR stamp-? BETWEEN ? AND ?) ORDER BY min(abs(stamp-?),abs(stamp-?)), id`,
		a.Chat, unsentBase, replayRows, a.Sender, dig, a.Kind, a.Replayed, replaySlack, here, -replaySlack, replayLate, a.Replayed, here)
	return untold(a, rows, err)
}

// untold is the first of the rows that no other line of the replay is.
func untold(a Arrival, rows *sql.Rows, err error) (MessageID, error) {
	list, err := scan(rows, err, func(r interface{ Scan(...any) error }) (id MessageID, err error) {
		err = r.Scan(&id)
		return id, err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range list {
		if a.Told == nil || !a.Told(id) {
			return id, nil
		}
	}
	return 0, nil
}

// Also gives a message more names: an arrival that is a part of it, or the whole of
// it under other names.
func (t *Tx) Also(id MessageID, a Arrival) error {
	c, err := t.Chat(a.Chat)
	if err != nil {
		return err
	}
	return t.meet(id, c.Account, a)
}

// TakeBack makes a line that was sent one that waits again, behind all that was
// said; b is its stanza. It returns its place in the outbox.
func (t *Tx) TakeBack(id MessageID, b []byte) (OutboxID, error) {
	m, err := t.Message(id)
	if err != nil {
		return 0, err
	}
	if m.Ord < unsentBase { // else it waits among the others where it was typed
		ord, err := t.unusedOrd(unsentBase + m.Stamp)
		if err != nil {
			return 0, err
		}
		if err := t.place(m, ord); err != nil {
			return 0, err
		}
	}
	// Under a new number: who still follows the old one, for the server's word that it
	// has it, must not take this one for it.
	if _, err := t.exec("DELETE FROM outbox WHERE message=?", id); err != nil {
		return 0, err
	}
	out, err := t.Requeue(id, b)
	if err != nil {
		return 0, err
	}
	_, err = t.exec("UPDATE chat SET last_ord=(SELECT coalesce(max(ord),0) FROM message WHERE chat=?1 AND ord<?2), rev=?3 WHERE id=?1", m.Chat, unsentBase, t.rev)
	return out, err
}
