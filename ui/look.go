package ui

import (
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/themes"
)

// look is how things are drawn on this terminal. The owner replaces its fields
// when the theme or a setting changes; panes hold a pointer to it.
type look struct {
	themes.Palette
	ascii    bool
	pictures bool               // they are drawn
	blocks   bool               // in half blocks alone
	sharp    []session.Pictured // that came in this run, the newest last
	zone     *time.Location
	now      func() time.Time
}

// marks are the signs that stand for states, with their ASCII twins.
func (l *look) mark(uni, ascii string) string {
	if l.ascii {
		return ascii
	}
	return uni
}

// show gives the sign and the style of a presence state.
func (l *look) show(s session.Show) (string, tcell.Style) {
	switch s {
	case session.FreeForChat:
		return l.mark("●", "*"), l.Chat
	case session.Away:
		return l.mark("◐", "-"), l.Away
	case session.ExtAway:
		return l.mark("◌", "="), l.XA
	case session.Busy:
		return l.mark("⊘", "x"), l.DND
	case session.Unavailable, session.Invisible:
		return l.mark("○", "o"), l.Offline
	}
	return l.mark("●", "+"), l.Online
}

// tick gives the mark of an outgoing message's state and its style.
func (l *look) tick(s store.State) (string, tcell.Style) {
	switch s {
	case store.Queued, store.Preparing:
		return l.mark("◌", "o"), l.Tick
	case store.Written:
		return l.mark("·", "."), l.Tick
	case store.Sent:
		return l.mark("✓", "+"), l.Tick
	case store.Delivered:
		return l.mark("✓✓", "++"), l.Tick
	case store.Displayed:
		return l.mark("✓✓", "r"), l.TickRead
	case store.Failed:
		return l.mark("✗", "!"), l.Error
	case store.Unsure:
		return "?", l.Error
	}
	return "", l.Tick
}
