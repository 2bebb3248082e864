package session

import (
	"crypto/rand"

	"sotto/session/wire"
	"sotto/store"
)

// newID makes an id nobody can guess.
func newID() string { return rand.Text() }

// outMax bounds a line that is typed or pasted.
const outMax = 256 << 10

// stanzaMax keeps a stanza of ours below what servers and this program accept.
const stanzaMax = 900 << 10

// outbox follows the stanzas that must survive: each is on disk before it is
// on the wire and leaves the disk when the server has it.
type outbox struct {
	rows []outRow // in the order in which they go
}

type outRow struct {
	id      store.OutboxID
	chat    store.ChatID
	message store.MessageID
	bytes   []byte
	handed  bool   // the disk knows that a link may have it
	seq     uint64 // of the link; 0: not handed to it
	written bool
	fenced  bool // no XEP-0198: the answer to a later ping settles it
}

// send stores a line and sends it when the link allows.
func (l *loop) send(id store.ChatID, localID, body string) {
	refuse := func(code string) {
		l.emit(Refused{seal: localOrigin().seal(), Account: l.a.id, Chat: id, LocalID: localID, Body: body, Problem: Problem{Code: code}})
	}
	c, ok := l.chat(id)
	switch {
	case !ok:
		refuse("no-chat")
		return
	case len(body) > outMax:
		refuse("too-long")
		return
	case c.Kind == store.Room && !l.inRoom(c.JID) && l.state == Online:
		refuse("not-in-room")
		return
	}
	d, ok := l.lineFor(c, localID, body)
	if !ok {
		refuse("occupant-gone")
		return
	}
	if len(d.Bytes) > stanzaMax { // escaped, a text can grow to five times its size
		refuse("too-long")
		return
	}
	var out store.OutboxID
	var m store.MessageID
	d.Handed = l.mayGo(c)
	saved := l.write(func(tx *store.Tx) (err error) {
		if m, out, err = tx.Queue(d); err != nil {
			return err
		}
		l.chatMoved(id, tx)
		l.emit(Accepted{seal: localOrigin().seal(), Account: l.a.id, Chat: id, LocalID: localID})
		return nil
	})
	if !saved {
		refuse("not-saved")
		return
	}
	l.stopComposing(id)
	l.outbox.rows = append(l.outbox.rows, outRow{id: out, chat: id, message: m, bytes: d.Bytes, handed: d.Handed})
	l.pump()
}

// lineFor makes the stanza of a line of ours. false: there is nobody to say it to.
func (l *loop) lineFor(c store.Chat, localID, body string) (store.Draft, bool) {
	e := wire.New(wire.NSClient, "message").Set("type", "chat").Set("to", c.JID).Set("id", localID)
	e.Add(wire.New(wire.NSClient, "body").SetText(body), wire.New(nsStanzaID, "origin-id").Set("id", localID))
	d := store.Draft{Chat: c.ID, Sender: l.self.String(), Body: body, LocalID: localID}
	room := wire.Lenient(c.JID)
	switch c.Kind {
	case store.Room:
		e.Set("type", "groupchat")
		d.Nick = l.nickIn(room)
		d.Sender = room.WithResource(d.Nick).String()
	case store.Private:
		nick := l.occupantNick(room, c)
		if nick == "" {
			return d, false
		}
		e.Set("to", room.WithResource(nick).String())
		e.Add(wire.New(nsMUCUser, "x"))
		d.Nick, d.Sender = l.nickIn(room), room.String()
	default:
		e.Add(wire.New(nsReceipts, "request"), wire.New(nsMarkers, "markable"))
		if l.seesUs(room) && l.c.Settings().Typing {
			e.Add(wire.New(nsStates, "active"))
		}
	}
	d.Bytes = e.Bytes()
	return d, true
}

// outboxAdd takes a row that is on disk.
func (l *loop) outboxAdd(id store.OutboxID, chat store.ChatID, m store.MessageID, b []byte) {
	l.outbox.rows = append(l.outbox.rows, outRow{id: id, chat: chat, message: m, bytes: b})
	l.pump()
}

// outboxOnline follows a fresh login: what was queued goes; what an ended link
// may have brought to the server is looked up first.
func (l *loop) outboxOnline() {
	rows, err := l.st.Outbox(l.ctx, l.a.id)
	if err != nil {
		l.storeFailed(err)
		return
	}
	l.outbox = outbox{}
	var unsure []store.Out
	for _, o := range rows {
		switch o.State {
		case store.OutQueued:
			l.outbox.rows = append(l.outbox.rows, outRow{id: o.ID, chat: o.Chat, message: o.Message, bytes: o.Bytes})
		case store.OutWritten:
			unsure = append(unsure, o)
		}
	}
	l.lookUp(unsure)
	l.pump()
}

// mayGo says whether a line of a chat could go to the link now. Lines to a room
// that we are not in yet wait; the others of the account do not wait for them.
func (l *loop) mayGo(c store.Chat) bool {
	if l.state != Online || l.link == nil || l.looking[c.ID] > 0 {
		return false
	}
	return c.Kind != store.Room && c.Kind != store.Private || l.inRoom(c.JID)
}

// pump hands to the link what may go now, the disk first. Within a chat the
// order is that of typing: what stands behind an unsettled line waits for it.
func (l *loop) pump() {
	var ready []int
	for i, r := range l.outbox.rows {
		if r.seq != 0 {
			continue
		}
		if c, ok := l.chat(r.chat); ok && l.mayGo(c) {
			ready = append(ready, i)
		}
	}
	if len(ready) == 0 {
		return
	}
	fresh := false
	for _, i := range ready {
		fresh = fresh || !l.outbox.rows[i].handed
	}
	if fresh && !l.write(func(tx *store.Tx) error {
		for _, i := range ready {
			if err := tx.HandOver(l.outbox.rows[i].id); err != nil {
				return err
			}
		}
		return nil
	}) {
		return
	}
	for _, i := range ready {
		r := &l.outbox.rows[i]
		r.handed = true
		seq, err := l.link.SendBytes(r.bytes)
		if err != nil {
			return // the queue is full or the link has ended: it goes later
		}
		r.seq = seq
	}
	if !l.login.SM {
		l.fence()
	}
}

// fence asks the server for a sign of life behind what was just sent: servers
// handle a stream in order, so its answer says that they have it all.
func (l *loop) fence() {
	for i := range l.outbox.rows {
		if r := &l.outbox.rows[i]; r.seq != 0 {
			r.fenced = true
		}
	}
	var limit uint64
	for _, r := range l.outbox.rows {
		limit = max(limit, r.seq)
	}
	l.ask(iq("get", l.self.Domain(), wire.New(nsPing, "ping")), func(tx *store.Tx, _ *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		return l.settle(tx, func(r outRow) bool { return r.fenced && r.seq <= limit })
	})
}

// outboxMoved notes what the link wrote and what the server has.
func (l *loop) outboxMoved() {
	if l.link == nil || len(l.outbox.rows) == 0 {
		return
	}
	written, acked := l.link.Written(), l.link.Acked()
	moved := false
	for _, r := range l.outbox.rows {
		if r.seq != 0 && (!r.written && r.seq <= written || r.seq <= acked) {
			moved = true
		}
	}
	if !moved {
		return
	}
	l.write(func(tx *store.Tx) error {
		for i := range l.outbox.rows {
			r := &l.outbox.rows[i]
			if r.seq == 0 || r.written || r.seq > written || r.seq <= acked {
				continue
			}
			r.written = true
			if err := tx.SetOutbox(r.id, store.OutWritten); err != nil {
				continue // settled by its reflection meanwhile
			}
			l.chatMoved(r.chat, tx)
		}
		return l.settle(tx, func(r outRow) bool { return r.seq != 0 && r.seq <= acked })
	})
}

// settle removes the rows that the server has.
func (l *loop) settle(tx *store.Tx, has func(outRow) bool) error {
	rest := l.outbox.rows[:0:0]
	for _, r := range l.outbox.rows {
		if !has(r) {
			rest = append(rest, r)
			continue
		}
		if err := tx.Try(func(tx *store.Tx) error { return tx.Settle(r.id) }); err != nil {
			continue // its reflection was faster
		}
		l.chatMoved(r.chat, tx)
	}
	l.outbox.rows = rest
	return nil
}

// outboxLost: what was not written goes with the next login; the store knows.
func (l *loop) outboxLost() {
	l.outbox = outbox{}
}

// resend puts a failed or unsure line back into the queue, with the same id
// and the same bytes.
func (l *loop) resend(id store.MessageID) {
	m, err := l.st.Message(l.ctx, id)
	if err != nil || !m.Outgoing || m.State != store.Failed && m.State != store.Unsure {
		return
	}
	c, ok := l.chat(m.Chat)
	if !ok {
		return
	}
	d, ok := l.lineFor(c, m.LocalID, m.Body)
	if !ok {
		l.tellProblem(m.Chat, Problem{Code: "occupant-gone"})
		return
	}
	var out store.OutboxID
	done := l.write(func(tx *store.Tx) (err error) {
		out, err = tx.Requeue(id, d.Bytes)
		l.chatMoved(m.Chat, tx)
		return err
	})
	if done {
		l.outboxAdd(out, m.Chat, id, d.Bytes)
	}
}

func (l *loop) drop(id store.MessageID) {
	m, err := l.st.Message(l.ctx, id)
	if err != nil {
		return
	}
	for i, r := range l.outbox.rows {
		if r.message == id {
			if r.seq != 0 {
				return // too late: it is on its way
			}
			l.outbox.rows = append(l.outbox.rows[:i:i], l.outbox.rows[i+1:]...)
			break
		}
	}
	l.write(func(tx *store.Tx) error {
		l.chatMoved(m.Chat, tx)
		return tx.Drop(id)
	})
}
