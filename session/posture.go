package session

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Presences that end by themselves, and presences told to one address only
// (RFC 6121 §4.6). Both are kept on disk, so that a restart forgets neither.

// timesEvery is how long a time that ends a presence may be waited for without
// a look at the clock: a machine that sleeps stops the timers, not the clock.
const timesEvery = time.Minute

// told is what one address alone was told.
type told struct {
	Presence Presence
	Until    time.Time `json:",omitzero"`  // zero: until it is taken back
	Before   *Presence `json:",omitempty"` // what it is told after that; nil: what all see
}

// posture is what is kept of it on the disk.
type posture struct {
	Until    time.Time       `json:",omitzero"` // when Before is our presence again
	Before   Presence        `json:",omitzero"`
	Directed map[string]told `json:",omitempty"`
}

func (l *loop) postureKey() string { return fmt.Sprintf("posture-%d", l.a.id) }

// loadPosture reads it, and ends what ended while nothing ran.
func (l *loop) loadPosture() {
	text, err := l.st.Meta(l.ctx, l.postureKey())
	var p posture
	if err != nil || text == "" || json.Unmarshal([]byte(text), &p) != nil {
		return
	}
	l.until, l.before = p.Until, p.Before
	for to, d := range p.Directed {
		l.directed[to] = d
	}
	l.endTimes()
}

func (l *loop) savePosture(tx *store.Tx) error {
	b, err := json.Marshal(posture{l.until, l.before, l.directed})
	if err != nil {
		return err
	}
	return tx.SetMeta(l.postureKey(), string(b))
}

// setPresence changes our own presence for everybody and for later logins. With
// a time, what was before comes back by itself when that is reached.
func (l *loop) setPresence(p Presence, until time.Time) {
	if p.Priority < -128 || p.Priority > 127 {
		l.tellProblem(0, Problem{Code: "bad-priority"})
		return
	}
	if p.Show == Invisible && !l.canHide {
		l.tellProblem(0, Problem{Code: "no-invisible"})
		return
	}
	before := l.before
	switch {
	case until.IsZero():
		before = Presence{}
	case l.until.IsZero():
		before = l.presence
	}
	p.Text = clip(p.Text, statusMax)
	l.takePresence(p, until, before, true)
}

func (l *loop) takePresence(p Presence, until time.Time, before Presence, remember bool) {
	oldUntil, oldBefore := l.until, l.before
	l.until, l.before = until, before
	if !l.keep(func(tx *store.Tx) error {
		if remember {
			if err := tx.RememberText(string(p.Show), p.Text); err != nil {
				return err
			}
		}
		if err := l.savePosture(tx); err != nil {
			return err
		}
		return tx.SetPresence(l.a.id, string(p.Show), p.Text, p.Priority)
	}) {
		l.until, l.before = oldUntil, oldBefore
		return
	}
	l.presence = p
	l.announcePresence()
	l.watchTimes()
}

// watchTimes waits for the next presence that ends.
func (l *loop) watchTimes() {
	if l.times != nil {
		l.times.Stop()
		l.times = nil
	}
	next := l.until
	for _, d := range l.directed {
		if !d.Until.IsZero() && (next.IsZero() || d.Until.Before(next)) {
			next = d.Until
		}
	}
	if next.IsZero() {
		return
	}
	d := next.Sub(l.c.opt.Now())
	if d <= 0 {
		d = time.Second // it is over, and the disk would not have it
	}
	l.times = l.after(min(d, timesEvery), (*loop).endTimes)
}

// endTimes brings back what was before every presence whose time is over.
func (l *loop) endTimes() {
	now := l.c.opt.Now()
	over := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	if over(l.until) {
		l.takePresence(l.before, time.Time{}, Presence{}, false)
	}
	for to, d := range l.directed {
		if over(d.Until) {
			l.direct(to, d.Before, time.Time{})
		}
	}
	l.watchTimes()
}

// sendDirected tells one address only, until a time unless that is zero; nil
// takes it back. To a room it is told as a whole: an occupant cannot be told alone.
func (l *loop) sendDirected(to string, p *Presence, until time.Time) {
	j, err := wire.Parse(to)
	if err != nil || j.Domain() == "" {
		l.tellProblem(0, Problem{Code: "bad-address", Args: []string{to}})
		return
	}
	if l.isRoom(j.Bare()) {
		j = j.Bare()
	}
	if b := l.barred(j); b != nil && p != nil {
		l.tellProblem(0, *b)
		return
	}
	if p != nil {
		q := *p
		q.Text = clip(q.Text, statusMax)
		p = &q
	}
	code := "presence-directed"
	switch {
	case p == nil:
		code = "presence-usual"
	case l.state != Online:
		code = "presence-later"
	}
	if l.direct(j.String(), p, until) {
		l.tell(0, code, j.String())
	}
}

// direct changes what one address is told, on disk and there.
func (l *loop) direct(key string, p *Presence, until time.Time) bool {
	old, had := l.directed[key]
	if p == nil {
		delete(l.directed, key)
	} else {
		d := told{Presence: *p, Until: until}
		switch {
		case until.IsZero() || !had:
		case old.Until.IsZero():
			d.Before = &old.Presence
		default:
			d.Before = old.Before
		}
		l.directed[key] = d
	}
	if !l.keep(func(tx *store.Tx) error {
		if p != nil {
			if err := tx.RememberText(string(p.Show), p.Text); err != nil {
				return err
			}
		}
		return l.savePosture(tx)
	}) {
		delete(l.directed, key)
		if had {
			l.directed[key] = old
		}
		return false
	}
	l.tellAddress(key)
	l.emit(l.directedNow())
	l.watchTimes()
	return true
}

// tellAddress sends one address what it is to see; without a link it is owed.
func (l *loop) tellAddress(key string) {
	if l.state != Online {
		l.owed[key] = true
		return
	}
	j := wire.Lenient(key)
	if r := l.rooms[j.Bare()]; r != nil {
		if r.joined {
			l.sendNow(l.presenceStanza(r.jid.WithResource(r.nick).String(), l.roomShow(r)))
		}
		return
	}
	p := l.shown()
	if d, ok := l.directed[key]; ok {
		p = d.Presence
	} else if p.Show == Invisible || !l.contacts[j.Bare().String()].ToUs() {
		p = Presence{Show: Unavailable}
	}
	l.sendNow(l.presenceStanza(key, p))
}

// sendOwed tells after a resumption who was to be told while there was no link.
func (l *loop) sendOwed() {
	for key := range l.owed {
		delete(l.owed, key)
		l.tellAddress(key)
	}
}

// sendAllDirected says again what single addresses are told: after a login to
// all, after a broadcast to those whom it reached as well.
func (l *loop) sendAllDirected(reached bool) {
	for key := range l.directed {
		bare := wire.Lenient(key).Bare()
		if l.rooms[bare] == nil && (!reached || l.contacts[bare.String()].ToUs()) {
			l.tellAddress(key)
		}
	}
}

// Directed is a presence told to one address only.
type Directed struct {
	JID      string
	Presence Presence
	Until    time.Time // when it ends by itself; zero: it does not
}

// DirectedChanged lists the presences of an account that are told to one
// address only, by address.
type DirectedChanged struct {
	seal
	Account store.AccountID
	List    []Directed
}

func (l *loop) directedNow() DirectedChanged {
	e := DirectedChanged{seal: localOrigin().seal(), Account: l.a.id}
	for to, d := range l.directed {
		e.List = append(e.List, Directed{to, d.Presence, d.Until})
	}
	slices.SortFunc(e.List, func(a, b Directed) int { return strings.Compare(a.JID, b.JID) })
	return e
}

type directedKey struct{ a store.AccountID }

func (e DirectedChanged) key() any { return directedKey{e.Account} }
