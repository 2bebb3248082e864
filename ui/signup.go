package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// signup is the part of the form of an account that makes a new one (XEP-0077).
type signup struct {
	on    bool
	made  bool                  // the password was made up, and is shown
	token string                // of an invitation
	pin   string                // of a certificate that the user trusts
	keep  bool                  // and for good
	reg   *session.Registration // nil: none runs
	cfg   store.AccountConfig   // that it is for
	asked *session.Form         // what the server wants to know
	form  *form                 // the same as it is shown; nil: it is not
	page  string                // a web page of the server's
	busy  bool                  // it has the form
}

// openSignup shows the form of a new account.
func (a *App) openSignup(address, token string) {
	f, ok := a.dialog.(*setup)
	if !ok || f.waits != "" {
		a.openSetup()
		f, _ = a.dialog.(*setup)
	}
	f.signup = signup{on: true, token: token}
	f.fields[setupAddress].set(address)
	f.at = setupAddress
	if strings.HasPrefix(address, "@") {
		f.fields[setupAddress].at = 0
	} else if address != "" {
		f.at = setupPassword
	}
}

// inviteURI follows the link of an invitation to a server.
func (a *App) inviteURI(u session.URI, s string) {
	_, domain, named := strings.Cut(u.Bare, "@")
	address := u.Bare
	switch {
	case u.Action != session.URIRegister: // the address is the inviter's
		address = "@" + domain
		a.uri = s // whom to know there comes next
	case !named:
		address = "@" + u.Bare
	}
	a.openSignup(address, u.Token)
}

// signupKey takes the keys that a new account has of its own.
func (f *setup) signupKey(a *App, name string, ev *tcell.EventKey) bool {
	switch {
	case name == "Ctrl-O" && f.pageToOpen() != "":
		back := a.dialog
		a.askOpen(f.pageToOpen())
		if c, ok := a.dialog.(*confirmation); ok {
			yes := c.yes
			c.yes = func(a *App) { yes(a); a.dialog = back }
			c.no = func(a *App) { a.dialog = back }
		}
	case f.signup.form != nil:
		f.askedKey(a, name, ev)
	case name == "Ctrl-N" && f.waits == "":
		f.dropSignup()
		f.signup = signup{on: !f.signup.on, token: f.signup.token}
		f.trouble, f.progress = "", nil
		f.hidePassword()
		f.fields[setupAgain].set("")
		if f.at == setupAgain {
			f.at = setupPassword
		}
	case name == "Esc" && f.signup.reg != nil:
		f.dropSignup()
		f.trouble, f.progress = "", nil
	case name == "Esc" && f.signup.on && f.first:
		return f.signupKey(a, "Ctrl-N", ev)
	default:
		return false
	}
	return true
}

// hidePassword hides what is typed; one that was made up begins anew.
func (f *setup) hidePassword() {
	if f.signup.made {
		f.signup.made = false
		f.fields[setupPassword] = field{secret: true}
		f.fields[setupAgain] = field{secret: true}
	}
}

// passwordTwice sees to a password that was typed twice, or makes one up; false:
// there is more to type.
func (f *setup) passwordTwice() bool {
	p, again := &f.fields[setupPassword], &f.fields[setupAgain]
	switch {
	case p.text() == "" && again.text() == "":
		made := session.NewPassword()
		p.set(made)
		again.set(made)
		p.secret, again.secret, f.signup.made = false, false, true
		f.at, f.trouble = setupPassword, ""
		return false
	case !usable(p.text()):
		f.at, f.trouble = setupPassword, catalog.Problem(session.Problem{Code: "bad-password-text"}, "").String()
		return false
	case again.text() == "":
		f.trouble = ""
		if f.at == setupAgain {
			f.trouble = catalog.T("signup.again")
		}
		f.at = setupAgain
		return false
	case p.text() != again.text():
		again.set("")
		f.at, f.trouble = setupAgain, catalog.T("signup.differ")
		return false
	}
	return true
}

// sign asks the server for the account, or gives it the form again.
func (f *setup) sign(a *App, cfg store.AccountConfig) {
	u := &f.signup
	if u.busy {
		return
	}
	if u.pin != "" {
		cfg.CertSHA256 = u.pin
	}
	f.trouble, f.progress = "", nil
	_, domain, _ := strings.Cut(cfg.JID, "@")
	_, before, _ := strings.Cut(u.cfg.JID, "@")
	if u.reg != nil && u.asked != nil && strings.EqualFold(domain, before) {
		u.cfg.JID = cfg.JID
		f.submitAsked(*u.asked)
		return
	}
	f.dropSignup()
	u.cfg, u.page, u.busy = cfg, "", true
	a.signing = f
	u.reg = a.c.Register(cfg, u.token)
}

// dropSignup ends what runs with the server.
func (f *setup) dropSignup() {
	u := &f.signup
	if u.reg != nil {
		u.reg.Close()
	}
	u.reg, u.asked, u.form, u.busy = nil, nil, nil, false
}

// submitAsked gives the server its form; what was chosen before stands in it.
func (f *setup) submitAsked(form session.Form) {
	u := &f.signup
	fillAccount(&form, u.cfg.JID, f.fields[setupPassword].text())
	u.busy = u.reg.Submit(form)
	f.trouble = ""
}

// fillAccount fills in what the user chose already.
func fillAccount(f *session.Form, jid, password string) {
	local, _, _ := strings.Cut(jid, "@")
	f.Fill("username", local)
	password, _ = session.UsablePassword(password) // as it is known at the login
	f.Fill("password", password)
}

func usable(password string) bool {
	_, ok := session.UsablePassword(password)
	return ok
}

// registering takes what came of it.
func (a *App) registering(e session.Registering) {
	f := a.signing
	if f == nil || f.signup.reg == nil || f.signup.reg.ID() != e.ID {
		return
	}
	u := &f.signup
	switch {
	case e.Done:
		cfg := u.cfg
		if !u.keep {
			cfg.CertSHA256 = ""
		}
		f.dropSignup()
		f.signup = signup{}
		f.waits, f.trouble = strings.ToLower(cfg.JID), ""
		f.progress = append(f.progress, catalog.T("signup.created"))
		f.at = setupPassword
		a.c.AddAccount(cfg, f.fields[setupPassword].text(), f.keep.place())
	case e.Form != nil:
		f.wanted(e)
	case e.Problem != nil:
		jid := u.cfg.JID
		f.dropSignup()
		u.page = e.Page
		f.trouble, f.progress = catalog.Problem(*e.Problem, jid).String(), nil
		if e.Page != "" {
			f.trouble += " " + catalog.T("signup.page", text.Cut(text.Line(e.Page), 200))
		}
		if e.Certificate != nil && a.dialog == dialog(f) {
			a.dialog = &certificateDialog{l: a.look, p: session.Prompt{JID: jid, Problem: e.Problem, Certificate: e.Certificate}, before: f,
				answer: func(a *App, t session.Trust) { f.trusted(a, t, e.Certificate.SHA256) }}
		}
	case e.Link != session.Offline:
		if line := catalog.T(linkCodes[e.Link]); len(f.progress) == 0 || f.progress[len(f.progress)-1] != line {
			f.progress = append(f.progress, line)
		}
	}
}

// trusted goes on with a certificate that the user looked at.
func (f *setup) trusted(a *App, t session.Trust, sha string) {
	if t != session.TrustNo && f.signup.on {
		f.signup.pin, f.signup.keep = sha, t == session.TrustAlways
		f.submit(a)
	}
}

// wanted takes what the server wants to know. What the user chose already is not
// asked for again; if that is all, the server gets it.
func (f *setup) wanted(e session.Registering) {
	u := &f.signup
	if u.asked != nil {
		carry(e.Form, u.asked)
	}
	u.busy, u.asked, u.page = false, e.Form, e.Page
	if e.Problem != nil {
		f.trouble, f.progress = catalog.Problem(*e.Problem, u.cfg.JID).String(), nil
		if e.Problem.Code == "register-taken" {
			u.form, f.at = nil, setupAddress // the rest of the form is kept for the next name
			return
		}
	}
	shown := *e.Form
	shown.Fields = append([]session.Field(nil), e.Form.Fields...)
	more := e.Page != ""
	for i := range shown.Fields {
		d := &shown.Fields[i]
		if d.Var == "username" || d.Var == "password" {
			d.Type = session.Hidden
		}
		more = more || asks(d)
	}
	fillAccount(&shown, u.cfg.JID, f.fields[setupPassword].text())
	switch {
	case more:
		u.form = newForm(f.l, shown)
		if e.Problem != nil {
			for _, d := range shown.Fields {
				if d.Wrong() == "required" && u.form.goTo(d.Var) {
					break
				}
			}
			u.form.wrong = f.trouble
		}
	case e.Problem == nil:
		f.submitAsked(shown)
	}
}

// carry fills a form with what was filled into the one before, but for what is
// asked about a picture, which is another one.
func carry(to, from *session.Form) {
	for i := range to.Fields {
		if d := &to.Fields[i]; asks(d) && len(d.Media) == 0 {
			for _, old := range from.Fields {
				if old.Var == d.Var && old.Type == d.Type {
					d.Values = old.Values
				}
			}
		}
	}
}

// askedKey takes the keys of the server's form.
func (f *setup) askedKey(a *App, name string, ev *tcell.EventKey) {
	switch name {
	case "Esc":
		f.dropSignup()
		f.progress, f.trouble = nil, ""
	case "Enter":
		if f.signup.busy {
			return
		}
		if out, ok := f.signup.form.result(); ok {
			f.signup.asked = &out
			f.submitAsked(out)
		}
	default:
		f.signup.form.key(ev)
	}
}

// pageToOpen is the web page that belongs to what is shown; "": none.
func (f *setup) pageToOpen() string {
	u := &f.signup
	if u.page != "" || u.form == nil {
		return u.page
	}
	for _, d := range u.form.f.Fields {
		if len(d.Media) > 0 {
			return d.Media[0]
		}
		// XEP-0158 §3: where the picture is for who sees none.
		if (d.Var == "captcha-fallback-url" || d.Var == "url") && len(d.Values) > 0 && (strings.HasPrefix(d.Values[0], "https://") || strings.HasPrefix(d.Values[0], "http://")) {
			return d.Values[0]
		}
	}
	return ""
}

// secretAsked says whether what is typed next must not be seen.
func (f *setup) secretAsked() bool {
	if v := f.signup.form; v != nil {
		return v.secretAsked()
	}
	return (f.at == setupPassword || f.at == setupAgain) && f.waits == "" && !f.signup.made
}

// drawAsked draws the server's form.
func (f *setup) drawAsked(s tcell.Screen, all rect) {
	v := f.signup.form
	_, domain, _ := strings.Cut(f.signup.cfg.JID, "@")
	keys, page := "signup.form-keys", f.pageToOpen()
	if page != "" {
		keys = "signup.form-open"
	}
	w := min(72, all.w)
	var below []string
	if page != "" {
		below = text.Wrap(catalog.T("signup.page", text.Cut(text.Line(page), 200)), max(8, w-4))
	}
	if v.at < 0 && f.trouble != "" {
		below = append(below, text.Wrap(f.trouble, max(8, w-4))...)
	}
	in := frameOf(s, f.l, middle(all, w, v.height(w-4)+len(below)+4), catalog.T("signup.asks", domain))
	put(s, in.x, in.y+in.h-1, in.w, catalog.T(keys), f.l.Hint)
	below = below[:max(0, min(len(below), in.h-3))]
	for i, line := range below {
		put(s, in.x, in.y+in.h-1-len(below)+i, in.w, line, f.l.Notice)
	}
	v.draw(s, rect{in.x, in.y, in.w, max(1, in.h-1-len(below))})
}
