package session

import (
	"sotto/session/wire"
	"sotto/store"
)

// Calls: XEP-0353 and XEP-0482. sotto takes none; a line of the chat says that
// there was one, and what became of it, by whatever path that comes.

const (
	nsCalls       = "urn:xmpp:jingle-message:0"  // XEP-0353
	nsCallInvites = "urn:xmpp:call-invites:0"    // XEP-0482
	nsCallMedia   = "urn:xmpp:jingle:apps:rtp:1" // XEP-0167
)

// callWord is what a stanza says of a call.
type callWord struct {
	step   store.CallStep
	id     string // of the call; with invites, of the message that invites
	media  string // audio or video; "": not said
	invite bool   // XEP-0482
	caller int    // who says it: the caller (1), who is called (-1) or either (0)
}

// readCall reads what a message says of a call; false: nothing that is shown.
func readCall(e *wire.Element) (w callWord, ok bool) {
	for _, c := range e.Children {
		w = callWord{id: c.Attr("id"), invite: c.Space == nsCallInvites}
		known := c.Space == nsCalls || c.Space == nsCallInvites
		switch {
		case !known:
			continue
		case c.Is(nsCalls, "propose"):
			w.caller = 1
			n := 0
			for d := range c.All(nsCallMedia, "description") {
				if m := d.Attr("media"); m == "video" || m == "audio" && w.media == "" {
					w.media = m
				}
				if n++; n >= 8 {
					break
				}
			}
		case c.Is(nsCallInvites, "invite"):
			w.caller, w.media, w.id = 1, "audio", e.Child(nsStanzaID, "origin-id").Attr("id")
			if w.id == "" {
				w.id = e.Attr("id")
			}
			if v := c.Attr("video"); v == "true" || v == "1" {
				w.media = "video"
			}
		case c.Local == "retract":
			w.caller, w.step = 1, store.CallMissed
		case c.Local == "reject" && c.Child(nsCalls, "tie-break") == nil:
			w.caller, w.step = -1, store.CallDeclined
		case c.Is(nsCalls, "proceed"), c.Is(nsCallInvites, "accept"):
			w.caller, w.step = -1, store.CallAnswered
		case c.Is(nsCalls, "finish"), c.Is(nsCallInvites, "left"):
			w.step = store.CallEnded
		default:
			continue
		}
		named := w.id != "" || w.invite && w.caller == 1 && e.Attr("type") == "groupchat" // the room names it
		if named && len(w.id) <= 256 {
			return w, true
		}
	}
	return callWord{}, false
}

// called applies what a message says of a call in a chat of two. Strangers and
// people of rooms call nobody here.
func (l *loop) called(tx *store.Tx, o origin, k store.ChatKey, held bool) error {
	w, ok := readCall(o.el)
	if !ok || held || k.Kind != store.Direct || o.by != byContact && o.by != byOwn {
		return nil
	}
	chat, err := l.chatFor(tx, k)
	if err != nil {
		return err
	}
	own := o.outgoing == (w.caller >= 0) // who began it: we, or they
	by := map[bool]string{true: l.self.String(), false: o.peer.Bare().String()}
	m, there, err := tx.NoticeOf(chat, by[own], w.id)
	if err == nil && !there && w.caller == 0 { // either may end it
		own = !own
		m, there, err = tx.NoticeOf(chat, by[own], w.id)
	}
	if err != nil || !there && w.caller == 0 {
		return err
	}
	if there {
		return l.callWent(tx, o, m, own, w)
	}
	a := store.Arrival{Chat: chat, Kind: store.Notice, Notice: store.CallNotice(own, w.step), Sender: by[own], Nick: l.callName(o, own), Body: w.media}
	stored, err := l.noticed(tx, o, a, by[own], w.id)
	if err == nil && w.step == store.CallOffered && !own && o.query == nil && !stored && !o.carbon {
		l.emit(Noticed{seal: o.seal(), Account: l.a.id, Chat: chat, From: l.nameOf(o), JID: o.owner.String(), What: a.Notice})
	}
	return err
}

// calledInRoom does the same in a room, where only XEP-0482 calls. Invites go by
// the name that the room gives them, and whoever sent one takes it back.
func (l *loop) calledInRoom(tx *store.Tx, o origin, r *room, chat store.ChatID) error {
	w, ok := readCall(o.el)
	if !ok || !w.invite || w.caller != 1 || o.by != byOccupant || l.ignores(r.jid, r.idOf(o), o.nick()) {
		return nil
	}
	by := r.idOf(o)
	if by == "" {
		by = o.full.String()
	}
	if w.step == store.CallMissed {
		m, there, err := tx.NoticeOf(chat, by, w.id)
		if !there || err != nil || m.Notice == store.NoticeCallOver {
			return err
		}
		l.chatMoved(chat, tx)
		return tx.SetNotice(m.ID, store.NoticeCallOver, m.Body)
	}
	var a store.Arrival
	if a.StanzaID = o.mamID; o.query == nil && r.hasSIDs {
		l.stanzaID(&a, o, r.jid)
	}
	if a.StanzaID == "" {
		return nil // nobody could take it back, and copies of it could not be told apart
	}
	if _, there, err := tx.NoticeOf(chat, by, a.StanzaID); there || err != nil {
		return err
	}
	_, err := l.noticed(tx, o, store.Arrival{Chat: chat, Kind: store.Notice, Notice: store.NoticeCallRoom, Sender: o.full.String(), Nick: o.nick(),
		OccupantID: r.idOf(o), Body: w.media}, by, a.StanzaID)
	return err
}

// callName is who called, for the line; "": we.
func (l *loop) callName(o origin, own bool) string {
	if own || o.outgoing {
		return ""
	}
	return clip(l.nameOf(o), nameMax)
}

// callWent lets the line of a call say how it went on.
func (l *loop) callWent(tx *store.Tx, o origin, m store.Message, own bool, w callWord) error {
	step, media := max(store.CallStepOf(m.Notice), w.step), m.Body
	if media == "" {
		media = w.media
	}
	notice := store.CallNotice(own, step)
	if notice == m.Notice && media == m.Body {
		return nil
	}
	if step == store.CallMissed && store.CallStepOf(m.Notice) == store.CallOffered && !own && o.query == nil && !o.carbon {
		l.emit(Noticed{seal: o.seal(), Account: l.a.id, Chat: m.Chat, From: l.nameOf(o), JID: o.owner.String(), What: notice})
	}
	l.chatMoved(m.Chat, tx)
	return tx.SetNotice(m.ID, notice, media)
}

// noticed stores a line that stands for something that a stanza tells of, by whose
// word, and what that is called. It has no names of its own: other stanzas tell of
// the same thing. stored: it waited somewhere for us.
func (l *loop) noticed(tx *store.Tx, o origin, a store.Arrival, by, name string) (stored bool, err error) {
	if o.query != nil {
		o.query.name(&a, o, l.self)
		a.StanzaID, a.By = "", ""
	} else {
		a.Stamp, stored = l.delay(o)
	}
	a.Via, a.Quiet = via(o, stored), true
	id, _, err := tx.Arrive(a)
	if err != nil {
		return stored, err
	}
	l.chatMoved(a.Chat, tx)
	return stored, tx.NameNotice(id, by, name)
}

// Noticed says that something happened, live, that is no message and that somebody
// wants to know at once: a call, a wish for attention.
type Noticed struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	From    string // contact's name
	JID     string // bare
	What    string // the notice, a word of package store
}

func (Noticed) key() any { return nil }
