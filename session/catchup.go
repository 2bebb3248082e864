package session

import (
	"errors"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Catching up with an archive after a fresh login: everything since the last
// message we hold, oldest first, so that order and place need no clock. What
// was never held begins with the newest page.

// forgottenBack is how far back is asked when an archive does not know any more
// where we were.
const forgottenBack = 7 * 24 * time.Hour

// archiveTop is how far an archive is held in this session.
type archiveTop struct {
	live  bool // caught up: what arrives with the archive's name moves it
	id    string
	ord   int64
	dirty bool // not on the disk yet
}

// catchUp brings what an archive has and we do not. room zero: our own.
func (l *loop) catchUp(room wire.JID) {
	archive := l.archiveOf(room)
	top := &archiveTop{}
	l.tops[archive] = top
	var id string
	var ord int64
	if !l.write(func(tx *store.Tx) (err error) { id, ord, err = tx.Top(l.a.id, archive); return err }) {
		return
	}
	q := &archiveQuery{room: room, after: id, lastID: id, lastOrd: ord, newest: id == "", quiet: id == ""}
	if id == "" && !room.IsZero() && l.roomHeld(room) {
		// Entered before the archive was followed: what we hold is not told twice.
		q.quiet = false
	}
	l.askCatchUp(q, archive, top)
}

func (l *loop) askCatchUp(q *archiveQuery, archive string, top *archiveTop) {
	q.done = func(tx *store.Tx, complete bool) error {
		var refused *wire.StanzaError
		if errors.As(q.err, &refused) && refused.Condition == "item-not-found" && q.after != "" {
			// XEP-0313 §4.3: the name is gone. Begin again by time; the identity check
			// keeps what we have from coming twice.
			again := &archiveQuery{room: q.room, start: l.c.opt.Now().Add(-forgottenBack), lastOrd: q.lastOrd}
			l.then = append(l.then, func() { l.askCatchUp(again, archive, top) })
			return tx.ForgetTop(l.a.id, archive)
		}
		if q.err != nil || !complete {
			return nil // the next login goes on from where the disk stands
		}
		top.live = true
		if top.id == "" {
			top.id, top.ord = q.lastID, q.lastOrd
		}
		return l.saveTop(tx, archive, top)
	}
	q.page = func(tx *store.Tx) error {
		if q.newest || q.lastID == "" {
			return nil
		}
		return tx.SetTop(l.a.id, archive, q.lastID, q.lastOrd) // with the messages, in one transaction
	}
	l.askArchive(q)
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

// moveTop follows a live message that an archive named.
func (l *loop) moveTop(archive, id string, ord int64) {
	t := l.tops[archive]
	if t == nil || id == "" {
		return
	}
	t.id, t.ord, t.dirty = id, ord, true
}

// saveTops writes, with a burst, how far the archives are held.
func (l *loop) saveTops(tx *store.Tx) error {
	for archive, t := range l.tops {
		if t.live && t.dirty {
			if err := l.saveTop(tx, archive, t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loop) saveTop(tx *store.Tx, archive string, t *archiveTop) error {
	if t.id == "" {
		return nil
	}
	t.dirty = false
	return tx.SetTop(l.a.id, archive, t.id, t.ord)
}
