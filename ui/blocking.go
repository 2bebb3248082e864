package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// cmdBlock blocks an address after a question, or lists who is blocked.
func (a *App) cmdBlock(args string) {
	word, _, _ := strings.Cut(args, " ")
	if word == "" {
		a.openBlocked()
		return
	}
	w := who{a.acting(), strings.TrimPrefix(word, "xmpp:")}
	if !strings.Contains(word, "@") && !strings.Contains(word, ".") {
		var ok bool
		if w, ok = a.address(word); !ok { // a contact's name
			return
		}
	}
	a.askBlock(w)
}

// askBlock blocks after a question.
func (a *App) askBlock(w who) {
	a.confirm(a.blockQuestion(w), func(a *App) {
		if acc := a.c.Account(w.account); acc != nil {
			acc.Block(w.jid)
		}
	})
}

// blockQuestion words what a block does on this server.
func (a *App) blockQuestion(w who) string {
	if b := a.m.blocked[w.account]; b.Known && !b.Offered {
		return catalog.T("confirm.block-here", w.jid)
	}
	return catalog.T("confirm.block", w.jid)
}

func (a *App) cmdUnblock(args string) {
	word, _, _ := strings.Cut(args, " ")
	if word == "" {
		a.openBlocked()
		return
	}
	a.withAccount(func(acc *session.Account) { acc.Unblock(strings.TrimPrefix(word, "xmpp:")) })
}

// blockSelected blocks who is marked in a list.
func (a *App) blockSelected() {
	if a.focus == inPeople {
		c, ok := a.m.open()
		o, marked := a.people.selected()
		switch {
		case ok && marked && !o.Self && o.RealJID != "":
			a.askBlock(who{c.Account, o.RealJID})
			return
		case ok && marked && !o.Self:
			a.askBlock(who{c.Account, c.JID + "/" + o.Nick})
			return
		case ok && !marked && c.Kind == store.Direct:
			a.askBlock(who{c.Account, c.JID})
			return
		}
		a.say(catalog.T("why.nobody"))
		return
	}
	r, ok := a.roster.selected()
	switch {
	case ok && r.kind == rowChat:
		if c, found := a.m.find(r.chat); found && c.Kind == store.Private {
			r.who.jid += "/" + c.Nick
		}
		a.askBlock(r.who)
	case ok && r.kind == rowContact:
		a.askBlock(r.who)
	case ok && r.kind == rowRequest:
		a.openStrangers(who{})
	default:
		a.say(catalog.T("why.nobody"))
	}
}

// blockedList lists whom an account blocks.
type blockedList struct {
	l    *look
	m    *model
	rows []blockedRow
	scroller
}

type blockedRow struct {
	who  who
	here bool
}

func (a *App) openBlocked() {
	d := &blockedList{l: a.look, m: a.m}
	d.rebuild()
	a.dialog = d
}

func (d *blockedList) rebuild() {
	d.rows = d.rows[:0]
	for _, acc := range d.m.accounts {
		for _, b := range d.m.blocked[acc.ID].List {
			d.rows = append(d.rows, blockedRow{who{acc.ID, b.JID}, b.Here})
		}
	}
	d.move(0, len(d.rows))
}

func (d *blockedList) lists() bool { return true }

func (d *blockedList) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if d.scroller.key(name, len(d.rows)) {
		return true
	}
	switch name {
	case "Esc", "q":
		a.closeDialog()
	case "d", "u", "Delete":
		if d.cursor >= len(d.rows) || len(d.rows) == 0 {
			return true
		}
		w := d.rows[d.cursor].who
		a.confirm(catalog.T("confirm.unblock", w.jid), func(a *App) {
			if acc := a.c.Account(w.account); acc != nil {
				acc.Unblock(w.jid)
			}
			a.openBlocked()
		})
		a.dialog.(*confirmation).no = (*App).openBlocked
	default:
		return false
	}
	return true
}

func (d *blockedList) paste(*App, string) {}

// state says where the lists are enforced; "": at the servers.
func (d *blockedList) state() string {
	for _, acc := range d.m.accounts {
		switch b := d.m.blocked[acc.ID]; {
		case !b.Known:
			return catalog.T("blocked.unknown")
		case !b.Offered:
			return catalog.T("blocked.offer")
		}
	}
	return ""
}

func (d *blockedList) draw(s tcell.Screen, all rect) {
	w := max(10, min(76, all.w-6))
	var state []string
	if words := d.state(); words != "" {
		state = text.Wrap(words, w)
	}
	keys := text.Wrap(catalog.T("blocked.keys"), w)
	rows := max(1, min(len(d.rows), all.h-len(state)-len(keys)-5))
	in := frameOf(s, d.l, middle(all, w+4, rows+len(state)+len(keys)+3), catalog.T("blocked.title"))
	for i, line := range state {
		put(s, in.x, in.y+i, in.w, line, d.l.Dim)
	}
	if len(d.rows) == 0 {
		put(s, in.x, in.y+len(state), in.w, text.Fit(catalog.T("blocked.nobody"), in.w), d.l.Dim)
	}
	from, to := d.fit(len(d.rows), rows)
	for at := from; at < to; at++ {
		y := in.y + len(state) + at - from
		style, dim := d.l.Text, d.l.Dim
		if at == d.cursor {
			fill(s, rect{in.x, y, in.w, 1}, d.l.Selected)
			style, dim = on(style, d.l.Selected), on(dim, d.l.Selected)
		}
		r := d.rows[at]
		x := in.x + put(s, in.x, y, in.w, text.Fit(text.Name(r.who.jid), in.w), style)
		if room := in.x + in.w - x - 2; r.here && room > 4 {
			put(s, x+2, y, room, text.Fit(catalog.T("blocked.here"), room), dim)
		}
	}
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
	}
}

// blockedChanged follows the block list of an account.
func (a *App) blockedChanged(e session.BlockedChanged) {
	a.m.blocked[e.Account] = e
	if d, ok := a.dialog.(*blockedList); ok {
		d.rebuild()
	}
}
