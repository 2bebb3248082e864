package session

import (
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// After a resumption (XEP-0198 §5) the order of what was replayed, and what the
// replay left out, is the archive's to say (XEP-0313). Only what can be out of
// order is read: what we handed to the link went into the archive behind all
// that the archive had told us until then.

const (
	// heardKept is how many of an archive's names are remembered.
	heardKept = 1000
	// heardMore is how much more is read than must be: what two others say at the
	// same moment may go into the archive and to us in different orders.
	heardMore = 5
)

// heard is what an archive named by itself in this session, in its order.
type heard struct {
	names []string // the newest
	n     uint64   // how many there were
	base  string   // what was the newest when the session began; "": not known

	replay *replayed // nil: the order of all is known
}

// replayed is an archive whose order is asked for.
type replayed struct {
	room  wire.JID
	from  uint64    // behind which of the names
	since time.Time // the same as a time, of the server's clock
	busy  bool      // a question runs
	again bool      // the link broke meanwhile: one more follows
}

func (l *loop) heardOf(archive string) *heard {
	h := l.heard[archive]
	if h == nil {
		h = &heard{}
		l.heard[archive] = h
	}
	return h
}

func (h *heard) add(name string) {
	if h.replay != nil || slices.Contains(h.names, name) {
		return // its place among the names is not known, or its burst is applied again
	}
	if len(h.names) == heardKept {
		h.names = slices.Delete(h.names, 0, 1)
	}
	h.names = append(h.names, name)
	h.n++
}

// before names what lies a little in front of the nth. false: it is not remembered.
func (h *heard) before(n uint64) (string, bool) {
	if n <= heardMore {
		return h.base, h.base != ""
	}
	first, at := h.n-uint64(len(h.names)), n-1-heardMore
	if at < first || at-first >= uint64(len(h.names)) {
		return "", false
	}
	return h.names[at-first], true
}

// forgetHeard begins anew with an archive that is not heard any more.
func (l *loop) forgetHeard(archive string) {
	if l.heard[archive] == nil {
		return
	}
	delete(l.heard, archive)
	for i := range l.outbox.rows {
		if r := &l.outbox.rows[i]; l.archiveWith(r.chat) == archive {
			r.heard = 0
		}
	}
}

// archiveWith is the archive that has a chat.
func (l *loop) archiveWith(chat store.ChatID) string {
	if c, ok := l.chat(chat); ok && c.Kind == store.Room {
		return c.JID
	}
	return l.self.String()
}

// resort asks an archive in which order things were said since the link broke.
// Until the answer what arrives does not say how far the archive is held. A link
// that breaks again meanwhile makes for one more question, not for many.
func (l *loop) resort(room wire.JID) {
	archive := l.archiveOf(room)
	h := l.heardOf(archive)
	n := h.n
	for _, r := range l.outbox.rows {
		if r.seq != 0 && l.archiveWith(r.chat) == archive {
			n = min(n, r.heard)
		}
	}
	since := l.brokeAt
	for chat, at := range l.unsorted { // what has to be sorted is, too
		if l.archiveWith(chat) != archive {
			continue
		}
		n = min(n, l.unsortedFrom[chat])
		if t := time.UnixMicro(at); t.Before(since) {
			since = t
		}
	}
	since = l.serverTime(since).Add(-lookBack)
	r := h.replay
	if r == nil {
		r = &replayed{room: room, from: n, since: since}
		h.replay = r
	}
	r.from = min(r.from, n)
	if since.Before(r.since) {
		r.since = since
	}
	if r.busy {
		r.again = true
		return
	}
	l.order(h, true)
}

// order asks what resort wants to know, to the end of the archive: what we sent
// again is there, too.
func (l *loop) order(h *heard, byName bool) {
	r := h.replay
	r.busy, r.again = true, false
	q := &archiveQuery{room: r.room, since: r.since.UnixMicro()}
	if name, ok := h.before(r.from); ok && byName {
		q.after, q.edge = name, l.placeOf(l.archiveOf(r.room), name)
	} else {
		q.start, byName = r.since, false
	}
	last := ""
	whole := byName || l.heldNow(r.room).Empty() // else it does not begin in what is held
	q.page = func(_ *store.Tx, p *archivePage) (bool, error) {
		last = p.last
		if whole {
			l.reached(r.room, p)
		}
		return true, nil
	}
	q.done = func(tx *store.Tx, _ bool) error {
		if q.err == nil && !r.again {
			if err := tx.ShownAll(l.a.id, func(id store.ChatID) bool { return l.unsorted[id] != 0 }); err != nil {
				return err
			}
		}
		l.then = append(l.then, func() {
			if h.replay != r {
				return
			}
			r.busy = false
			switch {
			case byName && gone(q.err): // the archive forgot what we asked it from
				l.order(h, false)
			case r.again:
				l.order(h, true)
			case q.err == nil:
				h.replay = nil
				if last != "" {
					h.add(last)
				}
			}
		})
		return nil
	}
	l.askArchive(q)
}

// placeOf is where stands what an archive gave a name; 0: it is not known. What
// follows it there stands behind it, whatever the stamps.
func (l *loop) placeOf(archive, name string) int64 {
	ord, err := l.st.PlaceOf(l.ctx, l.a.id, archive, name)
	if err != nil {
		l.storeFailed(err)
	}
	if top := l.tops[archive]; top != nil {
		for _, r := range top.ranges {
			if r.LastID == name {
				ord = max(ord, r.LastOrd)
			}
		}
	}
	return ord
}

// heldNow is what this session holds of an archive up to now. Its ID is 0 if that is not
// known.
func (l *loop) heldNow(room wire.JID) (r store.Range) {
	top := l.tops[l.archiveOf(room)]
	if top == nil || top.own == 0 {
		return r
	}
	if i := slices.IndexFunc(top.ranges, func(r store.Range) bool { return r.ID == top.own }); i >= 0 {
		r = top.ranges[i]
	}
	return r
}

// reached extends what is held of an archive over a page that begins in it.
func (l *loop) reached(room wire.JID, p *archivePage) {
	n, top, r := len(p.items), l.tops[l.archiveOf(room)], l.heldNow(room)
	if n == 0 || r.ID == 0 {
		return
	}
	if end := p.items[n-1]; end.ord > max(top.ord, r.LastOrd) {
		l.moveTop(top.name, end.id, end.ord)
	}
}

// orderAgain asks anew what was given up.
func (l *loop) orderAgain() {
	for _, h := range l.heard {
		if h.replay != nil && !h.replay.busy {
			l.order(h, true)
		}
	}
}

// astray says that an archive still has to say in which order things were said that
// come by themselves now.
func (l *loop) astray(archive string) bool {
	h := l.heard[archive]
	return h != nil && h.replay != nil
}

// holdFirst notes the first line that an archive named, late or in an order that is not
// known, where nothing is held of it yet: what the archive has from there on is read.
func (l *loop) holdFirst(tx *store.Tx, a store.Arrival) error {
	if a.StanzaID == "" {
		return nil
	}
	top := l.topOf(a.By)
	if top.live || top.own != 0 || top.firstID != "" || len(top.ranges) > 0 {
		return nil
	}
	held, err := tx.Ranges(l.a.id, top.name, "")
	if err != nil || len(held) > 0 {
		return err
	}
	ord := tx.Placed()
	r, err := tx.PutRange(l.a.id, top.name, store.Range{FirstID: a.StanzaID, FirstOrd: ord, LastID: a.StanzaID, LastOrd: ord})
	if err != nil {
		return err
	}
	l.then = append(l.then, func() {
		if len(top.ranges) == 0 {
			top.ranges = []store.Range{r}
		}
	})
	return nil
}

// moveLive follows, by what came by itself, how far an archive is held.
func (l *loop) moveLive(a store.Arrival, tx *store.Tx) {
	if a.StanzaID == "" {
		return
	}
	h := l.heardOf(a.By)
	if h.replay == nil {
		l.moveTop(a.By, a.StanzaID, tx.Placed())
	}
	h.add(a.StanzaID) // stored or not, the archive has it
}
