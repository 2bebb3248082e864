package session

import (
	"maps"
	"slices"

	"sotto/store"
)

// Who may see what of us, ask us and send us: one value, and one rule that reads it.

// Thing is something of us that others may see, ask for or do.
type Thing string

// The things, in the order of the screen.
const (
	SeePresence Thing = "presence" // of an address: the subscription (RFC 6121 §3); of all others: what becomes of who asks
	WriteToUs   Thing = "write"
	SeeTyping   Thing = "typing"  // XEP-0085
	SeeRead     Thing = "read"    // XEP-0333
	SeeIdle     Thing = "idle"    // XEP-0319, XEP-0012
	AskVersion  Thing = "version" // XEP-0092
	AskTime     Thing = "time"    // XEP-0202
	SendFiles   Thing = "files"
)

// Things lists them. The value must not be changed.
var Things = []Thing{SeePresence, WriteToUs, SeeTyping, SeeRead, SeeIdle, AskVersion, AskTime, SendFiles}

// tells says whether a thing tells that we are there: nobody gets it who does not
// see our presence.
func (t Thing) tells() bool { return t != SeePresence && t != WriteToUs && t != SendFiles }

// Choice is what was decided of a thing.
type Choice string

// The choices, the strictest last.
const (
	ChoiceUnset Choice = "" // as the wider line says
	ChoiceYes   Choice = "yes"
	ChoiceAsk   Choice = "ask" // the user is asked
	ChoiceNo    Choice = "no"
)

var strictness = []Choice{ChoiceUnset, ChoiceYes, ChoiceAsk, ChoiceNo}

// Line is for whom something is decided.
type Line string

// The lines, the widest first.
const (
	LineStrangers Line = "strangers" // not in the roster
	LineRooms     Line = "rooms"     // occupants
	LineContacts  Line = "contacts"
	LineGroup     Line = "group"  // of the roster
	LinePerson    Line = "person" // a bare address
)

// Scope is a line of the policy; Name is that of a group or an address.
type Scope struct {
	Line Line
	Name string
}

// Choices is what a line says; what is missing is [ChoiceUnset].
type Choices map[Thing]Choice

// Policy is what the user decided. Its maps are never changed in place: values can
// be handed to any goroutine.
type Policy struct {
	Strangers Choices            `json:",omitempty"`
	Rooms     Choices            `json:",omitempty"`
	Contacts  Choices            `json:",omitempty"`
	Groups    map[string]Choices `json:",omitempty"`
	People    map[string]Choices `json:",omitempty"` // by bare address
}

// policyMost bounds the groups and people that have a line.
const policyMost = 2000

// usual is what holds where nothing was decided.
var usual = map[Line]Choices{
	LineStrangers: {SeePresence: ChoiceAsk, WriteToUs: ChoiceAsk, SeeTyping: ChoiceNo, SeeRead: ChoiceNo, SeeIdle: ChoiceNo, AskVersion: ChoiceNo, AskTime: ChoiceNo, SendFiles: ChoiceAsk},
	LineRooms:     {SeePresence: ChoiceYes, WriteToUs: ChoiceYes, SeeTyping: ChoiceNo, SeeRead: ChoiceNo, SeeIdle: ChoiceNo, AskVersion: ChoiceNo, AskTime: ChoiceNo, SendFiles: ChoiceYes},
	LineContacts:  {SeePresence: ChoiceAsk, WriteToUs: ChoiceYes, SeeTyping: ChoiceYes, SeeRead: ChoiceYes, SeeIdle: ChoiceYes, AskVersion: ChoiceYes, AskTime: ChoiceYes, SendFiles: ChoiceYes},
}

// ChoicesOf lists what a line can say of a thing; nil: that is not the user's to
// decide. Groups and addresses can also leave it to the wider line.
func ChoicesOf(t Thing, l Line) []Choice {
	switch {
	case !slices.Contains(Things, t), l == LineStrangers && t.tells(), l == LineRooms && (t == SeePresence || t == SeeTyping || t == SeeRead):
		return nil
	case t == SendFiles:
		return []Choice{ChoiceYes, ChoiceAsk, ChoiceNo}
	case l == LineStrangers:
		return []Choice{ChoiceAsk, ChoiceNo}
	case t == SeePresence && (l == LineContacts || l == LineGroup):
		return []Choice{ChoiceYes, ChoiceAsk, ChoiceNo}
	}
	return []Choice{ChoiceYes, ChoiceNo}
}

// Whom is somebody as a rule sees them.
type Whom struct {
	JID      string // bare
	Occupant bool   // of a room, where that is all we know
	Contact  bool   // in the roster
	Groups   []string
	Known    bool // no contact, but the user wrote to them or accepted what they wrote
	Sees     bool // our presence
}

// Ruling is what is decided for somebody, and by which line.
type Ruling struct {
	Choice Choice
	By     Scope
	Unseen bool // no, whatever was decided: they do not see our presence
}

// Rule decides: an address before its groups, of several groups the strictest, and
// those before the line of all contacts. Strangers and occupants have their own.
func (p Policy) Rule(t Thing, w Whom) Ruling {
	switch {
	case w.Occupant:
		return p.line(t, LineRooms)
	case t.tells() && !w.Sees:
		return Ruling{Choice: ChoiceNo, By: Scope{Line: LineStrangers}, Unseen: true}
	}
	if c := p.People[w.JID][t]; c != ChoiceUnset && t != SeePresence {
		return Ruling{Choice: c, By: Scope{LinePerson, w.JID}}
	}
	if !w.Contact {
		if w.Known && t == WriteToUs {
			return Ruling{Choice: ChoiceYes, By: Scope{Line: LineStrangers}}
		}
		return p.line(t, LineStrangers)
	}
	var r Ruling
	for _, g := range w.Groups {
		if c := p.Groups[g][t]; slices.Index(strictness, c) > slices.Index(strictness, r.Choice) {
			r = Ruling{Choice: c, By: Scope{LineGroup, g}}
		}
	}
	if r.Choice != ChoiceUnset {
		return r
	}
	return p.line(t, LineContacts)
}

func (p Policy) line(t Thing, l Line) Ruling {
	c := p.Of(Scope{Line: l}, t)
	if c == ChoiceUnset {
		c = usual[l][t]
	}
	return Ruling{Choice: c, By: Scope{Line: l}}
}

// Wider is what holds for a line that says nothing of a thing itself.
func (p Policy) Wider(t Thing, s Scope) Choice {
	if s.Line == LineGroup {
		return p.line(t, LineContacts).Choice
	}
	return usual[s.Line][t]
}

// Of is what a line itself says.
func (p Policy) Of(s Scope, t Thing) Choice {
	switch s.Line {
	case LineStrangers:
		return p.Strangers[t]
	case LineRooms:
		return p.Rooms[t]
	case LineContacts:
		return p.Contacts[t]
	case LineGroup:
		return p.Groups[s.Name][t]
	}
	return p.People[s.Name][t]
}

// With is the policy with one thing decided anew. false: a line cannot say that, or
// too many groups and people have a line.
func (p Policy) With(s Scope, t Thing, c Choice) (Policy, bool) {
	if c != ChoiceUnset && !slices.Contains(ChoicesOf(t, s.Line), c) || t == SeePresence && s.Line == LinePerson ||
		(s.Name == "") != (s.Line != LineGroup && s.Line != LinePerson) {
		return p, false
	}
	set := func(old Choices) Choices {
		n := maps.Clone(old)
		if n == nil {
			n = Choices{}
		}
		if n[t] = c; c == ChoiceUnset {
			delete(n, t)
		}
		return n
	}
	named := func(old map[string]Choices) map[string]Choices {
		n := maps.Clone(old)
		if n == nil {
			n = map[string]Choices{}
		}
		if n[s.Name] = set(n[s.Name]); len(n[s.Name]) == 0 {
			delete(n, s.Name)
		}
		return n
	}
	switch s.Line {
	case LineStrangers:
		p.Strangers = set(p.Strangers)
	case LineRooms:
		p.Rooms = set(p.Rooms)
	case LineContacts:
		p.Contacts = set(p.Contacts)
	case LineGroup:
		p.Groups = named(p.Groups)
	case LinePerson:
		p.People = named(p.People)
	default:
		return p, false
	}
	return p, len(p.Groups)+len(p.People) <= policyMost
}

// sane drops what no line can say, as a disk may hold it.
func (p Policy) sane() (out Policy) {
	take := func(s Scope, list Choices) {
		for t, c := range list {
			if n, ok := out.With(s, t, c); ok {
				out = n
			}
		}
	}
	take(Scope{Line: LineStrangers}, p.Strangers)
	take(Scope{Line: LineRooms}, p.Rooms)
	take(Scope{Line: LineContacts}, p.Contacts)
	for g, list := range p.Groups {
		take(Scope{LineGroup, g}, list)
	}
	for j, list := range p.People {
		take(Scope{LinePerson, j}, list)
	}
	return out
}

// keepsIdle says whether somebody's line keeps from them since when nobody is here.
func (p Policy) keepsIdle() bool {
	if p.line(SeeIdle, LineContacts).Choice != ChoiceYes {
		return true
	}
	for _, m := range []map[string]Choices{p.Groups, p.People} {
		for _, list := range m {
			if list[SeeIdle] == ChoiceNo {
				return true
			}
		}
	}
	return false
}

// WhomOf is a contact as a rule sees it; a zero contact is a stranger.
func WhomOf(jid string, c store.Contact) Whom {
	return Whom{JID: jid, Contact: c.JID != "", Groups: c.Groups, Sees: c.ToUs()}
}
