package session

import (
	"sotto/session/wire"
	"sotto/store"
)

// markChange is what the store told of a room while a change of ours was on its
// way there.
type markChange struct {
	marked
	gone bool
}

// keepVisit writes into the bookmark of a room that we are in it: as the setting
// has it.
func (l *loop) keepVisit(r *room) {
	if !l.c.Settings().Bookmarks || r.unlisted {
		return
	}
	l.markRoom(r, func(b *bookmark) {
		b.auto = r.auto
		if r.wish != "" && r.wish == r.nick {
			b.nick = r.wish
		}
	})
}

// keepLeave writes that a room was left; its bookmark stays.
func (l *loop) keepLeave(r *room) {
	if l.c.Settings().Bookmarks && r.mark != nil {
		l.markRoom(r, func(b *bookmark) { b.auto = false })
	}
}

// markRoom changes the bookmark of a room, or makes one, here and on the server.
func (l *loop) markRoom(r *room, change func(b *bookmark)) {
	b := bookmark{}
	if r.mark != nil {
		b = *r.mark
	}
	change(&b)
	what := store.BookmarkAutojoin | bookmark{}.differs(b)
	if r.mark != nil {
		what = r.mark.differs(b)
	}
	if what == 0 {
		return
	}
	if r.mark == nil && l.marksHeld() >= bookmarksMax {
		l.tellProblem(l.chatIDs[l.roomKey(r.jid)], Problem{Code: "bookmarks-full"})
		return
	}
	b.raw = b.write()
	r.mark, r.pending = &b, (r.pending|what)&^store.BookmarkRemove
	l.changedMark(r)
}

// unmarkRoom takes the bookmark of a room away, here and on the server. We stay in
// the room until we leave it.
func (l *loop) unmarkRoom(r *room) {
	r.sayGoodbye(*r.mark)
	r.mark, r.pending, r.auto, r.unlisted = nil, store.BookmarkRemove, false, true
	l.changedMark(r)
}

// sayGoodbye keeps what a bookmark says before it is taken away: that the room is
// not to be entered. Some servers (ejabberd 23.01) tell nobody that an item of such
// a node is gone, so that the other devices would stay.
func (r *room) sayGoodbye(b bookmark) {
	r.goodbye = nil
	if b.auto {
		b.auto = false
		r.goodbye = b.write()
	}
}

func (l *loop) marksHeld() (n int) {
	for _, r := range l.rooms {
		if r.mark != nil {
			n++
		}
	}
	return n
}

func (l *loop) changedMark(r *room) {
	r.change++
	r.later = nil // older than this
	l.saveMark(r)
	l.tellRoom(r)
	l.push(r)
}

func (l *loop) saveMark(r *room) {
	l.write(func(tx *store.Tx) error { return tx.PutBookmark(l.markEntry(r)) })
}

// push brings a change of ours to the server, at the next login if not now.
func (l *loop) push(r *room) {
	if l.state != Online || l.marks.place == "" {
		return
	}
	r.pushing = true
	if l.marks.place != storePEP {
		l.writeStorage()
		return
	}
	change := r.change
	done := func(err error) { l.pushed(r, change, err) }
	if r.pending == store.BookmarkRemove {
		if e, err := wire.Verbatim(r.goodbye); err == nil {
			l.publish(&bookmarksNode, r.itemID(), e, func(error) {})
		}
		l.retract(&bookmarksNode, r.itemID(), done)
		return
	}
	e, err := wire.Verbatim(r.mark.raw)
	if err != nil {
		e = wire.New(nsBookmarks, "conference") // not reached: it was read or written by us
	}
	l.publish(&bookmarksNode, r.itemID(), e, done)
}

// itemID names a room in the store, as whoever put it there wrote it.
func (r *room) itemID() string {
	if r.item != "" {
		return r.item
	}
	return r.jid.String()
}

// pushed follows the end of a change on its way to the server. What other devices
// said meanwhile is looked at now: it came behind ours, or is what came of ours.
func (l *loop) pushed(r *room, change int, err error) {
	if err == errLinkLost || r.change != change || r.pending == 0 {
		return // the next login looks again; or a newer change is on its way
	}
	later := r.later
	r.later, r.pushing = nil, false
	if err == nil && r.pending == store.BookmarkRemove {
		later = nil // told before it was gone: what we said last ourselves
	}
	if err != nil && !l.marks.told {
		l.marks.told = true
		l.tellProblem(l.chatIDs[l.roomKey(r.jid)], stanzaProblem("bookmark-refused", err, r.jid.String()))
	}
	if err != nil && later == nil {
		return // the next login tries again
	}
	r.pending = 0
	if r.mark != nil {
		r.source = l.marks.place
	} else {
		r.source, r.item = "", ""
	}
	l.saveMark(r)
	l.tellRoom(r)
	if later != nil {
		l.write(func(tx *store.Tx) error {
			if later.gone {
				return l.followGone(tx, r, true, true)
			}
			return l.follow(tx, later.marked, true)
		})
	}
	l.forgetRoom(r)
}
