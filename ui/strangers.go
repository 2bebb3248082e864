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

// strangers lists the people whom nobody here knows: who asks to see our
// presence, who wrote. What they wrote is shown here alone, until they are
// accepted.
type strangers struct {
	l *look
	m *model
	scroller
	at who // under the cursor
}

// openStrangers shows them, with the cursor on one if it is named.
func (a *App) openStrangers(at who) {
	if len(a.m.requests) == 0 {
		a.say(catalog.T("request.none"))
		return
	}
	d := &strangers{l: a.look, m: a.m}
	d.cursor = max(0, slices.IndexFunc(a.m.requests, func(r store.Request) bool { return who{r.Account, r.JID} == at }))
	d.at = who{a.m.requests[d.cursor].Account, a.m.requests[d.cursor].JID}
	a.dialog = d
}

// rebuild follows the list: the cursor stays on its row, or takes the next.
func (d *strangers) rebuild(a *App) {
	if len(d.m.requests) == 0 {
		a.closeDialog()
		return
	}
	if i := slices.IndexFunc(d.m.requests, func(r store.Request) bool { return who{r.Account, r.JID} == d.at }); i >= 0 {
		d.cursor = i
	}
	d.mark()
}

func (d *strangers) mark() {
	d.move(0, len(d.m.requests))
	r := d.m.requests[d.cursor]
	d.at = who{r.Account, r.JID}
}

func (d *strangers) lists() bool { return true }

func (d *strangers) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if len(d.m.requests) == 0 || name == "Esc" || name == "q" {
		a.closeDialog()
		return true
	}
	if d.scroller.key(name, len(d.m.requests)) {
		d.mark()
		return true
	}
	d.mark()
	r, w := d.m.requests[d.cursor], d.at
	acc := a.c.Account(w.account)
	if acc == nil {
		return false
	}
	back := func(a *App) { a.openStrangers(w) }
	ask := func(question string, yes func()) {
		a.confirm(question, func(a *App) {
			yes()
			a.openStrangers(w)
		})
		a.dialog.(*confirmation).no = back
	}
	switch name {
	case "a":
		a.acceptRequest(w)
	case "o":
		if !r.Asks {
			a.say(catalog.T("request.not-asked"))
			return true
		}
		acc.Approve(w.jid)
	case "i":
		a.say(catalog.T("request.asking"))
		acc.AskAccount(w.jid)
	case "w", "Enter":
		a.closeDialog()
		a.openDirect(w)
	case "d":
		acc.Dismiss(w.jid)
	case "b":
		ask(a.blockQuestion(w), func() { acc.Block(w.jid) })
	case "s", "x":
		reason := map[string]string{"s": session.ReportSpam, "x": session.ReportAbuse}[name]
		if !d.m.blocked[w.account].Reports {
			a.say(catalog.T("request.no-report"))
			return true
		}
		ask(catalog.T("confirm.report-"+reason, w.jid), func() { acc.Report(w.jid, reason) })
	default:
		return false
	}
	return true
}

func (d *strangers) paste(*App, string) {}

func (d *strangers) draw(s tcell.Screen, all rect) {
	w := max(20, min(76, all.w-6))
	about := d.about(w)
	second := "request.keys-block"
	if !d.m.blocked[d.at.account].Reports {
		second = "request.keys-local"
	}
	keys := append(text.Wrap(catalog.T("request.keys"), w), text.Wrap(catalog.T(second), w)...)
	if most := max(3, all.h-6-len(keys)); len(about) > most {
		about = append(about[:most-1:most-1], "…")
	}
	list := max(1, min(len(d.m.requests), all.h-len(about)-len(keys)-5))
	in := frameOf(s, d.l, middle(all, w+4, list+len(about)+len(keys)+4), catalog.T("request.title"))
	from, to := d.fit(len(d.m.requests), list)
	for at := from; at < to; at++ {
		y := in.y + at - from
		style, dim, warn := d.l.Text, d.l.Dim, d.l.Error
		if at == d.cursor {
			fill(s, rect{in.x, y, in.w, 1}, d.l.Selected)
			style, dim, warn = on(style, d.l.Selected), on(dim, d.l.Selected), on(warn, d.l.Selected)
		}
		r := d.m.requests[at]
		x := in.x + put(s, in.x, y, in.w, text.Fit(text.Name(r.JID), in.w), style)
		if room := in.x + in.w - x - 2; room > 4 {
			if twin := d.m.twin(who{r.Account, r.JID}, r.Nick); twin != "" {
				put(s, x+2, y, room, text.Fit(catalog.T("likeness.of", twin)+sep(whatFor(r)), room), warn)
				continue
			}
			put(s, x+2, y, room, text.Fit(whatFor(r), room), dim)
		}
	}
	for i, line := range about {
		put(s, in.x, in.y+list+1+i, in.w, text.Fit(line, in.w), d.l.Notice)
	}
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
	}
}

// whatFor says in short what somebody waits for.
func whatFor(r store.Request) string {
	var parts []string
	if r.Asks {
		parts = append(parts, catalog.T("request.row-asks"))
	}
	if r.Messages > 0 {
		parts = append(parts, catalog.Plural("request.row-wrote", r.Messages+r.Dropped))
	}
	return strings.Join(parts, " · ")
}

// about is what is known of the one under the cursor.
func (d *strangers) about(w int) (lines []string) {
	if len(d.m.requests) == 0 {
		return nil
	}
	d.move(0, len(d.m.requests))
	r := d.m.requests[d.cursor]
	add := func(words string) { lines = append(lines, text.Wrap(words, w)...) }
	add(catalog.T("request.address", r.JID))
	if twin := d.m.twin(who{r.Account, r.JID}, r.Nick); twin != "" {
		add(catalog.T("request.twin", twin))
	}
	if acc, ok := d.m.account(r.Account); ok && len(d.m.accounts) > 1 {
		add(catalog.T("request.for", acc.JID))
	}
	if r.Nick != "" {
		add(catalog.T("request.nick", r.Nick))
	}
	if e, ok := d.m.told[d.at]; ok {
		add(accountWords(e))
	}
	if r.Text != "" {
		add(catalog.T("request.text", r.Text))
	}
	for i, line := range strings.Split(strings.TrimSpace(r.Words), "\n") {
		switch {
		case i == 6:
			lines = append(lines, "…")
		case i < 6 && strings.TrimSpace(line) != "":
			add(catalog.T("request.words", line))
		}
	}
	if r.Dropped > 0 {
		add(catalog.T("request.dropped", catalog.Count(r.Dropped)))
	}
	if d.m.unkept > 0 {
		add(catalog.T("request.unkept", catalog.Count(d.m.unkept)))
	}
	return lines
}

// accountWords says what a server tells of an account.
func accountWords(e session.AccountTold) string {
	switch {
	case e.Kind == "":
		return catalog.T("request.account-untold")
	case e.Since.IsZero():
		return catalog.T("request.account", catalog.T("request.account-"+e.Kind))
	}
	return catalog.T("request.account-since", catalog.T("request.account-"+e.Kind), e.Since.UTC().Format("2006-01-02"))
}

// accountTold keeps what a server says of a stranger's account.
func (a *App) accountTold(e session.AccountTold) {
	if len(a.m.told) >= askedMax {
		clear(a.m.told)
	}
	a.m.told[who{e.Account, e.JID}] = e
	a.say(e.JID + ": " + accountWords(e))
}

// twin is a contact of the account that a stranger could be taken for, by the
// address or by the name they give themselves; "": none.
func (m *model) twin(w who, nick string) string {
	local, _, _ := strings.Cut(w.jid, "@")
	forms := []string{bareForm(local)}
	if n := bareForm(nick); n != "" {
		forms = append(forms, n)
	}
	best := ""
	for k, c := range m.contacts {
		if k.account != w.account || k.jid == w.jid || best != "" && best <= k.jid {
			continue
		}
		name, _, _ := strings.Cut(k.jid, "@")
		if slices.Contains(forms, bareForm(name)) || c.Name != "" && slices.Contains(forms, bareForm(c.Name)) {
			best = k.jid
		}
	}
	return best
}

// bareForm is how a name looks without what is easily overlooked in it.
func bareForm(name string) string {
	return text.Skeleton(strings.NewReplacer("-", "", "_", "", ".", "").Replace(name))
}
