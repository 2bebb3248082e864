package session

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// A server does not say where in a chat of two it put a line of ours; the place
// of its acknowledgement in the stream tells, nearly always. When something of
// others came in between, the archive is asked.

const (
	// sortTime is how long a chat rests before its order is asked for.
	sortTime = 2 * time.Second
	// unsortedMax bounds the chats that wait for their order.
	unsortedMax = 100
)

// unsorted are the chats of an account whose order the archive has to say, and
// since when, µs.
type unsorted map[store.ChatID]int64

func (l *loop) unsortedKey() string { return fmt.Sprintf("unsorted-%d", l.a.id) }

// loadUnsorted reads which chats still waited when the program ended.
func (l *loop) loadUnsorted() {
	text, err := l.st.Meta(l.ctx, l.unsortedKey())
	if err != nil || text == "" || json.Unmarshal([]byte(text), &l.unsorted) != nil {
		l.unsorted = unsorted{}
	}
}

func (l *loop) saveUnsorted(tx *store.Tx, list unsorted) error {
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return tx.SetMeta(l.unsortedKey(), string(b))
}

// crossed notes, when a line of ours is settled, that others spoke between its
// leaving and its acknowledgement.
func (l *loop) crossed(tx *store.Tx, r outRow) error {
	c, ok := l.chat(r.chat)
	if !ok || r.message == 0 || !l.hasArchive || c.Kind == store.Room {
		return nil
	}
	if crossed, err := tx.Crossed(r.chat, r.last); err != nil || !crossed {
		return err
	}
	if since := l.unsorted[r.chat]; since != 0 {
		return l.unsort(tx, r.chat, since+1) // an answer that is under way may not know it
	}
	heard := r.heard
	l.then = append(l.then, func() { l.unsortedFrom[r.chat] = heard })
	return l.unsort(tx, r.chat, r.at)
}

// unsort notes that the archive has to say the order of a chat since a time, µs.
func (l *loop) unsort(tx *store.Tx, chat store.ChatID, since int64) error {
	if l.unsorted[chat] == 0 && len(l.unsorted) >= unsortedMax {
		return nil
	}
	l.unsorted[chat] = since
	l.then = append(l.then, l.sortSoon)
	return l.saveUnsorted(tx, l.unsorted)
}

// waited notes, when a message comes that the server kept for us, that what the
// archive told before it may be newer: such a message goes to the end of its chat.
func (l *loop) waited(tx *store.Tx, chat store.ChatID, stamp int64) error {
	top := l.tops[l.self.String()]
	if top == nil || !top.live && top.rev != tx.Rev() || !l.hasArchive || stamp == 0 {
		return nil // what is read of the archive later names it in order
	}
	return l.unsortSince(tx, chat, stamp)
}

// unsortSince is unsort since a time of the server's clock, µs.
func (l *loop) unsortSince(tx *store.Tx, chat store.ChatID, stamp int64) error {
	since := stamp - l.ahead.Microseconds()
	if before := l.unsorted[chat]; before != 0 && before <= since {
		return nil
	}
	l.then = append(l.then, func() { delete(l.unsortedFrom, chat) })
	return l.unsort(tx, chat, since)
}

// halfSorted notes that rows changed places by what an archive told so far, or came
// in no known order: one may stand behind what only the rest will name, and the link
// may break before.
func (l *loop) halfSorted(tx *store.Tx, q *archiveQuery, chat store.ChatID, list []store.Position) error {
	if since := l.unsorted[chat]; since != 0 {
		if q.half[chat] == since {
			return nil
		}
		return l.unsort(tx, chat, since-1) // another answer that ends first does not know it
	}
	least := list[0].Ord
	for _, x := range list {
		least = min(least, x.Ord)
	}
	if q.since != 0 {
		least = min(least, q.since)
	}
	if err := l.unsortSince(tx, chat, least); err != nil {
		return err
	}
	if q.half == nil {
		q.half = unsorted{}
	}
	q.half[chat] = l.unsorted[chat]
	return nil
}

// sortSoon asks for the order once nothing else is asked of the archive.
func (l *loop) sortSoon() {
	if l.sorting || len(l.unsorted) == 0 {
		return
	}
	l.sorting = true
	link := l.link
	l.after(sortTime, func(l *loop) {
		l.sorting = false
		switch {
		case l.link == nil || l.state != Online || !l.saving: // what follows asks anew
		case l.link != link || len(l.queries) > 0:
			l.sortSoon()
		default:
			l.sortChats()
		}
	})
}

// sortChats asks the archives for the order of the chats that wait for it: our own
// for all at once from what it had told before, else for each by the time; a
// room's once we are in it.
func (l *loop) sortChats() {
	own := unsorted{}
	for id, since := range l.unsorted {
		c, ok := l.chat(id)
		switch {
		case !ok:
			delete(l.unsorted, id)
		case c.Kind != store.Room:
			own[id] = since
		default:
			if r := l.rooms[wire.Lenient(c.JID)]; r != nil && r.joined && r.hasArchive {
				l.sortSince(&archiveQuery{room: r.jid}, id, since)
			}
		}
	}
	if l.hasArchive && len(own) > 0 {
		l.sortOwn(own)
	}
}

// sortOwn asks our own archive.
func (l *loop) sortOwn(asked unsorted) {
	from := ^uint64(0)
	for id := range asked {
		n, ok := l.unsortedFrom[id]
		if !ok {
			from = ^uint64(0)
			break
		}
		from = min(from, n)
	}
	if name, ok := l.heardOf(l.self.String()).before(from); ok {
		q := &archiveQuery{after: name, edge: l.placeOf(l.self.String(), name)}
		q.done = func(tx *store.Tx, _ bool) error {
			if gone(q.err) { // then by the time
				l.then = append(l.then, func() { clear(l.unsortedFrom); l.sortSoon() })
				return nil
			}
			return l.sorted(tx, asked, q.err)
		}
		l.askArchive(q)
		return
	}
	for id, since := range asked {
		c, _ := l.chat(id)
		q := &archiveQuery{with: c.JID}
		if c.Kind == store.Private {
			q.with = c.JID + "/" + c.Nick
		}
		l.sortSince(q, id, since)
	}
}

// sortSince asks for the order of a chat since a time.
func (l *loop) sortSince(q *archiveQuery, id store.ChatID, since int64) {
	q.start = l.serverTime(time.UnixMicro(since)).Add(-lookBack)
	q.done = func(tx *store.Tx, _ bool) error { return l.sorted(tx, unsorted{id: since}, q.err) }
	l.askArchive(q)
}

// sorted notes that the archive said the order of chats. When it said nothing they
// wait for the next link.
func (l *loop) sorted(tx *store.Tx, list unsorted, err error) error {
	if err != nil {
		return nil
	}
	rest := maps.Clone(l.unsorted)
	maps.DeleteFunc(rest, func(id store.ChatID, since int64) bool { return list[id] == since })
	if err := tx.ShownAll(l.a.id, func(id store.ChatID) bool { return rest[id] != 0 }); err != nil {
		return err
	}
	l.then = append(l.then, func() { // not before it is on the disk
		for id, since := range list {
			if l.unsorted[id] == since {
				delete(l.unsorted, id)
				delete(l.unsortedFrom, id)
			}
		}
	})
	return l.saveUnsorted(tx, rest)
}
