package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Inviting somebody into a room: XEP-0249, and through the room XEP-0045 §7.8.2.

// invitingMax bounds the invitations of which a refusal is still recognised.
const invitingMax = 100

// Invite asks somebody into a room; reason may be empty. Where only members enter
// and we may, they are made one. An [Answer] tells what came of it.
func (a *Account) Invite(room store.ChatID, jid, reason string) {
	a.do(room, func(l *loop) { l.invite(room, jid, reason) })
}

func (l *loop) invite(id store.ChatID, s, reason string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	j, err := wire.Parse(strings.TrimSpace(s))
	if err != nil || j.Local() == "" {
		l.tellProblem(id, Problem{Code: "bad-address", Args: []string{s}})
		return
	}
	if j = j.Bare(); j == l.self {
		l.tellProblem(id, Problem{Code: "deed-self", Args: []string{j.String()}})
		return
	}
	if p := l.barred(j); p != nil {
		l.tellProblem(id, *p)
		return
	}
	reason = clip(strings.TrimSpace(reason), statusMax)
	switch {
	case !r.membersOnly:
		x := wire.New(nsConference, "x").Set("jid", r.jid.String())
		if reason != "" {
			x.Set("reason", reason)
		}
		if r.password != "" {
			x.Set("password", r.password)
		}
		l.sendInvite(id, j.String(), j.String(), x)
	case r.self().WhyNotAffiliate("member") == "" && !r.member(j):
		l.askAffiliation(id, r, j.String(), "member", "", func() { l.then = append(l.then, func() { l.inviteThrough(id, r, j.String(), reason) }) })
	default:
		l.inviteThrough(id, r, j.String(), reason)
	}
}

// member says that somebody who is in the room has an affiliation already, which
// an invitation must not lower.
func (r *room) member(j wire.JID) bool {
	for _, o := range r.occupants {
		if o.RealJID == j.String() && affiliationRank(o.Affiliation) > 0 {
			return true
		}
	}
	return false
}

func (l *loop) inviteThrough(id store.ChatID, r *room, jid, reason string) {
	el := wire.New(nsMUCUser, "invite").Set("to", jid)
	if reason != "" {
		el.Add(wire.New(nsMUCUser, "reason").SetText(reason))
	}
	l.sendInvite(id, r.jid.String(), jid, wire.New(nsMUCUser, "x").Add(el))
}

func (l *loop) sendInvite(id store.ChatID, to, whom string, x *wire.Element) {
	if l.link == nil {
		l.tellProblem(id, Problem{Code: "offline"})
		return
	}
	name := newID()
	if len(l.inviting) >= invitingMax {
		clear(l.inviting)
	}
	l.inviting[name] = inviting{id, to, whom}
	l.sendNow(wire.New(wire.NSClient, "message").Set("to", to).Set("id", name).Add(x))
	l.tell(id, "invited", whom)
}

// inviting is an invitation of ours that was sent.
type inviting struct {
	chat     store.ChatID
	to, whom string
}

// inviteRefused takes the refusal of an invitation of ours; false: it is none.
func (l *loop) inviteRefused(o origin) bool {
	i, ok := l.inviting[o.el.Attr("id")]
	if !ok || o.full.Bare().String() != i.to {
		return false
	}
	delete(l.inviting, o.el.Attr("id"))
	l.tellProblem(i.chat, stanzaProblem("invite-refused", wire.ErrorOf(o.el), i.whom))
	return true
}
