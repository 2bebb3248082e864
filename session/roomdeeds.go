package session

import (
	"errors"
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// What is done about the people of a room: roles (XEP-0045 §8) and affiliations
// (§9, §10). The room decides; what it would refuse for sure is not asked.

// Deed is something that can be done about an occupant.
type Deed string

// The deeds. Kick, voice and devoice are a moderator's; the others an admin's.
const (
	Kick    Deed = "kick"
	Ban     Deed = "ban"
	Voice   Deed = "voice"
	Devoice Deed = "devoice"
	Op      Deed = "op"
	Deop    Deed = "deop"
)

// Affiliations that a room knows, the highest first.
var affiliationNames = []string{"owner", "admin", "member", "none", "outcast"}

// affiliationRank orders affiliations; unknown words rank as none.
func affiliationRank(s string) int {
	switch s {
	case "owner":
		return 3
	case "admin":
		return 2
	case "member":
		return 1
	case "outcast":
		return -1
	}
	return 0
}

// WhyNot says why an occupant cannot do something about another, as the code of
// a sentence: "moderator", "admin", "above", "self", "has", "has-not"; "": it can
// (XEP-0045 §5.1.1, §5.2.1).
func (me Occupant) WhyNot(d Deed, them Occupant) string {
	mine, theirs := affiliationRank(me.Affiliation), affiliationRank(them.Affiliation)
	switch {
	case (d == Kick || d == Voice || d == Devoice) && me.Role != "moderator":
		return "moderator"
	case (d == Ban || d == Op || d == Deop) && mine < 2:
		return "admin"
	case them.Self:
		return "self"
	case d == Voice && them.Role != "visitor", d == Op && them.Role == "moderator":
		return "has"
	case d == Devoice && them.Role == "visitor", d == Deop && them.Role != "moderator":
		return "has-not"
	case d == Voice, d == Op:
		return ""
	case theirs > mine, theirs == mine && theirs >= 2, (d == Devoice || d == Deop) && theirs >= 2:
		return "above"
	}
	return ""
}

// WhyNotAffiliate says why we cannot give somebody an affiliation: "admin",
// "owner"; "": we can, as far as is known here.
func (me Occupant) WhyNotAffiliate(affiliation string) string {
	switch mine := affiliationRank(me.Affiliation); {
	case mine < 2:
		return "admin"
	case mine < 3 && (affiliation == "owner" || affiliation == "admin"):
		return "owner"
	}
	return ""
}

// Deed asks a room to do something about an occupant; reason may be empty. An
// [Answer] tells what came of it.
func (a *Account) Deed(room store.ChatID, d Deed, nick, reason string) {
	a.do(room, func(l *loop) { l.deed(room, d, nick, reason) })
}

// SetAffiliation gives an address, or the address behind a nick, an affiliation in
// a room: owner, admin, member, none, outcast. An [Answer] tells what came of it.
func (a *Account) SetAffiliation(room store.ChatID, whom, affiliation, reason string) {
	a.do(room, func(l *loop) { l.setAffiliation(room, whom, affiliation, reason) })
}

// self is our own presence in a room.
func (r *room) self() Occupant {
	if o := r.occupants[r.nick]; o != nil {
		return *o
	}
	return Occupant{Nick: r.nick}
}

func (l *loop) deed(id store.ChatID, d Deed, nick, reason string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	o := r.occupants[nick]
	if o == nil {
		l.tellProblem(id, Problem{Code: "no-occupant", Args: []string{nick}})
		return
	}
	if why := r.self().WhyNot(d, *o); why != "" {
		l.tellProblem(id, Problem{Code: "deed-" + why, Args: []string{nick}})
		return
	}
	role := map[Deed]string{Kick: "none", Voice: "participant", Devoice: "visitor", Op: "moderator", Deop: "participant"}[d]
	if d == Ban {
		if o.RealJID == "" {
			l.tellProblem(id, Problem{Code: "deed-hidden", Args: []string{nick}})
			return
		}
		l.askAffiliation(id, r, o.RealJID, "outcast", reason, func() { l.tell(id, "deed-ban", o.RealJID) })
		return
	}
	item := wire.New(nsMUCAdmin, "item").Set("nick", nick).Set("role", role)
	l.askAdmin(id, r, item, reason, nick, func() { code := "deed-" + string(d); l.tell(id, code, nick) })
}

func (l *loop) setAffiliation(id store.ChatID, whom, affiliation, reason string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	if !slices.Contains(affiliationNames, affiliation) {
		l.tellProblem(id, Problem{Code: "no-affiliation", Args: []string{affiliation}})
		return
	}
	if why := r.self().WhyNotAffiliate(affiliation); why != "" {
		l.tellProblem(id, Problem{Code: "deed-" + why, Args: []string{whom}})
		return
	}
	jid := whom
	if o := r.occupants[whom]; o != nil {
		if jid = o.RealJID; jid == "" {
			l.tellProblem(id, Problem{Code: "deed-hidden", Args: []string{whom}})
			return
		}
	}
	j, err := wire.Parse(jid)
	if err != nil || j.Local() == "" && affiliation != "outcast" && affiliation != "none" || !strings.ContainsAny(jid, "@.") {
		l.tellProblem(id, Problem{Code: "bad-address", Args: []string{whom}})
		return
	}
	jid = j.Bare().String()
	l.askAffiliation(id, r, jid, affiliation, reason, func() { code := "affiliation-" + affiliation; l.tell(id, code, jid) })
}

func (l *loop) askAffiliation(id store.ChatID, r *room, jid, affiliation, reason string, done func()) {
	l.askAdmin(id, r, wire.New(nsMUCAdmin, "item").Set("jid", jid).Set("affiliation", affiliation), reason, jid, done)
}

// askAdmin sends one change to the room. whom names in words whom it is about.
func (l *loop) askAdmin(id store.ChatID, r *room, item *wire.Element, reason, whom string, done func()) {
	if reason = strings.TrimSpace(reason); reason != "" {
		item.Add(wire.New(nsMUCAdmin, "reason").SetText(clip(reason, statusMax)))
	}
	if !l.ask(iq("set", r.jid.String(), wire.New(nsMUCAdmin, "query").Add(item)), func(_ *store.Tx, _ *wire.Element, err error) error {
		switch {
		case err == errLinkLost:
			l.tellProblem(id, Problem{Code: "deed-unsure", Args: []string{whom}})
		case err != nil:
			l.tellProblem(id, deedProblem(err, whom))
		default:
			done()
		}
		return nil
	}) {
		l.tellProblem(id, Problem{Code: "offline"})
	}
}

// deedProblem says why a room did not do what was asked about somebody.
func deedProblem(err error, whom string) Problem {
	p := stanzaProblem("deed-refused", err, whom)
	var e *wire.StanzaError
	if errors.As(err, &e) {
		switch e.Condition {
		case "forbidden", "not-authorized":
			p.Code = "deed-forbidden"
		case "not-allowed":
			p.Code = "deed-above"
		case "conflict":
			p.Code = "deed-last-owner"
		case "item-not-found":
			p.Code = "no-occupant"
		}
	}
	return p
}
