package session

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// What the user asks of an archive (XEP-0313): older messages of a chat, what
// is missing in it, and whether what we hold is what the archive holds.

const (
	// olderPages is how many pages are read for older messages that show anything.
	olderPages = 5
	// ledgerMost is how many messages are compared for a chat, and for all.
	ledgerMost    = 2_000
	ledgerAllMost = 20_000
	// ledgerShown is how many differences are named.
	ledgerShown = 10
)

// archiveFor is which archive has a chat, and by which address it is found
// there. false: none that we can ask now; the user was told.
func (l *loop) archiveFor(c store.Chat) (top *archiveTop, with string, ok bool) {
	name, offered := l.self.String(), l.hasArchive
	switch c.Kind {
	case store.Room:
		r := l.rooms[wire.Lenient(c.JID)]
		name, offered = c.JID, r != nil && r.joined && r.hasArchive
	case store.Private:
		with = c.JID + "/" + c.Nick
	default:
		with = c.JID
	}
	top = l.tops[name]
	return top, with, l.link != nil && offered && top != nil && top.live
}

// loadOlder brings the page of a chat in front of the oldest that we hold.
func (l *loop) loadOlder(id store.ChatID) {
	c, ok := l.chat(id)
	if !ok || l.older[id] {
		return
	}
	top, with, ok := l.archiveFor(c)
	if !ok || len(top.ranges) == 0 {
		return
	}
	bottom := top.ranges[len(top.ranges)-1]
	r := store.Range{With: with, LastID: bottom.FirstID, LastOrd: bottom.FirstOrd}
	q := &archiveQuery{room: top.room, with: with, back: true, quiet: true}
	if with == "" {
		r = bottom
	} else {
		held, err := l.st.Ranges(l.ctx, l.a.id, top.name, with)
		if err != nil {
			l.storeFailed(err)
			return
		}
		if len(held) > 0 {
			r = held[0]
		}
	}
	if bottom.FirstID == "" || r.ID != 0 && r.FirstID == "" {
		return // it begins there
	}
	q.before, q.edge = r.FirstID, r.FirstOrd
	if r.ID == 0 {
		// Among the messages with one address the archive need not know the name of
		// another: the first time it is asked by the clock.
		q.end, q.edge = micros(bottom.FirstOrd).Add(time.Second), bottom.FirstOrd
	}
	fresh, pages := 0, 0
	q.page = func(tx *store.Tx, p *archivePage) (bool, error) {
		for _, x := range p.items {
			if x.row != 0 && !x.known {
				fresh++
			}
		}
		pages++
		var err error
		if with == "" {
			err = l.olderOfRoom(tx, top, r.ID, p)
		} else {
			r, err = l.olderWith(tx, top, r, p)
		}
		return fresh == 0 && pages < olderPages, err
	}
	q.done = func(*store.Tx, bool) error {
		l.then = append(l.then, func() {
			delete(l.older, id)
			l.tellOlder(id, top, q.err)
		})
		return nil
	}
	if l.askArchive(q) {
		l.older[id] = true
		l.tellOlder(id, top, nil)
	}
}

// olderOfRoom extends the oldest range of a whole archive.
func (l *loop) olderOfRoom(tx *store.Tx, top *archiveTop, id int64, p *archivePage) error {
	i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	ranges := slices.Clone(top.ranges)
	if len(p.items) > 0 {
		ranges[i].FirstID, ranges[i].FirstOrd = p.first, p.items[0].ord
	}
	ranges, err := l.cover(tx, top, ranges, i, p)
	l.then = append(l.then, func() { l.heldIs(top, ranges) })
	return err
}

// olderWith extends what is held of the messages with one address.
func (l *loop) olderWith(tx *store.Tx, top *archiveTop, r store.Range, p *archivePage) (store.Range, error) {
	if len(p.items) > 0 {
		r.FirstID, r.FirstOrd = p.first, min(p.items[0].ord, r.LastOrd)
	}
	if p.complete {
		r.FirstID = ""
		if len(p.items) == 0 && r.FirstOrd == 0 {
			r.FirstOrd = r.LastOrd
		}
	}
	if len(p.items) == 0 && !p.complete {
		return r, nil
	}
	return tx.PutRange(l.a.id, top.name, r)
}

func (l *loop) tellOlder(chat store.ChatID, top *archiveTop, err error) {
	e := ArchiveChanged{seal: localOrigin().seal(), Account: l.a.id, Archive: top.name, Chat: chat, Loading: l.older[chat]}
	if err != nil && err != errLinkLost {
		e.Problem = archiveProblem(err, top.name)
	}
	l.emit(e)
}

// fillGap reads what is missing in front of a place of a chat.
func (l *loop) fillGap(id store.ChatID, before int64) {
	c, ok := l.chat(id)
	if !ok {
		return
	}
	top, _, ok := l.archiveFor(c)
	if !ok {
		l.tellProblem(id, Problem{Code: "archive-away"})
		return
	}
	i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.FirstOrd == before })
	if i < 0 || i+1 >= len(top.ranges) {
		l.tellArchive(top) // it was filled meanwhile, or nothing is known of what is older
		l.loadOlder(id)
		return
	}
	l.fill(top, top.ranges[i].ID)
}

// ledger compares what we hold of a chat, or of everything, with the archive.
// What it finds missing is there afterwards.
func (l *loop) ledger(id store.ChatID, all bool) {
	c, ok := l.chat(id)
	if !ok && !all {
		return
	}
	top, with, ok := l.archiveFor(c)
	if all {
		top, with = l.tops[l.self.String()], ""
		ok = l.link != nil && l.hasArchive && top != nil
	}
	if !ok {
		l.tellProblem(id, Problem{Code: "archive-away"})
		return
	}
	most := ledgerMost
	if all {
		most = ledgerAllMost
	}
	q := &archiveQuery{room: top.room, with: with, back: true}
	var sum ledgerSum
	q.page = func(tx *store.Tx, p *archivePage) (bool, error) {
		for i := range p.items {
			sum.add(&p.items[i])
		}
		return len(sum.named) < most, nil
	}
	q.done = func(tx *store.Tx, _ bool) error {
		if q.err != nil {
			p := archiveProblem(q.err, top.name)
			l.then = append(l.then, func() { l.tellProblem(id, *p) })
			return nil
		}
		audit, err := tx.Audit(l.a.id, c.ID, all, top.name, sum.from(), sum.named)
		if err != nil {
			return err
		}
		gaps := 0
		for _, r := range top.ranges[:max(0, len(top.ranges)-1)] {
			if r.FirstOrd > sum.from() {
				gaps++
			}
		}
		l.then = append(l.then, func() { l.tellLedger(id, sum, audit, gaps) })
		return nil
	}
	if !l.askArchive(q) {
		l.tellProblem(id, Problem{Code: "archive-away"})
	}
}

// ledgerSum is what the comparison with an archive found on the archive's side.
type ledgerSum struct {
	named   map[string]bool
	missing int
	since   int64 // where the oldest message stands that it named
	other   int64 // where would stand what is none of ours: it tells only where there is no message
}

func (s *ledgerSum) add(x *archived) {
	if s.named == nil {
		s.named = map[string]bool{}
	}
	s.named[x.id] = true
	if x.row != 0 && !x.known {
		s.missing++
	}
	at := &s.since
	if x.row == 0 { // a second copy of a line, say, which came here later than its time
		at = &s.other
	}
	if *at == 0 || x.ord < *at {
		*at = x.ord
	}
}

// from is the place from which on everything was compared.
func (s *ledgerSum) from() int64 { return cmp.Or(s.since, s.other) }

func (l *loop) tellLedger(id store.ChatID, sum ledgerSum, audit store.Audit, gaps int) {
	since := ""
	if from := sum.from(); from != 0 {
		since = micros(from).Format("2006-01-02 15:04")
	}
	a := Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Code: "ledger",
		Args: []string{strconv.Itoa(sum.missing), strconv.Itoa(len(audit.Doubled)), since, strconv.Itoa(len(sum.named))}}
	fact := func(code, text string) { a.Facts = append(a.Facts, Fact{Code: code, Text: text}) }
	if sum.missing > 0 {
		fact("ledger-missing", strconv.Itoa(sum.missing))
	}
	for _, m := range clipList(audit.Doubled) {
		fact("ledger-doubled", ledgerLine(m))
	}
	for _, m := range clipList(audit.Alone) {
		fact("ledger-alone", ledgerLine(m))
	}
	if n := len(audit.Alone); n > ledgerShown {
		fact("ledger-more", strconv.Itoa(n-ledgerShown))
	}
	if gaps > 0 {
		fact("ledger-gaps", strconv.Itoa(gaps))
	}
	l.emit(a)
}

func clipList(list []store.Message) []store.Message { return list[:min(len(list), ledgerShown)] }

func ledgerLine(m store.Message) string {
	return micros(m.Stamp).Format("2006-01-02 15:04:05") + " " + clip(m.Body, 60)
}
