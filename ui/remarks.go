package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// What stands around the text of a message: above it the beginning of the one
// that it answers, behind it that it was edited, below it the reactions.

// absent says why a message has no text; "": it has one.
func absent(m *store.Message) string {
	f := m.Fold
	switch {
	case !m.NoBody:
		return ""
	case f == nil || f.Removed == "":
		if m.Enc != "" || m.EncError != "" {
			return catalog.T("message.unreadable", text.Name(m.Enc))
		}
		return catalog.T("message.removed")
	case f.Removed == store.RemarkRetract:
		return catalog.T("message.retracted")
	}
	code := "message.moderated"
	if f.By != "" {
		code += "-by"
	}
	if strings.TrimSpace(f.Reason) != "" {
		code += "-why"
	}
	return catalog.T(code, text.Name(f.By), text.Cut(strings.TrimSpace(text.Line(f.Reason)), 200))
}

// flagged warns of a correction that is shown for itself; "": it is none.
func flagged(m *store.Message) string {
	if m.Fold == nil {
		return ""
	}
	switch m.Fold.Flag {
	case store.FlagForeign:
		return catalog.T("message.flag-foreign")
	case store.FlagUnknown:
		return catalog.T("message.flag-unknown")
	}
	return ""
}

// around counts the lines above and below the text of a row.
func around(m *store.Message) (above, below int) {
	if m.Reply != nil && !m.NoBody {
		above = 1
	}
	if m.Fold != nil && len(m.Fold.Reactions) > 0 {
		below = 1
	}
	return above, below
}

// placeEdited says where a message says that it was edited: behind its last line,
// or below it where that is full.
func (b *block) placeEdited(m *store.Message, width int) {
	if m.Fold == nil || m.Fold.Edited == 0 || m.NoBody {
		return
	}
	last := len(b.lines) - 1
	b.edited = last
	if last < 0 || text.Width(b.lines[last])+1+text.Width(catalog.T("message.edited")) > width {
		b.lines = append(b.lines, "")
		b.edited = last + 1
	}
	b.isEdited = true
}

// drawEdited writes it.
func (t *timeline) drawEdited(s tcell.Screen, r rect, body int, b *block, n, y int) {
	if !b.isEdited || n != b.edited {
		return
	}
	x := body + text.Width(b.lines[n])
	if b.lines[n] != "" {
		x++
	}
	put(s, r.x+x, r.y+y, r.w-x, catalog.T("message.edited"), t.l.Dim)
}

// quote is the beginning of the message that a row answers.
func (t *timeline) quote(p *store.Reply) string {
	switch {
	case p.Found && p.NoBody:
		return catalog.T("message.quote-gone")
	case p.Found && p.Spoiler && !p.Outgoing:
		name, _ := t.sender(&store.Message{Outgoing: p.Outgoing, Sender: p.Sender, Nick: p.Nick})
		return catalog.T("message.quote", name, catalog.T("spoiler"))
	case p.Found:
		name, _ := t.sender(&store.Message{Outgoing: p.Outgoing, Sender: p.Sender, Nick: p.Nick})
		body, _, _ := strings.Cut(strings.TrimSpace(text.Body(p.Body)), "\n")
		return catalog.T("message.quote", name, body)
	case p.Quote != "":
		return text.Line(p.Quote)
	}
	return catalog.T("message.quote-unknown")
}

func (t *timeline) drawQuote(s tcell.Screen, r rect, body int, p *store.Reply, y int) {
	w := r.w - body - tickCols
	put(s, r.x+body, r.y+y, w, text.Fit(t.l.mark("┃ ", "| ")+t.quote(p), max(1, w)), t.l.Quote)
}

// reactions words the reactions to a message.
func (l *look) reactions(f *store.Fold) string {
	var all []string
	for _, x := range f.Reactions {
		sign := text.Cut(text.Line(x.Sign), 1)
		if l.ascii {
			sign = emojiName(x.Sign)
		}
		if x.N > 1 {
			sign += " " + catalog.Count(x.N)
		}
		all = append(all, sign)
	}
	return strings.Join(all, " ")
}

func (t *timeline) drawReactions(s tcell.Screen, r rect, body int, f *store.Fold, y int) {
	w := r.w - body - 1
	put(s, r.x+body, r.y+y, w, text.Fit(t.l.reactions(f), max(1, w)), t.l.Dim)
}
