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
	case a.detached, a.lock != nil:
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

// watched says whether somebody sees the end of the open chat.
func (a *App) watched() bool {
	return a.looking() && a.dialog == nil && a.m.window.loaded && a.timeline.atEnd()
}

// unread is what the open chat has that was not read; what is seen in this very
// frame is not counted on the screen, which would only flash.
type unread struct {
	chat            store.ChatID
	count, mentions int
}

// holdUnread leaves the open chat's count out of the lists while it is watched.
func (a *App) holdUnread() {
	a.held = unread{}
	if c, ok := a.m.open(); ok && c.Unread > 0 && a.watched() {
		a.held = unread{c.ID, c.Unread, c.Mentions}
		a.m.count(c.ID, 0, 0)
	}
}

// showUnread counts it after all.
func (a *App) showUnread() {
	if a.held.chat == 0 {
		return
	}
	a.m.count(a.held.chat, a.held.count, a.held.mentions)
	a.held = unread{}
	a.staleRoster = true
	a.bridge.redraw()
}

// count sets what a chat has that was not read.
func (m *model) count(id store.ChatID, unread, mentions int) {
	for i := range m.chats {
		if m.chats[i].ID == id {
			m.chats[i].Unread, m.chats[i].Mentions = unread, mentions
		}
	}
}

// markRead tells what somebody saw: nothing covers the chat, its end is on the
// screen, and what is unread was on it as a whole or was scrolled through.
func (a *App) markRead() {
	if !a.watched() || a.held.chat != a.m.chat {
		a.showUnread()
	}
	c, ok := a.m.open()
	if !ok || !a.watched() || c.Unread == 0 && a.held.chat != c.ID {
		return
	}
	if !a.timeline.fits(c.ReadOrd) {
		a.showUnread()
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
		if rows[i].Ord <= c.ReadOrd {
			return // the new rows are on their way
		}
		if acc := a.c.Account(c.Account); acc != nil {
			acc.MarkRead(c.ID, rows[i].Ord)
		}
		break
	}
	a.held = unread{}
	if c.Unread == 0 {
		return
	}
	a.m.count(c.ID, 0, 0)
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
