package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// followURI takes an xmpp: link, from the command line, a message or /link. It
// shows what the link asks for, filled in; nothing happens before Enter.
func (a *App) followURI(s string) {
	u, wrong := session.ParseURI(s)
	if wrong != nil {
		a.sayProblem(*wrong, "")
		return
	}
	if u.Action == session.URIRegister || u.Register && len(a.m.accounts) == 0 {
		a.inviteURI(u, s)
		return
	}
	_, asked := a.dialog.(*setup)
	if asked || len(a.m.accounts) == 0 {
		a.uri = s // when there is somebody to follow it
		if !asked {
			a.openSetup()
		}
		a.say(catalog.T("link.later"))
		return
	}
	a.openURI(u)
}

// followLater follows the link that waited for an account.
func (a *App) followLater() {
	if s := a.uri; s != "" {
		a.uri = ""
		a.followURI(s)
	}
}

// uriDialog is what a link says as a form.
type uriDialog struct {
	l    *look
	u    session.URI
	form *form
}

// The fields of the form.
const (
	uriAccount  = "account"
	uriDo       = "do"
	uriNick     = "nick"
	uriPassword = "password"
	uriName     = "name"
	uriGroup    = "group"
)

func (a *App) openURI(u session.URI) {
	d := &uriDialog{l: a.look, u: u}
	var f session.Form
	say := func(code string, args ...string) {
		f.Fields = append(f.Fields, session.Field{Type: session.Fixed, Values: []string{catalog.T(code, args...)}})
	}
	add := func(field session.Field, label, value string) {
		field.Label, field.Values = catalog.T(label), []string{value}
		f.Fields = append(f.Fields, field)
	}
	act := a.acting()
	say("link.names", u.Bare)
	if len(a.m.accounts) > 1 {
		as := session.Field{Var: uriAccount, Type: session.ListSingle, Required: true}
		chosen := ""
		for _, i := range a.m.accounts {
			as.Options = append(as.Options, session.Option{Value: i.JID})
			if strings.EqualFold(i.JID, u.Account) || chosen == "" && i.ID == act {
				chosen = i.JID
			}
			if strings.EqualFold(i.JID, u.Account) {
				act = i.ID
			}
		}
		add(as, "link.account", chosen)
	}
	if twin := a.m.twin(who{act, u.Bare}, ""); twin != "" {
		say("link.twin", twin)
	}
	do := u.Action
	if do == session.URIOpen {
		do = session.URIMessage
		if _, room := a.m.rooms[who{act, u.Bare}]; room {
			do = session.URIJoin
		}
		what := session.Field{Var: uriDo, Type: session.ListSingle, Required: true}
		for _, x := range []session.URIAction{session.URIMessage, session.URIJoin, session.URIRoster} {
			if strings.Contains(u.Bare, "@") || x == session.URIMessage {
				what.Options = append(what.Options, session.Option{Label: catalog.T("link.do-" + string(x)), Value: string(x)})
			}
		}
		add(what, "link.do", string(do))
	}
	switch u.Action {
	case session.URIJoin:
		add(session.Field{Var: uriNick, Type: session.TextSingle}, "link.nick", u.Resource)
		add(session.Field{Var: uriPassword, Type: session.TextPrivate}, "link.password", u.Password)
	case session.URIRoster, session.URISub:
		add(session.Field{Var: uriName, Type: session.TextSingle}, "link.name", u.Name)
		add(session.Field{Var: uriGroup, Type: session.TextSingle}, "link.group", u.Group)
		say("link.add")
		if u.Token != "" {
			say("link.token")
		}
	}
	if u.Text != "" {
		say("link.text")
		lines := strings.Split(text.Cut(text.Body(u.Text), 400), "\n")
		for _, line := range lines[:min(len(lines), 5)] {
			f.Fields = append(f.Fields, session.Field{Type: session.Fixed, Values: []string{"  " + line}})
		}
		if len(lines) > 5 {
			say("link.more")
		}
	}
	d.form = newForm(a.look, f)
	a.dialog = d
}

func (d *uriDialog) title() string {
	switch d.u.Action {
	case session.URIMessage, session.URIJoin, session.URIRoster:
		return catalog.T("link.do-" + string(d.u.Action))
	case session.URISub:
		return catalog.T("link.do-" + string(session.URIRoster))
	}
	return catalog.T("link.title")
}

func (d *uriDialog) draw(s tcell.Screen, all rect) {
	w := min(64, all.w)
	in := frameOf(s, d.l, middle(all, w, d.form.height(w-4)+4), d.title())
	d.form.draw(s, rect{in.x, in.y, in.w, in.h - 1})
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("link.keys"), d.l.Hint)
}

func (d *uriDialog) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Enter":
		if f, ok := d.form.result(); ok {
			d.obey(a, &f)
		}
	default:
		return d.form.key(ev)
	}
	return true
}

func (d *uriDialog) secretAsked() bool { return d.form.secretAsked() }

func (d *uriDialog) paste(_ *App, t string) { d.form.paste(t) }

// obey does what the user said yes to.
func (d *uriDialog) obey(a *App, f *session.Form) {
	u, id := d.u, a.acting()
	for _, i := range a.m.accounts {
		if i.JID == f.Value(uriAccount) {
			id = i.ID
		}
	}
	acc := a.c.Account(id)
	if acc == nil {
		return
	}
	do := u.Action
	if do == session.URIOpen {
		do = session.URIAction(f.Value(uriDo))
	}
	if i, ok := a.m.account(id); do != session.URIMessage && do != session.URIJoin && (!ok || i.Link != session.Online) {
		d.form.wrong = catalog.Problem(session.Problem{Code: "offline"}, i.JID).String() // the form stays for later
		return
	}
	a.closeDialog()
	switch do {
	case session.URIMessage:
		a.offered = offer{who{id, u.Bare}, u.Text}
		acc.OpenChat(u.Bare)
	case session.URIJoin:
		nick := f.Value(uriNick)
		if u.Action == session.URIOpen {
			nick = u.Resource
		}
		acc.Join(u.Bare, strings.TrimSpace(nick), f.Value(uriPassword))
	case session.URIRoster, session.URISub:
		var groups []string
		if g := strings.TrimSpace(f.Value(uriGroup)); g != "" {
			groups = []string{g}
		}
		acc.Welcome(u.Bare, strings.TrimSpace(f.Value(uriName)), groups, u.Token)
	}
}

// offer is a text for the input of a chat that is being opened.
type offer struct {
	to   who
	text string
}

// takeOffer puts the text that a link brought into the input, behind what stands
// there. It is text whatever it looks like, and nobody is told that it is typed.
func (a *App) takeOffer(account store.AccountID, key store.ChatKey) {
	o := a.offered
	if o.text == "" || key.Kind != store.Direct || o.to != (who{account, key.JID}) {
		return
	}
	a.offered = offer{}
	a.endAim()
	if t := a.composer.text(); t != "" {
		o.text = t + "\n" + o.text
	}
	a.composer.load(o.text)
	a.composer.fromPaste = true
	a.saveSoon()
}

func (a *App) cmdLink(args string) {
	if args == "" {
		a.usage("link")
		return
	}
	a.followURI(args)
}
