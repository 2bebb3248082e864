package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// How far our devices showed a chat is a message of its archive, by the name that
// the archive gave it. What others say of it is only ever a step forward.

// ShownBy says that another device of ours showed all up to the message that an
// archive calls id. One that is not here is kept in mind until it comes.
// What this device told itself is no news: what was missing in front of it is unread
// still.
func (t *Tx) ShownBy(chat ChatID, archive, id string) error {
	if told, err := t.Meta(toldKey(chat)); err != nil || told == id {
		return err
	}
	var ord int64
	err := t.row(`SELECT m.ord FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.chat=? AND r.kind IN (?,?) AND r.value=? AND r.by=? AND m.ord<? LIMIT 1`, chat, refStanza, refCopy, id, archive, unsentBase).Scan(&ord)
	if errors.Is(err, sql.ErrNoRows) {
		return t.ShownLater(chat, id)
	}
	if err != nil {
		return err
	}
	return t.shownUpTo(chat, ord)
}

// ShownLater is ShownBy for a chat whose order an archive still has to say: it waits
// for that.
func (t *Tx) ShownLater(chat ChatID, id string) error {
	told, err := t.Meta(toldKey(chat))
	if err != nil || told == id {
		return err
	}
	_, err = t.exec("UPDATE chat SET shown_id=?1 WHERE id=?2 AND shown_id<>?1", id, chat)
	return err
}

func (t *Tx) shownUpTo(chat ChatID, ord int64) error {
	if _, err := t.exec("UPDATE chat SET shown_ord=max(shown_ord,?), shown_id='' WHERE id=?", ord, chat); err != nil {
		return err
	}
	return t.ReadElsewhere(chat, ord)
}

// shownNow follows a message whose name was told before it was here. What a page of
// an archive brings has no sure place yet, see shownThen.
func (t *Tx) shownNow(c Chat, a Arrival, ord int64) error {
	if c.ShownID == "" || c.ShownID != a.StanzaID || a.By == "" || ord >= unsentBase || a.Ord != 0 {
		return nil
	}
	return t.shownUpTo(c.ID, ord)
}

// ShownAll follows what waits for an order that an archive has said now, but for the
// chats that still wait for theirs.
func (t *Tx) ShownAll(account AccountID, waits func(ChatID) bool) error {
	list, err := column[ChatID](t.rows("SELECT id FROM chat WHERE account=? AND shown_id<>''", account))
	if err != nil {
		return err
	}
	for _, id := range list {
		if waits(id) {
			continue
		}
		c, err := t.Chat(id)
		if err != nil {
			return err
		}
		if err := t.shownThen(c); err != nil {
			return err
		}
	}
	return nil
}

// seenLaterKey is where waits what another device of ours marked as seen (XEP-0333).
func seenLaterKey(id ChatID) string { return "seen-later-" + strconv.FormatInt(int64(id), 10) }

// SeenLater notes that another device of ours saw a chat up to a message, by the id
// that its author gave it, which is not here or has no sure place yet. at is where the
// device said so: the newest counts.
func (t *Tx) SeenLater(chat ChatID, ref string, at int64) error {
	if ref == "" {
		return nil
	}
	return t.RaiseMeta(seenLaterKey(chat), fmt.Sprintf("%020d %s", at, ref))
}

// SeenThen follows it once the message is here, and an archive has said all that was
// asked.
func (t *Tx) SeenThen(chat ChatID) error {
	kept, err := t.Meta(seenLaterKey(chat))
	_, ref, _ := strings.Cut(kept, " ")
	if err != nil || ref == "" {
		return err
	}
	ord, err := t.OrdOf(chat, ref)
	if err != nil || ord == 0 {
		return err
	}
	if err := t.SetMeta(seenLaterKey(chat), ""); err != nil {
		return err
	}
	return t.ReadElsewhere(chat, ord)
}

// shownThen does the same as shownNow once an archive has said all that was asked.
func (t *Tx) shownThen(c Chat) error {
	if err := t.SeenThen(c.ID); err != nil || c.ShownID == "" {
		return err
	}
	var ord int64
	err := t.row(`SELECT m.ord FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.chat=? AND r.kind IN (?,?) AND r.value=? AND m.ord<? LIMIT 1`, c.ID, refStanza, refCopy, c.ShownID, unsentBase).Scan(&ord)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.shownUpTo(c.ID, ord)
}

// ShowDue notes that what counts as read of a chat now was shown here, and is more
// than the server knows; false: it is not, or that was noted before. What is only
// taken for read, because another device answered, is not told. archive says who
// names the messages of the chat.
func (t *Tx) ShowDue(chat ChatID, archive string) (bool, error) {
	id, err := t.oneRef(`SELECT m.id FROM message m JOIN message_ref r ON r.message=m.id JOIN chat c ON c.id=m.chat
		WHERE m.chat=? AND m.ord<=c.read_ord AND m.ord>c.shown_ord AND c.held=0 AND NOT m.outgoing AND m.kind=0 AND r.kind=? AND r.by=?
		ORDER BY m.ord DESC`, chat, refStanza, archive)
	if err != nil || id == 0 {
		return false, err
	}
	res, err := t.exec("UPDATE chat SET shown_due=?1 WHERE id=?2 AND shown_due<>?1", id, chat)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Shown is a chat of which the server is to be told how far it was shown.
type Shown struct {
	Chat    Chat
	ID      string // the newest message of others that was shown, as the archive calls it; "": none that it does not know
	Ord     int64
	Archive string
	due     MessageID
}

// NextShown finds the next of them, and takes those off the list of which there is
// nothing to be told; archive says who names the messages of a chat. ok: there is one.
func (t *Tx) NextShown(a AccountID, archive func(Chat) string) (next Shown, ok bool, err error) {
	rows, err := t.rows("SELECT "+chatColumns+" FROM chat WHERE account=? AND shown_due<>0 ORDER BY last_ord DESC LIMIT 100", a)
	list, err := scan(rows, err, scanChat)
	if err != nil {
		return next, false, err
	}
	for _, c := range list {
		next = Shown{Chat: c, Archive: archive(c)}
		err := t.row(`SELECT m.id, r.value, m.ord FROM chat c JOIN message m ON m.id=c.shown_due JOIN message_ref r ON r.message=m.id
			WHERE c.id=? AND m.ord>c.shown_ord AND r.kind=? AND r.by=? LIMIT 1`, c.ID, refStanza, next.Archive).Scan(&next.due, &next.ID, &next.Ord)
		if err == nil {
			return next, true, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return next, false, err
		}
		if _, err := t.exec("UPDATE chat SET shown_due=0 WHERE id=?", c.ID); err != nil {
			return next, false, err
		}
	}
	return Shown{}, false, nil
}

// Telling notes what the server is told in a moment.
func (t *Tx) Telling(s Shown) error { return t.SetMeta(toldKey(s.Chat.ID), s.ID) }

func toldKey(id ChatID) string { return "told-shown-" + strconv.FormatInt(int64(id), 10) }

// ToldShown notes what the server knows now.
func (t *Tx) ToldShown(s Shown) error {
	_, err := t.exec("UPDATE chat SET shown_ord=max(shown_ord,?1), shown_id='', shown_due=CASE WHEN shown_due=?2 THEN 0 ELSE shown_due END WHERE id=?3", s.Ord, s.due, s.Chat.ID)
	return err
}
