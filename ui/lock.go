package ui

import (
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// lockScreen covers everything until the passphrase of the vault is typed. What is
// behind it goes on; nothing of it is drawn, told or reached by a key.
type lockScreen struct {
	field   field
	busy    bool // the passphrase is being tried
	trouble string
}

// lockNow locks the screen. It needs a vault: its passphrase opens it again.
func (a *App) lockNow() {
	switch v := a.c.Vault(); {
	case a.plain != nil:
		a.say(catalog.T("lock.plain")) // what was printed cannot be taken back
		return
	case v.State() != store.VaultOpen && v.State() != store.VaultLocked:
		a.sayProblem(session.Problem{Code: "lock-no-vault"}, "")
		return
	}
	a.lock = &lockScreen{field: field{secret: true}}
	a.popup, a.chord, a.quitPressed = nil, false, false
	if d, ok := a.dialog.(*vaultDialog); ok {
		d.wipe() // a passphrase that was being typed
		d.busy = false
	}
	if c, ok := a.m.open(); ok {
		if acc := a.c.Account(c.Account); acc != nil {
			acc.Composing(c.ID, false)
		}
	}
	a.c.LockVault()
	a.attend()
	a.showTitle()
}

// unlocked shows everything again.
func (a *App) unlocked() {
	a.lock = nil
	a.lastKey = a.opt.Now()
	a.attend()
	a.watchIdle()
	if d, ok := a.dialog.(*vaultDialog); ok && d.deed == openVault {
		d.leave(a) // it is open
		if d.then != nil {
			d.then(a)
		}
	}
}

// lockKey takes every key: those of a line of text edit the passphrase, the others
// do nothing.
func (a *App) lockKey(ev *tcell.EventKey) {
	d := a.lock
	if d.busy {
		return
	}
	switch keyName(ev) {
	case "Enter":
		if d.field.text() == "" {
			return
		}
		passphrase := []byte(d.field.text())
		d.field.set("")
		d.busy, d.trouble = true, ""
		a.c.OpenVault(passphrase)
	case "Esc", "Ctrl-C":
		d.field.set("")
	default:
		d.trouble = ""
		d.field.key(ev)
	}
}

// lockPaste takes a paste for the passphrase.
func (a *App) lockPaste(t string) {
	if !a.lock.busy {
		a.lock.field.insert(strings.TrimRight(t, "\r\n"))
	}
}

// lockTried takes what came of the passphrase.
func (a *App) lockTried(e session.VaultDone) {
	d := a.lock
	if !d.busy { // a question of before the lock
		if a.c.Vault().State() == store.VaultOpen {
			a.c.LockVault()
		}
		return
	}
	d.busy = false
	if e.Problem != nil {
		d.trouble = catalog.Problem(*e.Problem, "").Text
		return
	}
	a.unlocked()
}

func (d *lockScreen) draw(s tcell.Screen, l *look) {
	w, h := s.Size()
	fill(s, rect{0, 0, w, h}, l.Text)
	s.HideCursor()
	words, style := catalog.T("lock.locked"), l.Text
	switch {
	case d.busy:
		words, style = catalog.T("vault.busy"), l.Notice
	case d.trouble != "":
		words, style = d.trouble, l.Error
	}
	bw := min(40, w)
	lines := text.Wrap(words, max(1, bw))
	lines = lines[:min(len(lines), max(0, h-1))]
	y := max(0, (h-len(lines)-1)/2)
	x := (w - bw) / 2
	for _, line := range lines {
		put(s, x, y, bw, line, style)
		y++
	}
	if y < h && !d.busy {
		d.field.draw(s, rect{x, y, bw, 1}, l.Input.Underline(true))
	}
}

// watchIdle locks the screen when no key was pressed for as long as the setting
// lock_after says. It is called when that changes, too.
func (a *App) watchIdle() {
	if a.idle != nil {
		a.idle.Stop()
		a.idle = nil
	}
	a.idleAfter = a.c.Settings().LockTime()
	if a.idleAfter == 0 || a.lock != nil || a.plain != nil {
		return
	}
	left := max(a.idleAfter-a.opt.Now().Sub(a.lastKey), time.Second/10)
	a.idle = time.AfterFunc(left, func() { a.later((*App).idleNow) })
}

// idleNow locks, unless a key was pressed meanwhile.
func (a *App) idleNow() {
	if a.idleAfter > 0 && a.lock == nil && a.opt.Now().Sub(a.lastKey) >= a.idleAfter {
		if s := a.c.Vault().State(); s != store.VaultOpen && s != store.VaultLocked {
			a.idle = time.AfterFunc(a.idleAfter, func() { a.later((*App).idleNow) })
			return // it was told when the setting was made
		}
		a.lockNow()
		return
	}
	a.watchIdle()
}

// lockPromised says, behind /set lock_after, what it needs.
func (a *App) lockPromised() {
	if s := a.c.Vault().State(); a.idleAfter > 0 && s != store.VaultOpen && s != store.VaultLocked {
		a.sayProblem(session.Problem{Code: "lock-no-vault"}, "")
	}
}
