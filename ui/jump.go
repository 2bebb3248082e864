package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/sahilm/fuzzy"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// jump is the box that goes anywhere: chats, @ people, #rooms and > commands,
// by a few letters. Its first entry, before anything is typed, is the chat that
// waits longest for an answer.
type jump struct {
	l     *look
	title string // "": where to go
	field field
	all   []jumpEntry
	hits  []jumpHit
	at    int
	top   int
	last  string
}

// jumpEntry is somewhere to go.
type jumpEntry struct {
	sign   rune // '*' chat, '@' person, '#' room, '>' command
	label  string
	about  string
	match  string // what is searched: label and address
	unread bool
	chat   store.ChatID // of a chat
	who    who          // of a person without a chat
	run    func(a *App)
}

type jumpHit struct {
	entry   *jumpEntry
	matched []int
}

const jumpRows = 12

func (a *App) openJump(start string) {
	j := &jump{l: a.look, all: a.jumpEntries()}
	j.field.set(start)
	j.last = "\x00"
	j.search()
	a.dialog = j
}

// openUnread lists the chats that wait, to be worked through.
func (a *App) openUnread() {
	chats := slices.DeleteFunc(slices.Clone(a.roster.order()), func(c store.Chat) bool { return c.Unread == 0 })
	if len(chats) == 0 {
		a.say(catalog.T("unread.none"))
		return
	}
	j := &jump{l: a.look}
	for _, e := range a.jumpEntries()[:len(a.roster.order())] {
		if e.unread {
			j.all = append(j.all, e)
		}
	}
	j.last = "\x00"
	j.search()
	a.dialog = j
}

// jumpEntries lists where one can go: open chats as they stand in the list,
// then contacts by name, then commands.
func (a *App) jumpEntries() []jumpEntry {
	var all []jumpEntry
	chats := slices.Clone(a.roster.order())
	slices.SortStableFunc(chats, func(x, y store.Chat) int { return jumpRank(y) - jumpRank(x) })
	open := map[who]bool{}
	for _, c := range chats {
		sign := '@'
		if c.Kind == store.Room || c.Kind == store.Private {
			sign = '#'
		}
		if c.Kind == store.Direct || c.Kind == store.Self {
			open[who{c.Account, c.JID}] = true
		}
		about := text.Line(c.JID)
		if c.Unread > 0 {
			about = catalog.T("jump.unread", catalog.Count(c.Unread)) + " · " + about
		}
		title := a.m.title(c)
		all = append(all, jumpEntry{sign: sign, label: title, about: about, match: title + " " + text.Line(c.JID), unread: c.Unread > 0, chat: c.ID, run: func(a *App) { a.show(c.ID); a.focus = inComposer }})
	}
	people := len(all)
	for w, c := range a.m.contacts {
		if acc, _ := a.m.account(w.account); open[w] || acc.JID == w.jid {
			continue
		}
		name, jid := a.m.name(w), text.Line(c.JID)
		all = append(all, jumpEntry{sign: '@', label: name, about: jid, match: name + " " + jid, who: w, run: func(a *App) { a.openDirect(w) }})
	}
	for _, acc := range a.m.accounts {
		if w := (who{acc.ID, acc.JID}); !open[w] {
			title, jid := catalog.T("self.title"), text.Line(acc.JID)
			all = append(all, jumpEntry{sign: '@', label: title, about: jid, match: title + " " + jid, who: w, run: func(a *App) { a.openDirect(w) }})
		}
	}
	slices.SortFunc(all[people:], func(x, y jumpEntry) int { return compareFold(x.match, y.match) })
	for w, r := range a.m.rooms {
		if r.Joined || slices.ContainsFunc(chats, func(c store.Chat) bool { return c.Kind == store.Room && c.JID == w.jid }) {
			continue
		}
		all = append(all, jumpEntry{sign: '#', label: "#" + a.m.roomName(w), about: text.Line(w.jid), match: text.Line(w.jid), run: func(a *App) {
			if acc := a.c.Account(w.account); acc != nil {
				acc.Join(w.jid, "", "")
			}
		}})
	}
	for _, x := range a.actions {
		if x.name == "send" || x.name == "newline" || (x.where == inSelection || x.where == inLists) && x.command == "" {
			continue
		}
		about := catalog.T("action." + x.name)
		if len(x.keys) > 0 {
			about = x.keys[0] + " · " + about
		}
		label := x.name
		if x.command != "" {
			label = "/" + x.command
		}
		all = append(all, jumpEntry{sign: '>', label: label, about: about, match: label + " " + x.name + " " + about, run: func(a *App) {
			if x.command != "" && x.args != "" {
				a.focus = inComposer
				a.composer.set("/" + x.command + " ")
				return
			}
			a.do(x, "")
		}})
	}
	return all
}

func jumpRank(c store.Chat) int {
	switch {
	case c.Mentions > 0:
		return 3
	case c.Unread > 0 && c.Kind != store.Room:
		return 2
	case c.Unread > 0:
		return 1
	}
	return 0
}

func commandLast(h jumpHit) int {
	if h.entry.sign == '>' {
		return 1
	}
	return 0
}

// entrySource lets the matcher read the entries in place.
type entrySource []*jumpEntry

func (e entrySource) String(i int) string { return e[i].match }
func (e entrySource) Len() int            { return len(e) }

// search finds what was typed; without letters all stand as they are.
func (j *jump) search() {
	typed := j.field.text()
	if typed == j.last {
		return
	}
	j.last, j.at, j.top, j.hits = typed, 0, 0, nil
	sign, words := rune(0), typed
	if typed != "" && strings.ContainsRune("@#>", rune(typed[0])) {
		sign, words = rune(typed[0]), strings.TrimSpace(typed[1:])
	}
	var list entrySource
	for i := range j.all {
		e := &j.all[i]
		if sign != 0 && e.sign != sign || sign == 0 && typed == "" && e.sign == '>' {
			continue
		}
		list = append(list, e)
	}
	if words == "" {
		for _, e := range list {
			j.hits = append(j.hits, jumpHit{entry: e})
		}
		return
	}
	for _, m := range fuzzy.FindFrom(words, list) {
		j.hits = append(j.hits, jumpHit{list[m.Index], m.MatchedIndexes})
	}
	// Who types a few letters means people and rooms before commands.
	slices.SortStableFunc(j.hits, func(x, y jumpHit) int { return commandLast(x) - commandLast(y) })
	// An address that nobody has yet can be written to all the same.
	if local, domain, ok := strings.Cut(words, "@"); j.title == "" && ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(words, " /") {
		e := &jumpEntry{sign: '@', label: text.Line(words), about: catalog.T("jump.new"), run: func(a *App) { a.openDirect(who{a.acting(), words}) }}
		r := &jumpEntry{sign: '#', label: text.Line(words), about: catalog.T("jump.new-room"), run: func(a *App) {
			a.withAccount(func(acc *session.Account) { acc.Join(words, "", "") })
		}}
		if sign == '#' {
			e, r = r, e
		}
		if !slices.ContainsFunc(j.hits, func(h jumpHit) bool { return h.entry.about == words }) {
			j.hits = append(j.hits, jumpHit{entry: e}, jumpHit{entry: r})
		}
	}
}

func (j *jump) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc", "Ctrl-K":
		a.closeDialog()
	case "Enter":
		if j.at < len(j.hits) {
			e := j.hits[j.at].entry
			a.closeDialog()
			e.run(a)
		}
	case "Up", "Ctrl-P", "Shift-Tab":
		j.at = max(0, j.at-1)
	case "Down", "Ctrl-N", "Tab":
		j.at = min(len(j.hits)-1, j.at+1)
	case "PgUp":
		j.at = max(0, j.at-jumpRows)
	case "PgDn":
		j.at = max(0, min(len(j.hits)-1, j.at+jumpRows))
	default:
		if !j.field.key(ev) {
			return false
		}
		if words, ok := strings.CutPrefix(j.field.text(), "/"); ok && j.title == "" {
			a.closeDialog()
			a.openFind(words, true)
			return true
		}
		j.search()
	}
	j.at = max(0, j.at)
	return true
}

func (j *jump) keys() string {
	if j.title != "" {
		return "forward.keys"
	}
	return "jump.keys"
}

func (j *jump) paste(_ *App, t string) {
	j.field.insert(text.Line(t))
	j.search()
}

func (j *jump) draw(s tcell.Screen, all rect) {
	rows := max(1, min(jumpRows, all.h-6))
	r := middle(all, 72, rows+4)
	in := frameOf(s, j.l, r, cmp.Or(j.title, catalog.T("jump.title")))
	put(s, in.x, in.y, 2, "> ", j.l.Title)
	if len(j.hits) == 0 {
		put(s, in.x, in.y+1, in.w, catalog.T("jump.nothing"), j.l.Dim)
	}
	if j.at < j.top {
		j.top = j.at
	}
	if j.at >= j.top+rows {
		j.top = j.at - rows + 1
	}
	for i := 0; i < rows && j.top+i < len(j.hits); i++ {
		j.drawHit(s, rect{in.x, in.y + 1 + i, in.w, 1}, j.hits[j.top+i], j.top+i == j.at)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T(j.keys()), j.l.Hint)
	j.field.draw(s, rect{in.x + 2, in.y, in.w - 2, 1}, j.l.Text)
}

func (j *jump) drawHit(s tcell.Screen, r rect, h jumpHit, chosen bool) {
	style, dim := j.l.Text, j.l.Dim
	if chosen {
		style, dim = j.l.Selected, j.l.Selected
		fill(s, r, style)
	}
	x := put(s, r.x, r.y, 2, string(h.entry.sign)+" ", dim)
	lw := min(r.w/2, 26)
	matched := map[int]bool{}
	for _, i := range h.matched {
		matched[i] = true
	}
	at := r.x + x
	for i, c := range text.Fit(h.entry.label, lw) {
		st := style
		if matched[i] && !chosen {
			st = j.l.Match
		}
		at += put(s, at, r.y, r.x+r.w-at, string(c), st)
	}
	at = max(at+1, r.x+x+lw+1)
	put(s, at, r.y, r.x+r.w-at, text.Fit(h.entry.about, r.x+r.w-at), dim)
}
