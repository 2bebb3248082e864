package session

import (
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Typing states (XEP-0085), receipts (XEP-0184) and displayed markers
// (XEP-0333) as they arrive, and what we tell of ourselves: only to people who
// are subscribed to us.

const (
	// typingTime ends a "composing" whose end never came.
	typingTime = time.Minute
	// pauseTime of stillness turns "composing" into "paused".
	pauseTime = 10 * time.Second
	typersMax = 16
)

// states reads typing, receipts and markers of a message.
func (l *loop) states(tx *store.Tx, o origin, k store.ChatKey) error {
	if !o.outgoing {
		if id, ok := l.chatIDs[k]; ok && o.query == nil {
			l.typingState(id, o)
		}
		if r := o.el.Child(nsReceipts, "received"); r != nil && !o.carbon {
			if err := l.mark(tx, o, k, store.AnnotationReceipt, r.Attr("id")); err != nil {
				return err
			}
		}
		for _, name := range []string{"displayed", "acknowledged"} {
			if m := o.el.Child(nsMarkers, name); m != nil {
				return l.mark(tx, o, k, store.AnnotationMarker, m.Attr("id"))
			}
		}
		return nil
	}
	// Another device of ours saw the chat up to a message: so did we.
	m := o.el.Child(nsMarkers, "displayed")
	id, ok := l.chatIDs[k]
	if m == nil || !ok || !o.carbon && o.query == nil {
		return nil
	}
	ref := clip(m.Attr("id"), 256)
	if o.query != nil { // places are sure when the archive has said all
		if !slices.Contains(o.query.marks, id) {
			o.query.marks = append(o.query.marks, id)
		}
		return tx.SeenLater(id, ref, o.query.applying.places[o.query.applying.at])
	}
	ord, err := tx.OrdOf(id, ref)
	if err != nil {
		return err
	}
	if ord == 0 { // an archive may bring it still
		return tx.SeenLater(id, ref, l.serverTime(l.c.opt.Now()).UnixMicro())
	}
	l.emit(ChatsChanged{seal: o.seal()})
	if err := l.seenElsewhere(tx, id, ord); err != nil {
		return err
	}
	return tx.ReadElsewhere(id, ord)
}

// mark notes what the addressee says of a message of ours.
func (l *loop) mark(tx *store.Tx, o origin, k store.ChatKey, kind, ref string) error {
	if ref == "" || len(ref) > 256 {
		return nil
	}
	chat, ok := l.chatIDs[k]
	if !ok {
		if c := l.contacts[o.owner.String()]; c.JID == "" {
			return nil // we never wrote to them, and strangers make no chats
		}
		var err error
		if chat, err = l.chatFor(tx, k); err != nil {
			return err
		}
	}
	waiting, err := l.pendingIn(tx, chat)
	if err != nil {
		return err
	}
	if err := tx.Annotate(chat, o.owner.String(), kind, ref, nil); err != nil {
		return err
	}
	// A receipt that is faster than the server's word settles a line, too.
	for _, r := range waiting {
		if pending, err := tx.Pending(r.id); err != nil {
			return err
		} else if pending {
			continue
		}
		if err := l.crossed(tx, r); err != nil {
			return err
		}
	}
	l.chatMoved(chat, tx)
	return nil
}

// typist is who types: an occupant by nick, others by address. Their names may change
// meanwhile.
type typist struct{ nick, jid string }

func typistOf(o origin) typist {
	if o.by == byOccupant {
		return typist{nick: o.nick()}
	}
	return typist{jid: o.owner.String()}
}

// typingState follows who types in a chat.
func (l *loop) typingState(chat store.ChatID, o origin) {
	c := o.el.Child(nsStates, "")
	if c == nil {
		return
	}
	t := l.typing[chat]
	if c.Local != "composing" {
		l.typingEnds(chat, o)
		return
	}
	if t == nil {
		t = map[typist]*time.Timer{}
		l.typing[chat] = t
	}
	who := typistOf(o)
	if old := t[who]; old != nil {
		old.Stop()
	} else if len(t) >= typersMax {
		return
	}
	t[who] = l.after(typingTime, func(l *loop) {
		delete(l.typing[chat], who)
		l.tellTyping(chat, o)
	})
	l.tellTyping(chat, o)
}

func (l *loop) typingEnds(chat store.ChatID, o origin) {
	who := typistOf(o)
	if t := l.typing[chat][who]; t != nil {
		t.Stop()
		delete(l.typing[chat], who)
		l.tellTyping(chat, o)
	}
}

func (l *loop) tellTyping(chat store.ChatID, o origin) {
	var who []string
	for t := range l.typing[chat] {
		if t.nick != "" {
			who = append(who, t.nick)
		} else {
			who = append(who, l.contactName(t.jid))
		}
	}
	slices.Sort(who)
	l.emit(TypingChanged{seal: o.seal(), Account: l.a.id, Chat: chat, Who: who})
}

// receiptFor confirms a message that asks for it (XEP-0184 §5.3): never copies
// or rooms, only to people who see our presence anyway.
func (l *loop) receiptFor(tx *store.Tx, o origin, chat store.ChatID) {
	if o.carbon || o.private || o.el.Attr("type") == "headline" || o.el.Child(nsReceipts, "request") == nil || o.el.Attr("id") == "" || !l.c.Settings().Receipts || !l.seesUs(o.owner) {
		return
	}
	e := wire.New(wire.NSClient, "message").Set("to", o.full.String()).Set("type", o.el.Attr("type")).Set("id", newID()).
		Add(wire.New(nsReceipts, "received").Set("id", o.el.Attr("id")), wire.New(nsHints, "store"))
	if id, err := tx.QueueStanza(chat, 0, "receipt", e.Bytes()); err == nil {
		l.then = append(l.then, func() { l.outboxAdd(id, chat, 0, e.Bytes()) })
	}
}

// seesUs says whether an address may see our presence, and so may know whether
// we type and what reached us.
func (l *loop) seesUs(bare wire.JID) bool {
	if l.presence.Show == Invisible {
		_, told := l.directed[bare.String()]
		return bare == l.self || told
	}
	return bare == l.self || l.contacts[bare.String()].ToUs()
}

// composing is what we told a chat about our typing.
type composing struct {
	told  bool
	pause *time.Timer
}

// composing follows the user's input: once "composing", "paused" after a while
// without a key, "active" when the input is empty again.
func (l *loop) composing(id store.ChatID, active bool) {
	c, ok := l.chat(id)
	if !ok || c.Kind != store.Direct || !l.c.Settings().Typing {
		return
	}
	bare := wire.Lenient(c.JID)
	if !l.may(SeeTyping, bare) || len(l.present[c.JID]) == 0 {
		return
	}
	s := l.composed[id]
	if s.pause != nil {
		s.pause.Stop()
	}
	if !active {
		if s.told {
			l.sendState(c.JID, "active")
		}
		delete(l.composed, id)
		return
	}
	if !s.told {
		l.sendState(c.JID, "composing")
	}
	s.told = true
	s.pause = l.after(pauseTime, func(l *loop) {
		if l.composed[id].told {
			delete(l.composed, id)
			l.sendState(c.JID, "paused")
		}
	})
	l.composed[id] = s
}

// stopComposing forgets a typing state that the message itself ends.
func (l *loop) stopComposing(id store.ChatID) {
	if s, ok := l.composed[id]; ok {
		if s.pause != nil {
			s.pause.Stop()
		}
		delete(l.composed, id)
	}
}

func (l *loop) sendState(to, state string) {
	l.sendNow(wire.New(wire.NSClient, "message").Set("to", to).Set("type", "chat").
		Add(wire.New(nsStates, state), wire.New(nsHints, "no-store")))
}
