package ui

import (
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// root is the only primitive that tview knows: it lays the panes out, draws
// them and gives keys to the one that has them.
type root struct {
	*tview.Box
	a *App
}

func newRoot(a *App) *root {
	r := &root{Box: tview.NewBox(), a: a}
	r.SetBackgroundColor(tcell.ColorDefault)
	return r
}

// rect is a part of the screen.
type rect struct{ x, y, w, h int }

// plan says where the panes are; a width or height of 0: not shown.
type plan struct {
	header, roster, chat, people, typing, note, input, hint rect
	rosterLine, peopleLine                                  int // columns of the lines between; -1: none
	rule                                                    int // row of the line above the input; -1: none
}

const (
	threePanes = 100 // columns from which three panes fit
	twoPanes   = 64
	rosterCols = 27
	slimRoster = 20
	peopleCols = 28
)

// layout places the panes on a screen of w by h. inputRows is what the composer
// wants, noteRows what there is to say next to it.
func (a *App) layout(w, h, inputRows, noteRows int) plan {
	p := plan{rosterLine: -1, peopleLine: -1, rule: -1}
	top, bottom := 0, h
	if h >= 12 && w >= 24 {
		p.header = rect{0, 0, w, 1}
		top = 1
	}
	if h >= 4 {
		bottom--
		p.hint = rect{0, bottom, w, 1}
	}
	inputRows = max(1, min(inputRows, h/3))
	bottom -= inputRows
	p.input = rect{0, bottom, w, inputRows}
	if h < 6 || w < 24 {
		return p // only the input and the row below it
	}
	noteRows = min(noteRows, max(0, bottom-top-4))
	bottom -= noteRows
	p.note = rect{0, bottom, w, noteRows}
	bottom--
	p.rule = bottom
	body := rect{0, top, w, bottom - top}
	left, right := 0, 0
	switch {
	case w >= threePanes:
		left, right = rosterCols, peopleCols
	case w >= twoPanes:
		left = slimRoster
		if a.focus == inPeople {
			right = peopleCols
		}
	case a.focus == inRoster:
		left = w
	case a.focus == inPeople:
		right = w
	}
	if (a.hideRoster || a.slim) && a.focus != inRoster {
		left = 0
	}
	if (a.hidePeople || a.slim) && a.focus != inPeople || a.m.chat == 0 && right < w {
		right = 0
	}
	if left == w || right == w {
		if left == w {
			p.roster = body
		} else {
			p.people = body
		}
		return p
	}
	if left > 0 {
		p.roster = rect{0, top, left, body.h}
		p.rosterLine = left
		body.x += left + 1
		body.w -= left + 1
	}
	if right > 0 {
		body.w -= right + 1
		p.peopleLine = body.x + body.w
		p.people = rect{p.peopleLine + 1, top, right, body.h}
	}
	if a.m.chat != 0 && len(a.m.typing[a.m.chat]) > 0 && body.h > 3 {
		body.h--
		p.typing = rect{body.x, body.y + body.h, body.w, 1}
	}
	p.chat = body
	return p
}

// Draw paints the whole frame; the screen wrapper sends only what differs.
func (r *root) Draw(s tcell.Screen) {
	a := r.a
	if a.lock != nil {
		w, h := s.Size()
		r.SetRect(0, 0, w, h)
		a.lock.draw(s, a.look)
		return
	}
	if h, ok := s.(interface{ Hold() }); ok && a.awaitsWindow() {
		h.Hold()
		return
	}
	a.counting = false
	a.fitLink()
	a.usePictures()
	w, h := s.Size()
	r.SetRect(0, 0, w, h)
	// tview fills with its own default style; ours is the terminal's.
	s.HideCursor()
	notes := a.noteLines(w)
	p := a.layout(w, h, a.composer.rows(w-a.promptWidth()), len(notes))
	a.drawHeader(s, p.header)
	if p.roster.w > 0 {
		a.roster.draw(s, p.roster, a.focus == inRoster)
	}
	if p.chat.w > 0 {
		a.drawChat(s, p.chat)
	}
	if p.typing.w > 0 {
		a.drawTyping(s, p.typing)
	}
	if p.people.w > 0 {
		a.people.draw(s, p.people, a.focus == inPeople)
	}
	a.drawLines(s, p, w)
	for i := range min(len(notes), p.note.h) {
		put(s, p.note.x+1, p.note.y+i, w-2, notes[i].text, notes[i].style)
	}
	a.drawInput(s, p.input)
	if p.hint.w > 0 {
		a.drawHint(s, p.hint)
	}
	if a.popup != nil && a.dialog == nil {
		a.popup.draw(s, a.look, p.input)
	}
	if m, ok := a.dialog.(*presenceMenu); ok {
		a.drawPresence(s, m, p.input)
	} else if a.dialog != nil {
		s.HideCursor()
		a.dialog.draw(s, rect{0, 0, w, h})
	}
	a.markRead() // what was drawn now is seen
	if a.plain != nil {
		a.plainSync()
	}
	if !a.drawn {
		// The network comes after the first frame.
		a.drawn = true
		time.AfterFunc(2*time.Millisecond, a.c.Begin)
	}
}

func (a *App) drawLines(s tcell.Screen, p plan, w int) {
	vertical, horizontal := a.look.runes('│', '|'), a.look.runes('─', '-')
	for _, x := range []int{p.rosterLine, p.peopleLine} {
		for y := p.header.h; x >= 0 && y < p.rule; y++ {
			s.SetContent(x, y, vertical, nil, a.look.Border)
		}
	}
	if p.rule < 0 {
		return
	}
	for x := range w {
		r := horizontal
		if x == p.rosterLine || x == p.peopleLine {
			r = a.look.runes('┴', '+')
		}
		s.SetContent(x, p.rule, r, nil, a.look.Border)
	}
}

// drawChat shows the open chat below its title, or what can be done.
func (a *App) drawChat(s tcell.Screen, r rect) {
	c, ok := a.m.open()
	if !ok {
		a.drawEmpty(s, r)
		return
	}
	if r.h >= 4 {
		a.drawChatTitle(s, rect{r.x, r.y, r.w, 1}, c)
		r.y, r.h = r.y+1, r.h-1
	}
	a.timeline.draw(s, r)
}

func (a *App) drawChatTitle(s tcell.Screen, r rect, c store.Chat) {
	fill(s, r, a.look.Header)
	x := r.x + 1
	end := r.x + r.w
	w := who{c.Account, c.JID}
	about := ""
	switch c.Kind {
	case store.Room:
		info := a.m.rooms[w]
		switch {
		case info.Joining:
			about = catalog.T("room.joining")
		case !info.Joined && info.Problem != nil:
			about = catalog.Problem(*info.Problem, "").Text
			if !info.RetryAt.IsZero() {
				a.countDown()
				about = catalog.T("room.retry", span(info.RetryAt.Sub(a.opt.Now()))) + " · " + about
			}
		case !info.Joined:
			about = catalog.T("room.not-in")
		default:
			about = catalog.T("room.count", catalog.Count(info.Occupants))
		}
		if info.Subject != "" {
			about += " · " + text.Line(info.Subject)
		}
	case store.Direct:
		p := a.m.show(w)
		mark, style := a.look.show(p.Show)
		x += put(s, x, r.y, end-x, mark+" ", on(style, a.look.Header))
		about = catalog.T("show." + showCode(p.Show))
		if p.Text != "" {
			about += " · " + text.Line(p.Text)
		}
		if _, known := a.m.contacts[w]; !known {
			about = catalog.T("chat.stranger") + " · " + text.Line(c.JID)
		}
	case store.Private:
		about = catalog.T("chat.private")
	}
	if marks := a.chatMarks(c, max(r.w/2, r.w-24)); marks != "" {
		w := text.Width(marks)
		end -= w + 2
		put(s, end+1, r.y, w, marks, on(a.look.Notice, a.look.Header))
	}
	x += put(s, x, r.y, end-x, text.Fit(a.m.title(c), end-x)+" ", a.look.Title)
	if len(a.m.accounts) > 1 {
		if acc, ok := a.m.account(c.Account); ok {
			about = acc.JID + " · " + about
		}
	}
	put(s, x+1, r.y, end-x-2, text.Fit(about, end-x-2), a.look.Header)
}

// drawEmpty says what to do where no chat is open.
func (a *App) drawEmpty(s tcell.Screen, r rect) {
	lines := strings.Split(catalog.T("chat.empty"), "\n")
	if a.activity() != "" {
		lines = append([]string{catalog.T("chat.waiting")}, lines...)
	}
	if acc, ok := a.m.account(a.acting()); ok && acc.Problem != nil {
		sentence := catalog.Problem(*acc.Problem, acc.JID)
		lines = append(text.Wrap(sentence.Text, r.w-4), text.Wrap(sentence.Hint, r.w-4)...)
	}
	for i, line := range lines {
		y := r.y + max(0, (r.h-len(lines))/2) + i
		if y < r.y+r.h {
			put(s, r.x+max(0, (r.w-text.Width(line))/2), y, r.w, line, a.look.Dim)
		}
	}
}

func (a *App) drawTyping(s tcell.Screen, r rect) {
	names := a.m.typing[a.m.chat]
	safe := make([]string, len(names))
	for i, n := range names {
		safe[i] = text.Name(n)
	}
	code := "typing.one"
	if len(names) > 1 {
		code = "typing.many"
	}
	put(s, r.x+1, r.y, r.w-1, catalog.T(code, strings.Join(safe, ", ")), a.look.Typing)
}

func (a *App) promptWidth() int { return 5 }

func (a *App) drawInput(s tcell.Screen, r rect) {
	fill(s, r, a.look.Input)
	mark, style := a.look.show(session.Unavailable)
	if acc, ok := a.m.account(a.acting()); ok && acc.Link == session.Online {
		mark, style = a.look.show(acc.Shown())
	}
	put(s, r.x+1, r.y, 1, mark, on(style, a.look.Input))
	put(s, r.x+3, r.y, 1, ">", a.look.Input)
	r.x, r.w = r.x+a.promptWidth(), r.w-a.promptWidth()
	a.composer.draw(s, r, a.focus == inComposer && a.dialog == nil)
}
