package ui

import (
	"cmp"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// dialog lies above the panes and has all keys until it is closed.
type dialog interface {
	draw(s tcell.Screen, all rect)
	// key handles a key; false: it does nothing here.
	key(a *App, ev *tcell.EventKey) bool
	// paste takes pasted text.
	paste(a *App, text string)
}

// key sees every key before tview: it decides all and gives nothing on, so that
// no key of tview's own (Ctrl-C ends a tview program) does anything.
func (a *App) key(ev *tcell.EventKey) *tcell.EventKey {
	if a.lock != nil {
		a.lockKey(ev)
		return nil
	}
	name := keyName(ev)
	a.lastKey = a.opt.Now()
	a.keysSeen++
	quitting := a.quitPressed
	a.quitPressed = false
	switch {
	case name == "Ctrl-C":
		a.interrupt(quitting)
	case a.dialog != nil:
		a.dialogKey(ev)
	default:
		a.note.seen(name)
		a.paneKey(name, ev)
	}
	a.settle()
	return nil
}

// interrupt closes what is open, then empties the input, then asks, then quits.
func (a *App) interrupt(second bool) {
	switch {
	case a.dialog != nil:
		a.closeDialog()
	case a.aim != nil:
		a.endAim()
	case a.composer.text() != "":
		a.composer.keep()
		a.composer.set("")
	case second:
		a.Quit()
	default:
		a.quitPressed = true
		a.say(catalog.T("quit.again"))
	}
}

func (a *App) paneKey(name string, ev *tcell.EventKey) {
	if a.focus == inComposer && a.popup != nil && a.popup.key(a, name) {
		return
	}
	switch { // a search in a list has every key of its own but those that work anywhere
	case a.focus == inRoster && a.roster.filtering() && (a.keys.key(name, inRoster) == nil || typed(ev)):
		a.roster.key(ev)
		return
	case a.focus == inPeople && a.people.filtering() && (a.keys.key(name, inPeople) == nil || typed(ev)):
		a.people.key(ev)
		return
	case name == "Esc":
		a.escape()
		return
	}
	// Ctrl-F moves right in a text, as in readline.
	if name == "Ctrl-F" && a.focus == inComposer && a.composer.text() != "" {
		a.composer.key(ev)
		return
	}
	// At the end of the input Ctrl-K jumps; inside it cuts to the end, as in readline.
	if name == "Ctrl-K" && a.focus == inComposer && !a.composer.atEnd() {
		a.composer.key(ev)
		return
	}
	if a.chord { // the second key of two
		a.chord = false
		name = "Ctrl-X " + name
	} else if name == "Ctrl-X" {
		a.chord = true
		return
	}
	if name == "Up" && a.focus == inComposer && a.composer.text() != "" {
		a.composer.key(ev)
		return
	}
	if strings.HasPrefix(name, "Alt-") && len(name) == 5 && name[4] >= '0' && name[4] <= '9' {
		a.chatNumber(int(name[4]-'0'+9) % 10)
		return
	}
	if x := a.keys.key(name, a.focus); x != nil {
		a.do(x, "")
		return
	}
	switch a.focus {
	case inRoster:
		a.rosterKey(name, ev)
	case inPeople:
		a.peopleKey(name, ev)
	case inSelection:
		a.selectionKey(name, ev)
	default:
		a.composer.key(ev)
	}
}

// do runs an action, or says why it cannot be done now.
func (a *App) do(x *action, args string) {
	if why := a.cannot(x); why != "" {
		a.say(catalog.T(why))
		return
	}
	x.run(a, args)
}

func (a *App) escape() {
	switch {
	case a.focus == inSelection:
		a.endSelect()
	case a.focus != inComposer:
		a.focus = inComposer
	case a.aim != nil:
		a.endAim()
	case a.note.open():
		a.note.clear()
	case !a.timeline.atEnd():
		a.toEnd()
	case a.narrow():
		a.focus = inRoster
	}
}

// narrow says that only one pane fits.
func (a *App) narrow() bool {
	w, _ := a.t.Screen.Size()
	return w < twoPanes
}

// tab completes a word; without one it goes to the next pane.
func (a *App) tab(step int) {
	if a.composer.text() != "" {
		a.complete()
		return
	}
	panes := []place{inComposer, inRoster}
	if a.m.chat != 0 {
		panes = append(panes, inPeople)
	}
	for i, p := range panes {
		if p == a.focus {
			a.focus = panes[(i+step+len(panes))%len(panes)]
			return
		}
	}
	a.focus = inComposer
}

func (a *App) rosterKey(name string, ev *tcell.EventKey) {
	switch name {
	case "Tab", "Shift-Tab":
		a.focus = inComposer
		if name == "Tab" && a.m.chat != 0 {
			a.focus = inPeople
		}
	case "Enter", "Right", "l":
		a.openRow()
	case "a":
		a.focus = inComposer
		a.composer.set("/add ")
	case "d":
		if r, ok := a.roster.selected(); ok {
			a.removeRow(r)
		}
	case "r":
		if r, ok := a.roster.selected(); ok && r.kind == rowContact {
			a.focus = inComposer
			a.composer.set("/rename " + r.who.jid + " ")
		}
	case "m":
		if r, ok := a.roster.selected(); ok && r.kind == rowContact {
			a.focus = inComposer
			a.composer.set("/group " + r.who.jid + " ")
		}
	case "i":
		if r, ok := a.roster.selected(); ok && r.kind != rowGroup && r.kind != rowRequest {
			a.whois(r.who.account, 0, r.who.jid)
		}
	case "?":
		a.openHelp()
	default:
		a.roster.key(a.keys.asMove(ev))
	}
}

// openRow opens what is selected in the roster.
func (a *App) openRow() {
	r, ok := a.roster.selected()
	if !ok {
		return
	}
	switch r.kind {
	case rowGroup:
		a.roster.fold()
	case rowChat:
		a.show(r.chat)
		a.focus = inComposer
	case rowContact:
		a.openDirect(r.who)
	case rowRequest:
		a.openStrangers(who{})
	}
}

// removeRow closes a chat, or asks before a contact goes.
func (a *App) removeRow(r rosterRow) {
	switch r.kind {
	case rowChat:
		if c, ok := a.m.find(r.chat); ok {
			if acc := a.c.Account(c.Account); acc != nil {
				acc.CloseChat(c.ID)
			}
		}
	case rowContact:
		a.confirm(catalog.T("confirm.remove", r.who.jid), func(a *App) {
			if acc := a.c.Account(r.who.account); acc != nil {
				acc.RemoveContact(r.who.jid)
			}
		})
	}
}

func (a *App) peopleKey(name string, ev *tcell.EventKey) {
	switch name {
	case "Tab", "Shift-Tab":
		a.focus = inComposer
		if name == "Shift-Tab" {
			a.focus = inRoster
		}
	case "Enter":
		if o, ok := a.people.selected(); ok && !o.Self {
			a.withChat(func(acc *session.Account, c store.Chat) { acc.OpenPrivate(c.ID, o.Nick) })
		}
	case "i":
		if o, ok := a.people.selected(); ok {
			a.withChat(func(acc *session.Account, c store.Chat) { acc.Whois(c.ID, o.Nick) })
		} else {
			a.askPerson()
		}
	case "m":
		if o, ok := a.people.selected(); ok {
			a.focus = inComposer
			a.composer.insert(o.Nick + ": ")
		}
	default:
		a.people.key(a.keys.asMove(ev))
	}
}

// PasteHandler takes a paste as one piece of text, whatever it holds: it is put
// into the input and can be edited; it is never a command and never sent by itself.
func (r *root) PasteHandler() func(string, func(p tview.Primitive)) {
	return r.WrapPasteHandler(func(t string, _ func(p tview.Primitive)) {
		if r.a.lock != nil {
			r.a.lockPaste(t)
			return
		}
		if r.a.dialog != nil {
			r.a.dialog.paste(r.a, t)
		} else {
			r.a.focus = inComposer
			r.a.composer.paste(t)
		}
		r.a.settle()
	})
}

// typed follows every change of the input.
func (a *App) typed() {
	a.refreshPopup()
	a.saveSoon()
	c, ok := a.m.open()
	if !ok {
		return
	}
	t := a.composer.text()
	if acc := a.c.Account(c.Account); acc != nil {
		acc.Composing(c.ID, t != "" && !a.isCommand(t))
	}
}

// isCommand says whether the input would be run and not said.
func (a *App) isCommand(t string) bool {
	return strings.HasPrefix(t, "/") && !strings.HasPrefix(t, "//") && !strings.HasPrefix(t, "/me ") && !strings.Contains(t, "\n") && !a.composer.pasted()
}

// enter sends the line, or runs it.
func (a *App) enter() {
	t := a.composer.text()
	if strings.TrimSpace(t) == "" {
		a.fillVisible()
		return
	}
	if a.isCommand(t) {
		a.composer.keep()
		a.composer.set("")
		a.run(t)
		return
	}
	if strings.HasPrefix(t, "//") {
		t = t[1:]
	}
	c, ok := a.m.open()
	if !ok {
		a.sayProblem(session.Problem{Code: "no-chat"}, "")
		return
	}
	acc := a.c.Account(c.Account)
	if acc == nil {
		return
	}
	if a.m.saving != nil {
		a.sayProblem(*a.m.saving, acc.JID()) // the line stays where it is
		return
	}
	id, ok := a.utter(acc, c.ID, t)
	if !ok {
		return // the text stays; the account said why
	}
	a.pending[id] = t
	a.uttered()
}

// refusedLine gives the text of a line that was not taken back to the input.
func (a *App) refusedLine(e session.Refused) {
	said := cmp.Or(a.pending[e.LocalID], e.Body) // a spoiler with its hint
	delete(a.pending, e.LocalID)
	join := func(text string) string {
		if text == "" {
			return said
		}
		return text + "\n" + said // several lines may come back, in their order
	}
	if e.Chat == a.m.chat {
		a.composer.set(join(a.composer.text()))
	} else {
		for i := range a.m.chats {
			if a.m.chats[i].ID == e.Chat {
				a.m.chats[i].Draft = join(a.m.chats[i].Draft)
				if acc := a.c.Account(e.Account); acc != nil {
					acc.SaveDraft(e.Chat, a.m.chats[i].Draft)
				}
			}
		}
	}
	a.sayProblem(e.Problem, "")
}
