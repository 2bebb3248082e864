package ui

import (
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// narrowPane is the width below which a sender gets a line of its own.
const narrowPane = 50

// columns say where the parts of a message stand. Column 0 has only the sign of
// a mention, and what is left of the body only what we write there: no text of
// others can look like a message of its own.
type columns struct {
	narrow             bool
	sender, senderCols int
	body               int
}

func (t *timeline) columns() columns {
	switch {
	case t.w < narrowPane:
		return columns{narrow: true, sender: 7, senderCols: max(1, t.w-12), body: 3}
	case t.w < 80:
		return columns{sender: 7, senderCols: 10, body: 18}
	}
	return columns{sender: 7, senderCols: 12, body: 20}
}

// tickCols stay free at the right of our own messages.
const tickCols = 3

// block is the text of a row at the present width.
func (t *timeline) block(i int) *block {
	m := &t.rows()[i]
	w := t.w - t.columns().body - 1
	if m.Outgoing {
		w -= tickCols
	}
	if t.folded(i) {
		return t.foldedBlock(i, w)
	}
	return t.wrap.get(m, max(2, w), t.l, t.showing(m))
}

// head is what stands above the text of a row.
type head struct {
	gap                         gapKind
	day, fresh, sender, ownLine bool
}

func (h head) lines() (n int) {
	for _, has := range []bool{h.gap != noGap, h.day, h.fresh, h.ownLine} {
		if has {
			n++
		}
	}
	return n
}

// head tells from the row before what a row needs above it.
func (t *timeline) head(i int) head {
	rows := t.rows()
	m := &rows[i]
	h := head{fresh: i == t.newAt, sender: true}
	h.gap, _ = t.gap(i)
	if i == 0 {
		h.day = t.m.window.oldest
	} else {
		before := &rows[i-1]
		h.day = !sameDay(t.when(before), t.when(m))
		h.sender = h.day || h.fresh || h.gap != noGap || !sameFloor(before, m)
	}
	if t.folded(i) {
		h.sender = false
	} else if i > 0 && t.folded(i-1) {
		h.sender = true
	}
	h.ownLine = h.sender && t.w < narrowPane && m.Kind == store.Text
	return h
}

func (t *timeline) when(m *store.Message) time.Time { return time.UnixMicro(m.Stamp).In(t.l.zone) }

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ad == bd && am == bm && ay == by
}

// sameFloor says that a message goes on under the header of the one before.
func sameFloor(a, b *store.Message) bool {
	return a.Kind == store.Text && b.Kind == store.Text && a.Outgoing == b.Outgoing && a.Sender == b.Sender && a.Nick == b.Nick &&
		a.OccupantID == b.OccupantID && !strings.HasPrefix(a.Body, meCommand) && !strings.HasPrefix(b.Body, meCommand) &&
		b.Stamp-a.Stamp < sameGroup.Microseconds() && a.Stamp-b.Stamp < sameGroup.Microseconds()
}

func (t *timeline) height(i int) int {
	b := t.block(i)
	above, below := t.around(i)
	return t.head(i).lines() + above + len(b.lines) + t.moved(&t.rows()[i]) + below + len(b.errors)
}

// shownRow is a row with the screen line where it begins, which may be above the screen.
type shownRow struct{ at, y int }

func (t *timeline) draw(s tcell.Screen, r rect) {
	if r.w < 4 || r.h <= 0 {
		return
	}
	resized := t.w != r.w || t.h != r.h
	t.w, t.h = r.w, r.h
	if t.opening && t.m.window.loaded {
		t.begin()
	}
	t.ink.refresh(&t.l.Palette)
	if len(t.rows()) == 0 {
		code := "timeline.loading"
		if t.m.window.loaded {
			code = "timeline.empty"
		}
		put(s, r.x+1, r.y, r.w-1, catalog.T(code), t.l.Dim)
		return
	}
	if resized && !t.follow {
		if at, below := t.bottom(); t.above(at, t.height(at)-below, t.h) < t.h {
			t.fromTop(0)
		}
	}
	t.noteSeen()
	t.open, _ = t.m.find(t.chat)
	at, below := t.bottom()
	t.shown = t.shown[:0]
	y := t.h + below
	for ; at >= 0 && y > 0; at-- {
		y -= t.height(at)
		t.shown = append(t.shown, shownRow{at, y})
	}
	up := max(0, y) // a chat shorter than the pane begins at its top
	c := t.columns()
	for i := len(t.shown) - 1; i >= 0; i-- {
		t.drawRow(s, r, c, t.shown[i].at, t.shown[i].y-up)
	}
	t.drawTop(s, r, c)
	if !t.follow {
		t.drawWaiting(s, r)
	}
}

// drawTop names the sender of the text at the upper edge when the line with the
// name is above it and the margin has room.
func (t *timeline) drawTop(s tcell.Screen, r rect, c columns) {
	top := t.shown[len(t.shown)-1]
	m, b, h := &t.rows()[top.at], t.block(top.at), t.head(top.at)
	above, _ := t.around(top.at)
	hidden := -top.y - h.lines() // lines of the text, and the quote, that are above
	if c.narrow || hidden < 0 || hidden >= above+len(b.lines) || hidden == 0 && h.sender {
		return
	}
	t.drawSender(s, r, c, m, b, 0)
}

// drawRow draws a message from line y of the pane on, as far as it is inside.
func (t *timeline) drawRow(s tcell.Screen, r rect, c columns, i, y int) {
	m, b, h := &t.rows()[i], t.block(i), t.head(i)
	in := func(y int) bool { return y >= 0 && y < r.h }
	if h.gap != noGap {
		if in(y) {
			t.drawGap(s, r, y, h.gap)
		}
		y++
	}
	if h.day {
		if in(y) {
			t.rule(s, r, y, t.day(t.when(m)), t.l.DayLine)
		}
		y++
	}
	if h.fresh {
		if in(y) {
			t.rule(s, r, y, catalog.T("timeline.new"), t.l.NewLine)
		}
		y++
	}
	if h.sender && in(y) {
		t.drawSender(s, r, c, m, b, y)
	}
	if h.ownLine {
		y++
	}
	if c.narrow && b.kind == asNotice && in(y) {
		put(s, r.x+1, r.y+y, r.w-1, t.l.mark("—", "-"), t.l.Dim)
	}
	above, below := t.around(i)
	if above > 0 {
		if in(y) {
			t.drawQuote(s, r, c.body, m.Reply, y)
		}
		if in(y) {
			t.drawMark(s, r, m, y, false)
		}
		y++
	}
	marked := false
	for n := range max(1, len(b.lines)) {
		if in(y + n) {
			marked = t.drawMark(s, r, m, y+n, n == 0) || marked
		}
	}
	for n, line := range b.lines {
		if in(y + n) {
			t.drawLine(s, r, c.body, m.ID, b, n, line, y+n)
			t.drawEdited(s, r, c.body, b, n, y+n)
			if m.Mention && !m.Outgoing && !marked && !t.folded(i) {
				put(s, r.x, r.y+y+n, 1, t.l.mark("┃", "!"), t.l.Mention)
			}
		}
	}
	if m.Outgoing && m.Kind == store.Text && in(y) {
		mark, style := t.l.tick(m.State)
		put(s, r.x+r.w-tickCols, r.y+y, tickCols-1, text.Pad(strings.Repeat(" ", max(0, tickCols-1-text.Width(mark)))+mark, tickCols-1), style)
	}
	y += len(b.lines)
	if t.moved(m) > 0 {
		if in(y) {
			t.drawMoved(s, r, c.body, m, y)
		}
		y++
	}
	if below > 0 {
		if in(y) {
			t.drawReactions(s, r, c.body, m.Fold, y)
		}
		y++
	}
	for n, line := range b.errors {
		if in(y + n) {
			put(s, r.x+c.body, r.y+y+n, r.w-c.body, line, t.l.Error)
		}
	}
}

// drawSender writes time and sender.
func (t *timeline) drawSender(s tcell.Screen, r rect, c columns, m *store.Message, b *block, y int) {
	if c.narrow && m.Kind == store.Notice {
		return
	}
	room := min(c.senderCols, r.w-c.sender)
	put(s, r.x+1, r.y+y, min(5, r.w-1), t.when(m).Format("15:04"), t.l.Time)
	if m.Kind == store.Notice {
		put(s, r.x+c.sender, r.y+y, room, t.l.mark("—", "--"), t.l.Dim)
		return
	}
	name, style := t.sender(m)
	if b.kind == asAction {
		name = "* " + name
	}
	if !m.Outgoing && m.Nick != "" && t.m.alike(m.Nick) != "" {
		name, style = t.l.mark("≈", "~")+name, t.l.Error
	}
	put(s, r.x+c.sender, r.y+y, room, text.Fit(name, room), style)
}

// sender is how the sender of a message is called, and in what style.
func (t *timeline) sender(m *store.Message) (string, tcell.Style) {
	c := &t.open
	if m.Outgoing {
		if c.Kind == store.Room && m.Nick != "" {
			return text.Name(m.Nick), t.l.OwnNick
		}
		return catalog.T("message.you"), t.l.OwnNick
	}
	name, key := text.Name(m.Nick), m.Nick
	switch {
	case c.Kind == store.Direct:
		name, key = t.m.name(who{c.Account, c.JID}), c.JID
	case c.Kind == store.Self:
		return catalog.T("message.you"), t.l.OwnNick
	case m.Nick == "" && c.Kind == store.Room:
		name = catalog.T("message.room")
	case m.Nick == "":
		name, key = text.Name(c.Nick), c.Nick
	}
	if m.Mention {
		return name, t.l.Mention
	}
	return name, t.ink.of(key)
}

// rule draws a line with a word in its middle.
func (t *timeline) rule(s tcell.Screen, r rect, y int, word string, style tcell.Style) {
	h := t.l.runes('─', '-')
	for x := range r.w {
		s.SetContent(r.x+x, r.y+y, h, nil, style)
	}
	word = " " + word + " "
	if w := text.Width(word); w+2 <= r.w {
		put(s, r.x+(r.w-w)/2, r.y+y, w, word, style)
	}
}

// day names a day, with its year where that is not clear.
func (t *timeline) day(when time.Time) string {
	layout := "Mon 2 January"
	if t.w < narrowPane {
		layout = "Mon 2 Jan"
	}
	if when.Year() != t.l.now().In(t.l.zone).Year() {
		layout += " 2006"
	}
	return when.Format(layout)
}

const waitingMax = 999

// drawWaiting says at the bottom right that this is not the end, and what came there.
func (t *timeline) drawWaiting(s tcell.Screen, r rect) {
	sign, style := " "+t.l.mark("↓", "v")+" ", t.l.Dim
	if n := t.waiting(waitingMax); n > 0 {
		count := catalog.Count(n)
		if n == waitingMax {
			count += "+"
		}
		sign, style = sign+catalog.T("timeline.waiting", count)+" ", t.l.Unread
	}
	w := text.Width(sign)
	put(s, r.x+r.w-w, r.y+r.h-1, w, sign, style)
}
