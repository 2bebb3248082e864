package session

import (
	"encoding/json"
	"testing"
)

// TestPolicyRule: an address before its groups, the strictest of several groups,
// those before all contacts; strangers and occupants have lines of their own.
func TestPolicyRule(t *testing.T) {
	with := func(list ...any) (p Policy) {
		for i := 0; i < len(list); i += 3 {
			var ok bool
			if p, ok = p.With(list[i].(Scope), list[i+1].(Thing), list[i+2].(Choice)); !ok {
				t.Fatalf("%v cannot be decided", list[i:i+3])
			}
		}
		return p
	}
	bob := Whom{JID: "bob@example.org", Contact: true, Sees: true, Groups: []string{"Friends", "Work"}}
	unseeing := bob
	unseeing.Sees = false
	mallory, friend := Whom{JID: "mallory@evil.example"}, Whom{JID: "carol@example.net", Known: true}
	occupant := Whom{Occupant: true}
	all, friends, work := Scope{Line: LineContacts}, Scope{LineGroup, "Friends"}, Scope{LineGroup, "Work"}
	other, person := Scope{LineGroup, "Other"}, Scope{LinePerson, bob.JID}
	strangers, rooms := Scope{Line: LineStrangers}, Scope{Line: LineRooms}
	for name, x := range map[string]struct {
		p    Policy
		t    Thing
		w    Whom
		want Ruling
	}{
		"nothing decided":            {Policy{}, SeeTyping, bob, Ruling{ChoiceYes, all, false}},
		"all contacts":               {with(all, SeeTyping, ChoiceNo), SeeTyping, bob, Ruling{ChoiceNo, all, false}},
		"another thing":              {with(all, SeeTyping, ChoiceNo), SeeRead, bob, Ruling{ChoiceYes, all, false}},
		"a group before all":         {with(all, SeeTyping, ChoiceNo, work, SeeTyping, ChoiceYes), SeeTyping, bob, Ruling{ChoiceYes, work, false}},
		"the strictest group":        {with(friends, SendFiles, ChoiceYes, work, SendFiles, ChoiceAsk), SendFiles, bob, Ruling{ChoiceAsk, work, false}},
		"the strictest, turned":      {with(friends, SendFiles, ChoiceNo, work, SendFiles, ChoiceAsk), SendFiles, bob, Ruling{ChoiceNo, friends, false}},
		"a group of others":          {with(other, SeeTyping, ChoiceNo), SeeTyping, bob, Ruling{ChoiceYes, all, false}},
		"an address before groups":   {with(friends, SeeRead, ChoiceNo, person, SeeRead, ChoiceYes), SeeRead, bob, Ruling{ChoiceYes, person, false}},
		"an address, stricter":       {with(friends, SeeRead, ChoiceYes, person, SeeRead, ChoiceNo), SeeRead, bob, Ruling{ChoiceNo, person, false}},
		"who does not see us":        {with(person, SeeTyping, ChoiceYes), SeeTyping, unseeing, Ruling{ChoiceNo, strangers, true}},
		"files of who does not":      {with(person, SendFiles, ChoiceAsk), SendFiles, unseeing, Ruling{ChoiceAsk, person, false}},
		"who asks to see us":         {with(friends, SeePresence, ChoiceYes), SeePresence, unseeing, Ruling{ChoiceYes, friends, false}},
		"a stranger asks the time":   {Policy{}, AskTime, mallory, Ruling{ChoiceNo, strangers, true}},
		"a stranger told alone":      {Policy{}, AskTime, Whom{JID: mallory.JID, Sees: true}, Ruling{ChoiceNo, strangers, false}},
		"a stranger writes":          {Policy{}, WriteToUs, mallory, Ruling{ChoiceAsk, strangers, false}},
		"no stranger may write":      {with(strangers, WriteToUs, ChoiceNo), WriteToUs, mallory, Ruling{ChoiceNo, strangers, false}},
		"but whom we wrote to":       {with(strangers, WriteToUs, ChoiceNo), WriteToUs, friend, Ruling{ChoiceYes, strangers, false}},
		"contacts' line, a stranger": {with(all, SendFiles, ChoiceYes), SendFiles, mallory, Ruling{ChoiceAsk, strangers, false}},
		"a stranger of one's own":    {with(Scope{LinePerson, mallory.JID}, SendFiles, ChoiceNo), SendFiles, mallory, Ruling{ChoiceNo, Scope{LinePerson, mallory.JID}, false}},
		"an occupant":                {Policy{}, AskVersion, occupant, Ruling{ChoiceNo, rooms, false}},
		"occupants may ask":          {with(rooms, AskVersion, ChoiceYes), AskVersion, occupant, Ruling{ChoiceYes, rooms, false}},
		"taken back":                 {with(all, SeeTyping, ChoiceNo, all, SeeTyping, ChoiceUnset), SeeTyping, bob, Ruling{ChoiceYes, all, false}},
	} {
		if got := x.p.Rule(x.t, x.w); got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}

// TestPolicyCannotSay: no line says what is not its own to decide, also none that a
// disk brings; and every line has an answer for every thing.
func TestPolicyCannotSay(t *testing.T) {
	for _, x := range []struct {
		s Scope
		t Thing
		c Choice
	}{
		{Scope{Line: LineStrangers}, SeeTyping, ChoiceYes}, {Scope{Line: LineRooms}, SeeRead, ChoiceYes}, {Scope{Line: LineStrangers}, WriteToUs, ChoiceYes},
		{Scope{LinePerson, "bob@example.org"}, SeePresence, ChoiceYes}, {Scope{Line: LineContacts}, SeeTyping, ChoiceAsk}, {Scope{Line: LineContacts}, "x", ChoiceNo},
		{Scope{Line: LineGroup}, SeeTyping, ChoiceNo}, {Scope{LineContacts, "x"}, SeeTyping, ChoiceNo}, {Scope{Line: "y"}, SeeTyping, ChoiceNo},
	} {
		if p, ok := (Policy{}).With(x.s, x.t, x.c); ok {
			t.Errorf("%+v can be decided: %+v", x, p)
		}
	}
	var p Policy
	if err := json.Unmarshal([]byte(`{"Strangers":{"typing":"yes","write":"no"},"Groups":{"":{"typing":"no"},"A":{"typing":"maybe","files":"ask"}},"People":{"b@c":{"presence":"yes"}}}`), &p); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(p.sane()); err != nil || string(b) != `{"Strangers":{"write":"no"},"Groups":{"A":{"files":"ask"}}}` {
		t.Errorf("%s (%v)", b, err)
	}
	for _, l := range []Line{LineStrangers, LineRooms, LineContacts} {
		for _, th := range Things {
			if c := (Policy{}).line(th, l).Choice; c == ChoiceUnset || ChoicesOf(th, l) != nil && (Policy{}).Wider(th, Scope{Line: l}) != c {
				t.Errorf("%s of %s: %q", th, l, c)
			}
		}
	}
}
