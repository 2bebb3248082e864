package session

import (
	"slices"
	"strconv"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// The archive: XEP-0313, our own and the rooms'.

const (
	nsSet = "http://jabber.org/protocol/rsm" // XEP-0059
	// pageFirst, pageLeast and pageMost are how many messages an archive is asked
	// for at a time: at first, over a slow link, over a fast one.
	pageFirst = 50
	pageLeast = 10
	pageMost  = 250
	// pageTime is how long a page may take; they shrink to it.
	pageTime = 3 * time.Second
	// pageQuiet ends the wait for an archive that says nothing any more.
	pageQuiet = 45 * time.Second
	// pageBytes bounds what is held of a page before it is applied.
	pageBytes = 8 << 20
	// queryMax bounds one question that goes over several pages.
	queryMax = 50_000
)

// archiveQuery is a question to an archive that runs. Its results take the one
// path of all arrivals, a page at a time.
type archiveQuery struct {
	room   wire.JID // zero: our own archive
	with   string   // only messages with this address
	start  time.Time
	end    time.Time
	back   bool   // from the newest to the oldest page; else the other way round
	after  string // forward: behind this name
	before string // back: in front of this name; "": the newest page
	quiet  bool   // what it brings is no news
	count  bool   // only how many there are
	words  string // only what has them (XEP-0431)
	// found takes the results of such a question, which are not applied: they are no
	// part of what is held of the archive.
	found func(tx *store.Tx, items []origin) error
	// page sees each page in its transaction and says whether to go on, which the
	// archive's end overrules; nil: go on.
	page func(tx *store.Tx, p *archivePage) (more bool, err error)
	// done runs in the transaction of the last page. complete: all was seen.
	done func(tx *store.Tx, complete bool) error

	id       string   // of the page that is asked for
	items    []origin // the results of the page so far
	bytes    int
	applying *archivePage                      // while its results take their way
	near     map[store.ChatID][]store.Position // of the page before, in the archive's order
	all      map[store.ChatID][]store.Position // of all pages
	edge     int64                             // the place next to the page: behind it (back) or in front; 0: none
	floor    int64                             // the place above which all of it belongs
	ceiling  int64                             // forward: the place in front of which all of it belongs; 0: none
	low      map[store.ChatID]store.Position   // back: the first row of each chat that it named
	asked    time.Time                         // when the page was
	heard    time.Time                         // when the last result came
	ids      map[string]bool                   // all it named so far
	got      int
	half     unsorted       // chats that wait for the rest of it
	since    int64          // µs of the server's clock from which the order of all that is here is not known; 0: it is
	marks    []store.ChatID // chats of which it brought how far another device saw them
	receipts int
	err      error // why the archive answered nothing
	dead     bool  // given up: what it brings is not to be trusted any more
}

// archivePage is a page that came.
type archivePage struct {
	items       []archived
	first, last string // the archive's names at its ends
	complete    bool   // the archive says that nothing lies behind it
	total       int    // what the archive counts for the question; -1: it does not
	places      []int64
	at          int  // the item that is applied
	down        bool // its places lie in front of what is there
	seen        map[store.ChatID][]store.Position
	chats       []store.ChatID
}

// archived is one result as it ended up.
type archived struct {
	id    string
	row   store.MessageID // the message of a chat that it is; 0: none
	ord   int64           // where it stands; for what is no message of a chat, where it would
	known bool            // it was there before
	named bool            // and the archive had named it
}

// askArchive asks for a page. false: there is no link; it is asked again when
// the session is resumed.
func (l *loop) askArchive(q *archiveQuery) bool {
	q.id = newID()
	q.items, q.bytes, q.asked = nil, 0, l.c.opt.Now()
	q.heard = q.asked
	to := ""
	if !q.room.IsZero() {
		to = q.room.String()
	}
	l.queries[q.id] = q
	id := q.id
	ok := l.ask(iq("set", to, q.stanza(l.pageSize())), func(tx *store.Tx, el *wire.Element, err error) error {
		if l.queries[id] != q {
			return nil // given up
		}
		l.then = append(l.then, func() { delete(l.queries, id) })
		if err == errLinkLost || q.dead || !l.saving {
			return nil
		}
		if err != nil {
			q.err = err
			return q.finish(l, tx, nil, false)
		}
		return l.archivePage(tx, q, el.Child(nsArchive, "fin"))
	})
	if !ok {
		delete(l.queries, q.id)
		l.stalled = append(l.stalled, q)
		if l.link != nil { // more is to be sent than it takes
			l.after(lookAgain, func(l *loop) {
				if l.link != nil {
					l.askStalled()
				}
			})
		}
		return false
	}
	l.watchArchive(q, id)
	return true
}

// askStalled asks, over a link that took up the session, what the one before
// could not carry any more.
func (l *loop) askStalled() {
	list := l.stalled
	l.stalled = nil
	for _, q := range list {
		l.askArchive(q)
	}
}

// watchArchive gives up an archive that says nothing any more, not one that
// nobody can hear while the link is down.
func (l *loop) watchArchive(q *archiveQuery, id string) {
	l.after(pageQuiet, func(l *loop) {
		now := l.c.opt.Now()
		switch {
		case l.queries[id] != q:
		case q.dead:
			delete(l.queries, id)
		case l.link == nil, now.Sub(q.heard) < pageQuiet, now.Sub(l.onlineAt) < pageQuiet:
			l.watchArchive(q, id)
		default:
			delete(l.queries, id)
			q.err = errArchiveSilent
			l.write(func(tx *store.Tx) error { return q.finish(l, tx, nil, false) })
		}
	})
}

// stanza is the question for a page (XEP-0313 §4.1, XEP-0059).
func (q *archiveQuery) stanza(size int) *wire.Element {
	form := wire.New(nsData, "x").Set("type", "submit")
	field := func(name, value string) {
		if value != "" {
			form.Add(wire.New(nsData, "field").Set("var", name).Add(wire.New(nsData, "value").SetText(value)))
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	field("FORM_TYPE", nsArchive)
	field("with", q.with)
	field("start", at(q.start))
	field("end", at(q.end))
	field(fulltextField, q.words)
	if q.count {
		size = 0
	}
	set := wire.New(nsSet, "set").Add(wire.New(nsSet, "max").SetText(strconv.Itoa(size)))
	switch {
	case q.back:
		set.Add(wire.New(nsSet, "before").SetText(q.before))
	case q.after != "":
		set.Add(wire.New(nsSet, "after").SetText(q.after))
	}
	return wire.New(nsArchive, "query").Set("queryid", q.id).Add(form, set)
}

// pageSize is how many messages the link carries in pageTime.
func (l *loop) pageSize() int {
	if l.page == 0 {
		return pageFirst
	}
	return l.page
}

// measurePage adapts the size of pages to how long one took.
func (l *loop) measurePage(q *archiveQuery, n int) {
	if q.asked.Before(l.onlineAt) {
		return // the time without a link says nothing of the link
	}
	took := l.c.opt.Now().Sub(q.asked)
	size := l.pageSize()
	switch {
	case took > pageTime:
		size = int(int64(size) * int64(pageTime) / int64(took))
	case took < pageTime/3 && n >= size:
		size *= 2
	}
	l.page = min(max(size, pageLeast), pageMost)
}

// result keeps a result until its page is whole: only then is known where it
// stands between its neighbours.
func (q *archiveQuery) result(l *loop, o origin) {
	q.heard = l.c.opt.Now()
	for _, have := range q.items {
		if have.mamID == o.mamID {
			return // twice in a page, or its burst is applied again
		}
	}
	if q.bytes += o.size; q.bytes > pageBytes || len(q.items) >= 4*pageMost {
		return // more than was asked for; it is asked for again
	}
	q.items = append(q.items, o)
}

// archivePage applies a page and goes on behind it, or ends the query.
func (l *loop) archivePage(tx *store.Tx, q *archiveQuery, fin *wire.Element) error {
	if fin == nil {
		q.err = errArchiveBroken
		return q.finish(l, tx, nil, false)
	}
	set := fin.Child(nsSet, "set")
	p := &archivePage{first: clip(set.ChildText(nsSet, "first"), 256), last: clip(set.ChildText(nsSet, "last"), 256), total: -1,
		complete: fin.Attr("complete") == "true" || fin.Attr("complete") == "1", seen: map[store.ChatID][]store.Position{}}
	if n, err := strconv.Atoi(set.ChildText(nsSet, "count")); err == nil && n >= 0 {
		p.total = n
	}
	if q.found != nil {
		if err := q.found(tx, q.items); err != nil {
			return err
		}
		return q.done(tx, p.complete)
	}
	items := q.items
	if len(items) > 0 {
		// What came counts, not what is said of it.
		p.first, p.last = items[0].mamID, items[len(items)-1].mamID
	}
	for _, o := range items {
		if q.ids[o.mamID] || o.mamID == q.before || o.mamID == q.after {
			// It was asked for what lies behind that: the archive goes in a circle.
			q.err = errArchiveBroken
			return q.finish(l, tx, p, false)
		}
	}
	down := q.back && q.edge != 0 || q.ceiling != 0
	// A place that is taken gives way to the middle of the gap: there is room.
	p.down = down && q.ceiling == 0
	switch {
	case q.ceiling != 0:
		p.places = ascend(items, q.edge, q.ceiling)
	case down:
		p.places = descend(items, q.edge, q.floor)
	}
	q.applying = p
	before := max(q.edge, q.floor)
	for i, o := range items {
		if !down { // behind what stands in front of it, wherever that stands
			p.places = append(p.places, max(o.when, before+1))
		}
		p.at = i
		p.items = append(p.items, archived{id: o.mamID, ord: p.places[i]})
		l.applyArchived(tx, o)
		before = max(before, p.items[i].ord) // what is known may stand in a wrong place still
	}
	q.applying = nil
	if err := l.arrangePage(tx, q, p); err != nil {
		return err
	}
	l.then = append(l.then, func() { l.turnPage(q, p) })
	more := true
	if q.page != nil {
		var err error
		if more, err = q.page(tx, p); err != nil {
			return err
		}
	}
	next, where := p.last, q.after
	if q.back {
		next, where = p.first, q.before
	}
	switch {
	case p.complete:
		return q.finish(l, tx, p, true)
	case !more:
		return q.finish(l, tx, p, false)
	case next == "" || next == where || q.got+len(items) >= queryMax:
		// An archive that says "more" and does not move is not believed.
		q.err = errArchiveBroken
		if next != "" && next != where {
			q.err = nil
		}
		return q.finish(l, tx, p, false)
	}
	l.then = append(l.then, func() {
		if q.back {
			q.before = next
		} else {
			q.after = next
		}
		l.askArchive(q)
	})
	return nil
}

// turnPage follows a page that is on disk.
func (l *loop) turnPage(q *archiveQuery, p *archivePage) {
	l.measurePage(q, len(p.items))
	q.got += len(p.items)
	q.near, q.all, q.items, q.bytes = p.seen, q.upTo(p), nil, 0
	if q.ids == nil {
		q.ids = map[string]bool{}
	}
	if q.low == nil {
		q.low = map[store.ChatID]store.Position{}
	}
	for chat, own := range p.seen {
		for _, x := range own {
			if have, ok := q.low[chat]; !ok || x.Ord < have.Ord {
				q.low[chat] = x
			}
		}
	}
	for _, x := range p.items {
		q.ids[x.id] = true
	}
	if n := len(p.items); n > 0 {
		q.edge = p.items[n-1].ord
		if q.back {
			q.edge = p.items[0].ord
			for _, x := range p.items {
				q.edge = min(q.edge, x.ord)
			}
		}
	}
}

// upTo is all that was named up to a page, in the archive's order.
func (q *archiveQuery) upTo(p *archivePage) map[store.ChatID][]store.Position {
	all := q.all
	if all == nil {
		all = map[store.ChatID][]store.Position{}
	}
	if p == nil {
		return all
	}
	for chat, own := range p.seen {
		if q.back {
			all[chat] = slices.Concat(own, all[chat])
		} else {
			all[chat] = append(all[chat], own...)
		}
	}
	return all
}

// finish is the last of a query, in the transaction of its last page. What arrived
// in another order than the archive's may lie more than a page apart.
func (q *archiveQuery) finish(l *loop, tx *store.Tx, p *archivePage, complete bool) error {
	for chat, list := range q.all {
		if p != nil && p.seen[chat] != nil {
			continue
		}
		if err := l.arrangeAll(tx, chat, list); err != nil {
			return err
		}
	}
	if p != nil {
		for _, chat := range p.chats {
			list := slices.Concat(q.all[chat], p.seen[chat])
			if q.back {
				list = slices.Concat(p.seen[chat], q.all[chat])
			}
			if err := l.arrangeAll(tx, chat, list); err != nil {
				return err
			}
		}
	}
	for _, chat := range q.marks {
		if err := tx.SeenThen(chat); err != nil {
			return err
		}
	}
	// What fills a gap ends where newer rows begin, and compares nothing with these.
	if len(q.half) > 0 && q.err == nil && (q.ceiling == 0 || complete) {
		if err := l.sorted(tx, q.half, nil); err != nil {
			return err
		}
	}
	return q.done(tx, complete)
}

func (l *loop) arrangeAll(tx *store.Tx, chat store.ChatID, list []store.Position) error {
	if err := tx.Locate(list); err != nil {
		return err
	}
	moved, err := tx.Arrange(list)
	if err != nil {
		return err
	}
	if moved {
		l.chatMoved(chat, tx)
	}
	return tx.Answered(chat, list)
}

// applyArchived sends one result down the path of all arrivals; one that cannot
// be applied is put aside.
func (l *loop) applyArchived(tx *store.Tx, o origin) {
	at := l.point()
	err := tx.Try(func(tx *store.Tx) error { return l.message(tx, o) })
	if err == nil {
		return
	}
	l.takeBack(at)
	l.c.opt.Log.Warn("archived message put aside", "error", err)
	l.countRefused()
	_ = tx.Try(func(tx *store.Tx) error { return tx.Quarantine(l.a.id, err.Error(), o.el.Bytes()) })
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
	}
	if q.applying != nil {
		a.Ord, a.Below = q.applying.places[q.applying.at], q.applying.down
		if q.back {
			a.Newer = q.edge
		}
	}
}

// saw notes where a result of the page ended up; named: it was here under this name.
func (q *archiveQuery) saw(chat store.ChatID, id store.MessageID, placed int64, fresh, named bool) {
	if q == nil || q.applying == nil {
		return
	}
	p := q.applying
	x := &p.items[p.at]
	x.ord, x.row, x.known, x.named = placed, id, !fresh, named
	if p.seen[chat] == nil {
		p.chats = append(p.chats, chat)
	}
	p.seen[chat] = append(p.seen[chat], store.Position{ID: id, Ord: placed})
}

// arrangePage brings what a page named into the order of the archive, together
// with its neighbours of the page before: what was there already stands where
// it arrived.
func (l *loop) arrangePage(tx *store.Tx, q *archiveQuery, p *archivePage) error {
	if err := l.bringDown(tx, q, p); err != nil {
		return err
	}
	for _, chat := range p.chats {
		near, own := q.near[chat], p.seen[chat]
		list, from := slices.Concat(near, own), len(near)
		if q.back {
			list, from = slices.Concat(own, near), 0
		}
		moved, err := tx.Arrange(list)
		if err == nil && !p.complete && (moved || q.since != 0 && len(own) > 0) {
			err = l.halfSorted(tx, q, chat, list)
		}
		if err != nil {
			return err
		}
		p.seen[chat] = list[from : from+len(own)]
		for _, x := range p.seen[chat] {
			p.placed(x)
		}
		if moved {
			l.chatMoved(chat, tx)
		}
	}
	return nil
}

// placed notes where a message of the page stands now.
func (p *archivePage) placed(x store.Position) {
	for i := range p.items {
		if p.items[i].row == x.ID {
			p.items[i].ord = x.Ord
		}
	}
}

// bringDown moves what a page of older messages names and stands behind newer
// ones right in front of these: it waited on the server while we were away, and
// came by itself before the page did. Of what stands behind the place where the
// question began, and was compared with nothing, the order is asked.
func (l *loop) bringDown(tx *store.Tx, q *archiveQuery, p *archivePage) error {
	if !q.back {
		return nil
	}
	for _, chat := range p.chats {
		own := p.seen[chat]
		if newer, ok := q.low[chat]; ok {
			at := []store.Position{newer}
			if err := tx.Locate(at); err != nil {
				return err
			}
			limit := at[0].Ord
			for i := len(own) - 1; i >= 0; i-- {
				if own[i].Ord > limit {
					ord, err := tx.Move(own[i].ID, limit-1)
					if err != nil {
						return err
					}
					own[i].Ord = ord
					l.chatMoved(chat, tx)
				}
				limit = min(limit, own[i].Ord)
			}
		}
		behind := func(x store.Position) bool { return x.Ord > q.edge }
		if q.before != "" && q.edge != 0 && q.items[0].when != 0 && slices.ContainsFunc(own, behind) {
			if err := l.unsortSince(tx, chat, q.items[0].when); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	// receiptsMost is how many receipts one question to an archive may bring about.
	receiptsMost = 200
	// receiptAge is how old a message may be to be acknowledged still.
	receiptAge = 7 * 24 * time.Hour
)

// deservesReceipt says whether the sender of a new message is told that it
// came: always when it came by itself; from an archive while it is news.
func (q *archiveQuery) deservesReceipt(o origin, now time.Time) bool {
	if q == nil {
		return true
	}
	if q.quiet || q.receipts >= receiptsMost || now.Sub(micros(o.when)) > receiptAge {
		return false
	}
	q.receipts++
	return true
}

func micros(us int64) time.Time { return time.UnixMicro(us) }
