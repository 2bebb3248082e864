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

// vaultDeed is what the dialog of the vault is there for.
type vaultDeed int

const (
	openVault  vaultDeed = iota // the passphrase
	makeVault                   // a new one, twice
	rekeyVault                  // the old one, and a new one twice
)

// vaultWords are the codes of a dialog: its title, what it says, what its fields
// are called.
var vaultWords = map[vaultDeed]struct {
	title, intro string
	labels       []string
}{
	openVault:  {"vault.open-title", "vault.open", []string{"vault.passphrase"}},
	makeVault:  {"vault.make-title", "vault.make", []string{"vault.new", "setup.again"}},
	rekeyVault: {"vault.rekey-title", "vault.rekey", []string{"vault.passphrase", "vault.new", "setup.again"}},
}

// vaultDialog asks for a passphrase of the vault.
type vaultDialog struct {
	l       *look
	deed    vaultDeed
	fields  []field
	at      int
	busy    bool   // the passphrase is being tried
	trouble string // what is wrong
	account any    // that waits for it; nil: the user asked
	before  dialog // the form that waits behind
	then    func(*App)
}

func (a *App) newVaultDialog(deed vaultDeed) *vaultDialog {
	d := &vaultDialog{l: a.look, deed: deed, fields: make([]field, len(vaultWords[deed].labels))}
	for i := range d.fields {
		d.fields[i].secret = true
	}
	return d
}

// withVault does something once the vault is there and open: it is made or opened
// first. A dialog that is open comes back when that is left.
func (a *App) withVault(then func(*App)) {
	deed := openVault
	switch a.c.Vault().State() {
	case store.VaultOpen:
		then(a)
		return
	case store.VaultUnreadable:
		a.sayProblem(session.Problem{Code: "vault-unreadable", Args: []string{a.c.Vault().Path()}}, "")
		return
	case store.VaultNone:
		deed = makeVault
	}
	d := a.newVaultDialog(deed)
	d.before, d.then = a.dialog, then
	a.dialog = d
}

// askPassphrase asks for the passphrase on behalf of an account; one question is
// enough for all of them.
func (a *App) askPassphrase(p session.Prompt) {
	if a.c.Vault().State() != store.VaultLocked {
		return // somebody was faster
	}
	switch a.dialog.(type) {
	case *vaultDialog:
		return
	case nil, *setup:
	default:
		if a.waiting == nil {
			a.waiting = &p
		}
		return
	}
	d := a.newVaultDialog(openVault)
	d.account, d.before = p.Account, a.dialog
	if p.Problem.Code != "vault-locked" {
		d.trouble = catalog.Problem(*p.Problem, p.JID).Text
	}
	a.dialog = d
}

func (d *vaultDialog) asks() any { return d.account }

func (d *vaultDialog) secretAsked() bool { return !d.busy }

func (d *vaultDialog) draw(s tcell.Screen, all rect) {
	words := vaultWords[d.deed]
	w := min(64, all.w)
	lines := text.Wrap(catalog.T(words.intro), max(10, w-4))
	if all.h < len(lines)+len(d.fields)+7 {
		lines = nil // the fields come first
	}
	var below []string
	style := d.l.Error
	switch {
	case d.busy:
		below, style = []string{catalog.T("vault.busy")}, d.l.Notice
	case d.trouble != "":
		below = text.Wrap(d.trouble, max(10, w-4))
	}
	in := frameOf(s, d.l, middle(all, w, len(lines)+len(d.fields)+max(1, len(below))+5), catalog.T(words.title))
	y := in.y
	for _, line := range lines {
		put(s, in.x, y, in.w, line, d.l.Text)
		y++
	}
	if len(lines) > 0 {
		y++
	}
	lw := min(16, in.w/3)
	var cursor func()
	for i := range d.fields {
		st := d.l.Text
		if i == d.at {
			st = d.l.Title
		}
		put(s, in.x, y, lw, catalog.T(words.labels[i]), st)
		f, r := &d.fields[i], rect{in.x + lw + 1, y, in.w - lw - 1, 1}
		f.draw(s, r, d.l.Input.Underline(true))
		if i == d.at {
			cursor = func() { f.draw(s, r, d.l.Input.Underline(true)) }
		}
		y++
	}
	for _, line := range below {
		if y++; y < in.y+in.h-1 {
			put(s, in.x, y, in.w, line, style)
		}
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("vault.keys"), d.l.Hint)
	s.HideCursor()
	if !d.busy {
		cursor()
	}
}

func (d *vaultDialog) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if name == "Esc" {
		d.leave(a)
		return true
	}
	if d.busy {
		return true
	}
	switch name {
	case "Tab", "Down":
		d.at = (d.at + 1) % len(d.fields)
	case "Shift-Tab", "Up":
		d.at = (d.at + len(d.fields) - 1) % len(d.fields)
	case "Enter":
		d.enter(a)
	default:
		d.trouble = ""
		return d.fields[d.at].key(ev)
	}
	return true
}

func (d *vaultDialog) paste(_ *App, t string) {
	if !d.busy {
		d.fields[d.at].insert(strings.TrimRight(t, "\r\n"))
	}
}

// leave closes the dialog; what waits behind it comes back.
func (d *vaultDialog) leave(a *App) {
	d.wipe()
	if d.before != nil {
		a.dialog = d.before
		return
	}
	a.closeDialog()
}

// wipe lets what was typed go.
func (d *vaultDialog) wipe() {
	for i := range d.fields {
		d.fields[i].set("")
	}
}

// enter goes to the next field, or hands the passphrase over.
func (d *vaultDialog) enter(a *App) {
	n := len(d.fields)
	if d.deed != openVault && d.fields[n-2].text() != "" && len(d.fields[n-2].text()) < store.PassphraseMin {
		d.at, d.trouble = n-2, catalog.T("vault.short", catalog.Count(store.PassphraseMin))
		return
	}
	for i := range d.fields {
		if d.fields[i].text() == "" {
			d.at = i
			return
		}
	}
	typed := func(i int) []byte { return []byte(d.fields[i].text()) }
	if d.deed != openVault {
		switch p := d.fields[n-2].text(); {
		case len(p) > store.PassphraseMax:
			d.at, d.trouble = n-2, catalog.T("vault.long")
			return
		case p != d.fields[n-1].text():
			d.fields[n-1].set("")
			d.at, d.trouble = n-1, catalog.T("vault.differ")
			return
		}
	}
	d.busy, d.trouble = true, ""
	switch d.deed {
	case openVault:
		a.c.OpenVault(typed(0))
	case makeVault:
		a.c.MakeVault(typed(0))
	case rekeyVault:
		a.c.RekeyVault(typed(0), typed(1))
	}
}

// vaultDone takes what came of it.
func (a *App) vaultDone(e session.VaultDone) {
	if a.lock != nil {
		a.lockTried(e)
		return
	}
	d, ok := a.dialog.(*vaultDialog)
	waits := ok && d.busy
	switch {
	case waits && e.Problem != nil:
		d.busy, d.trouble = false, catalog.Problem(*e.Problem, "").String()
		if e.Problem.Code == "vault-passphrase" {
			d.fields[0].set("")
			d.at = 0
		}
		return
	case waits:
		d.leave(a)
		if d.then != nil {
			d.then(a)
		}
	case e.Problem != nil:
		a.sayProblem(*e.Problem, "")
	}
	if e.Problem == nil && e.Code != "" {
		a.say(catalog.T("answer." + e.Code))
	}
}

// cmdVault says how the vault is, or does something with it.
func (a *App) cmdVault(args string) {
	v := a.c.Vault()
	deed, name, _ := strings.Cut(args, " ")
	acc := a.c.Account(a.acting())
	if name = strings.TrimSpace(name); name != "" {
		acc = nil
		for _, x := range a.c.Accounts() {
			if strings.EqualFold(x.JID(), name) {
				acc = x
			}
		}
	}
	state := v.State()
	switch {
	case v == nil || state == store.VaultUnreadable:
		a.sayVault()
	case deed == "":
		a.sayVault()
	case deed == "new" && state == store.VaultNone:
		a.withVault(func(*App) {})
	case deed == "new":
		a.sayProblem(session.Problem{Code: "vault-there", Args: []string{v.Path()}}, "")
	case deed != "in" && deed != "forget" && deed != "seal" && state == store.VaultNone:
		a.sayProblem(session.Problem{Code: "vault-none"}, "")
	case deed == "seal":
		a.sealHistory()
	case deed == "unseal":
		a.unsealHistory()
	case deed == "passphrase":
		a.dialog = a.newVaultDialog(rekeyVault)
	case deed == "delete":
		a.confirm(catalog.T("vault.delete", v.Path()), func(a *App) { a.c.DeleteVault() })
	case deed != "in" && deed != "out" && deed != "forget":
		a.usage("vault")
	case acc == nil:
		a.sayProblem(session.Problem{Code: "no-account", Args: []string{name}}, "")
	case deed == "in":
		a.withVault(func(*App) { acc.MovePassword(store.InVault) })
	case deed == "forget":
		acc.MovePassword(store.Asked)
	case !v.Holds(acc.JID()):
		a.sayProblem(session.Problem{Code: "vault-not-in", Args: []string{acc.JID()}}, "")
	case deed == "out" && a.opt.Keyring:
		a.withVault(func(*App) { acc.MovePassword(store.InKeyring) })
	default: // without a keyring it is asked from now on
		acc.MovePassword(store.Asked)
	}
}

// sayVault says where the vault is, how it is, and whose passwords are in it.
func (a *App) sayVault() {
	v := a.c.Vault()
	if v == nil {
		a.sayProblem(session.Problem{Code: "vault-none"}, "")
		return
	}
	switch v.State() {
	case store.VaultUnreadable:
		a.sayProblem(session.Problem{Code: "vault-unreadable", Args: []string{v.Path()}}, "")
		return
	case store.VaultNone:
		a.say(catalog.T("vault.none"))
		return
	}
	code := "vault.is-open"
	if v.State() == store.VaultLocked {
		code = "vault.is-locked"
	}
	whose := catalog.T("vault.empty")
	if list := v.Accounts(); len(list) > 0 {
		whose = catalog.T("vault.holds", strings.Join(list, ", "))
	}
	lines := []noteLine{{text: catalog.T(code, v.Path()), style: a.look.Notice}, {text: whose, style: a.look.Notice}}
	if a.st.Sealed() {
		lines = append(lines, noteLine{text: catalog.T("seal.is"), style: a.look.Notice})
	}
	a.note.put(lines...)
}

// places are where a password can be kept, the best first.
func (a *App) places() []store.Place {
	var all []store.Place
	if a.opt.Keyring {
		all = append(all, store.InKeyring)
	}
	if v := a.c.Vault(); v != nil && v.State() != store.VaultUnreadable {
		all = append(all, store.InVault)
	}
	return append(all, store.Asked)
}

// keeping is the choice where a password is kept: a row of a form.
type keeping struct {
	places []store.Place
	at     int
}

// newKeeping proposes where the password is, if it is anywhere, then the keyring,
// else to ask each time: the vault needs a passphrase of its own, which is the
// user's to want.
func (a *App) newKeeping(is store.Place) keeping {
	k := keeping{places: a.places()}
	if i := slices.Index(k.places, is); i >= 0 {
		k.at = i
		return k
	}
	if k.places[0] != store.InKeyring {
		k.at = len(k.places) - 1
	}
	return k
}

// offered says whether there is a choice.
func (k *keeping) offered() bool { return len(k.places) > 1 }

// place is what was chosen; Unsaid where there is nothing to choose.
func (k *keeping) place() store.Place {
	if !k.offered() {
		return store.Unsaid
	}
	return k.places[k.at]
}

func (k *keeping) step(by int) { k.at = (k.at + by + len(k.places)) % len(k.places) }

var placeCodes = map[store.Place]string{store.InKeyring: "keep.keyring", store.InVault: "keep.vault", store.Asked: "keep.ask"}

// words are the choice as it is shown.
func (k *keeping) words(l *look) string {
	return l.mark("‹", "<") + " " + catalog.T(placeCodes[k.place()]) + " " + l.mark("›", ">")
}

// kept does something that keeps a password at a place, behind what the place needs.
func (a *App) kept(place store.Place, then func(*App)) {
	if place == store.InVault {
		a.withVault(then)
		return
	}
	then(a)
}
