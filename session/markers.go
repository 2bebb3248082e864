package session

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// What we tell others of having seen their messages (XEP-0333 §4): one marker for the
// newest that asks for one, when the chat was read up to it, and only to people who
// may know. What was read on another device that device tells.

// markEvery is the least time between two markers in a chat.
const markEvery = time.Second

func markableKey(id store.ChatID) string { return "markable-" + strconv.FormatInt(int64(id), 10) }

// markable notes a message that asks to be marked, on its way into the store. What
// lies before the place to which the chat was read is history.
func (l *loop) markable(tx *store.Tx, o origin, chat store.ChatID) error {
	id := o.el.Attr("id")
	if o.outgoing || o.private || id == "" || len(id) > 256 || o.el.Attr("type") == "headline" || o.el.Child(nsMarkers, "markable") == nil || !l.may(SeeRead, o.owner) {
		return nil
	}
	c, err := tx.Chat(chat)
	if err != nil || tx.Placed() <= c.ReadOrd {
		return err
	}
	return tx.RaiseMeta(markableKey(chat), fmt.Sprintf("%020d %s", tx.Placed(), id))
}

// marking is the rest between two markers of a chat, and the one that waits.
type marking struct{ ref string }

// tellSeen marks the newest message that asked for it, if all up to ord was read here.
func (l *loop) tellSeen(tx *store.Tx, id store.ChatID, ord int64) error {
	c, ok := l.chat(id)
	if !ok || c.Kind != store.Direct {
		return nil
	}
	place, ref, at, err := l.toMark(tx, id)
	if err != nil || ref == "" || at > ord || !l.saving {
		return err
	}
	// The place stays, so that no archive brings the request again.
	if err := tx.SetMeta(markableKey(id), place); err != nil {
		return err
	}
	if !l.may(SeeRead, wire.Lenient(c.JID)) {
		return nil
	}
	if m := l.markings[id]; m != nil {
		l.then = append(l.then, func() { m.ref = ref })
		return nil
	}
	return l.queueMarker(tx, c, ref)
}

// toMark reads what is noted of a chat; no ref: nothing waits to be marked.
func (l *loop) toMark(tx *store.Tx, id store.ChatID) (place, ref string, at int64, err error) {
	kept, err := tx.Meta(markableKey(id))
	place, ref, _ = strings.Cut(kept, " ")
	if err != nil || ref == "" {
		return "", "", 0, err
	}
	at, bad := strconv.ParseInt(place, 10, 64)
	if bad != nil {
		return "", "", 0, nil //nolint:nilerr // not of ours
	}
	return place, ref, at, nil
}

func (l *loop) queueMarker(tx *store.Tx, c store.Chat, ref string) error {
	e := wire.New(wire.NSClient, "message").Set("to", c.JID).Set("type", "chat").Set("id", newID()).
		Add(wire.New(nsMarkers, "displayed").Set("id", ref), wire.New(nsHints, "store"))
	out, err := tx.QueueStanza(c.ID, 0, "marker", e.Bytes())
	if err != nil {
		return err
	}
	l.then = append(l.then, func() {
		l.outboxAdd(out, c.ID, 0, e.Bytes())
		l.rest(c)
	})
	return nil
}

// rest lets a while pass before the next marker of a chat; the newest that was read
// meanwhile follows then.
func (l *loop) rest(c store.Chat) {
	m := &marking{}
	l.markings[c.ID] = m
	l.after(markEvery, func(l *loop) {
		delete(l.markings, c.ID)
		if m.ref != "" && l.may(SeeRead, wire.Lenient(c.JID)) {
			l.write(func(tx *store.Tx) error { return l.queueMarker(tx, c, m.ref) })
		}
	})
}

// seenElsewhere forgets what another device of ours has marked.
func (l *loop) seenElsewhere(tx *store.Tx, id store.ChatID, ord int64) error {
	place, ref, at, err := l.toMark(tx, id)
	if err != nil || ref == "" || at > ord {
		return err
	}
	return tx.SetMeta(markableKey(id), place)
}
