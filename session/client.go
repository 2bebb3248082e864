package session

import (
	"context"
	"crypto/x509"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sotto/session/picture"
	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

// Options is what a client is made of.
type Options struct {
	Store      *store.Store
	Config     store.Config
	ConfigPath string // empty: nothing is written
	Secrets    store.Secrets
	Version    string   // of the program, told to contacts who ask
	Languages  []string // of the locale, see LocaleLanguages; the setting goes before it

	Passwords map[string]string // by bare address, for accounts whose password is known already

	// Hold makes the accounts wait for Begin before they read or connect, so that
	// a screen can show what is on the disk first.
	Hold bool

	// Panic is called when a goroutine of the session panics, which it must not
	// survive: it gives the terminal back and ends the process. nil: the process
	// ends by itself.
	Panic func(r any)

	// For tests and the demo; nil or zero: the real ones.
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	Resolver wire.Resolver
	RootCAs  *x509.CertPool
	Files    *web.Client                                                           // how files travel
	Lookup   func(ctx context.Context, network, host string) ([]netip.Addr, error) // with Dial: where hosts with files are, none of them near; nil: there are none
	Now      func() time.Time
	Kept     int                                     // how many stanzas of an account memory takes while the disk does not; 0: 2,000
	Jitter   func(limit time.Duration) time.Duration // a time below limit, to wait before the next try
	Log      *slog.Logger
	Console  func(account store.AccountID, out bool, xml []byte)
}

// Client holds the accounts of a profile.
type Client struct {
	opt      Options
	settings atomic.Pointer[store.Config]

	mu       sync.Mutex // guards accounts, never the work of one
	accounts []*Account
	boxMu    sync.Mutex // guards boxes; a leaf: nothing waits while it is held
	boxes    []*Mailbox // replaced, never changed in place

	ctx       context.Context
	cancel    context.CancelFunc
	wg        sync.WaitGroup
	jobs      chan func()
	begin     chan struct{} // closed: the accounts may work
	begun     sync.Once
	touched   atomic.Int64 // when the last key was pressed, ns
	attention attentions
	pictures  *picture.Decoder
	lost      struct{ messages, drafts atomic.Int64 }
	exporting atomic.Bool
	keeping   sync.Mutex // one password is kept at a time
	importing atomic.Bool
	importEnd atomic.Bool // somebody wants it to end
}

// New makes a client; nothing runs before Start.
func New(opt Options) *Client {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Kept == 0 {
		opt.Kept = keptMax
	}
	if opt.Jitter == nil {
		opt.Jitter = func(limit time.Duration) time.Duration { return time.Duration(rand.Int64N(int64(limit))) } //nolint:gosec // jitter is no secret
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{opt: opt, jobs: make(chan func(), 16), begin: make(chan struct{}), pictures: picture.New()}
	c.attention.of, c.attention.active = map[*Mailbox]Attention{}, true
	cfg := opt.Config
	c.settings.Store(&cfg)
	if !opt.Hold {
		c.Begin()
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Start begins to run the accounts of the configuration. Close, or the end of
// ctx, ends them.
func (c *Client) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	context.AfterFunc(ctx, c.cancel)
	c.touched.CompareAndSwap(0, c.opt.Now().UnixNano()) // who starts a program is there
	for _, cfg := range c.opt.Config.Accounts {
		if err := c.start(cfg, "", store.Unsaid); err != nil {
			return err
		}
	}
	c.wg.Go(c.work)
	c.wg.Go(c.watchMachine)
	if has, _ := c.opt.Secrets.Vault.Seals(); has {
		c.later(c.goOnSealing)
	}
	return nil
}

// guard ends the program in order when the goroutine that deferred it panics.
func (c *Client) guard() {
	if r := recover(); r != nil {
		if c.opt.Panic == nil {
			panic(r)
		}
		c.opt.Panic(r)
	}
}

// Begin lets the accounts work; see Options.Hold. Any goroutine.
func (c *Client) Begin() { c.begun.Do(func() { close(c.begin) }) }

// work runs what must wait for the disk outside of any account, one at a time.
func (c *Client) work() {
	defer c.guard()
	for {
		select {
		case fn := <-c.jobs:
			fn()
		case <-c.ctx.Done():
			return
		}
	}
}

// start makes the account's loop run; c.mu is held.
func (c *Client) start(cfg store.AccountConfig, password string, keep store.Place) error {
	jid, err := wire.Parse(cfg.JID)
	if err != nil {
		return err
	}
	bare := jid.Bare().String()
	row, err := c.opt.Store.Account(c.ctx, bare)
	if err != nil { // it is new
		if _, err := c.opt.Store.Write(c.ctx, func(tx *store.Tx) error {
			row, err = tx.EnsureAccount(bare)
			return err
		}); err != nil {
			return err
		}
	}
	a := &Account{id: row.ID, jid: bare, c: c, cmds: make(chan func(*loop), commandsMax), done: make(chan struct{})}
	l, err := newLoop(a, cfg, row)
	if err != nil {
		return err
	}
	if password == "" {
		password = c.opt.Passwords[bare]
	}
	l.password, l.keepTo = password, keep
	c.accounts = append(c.accounts, a)
	c.wg.Go(func() {
		defer c.guard()
		defer close(a.done)
		l.run(c.ctx)
	})
	return nil
}

// Close says goodbye on every link and waits until all has ended, two seconds
// at most for the network.
func (c *Client) Close() {
	c.cancel()
	c.wg.Wait()
}

// Lost says, after Close, how many messages and drafts the disk took to the end
// not. Messages that an archive has are fetched at the next start.
func (c *Client) Lost() (messages, drafts int) {
	return int(c.lost.messages.Load()), int(c.lost.drafts.Load())
}

// Accounts lists the accounts in the order of the configuration.
func (c *Client) Accounts() []*Account {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.accounts)
}

// Account finds an account; nil: there is none.
func (c *Client) Account(id store.AccountID) *Account {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.accounts {
		if a.id == id {
			return a
		}
	}
	return nil
}

// Subscribe makes a mailbox that gets, first, everything as it is now.
func (c *Client) Subscribe() *Mailbox {
	m := newMailbox()
	c.boxMu.Lock()
	c.boxes = append(slices.Clone(c.boxes), m)
	c.boxMu.Unlock()
	for _, a := range c.Accounts() {
		a.do(0, func(l *loop) { l.announceAll(m) })
	}
	return m
}

// Unsubscribe ends a mailbox.
func (c *Client) Unsubscribe(m *Mailbox) {
	c.boxMu.Lock()
	c.attention.mu.Lock()
	delete(c.attention.of, m)
	c.attention.mu.Unlock()
	defer c.boxMu.Unlock()
	c.boxes = slices.DeleteFunc(slices.Clone(c.boxes), func(b *Mailbox) bool { return b == m })
}

func (c *Client) publish(e Event) {
	for _, b := range c.mailboxes() {
		b.post(e)
	}
}

func (c *Client) mailboxes() []*Mailbox {
	c.boxMu.Lock()
	defer c.boxMu.Unlock()
	return c.boxes
}

// later runs fn where it may wait for the disk; false: too much waits.
func (c *Client) later(fn func()) bool {
	select {
	case c.jobs <- fn:
		return true
	default:
		c.answer(&Problem{Code: "busy"}, "")
		return false
	}
}

func (c *Client) answer(p *Problem, code string, args ...string) {
	c.publish(Answer{seal: localOrigin().seal(), Problem: p, Code: code, Args: args})
}

// Settings is the configuration as it holds now. The value must not be changed.
func (c *Client) Settings() *store.Config { return c.settings.Load() }

// AddAccount writes an account to the configuration and brings it online with
// this password, which is kept where keep says once the server has taken it. What
// comes of it arrives as events.
func (c *Client) AddAccount(cfg store.AccountConfig, password string, keep store.Place) {
	c.later(func() {
		jid, err := wire.Parse(cfg.JID)
		if err != nil || jid.Local() == "" {
			c.answer(&Problem{Code: "bad-address", Args: []string{cfg.JID}}, "")
			return
		}
		cfg.JID = jid.Bare().String()
		for _, a := range c.Accounts() {
			if a.jid == cfg.JID {
				c.answer(&Problem{Code: "account-exists", Args: []string{cfg.JID}}, "")
				return
			}
		}
		if c.opt.ConfigPath != "" {
			if err := store.AddAccount(c.opt.ConfigPath, cfg); err != nil {
				c.answer(&Problem{Code: "config-write", Args: []string{c.opt.ConfigPath}}, "")
				return
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		s := *c.settings.Load()
		s.Accounts = append(slices.Clone(s.Accounts), cfg)
		c.settings.Store(&s)
		c.added(cfg, password, keep)
	})
}

// RemoveAccount takes an account out of the configuration and offline. Its
// history stays on the disk.
func (c *Client) RemoveAccount(id store.AccountID) { c.removeAccount(id, "account-removed") }

// removeAccount is RemoveAccount with the word that tells it.
func (c *Client) removeAccount(id store.AccountID, code string) {
	c.later(func() {
		a := c.Account(id)
		if a == nil {
			return
		}
		if c.opt.ConfigPath != "" {
			if err := store.RemoveAccount(c.opt.ConfigPath, a.jid); err != nil {
				c.answer(&Problem{Code: "config-write", Args: []string{c.opt.ConfigPath}}, "")
				return
			}
		}
		c.mu.Lock()
		s := *c.settings.Load()
		s.Accounts = slices.DeleteFunc(slices.Clone(s.Accounts), func(x store.AccountConfig) bool { return strings.EqualFold(x.JID, a.jid) })
		c.settings.Store(&s)
		c.mu.Unlock()
		c.stopAccount(a)
		// Behind the end of the account, which may have been keeping a password.
		if err := c.opt.Secrets.Forget(c.ctx, a.jid); err != nil {
			c.answer(&Problem{Code: "not-forgotten"}, "")
		}
		c.answer(nil, code, a.jid)
	})
}

// SavePresence keeps a presence under its name in the configuration file.
func (c *Client) SavePresence(p store.SavedPresence) {
	c.changePresences("presence-saved", "bad-presence", p.Name, func(s *store.Config) bool { return s.SavePresence(p) })
}

// ForgetPresence takes a saved presence out of the configuration file.
func (c *Client) ForgetPresence(name string) {
	c.changePresences("presence-forgotten", "no-presence", name, func(s *store.Config) bool { return s.ForgetPresence(name) })
}

func (c *Client) changePresences(done, wrong, name string, change func(*store.Config) bool) {
	c.later(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		s := *c.settings.Load()
		if !change(&s) {
			c.answer(&Problem{Code: wrong, Args: []string{name}}, "")
			return
		}
		if c.opt.ConfigPath != "" {
			if err := store.WritePresences(c.opt.ConfigPath, s.Presences); err != nil {
				c.answer(&Problem{Code: "config-write", Args: []string{c.opt.ConfigPath}}, "")
				return
			}
		}
		c.settings.Store(&s)
		c.answer(nil, done, name)
	})
}

// Set changes a setting of the configuration file and of the running program.
// value is what the user typed.
func (c *Client) Set(key, value string) {
	c.later(func() {
		s := *c.settings.Load()
		text, ok := s.Set(key, value)
		if !ok {
			c.answer(&Problem{Code: "bad-setting", Args: []string{key, value}}, "")
			return
		}
		if c.opt.ConfigPath != "" {
			if err := store.SetKey(c.opt.ConfigPath, key, text); err != nil {
				c.answer(&Problem{Code: "config-write", Args: []string{c.opt.ConfigPath}}, "")
				return
			}
		}
		c.settings.Store(&s)
		if key == "retention" {
			c.retain()
		}
		c.answer(nil, "setting-changed", key, value)
	})
}

// retain lets the accounts look for what is too old.
func (c *Client) retain() {
	for _, a := range c.Accounts() {
		a.do(0, (*loop).retain)
	}
}
