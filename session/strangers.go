package session

import (
	"context"

	"sotto/store"
)

// Strangers are people who are not in the roster and to whom the user did not
// write first. What they say waits among the requests: no receipt, no marker, no
// typing, no notification with their words, until the user accepts them.

// stranger says whether a message is held back: its chat waits, or its sender
// would begin one. A private message counts for its room only where we know the
// room; anybody can call an address so.
func (l *loop) stranger(tx *store.Tx, o origin, k store.ChatKey) (bool, error) {
	if o.outgoing || o.by != byContact && o.by != byOccupant || k.Kind != store.Direct && k.Kind != store.Private ||
		k.Kind == store.Private && l.isRoom(o.peer.Bare()) {
		return false, nil
	}
	if l.contacts[o.peer.Bare().String()].JID != "" {
		return false, nil
	}
	held, there, err := tx.HeldAs(k)
	return !there || held != store.NotHeld, err
}

// holdStranger makes room for a message of a stranger; false: it is not kept.
func (l *loop) holdStranger(tx *store.Tx, o origin, k store.ChatKey) (bool, error) {
	l.emit(RequestsChanged{seal: localOrigin().seal(), Account: l.a.id})
	ok, err := tx.RoomForStranger(k, o.peer.Domain(), o.when, o.mamID)
	if !ok || err != nil {
		return false, err
	}
	_, there, err := tx.HeldAs(k)
	if there || err != nil {
		return err == nil, err
	}
	chat, err := l.chatFor(tx, k)
	if err != nil {
		return false, err
	}
	return true, tx.HoldChat(chat)
}

// release lets the chats with an address go: the user wrote there, opened it, or
// said yes.
func (l *loop) release(tx *store.Tx, bare string) error {
	changed, err := tx.Hold(l.a.id, bare, store.NotHeld)
	if changed {
		l.released()
	}
	return err
}

func (l *loop) released() {
	s := localOrigin().seal()
	l.emit(RequestsChanged{seal: s, Account: l.a.id})
	l.emit(ChatsChanged{seal: s})
}

// releaseContacts lets go the chats with people who came into the roster.
func (l *loop) releaseContacts(tx *store.Tx) error {
	changed, err := tx.ReleaseContacts(l.a.id)
	if changed {
		l.released()
	}
	return err
}

// dismiss says no to a stranger: what asked to see our presence is told so, what
// was written stands nowhere any more, and nothing more of it is shown.
func (l *loop) dismiss(s string) {
	j, ok := l.blockAddress(s)
	if !ok {
		return
	}
	jid := j.Bare().String()
	asked := false
	if !l.keep(func(tx *store.Tx) (err error) {
		if asked, err = tx.HasRequest(l.a.id, jid); err != nil || asked && l.link == nil {
			return err
		}
		l.tell(0, "stranger-denied", jid)
		return l.forgetAsked(tx, jid)
	}) {
		return
	}
	switch {
	case asked && l.link == nil:
		l.tellProblem(0, Problem{Code: "offline"})
	case asked:
		l.sendNow(presenceTo(jid, "unsubscribed"))
	}
}

// Dismiss says no to a stranger who wrote to us or asks to see our presence.
func (a *Account) Dismiss(jid string) { a.do(0, func(l *loop) { l.dismiss(jid) }) }

// Unkept counts, over all accounts, what strangers wrote or asked that found no
// room. Any goroutine but the interface's.
func (c *Client) Unkept(ctx context.Context) (n int) {
	for _, a := range c.Accounts() {
		if k, err := c.opt.Store.Unkept(ctx, a.id); err == nil {
			n += k
		}
	}
	return n
}

// RequestsChanged says that the list of the people who wait for an answer changed.
type RequestsChanged struct {
	seal
	Account store.AccountID
}

type requestsKey struct{ a store.AccountID }

func (e RequestsChanged) key() any { return requestsKey{e.Account} }
