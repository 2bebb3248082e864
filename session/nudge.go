package session

import (
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Somebody wants our attention: XEP-0224.

const (
	nsAttention = "urn:xmpp:attention:0"
	// nudgeEvery is the least time between two that count of one contact.
	nudgeEvery = time.Minute
)

// wantsAttention says whether a message is a contact's wish for attention that is
// to be shown. One with words is a message like any other.
func (l *loop) wantsAttention(o origin, k store.ChatKey) bool {
	if o.by != byContact || k.Kind != store.Direct || o.el.Child(nsAttention, "attention") == nil || l.contacts[o.owner.String()].JID == "" {
		return false
	}
	if o.query != nil || o.carbon {
		return true
	}
	now, last := l.c.opt.Now(), l.nudged[o.owner]
	if d := now.Sub(last); d >= 0 && d < nudgeEvery {
		return false
	}
	who := o.owner
	l.then = append(l.then, func() {
		if l.nudged == nil {
			l.nudged = map[wire.JID]time.Time{}
		}
		l.nudged[who] = now // contacts alone: bounded by the roster
	})
	return true
}
