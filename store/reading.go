package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// What was read is a place in a chat: all up to it. What nobody saw lies behind
// it, so that it is not overlooked. A line that was read and comes to lie behind
// it too, because an archive brought what belongs before it, is Displayed.

// MarkRead says that all up to ord was read. It only moves forward.
func (t *Tx) MarkRead(id ChatID, ord int64) error {
	res, err := t.exec("UPDATE chat SET read_ord=?1, rev=?2 WHERE id=?3 AND read_ord<?1", ord, t.rev, id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return t.recount(id)
}

// ReadElsewhere says that another device of ours showed all up to ord, also what
// this one does not have yet.
func (t *Tx) ReadElsewhere(id ChatID, ord int64) error {
	key := elsewhereKey(id)
	text, err := t.Meta(key)
	if err != nil {
		return err
	}
	if before, _ := strconv.ParseInt(text, 10, 64); ord > before {
		if err := t.SetMeta(key, strconv.FormatInt(ord, 10)); err != nil {
			return err
		}
	}
	return t.MarkRead(id, ord)
}

func elsewhereKey(id ChatID) string { return "read-elsewhere-" + strconv.FormatInt(int64(id), 10) }

// seenElsewhere says that another device of ours showed what stands at ord, or
// answered behind it. Places change while pages come in: then the stamps tell, but
// for what is newer for sure. An older line that another question of the archive
// brought meanwhile may stand there, too: its stamp is of the same clock.
func (t *Tx) seenElsewhere(id ChatID, ord int64, a Arrival) (bool, error) {
	text, err := t.Meta(elsewhereKey(id))
	if err != nil {
		return false, err
	}
	if up, _ := strconv.ParseInt(text, 10, 64); ord <= up {
		return true, nil
	}
	newer, least := ord, int64(0)
	if a.Ord != 0 {
		if newer, least = a.Newer, a.Stamp+1; newer == 0 {
			newer = unsentBase
		}
	}
	answer, err := t.oneRef(`SELECT id FROM message WHERE chat=? AND ord>? AND ord<? AND outgoing AND kind=0 AND local_id=''
		AND (stamp>=? OR ord>=? AND (via<>'archive' OR stamp>=?))`, id, ord, unsentBase, least, newer, a.Stamp)
	return answer != 0, err
}

// unreadRows are those that count: lines of others behind what was read.
const unreadRows = "m.chat=?1 AND m.ord>chat.read_ord AND m.ord<?3 AND NOT m.outgoing AND m.kind=0 AND m.state=0 AND NOT m.gone AND m.via<>'import'"

// recount makes the counters of a chat true to its rows.
func (t *Tx) recount(id ChatID) error {
	_, err := t.exec(`UPDATE chat SET rev=?2,
		unread=(SELECT count(*) FROM message m WHERE `+unreadRows+`),
		mentions=(SELECT count(*) FROM message m WHERE `+unreadRows+` AND m.mention)
		WHERE id=?1`, id, t.rev, unsentBase)
	return err
}

// counted takes note of a new row of a chat: c is the chat as it was before.
func (t *Tx) counted(c Chat, ord int64, a Arrival) error {
	speech := a.Kind == Text
	if _, err := t.exec("UPDATE chat SET last_ord=max(last_ord,?), open=open OR (held=0 AND ?), rev=? WHERE id=?", ord, speech, t.rev, c.ID); err != nil {
		return err
	}
	switch {
	case a.Outgoing && a.ByItself:
		return nil
	case a.Outgoing && a.Ord != 0:
		return t.answeredBefore(c.ID, ord, a.Stamp)
	case a.Outgoing && a.Astray:
		return nil // what stands in front of it is not known
	case a.Outgoing:
		// Who answers has read: from this device or another.
		return t.MarkRead(c.ID, ord)
	case !speech:
	case a.Quiet && c.Unread == 0:
		return t.MarkRead(c.ID, ord)
	case ord <= c.ReadOrd && !a.Quiet:
		if seen, err := t.seenElsewhere(c.ID, ord, a); err != nil || seen {
			return err
		}
		return t.unread(c.ID, ord)
	case ord > c.ReadOrd:
		mention := 0
		if a.Mention {
			mention = 1
		}
		_, err := t.exec("UPDATE chat SET unread=unread+1, mentions=mentions+? WHERE id=?", mention, c.ID)
		return err
	}
	return nil
}

// answeredBefore marks what an answer from another device read, of which the place
// is not sure yet: it stands behind what is older by the archive's stamps (those of
// what came by itself are our clock's, its places the server's). About the rest the archive's order decides, see [Tx.Answered].
func (t *Tx) answeredBefore(id ChatID, ord, stamp int64) error {
	var first sql.NullInt64
	err := t.row("SELECT min(m.ord) FROM message m JOIN chat ON chat.id=m.chat WHERE "+unreadRows+" AND ?2=?2 AND max(m.stamp,m.ord)>=?4", id, 0, ord, stamp).Scan(&first)
	if err != nil {
		return err
	}
	if first.Valid {
		ord = first.Int64 - 1
	}
	return t.MarkRead(id, ord)
}

// unread says that the row at ord was not read, which the place of what was read
// would have.
func (t *Tx) unread(id ChatID, ord int64) error {
	if _, err := t.exec(`UPDATE message SET state=?, rev=? WHERE chat=?3 AND ord>?4 AND ord<=(SELECT read_ord FROM chat WHERE id=?3)
		AND NOT outgoing AND kind=0 AND state=0`, Displayed, t.rev, id, ord); err != nil {
		return err
	}
	return t.readUpTo(id, ord-1)
}

// readUpTo puts the place of what was read where it belongs.
func (t *Tx) readUpTo(id ChatID, ord int64) error {
	if _, err := t.exec("UPDATE chat SET read_ord=? WHERE id=?", ord, id); err != nil {
		return err
	}
	return t.recount(id)
}

// unseen lists the lines of a chat that count.
func (t *Tx) unseen(id ChatID) ([]MessageID, error) {
	list, err := column[MessageID](t.rows("SELECT m.id FROM message m JOIN chat ON chat.id=m.chat WHERE "+unreadRows+" AND ?2=?2", id, 0, unsentBase))
	return append([]MessageID{}, list...), err
}

// unseenBefore lists the lines that count and stand in front of all of a list, a
// JSON array of numbers.
func (t *Tx) unseenBefore(id ChatID, list string) ([]MessageID, error) {
	return column[MessageID](t.rows("SELECT m.id FROM message m JOIN chat ON chat.id=m.chat WHERE "+unreadRows+` AND ?2=?2
		AND m.ord<(SELECT min(ord) FROM message WHERE id IN (SELECT value FROM json_each(?4)))`, id, 0, unsentBase, list))
}

// seenBut lets what was read end in front of the first of the lines that were
// not, and marks the others behind it; last is the last place that could have
// been read.
func (t *Tx) seenBut(chat ChatID, unseen []MessageID, last int64) error {
	if len(unseen) == 0 {
		return t.MarkRead(chat, last)
	}
	ids, err := json.Marshal(unseen)
	if err != nil {
		return err
	}
	var first int64
	if err := t.row("SELECT min(ord) FROM message WHERE id IN (SELECT value FROM json_each(?))", string(ids)).Scan(&first); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE message SET state=?, rev=? WHERE chat=? AND ord>? AND ord<? AND NOT outgoing AND kind=0 AND state=0
		AND id NOT IN (SELECT value FROM json_each(?))`, Displayed, t.rev, chat, first, unsentBase, string(ids)); err != nil {
		return err
	}
	return t.readUpTo(chat, first-1)
}

// Answered takes back the counting of lines that another device of ours showed or
// answered: those of the list in front of such an answer, and all in front of the list. The list is in the order of an
// archive, which alone knows what was said before what.
func (t *Tx) Answered(chat ChatID, list []Position) error {
	c, err := t.Chat(chat)
	if err != nil {
		return err
	}
	if err := t.shownThen(c); err != nil || c.Unread == 0 {
		return err
	}
	ids := make([]MessageID, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	b, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	var at, ord sql.NullInt64
	err = t.row(`SELECT j.key, m.ord FROM json_each(?) j JOIN message m ON m.id=j.value
		WHERE m.outgoing AND m.kind=0 AND m.local_id='' AND m.ord<? ORDER BY j.key DESC LIMIT 1`, string(b), unsentBase).Scan(&at, &ord)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	seen := map[MessageID]bool{}
	for _, id := range ids[:at.Int64] {
		seen[id] = true
	}
	before, err := t.unseenBefore(chat, string(b))
	if err != nil {
		return err
	}
	for _, id := range before {
		seen[id] = true
	}
	unseen, err := t.unseen(chat)
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(unseen), func(id MessageID) bool { return seen[id] })
	if len(rest) == len(unseen) {
		return nil
	}
	return t.seenBut(chat, rest, ord.Int64)
}
