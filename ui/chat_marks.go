package ui

import (
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// chatMarks is what the title row of a chat says at its right: how we are there.
// It is at most w wide; "": there is nothing to say, or no room.
func (a *App) chatMarks(c store.Chat, w int) string {
	d, ok := a.directed(who{c.Account, c.JID})
	if !ok || c.Kind == store.Self {
		return ""
	}
	show := showCode(d.Presence.Show)
	for _, words := range []string{catalog.T("presence.here", show) + sep0(a.until(d.Until)), catalog.T("presence.here", show), catalog.T("presence.here-short", show)} {
		if text.Width(words) <= w {
			return words
		}
	}
	return ""
}

// sep0 puts a space before words that follow others.
func sep0(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}
