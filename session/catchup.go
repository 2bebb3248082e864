package session

import (
	"errors"
	"maps"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Catching up with an archive after a fresh login: the newest page first, so
// that the open chat is whole at once, then backwards to what we hold. What is
// held is kept as ranges, each written with its messages in one transaction; a
// gap between two of them is seen and can be filled.

const (
	// fillsAtOnce is how many archives are read backwards at a time.
	fillsAtOnce = 2
	// fillMost is how many messages a gap brings at a time; the rest waits for a key.
	fillMost = 50_000
	// triesMost bounds the gaps that are asked for in a session without a key.
	triesMost = 20
	// gapRoom is kept between what we hold and a newer page that does not reach
	// it, in µs: places for what lies between.
	gapRoom = 10_000_000
	// catchUpAgain is how long an archive is left alone that fell silent.
	catchUpAgain = time.Minute
)

var (
	errArchiveSilent = errors.New("the archive did not answer")
	errArchiveBroken = errors.New("the archive contradicts itself")
)

// archiveTop is what is held of an archive in this session.
type archiveTop struct {
	room     wire.JID
	name     string
	ranges   []store.Range                   // newest first
	live     bool                            // the newest page was read
	low      map[store.ChatID]store.Position // the first row of each chat in it
	own      int64                           // the range of this session; 0: it has none yet
	id       string                          // the newest live message, and its place
	ord      int64
	firstID  string // the first one of a session that has no range yet
	firstOrd int64
	dirty    bool  // not on the disk yet
	opened   int64 // the range that the transaction with this rev opened
	rev      uint64
	want     int64 // the range under which is read, or will be; 0: none
	busy     bool
	got      int               // messages so far
	tried    map[[2]int64]bool // the gaps that were asked for in this session
	about    int               // how many were missing, as the server counts; 0: it does not say
	err      error
}

// catchUp brings what an archive has and we do not. room zero: our own.
func (l *loop) catchUp(room wire.JID) {
	if !l.saving {
		return // when the disk takes what comes of it
	}
	top := l.topOf(l.archiveOf(room))
	var err error
	if top.ranges, err = l.st.Ranges(l.ctx, l.a.id, top.name, ""); err != nil {
		l.storeFailed(err)
		return
	}
	if len(top.ranges) == 0 || top.ranges[0].Empty() {
		// Lines came before anything was read of the archive: what it has since then is
		// missing.
		r, err := l.st.Newest(l.ctx, l.a.id, top.name)
		if err != nil {
			l.storeFailed(err)
			return
		}
		if r.LastID != "" {
			l.write(func(tx *store.Tx) error { r, err = tx.PutRange(l.a.id, top.name, r); return err })
			top.ranges = slices.Insert(top.ranges, 0, r)
		}
	}
	q := &archiveQuery{room: room, back: true, quiet: len(top.ranges) == 0}
	if len(top.ranges) > 0 {
		q.floor = top.ranges[0].LastOrd + gapRoom
	}
	if q.quiet && !room.IsZero() && l.roomHeld(room) {
		// Entered before the archive was followed: what we hold is not told twice.
		q.quiet = false
	}
	q.page = func(tx *store.Tx, p *archivePage) (bool, error) { return false, l.newestPage(tx, top, p) }
	q.done = func(*store.Tx, bool) error {
		l.then = append(l.then, func() {
			top.low = q.low
			l.caughtNewest(top, q.err)
		})
		return nil
	}
	l.askArchive(q)
}

// newestPage opens the range of this session with the newest page.
func (l *loop) newestPage(tx *store.Tx, top *archiveTop, p *archivePage) error {
	ranges := slices.Clone(top.ranges)
	if len(ranges) == 0 { // a line of this burst may have opened one
		var err error
		if ranges, err = tx.Ranges(l.a.id, top.name, ""); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(ranges, func(r store.Range) bool { return r.ID == top.own && top.own != 0 && !r.Empty() })
	if i < 0 {
		ranges, i = slices.Insert(ranges, 0, store.Range{}), 0
	}
	// What came live meanwhile stands in the page or right behind it.
	r := &ranges[i]
	if n := len(p.items); n > 0 {
		if r.LastID == "" || r.FirstID != "" && p.items[0].ord <= r.FirstOrd {
			r.FirstID, r.FirstOrd = p.first, p.items[0].ord // else more than a page came live
		}
		if last := p.items[n-1]; r.LastID == "" || last.ord > r.LastOrd {
			r.LastID, r.LastOrd = last.id, last.ord
		}
	}
	if r.LastID == "" {
		return l.emptyArchive(tx, top, ranges[1:])
	}
	ranges, err := l.cover(tx, top, ranges, i, p)
	if err != nil {
		return err
	}
	top.opened, top.rev = ranges[i].ID, tx.Rev()
	tx.Behind(ranges[i].LastOrd)
	l.then = append(l.then, func() {
		l.heldIs(top, ranges)
		top.live, top.own = true, ranges[i].ID
		if h := l.heardOf(top.name); h.base == "" && h.n == 0 {
			h.base = p.last
		}
	})
	return nil
}

// emptyArchive notes that an archive has nothing: whatever it has later came since, and
// is read of it although this session may not hear of it. held are the ranges there are.
func (l *loop) emptyArchive(tx *store.Tx, top *archiveTop, held []store.Range) error {
	var r store.Range
	switch n := len(held); {
	case n == 0:
		var err error
		if r, err = tx.PutRange(l.a.id, top.name, store.Range{}); err != nil {
			return err
		}
	case n == 1 && held[0].Empty():
		r = held[0]
	default: // it forgot what we hold
		l.then = append(l.then, func() { top.live = true })
		return nil
	}
	top.opened, top.rev = r.ID, tx.Rev()
	l.then = append(l.then, func() {
		l.heldIs(top, []store.Range{r})
		top.live, top.own = true, r.ID
	})
	return nil
}

// cover extends range i of ranges over a page and joins it with the older ones
// that the page met. It is written in the page's transaction; ranges is not
// changed.
func (l *loop) cover(tx *store.Tx, top *archiveTop, ranges []store.Range, i int, p *archivePage) ([]store.Range, error) {
	r := ranges[i]
	list := ranges[:i:i]
	var rest []store.Range
	joined := false
	for _, older := range ranges[i+1:] {
		if !met(older, p) {
			rest = append(rest, older)
			continue
		}
		joined = true
		if older.FirstID == "" || older.FirstOrd < r.FirstOrd {
			r.FirstID, r.FirstOrd = older.FirstID, older.FirstOrd
		}
		if older.LastOrd > r.LastOrd {
			r.LastID, r.LastOrd = older.LastID, older.LastOrd
		}
		if err := tx.DropRange(older.ID); err != nil {
			return nil, err
		}
	}
	if p.complete && !joined {
		r.FirstID = ""
	}
	r, err := tx.PutRange(l.a.id, top.name, r)
	return append(append(list, r), rest...), err
}

// met says whether a page reaches into a range: by the name at its end, or by
// what the archive had named and stands in it.
func met(r store.Range, p *archivePage) bool {
	for _, x := range p.items {
		if x.id == r.LastID || x.id == r.FirstID || x.named && x.ord >= r.FirstOrd && x.ord <= r.LastOrd {
			return true
		}
	}
	return false
}

// heldIs takes over ranges that are on disk; live messages of the same burst
// may have moved the end of the first.
func (l *loop) heldIs(top *archiveTop, ranges []store.Range) {
	top.ranges = ranges
	if len(ranges) > 0 && top.ord > ranges[0].LastOrd {
		top.dirty = true
	}
}

// caughtNewest goes on where the newest page does not reach what we hold.
func (l *loop) caughtNewest(top *archiveTop, err error) {
	top.err = err
	if err != nil || len(top.ranges) < 2 {
		l.tellArchive(top)
		l.catchUpLater(top)
		return
	}
	if !top.busy { // also without a link: it is asked when the session is taken up
		top.want = top.ranges[0].ID
		l.nextFill()
	}
}

// catchUpLater asks an archive again that fell silent.
func (l *loop) catchUpLater(top *archiveTop) {
	if !errors.Is(top.err, errArchiveSilent) {
		return
	}
	life := l.life
	l.after(catchUpAgain, func(l *loop) {
		switch {
		case l.life != life || l.tops[top.name] != top || top.busy || !errors.Is(top.err, errArchiveSilent):
		case l.link == nil:
			l.catchUpLater(top)
		default:
			l.catchUp(top.room)
		}
	})
}

// fill reads backwards from a range to the older one.
func (l *loop) fill(top *archiveTop, id int64) {
	if top.busy || l.link == nil {
		return
	}
	top.want = id
	l.nextFill()
}

// nextFill lets the archives be read that wait for it: our own first.
func (l *loop) nextFill() {
	busy := 0
	var first *archiveTop
	for _, t := range l.tops {
		switch {
		case t.busy:
			busy++
		case t.want != 0 && (first == nil || t.room.IsZero() || !first.room.IsZero() && t.name < first.name):
			first = t
		}
	}
	if first == nil || busy >= fillsAtOnce {
		return
	}
	id := first.want
	first.want = 0
	i := slices.IndexFunc(first.ranges, func(r store.Range) bool { return r.ID == id })
	if i < 0 || i+1 >= len(first.ranges) {
		l.nextFill()
		return
	}
	first.busy, first.got, first.about, first.err = true, 0, 0, nil
	if first.tried == nil {
		first.tried = map[[2]int64]bool{}
	}
	first.tried[first.gap(i)] = true
	l.tellArchive(first)
	if first.ranges[i].FirstID == "" {
		l.fillForward(first, id)
	} else {
		l.countGap(first, first.ranges[i+1], first.ranges[i])
		l.fillBack(first, id)
	}
	l.nextFill()
}

// countGap asks how much is missing, to the second.
func (l *loop) countGap(top *archiveTop, older, newer store.Range) {
	q := &archiveQuery{room: top.room, count: true, start: micros(older.LastOrd), end: micros(newer.FirstOrd)}
	q.page = func(_ *store.Tx, p *archivePage) (bool, error) {
		if p.total > 0 {
			l.then = append(l.then, func() { top.about = p.total; l.tellArchive(top) })
		}
		return false, nil
	}
	q.done = func(*store.Tx, bool) error { return nil }
	l.askArchive(q)
}

// fillBack pages from the first message of a range backwards until an older
// range is met.
func (l *loop) fillBack(top *archiveTop, id int64) {
	r := top.ranges[slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id })]
	q := &archiveQuery{room: top.room, back: true, before: r.FirstID, edge: r.FirstOrd, low: maps.Clone(top.low)}
	if i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id }); i+1 < len(top.ranges) {
		q.floor = top.ranges[i+1].LastOrd
	}
	again := false
	q.page = func(tx *store.Tx, p *archivePage) (more bool, err error) {
		more, again, err = l.fillPage(tx, top, id, q, p)
		return more, err
	}
	q.done = func(_ *store.Tx, _ bool) error {
		l.then = append(l.then, func() {
			if again {
				// The archive says that it has nothing older, and never named what we
				// hold of it: asked from there, it must say that it forgot it or what
				// lies between.
				l.fillForward(top, id)
				return
			}
			l.filled(top, q.err)
		})
		return nil
	}
	l.askArchive(q)
}

// fillPage notes a page of fillBack. again: it ends without having met what it
// should.
func (l *loop) fillPage(tx *store.Tx, top *archiveTop, id int64, q *archiveQuery, p *archivePage) (more, again bool, err error) {
	i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id })
	if i < 0 {
		return false, false, nil
	}
	ranges := slices.Clone(top.ranges)
	if len(p.items) > 0 {
		ranges[i].FirstID, ranges[i].FirstOrd = p.first, p.items[0].ord
	}
	before := len(ranges)
	if ranges, err = l.cover(tx, top, ranges, i, p); err != nil {
		return false, false, err
	}
	n := len(p.items)
	below := i+1 < len(ranges)
	joined := len(ranges) < before
	l.then = append(l.then, func() {
		top.got += n
		l.heldIs(top, ranges)
		l.tellArchive(top)
	})
	again = p.complete && below && !joined
	return below && !joined && q.got+n < fillMost, again, nil
}

// fillForward pages from the end of the older range on, where the archive said
// falsely that it has nothing older, or forgot what we had.
func (l *loop) fillForward(top *archiveTop, id int64) {
	i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id })
	if i < 0 || i+1 >= len(top.ranges) {
		l.filled(top, nil)
		return
	}
	older := top.ranges[i+1]
	q := &archiveQuery{room: top.room, after: older.LastID, edge: older.LastOrd, ceiling: top.ranges[i].FirstOrd}
	joined := false
	q.page = func(tx *store.Tx, p *archivePage) (bool, error) {
		i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id })
		if i < 0 || i+1 >= len(top.ranges) {
			return false, nil
		}
		ranges := slices.Clone(top.ranges)
		newer, older := ranges[i], ranges[i+1]
		if n := len(p.items); n > 0 {
			older.LastID, older.LastOrd = p.last, p.items[n-1].ord
		}
		joined = met(newer, p)
		if joined {
			newer.FirstID, newer.FirstOrd = older.FirstID, older.FirstOrd
			if err := tx.DropRange(older.ID); err != nil {
				return false, err
			}
			ranges = slices.Delete(ranges, i+1, i+2)
			older = newer
		}
		older, err := tx.PutRange(l.a.id, top.name, older)
		if err != nil {
			return false, err
		}
		if joined {
			ranges[i] = older
		} else {
			ranges[i+1] = older
		}
		n := len(p.items)
		l.then = append(l.then, func() {
			top.got += n
			l.heldIs(top, ranges)
			l.tellArchive(top)
		})
		return !joined && q.got+n < fillMost, nil
	}
	q.done = func(tx *store.Tx, complete bool) error {
		err := q.err
		if gone(err) { // XEP-0313 §4.3: it does not know the name any more
			if err = l.goneBelow(tx, top, older.ID); err != nil {
				return err
			}
		} else if err == nil && complete && !joined {
			err = errArchiveBroken
		}
		l.then = append(l.then, func() { l.filled(top, err) })
		return nil
	}
	l.askArchive(q)
}

// goneBelow joins a range, of which the archive forgot the end, with the beginning, if
// nothing else is held: what was between is gone as well.
func (l *loop) goneBelow(tx *store.Tx, top *archiveTop, id int64) error {
	n := len(top.ranges)
	i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == id })
	if i < 0 || i+2 != n || !top.ranges[n-1].Empty() {
		return nil
	}
	ranges := slices.Clone(top.ranges[:n-1])
	ranges[i].FirstID, ranges[i].FirstOrd = "", 0
	if err := tx.DropRange(top.ranges[n-1].ID); err != nil {
		return err
	}
	if _, err := tx.PutRange(l.a.id, top.name, ranges[i]); err != nil {
		return err
	}
	l.then = append(l.then, func() { l.heldIs(top, ranges) })
	return nil
}

// gone says that an archive does not have the message any more from which it
// was asked.
func gone(err error) bool {
	var refused *wire.StanzaError
	return errors.As(err, &refused) && refused.Condition == "item-not-found"
}

// untried is the range under which lies a gap that an earlier session left and this
// one did not ask for yet; 0: there is none. Where the archive said that it has
// nothing older it is asked as well: that need not have been true.
func (t *archiveTop) untried() int64 {
	for i := range len(t.ranges) - 1 {
		if len(t.tried) < triesMost && !t.tried[t.gap(i)] {
			return t.ranges[i].ID
		}
	}
	return 0
}

// gap names what lies between a range and the next older one.
func (t *archiveTop) gap(i int) [2]int64 { return [2]int64{t.ranges[i].ID, t.ranges[i+1].ID} }

// filled ends the reading of an archive.
func (l *loop) filled(top *archiveTop, err error) {
	top.busy, top.err = false, err
	if err == nil && top.got < fillMost {
		top.want = top.untried()
	}
	l.tellArchive(top)
	l.catchUpLater(top)
	l.nextFill()
}

// tellArchive tells how far the reading of an archive is, and that what is
// known to be missing changed.
func (l *loop) tellArchive(top *archiveTop) {
	e := ArchiveChanged{seal: localOrigin().seal(), Account: l.a.id, Archive: top.name, Loading: top.busy || top.want != 0, Done: top.got, About: top.about}
	if !top.room.IsZero() {
		e.Room = top.name
	}
	if top.err != nil && top.err != errLinkLost {
		e.Problem = archiveProblem(top.err, top.name)
	}
	l.emit(e)
}

// archiveProblem is why an archive was not read to the end.
func archiveProblem(err error, name string) *Problem {
	var refused *wire.StanzaError
	switch {
	case errors.Is(err, errArchiveSilent):
		return &Problem{Code: "archive-silent", Args: []string{name}}
	case errors.As(err, &refused):
		p := stanzaProblem("archive-refused", refused, name)
		return &p
	}
	return &Problem{Code: "archive-broken", Args: []string{name}}
}

func (l *loop) archiveOf(room wire.JID) string {
	if room.IsZero() {
		return l.self.String()
	}
	return room.String()
}

// roomHeld says whether anything was ever said in a room that we have.
func (l *loop) roomHeld(room wire.JID) bool {
	r := l.rooms[room]
	return r != nil && !l.lastLine(r).IsZero()
}

// topOf is what is held of an archive in this session.
func (l *loop) topOf(archive string) *archiveTop {
	t := l.tops[archive]
	if t == nil {
		t = &archiveTop{name: archive}
		if archive != l.self.String() {
			t.room = wire.Lenient(archive)
		}
		l.tops[archive] = t
	}
	return t
}

// moveTop follows a live message that an archive named.
func (l *loop) moveTop(archive, id string, ord int64) {
	if id == "" {
		return
	}
	t := l.topOf(archive)
	t.id, t.ord, t.dirty = id, ord, true
	if t.own == 0 && t.firstID == "" {
		t.firstID, t.firstOrd = id, ord
	}
}

// saveTops writes, with a burst, how far the archives are held.
func (l *loop) saveTops(tx *store.Tx) error {
	for _, t := range l.tops {
		if !t.dirty || t.id == "" {
			continue
		}
		id, ord, own := t.id, t.ord, t.own
		if own == 0 && t.rev == tx.Rev() {
			own = t.opened
		}
		if own != 0 {
			if err := tx.MoveRange(own, id, ord); err != nil {
				return err
			}
			l.then = append(l.then, func() { t.moved(id, ord) })
			continue
		}
		// The first messages of this session open its range. Where the archive is
		// known to have been empty it begins there, too.
		r := store.Range{FirstID: t.firstID, FirstOrd: t.firstOrd, LastID: id, LastOrd: ord}
		if t.live {
			r.FirstID = ""
		}
		r, err := tx.PutRange(l.a.id, t.name, r)
		if err != nil {
			return err
		}
		l.then = append(l.then, func() {
			// A reading that begins in this moment has it from the disk already.
			if !slices.ContainsFunc(t.ranges, func(have store.Range) bool { return have.ID == r.ID }) {
				t.ranges = slices.Insert(t.ranges, 0, r)
			}
			t.own = r.ID
			t.moved(id, ord)
		})
	}
	return nil
}

// moved follows what saveTops wrote.
func (t *archiveTop) moved(id string, ord int64) {
	t.dirty = t.id != id
	for i := range t.ranges {
		if r := &t.ranges[i]; r.ID == t.own && r.LastOrd < ord {
			r.LastID, r.LastOrd = id, ord
		}
	}
}
