package session

import (
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Away by itself: XEP-0319 says since when. A state that the user chose other
// than "online" and "free to chat" is never touched, and the text stays.

// detachedAway is how long a screen must be detached to tell of it.
const detachedAway = time.Minute

// absence is how absent the user is, as all screens together say.
type absence struct {
	show  Show // Available: here
	since time.Time
}

// howAbsent weighs keys, focus and attachment: only when all of them say so is
// the user away.
func howAbsent(now, key, detached time.Time, screens []Attention, s *store.Config) absence {
	if len(screens) == 0 {
		return absence{}
	}
	alone := true
	for _, at := range screens {
		if at.Known && at.Focused && !at.Detached {
			return absence{}
		}
		alone = alone && at.Detached
	}
	away, xa := time.Duration(s.AutoAway)*time.Minute, time.Duration(s.AutoXA)*time.Minute
	still := now.Sub(key)
	switch {
	case s.AutoAway <= 0:
	case s.AutoXA > 0 && still >= xa:
		return absence{ExtAway, key}
	case still >= away:
		return absence{Away, key}
	case alone && !detached.IsZero() && now.Sub(detached) >= detachedAway && still >= detachedAway:
		return absence{Away, key}
	}
	return absence{}
}

// weighAbsence tells the accounts when the user went or came back.
func (c *Client) weighAbsence() {
	now := c.opt.Now()
	c.attention.mu.Lock()
	screens := make([]Attention, 0, len(c.attention.of))
	alone := len(c.attention.of) > 0
	for _, at := range c.attention.of {
		screens = append(screens, at)
		alone = alone && at.Detached
	}
	if !alone {
		c.attention.detached = time.Time{}
	} else if c.attention.detached.IsZero() {
		c.attention.detached = now
	}
	is := howAbsent(now, now.Add(-c.idle()), c.attention.detached, screens, c.Settings())
	if is.show != Available && c.attention.absent.show != Available {
		is.since = c.attention.absent.since
	}
	changed := is.show != c.attention.absent.show
	c.attention.absent = is
	c.attention.mu.Unlock()
	if !changed {
		return
	}
	for _, a := range c.Accounts() {
		a.do(0, (*loop).tellAbsence)
	}
}

// absence is how absent the user is now.
func (c *Client) absence() absence {
	c.attention.mu.Lock()
	defer c.attention.mu.Unlock()
	return c.attention.absent
}

// tellAbsence takes over how absent the user is, and tells who may know.
func (l *loop) tellAbsence() {
	before := l.shown()
	l.absent = l.c.absence()
	if l.shown() == before {
		return
	}
	l.announcePresence()
}

// shown is our presence as others see it.
func (l *loop) shown() Presence {
	p := l.presence
	if l.absent.show != Available && (p.Show == Available || p.Show == FreeForChat) {
		p.Show = l.absent.show
	}
	return p
}

// absentNow is what others see instead of the state chosen; Available: nothing.
func (l *loop) absentNow() Show {
	if p := l.shown(); p != l.presence {
		return p.Show
	}
	return Available
}

// idleSince adds since when nobody is here, for who may know.
func (l *loop) idleSince(e *wire.Element, to string, p Presence) *wire.Element {
	if l.absent.show != Available && p.Show != Unavailable && l.idleTo(to) {
		e.Add(wire.New(nsIdle, "idle").Set("since", l.absent.since.UTC().Format("2006-01-02T15:04:05Z")))
	}
	return e
}
