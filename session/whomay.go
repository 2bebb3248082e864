package session

import (
	"encoding/json"
	"fmt"

	"sotto/session/wire"
	"sotto/store"
)

// The policy of an account: kept on the disk, told to the screens, and asked
// wherever something of us is told, answered or taken.

// PolicyChanged gives the policy of an account as it is now.
type PolicyChanged struct {
	seal
	Account store.AccountID
	Policy  Policy
	// PreApproval: the server keeps a yes for who has not asked yet (RFC 6121 §3.4).
	PreApproval bool
	AutoReply   string // what people are told while we are away; empty: nothing
}

type policyKey struct{ a store.AccountID }

func (e PolicyChanged) key() any { return policyKey{e.Account} }

func (l *loop) policyNow() PolicyChanged {
	return PolicyChanged{seal: localOrigin().seal(), Account: l.a.id, Policy: l.policy, PreApproval: l.preApproves(), AutoReply: l.autoReply.Text}
}

func (l *loop) preApproves() bool {
	return l.login != nil && l.login.Features.Child("urn:xmpp:features:pre-approval", "sub") != nil
}

func (l *loop) policyKey() string { return fmt.Sprintf("policy-%d", l.a.id) }

func (l *loop) loadPolicy() {
	text, err := l.st.Meta(l.ctx, l.policyKey())
	var p Policy
	if err != nil || text == "" || json.Unmarshal([]byte(text), &p) != nil {
		return
	}
	l.policy = p.sane()
}

// SetMay decides who may do a thing. The choice must be one of [ChoicesOf], or
// ChoiceUnset. What the server keeps is asked of it: whether an address sees our
// presence is its subscription, that it may not write is the block list. Answers,
// and [PolicyChanged], tell what came of it.
func (a *Account) SetMay(s Scope, t Thing, c Choice) { a.do(0, func(l *loop) { l.setMay(s, t, c) }) }

func (l *loop) setMay(s Scope, t Thing, c Choice) {
	if s.Line == LinePerson {
		j, ok := l.contactAddress(s.Name)
		if !ok {
			return
		}
		s.Name = j.String()
		if t == SeePresence {
			l.letSee(s.Name, c)
			return
		}
		_, blocked := l.blocks.list[s.Name]
		switch {
		case t == WriteToUs && c == ChoiceNo:
			c = ChoiceUnset // the block list says so
			if !blocked {
				l.block(s.Name, "")
			}
		case t == WriteToUs && blocked:
			l.unblock(s.Name)
		}
	}
	before := l.policy
	p, ok := l.policy.With(s, t, c)
	if !ok {
		l.tellProblem(0, Problem{Code: "policy-full"})
		l.emit(l.policyNow()) // a screen may have shown it already
		return
	}
	l.policy = p
	if !l.write(func(tx *store.Tx) error {
		b, err := json.Marshal(p)
		if err != nil {
			return err
		}
		l.emit(l.policyNow())
		return tx.SetMeta(l.policyKey(), string(b))
	}) {
		l.policy = before
		l.tellProblem(0, Problem{Code: "not-saved"})
		l.emit(l.policyNow())
		return
	}
	switch t {
	case SeeTyping:
		l.endComposing()
	case SeeIdle:
		if l.absent.show != Available {
			l.announcePresence()
		}
	}
}

// letSee gives or takes a subscription to our presence (RFC 6121 §3).
func (l *loop) letSee(jid string, c Choice) {
	if c != ChoiceYes {
		l.deny(jid)
		return
	}
	asked := false
	l.keep(func(tx *store.Tx) (err error) { asked, err = tx.HasRequest(l.a.id, jid); return err })
	if l.link != nil && !asked && !l.preApproves() {
		l.tellProblem(0, Problem{Code: "no-preapproval", Args: []string{jid}})
		return
	}
	l.approve(jid)
}

// whom is an address as a rule sees it.
func (l *loop) whom(bare wire.JID) Whom {
	w := WhomOf(bare.String(), l.contacts[bare.String()])
	w.Sees = l.seesUs(bare)
	return w
}

// may says whether an address may do a thing without a question.
func (l *loop) may(t Thing, bare wire.JID) bool {
	return bare == l.self || l.policy.Rule(t, l.whom(bare)).Choice == ChoiceYes
}

// mayAsk is for questions that are answered by a rule: our own devices and server
// always, people by their lines, occupants of our rooms by theirs.
func mayAsk(t Thing) func(*loop, origin) bool {
	return func(l *loop, o origin) bool {
		switch o.by {
		case byOwn, byServer:
			return true
		case byContact:
			return l.may(t, o.owner)
		case byOccupant:
			return l.rooms[o.owner].joined && l.policy.Rule(t, Whom{Occupant: true}).Choice == ChoiceYes
		}
		return false
	}
}

// unwelcome says whether what somebody writes is dropped: the policy says so. held
// is what a stranger wrote.
func (l *loop) unwelcome(o origin, held bool) bool {
	if o.outgoing || o.node != nil || o.el.Attr("type") == "error" {
		return false
	}
	var w Whom
	switch {
	case o.by == byOccupant && o.private:
		w = Whom{Occupant: true}
	case o.by == byContact && o.owner != l.self:
		w = l.whom(o.owner)
		w.Known = !held
	default:
		return false
	}
	return l.policy.Rule(WriteToUs, w).Choice == ChoiceNo
}

// filesFrom says what becomes of files that came in a chat.
func (l *loop) filesFrom(c store.Chat) Choice {
	switch c.Kind {
	case store.Room, store.Private:
		return l.policy.Rule(SendFiles, Whom{Occupant: true}).Choice
	case store.Direct:
		return l.policy.Rule(SendFiles, l.whom(wire.Lenient(c.JID))).Choice
	}
	return ChoiceYes
}

// endComposing stops telling who may not see it any more that we type.
func (l *loop) endComposing() {
	for id, s := range l.composed {
		c, ok := l.chat(id)
		if !ok || l.may(SeeTyping, wire.Lenient(c.JID)) {
			continue
		}
		if s.told {
			l.sendState(c.JID, "active")
		}
		l.stopComposing(id)
	}
}

// idleAlone bounds whom a single change of our presence is told alone.
const idleAlone = 200

// idleTo says whether an address is told since when nobody is here; "" stands for
// all who see us. What all hear holds only what all of them may know.
func (l *loop) idleTo(to string) bool {
	if to == "" {
		return !l.policy.keepsIdle()
	}
	j := wire.Lenient(to)
	if l.isRoom(j.Bare()) {
		return l.policy.Rule(SeeIdle, Whom{Occupant: true}).Choice == ChoiceYes
	}
	return l.may(SeeIdle, j.Bare())
}

// tellIdle tells those who may know, each alone, what was left out of the presence
// that all heard (RFC 6121 §4.6).
func (l *loop) tellIdle() {
	if l.absent.show == Available || l.idleTo("") {
		return
	}
	n := 0
	for jid := range l.present {
		if _, alone := l.directed[jid]; alone || !l.contacts[jid].ToUs() || !l.idleTo(jid) {
			continue
		}
		if n++; n > idleAlone {
			return
		}
		l.sendNow(l.presenceStanza(jid, l.shown()))
	}
}

// tellIdleTo does so for one who came after that.
func (l *loop) tellIdleTo(full wire.JID) {
	bare := full.Bare().String()
	if _, alone := l.directed[bare]; alone || l.absent.show == Available || l.presence.Show == Invisible || l.idleTo("") ||
		!l.contacts[bare].ToUs() || !l.idleTo(bare) {
		return
	}
	l.sendNow(l.presenceStanza(full.String(), l.shown()))
}
