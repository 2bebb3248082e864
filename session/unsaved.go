package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// While the store takes nothing (the disk is full, read-only, locked) the
// account goes on in memory: a shadow of the store, bounded, stands in for it.
// What arrives is shown as not saved and acknowledged, so that the server does
// not drop us. How far the archives are held stays where the disk is; when it
// takes writes again, what was kept is applied by the one path of all arrivals,
// and the archives are asked for the rest.

const (
	// unsavedAfter is how long what arrives waits for the disk before memory takes it.
	unsavedAfter = 2 * time.Second
	// keptMax and keptBytes bound what is kept of an account to be applied later.
	keptMax   = 2000
	keptBytes = 8 << 20
)

// outage is what an account goes on with while the store takes nothing.
type outage struct {
	failure *store.Failure // nil: the store takes writes
	over    <-chan struct{}
	shadow  *store.Store // nil: nothing was done yet
	kept    []kept       // what arrived, in its order
	bytes   int
}

// kept is a stanza that must be applied again when it can be stored.
type kept struct {
	wire.Stanza
	at time.Time
}

// storeFailed begins or goes on with an outage. An error that is not of the
// disk is only logged.
func (l *loop) storeFailed(err error) {
	var f *store.Failure
	if !errors.As(err, &f) {
		l.c.opt.Log.Error("store", "error", err)
		return
	}
	if l.ctx.Err() != nil {
		return
	}
	if l.saving {
		l.c.opt.Log.Error("store", "error", err)
		l.endQueries()
		l.after(unsavedAfter-time.Since(f.Since), (*loop).drain)
	}
	l.saving = false
	l.outage.failure, l.outage.over = f, f.Over
	l.emit(Saving{seal: localOrigin().seal(), Problem: l.savingProblem()})
	l.flush()
}

// savingProblem words why nothing is saved; nil: all is.
func (l *loop) savingProblem() *Problem {
	f := l.outage.failure
	if f == nil {
		return nil
	}
	code := map[store.Reason]string{store.Full: "disk-full", store.ReadOnly: "disk-read-only", store.Locked: "disk-locked", store.Damaged: "disk-damaged"}[f.Reason]
	if code == "" {
		code = "not-saved"
	}
	return &Problem{Code: code}
}

// endQueries gives up what the archives were asked: what of the answers found
// no place on the disk could not be told from what did.
func (l *loop) endQueries() {
	for _, q := range l.queries {
		q.dead = true
	}
	clear(l.tops)
	for _, h := range l.heard {
		if h.replay != nil {
			h.replay.busy, h.replay.again = false, false
		}
	}
	l.stalled = nil
	for id := range l.older {
		delete(l.older, id)
		l.emit(ArchiveChanged{seal: localOrigin().seal(), Account: l.a.id, Archive: l.self.String(), Chat: id})
	}
}

// keep runs fn in a transaction as write does; while the store takes nothing,
// in memory. It is for what [store.Tx.TakeOver] brings to the disk later.
func (l *loop) keep(fn func(tx *store.Tx) error) bool {
	if l.saving {
		if l.write(fn) {
			return true
		}
		if l.saving {
			return false
		}
	}
	return l.inMemory(fn) == nil
}

// inMemory runs fn in a transaction of the shadow and publishes what it emitted.
func (l *loop) inMemory(fn func(tx *store.Tx) error) error {
	if l.outage.shadow == nil {
		shadow, err := l.st.Shadow(context.WithoutCancel(l.ctx), l.row)
		if err != nil {
			l.c.opt.Log.Error("shadow", "error", err)
			return err
		}
		l.outage.shadow = shadow
		l.a.shadow.Store(shadow)
	}
	p := l.point()
	_, err := l.outage.shadow.Write(context.WithoutCancel(l.ctx), func(tx *store.Tx) error {
		l.begin(tx)
		return fn(tx)
	})
	if err != nil {
		l.c.opt.Log.Error("shadow", "error", err)
		l.takeBack(p)
		return err
	}
	l.flush()
	return nil
}

// applyUnsaved applies stanzas in memory and says how many of them; those
// behind must wait at the server.
func (l *loop) applyUnsaved(list []wire.Stanza) int {
	if time.Since(l.outage.failure.Since) < unsavedAfter {
		return 0 // the timer comes back
	}
	n, all, bytes := 0, l.outage.kept, l.outage.bytes
	if err := l.inMemory(func(tx *store.Tx) error {
		for _, st := range list {
			keep, must := l.worthKeeping(st)
			switch full := len(all) >= l.c.opt.Kept || bytes+len(st.Raw()) > keptBytes; {
			case keep && full && must:
				return nil
			case keep && full: // the archive has it
			default:
				l.applyOne(tx, st)
				if keep {
					all = append(all, kept{st, tx.Now()})
					bytes += len(st.Raw())
				}
			}
			n++
		}
		return nil
	}); err != nil {
		return 0
	}
	l.outage.kept, l.outage.bytes = all, bytes
	return n
}

// worthKeeping says whether a stanza must be applied again once it can be
// stored, and whether it would be lost if it were not: lines that no archive
// has named have no other place.
func (l *loop) worthKeeping(st wire.Stanza) (keep, must bool) {
	if st.Local != "message" || st.Answers != 0 {
		return false, false
	}
	o := l.place().origin(st)
	if o.by == byNobody || o.query != nil || passing(o.el) {
		return false, false
	}
	archive, has := l.self, l.hasArchive
	if r := l.rooms[o.owner]; r != nil && (o.by == byRoom || o.by == byOccupant && !o.private) {
		archive, has = r.jid, r.hasArchive
	}
	var a store.Arrival
	l.stanzaID(&a, o, archive)
	body, enc, _ := l.readBody(o.el)
	return true, (!has || a.StanzaID == "") && (body != "" || enc != "" || readRemark(o.el, o.by).kind != "")
}

// passing says whether a message only tells what somebody does at this moment.
func passing(e *wire.Element) bool {
	typing := false
	for _, c := range e.Children {
		switch c.Space {
		case nsStates:
			typing = true
		case nsHints, nsStanzaID, nsDelay:
		default:
			if c.Local != "thread" {
				return false
			}
		}
	}
	return typing
}

// storeBack goes on with the disk when it takes writes again.
func (l *loop) storeBack() {
	if l.bringBack() {
		l.resync()
		l.drain()
		l.goOnUploads()
		l.shownSoon()
	}
}

// bringBack ends an outage: what was kept is stored in one transaction, so that
// it is either all in memory or all on the disk.
func (l *loop) bringBack() bool {
	o := l.outage
	l.outage.over = nil
	if o.failure == nil || l.st.Failing() != nil {
		return false
	}
	// What no link has is read again from the disk; receipts of the shadow are not there.
	l.outbox.rows = slices.DeleteFunc(l.outbox.rows, func(r outRow) bool { return r.seq == 0 })
	for id, c := range l.chats {
		if id.Unsaved() {
			delete(l.chats, id)
			delete(l.chatIDs, c.ChatKey)
		}
	}
	ctx := context.WithoutCancel(l.ctx)
	p := l.point()
	_, err := l.st.Write(ctx, func(tx *store.Tx) error {
		l.begin(tx)
		now := tx.Now()
		for _, k := range o.kept {
			tx.At(k.at)
			l.applyOne(tx, k.Stanza)
		}
		tx.At(now)
		if o.shadow == nil {
			return nil
		}
		if err := tx.TakeOver(ctx, o.shadow, l.a.id); err != nil {
			return err
		}
		row, err := tx.EnsureAccount(l.a.jid)
		if err != nil {
			return err
		}
		l.row.RosterVersion = row.RosterVersion // what came later is on no disk
		if err := l.savePosture(tx); err != nil {
			return err
		}
		return tx.SetPresence(l.a.id, string(l.presence.Show), l.presence.Text, l.presence.Priority)
	})
	if err != nil {
		l.takeBack(p)
		l.storeFailed(err)
		return false
	}
	l.toldAlready(p)
	l.endOutage()
	l.saving = true
	l.emit(Saving{seal: localOrigin().seal(), OK: true, Kept: len(o.kept)})
	l.emit(ChatsChanged{seal: localOrigin().seal()})
	l.emit(RosterChanged{seal: localOrigin().seal(), Account: l.a.id})
	l.flush()
	l.loadChats() // those that stood in memory have their own numbers now
	for _, r := range l.rooms {
		l.tellRoom(r)
	}
	l.flush()
	return true
}

// toldAlready drops what rings: it rang when it came.
func (l *loop) toldAlready(p point) {
	rest := l.events[:p.events]
	for _, e := range l.events[p.events:] {
		if _, ok := e.(Incoming); !ok {
			rest = append(rest, e)
		}
	}
	l.events = rest
}

// giveUp counts, at the end, what was in memory only.
func (l *loop) giveUp() {
	if l.outage.shadow == nil {
		return
	}
	ctx := context.WithoutCancel(l.ctx)
	drafts := 0
	if chats, err := l.outage.shadow.ChatsOf(ctx, l.a.id); err == nil {
		for _, c := range chats {
			if on, err := l.st.Chat(ctx, c.ID); c.Draft != "" && (err != nil || on.Draft != c.Draft) {
				drafts++
			}
		}
	}
	l.c.lost.messages.Add(int64(len(l.outage.kept)))
	l.c.lost.drafts.Add(int64(drafts))
}

// endOutage lets the shadow go.
func (l *loop) endOutage() {
	if l.outage.shadow != nil {
		l.a.shadow.Store(nil)
		_ = l.outage.shadow.Close()
	}
	l.outage = outage{}
}

// resync asks again for all that a login asks for and that an outage may have
// kept from the disk.
func (l *loop) resync() {
	l.endQueries()
	clear(l.looking)
	clear(l.lookLater)
	if l.unsynced = l.link == nil; l.unsynced {
		return // the next login does, or the link that takes up the session
	}
	if l.hasArchive {
		l.catchUp(wire.JID{})
	}
	l.orderAgain()
	if l.state != Online {
		return
	}
	l.askRoster(func() {})
	l.outboxOnline()
	l.sortSoon()
	for _, r := range l.rooms {
		if !r.joined {
			continue
		}
		if r.hasArchive {
			l.catchUp(r.jid)
		}
		if r.open {
			l.lookInRoom(r)
		}
	}
}
