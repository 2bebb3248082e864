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

// commandList lists what can be done at an address (XEP-0050): / finds, a names
// another address, Enter runs the command under the cursor.
type commandList struct {
	l         *look
	account   store.AccountID
	addresses []string // that were asked
	id        string   // of the request
	all, rows []session.Command
	find      finder
	address   *field // another one is typed; nil: the keys are those of the list
	done      bool
	more      bool
	problem   string
	scroller
}

// commandTargets is how many devices of a contact are asked.
const commandTargets = 8

// cmdAdhoc lists the commands of an address; without one those of what is open:
// a room's service and the room, a contact's devices, else our server.
func (a *App) cmdAdhoc(args string) {
	a.withAccount(func(acc *session.Account) {
		d := &commandList{l: a.look, account: acc.ID()}
		a.note.clear()
		a.dialog = d
		if args = strings.TrimSpace(args); args != "" {
			d.ask(a, strings.TrimPrefix(args, "xmpp:"))
			return
		}
		d.ask(a, a.commandsOf(acc)...)
	})
}

// commandsOf are the addresses that belong to what is open.
func (a *App) commandsOf(acc *session.Account) []string {
	domain := func(jid string) string {
		bare, _, _ := strings.Cut(jid, "/")
		return bare[strings.LastIndex(bare, "@")+1:]
	}
	c, ok := a.m.open()
	switch {
	case !ok || c.Account != acc.ID() || c.Kind == store.Self || c.JID == "":
		return []string{domain(acc.JID())}
	case c.Kind == store.Room:
		list := []string{domain(c.JID)}
		local, service, _ := strings.Cut(c.JID, "@")
		if at := strings.LastIndex(local, "%"); at >= 0 { // of a gateway: the server behind it has some, too
			list = append(list, local[at+1:]+"@"+service)
		}
		return append(list, c.JID)
	case c.Kind == store.Private:
		return []string{c.JID + "/" + c.Nick}
	}
	var list []string
	for _, r := range a.m.presence[who{c.Account, c.JID}] {
		if r.Name != "" && len(list) < commandTargets {
			list = append(list, c.JID+"/"+r.Name)
		}
	}
	if len(list) == 0 {
		return []string{c.JID}
	}
	return list
}

// ask asks other addresses.
func (d *commandList) ask(a *App, addresses ...string) {
	*d = commandList{l: d.l, account: d.account, addresses: addresses}
	if acc := a.c.Account(d.account); acc != nil {
		d.id = acc.Commands(addresses...)
	}
}

// commandsListed brings the open list up to date.
func (a *App) commandsListed(e session.CommandsListed) {
	d, ok := a.dialog.(*commandList)
	if !ok || d.id != e.ID {
		return
	}
	d.all, d.more, d.done = e.List, e.More, e.Done
	if e.Problem != nil {
		d.problem = a.problemOf(d.account, *e.Problem)
	}
	d.filter()
}

// problemOf words a problem of an account.
func (a *App) problemOf(id store.AccountID, p session.Problem) string {
	account := ""
	if acc, ok := a.m.account(id); ok {
		account = acc.JID
	}
	return catalog.Problem(p, account).String()
}

func (d *commandList) filter() {
	words := strings.Fields(strings.ToLower(d.find.text))
	d.rows = d.rows[:0]
	for _, c := range d.all {
		t := strings.ToLower(c.Name + " " + c.Node + " " + c.JID)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(t, w) }) {
			d.rows = append(d.rows, c)
		}
	}
	d.move(0, len(d.rows))
}

func (d *commandList) lists() bool { return !d.find.on && d.address == nil }

func (d *commandList) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	switch {
	case d.address != nil:
		return d.addressKey(a, ev, name)
	case d.find.on:
		switch d.find.key(name, ev) {
		case edited:
			d.cursor, d.top = 0, 0
			d.filter()
			return true
		case given:
			d.find = finder{}
			d.filter()
			return true
		case taken:
			d.find.on = false
			return true
		}
	}
	if d.scroller.key(name, len(d.rows)) {
		return true
	}
	switch name {
	case "/":
		d.find.on = true
	case "a":
		d.address = &field{}
		d.address.set(d.addresses[0])
	case "Esc", "q":
		if d.find.text != "" {
			d.find = finder{}
			d.filter()
			return true
		}
		a.closeDialog()
	case "Enter":
		if d.cursor >= 0 && d.cursor < len(d.rows) {
			a.runCommand(d, d.rows[d.cursor])
		}
	default:
		return false
	}
	return true
}

// addressKey edits the address that is to be asked.
func (d *commandList) addressKey(a *App, ev *tcell.EventKey, name string) bool {
	switch name {
	case "Esc":
		d.address = nil
	case "Enter":
		if t := strings.TrimSpace(d.address.text()); t != "" {
			d.ask(a, strings.TrimPrefix(t, "xmpp:"))
		}
	default:
		return d.address.key(ev)
	}
	return true
}

func (d *commandList) paste(_ *App, t string) {
	switch {
	case d.address != nil:
		d.address.insert(strings.TrimSpace(text.Line(t)))
	case d.find.on:
		d.find.text += text.Line(t)
		d.filter()
	}
}

func (d *commandList) draw(s tcell.Screen, all rect) {
	s.HideCursor()
	w := max(10, min(76, all.w-6))
	code := "adhoc.keys"
	if d.address != nil {
		code = "adhoc.address-keys"
	}
	keys := text.Wrap(catalog.T(code), w)
	head, style := []string{catalog.Plural("adhoc.count", len(d.rows))}, d.l.Dim
	switch {
	case d.problem != "":
		head, style = text.Wrap(d.problem, w), d.l.Error
	case d.more:
		head[0] = catalog.T("adhoc.more", catalog.Count(len(d.all)))
	case !d.done:
		head[0] = catalog.T("adhoc.asking")
	}
	rows := max(1, min(max(1, len(d.rows)), all.h-len(keys)-len(head)-6))
	in := frameOf(s, d.l, middle(all, w+4, rows+len(keys)+len(head)+4), catalog.T("adhoc.title", text.Line(strings.Join(d.addresses, ", "))))
	y := in.y
	switch {
	case d.address != nil:
		n := put(s, in.x, y, in.w, catalog.T("adhoc.address")+" ", d.l.Text)
		d.address.draw(s, rect{in.x + n, y, max(1, in.w-n), 1}, d.l.Input.Underline(true))
	case d.find.on || d.find.text != "":
		d.find.draw(s, d.l, rect{in.x - 1, y, in.w, 1}, d.find.on)
	default:
		for i, line := range head {
			put(s, in.x, y+i, in.w, line, style)
		}
	}
	y += len(head)
	several := slices.ContainsFunc(d.rows, func(c session.Command) bool { return c.JID != d.rows[0].JID })
	from, to := d.fit(len(d.rows), rows)
	for at := from; at < to; at++ {
		style, dim := d.l.Text, d.l.Dim
		if at == d.cursor {
			fill(s, rect{in.x, y + at - from, in.w, 1}, d.l.Selected)
			style, dim = on(style, d.l.Selected), on(dim, d.l.Selected)
		}
		c := d.rows[at]
		n := put(s, in.x, y+at-from, in.w, text.Fit(commandName(c), in.w), style)
		if room := in.w - n - 2; several && room > 4 {
			put(s, in.x+n+2, y+at-from, room, text.Fit(text.Line(c.JID), room), dim)
		}
	}
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
	}
	if d.cursor >= len(d.rows) || d.cursor < 0 {
		return
	}
	if name := commandName(d.rows[d.cursor]); text.Width(name) > in.w { // two that begin alike are told apart
		for i, line := range twoLines(name, in.w) {
			put(s, in.x, in.y+in.h-len(keys)-2+i, in.w, line, d.l.Dim)
		}
	}
}

func commandName(c session.Command) string { return strings.TrimSpace(text.Line(c.Name)) }
