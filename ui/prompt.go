package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// prompt shows what an account asks, or takes the question away.
func (a *App) prompt(p session.Prompt) {
	if p.ID == 0 {
		if d, ok := a.dialog.(*vaultDialog); ok && d.asks() == p.Account {
			a.dialog = d.before
		} else if d, ok := a.dialog.(asking); ok && d.asks() == p.Account {
			a.dialog = nil
		}
		if a.waiting != nil && a.waiting.Account == p.Account {
			a.waiting = nil
		}
		return
	}
	if p.Kind == session.AskPassphrase {
		a.askPassphrase(p)
		return
	}
	if f, ok := a.dialog.(*setup); ok && p.Kind == session.AskPassword && strings.EqualFold(f.waits, p.JID) {
		a.waiting = &p // the form asks already
		f.trouble = catalog.Problem(*p.Problem, p.JID).String()
		f.at = setupPassword
		return
	}
	if _, isSetup := a.dialog.(*setup); a.dialog != nil && !isSetup {
		if d, ok := a.dialog.(asking); !ok || d.asks() != p.Account {
			a.waiting = &p // when the dialog that is open is done
			return
		}
	}
	if p.Kind == session.AskPassword {
		info, _ := a.m.account(p.Account)
		d := &passwordDialog{l: a.look, p: p, keep: a.newKeeping(info.Kept)}
		d.field.secret = true
		a.dialog = d
		return
	}
	if p.Kind == session.AskWeaker {
		yes := func(a *App) {
			if acc := a.c.Account(p.Account); acc != nil {
				acc.Reply(p.ID, session.Reply{Trust: session.TrustAlways})
			}
		}
		no := func(a *App) {
			if acc := a.c.Account(p.Account); acc != nil {
				acc.Reply(p.ID, session.Reply{})
			}
		}
		a.dialog = weakerDialog{&confirmation{l: a.look, question: catalog.T("weaker.question", p.JID, p.Floor, p.Mechanism), yes: yes, no: no}, p}
		return
	}
	a.dialog = &certificateDialog{l: a.look, p: p, before: a.dialog}
}

// weakerDialog asks whether a weaker way to log in than before will do. The default
// is no.
type weakerDialog struct {
	*confirmation
	p session.Prompt
}

func (d weakerDialog) asks() any { return d.p.Account }

// asking is a dialog that belongs to an account's question.
type asking interface{ asks() any }

// passwordDialog asks for the password of an account.
type passwordDialog struct {
	l     *look
	p     session.Prompt
	field field
	keep  keeping
}

func (d *passwordDialog) asks() any { return d.p.Account }

func (d *passwordDialog) draw(s tcell.Screen, all rect) {
	w := min(60, all.w)
	lines := text.Wrap(catalog.Problem(*d.p.Problem, d.p.JID).String(), max(10, w-4))
	h := len(lines) + 5
	if d.keep.offered() {
		h++
	}
	in := frameOf(s, d.l, middle(all, w, h), catalog.T("password.title", d.p.JID))
	for i, line := range lines {
		put(s, in.x, in.y+i, in.w, line, d.l.Text)
	}
	y := in.y + len(lines) + 1
	if d.keep.offered() {
		put(s, in.x, y+1, in.w, catalog.T("setup.keep")+" "+d.keep.words(d.l)+" (Tab)", d.l.Text)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("password.keys"), d.l.Hint)
	d.field.draw(s, rect{in.x, y, in.w, 1}, d.l.Input.Underline(true))
}

func (d *passwordDialog) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Tab":
		d.keep.step(1)
	case "Shift-Tab":
		d.keep.step(-1)
	case "Enter":
		if d.field.text() == "" {
			return true
		}
		a.kept(d.keep.place(), func(a *App) {
			if a.dialog == dialog(d) {
				a.closeDialog()
			}
			if acc := a.c.Account(d.p.Account); acc != nil {
				acc.Reply(d.p.ID, session.Reply{Password: d.field.text(), Keep: d.keep.place()})
			}
		})
	default:
		return d.field.key(ev)
	}
	return true
}

func (d *passwordDialog) paste(_ *App, t string) { d.field.insert(strings.TrimRight(t, "\r\n")) }

// certificateDialog shows a certificate that nobody vouches for. The default is no.
type certificateDialog struct {
	l      *look
	p      session.Prompt
	view   bool
	top    int
	before dialog                    // the form that waits behind
	answer func(*App, session.Trust) // takes the answer instead of the account; nil: the account
}

func (d *certificateDialog) asks() any { return d.p.Account }

func (d *certificateDialog) lines(w int) []string {
	c := d.p.Certificate
	var out []string
	add := func(code string, args ...string) { out = append(out, text.Wrap(catalog.T(code, args...), w)...) }
	out = append(out, text.Wrap(catalog.Problem(*d.p.Problem, d.p.JID).Text, w)...)
	out = append(out, "")
	add("certificate.shown")
	out = append(out, groups(c.SHA256, w)...)
	if c.OldSHA256 != "" && c.OldSHA256 != c.SHA256 {
		add("certificate.trusted")
		out = append(out, groups(c.OldSHA256, w)...)
	} else if c.LastSHA256 != "" && c.LastSHA256 != c.SHA256 {
		add("certificate.last")
		out = append(out, groups(c.LastSHA256, w)...)
	}
	if d.view {
		out = append(out, "")
		add("certificate.subject", c.Subject)
		add("certificate.issuer", c.Issuer)
		add("certificate.names", strings.Join(c.Names, ", "))
		add("certificate.valid", c.NotBefore.Format("2006-01-02"), c.NotAfter.Format("2006-01-02"))
	}
	out = append(out, "")
	add("certificate.advice")
	return out
}

// groups writes a fingerprint in readable groups.
func groups(sha string, w int) []string {
	var b strings.Builder
	for i, r := range strings.ToUpper(strings.ReplaceAll(text.Line(sha), ":", "")) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return text.Wrap(b.String(), w)
}

func (d *certificateDialog) draw(s tcell.Screen, all rect) {
	w := min(68, all.w)
	lines := d.lines(max(10, w-4))
	in := frameOf(s, d.l, middle(all, w, len(lines)+4), catalog.T("certificate.title", d.p.JID))
	for i, line := range lines[min(d.top, len(lines)):] {
		if i < in.h-1 {
			put(s, in.x, in.y+i, in.w, line, d.l.Text)
		}
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("certificate.keys"), d.l.Hint)
}

func (d *certificateDialog) key(a *App, ev *tcell.EventKey) bool {
	trust := session.TrustNo
	switch keyName(ev) {
	case "v":
		d.view = !d.view
		return true
	case "Down", "PgDn":
		d.top++
		return true
	case "Up", "PgUp":
		d.top = max(0, d.top-1)
		return true
	case "o":
		trust = session.TrustOnce
	case "t":
		trust = session.TrustAlways
	case "c", "Esc", "Enter", "n":
	default:
		return false
	}
	a.closeDialog()
	if f, ok := d.before.(*setup); ok && a.dialog == nil {
		a.dialog = f
	}
	if d.answer != nil {
		d.answer(a, trust)
	} else if acc := a.c.Account(d.p.Account); acc != nil {
		acc.Reply(d.p.ID, session.Reply{Trust: trust})
	}
	return true
}

func (d *certificateDialog) paste(*App, string) {}
