package session

import (
	"errors"
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// What we say about messages: corrections (XEP-0308), answers (XEP-0461),
// reactions (XEP-0444), retractions (XEP-0424) and moderation (XEP-0425). Each
// waits in the outbox like a line and bears a random id.

// retractedWords stand in a retraction for programs that do not know it
// (XEP-0424 §4).
const retractedWords = "/me retracted a previous message, but it's unsupported by your client."

// errNoName says that a message has no name by which others know it.
var errNoName = errors.New("the message has no name yet")

// about finds a message of which something shall be said, and its chat. why: it
// cannot be; a code of the catalogue.
func (l *loop) about(id store.MessageID, own bool) (m store.Message, c store.Chat, why string) {
	m, err := l.st.Message(l.ctx, id)
	c, ok := l.chat(m.Chat)
	switch {
	case err != nil, !ok, m.Kind != store.Text || m.NoBody:
		why = "remark-gone"
	case m.Outgoing && (m.State < store.Sent || m.State > store.Displayed):
		why = "remark-unsent"
	case own && !m.Outgoing:
		why = "remark-not-yours"
	case c.Kind == store.Room && !l.inRoom(c.JID) && !l.willBeIn(c.JID) && l.state == Online:
		why = "not-in-room"
	case !l.saving:
		why = l.savingProblem().Code
	}
	return m, c, why
}

// nameFor is the name by which the others of a chat know a message: in rooms the
// room's, else its author's. A correction names it as its author did everywhere.
func (l *loop) nameFor(tx *store.Tx, c store.Chat, id store.MessageID, correction bool) (string, error) {
	by := ""
	if c.Kind == store.Room && !correction {
		by = c.JID
	}
	name, err := tx.Name(id, by)
	if err == nil && name == "" {
		err = errNoName
	}
	return name, err
}

// put stores something that is said about a message, with its stanza, and sends it
// when the link allows. make builds the stanza around the message's name.
func (l *loop) put(c store.Chat, m store.Message, x store.Remark, build func(name string) ([]byte, bool)) bool {
	var row outRow
	p := Problem{Code: "remark-no-name"}
	failed := false
	if b := l.barredChat(c); b != nil {
		l.tellProblem(c.ID, *b)
		return false
	}
	done := l.write(func(tx *store.Tx) error {
		// What goes wrong here is no matter of the disk.
		err := tx.Try(func(tx *store.Tx) error {
			name, err := l.nameFor(tx, c, m.ID, x.Kind == store.RemarkEdit)
			if err != nil {
				return err
			}
			b, ok := build(name)
			if !ok {
				p = Problem{Code: "occupant-gone"}
				return errNoName
			}
			row = outRow{chat: c.ID, bytes: b}
			if len(row.bytes) > stanzaMax {
				p = Problem{Code: "too-long"}
				return errNoName
			}
			if row.id, err = tx.QueueStanza(c.ID, 0, x.Kind, row.bytes); err != nil {
				return err
			}
			x.Chat, x.Ref, x.Author, x.Outgoing, x.Sender, x.Outbox = c.ID, name, self, true, l.self.String(), row.id
			if c.Kind == store.Room && x.Kind != store.RemarkEdit {
				x.RefBy = c.JID
			}
			what, _, err := tx.Remark(x)
			if err == nil && what == store.RemarkForeign {
				err = errNoName
			}
			return err
		})
		if failed = errors.Is(err, errNoName); failed {
			return nil
		}
		l.chatMoved(c.ID, tx)
		return err
	})
	if done && failed {
		l.tellProblem(c.ID, p)
		return false
	}
	if done {
		l.outbox.rows = append(l.outbox.rows, row)
		l.pump()
	}
	return done
}

// edit gives a message of ours another text.
func (l *loop) edit(id store.MessageID, localID, body string) {
	m, c, why := l.about(id, true)
	refuse := func(code string) {
		l.emit(Refused{seal: localOrigin().seal(), Account: l.a.id, Chat: c.ID, LocalID: localID, Body: body, Problem: Problem{Code: code}})
	}
	switch {
	case why != "":
		refuse(why)
		return
	case len(body) > outMax:
		refuse("too-long")
		return
	case m.Enc != "":
		refuse("remark-encrypted")
		return
	}
	x := store.Remark{Kind: store.RemarkEdit, Body: body, Nick: m.Nick, OccupantID: m.OccupantID, ID: localID, OriginID: localID}
	if !l.put(c, m, x, func(name string) ([]byte, bool) {
		sent, extra := body, []*wire.Element{wire.New(nsCorrect, "replace").Set("id", name)}
		if m.Reply != nil {
			text, more := l.quoteFor(c, m.Reply)
			sent, extra = text+body, append(extra, more...)
		}
		if m.Shape.Hides() {
			extra = append(extra, spoilerElement(m.Shape))
		}
		d, ok := l.lineWith(c, localID, body, sent, extra...)
		return d.Bytes, ok
	}) {
		refuse("remark-no-name")
		return
	}
	l.emit(Accepted{seal: localOrigin().seal(), Account: l.a.id, Chat: c.ID, LocalID: localID})
	l.stopComposing(c.ID)
}

// bare is a stanza of a chat without a text.
func (l *loop) bare(c store.Chat, id string) (*wire.Element, bool) {
	e := wire.New(wire.NSClient, "message").Set("type", "chat").Set("to", c.JID).Set("id", id)
	room := wire.Lenient(c.JID)
	switch c.Kind {
	case store.Room:
		e.Set("type", "groupchat")
	case store.Private:
		nick := l.occupantNick(room, c)
		if nick == "" {
			return nil, false
		}
		e.Set("to", room.WithResource(nick).String()).Add(wire.New(nsMUCUser, "x"))
	}
	return e.Add(wire.New(nsStanzaID, "origin-id").Set("id", id)), true
}

// react answers a message with these signs and no others. Old programs get
// nothing: a lone sign as a line of its own would only confuse.
func (l *loop) react(id store.MessageID, signs []string) {
	m, c, why := l.about(id, false)
	if why != "" {
		l.tellProblem(m.Chat, Problem{Code: why})
		return
	}
	var set []string
	for _, s := range signs {
		if IsSign(s) && !slices.Contains(set, s) && len(set) < signsMost {
			set = append(set, s)
		}
	}
	own := newID()
	l.put(c, m, store.Remark{Kind: store.RemarkReactions, Reactions: set, Nick: l.nickIn(wire.Lenient(c.JID)), ID: own, OriginID: own}, func(name string) ([]byte, bool) {
		e, ok := l.bare(c, own)
		if !ok {
			return nil, false
		}
		r := wire.New(nsReactions, "reactions").Set("id", name)
		for _, s := range set {
			r.Add(wire.New(nsReactions, "reaction").SetText(s))
		}
		return e.Add(r, wire.New(nsHints, "store")).Bytes(), true
	})
}

// toggleReaction adds a sign to what we answer a message with, or takes it away.
func (l *loop) toggleReaction(id store.MessageID, sign string) {
	var set []string
	if !l.write(func(tx *store.Tx) (err error) { set, err = tx.OwnReactions(id); return err }) {
		return
	}
	if i := slices.Index(set, sign); i >= 0 {
		set = slices.Delete(set, i, i+1)
	} else {
		set = append(set, sign)
	}
	l.react(id, set)
}

// retract takes a message of ours back.
func (l *loop) retractMessage(id store.MessageID) {
	m, c, why := l.about(id, true)
	if why != "" {
		l.tellProblem(m.Chat, Problem{Code: why})
		return
	}
	own := newID()
	l.put(c, m, store.Remark{Kind: store.RemarkRetract, OccupantID: m.OccupantID, ID: own, OriginID: own}, func(name string) ([]byte, bool) {
		e, ok := l.bare(c, own)
		if !ok {
			return nil, false
		}
		return e.Add(wire.New(nsRetract, "retract").Set("id", name), wire.New(nsFallback, "fallback").Set("for", nsRetract),
			wire.New(wire.NSClient, "body").SetText(retractedWords), wire.New(nsHints, "store")).Bytes(), true
	})
}

// moderate asks a room to take a message away. The room tells everybody, us too.
func (l *loop) moderate(id store.MessageID, reason string) {
	m, err := l.st.Message(l.ctx, id)
	if err != nil {
		return
	}
	c, ok := l.chat(m.Chat)
	r := l.rooms[wire.Lenient(c.JID)]
	if !ok || c.Kind != store.Room || r == nil || !r.joined {
		l.tellProblem(m.Chat, Problem{Code: "not-in-room"})
		return
	}
	if r.moderates == "" {
		l.tellProblem(c.ID, Problem{Code: "moderate-not-offered", Args: []string{c.JID}})
		return
	}
	var name string
	if !l.write(func(tx *store.Tx) (err error) { name, err = tx.Name(id, c.JID); return err }) {
		return
	}
	if name == "" {
		l.tellProblem(c.ID, Problem{Code: "remark-no-name"})
		return
	}
	var q *wire.Element
	reason = strings.TrimSpace(clip(reason, statusMax))
	if r.moderates == nsModerate {
		q = wire.New(nsModerate, "moderate").Set("id", name).Add(wire.New(nsRetract, "retract"))
		if reason != "" {
			q.Add(wire.New(nsModerate, "reason").SetText(reason))
		}
	} else {
		do := wire.New(nsModerate0, "moderate").Add(wire.New(nsRetract0, "retract"))
		if reason != "" {
			do.Add(wire.New(nsModerate0, "reason").SetText(reason))
		}
		q = wire.New(nsFasten, "apply-to").Set("id", name).Add(do)
	}
	if !l.ask(iq("set", c.JID, q), func(_ *store.Tx, _ *wire.Element, err error) error {
		if err != nil && err != errLinkLost {
			l.tellProblem(c.ID, stanzaProblem("moderate-refused", err, c.JID))
		}
		return nil
	}) {
		l.tellProblem(c.ID, Problem{Code: "offline"})
	}
}
