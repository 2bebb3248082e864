package session

import (
	"crypto/rand"
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// newID makes an id nobody can guess.
func newID() string { return rand.Text() }

// outMax bounds a line that is typed or pasted.
const outMax = 256 << 10

// stanzaMax keeps a stanza of ours below what servers and this program accept.
const stanzaMax = 900 << 10

// flightMost is how many stanzas of the outbox a link has at a time that the
// server has not: enough to fill its window, so few that a question need not
// wait long behind them and that little is looked up when a session is lost.
const flightMost = 32

// outbox follows the stanzas that must survive: each is on disk before it is
// on the wire and leaves the disk when the server has it.
type outbox struct {
	rows []outRow // in the order in which they go
	full bool     // some wait for those that the link has; half of these make room for the next
}

// flying counts the stanzas that the link has.
func (o *outbox) flying() (n int) {
	for _, r := range o.rows {
		if r.seq != 0 {
			n++
		}
	}
	return n
}

type outRow struct {
	id      store.OutboxID
	chat    store.ChatID
	message store.MessageID
	bytes   []byte
	handed  bool   // the disk knows that a link may have it
	at      int64  // when it was handed over, µs
	last    int64  // the last place in the chat then
	seq     uint64 // of the link; 0: not handed to it
	heard   uint64 // what its archive had told when it was handed to the link
	written bool
	fenced  bool // no XEP-0198: the answer to a later ping settles it
}

// send stores a line and sends it when the link allows. to is the message it
// answers; 0: none. shape is how it is to be shown; nil: as it is.
func (l *loop) send(id store.ChatID, localID, body string, to store.MessageID, shape *store.Shape) {
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
	case c.Kind == store.Room && !l.inRoom(c.JID) && !l.willBeIn(c.JID) && l.state == Online:
		refuse("not-in-room")
		return
	}
	if p := l.barredChat(c); p != nil {
		l.emit(Refused{seal: localOrigin().seal(), Account: l.a.id, Chat: id, LocalID: localID, Body: body, Problem: *p})
		return
	}
	d, ok := l.answerFor(c, localID, body, to, shape)
	if !ok {
		refuse("occupant-gone")
		return
	}
	if len(d.Bytes) > stanzaMax { // escaped, a text can grow to five times its size
		refuse("too-long")
		return
	}
	row := outRow{chat: id, bytes: d.Bytes, at: l.c.opt.Now().UnixMicro()}
	d.Handed = l.mayGo(c) && !l.outbox.full && l.outbox.flying() < flightMost
	saved := l.write(func(tx *store.Tx) error {
		before, err := tx.Chat(id)
		if err != nil {
			return err
		}
		if row.message, row.id, err = tx.Queue(d); err != nil {
			return err
		}
		row.handed, row.last = d.Handed, before.LastOrd
		if err := l.dueShown(tx, id); err != nil {
			return err
		}
		if before.Held != store.NotHeld { // who is written to is no stranger
			if err := l.release(tx, before.JID); err != nil {
				return err
			}
		}
		l.chatMoved(id, tx)
		l.emit(Accepted{seal: localOrigin().seal(), Account: l.a.id, Chat: id, LocalID: localID})
		return nil
	})
	if !saved {
		code := "not-saved"
		if p := l.savingProblem(); p != nil {
			code = p.Code
		}
		refuse(code)
		return
	}
	l.stopComposing(id)
	l.outbox.rows = append(l.outbox.rows, row)
	l.pump()
}

// lineFor makes the stanza of a line of ours. false: there is nobody to say it to.
func (l *loop) lineFor(c store.Chat, localID, body string) (store.Draft, bool) {
	return l.lineWith(c, localID, body, body)
}

// lineWith makes the stanza of a line of which more is sent than is kept: what is
// there for other programs stands in sent, what tells about it in extra.
func (l *loop) lineWith(c store.Chat, localID, body, sent string, extra ...*wire.Element) (store.Draft, bool) {
	e := wire.New(wire.NSClient, "message").Set("type", "chat").Set("to", c.JID).Set("id", localID)
	e.Add(wire.New(wire.NSClient, "body").SetText(sent), wire.New(nsStanzaID, "origin-id").Set("id", localID))
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
	case store.Self: // no device of ours tells another that it has it
	default:
		e.Add(wire.New(nsReceipts, "request"), wire.New(nsMarkers, "markable"))
		if l.may(SeeTyping, room) && l.c.Settings().Typing {
			e.Add(wire.New(nsStates, "active"))
		}
	}
	d.Bytes = e.Add(extra...).Bytes()
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
	if !l.saving {
		return // when the disk takes what comes of it
	}
	rows, err := l.st.Outbox(l.ctx, l.a.id)
	if err != nil {
		l.storeFailed(err)
		return
	}
	flying := map[store.OutboxID]outRow{} // this link has them already
	for _, r := range l.outbox.rows {
		if r.seq != 0 {
			flying[r.id] = r
		}
	}
	l.outbox = outbox{}
	var unsure []store.Out
	for _, o := range rows {
		if r, ok := flying[o.ID]; ok {
			l.outbox.rows = append(l.outbox.rows, r)
			continue
		}
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
	flying := l.outbox.flying()
	if l.outbox.full && flying > flightMost/2 {
		return // a few at once: each time costs a write to the disk
	}
	l.outbox.full = false
	ready, fresh := map[store.OutboxID]bool{}, false
	for _, r := range l.outbox.rows {
		if c, ok := l.chat(r.chat); !ok || r.seq != 0 || !l.mayGo(c) {
			continue
		}
		if l.outbox.full = flying+len(ready) >= flightMost; l.outbox.full {
			break
		}
		ready[r.id] = true
		fresh = fresh || !r.handed
	}
	if len(ready) == 0 {
		return
	}
	if fresh && !l.write(func(tx *store.Tx) error { return l.handOver(tx, ready) }) {
		return
	}
	for i := range l.outbox.rows {
		r := &l.outbox.rows[i]
		if !ready[r.id] || r.seq != 0 {
			continue
		}
		seq, err := l.link.SendBytes(r.bytes)
		if err != nil {
			return // the queue is full or the link has ended: it goes later
		}
		r.seq, r.heard = seq, l.heardOf(l.archiveWith(r.chat)).n
	}
	if !l.login.SM {
		l.fence()
	}
}

// handOver notes on the disk, before lines are given to the link, that from now
// on the server may have them.
func (l *loop) handOver(tx *store.Tx, ready map[store.OutboxID]bool) error {
	now := l.c.opt.Now().UnixMicro()
	for _, r := range l.outbox.rows {
		if !ready[r.id] || r.handed {
			continue
		}
		if err := tx.HandOver(r.id); err != nil {
			return err
		}
		c, err := tx.Chat(r.chat)
		if err != nil {
			return err
		}
		l.then = append(l.then, func() {
			l.outbox.change(r.id, func(r *outRow) { r.handed, r.at, r.last = true, now, c.LastOrd })
		})
	}
	return nil
}

// change changes a row that is there.
func (o *outbox) change(id store.OutboxID, fn func(*outRow)) {
	for i := range o.rows {
		if o.rows[i].id == id {
			fn(&o.rows[i])
		}
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
	l.keep(func(tx *store.Tx) error {
		// What the server has first: a line takes its place when it leaves, and these
		// left before those.
		if err := l.settle(tx, func(r outRow) bool { return r.seq != 0 && r.seq <= acked }); err != nil {
			return err
		}
		for _, r := range l.outbox.rows {
			if r.seq == 0 || r.written || r.seq > written || r.seq <= acked {
				continue
			}
			l.then = append(l.then, func() { l.outbox.change(r.id, func(r *outRow) { r.written = true }) })
			if err := tx.SetOutbox(r.id, store.OutWritten); err != nil {
				continue // settled by its reflection meanwhile
			}
			l.chatMoved(r.chat, tx)
		}
		return nil
	})
}

// awaits says whether the server's word up to acked settles a row.
func (o *outbox) awaits(acked uint64) bool {
	return slices.ContainsFunc(o.rows, func(r outRow) bool { return r.seq != 0 && r.seq <= acked })
}

// pendingIn lists the lines to a chat that the link has and nobody confirmed.
func (l *loop) pendingIn(tx *store.Tx, chat store.ChatID) (list []outRow, err error) {
	for _, r := range l.outbox.rows {
		if r.chat != chat || r.seq == 0 || r.message == 0 {
			continue
		}
		pending, err := tx.Pending(r.id)
		if err != nil {
			return nil, err
		}
		if pending {
			list = append(list, r)
		}
	}
	return list, nil
}

// settle removes the rows that the server has, from memory once they are gone
// from the disk.
func (l *loop) settle(tx *store.Tx, has func(outRow) bool) error {
	gone := map[store.OutboxID]bool{}
	for _, r := range l.outbox.rows {
		if !has(r) {
			continue
		}
		gone[r.id] = true
		// Its reflection or a receipt may have been faster.
		if tx.Try(func(tx *store.Tx) error { return tx.Settle(r.id) }) == nil {
			l.chatMoved(r.chat, tx)
		}
		if err := l.crossed(tx, r); err != nil {
			return err
		}
	}
	l.then = append(l.then, func() {
		l.outbox.rows = slices.DeleteFunc(l.outbox.rows, func(r outRow) bool { return gone[r.id] })
		l.pump()
	})
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
	if m.File != nil && m.File.URL == "" {
		l.uploadAgain(m)
		return
	}
	c, ok := l.chat(m.Chat)
	if !ok {
		return
	}
	if p := l.barredChat(c); p != nil {
		l.tellProblem(m.Chat, *p)
		return
	}
	d, ok := l.lineAgain(c, m)
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
	if m.State == store.Preparing || m.File != nil && m.File.URL == "" {
		l.dropUpload(m)
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
