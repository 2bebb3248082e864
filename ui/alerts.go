package ui

import (
	"slices"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// waits says whether the user is told when somebody comes.
func (m *model) waits(w who) bool { return slices.Contains(m.alerts[w.account], w.jid) }

// cmdAlert takes "/alert", "/alert address" and "/alert off address".
func (a *App) cmdAlert(args string) {
	word, rest, _ := strings.Cut(args, " ")
	switch {
	case args == "":
		a.listAlerts()
	case word == "off":
		if w, ok := a.target(strings.TrimSpace(rest)); ok {
			a.setAlert(w, false)
		}
	default:
		if w, ok := a.target(args); ok {
			a.setAlert(w, true)
		}
	}
}

func (a *App) setAlert(w who, on bool) {
	if acc := a.c.Account(w.account); acc != nil {
		acc.Alert(w.jid, on)
	}
}

// toggleAlert is the key of the lists: on the selected contact or the open chat.
func (a *App) toggleAlert() {
	if w, ok := a.pointed(); ok {
		a.setAlert(w, !a.m.waits(w))
		return
	}
	a.say(catalog.T("why.no-person"))
}

// pointed is the person that the cursor of a list is on, else of the open chat.
func (a *App) pointed() (who, bool) {
	if a.focus == inRoster {
		r, ok := a.roster.selected()
		if !ok || r.kind == rowGroup {
			return who{}, false
		}
		if c, is := a.m.find(r.chat); r.kind == rowChat && (!is || c.Kind != store.Direct) {
			return who{}, false
		}
		return r.who, true
	}
	c, ok := a.m.open()
	return who{c.Account, c.JID}, ok && c.Kind == store.Direct
}

func (a *App) listAlerts() {
	var lines []noteLine
	for _, acc := range a.m.accounts {
		for _, jid := range a.m.alerts[acc.ID] {
			lines = append(lines, noteLine{text: a.m.name(who{acc.ID, jid}) + "  " + text.Line(jid), style: a.look.Notice})
		}
	}
	if len(lines) == 0 {
		a.say(catalog.T("alert.none"))
		return
	}
	a.note.put(append(lines, noteLine{text: catalog.T("alert.how"), style: a.look.Dim})...)
}

// came tells that somebody the user waited for is there.
func (a *App) came(e session.Came) {
	w := who{e.Account, e.JID}
	a.cameLast = w
	name := a.m.name(w)
	a.note.put(noteLine{text: catalog.T("alert.came", name, a.keyOf("alert.open")), style: a.look.Notice})
	a.notify(notification{account: e.Account, title: name, said: catalog.T("alert.here"), hook: hookEvent{Event: "came", Chat: e.JID, From: name}})
}

// openCame opens the chat with who came last.
func (a *App) openCame() {
	if a.cameLast.jid == "" {
		a.say(catalog.T("alert.nobody"))
		return
	}
	a.openDirect(a.cameLast)
}

// keyOf is the first key of an action, or its command.
func (a *App) keyOf(name string) string {
	for _, x := range a.actions {
		if x.name == name && len(x.keys) > 0 {
			return x.keys[0]
		}
	}
	return "/" + name
}
