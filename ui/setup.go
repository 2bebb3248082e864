package ui

import (
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// setup is the form of a new account: address and password, the rest folded.
type setup struct {
	l        *look
	keep     keeping
	config   string
	fields   []field // in the order of setupLabels
	at       int
	direct   bool
	advanced bool
	trouble  string
	waits    string // the account that is being tried; empty: none
	progress []string
	first    bool
	signup   signup // a new account is made
}

// The rows of the form. Switches are rows too.
const (
	setupAddress = iota
	setupPassword
	setupAgain // of a new account
	setupKeep
	setupAdvanced
	setupHost
	setupPort
	setupDirect
	setupResource
	setupRows
)

var setupLabels = [setupRows]string{"setup.address", "setup.password", "setup.again", "setup.keep", "setup.advanced", "setup.host", "setup.port", "setup.direct", "setup.resource"}

func (a *App) openSetup() {
	s := &setup{l: a.look, keep: a.newKeeping(store.Unsaid), config: a.opt.Config, fields: make([]field, setupRows), first: len(a.m.accounts) == 0}
	s.fields[setupPassword].secret, s.fields[setupAgain].secret = true, true
	a.dialog = s
}

func (f *setup) setAddress(jid string) {
	f.fields[setupAddress].set(jid)
	f.at = setupPassword
}

// shown says whether a row is part of the form now.
func (f *setup) shown(row int) bool {
	switch {
	case row == setupKeep:
		return f.keep.offered()
	case row == setupAgain:
		return f.signup.on
	}
	return row <= setupAdvanced || f.advanced
}

func (f *setup) isSwitch(row int) bool {
	return row == setupKeep || row == setupAdvanced || row == setupDirect
}

func (f *setup) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if f.signupKey(a, name, ev) {
		return true
	}
	switch name {
	case "Esc":
		if f.first && f.waits == "" {
			f.trouble = catalog.T("setup.needed")
			return true
		}
		a.closeDialog()
		a.followLater()
		return true
	case "Tab", "Down":
		f.move(1)
		return true
	case "Shift-Tab", "Up":
		f.move(-1)
		return true
	case "Enter":
		if f.at == setupAdvanced {
			f.toggle()
		} else {
			f.submit(a)
		}
		return true
	}
	if f.isSwitch(f.at) {
		switch {
		case name == "Space", name == "Right" && f.at == setupKeep:
			f.toggle()
		case name == "Left" && f.at == setupKeep:
			f.keep.step(-1)
		default:
			return false
		}
		return true
	}
	if f.at == setupPassword || f.at == setupAgain {
		f.hidePassword()
	}
	f.trouble = ""
	return f.fields[f.at].key(ev)
}

func (f *setup) toggle() {
	switch f.at {
	case setupKeep:
		f.keep.step(1)
	case setupAdvanced:
		f.advanced = !f.advanced
	case setupDirect:
		f.direct = !f.direct
	}
}

func (f *setup) move(step int) {
	for {
		f.at = (f.at + step + setupRows) % setupRows
		if f.shown(f.at) {
			return
		}
	}
}

func (f *setup) paste(_ *App, t string) {
	if f.signup.form != nil {
		f.signup.form.paste(t)
		return
	}
	if !f.isSwitch(f.at) {
		f.fields[f.at].insert(strings.TrimSpace(text.Line(t)))
	}
}

// check says what is wrong with the address; empty: nothing.
func (f *setup) check() string {
	jid := strings.TrimSpace(f.fields[setupAddress].text())
	switch {
	case jid == "":
		return ""
	case !session.ValidAddress(jid):
		return catalog.T("setup.bad-address")
	}
	return ""
}

// submit writes the account and connects it.
func (f *setup) submit(a *App) {
	jid := strings.TrimSpace(f.fields[setupAddress].text())
	if jid == "" || f.check() != "" {
		f.at, f.trouble = setupAddress, catalog.T("setup.bad-address")
		return
	}
	if f.signup.on && !f.passwordTwice() {
		return
	}
	if f.fields[setupPassword].text() == "" {
		if f.at == setupPassword {
			f.trouble = catalog.T("setup.no-password")
		}
		f.at = setupPassword
		return
	}
	cfg := store.AccountConfig{JID: jid, Host: strings.TrimSpace(f.fields[setupHost].text()), Resource: strings.TrimSpace(f.fields[setupResource].text())}
	if p := strings.TrimSpace(f.fields[setupPort].text()); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			f.at, f.trouble = setupPort, catalog.T("setup.bad-port")
			return
		}
		cfg.Port = n
	}
	if f.direct {
		cfg.TLS = "direct"
	}
	a.kept(f.keep.place(), func(a *App) { f.login(a, cfg) })
}

// login writes the account, or asks for a new one; the place of the password is ready.
func (f *setup) login(a *App, cfg store.AccountConfig) {
	if f.signup.on {
		f.sign(a, cfg)
		return
	}
	jid := cfg.JID
	f.waits, f.progress, f.trouble = strings.ToLower(jid), nil, ""
	for _, i := range a.m.accounts {
		if strings.EqualFold(i.JID, jid) {
			// It is there already, from a try before: only the password is new.
			f.retry(a, i)
			return
		}
	}
	a.c.AddAccount(cfg, f.fields[setupPassword].text(), f.keep.place())
}

// retry answers the account's own question with what is typed here.
func (f *setup) retry(a *App, i session.AccountInfo) {
	acc := a.c.Account(i.ID)
	if acc == nil {
		return
	}
	if p := a.waiting; p != nil && p.Account == i.ID && p.Kind == session.AskPassword {
		acc.Reply(p.ID, session.Reply{Password: f.fields[setupPassword].text(), Keep: f.keep.place()})
		a.waiting = nil
		return
	}
	acc.Connect()
}

// setupProgress shows in the form how far the new account is.
func (a *App) setupProgress(i session.AccountInfo) {
	f, ok := a.dialog.(*setup)
	if !ok || f.waits == "" || !strings.EqualFold(i.JID, f.waits) {
		return
	}
	switch i.Link {
	case session.Online:
		a.dialog = nil
		a.account = i.ID
		a.say(catalog.T("setup.done", i.JID, i.TLS, i.Mechanism, catalog.Count(i.Roster)))
		a.followLater()
		return
	case session.Offline, session.Waiting:
		if i.Problem != nil {
			f.trouble = catalog.Problem(*i.Problem, i.JID).String()
			f.progress = nil
			if i.Problem.Code == "auth-failed" {
				f.at = setupPassword
			}
		}
		return
	}
	line := catalog.T(linkCodes[i.Link])
	if len(f.progress) == 0 || f.progress[len(f.progress)-1] != line {
		f.progress, f.trouble = append(f.progress, line), ""
	}
}

// setupRefused shows in the form why an account was not taken.
func (a *App) setupRefused(p *session.Problem) {
	if f, ok := a.dialog.(*setup); ok && f.waits != "" {
		f.trouble, f.waits = catalog.Problem(*p, "").String(), ""
	}
}

func (f *setup) draw(s tcell.Screen, all rect) {
	if f.signup.form != nil {
		f.drawAsked(s, all)
		return
	}
	h, title, intro, keys := 12, "setup.title", "setup.intro", "setup.keys"
	if f.signup.on {
		h, title, intro, keys = 14, "signup.title", "signup.intro", "signup.keys"
	}
	if f.advanced {
		h += 4
	}
	if f.keep.offered() {
		h++
	}
	in := frameOf(s, f.l, middle(all, 64, h), catalog.T(title))
	y := in.y
	line := func(t string, st tcell.Style) {
		for _, t := range text.Wrap(t, in.w) {
			if y < in.y+in.h {
				put(s, in.x, y, in.w, t, st)
				y++
			}
		}
	}
	if all.h >= 14 {
		line(catalog.T(intro), f.l.Dim)
		y++
	}
	var cursor func()
	for row := range setupRows {
		if !f.shown(row) || y >= in.y+in.h {
			continue
		}
		style := f.l.Text
		if row == f.at {
			style = f.l.Title
		}
		lw := min(16, in.w/3)
		switch {
		case row == setupAdvanced:
			mark := f.l.mark("▸", ">")
			if f.advanced {
				mark = f.l.mark("▾", "v")
			}
			put(s, in.x, y, in.w, mark+" "+catalog.T(setupLabels[row]), style)
		case row == setupKeep:
			put(s, in.x, y, lw, catalog.T(setupLabels[row]), style)
			put(s, in.x+lw+1, y, in.w-lw-1, f.keep.words(f.l), style)
		case f.isSwitch(row):
			box := "[ ] "
			if row == setupDirect && f.direct {
				box = "[x] "
			}
			put(s, in.x, y, in.w, box+catalog.T(setupLabels[row]), style)
		default:
			put(s, in.x, y, lw, catalog.T(setupLabels[row]), style)
			r := rect{in.x + lw + 1, y, in.w - lw - 1, 1}
			fl := &f.fields[row]
			fl.draw(s, r, f.l.Input.Underline(true))
			if row == f.at {
				cursor = func() { fl.draw(s, r, f.l.Input.Underline(true)) }
			}
		}
		y++
	}
	y++
	switch {
	case f.trouble != "":
		line(f.trouble, f.l.Error)
	case f.check() != "" && f.at != setupAddress:
		line(f.check(), f.l.Error)
	case f.signup.made:
		line(catalog.T("signup.made"), f.l.Notice)
	case len(f.progress) > 0:
		line(strings.Join(f.progress, " · ")+" …", f.l.Notice)
	case f.config != "":
		line(catalog.T("setup.where", f.config), f.l.Dim)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T(keys), f.l.Hint)
	s.HideCursor()
	if cursor != nil {
		cursor()
	}
}
