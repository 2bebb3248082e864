package session

import (
	"context"
	"errors"

	"sotto/store"
)

// The vault, for the screens: what takes a passphrase or the disk runs beside the
// accounts, and a [VaultDone] says what came of it. A passphrase that is handed over
// is overwritten when it was used.

// VaultDone says what came of something that was asked of the vault.
type VaultDone struct {
	seal
	Problem *Problem // nil: it went well
	Code    string   // a word of the catalogue; empty: nothing is to be said
}

func (VaultDone) key() any { return nil }

// Vault is the vault of the profile; nil: there is none. Of its methods a screen may
// call those that never wait: State, Accounts, Holds, Path, Broken.
func (c *Client) Vault() *store.Vault { return c.opt.Secrets.Vault }

// MakeVault makes the vault.
func (c *Client) MakeVault(passphrase []byte) {
	c.onVault("vault-made", func(v *store.Vault) error {
		defer clear(passphrase)
		return v.Create(passphrase)
	})
}

// OpenVault opens the vault, and connects the accounts that wait for that.
func (c *Client) OpenVault(passphrase []byte) {
	c.onVault("", func(v *store.Vault) error {
		defer clear(passphrase)
		return v.Unlock(passphrase)
	})
}

// RekeyVault gives the vault another passphrase.
func (c *Client) RekeyVault(old, passphrase []byte) {
	c.onVault("vault-rekeyed", func(v *store.Vault) error {
		defer clear(passphrase)
		defer clear(old)
		return v.Rekey(old, passphrase)
	})
}

// DeleteVault removes the vault with the passwords in it.
func (c *Client) DeleteVault() {
	c.onVault("vault-deleted", func(v *store.Vault) error { return v.Delete() })
}

// LockVault closes the vault and forgets the passwords in memory. Links stay as they
// are; an account whose link breaks meanwhile, and whose password is in the vault or
// was typed, waits until the vault is open.
func (c *Client) LockVault() {
	c.opt.Secrets.Vault.Lock()
	for _, a := range c.Accounts() {
		a.do(0, func(l *loop) { l.password = "" })
	}
}

// onVault runs fn where it may take its time.
func (c *Client) onVault(code string, fn func(*store.Vault) error) {
	done := func(p *Problem, code string) { c.publish(VaultDone{localOrigin().seal(), p, code}) }
	v := c.opt.Secrets.Vault
	if v == nil {
		done(&Problem{Code: "vault-none"}, "")
		return
	}
	if !c.later(func() {
		if err := fn(v); err != nil {
			done(vaultProblem(v, err), "")
			return
		}
		if v.State() == store.VaultOpen {
			for _, a := range c.Accounts() {
				a.do(0, (*loop).vaultOpened)
			}
		}
		done(nil, code)
		c.goOnSealing()
	}) {
		done(&Problem{Code: "busy"}, "")
	}
}

// vaultProblem says why the vault said no.
func vaultProblem(v *store.Vault, err error) *Problem {
	switch {
	case errors.Is(err, store.ErrPassphrase):
		return &Problem{Code: "vault-passphrase"}
	case errors.Is(err, store.ErrVaultLocked):
		return &Problem{Code: "vault-locked"}
	case errors.Is(err, store.ErrVaultNone):
		return &Problem{Code: "vault-none"}
	case errors.Is(err, store.ErrVaultSeals):
		return &Problem{Code: "vault-seals"}
	case errors.Is(err, store.ErrVaultRefused):
		return &Problem{Code: "vault-refused"}
	}
	return &Problem{Code: "vault-write", Args: []string{v.Path()}}
}

// MovePassword keeps the password of the account in another place from now on, and
// nowhere else; store.Asked: it is forgotten. An [Answer] says what came of it.
func (a *Account) MovePassword(to store.Place) { a.do(0, func(l *loop) { l.movePassword(to) }) }

func (l *loop) movePassword(to store.Place) {
	if len(l.cfg.Command()) > 0 {
		l.tellProblem(0, Problem{Code: "password-of-command", Args: []string{l.a.jid}})
		return
	}
	cfg, secrets, password, jid, ctx := l.secretOf(), l.c.opt.Secrets, l.password, l.a.jid, l.ctx
	l.dials.Go(func() {
		defer l.c.guard()
		if password == "" && to != store.Asked {
			var err error
			if password, _, err = secrets.Password(ctx, cfg); err != nil {
				l.soon(func(l *loop) { l.tellProblem(0, Problem{Code: "password-nowhere", Args: []string{jid}}) })
				return
			}
		}
		l.keepIn(ctx, password, to, false, func(l *loop) {
			switch to {
			case store.InVault:
				l.tell(0, "password-in-vault", jid)
			case store.InKeyring:
				l.tell(0, "password-in-keyring", jid)
			default:
				l.tell(0, "password-forgotten", jid)
			}
		})
	})
}

// secretOf is the account as places of passwords know it.
func (l *loop) secretOf() store.AccountConfig {
	cfg := l.cfg
	cfg.JID = l.a.jid // however it is written in the file
	return cfg
}

// keepPassword keeps a password in the background.
func (l *loop) keepPassword(password string, to store.Place) {
	if to == store.Unsaid {
		return
	}
	ctx := l.ctx
	l.dials.Go(func() { l.keepIn(ctx, password, to, true, func(*loop) {}) })
}

// keepIn puts a password into a place, one at a time, and does something on the loop
// then. What is kept of an account elsewhere is older than one that is fresh, and
// goes whether that works or not. Not on the loop.
func (l *loop) keepIn(ctx context.Context, password string, to store.Place, fresh bool, then func(*loop)) {
	c := l.c
	c.keeping.Lock()
	err := c.opt.Secrets.Keep(ctx, l.a.jid, password, to)
	if err != nil && fresh {
		_ = c.opt.Secrets.Forget(ctx, l.a.jid)
	}
	c.keeping.Unlock()
	code := "not-remembered"
	switch to {
	case store.InVault:
		code = "not-in-vault"
	case store.Asked:
		code = "not-forgotten"
	}
	l.soon(func(l *loop) {
		switch {
		case err == nil:
			l.keptIn = to
			then(l)
		case fresh:
			l.keptIn = store.Asked
			fallthrough
		default:
			l.tellProblem(0, Problem{Code: code})
		}
		l.announceAccount()
	})
}

// vaultOpened connects an account that waited for the vault.
func (l *loop) vaultOpened() {
	if !l.awaitsVault {
		return
	}
	l.awaitsVault = false
	if l.prompt != nil && l.prompt.Kind == AskPassphrase {
		l.clearPrompt()
	}
	if l.want {
		l.connect()
	}
}

// needPassphrase asks for the passphrase of the vault, in which the password is.
func (l *loop) needPassphrase(err error) {
	p := &Problem{Code: "vault-locked", Ask: true}
	if failed := (*store.OpenerError)(nil); errors.As(err, &failed) {
		p.Code, p.Args = "vault-opener", []string{failed.Command}
		switch {
		case errors.Is(err, store.ErrPassphrase):
			p.Code = "vault-opener-wrong"
		case failed.Command == "":
			p.Code = "vault-opener-fd"
		}
	}
	l.awaitsVault = true
	l.give(p)
	if !l.c.opt.Secrets.Vault.Shut() { // the screen is locked: that asks already
		l.askUser(Prompt{Kind: AskPassphrase, Problem: l.problem})
	}
}
