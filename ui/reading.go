package ui

import (
	"time"

	"sotto/store"
)

// What counts as read: lines on a screen that somebody looks at.

// unknownFocus is how long after a key somebody is taken to look at a terminal
// that does not tell of its focus.
const unknownFocus = 2 * time.Minute

// looking says whether somebody looks at this screen, as far as is known.
func (a *App) looking() bool {
	switch {
	case a.detached:
		return false
	case a.focusKnown:
		return a.focused
	}
	return a.opt.Now().Sub(a.lastKey) < unknownFocus
}

// flood is a chat whose unread lines did not fit on the screen: they are read
// when a key was pressed after they were seen to be too many.
type flood struct {
	chat store.ChatID
	keys int
}

// markRead tells what somebody saw: nothing covers the chat, its end is on the
// screen, and what is unread was on it as a whole or was scrolled through.
func (a *App) markRead() {
	c, ok := a.m.open()
	if !ok || !a.looking() || a.dialog != nil || !a.m.window.loaded || c.Unread == 0 || !a.timeline.atEnd() {
		return
	}
	if !a.timeline.fits(c.ReadOrd) {
		if a.flooded.chat != c.ID {
			a.flooded = flood{c.ID, a.keysSeen}
			if a.m.window.readOrd == 0 {
				a.m.window.readOrd = max(1, c.ReadOrd) // the line "new" tells where to go on
				a.timeline.changed()
			}
		}
		if a.flooded.keys == a.keysSeen {
			return
		}
	}
	a.flooded = flood{}
	rows := a.m.window.rows
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Outgoing && rows[i].State < store.Sent {
			continue
		}
		if rows[i].Ord > c.ReadOrd {
			if acc := a.c.Account(c.Account); acc != nil {
				acc.MarkRead(c.ID, rows[i].Ord)
			}
		}
		break
	}
	for i := range a.m.chats {
		if a.m.chats[i].ID == c.ID {
			a.m.chats[i].Unread, a.m.chats[i].Mentions = 0, 0
		}
	}
	a.staleRoster = true
	a.bridge.redraw()
}

// fits says whether all rows of others behind a place are on the screen now.
func (t *timeline) fits(read int64) bool {
	rows := t.rows()
	first := len(rows)
	for i := len(rows) - 1; i >= 0 && rows[i].Ord > read; i-- {
		if !rows[i].Outgoing && rows[i].Kind == store.Text {
			first = i
		}
		if len(rows)-i > t.h+1 {
			break
		}
	}
	return first == len(rows) || t.linesBetween(first, len(rows)-1) <= t.h
}
