package ui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// whoMay is one screen for who may see what of us, ask us and send us: a row for
// each thing, a column for each line of the policy.
type whoMay struct {
	l       *look
	m       *model
	account store.AccountID
	person  string // whom it was opened for; empty: nobody
	scopes  []session.Scope
	column  int
	left    int // the first column in view
	typing  bool
	scroller
}

// Widths of the table, columns of the screen.
const (
	mayLabel = 17
	mayCell  = 12
)

// cmdWhoMay opens it for an address, or for whom the open chat is with.
func (a *App) cmdWhoMay(args string) {
	w := who{account: a.acting()}
	switch c, ok := a.m.open(); {
	case args != "":
		var found bool
		if w, found = a.address(args); !found {
			return
		}
	case ok && c.Kind == store.Direct:
		w = who{c.Account, c.JID}
	}
	a.openWhoMay(w)
}

func (a *App) openWhoMay(w who) {
	if a.c.Account(w.account) == nil {
		a.openSetup()
		return
	}
	w.jid, _, _ = strings.Cut(w.jid, "/")
	d := &whoMay{l: a.look, m: a.m, account: w.account, person: strings.ToLower(w.jid), typing: a.c.Settings().Typing}
	d.rebuild()
	if w.jid != "" {
		d.column = max(0, slices.Index(d.scopes, session.Scope{Line: session.LinePerson, Name: d.person}))
	}
	a.dialog = d
}

// whoMaySelected opens it for who is marked in a list.
func (a *App) whoMaySelected() {
	if a.focus == inPeople {
		if c, ok := a.m.open(); ok && c.Kind == store.Direct {
			a.openWhoMay(who{c.Account, c.JID})
			return
		}
		o, marked := a.people.selected()
		if c, ok := a.m.open(); ok && marked && o.RealJID != "" {
			a.openWhoMay(who{c.Account, o.RealJID})
			return
		}
		a.openWhoMay(who{account: a.acting()})
		return
	}
	r, ok := a.roster.selected()
	c, chat := a.m.find(r.chat)
	if ok && (r.kind == rowContact || r.kind == rowChat && chat && c.Kind == store.Direct) {
		a.openWhoMay(r.who)
		return
	}
	a.openWhoMay(who{account: a.acting()})
}

// rebuild lists the columns anew; the cursor stays in its own.
func (d *whoMay) rebuild() {
	var at session.Scope
	if d.column < len(d.scopes) {
		at = d.scopes[d.column]
	}
	p := d.m.policies[d.account].Policy
	d.scopes = []session.Scope{{Line: session.LineContacts}, {Line: session.LineRooms}, {Line: session.LineStrangers}}
	if d.person != "" {
		d.scopes = append(d.scopes, session.Scope{Line: session.LinePerson, Name: d.person})
	}
	groups := map[string]bool{}
	for w, c := range d.m.contacts {
		for _, g := range c.Groups {
			groups[g] = groups[g] || w.account == d.account
		}
	}
	var names []string
	for g, here := range groups {
		if _, decided := p.Groups[g]; here || decided {
			names = append(names, g)
		}
	}
	for g := range p.Groups {
		if !slices.Contains(names, g) {
			names = append(names, g)
		}
	}
	slices.SortFunc(names, compareFold)
	for _, g := range names {
		d.scopes = append(d.scopes, session.Scope{Line: session.LineGroup, Name: g})
	}
	var people []string
	for jid := range p.People {
		if jid != d.person {
			people = append(people, jid)
		}
	}
	slices.Sort(people)
	for _, jid := range people {
		d.scopes = append(d.scopes, session.Scope{Line: session.LinePerson, Name: jid})
	}
	d.column = max(0, slices.Index(d.scopes, at))
}

// mayValue is what stands in a cell.
type mayValue struct {
	session.Ruling
	own   bool // this line says it itself
	below bool // where it does not, a wider one does
	fixed bool // it is not the user's to decide here
}

func (d *whoMay) value(s session.Scope, t session.Thing) (v mayValue) {
	p := d.m.policies[d.account].Policy
	v.own = p.Of(s, t) != session.ChoiceUnset
	v.fixed = session.ChoicesOf(t, s.Line) == nil
	v.below = s.Line == session.LineGroup || s.Line == session.LinePerson
	if s.Line != session.LinePerson {
		v.Choice, v.By = p.Of(s, t), s
		if !v.own {
			v.Choice = p.Wider(t, s)
		}
		v.Unseen = v.fixed && s.Line == session.LineStrangers
		return v
	}
	w := who{d.account, s.Name}
	c := d.m.contacts[w]
	whom := session.WhomOf(s.Name, c)
	whom.Known = slices.ContainsFunc(d.m.chats, func(x store.Chat) bool {
		return x.Account == d.account && x.Kind == store.Direct && x.JID == s.Name && x.Held == store.NotHeld
	})
	v.Ruling = p.Rule(t, whom)
	switch {
	case t == session.SeePresence:
		v.Ruling, v.own = session.Ruling{Choice: session.ChoiceNo, By: s}, true
		if c.ToUs() || c.Approved {
			v.Choice = session.ChoiceYes
		}
	case t == session.WriteToUs && d.m.blocks(w):
		v.Ruling, v.own = session.Ruling{Choice: session.ChoiceNo, By: s}, true
	}
	v.fixed = v.Unseen
	return v
}

// blocks says whether an address itself is on the block list.
func (m *model) blocks(w who) bool {
	return slices.ContainsFunc(m.blocked[w.account].List, func(b store.Blocked) bool { return b.JID == w.jid })
}

func (d *whoMay) lists() bool { return true }

func (d *whoMay) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if d.scroller.key(name, len(session.Things)) {
		return true
	}
	switch name {
	case "Esc", "q":
		a.closeDialog()
	case "Left", "h", "Shift-Tab":
		d.column = max(0, d.column-1)
	case "Right", "l", "Tab":
		d.column = min(len(d.scopes)-1, d.column+1)
	case "Space", "Enter":
		d.change(a)
	case "d", "Delete":
		s, t := d.scopes[d.column], session.Things[d.cursor]
		if acc := a.c.Account(d.account); acc != nil && d.m.policies[d.account].Policy.Of(s, t) != session.ChoiceUnset {
			d.set(acc, s, t, session.ChoiceUnset)
		}
	case "w":
		a.openWatchers()
	default:
		return false
	}
	return true
}

func (d *whoMay) paste(*App, string) {}

// change takes the next choice of the cell; what others notice at once is asked.
func (d *whoMay) change(a *App) {
	s, t := d.scopes[d.column], session.Things[d.cursor]
	v := d.value(s, t)
	acc := a.c.Account(d.account)
	if acc == nil || v.fixed {
		return
	}
	next := d.next(s, t, v)
	question, w := "", who{d.account, s.Name}
	switch {
	case s.Line == session.LinePerson && t == session.SeePresence && next == session.ChoiceNo:
		question = catalog.T("confirm.watch-subscribed", d.m.name(w), s.Name)
	case s.Line == session.LinePerson && t == session.WriteToUs && next == session.ChoiceNo:
		question = a.blockQuestion(w)
	case t == session.WriteToUs && next == session.ChoiceNo:
		question = catalog.T("confirm.may-write", d.subject(s))
	}
	if question == "" {
		d.set(acc, s, t, next)
		return
	}
	back := func(a *App) { a.dialog = d }
	a.confirm(question, func(a *App) {
		d.set(acc, s, t, next)
		back(a)
	})
	a.dialog.(*confirmation).no = back
}

// set decides, and shows it before the session says so: the next key may come sooner.
func (d *whoMay) set(acc *session.Account, s session.Scope, t session.Thing, c session.Choice) {
	acc.SetMay(s, t, c)
	e := d.m.policies[d.account]
	if p, ok := e.Policy.With(s, t, c); ok && (t != session.WriteToUs || c != session.ChoiceNo || s.Line != session.LinePerson) {
		e.Policy = p
		d.m.policies[d.account] = e
	}
}

// next is the choice after the one that a cell has. Lines below others can also
// leave it to them.
func (d *whoMay) next(s session.Scope, t session.Thing, v mayValue) session.Choice {
	all := session.ChoicesOf(t, s.Line)
	own := d.m.policies[d.account].Policy.Of(s, t)
	switch {
	case s.Line == session.LinePerson && t == session.SeePresence, s.Line == session.LinePerson && t == session.WriteToUs && own == session.ChoiceUnset:
		if v.Choice == session.ChoiceNo {
			if v.own && t == session.WriteToUs {
				return session.ChoiceUnset // off the block list
			}
			return session.ChoiceYes
		}
		return session.ChoiceNo
	case s.Line == session.LinePerson || s.Line == session.LineGroup:
		all = append([]session.Choice{session.ChoiceUnset}, all...)
		return all[(slices.Index(all, own)+1)%len(all)]
	}
	next := all[(slices.Index(all, v.Choice)+1)%len(all)]
	if next == d.m.policies[d.account].Policy.Wider(t, s) {
		return session.ChoiceUnset // as it is without a word
	}
	return next
}

// subject is how a line is called in a sentence, safe to be drawn.
func (d *whoMay) subject(s session.Scope) string {
	switch s.Line {
	case session.LineGroup:
		return catalog.T("may.subject-group", s.Name)
	case session.LinePerson:
		return d.m.name(who{d.account, s.Name})
	}
	return catalog.T("may.subject-" + string(s.Line))
}

// head is how a column is called.
func (d *whoMay) head(s session.Scope) string {
	switch s.Line {
	case session.LineGroup:
		return text.Name(s.Name)
	case session.LinePerson:
		return d.m.name(who{d.account, s.Name})
	}
	return catalog.T("may.head-" + string(s.Line))
}

// about says in plain words what a cell means, why, and who sees to it.
func (d *whoMay) about(s session.Scope, t session.Thing) string {
	v := d.value(s, t)
	subject := d.subject(s)
	person := s.Line == session.LinePerson
	switch {
	case v.Unseen:
		return catalog.T("may.unseen", subject)
	case v.fixed && t == session.SeePresence:
		return catalog.T("may.rooms-see")
	case v.fixed:
		return catalog.T("may.rooms-not")
	case t == session.SeeTyping && !d.typing:
		return catalog.T("may.typing-off")
	}
	code := string(t)
	if person && t == session.SeePresence || person && t == session.WriteToUs && v.own && v.Choice == session.ChoiceNo {
		code += "-person"
	}
	words := []string{catalog.T("may."+code+"-"+string(v.Choice), subject)}
	switch {
	case person && t == session.SeePresence, v.own:
	case person && v.By.Line == session.LineGroup:
		words = append(words, catalog.T("may.by-group", v.By.Name))
	case (person || s.Line == session.LineGroup) && v.By.Line != session.LineStrangers:
		words = append(words, catalog.T("may.by-contacts"))
	default:
		words = append(words, catalog.T("may.by-usual"))
	}
	b := d.m.blocked[d.account]
	switch {
	case person && t == session.SeePresence && v.Choice == session.ChoiceNo && !d.m.policies[d.account].PreApproval:
		words = append(words, catalog.T("may.at-server"), catalog.T("may.no-preapproval"))
	case person && t == session.SeePresence, person && t == session.WriteToUs && v.own && v.Choice == session.ChoiceNo && (b.Offered || !b.Known):
		words = append(words, catalog.T("may.at-server"))
	default:
		words = append(words, catalog.T("may.at-program"))
	}
	return strings.Join(words, " ")
}

// word is what stands in a cell; in brackets what a wider line says.
func (v mayValue) word() string {
	switch w := catalog.T("may." + string(v.Choice)); {
	case v.fixed && !v.below:
		return catalog.T("may.always-" + string(v.Choice))
	case v.below && !v.own && !v.fixed:
		return "(" + w + ")"
	default:
		return w
	}
}

func (d *whoMay) draw(s tcell.Screen, all rect) {
	w := min(all.w-4, max(mayLabel+len(d.scopes)*mayCell, 60))
	keys := text.Wrap(catalog.T("may.keys"), w)
	most := max(1, all.h-len(session.Things)-len(keys)-6)
	about := text.Wrap(d.about(d.scopes[d.column], session.Things[d.cursor]), w)
	room := min(most, 3)
	if w < 60 {
		room = min(most, 5)
	}
	title := catalog.T("may.title")
	if acc, ok := d.m.account(d.account); ok && len(d.m.accounts) > 1 {
		title += " · " + text.Name(acc.JID)
	}
	in := frameOf(s, d.l, middle(all, w+4, len(session.Things)+room+len(keys)+5), title)
	columns := max(1, (in.w-mayLabel)/mayCell)
	d.left = max(d.column-columns+1, min(d.left, d.column))
	d.left = max(0, min(d.left, len(d.scopes)-columns))
	shown := d.scopes[d.left:min(len(d.scopes), d.left+columns)]
	if d.left > 0 {
		put(s, in.x+mayLabel-2, in.y, 1, d.l.mark("‹", "<"), d.l.Dim)
	}
	if d.left+len(shown) < len(d.scopes) {
		put(s, in.x+in.w-1, in.y, 1, d.l.mark("›", ">"), d.l.Dim)
	}
	for i, x := range shown {
		style := d.l.Title
		if x.Line == session.LineGroup || x.Line == session.LinePerson {
			style = d.l.Text
		}
		put(s, in.x+mayLabel+i*mayCell, in.y, mayCell-2, text.Fit(d.head(x), mayCell-2), style)
	}
	from, to := d.fit(len(session.Things), max(1, min(len(session.Things), in.h-2-room-len(keys))))
	for at := from; at < to; at++ {
		t, y := session.Things[at], in.y+1+at-from
		style := d.l.Text
		if at == d.cursor {
			style = d.l.Title
		}
		put(s, in.x, y, mayLabel-1, text.Fit(catalog.T("may.thing-"+string(t)), mayLabel-1), style)
		for i, x := range shown {
			v := d.value(x, t)
			style := d.l.Text
			if v.below && !v.own || v.fixed {
				style = d.l.Dim
			}
			if at == d.cursor && d.left+i == d.column {
				fill(s, rect{in.x + mayLabel + i*mayCell - 1, y, mayCell - 1, 1}, d.l.Selected)
				style = on(style, d.l.Selected)
			}
			put(s, in.x+mayLabel+i*mayCell, y, mayCell-2, text.Fit(v.word(), mayCell-2), style)
		}
	}
	y := in.y + 2 + to - from
	for i, line := range about[:min(len(about), max(0, in.y+in.h-len(keys)-y))] {
		put(s, in.x, y+i, in.w, line, d.l.Notice)
	}
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, text.Fit(line, in.w), d.l.Hint)
	}
}
