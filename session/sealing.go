package session

import (
	"errors"
	"fmt"

	"sotto/store"
)

// The database sealed under a key that lies in the vault. The vault knows first what
// is wanted, so that a change that was interrupted goes on at the next start.

// HistorySealed says that the database is sealed, or no longer, or why not.
type HistorySealed struct {
	seal
	Problem *Problem // nil: it went well
	Sealed  bool     // as it is now
}

func (HistorySealed) key() any { return nil }

// errSealing says that the database, not the vault, said no.
var errSealing = errors.New("the database could not be changed")

// SealHistory seals the database, and UnsealHistory makes it one again that anybody
// can read who has its file. The vault must be open; a [HistorySealed] comes when all
// of it is done.
func (c *Client) SealHistory() { c.onHistory(true) }

// UnsealHistory is the way back from [Client.SealHistory].
func (c *Client) UnsealHistory() { c.onHistory(false) }

func (c *Client) onHistory(on bool) {
	v := c.opt.Secrets.Vault
	if !c.later(func() {
		if on {
			c.sealed(c.sealHistory(v))
		} else {
			c.sealed(c.unsealHistory(v))
		}
	}) {
		c.sealed(errBusy)
	}
}

// errBusy says that too much is asked at once.
var errBusy = errors.New("too much is asked at once")

func (c *Client) sealHistory(v *store.Vault) error {
	if v == nil {
		return store.ErrVaultNone
	}
	key, err := v.SealDatabase()
	if err != nil {
		return err
	}
	defer clear(key)
	if err := c.opt.Store.Seal(c.ctx, key); err != nil {
		return fmt.Errorf("%w: %w", errSealing, err)
	}
	return nil
}

func (c *Client) unsealHistory(v *store.Vault) error {
	if v == nil {
		return store.ErrVaultNone
	}
	if has, _ := v.Seals(); has {
		if err := v.UnsealDatabase(); err != nil {
			return err
		}
	}
	if err := c.opt.Store.Unseal(c.ctx); err != nil {
		return fmt.Errorf("%w: %w", errSealing, err)
	}
	return v.ForgetDatabase()
}

// goOnSealing ends a change that was interrupted, if the vault is open. The goroutine
// of the client's own work.
func (c *Client) goOnSealing() {
	v := c.opt.Secrets.Vault
	switch has, on := v.Seals(); {
	case !has || v.State() != store.VaultOpen, !on && !c.opt.Store.Sealed() && v.ForgetDatabase() == nil:
	case on && c.opt.Store.Sealed():
		// What is kept of damaged databases may not be.
		if err := c.sealHistory(v); err != nil {
			c.sealed(err)
		}
	case on:
		c.sealed(c.sealHistory(v))
	default:
		c.sealed(c.unsealHistory(v))
	}
}

func (c *Client) sealed(err error) {
	done := HistorySealed{seal: localOrigin().seal(), Sealed: c.opt.Store.Sealed()}
	switch {
	case err == nil:
	case errors.Is(err, errBusy):
		done.Problem = &Problem{Code: "busy"}
	case errors.Is(err, errSealing):
		c.opt.Log.Error("the history could not be sealed or opened", "error", err)
		done.Problem = &Problem{Code: "history-not-sealed"}
		if done.Sealed {
			done.Problem.Code = "history-not-unsealed"
		}
	default:
		done.Problem = vaultProblem(c.opt.Secrets.Vault, err)
	}
	c.publish(done)
}
