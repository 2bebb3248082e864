package session

import (
	"strconv"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// The archive: XEP-0313, our own and the rooms'.

const (
	nsSet = "http://jabber.org/protocol/rsm" // XEP-0059
	// pageSize is how many messages an archive is asked for at a time.
	pageSize = 100
	// pagesMax bounds one question that goes over several pages.
	pagesMax = 200
)

// archiveQuery is a question to an archive that runs. Its results take the one
// path of all arrivals.
type archiveQuery struct {
	id     string
	room   wire.JID // zero: our own archive
	with   string   // only messages with this address
	start  time.Time
	after  string // behind this name
	quiet  bool   // what it brings is no news
	order  bool   // it is asked for the order of what is there already
	newest bool   // only the newest page

	lastOrd int64                              // of the result before, within the page
	seen    map[store.ChatID][]store.MessageID // order: what it named, in its order
	lastID  string                             // of the last result of the page before
	pages   int
	err     error                                   // why the archive answered nothing
	page    func(*store.Tx) error                   // after each page, in its transaction; may be nil
	done    func(tx *store.Tx, complete bool) error // in the transaction of the last page; complete: all was seen
}

// askArchive begins a query, oldest first. false: there is no link.
func (l *loop) askArchive(q *archiveQuery) bool {
	q.id = newID()
	if q.seen == nil {
		q.seen = map[store.ChatID][]store.MessageID{}
	}
	form := wire.New(nsData, "x").Set("type", "submit")
	field := func(name, value string) {
		if value != "" {
			form.Add(wire.New(nsData, "field").Set("var", name).Add(wire.New(nsData, "value").SetText(value)))
		}
	}
	field("FORM_TYPE", nsArchive)
	field("with", q.with)
	if !q.start.IsZero() {
		field("start", q.start.UTC().Format("2006-01-02T15:04:05Z"))
	}
	set := wire.New(nsSet, "set").Add(wire.New(nsSet, "max").SetText(strconv.Itoa(pageSize)))
	if q.newest {
		set.Add(wire.New(nsSet, "before"))
	} else if q.after != "" {
		set.Add(wire.New(nsSet, "after").SetText(q.after))
	}
	to := ""
	if !q.room.IsZero() {
		to = q.room.String()
	}
	l.queries[q.id] = q
	ok := l.ask(iq("set", to, wire.New(nsArchive, "query").Set("queryid", q.id).Add(form, set)), func(tx *store.Tx, el *wire.Element, err error) error {
		id := q.id
		l.then = append(l.then, func() { delete(l.queries, id) })
		if err == errLinkLost {
			return nil
		}
		if err != nil {
			q.err = err
			return q.end(l, tx, false)
		}
		return l.archivePage(tx, q, el.Child(nsArchive, "fin"))
	})
	if !ok {
		delete(l.queries, q.id)
	}
	return ok
}

// archivePage goes on behind a page, or ends the query. An archive that says
// "more" and does not move is not believed.
func (l *loop) archivePage(tx *store.Tx, q *archiveQuery, fin *wire.Element) error {
	last := fin.Child(nsSet, "set").ChildText(nsSet, "last")
	complete := fin.Attr("complete") == "true" || fin.Attr("complete") == "1"
	q.pages++
	if last != "" && len(last) <= 256 {
		q.lastID = last
	}
	if q.page != nil {
		if err := q.page(tx); err != nil {
			return err
		}
	}
	switch {
	case fin == nil:
		return q.end(l, tx, false)
	case complete || last == "" || q.newest:
		return q.end(l, tx, true)
	case last == q.after || q.pages >= pagesMax || len(last) > 256:
		return q.end(l, tx, false)
	}
	q.after = last
	l.then = append(l.then, func() { l.askArchive(q) })
	return nil
}

// place gives an archived message its order: the archive's, never before the
// result in front of it.
func (q *archiveQuery) place(when int64) int64 {
	q.lastOrd = max(when, q.lastOrd+1)
	return q.lastOrd
}

// archiveTime is when an archive got a message. Who vouches for it is the
// archive itself, so its stamp is believed; one that cannot be is none.
func archiveTime(result *wire.Element) int64 {
	t := stamp(result.Child(nsForward, "forwarded").Child(nsDelay, "delay").Attr("stamp"))
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// name gives an arrival what its archive says of it: name, time and order.
func (q *archiveQuery) name(a *store.Arrival, o origin, archive wire.JID) {
	a.StanzaID, a.By, a.Quiet = o.mamID, archive.String(), q.quiet
	if o.when != 0 {
		a.Stamp = o.when
		if !q.order {
			a.Ord = q.place(o.when)
		}
	}
}

// saw notes the order of what is there. What the archive names next stands
// behind it, also when it was there already and the archive's clock is coarse.
func (q *archiveQuery) saw(chat store.ChatID, id store.MessageID, placed int64) {
	if q != nil {
		q.seen[chat] = append(q.seen[chat], id)
		q.lastOrd = max(q.lastOrd, placed)
	}
}

// arrange brings all that a query named into the order of the archive: page by
// page it could not, because what was missing came in behind what was there.
func (q *archiveQuery) arrange(l *loop, tx *store.Tx) error {
	for chat, ids := range q.seen {
		if err := tx.Arrange(ids); err != nil {
			return err
		}
		l.chatMoved(chat, tx)
	}
	clear(q.seen)
	return nil
}

// end is the last of a query.
func (q *archiveQuery) end(l *loop, tx *store.Tx, complete bool) error {
	if err := q.arrange(l, tx); err != nil {
		return err
	}
	return q.done(tx, complete)
}

// reorder asks an archive in which order things were said since a time: a
// server may replay what a resumed session missed in another. It finds, too,
// what the replay left out.
func (l *loop) reorder(room wire.JID, since time.Time) {
	q := &archiveQuery{room: room, start: since, order: true, done: func(*store.Tx, bool) error { return nil }}
	l.askArchive(q)
}
