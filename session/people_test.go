package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

// TestRosterItems is what a server may put into a roster, and what we keep.
func TestRosterItems(t *testing.T) {
	var groups, kept strings.Builder
	for i := range 40 {
		fmt.Fprintf(&groups, "<group>g%02d</group>", i)
		if i < 32 {
			fmt.Fprintf(&kept, " g%02d", i)
		}
	}
	tests := map[string]struct{ items, pushes, want string }{
		"one":                 {"<item jid='bob@example.org' name='Bob' subscription='both'><group>Friends</group></item>", "", "bob@example.org Bob both Friends"},
		"no address":          {"<item subscription='both'/>", "", ""},
		"unparsable address":  {"<item jid='@/' name='?' subscription='both'/><item jid='bob@example.org' subscription='to'/>", "", "@/ ? both; bob@example.org  to"},
		"control characters":  {"<item jid='bob@example.org' name='a&#x85;b&#x9B;31m' subscription='both'/>", "", "bob@example.org a\u0085b\u009b31m both"},
		"twice":               {"<item jid='bob@example.org' name='A' subscription='to'/><item jid='bob@example.org' name='B' subscription='both'/>", "", "bob@example.org B both"},
		"40 groups":           {"<item jid='bob@example.org' subscription='both'>" + groups.String() + "</item>", "", "bob@example.org  both" + kept.String()},
		"the same group":      {"<item jid='bob@example.org' subscription='both'><group>a</group><group> a </group><group/></item>", "", "bob@example.org  both a"},
		"a strange state":     {"<item jid='bob@example.org' subscription='owner'/>", "", "bob@example.org  none"},
		"a long name":         {"<item jid='bob@example.org' name='" + strings.Repeat("é", 300) + "' subscription='both'/>", "", "bob@example.org " + strings.Repeat("é", 128) + " both"},
		"removed by a push":   {"<item jid='bob@example.org' subscription='both'/>", "<item jid='bob@example.org' subscription='remove'/>", ""},
		"changed by a push":   {"<item jid='bob@example.org' subscription='both'/>", "<item jid='bob@example.org' name='Bob' subscription='from'/>", "bob@example.org Bob from"},
		"two items in a push": {"", "<item jid='bob@example.org' subscription='both'/><item jid='eve@example.org' subscription='both'/>", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = test.items
			cl := p.login()
			if test.pushes != "" {
				p.tells("<iq type='set' id='push'><query xmlns='jabber:iq:roster'>" + test.pushes + "</query></iq>")
				p.await("an answer to the push", func(el *wire.Element) bool { return el.Attr("id") == "push" })
			}
			list, err := cl.st.Roster(t.Context(), cl.a.ID())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range list {
				got = append(got, strings.TrimSpace(c.JID+" "+c.Name+" "+c.Subscription+" "+strings.Join(c.Groups, " ")))
			}
			if s := strings.Join(got, "; "); s != test.want {
				t.Errorf("got %q, want %q", s, test.want)
			}
		})
	}
}

// TestRosterPushOfOthersIsRefused: it changes nothing, is counted and answered as
// by somebody who is not there.
func TestRosterPushOfOthersIsRefused(t *testing.T) {
	for _, from := range []string{"bob@example.org/phone", "eve@evil.example/x", "alice@example.org/other", "example.org"} {
		p := newPeer(t)
		p.roster = "<item jid='bob@example.org' subscription='both'/>"
		cl := p.login()
		p.sync()
		cl.take()
		p.tells("<iq type='set' id='push' from='" + from + "'><query xmlns='jabber:iq:roster'><item jid='eve@evil.example' subscription='both'/></query></iq>")
		p.await("an error", func(el *wire.Element) bool { return el.Attr("id") == "push" && el.Attr("type") == "error" })
		if list, err := cl.st.Roster(t.Context(), cl.a.ID()); err != nil || len(list) != 1 {
			t.Errorf("from %s: got %d contacts (%v)", from, len(list), err)
		}
		if c := events[session.SecurityCount](cl); len(c) != 1 || c[0].Refused != 1 {
			t.Errorf("from %s: counted %+v, want 1", from, c)
		}
	}
}

// TestPresences is what is kept of a contact's presences.
func TestPresences(t *testing.T) {
	presence := func(from, attrs, inner string) string {
		return "<presence from='" + from + "' " + attrs + ">" + inner + "</presence>"
	}
	const phone = "bob@example.org/phone"
	var many []string
	for i := range 80 {
		many = append(many, presence(fmt.Sprintf("bob@example.org/r%d", i), "", ""))
	}
	tests := map[string]struct {
		xml  []string
		want string
	}{
		"available":           {[]string{presence(phone, "", "<show>away</show><status>tea</status><priority>5</priority>")}, "phone away tea 5"},
		"gone":                {[]string{presence(phone, "", ""), presence(phone, "type='unavailable'", "")}, ""},
		"gone as a whole":     {[]string{presence(phone, "", ""), presence("bob@example.org", "type='unavailable'", "")}, ""},
		"a strange show":      {[]string{presence(phone, "", "<show>partying</show>")}, "phone   0"},
		"a type nobody knows": {[]string{presence(phone, "type='invisible'", "")}, ""},
		"bad priority":        {[]string{presence(phone, "", "<priority>1000</priority>")}, "phone   0"},
		"no priority":         {[]string{presence(phone, "", "<priority>high</priority>")}, "phone   0"},
		"long status":         {[]string{presence(phone, "", "<status>"+strings.Repeat("é", 2000)+"</status>")}, "phone  " + strings.Repeat("é", 500) + " 0"},
		"unparsable from":     {[]string{presence("@/", "", ""), presence(phone, "", "")}, "phone   0"},
		"best first":          {[]string{presence(phone, "", "<priority>1</priority>"), presence("bob@example.org/desk", "", "<priority>9</priority>")}, "desk   9; phone   1"},
		"80 devices":          {many, "64 devices"},
		"an error":            {[]string{presence(phone, "", ""), presence("bob@example.org", "type='error'", "<error type='cancel'/>")}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = "<item jid='bob@example.org' subscription='both'/>"
			cl := p.login()
			p.tells(test.xml...)
			var got []string
			for _, e := range events[session.PresenceChanged](cl) {
				if e.JID != "bob@example.org" {
					t.Errorf("got a presence of %s", e.JID)
					continue
				}
				got = nil
				for _, r := range e.Resources {
					got = append(got, fmt.Sprintf("%s %s %s %d", r.Name, r.Presence.Show, r.Presence.Text, r.Presence.Priority))
				}
			}
			if len(got) > 10 {
				got = []string{fmt.Sprintf("%d devices", len(got))}
			}
			if s := strings.Join(got, "; "); s != test.want {
				t.Errorf("got %q, want %q", s, test.want)
			}
		})
	}
}

// TestWrongCapabilitiesAreKeptForOneOnly: a hash that does not fit names the
// client that told it, and nobody else who shows the same hash.
func TestWrongCapabilitiesAreKeptForOneOnly(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	seen := func(from string) {
		p.sendf("<presence from='%s'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://evil' ver='AAAAAAAAAAAAAAAAAAAAAAAAAAA='/></presence>", from)
	}
	for _, from := range []string{"eve@example.org/x", "bob@example.org/phone"} {
		p.hush(from)
		seen(from)
		q := p.await("a question to "+from, func(el *wire.Element) bool {
			return el.Attr("to") == from && el.Child("http://jabber.org/protocol/disco#info", "query") != nil
		})
		p.tells(fmt.Sprintf("<iq type='result' from='%s' id='%s'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' name='of %s'/></query></iq>", from, q.Attr("id"), from))
		list := events[session.PresenceChanged](cl)
		if len(list) != 1 || len(list[0].Resources) != 1 || list[0].Resources[0].Client != "of "+from {
			t.Errorf("%s: got %+v", from, list)
		}
	}
	if b, err := cl.st.Caps(t.Context(), "sha-1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="); err != nil || b != nil {
		t.Errorf("the wrong answer was kept: %s (%v)", b, err)
	}
}

// TestWhoIsAnswered is the table of questions: contacts get what they ask,
// occupants what the room shows anyway, strangers what an account that is
// offline would give.
func TestWhoIsAnswered(t *testing.T) {
	questions := map[string]string{
		"version": "<query xmlns='jabber:iq:version'/>", "time": "<time xmlns='urn:xmpp:time'/>", "last": "<query xmlns='jabber:iq:last'/>",
		"disco": "<query xmlns='http://jabber.org/protocol/disco#info'/>", "ping": "<ping xmlns='urn:xmpp:ping'/>",
		"items": "<query xmlns='http://jabber.org/protocol/disco#items'/>", "vcard": "<vCard xmlns='vcard-temp'/>", "roster": "<query xmlns='jabber:iq:roster'/>",
	}
	all := []string{"version", "time", "last", "disco", "ping"}
	tests := map[string][]string{
		"bob@example.org/phone":       all, // sees us
		"carol@example.org/phone":     nil, // we see her
		"eve@evil.example/x":          nil,
		"alice@example.org/other":     all,
		"example.org":                 all,
		myRoom + "/mira":              {"disco", "ping"},
		myRoom:                        {"disco", "ping"},
		"elsewhere@rooms.example.org": nil,
	}
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='from'/><item jid='carol@example.org' subscription='to'/>"
	cl := p.login()
	p.enter(cl, "alice")
	for from, want := range tests {
		for name, q := range questions {
			id := name + " " + from
			p.sendf("<iq type='get' from='%s' id='%s'>%s</iq>", from, id, q)
			el := p.await("an answer", func(el *wire.Element) bool { return el.Attr("id") == id })
			answered := el.Attr("type") == "result"
			if answered != slices.Contains(want, name) {
				t.Errorf("%s asked by %s: got %s", name, from, el.Bytes())
			}
			if !answered && el.Child(wire.NSClient, "error").Child(wire.NSStanzaErr, "service-unavailable") == nil {
				t.Errorf("%s refused to %s with %s", name, from, el.Bytes())
			}
			if answered && name == "version" && strings.Contains(string(el.Bytes()), "<os") {
				t.Errorf("the operating system was told: %s", el.Bytes())
			}
		}
	}
}

// TestSubscriptionRequests: one is kept for the user, nothing is answered; who
// was allowed before is answered at once.
func TestSubscriptionRequests(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='from'/><item jid='carol@example.org' subscription='none' approved='true'/>"
	cl := p.login()
	p.sync()
	p.took()
	for _, who := range []string{"bob@example.org", "carol@example.org", "eve@evil.example", "eve@evil.example"} {
		p.sendf("<presence type='subscribe' from='%s'><status>let me in</status><nick xmlns='http://jabber.org/protocol/nick'>Eve</nick></presence>", who)
	}
	p.sync()
	var told []string
	for _, s := range p.took() {
		if strings.HasPrefix(s, "<presence") {
			told = append(told, s)
		}
	}
	want := []string{"<presence to='bob@example.org' type='subscribed'/>", "<presence to='carol@example.org' type='subscribed'/>"}
	if !slices.Equal(told, want) {
		t.Errorf("answered %q, want %q", told, want)
	}
	list, err := cl.st.Requests(t.Context())
	if err != nil || len(list) != 1 || list[0].JID != "eve@evil.example" || list[0].Nick != "Eve" || list[0].Text != "let me in" {
		t.Errorf("got the requests %+v (%v), want eve's", list, err)
	}
	cl.a.Deny("eve@evil.example")
	p.await("the refusal", func(el *wire.Element) bool { return el.Attr("type") == "unsubscribed" })
	cl.until("no request", func() bool { list, err := cl.st.Requests(t.Context()); return err == nil && len(list) == 0 })
}

// TestPreApproval: who is allowed beforehand is not asked about again.
func TestPreApproval(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	alice := login(t, s, "alice")
	bob := "bob@" + s.Domain()
	alice.a.Approve(bob)
	alice.until("the approval", func() bool {
		list, err := alice.st.Roster(t.Context(), alice.a.ID())
		return err == nil && len(list) == 1 && list[0].Approved
	})
	s.Script("bob").Subscribe("alice@"+s.Domain(), "Bob", "hello")
	alice.until("the subscription", func() bool {
		list, err := alice.st.Roster(t.Context(), alice.a.ID())
		return err == nil && len(list) == 1 && list[0].Subscription == "from"
	})
	if list, err := alice.st.Requests(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("got the requests %v (%v), want none", list, err)
	}
}

// TestSinceWhen: a state is as old as it was seen to begin or a stamp says; of who
// was there before us nothing is known; the same state told again is no new one.
func TestSinceWhen(t *testing.T) {
	const desk, stamped = "<presence from='bob@example.org/desk'>%s</presence>", "<delay xmlns='urn:xmpp:delay' stamp='2020-02-03T04:05:06Z'/>"
	show := func(s string) string { return strings.Replace(desk, "%s", s, 1) }
	tests := map[string]struct {
		xml  []string
		want string
	}{
		"there before us":       {[]string{show("")}, "unknown"},
		"there, and told again": {[]string{show(""), show("<status>tea</status>")}, "unknown"},
		"with a stamp":          {[]string{show("<show>away</show>" + stamped)}, "2020"},
		"stamped, told again":   {[]string{show("<show>away</show>" + stamped), show("<show>away</show><status>x</status>")}, "2020"},
		"changed before us":     {[]string{show(""), show("<show>away</show>")}, "now"},
		"a stamp to come":       {[]string{show("<show>away</show><delay xmlns='urn:xmpp:delay' stamp='2400-02-03T04:05:06Z'/>")}, "unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = "<item jid='bob@example.org' subscription='both'/>"
			cl := p.login()
			p.tells(test.xml...)
			list := events[session.PresenceChanged](cl)
			if len(list) == 0 || len(list[len(list)-1].Resources) != 1 {
				t.Fatalf("got %+v", list)
			}
			since := list[len(list)-1].Resources[0].Since
			got := "now"
			switch {
			case since.IsZero():
				got = "unknown"
			case since.Year() == 2020:
				got = "2020"
			}
			if got != test.want {
				t.Errorf("since %v, want %s", since, test.want)
			}
		})
	}
}

// TestWelcome: the word of an invitation goes with the request, and theirs is
// let through beforehand where the server can.
func TestWelcome(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	alice := login(t, s, "alice")
	bob := "bob@" + s.Domain()
	alice.a.Welcome(bob, "Bob", []string{"Friends"}, "T<&'")
	alice.until("the contact", func() bool {
		list, err := alice.st.Roster(t.Context(), alice.a.ID())
		return err == nil && len(list) == 1 && list[0].Ask && list[0].Approved && list[0].Name == "Bob" && slices.Equal(list[0].Groups, []string{"Friends"})
	})
}

// TestWelcomeOnTheWire: the token stands in the request (XEP-0379); a server that
// keeps no approvals is not given one.
func TestWelcomeOnTheWire(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.sync()
	p.took()
	cl.a.Welcome("romeo@montague.net", "", nil, "1tMFq<")
	p.await("the request", func(el *wire.Element) bool {
		return el.Local == "presence" && el.Attr("type") == "subscribe" && el.Attr("to") == "romeo@montague.net" && el.Child("urn:xmpp:pars:0", "preauth").Attr("token") == "1tMFq<"
	})
	p.sync()
	for _, s := range p.took() {
		if strings.Contains(s, "'subscribed'") {
			t.Errorf("it was told %s", s)
		}
	}
}
