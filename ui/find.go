package ui

import (
	"context"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// searchBox searches what was ever said, as it is typed, and goes there.
type searchBox struct {
	l     *look
	a     *App
	chat  store.ChatID // only there; 0: everywhere
	field field
	asked string // what the hits are of, with the scope
	q     query
	hits  []store.Message
	busy  bool
	at    int
	top   int
	rows  int // hits that fit

	offered bool     // the server can search this chat
	far     farState // what it was asked
}

const (
	// findMost is how many hits are read.
	findMost = 200
	// findTime bounds a search that finds nothing in a large history.
	findTime = 20 * time.Second
)

type (
	wantFind   struct{}
	wantAround struct{}
)

// openFind searches the open chat, or everywhere.
func (a *App) openFind(words string, everywhere bool) {
	f := &searchBox{l: a.look, a: a, chat: a.m.chat, asked: "\x00"}
	if everywhere {
		f.chat = 0
	}
	f.field.set(words)
	a.dialog = f
	f.askOffer()
	f.search()
}

func (a *App) cmdSearch(words string) { a.openFind(strings.TrimSpace(words), true) }

// search asks for what was typed; a newer question replaces one that waits.
func (f *searchBox) search() {
	a := f.a
	asked := f.field.text()
	if f.chat != 0 {
		asked = "here " + asked
	}
	if asked == f.asked {
		return
	}
	f.asked, f.far = asked, farNot
	f.q = readQuery(f.field.text(), a.opt.Now().In(a.look.zone))
	if f.chat != 0 {
		f.q.Chats = []store.ChatID{f.chat}
	} else if f.q.in != nil {
		f.q.Chats = a.chatsNamed(f.q.in)
	}
	if f.q.From != "" {
		f.q.Senders = a.peopleNamed(f.q.From)
	}
	if strings.TrimSpace(f.field.text()) == "" || f.q.wrong != "" {
		f.hits, f.at, f.top, f.busy = nil, 0, 0, false
		return
	}
	f.busy = true
	q := f.q.Search
	a.pager.want(wantFind{}, func(ctx context.Context) func(*App) {
		ctx, cancel := context.WithTimeout(ctx, findTime)
		defer cancel()
		list, err := a.st.Find(ctx, q, 0, findMost)
		return func(a *App) {
			if f.asked != asked {
				return // typed on meanwhile
			}
			f.hits, f.at, f.top, f.busy = list, 0, 0, false
			if err != nil {
				a.say(catalog.T("find.failed"))
			}
		}
	})
}

func (f *searchBox) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Enter":
		if f.at < len(f.hits) {
			m := f.hits[f.at]
			a.closeDialog()
			if m.ID == 0 {
				f.readFar(m)
				return true
			}
			a.goTo(m)
		}
	case "Tab", "Shift-Tab":
		switch {
		case f.chat != 0:
			f.chat = 0
		case a.m.chat != 0:
			f.chat = a.m.chat
		}
		f.askOffer()
		f.search()
	case "Ctrl-O":
		f.searchFar()
	case "Up", "Ctrl-P":
		f.at--
	case "Down", "Ctrl-N":
		f.at++
	case "PgUp":
		f.at -= max(1, f.rows)
	case "PgDn":
		f.at += max(1, f.rows)
	default:
		if !f.field.key(ev) {
			return false
		}
		f.search()
	}
	f.at = max(0, min(f.at, len(f.hits)-1))
	return true
}

func (f *searchBox) paste(_ *App, t string) {
	f.field.insert(text.Line(t))
	f.search()
}

func (f *searchBox) draw(s tcell.Screen, all rect) {
	in := frameOf(s, f.l, middle(all, 100, all.h-2), catalog.T("find.title"))
	scope := catalog.T("find.everywhere")
	if c, ok := f.a.m.find(f.chat); ok {
		scope = catalog.T("find.in", f.a.m.title(c))
	}
	scope = text.Fit(scope, in.w/2)
	sw := text.Width(scope)
	put(s, in.x+in.w-sw, in.y, sw, scope, f.l.Dim)
	f.rows = max(1, (in.h-2)/2)
	f.top = max(min(f.top, f.at), f.at-f.rows+1)
	for i := 0; i < f.rows && f.top+i < len(f.hits); i++ {
		f.drawHit(s, rect{in.x, in.y + 1 + 2*i, in.w, 2}, f.hits[f.top+i], f.top+i == f.at)
	}
	if about := f.about(); about != "" {
		for i, line := range text.Wrap(about, in.w) {
			if i < in.h-2 {
				put(s, in.x, in.y+1+i, in.w, line, f.l.Dim)
			}
		}
	}
	put(s, in.x, in.y+in.h-1, in.w, f.keysWords(), f.l.Hint)
	put(s, in.x, in.y, 2, "> ", f.l.Title)
	f.field.draw(s, rect{in.x + 2, in.y, in.w - 3 - sw, 1}, f.l.Text)
}

// about is what there is to say instead of hits.
func (f *searchBox) about() string {
	switch {
	case len(f.hits) > 0:
		return ""
	case f.q.wrong != "":
		return catalog.T("find.wrong", f.q.wrong)
	case f.busy:
		return catalog.T("find.busy")
	case strings.TrimSpace(f.field.text()) == "":
		return catalog.T("find.help")
	}
	return catalog.T("find.nothing")
}

// drawHit draws where and when, and below it the words around the first match.
func (f *searchBox) drawHit(s tcell.Screen, r rect, m store.Message, chosen bool) {
	head, body := f.l.Dim, f.l.Text
	if chosen {
		head, body = f.l.Selected, f.l.Selected
		fill(s, r, body)
	}
	when := time.UnixMicro(m.Stamp).In(f.l.zone)
	layout := "2 Jan 2006 15:04"
	if when.Year() == f.l.now().In(f.l.zone).Year() {
		layout = "Mon 2 Jan 15:04"
	}
	line := when.Format(layout)
	c, _ := f.a.m.find(m.Chat)
	if c.ID != 0 && f.chat == 0 {
		line += " · " + f.a.m.title(c)
	}
	who := text.Name(m.Nick)
	switch {
	case m.Outgoing:
		who = catalog.T("message.you")
	case m.Nick == "":
		who = f.a.m.title(c)
	}
	if m.Outgoing || m.Nick != "" || f.chat != 0 {
		line += " · " + who
	}
	if m.ID == 0 {
		line += " · " + catalog.T("find.far")
	}
	put(s, r.x, r.y, r.w, text.Fit(line, r.w), head)
	at := r.x + 2
	room := r.x + r.w - at
	for _, p := range snippet(text.Line(f.says(&m)), f.q.words, room) {
		style := body
		if p.match && !chosen {
			style = f.l.Match
		}
		at += put(s, at, r.y+1, r.x+r.w-at, p.text, style)
	}
}

// says is what is shown of a hit: of a file its name.
func (f *searchBox) says(m *store.Message) string {
	if _, hidden := m.Spoiler(); m.File == nil || m.NoBody || hidden {
		return gist(m)
	}
	if not := notTaken(f.a.m.filesOf(m)); not != "" {
		return not
	}
	words := strings.Join(fileLines(m.File, 1000), "")
	if f.l.ascii {
		words = strings.Replace(words, "▤", "#", 1)
	}
	if m.Alone() {
		return words
	}
	return m.Body + " " + words
}

// piece is a part of a line.
type piece struct {
	text  string
	match bool
}

// snippet is the part of a line around the first of the words, in pieces.
func snippet(line string, words []string, room int) []piece {
	lower := strings.ToLower(line)
	if len(lower) != len(line) { // letters that change their length
		lower = line
	}
	first := len(line)
	for _, w := range words {
		if i := strings.Index(lower, w); i >= 0 {
			first = min(first, i)
		}
	}
	if first < len(line) && text.Width(line[:first]) > room*2/3 {
		cut := first
		for n := room / 3; n > 0 && cut > 0; n-- {
			cut -= len(lastCluster(line[:cut]))
		}
		line, lower = "…"+line[cut:], "…"+lower[cut:]
	}
	var all []piece
	for line != "" {
		at, size := len(line), 0
		for _, w := range words {
			if i := strings.Index(lower, w); i >= 0 && (i < at || i == at && len(w) > size) {
				at, size = i, len(w)
			}
		}
		if at > 0 {
			all = append(all, piece{text: line[:at]})
		}
		if size > 0 {
			all = append(all, piece{line[at : at+size], true})
		}
		line, lower = line[at+size:], lower[at+size:]
	}
	return all
}

type wantReopened struct{}

// reopen lists the chat of a message again, and goes there when it is.
func (a *App) reopen(m store.Message) {
	a.pager.want(wantReopened{}, func(ctx context.Context) func(*App) {
		c, err := a.st.Chat(ctx, m.Chat)
		return func(a *App) {
			if err != nil || c.Kind != store.Direct && c.Kind != store.Self {
				a.say(catalog.T("find.gone"))
				return
			}
			a.goal = &m
			a.openDirect(who{c.Account, c.JID})
		}
	})
}

// goTo shows a message where it was said, and marks it.
func (a *App) goTo(m store.Message) {
	if _, ok := a.m.find(m.Chat); !ok {
		a.reopen(m)
		return
	}
	a.show(m.Chat)
	mark := func(a *App) {
		for i, r := range a.timeline.rows() {
			if r.ID != m.ID {
				continue
			}
			a.focus = inSelection
			a.timeline.hold(min(i+a.timeline.h/3, len(a.timeline.rows())-1), 0)
			a.timeline.pick(i)
			return
		}
	}
	if w := a.m.window; w.chat == m.Chat && w.loaded && len(w.rows) > 0 && w.rows[0].Ord <= m.Ord {
		mark(a)
		return
	}
	a.pager.want(wantAround{}, func(ctx context.Context) func(*App) {
		older, _, err := a.st.Page(ctx, m.Chat, m.Ord+1, pageRows)
		if err != nil {
			return nil
		}
		newer, rev, err := a.st.PageAfter(ctx, m.Chat, m.Ord, pageRows)
		if err != nil {
			return nil
		}
		return func(a *App) {
			if a.m.chat != m.Chat {
				return
			}
			a.m.window = window{chat: m.Chat, rows: append(older, newer...), rev: rev, oldest: len(older) < pageRows, newest: len(newer) < pageRows, loaded: true}
			a.timeline.changed()
			mark(a)
			a.readChanges()
			a.readCoverage()
		}
	})
}
