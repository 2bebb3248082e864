package session

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"sotto/store"
)

// Reload takes another configuration into the running program: accounts that are
// new are started, those that are gone go offline, and every setting holds at
// once. What changed about the way to a server holds from the next connection
// on; done gets the addresses of the accounts of which that is true and which
// are not offline. read gets the path of the file, empty if there is none, behind
// every change that was asked for before; false: nothing changes. Both run on a
// goroutine of the client's, which they must not keep for long.
func (c *Client) Reload(read func(path string) (store.Config, bool), done func(waiting []string)) {
	c.later(func() {
		cfg, ok := read(c.opt.ConfigPath)
		if !ok {
			return
		}
		if c.opt.ConfigPath == "" {
			done(nil)
			return
		}
		done(c.reconfigure(cfg))
	})
}

func (c *Client) reconfigure(cfg store.Config) (waiting []string) {
	running := map[string]*Account{}
	for _, a := range c.Accounts() {
		running[strings.ToLower(a.jid)] = a
	}
	before := c.settings.Swap(&cfg)
	if before.Retention != cfg.Retention {
		c.retain()
	}
	for _, x := range cfg.Accounts {
		a := running[strings.ToLower(x.JID)]
		if a == nil {
			c.mu.Lock()
			c.added(x, "", store.Unsaid)
			c.mu.Unlock()
			continue
		}
		delete(running, strings.ToLower(x.JID))
		wait := false
		if a.ask(c.ctx, func(l *loop) { wait = l.reconfigure(x) }) == nil && wait {
			waiting = append(waiting, a.jid)
		}
	}
	for _, jid := range slices.Sorted(maps.Keys(running)) {
		c.stopAccount(running[jid])
	}
	return waiting
}

// added starts an account that the configuration has got and shows it; c.mu is held.
func (c *Client) added(cfg store.AccountConfig, password string, keep store.Place) {
	if err := c.start(cfg, password, keep); err != nil {
		c.opt.Log.Error("start account", "account", cfg.JID, "error", err)
		c.answer(&Problem{Code: "not-saved"}, "")
		return
	}
	a := c.accounts[len(c.accounts)-1]
	for _, m := range c.mailboxes() {
		a.do(0, func(l *loop) { l.announceAll(m) })
	}
}

// stopAccount takes an account out of the client and waits for its goodbye: it
// may be added again at once.
func (c *Client) stopAccount(a *Account) {
	c.mu.Lock()
	c.accounts = slices.DeleteFunc(c.accounts, func(b *Account) bool { return a == b })
	c.mu.Unlock()
	if a.ask(c.ctx, (*loop).remove) == nil {
		<-a.done
	}
}

// reconfigure takes another table of the account and says whether something of
// it waits for the next connection.
func (l *loop) reconfigure(cfg store.AccountConfig) (waits bool) {
	was := l.cfg
	l.cfg = cfg
	if !reflect.DeepEqual(was.PasswordCommand, cfg.PasswordCommand) {
		l.password = "" // the command is asked anew
	}
	switch {
	case was.On() && !cfg.On():
		l.disconnect()
	case !was.On() && cfg.On():
		l.connect()
	default:
		was.Enabled, was.JID = cfg.Enabled, cfg.JID
		return (l.link != nil || l.stop != nil) && !reflect.DeepEqual(was, cfg)
	}
	return false
}
