package session

import (
	"sync"
	"time"

	"sotto/session/wire"
)

// Attention is what a screen knows of the person before it.
type Attention struct {
	Focused  bool // the terminal has the focus, as far as is known
	Known    bool // the terminal tells of its focus
	Detached bool // the screen is in a tmux or screen session that nobody looks at
}

// unknownFocus is how long after a key somebody is taken to look at a terminal
// that does not tell of its focus.
const unknownFocus = 2 * time.Minute

// attentions is what all screens say, and what follows from it.
type attentions struct {
	mu       sync.Mutex
	of       map[*Mailbox]Attention
	active   bool
	detached time.Time // since when all screens are
	absent   absence
}

// Attend says how a screen is looked at. Any goroutine.
func (c *Client) Attend(screen *Mailbox, at Attention) {
	c.attention.mu.Lock()
	c.attention.of[screen] = at
	c.attention.mu.Unlock()
	c.weigh()
	c.weighAbsence()
}

// weigh decides whether anybody looks, and tells the accounts when that changed.
func (c *Client) weigh() {
	c.attention.mu.Lock()
	active := len(c.attention.of) == 0
	for _, at := range c.attention.of {
		if !at.Detached && (at.Known && at.Focused || !at.Known && c.idle() < unknownFocus) {
			active = true
		}
	}
	changed := active != c.attention.active
	c.attention.active = active
	c.attention.mu.Unlock()
	if !changed {
		return
	}
	for _, a := range c.Accounts() {
		a.do(0, (*loop).tellActivity)
	}
}

// looked says whether anybody looks at a screen.
func (c *Client) looked() bool {
	c.attention.mu.Lock()
	defer c.attention.mu.Unlock()
	return c.attention.active
}

const nsCSI = "urn:xmpp:csi:0" // XEP-0352

// tellActivity tells the server whether somebody looks, so that it may hold back
// what can wait (XEP-0352 §4). A stream begins as active, a resumed one too.
func (l *loop) tellActivity() {
	if l.link == nil || l.login == nil || l.login.Features.Child(nsCSI, "csi") == nil {
		return
	}
	active := l.c.looked()
	if active == l.toldActive {
		return
	}
	l.toldActive = active
	name := "inactive"
	if active {
		name = "active"
	}
	l.sendNow(wire.New(nsCSI, name))
}
