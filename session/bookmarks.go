package session

import (
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Bookmarks: the rooms of an account, kept on its server, so that all its clients
// are in the same ones. XEP-0402, and for servers without it XEP-0048 over
// XEP-0223 or XEP-0049.
//
// One store is the truth and the only one written to; which one is found out at
// each login, behind the roster, from what the account's server announces:
//
//	announced                     found there, in this order              the truth
//	urn:xmpp:bookmarks:1#compat   (the server shows the same in all)      0402
//	or #compat-pep
//	PEP that keeps items and      0402: items, or none where there        0402
//	knows publish-options         were some when we last looked
//	                              0402: nothing; 0048 over PEP: rooms     0048 over PEP
//	                              neither; 0048 in private XML: rooms     private XML
//	                              nothing anywhere                        0402
//	PEP without those             0048 over PEP: rooms                    0048 over PEP
//	                              private XML, with or without rooms      private XML
//	                              no private XML                          0048 over PEP
//	no PEP                        private XML, with or without rooms      private XML
//	                              no private XML                          none: this disk
//
// A store that could not be read is not written to. What changed here while there
// was no connection is on the disk with the room and wins at the next login; else
// the store wins: a room that another device took out is left. A node that is not
// there at all says nothing of what we have: rooms that we are in go into it.
//
// Rooms are entered behind the answer, four at a time, the one on the screen first.

// The stores of bookmarks. The words are on the disk.
const (
	storePEP     = "pep"     // XEP-0402
	storeStorage = "storage" // XEP-0048 over XEP-0223
	storePrivate = "private" // XEP-0048 over XEP-0049
)

// bookmarksTime is how long rooms wait for the bookmarks.
const bookmarksTime = 10 * time.Second

// bookmarksNode holds an item for each room (XEP-0402 §3).
var bookmarksNode = pepNode{name: nsBookmarks, from: pepOwn, notify: true, access: "whitelist", keep: "max", last: "never",
	items: bookmarksMax}

// bookmarks is what an account knows of them over one link.
type bookmarks struct {
	place   string // the store that is the truth; empty: not known
	due     bool   // they are to be read once we know what the server offers
	moved   change // whether another device changed them while we were reading
	wait    *time.Timer
	told    bool // the user knows that the server does not take them
	writing bool // a store of all in one is being written
}

// change says whether the stores moved under our reading.
type change int

const (
	unmoved change = iota
	movedNow
	movedBefore // and were read again
)

// home is what our account's server offers, as far as it was asked.
type home struct {
	known   bool // it answered
	pep     bool // XEP-0163
	options bool // publish-options, so that who may read a node is settled with what goes into it
	keeps   bool // items stay
	compat  bool // bookmarks of all stores are the same (XEP-0402 §5.3)
}

// knowHome takes what disco#info says of our account; nil: nothing.
func (l *loop) knowHome(info *wire.Element) {
	h := home{known: true}
	for i := range info.All(nsDiscoInfo, "identity") {
		h.pep = h.pep || i.Attr("category") == "pubsub" && i.Attr("type") == "pep"
	}
	for f := range info.All(nsDiscoInfo, "feature") {
		switch f.Attr("var") {
		case nsPubSub:
			h.pep = true
		case nsPublishOptions:
			h.options = true
		case nsPersistent:
			h.keeps = true
		case nsBookmarks + "#compat", nsBookmarks + "#compat-pep":
			h.compat = true
		}
	}
	l.home = h
	l.readBookmarks()
	l.readDisplayed()
}

// askBookmarks reads them after a login, and then enters the rooms.
func (l *loop) askBookmarks() {
	l.marks.due = true
	l.awaitBookmarks()
	l.readBookmarks()
}

// awaitBookmarks enters the rooms without them when the server does not answer.
func (l *loop) awaitBookmarks() {
	l.marks.wait = l.after(bookmarksTime, func(l *loop) {
		switch {
		case l.marks.wait == nil: // of a link that is gone
		case l.state == Online:
			l.joinAll()
		default:
			l.awaitBookmarks() // the session may be resumed
		}
	})
}

func (l *loop) readBookmarks() {
	if !l.marks.due || !l.home.known {
		return
	}
	l.marks.due = false
	h := l.home
	if h.compat || h.options && h.keeps {
		l.fetch(&bookmarksNode, wire.JID{}, func(items []pepItem, err error) {
			switch {
			case err != nil && !absent(err):
				l.joinAll() // not read, so not written either
			case h.compat || len(items) > 0 || err == nil && l.marked(storePEP):
				l.bookmarksRead(storePEP, l.readMarks(items), err == nil && len(items) < bookmarksMax)
			default:
				l.readStorage(func(bool) { l.bookmarksRead(storePEP, nil, false) })
			}
		})
		return
	}
	l.readStorage(func(private bool) {
		switch {
		case private:
			l.bookmarksRead(storePrivate, nil, true)
		case h.pep:
			l.bookmarksRead(storeStorage, nil, false)
		default:
			l.joinAll()
		}
	})
}

// marked says whether we hold bookmarks of a store.
func (l *loop) marked(store string) bool {
	for _, r := range l.rooms {
		if r.mark != nil && r.source == store {
			return true
		}
	}
	return false
}

// bookmarksRead takes what a store holds; it is the truth from now on. whole: what
// is not in the list is not there.
func (l *loop) bookmarksRead(place string, list []marked, whole bool) {
	if l.marks.moved == movedNow {
		// Another device wrote while we went from store to store: look again, once.
		l.marks.moved = movedBefore
		l.marks.due = true
		l.readBookmarks()
		return
	}
	l.marks.place = place
	l.followAll(list, whole, false)
	for _, r := range l.rooms {
		if r.pending != 0 {
			l.push(r)
		}
	}
	l.joinAll()
}

// followAll brings our rooms to what the store says of all. live: another device
// changed it just now.
func (l *loop) followAll(list []marked, whole, live bool) {
	seen := map[wire.JID]bool{}
	l.write(func(tx *store.Tx) error {
		for _, m := range list {
			seen[m.room] = true
			if err := l.follow(tx, m, live); err != nil {
				return err
			}
		}
		for j, r := range l.rooms {
			if seen[j] || r.mark == nil && r.pending == 0 {
				continue
			}
			if err := l.followGone(tx, r, whole && r.source == l.marks.place, live); err != nil {
				return err
			}
		}
		return nil
	})
}

// follow takes a bookmark from the store, unless a change of ours is under way.
// Only what another device changed moves us: one that touches something else of a
// bookmark does not bring us back into a room that threw us out.
func (l *loop) follow(tx *store.Tx, m marked, live bool) error {
	r := l.rooms[m.room]
	if r == nil {
		if len(l.rooms) >= 2*bookmarksMax {
			return nil
		}
		r = &room{jid: m.room, occupants: map[string]*Occupant{}}
		l.rooms[m.room] = r
	}
	r.item = m.id
	if live && r.pushing {
		r.later = &markChange{marked: m}
		return nil
	}
	if r.pending != 0 && !live {
		if r.mark != nil {
			// Changed here while there was no connection: into what is there now.
			m.take(*r.mark, r.pending)
			m.raw = m.write()
			r.mark = &m.bookmark
			r.change++
		} else {
			r.sayGoodbye(m.bookmark)
		}
		return tx.PutBookmark(l.markEntry(r))
	}
	old := r.mark
	r.mark, r.source, r.pending = &m.bookmark, l.marks.place, 0
	if err := l.followExtensions(tx, m, old); err != nil {
		return err
	}
	switch {
	case old == nil && !live && r.auto && !m.auto:
		// Never in a store before, and we are in it: the union of both, told to the
		// store once we are in.
	case old != nil && old.auto == m.auto:
	case m.auto:
		r.auto = true
		l.then = append(l.then, func() { l.enterMarked(r, live) })
	default:
		r.auto = false
		l.then = append(l.then, func() { l.leaveMarked(r, live) })
	}
	if old != nil && old.nick != m.nick && m.nick != "" && r.joined && r.nick != m.nick {
		l.then = append(l.then, func() { l.askNick(r, m.nick, true) })
	}
	l.tellRoom(r)
	return tx.PutBookmark(l.markEntry(r))
}

// followGone takes away a bookmark that is in the store no more. gone: it was
// there and another device took it out; else the store as such is not there.
func (l *loop) followGone(tx *store.Tx, r *room, gone, live bool) error {
	switch {
	case live && r.pushing:
		r.later = &markChange{gone: true}
		return nil
	case r.pending&store.BookmarkAll != 0 && !live:
		return nil // changed here since: it goes there again
	case r.mark == nil && r.pending == 0:
		return nil
	}
	had := r.mark != nil
	r.mark, r.source, r.item, r.pending = nil, "", "", 0
	if gone && had {
		r.auto = false
		l.then = append(l.then, func() { l.leaveMarked(r, live) })
	} else {
		l.then = append(l.then, func() { l.forgetRoom(r) })
	}
	l.tellRoom(r)
	return tx.PutBookmark(l.markEntry(r))
}

// enterMarked enters a room because its bookmark says so now. After a login all
// rooms are entered together, behind this.
func (l *loop) enterMarked(r *room, live bool) {
	r.want, r.problem = true, nil
	l.stopTrying(r)
	if live {
		l.queueJoin(r)
	}
}

// leaveMarked leaves a room because its bookmark says so now.
func (l *loop) leaveMarked(r *room, live bool) {
	if live && (r.joined || r.joining) {
		l.tell(l.chatIDs[l.roomKey(r.jid)], "left-elsewhere", r.jid.String())
	}
	l.partRoom(r)
	l.forgetRoom(r)
}

// forgetRoom drops a room that we know from a bookmark alone that is no more.
func (l *loop) forgetRoom(r *room) {
	if r.mark == nil && r.nick == "" && !r.want && r.pending == 0 && l.rooms[r.jid] == r {
		delete(l.rooms, r.jid)
		l.emit(RoomChanged{seal: localOrigin().seal(), Account: l.a.id, RoomInfo: RoomInfo{JID: r.jid.String(), Removed: true}})
	}
}

// bookmarksEvent takes a change that was told (XEP-0402 §4).
func (l *loop) bookmarksEvent(_ *store.Tx, e pepEvent) error {
	list := l.readMarks(e.items)
	l.then = append(l.then, func() {
		if l.marks.place != storePEP {
			l.movedWhileReading()
			return
		}
		if e.purged || e.deleted {
			l.followAll(nil, e.purged, true)
			return
		}
		l.write(func(tx *store.Tx) error {
			for _, m := range list {
				if err := l.follow(tx, m, true); err != nil {
					return err
				}
			}
			for _, id := range e.gone {
				if r := l.rooms[wire.Lenient(id)]; r != nil {
					if err := l.followGone(tx, r, true, true); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
	return nil
}

// movedWhileReading notes a change that came before the truth was found; those that
// come later are of a store that is not the truth.
func (l *loop) movedWhileReading() {
	if l.marks.place == "" && l.marks.moved == unmoved {
		l.marks.moved = movedNow
	}
}

// bookmarksLost forgets what was known over a link that is gone.
func (l *loop) bookmarksLost() {
	if l.marks.wait != nil {
		l.marks.wait.Stop()
	}
	l.marks, l.home = bookmarks{}, home{}
	for _, r := range l.rooms {
		r.later, r.pushing = nil, false
	}
}
