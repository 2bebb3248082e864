package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// plainRemark words what somebody said about a message: lines that were printed
// cannot be changed.
func (a *App) plainRemark(c store.Chat, e session.Remarked) string {
	words := ""
	switch e.Kind {
	case store.RemarkEdit:
		words = catalog.T("plain.edit") + " " + e.Body
		if e.Body == "" {
			words += catalog.T("spoiler")
		}
	case store.RemarkRetract:
		words = catalog.T("plain.retract", a.plainTime(e.Message))
	case store.RemarkModerate:
		words = catalog.T("plain.moderate", a.plainTime(e.Message))
	case store.RemarkReactions:
		signs := make([]string, len(e.Reactions))
		for i, s := range e.Reactions {
			signs[i] = s + " " + emojiName(s)
		}
		if words = catalog.T("plain.react", strings.Join(signs, ", "), a.plainText(e.Message)); len(signs) == 0 {
			words = catalog.T("plain.react-none", a.plainText(e.Message))
		}
	}
	from := catalog.T("message.room")
	if e.From != "" {
		from = text.Name(e.From)
	}
	return a.plainSaid(c, a.opt.Now(), from, words)
}

// plainText is the beginning of a message of the open chat, as it stood there.
func (a *App) plainText(id store.MessageID) string {
	for _, m := range a.m.window.rows {
		if m.ID == id {
			return clipRunes(text.Line(gist(&m)), 40)
		}
	}
	return "…"
}

// plainTime is when a message of the open chat was said.
func (a *App) plainTime(id store.MessageID) string {
	for _, m := range a.m.window.rows {
		if m.ID == id {
			return a.timeline.when(&m).Format("15:04")
		}
	}
	return "…"
}
