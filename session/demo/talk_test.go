package demo_test

import (
	"strings"
	"testing"

	"sotto/session/demo"
	"sotto/session/wire"
)

const (
	nsCarbons = "urn:xmpp:carbons:2"
	nsForward = "urn:xmpp:forward:0"
	nsSID     = "urn:xmpp:sid:0"
	nsDelay   = "urn:xmpp:delay"
	nsRoster  = "jabber:iq:roster"
)

func TestMessagesAndCarbons(t *testing.T) {
	s := newServer(t, demo.Faults{})
	ann := online(t, s, "ann", "desk")
	phone := online(t, s, "ann", "phone")
	bob := online(t, s, "bob", "desk")
	tablet := online(t, s, "bob", "tablet")
	for _, p := range []*peer{phone, tablet} {
		if _, err := p.ask("set", "", "<enable xmlns='urn:xmpp:carbons:2'/>"); err != nil {
			t.Fatal(err)
		}
	}
	ann.send("<message type='chat' id='m1' to='bob@example.org/desk' from='eve@example.org'><body>hello</body>" +
		"<stanza-id xmlns='urn:xmpp:sid:0' by='bob@example.org' id='forged'/></message>")
	m := bob.message("hello")
	if got, want := m.Attr("from"), "ann@example.org/desk"; got != want {
		t.Errorf("from %v, want %v", got, want)
	}
	if got := m.Attr("id"); got != "m1" {
		t.Errorf("id %v, want m1", got)
	}
	ids := 0
	for id := range m.All(nsSID, "stanza-id") {
		ids++
		if id.Attr("by") != "bob@example.org" || id.Attr("id") == "" || id.Attr("id") == "forged" {
			t.Errorf("stanza-id %v by %v", id.Attr("id"), id.Attr("by"))
		}
	}
	if ids != 1 {
		t.Errorf("%d stanza-ids, want 1", ids)
	}
	for _, k := range []struct {
		p         *peer
		direction string
	}{{phone, "sent"}, {tablet, "received"}} {
		c := k.p.wait("carbon", func(st wire.Stanza) bool { return st.Child(nsCarbons, "") != nil })
		inner := c.Child(nsCarbons, k.direction).Child(nsForward, "forwarded").Child(wire.NSClient, "message")
		if c.From != k.p.login.JID.Bare() || c.To != k.p.login.JID || inner.ChildText(wire.NSClient, "body") != "hello" || inner.Attr("from") != "ann@example.org/desk" {
			t.Errorf("%s: %s", k.direction, c.Bytes())
		}
	}
	// Neither a private line nor a line to nobody leaves copies.
	ann.send("<message type='chat' to='bob@example.org/desk'><body>psst</body><private xmlns='urn:xmpp:carbons:2'/></message>")
	bob.message("psst")
	for _, p := range []*peer{phone, tablet} {
		if n := count(p.now(), func(st wire.Stanza) bool { return st.Child(nsCarbons, "") != nil }); n > 0 {
			t.Errorf("%d copies of a private line", n)
		}
	}
	ann.send("<message type='chat' id='m9' to='nobody@example.org'><body>x</body></message>")
	e := ann.wait("error", func(st wire.Stanza) bool { return st.Attr("id") == "m9" })
	if se := wire.ErrorOf(e.Element); se == nil || se.Condition != "service-unavailable" {
		t.Errorf("error %v", se)
	}
}

func TestPriority(t *testing.T) {
	s := newServer(t, demo.Faults{})
	low := online(t, s, "bob", "low")
	high := online(t, s, "bob", "high")
	high.send("<presence><priority>7</priority></presence>")
	high.sync()
	ann := online(t, s, "ann", "desk")
	ann.send("<message type='chat' to='bob@example.org'><body>to the best</body></message>")
	ann.send("<message type='chat' to='bob@example.org/gone'><body>to who is there</body></message>")
	high.message("to the best")
	high.message("to who is there")
	if n := count(low.now(), func(st wire.Stanza) bool { return st.Local == "message" }); n != 0 {
		t.Errorf("%d messages at the lower priority, want 0", n)
	}
}

func TestOffline(t *testing.T) {
	s := newServer(t, demo.Faults{})
	ann := online(t, s, "ann", "desk")
	ann.send("<message type='chat' id='o1' to='bob@example.org'><body>while you were out</body></message>")
	ann.send("<message type='chat' to='bob@example.org'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
	ann.sync()
	bob := online(t, s, "bob", "desk")
	m := bob.message("while you were out")
	if d := m.Child(nsDelay, "delay"); d.Attr("from") != "example.org" || d.Attr("stamp") == "" {
		t.Errorf("delay %s", d.Bytes())
	}
	if m.Child(nsSID, "stanza-id") == nil {
		t.Error("no stanza-id")
	}
	if n := count(bob.now(), func(st wire.Stanza) bool { return st.Local == "message" }); n != 0 {
		t.Errorf("%d more messages, want 0", n)
	}
}

func TestUnacknowledged(t *testing.T) {
	s := newServer(t, demo.Faults{})
	bob := online(t, s, "bob", "desk")
	ann := online(t, s, "ann", "desk")
	ann.send("<message type='chat' to='bob@example.org'><body>not safe yet</body></message>")
	ann.sync()
	// Bob's client was handed the line and has not committed it.
	s.CutAll(demo.CutReset)
	<-bob.link.Done()
	again := online(t, s, "bob", "desk")
	again.message("not safe yet")
}

func TestRoster(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Befriend("ann", "bob", "Bob", "Friends")
	ann := online(t, s, "ann", "desk")
	get := func(ver string) *wire.Element {
		t.Helper()
		el, err := ann.ask("get", "", "<query xmlns='jabber:iq:roster' ver='"+ver+"'/>")
		if err != nil {
			t.Fatal(err)
		}
		return el.Child(nsRoster, "query")
	}
	q := get("")
	i := q.Child(nsRoster, "item")
	if i.Attr("jid") != "bob@example.org" || i.Attr("name") != "Bob" || i.Attr("subscription") != "both" || i.ChildText(nsRoster, "group") != "Friends" {
		t.Fatalf("roster %s", q.Bytes())
	}
	ver := q.Attr("ver")
	if get(ver) != nil {
		t.Error("the newest version brought items")
	}
	push := func(p *peer, jid string) *wire.Element {
		t.Helper()
		return p.wait("push", func(st wire.Stanza) bool {
			return st.Attr("type") == "set" && st.Child(nsRoster, "query").Child(nsRoster, "item").Attr("jid") == jid
		}).Child(nsRoster, "query").Child(nsRoster, "item")
	}
	other := online(t, s, "ann", "phone")
	if _, err := ann.ask("set", "", "<query xmlns='jabber:iq:roster'><item jid='cleo@example.org' name='Cleo'/></query>"); err != nil {
		t.Fatal(err)
	}
	push(ann, "cleo@example.org")
	if got := push(other, "cleo@example.org").Attr("name"); got != "Cleo" {
		t.Errorf("name %v, want Cleo", got)
	}
	// What changed since comes as pushes.
	if get(ver) != nil {
		t.Error("an old version brought everything")
	}
	push(ann, "cleo@example.org")
	if get("x") == nil {
		t.Error("an unknown version brought nothing")
	}
	if _, err := ann.ask("set", "", "<query xmlns='jabber:iq:roster'><item jid='bob@example.org' subscription='remove'/></query>"); err != nil {
		t.Fatal(err)
	}
	if got := push(other, "bob@example.org").Attr("subscription"); got != "remove" {
		t.Errorf("subscription %v, want remove", got)
	}
	bob := connect(t, s, "bob", "desk")
	el, err := bob.ask("get", "", "<query xmlns='jabber:iq:roster'/>")
	if err != nil || el.Child(nsRoster, "query").Child(nsRoster, "item").Attr("subscription") != "none" {
		t.Errorf("roster of the removed: %s %v", el.Bytes(), err)
	}
}

func TestSubscribe(t *testing.T) {
	for name, before := range map[string]bool{"asked first": false, "approved beforehand": true} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, demo.Faults{})
			ann := online(t, s, "ann", "desk")
			bob := online(t, s, "bob", "desk")
			if before {
				bob.send("<presence type='subscribed' to='ann@example.org'/>")
				bob.wait("approval", func(st wire.Stanza) bool {
					return st.Child(nsRoster, "query").Child(nsRoster, "item").Attr("approved") == "true"
				})
			}
			ann.send("<presence type='subscribe' to='bob@example.org'><status>it is me</status></presence>")
			if !before {
				p := bob.presence("ann@example.org", "subscribe")
				if got := p.ChildText(wire.NSClient, "status"); got != "it is me" {
					t.Errorf("status %v", got)
				}
				bob.send("<presence type='subscribed' to='ann@example.org'/>")
			}
			ann.wait("push", func(st wire.Stanza) bool {
				return st.Child(nsRoster, "query").Child(nsRoster, "item").Attr("subscription") == "to"
			})
			ann.presence("bob@example.org/desk", "")
			bob.wait("push", func(st wire.Stanza) bool {
				return st.Child(nsRoster, "query").Child(nsRoster, "item").Attr("subscription") == "from"
			})
			bob.send("<presence type='unsubscribed' to='ann@example.org'/>")
			ann.presence("bob@example.org/desk", "unavailable")
		})
	}
}

func TestRequestWaits(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Script("cleo").Subscribe("ann@example.org", "Cleo", "let me in")
	ann := online(t, s, "ann", "desk")
	if got := ann.presence("cleo@example.org", "subscribe").ChildText(wire.NSClient, "status"); got != "let me in" {
		t.Errorf("status %v", got)
	}
	ann.send("<presence type='unsubscribed' to='cleo@example.org'/>")
	ann.sync()
	again := online(t, s, "ann", "phone")
	if n := count(again.now(), func(st wire.Stanza) bool { return st.Attr("type") == "subscribe" }); n != 0 {
		t.Error("a refused request came again")
	}
}

func TestPresence(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Befriend("ann", "bob", "Bob")
	bob := online(t, s, "bob", "desk")
	bob.send("<presence><show>away</show><status>tea</status></presence>")
	bob.sync()
	ann := online(t, s, "ann", "desk")
	if got := ann.presence("bob@example.org/desk", "").ChildText(wire.NSClient, "show"); got != "away" {
		t.Errorf("show %v, want away", got)
	}
	bob.presence("ann@example.org/desk", "")
	cleo := online(t, s, "cleo", "desk")
	ann.send("<presence to='cleo@example.org'><status>only you</status></presence>")
	cleo.presence("ann@example.org/desk", "")
	s.CutAll(demo.CutEOF)
	<-ann.link.Done()

	bob = online(t, s, "bob", "desk")
	_ = online(t, s, "ann", "desk")
	bob.presence("ann@example.org/desk", "")
	s.CutAfter("ann", 0)
	bob.presence("ann@example.org/desk", "unavailable")
}

func TestActor(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Befriend("ann", "bob", "Bob")
	ann := online(t, s, "ann", "desk")
	bob := s.Script("bob")
	heard := make(chan demo.Message, 1)
	bob.OnMessage(func(m demo.Message) {
		heard <- m
		bob.Read(m)
		bob.Compose("ann@example.org")
		bob.Say("ann@example.org", strings.ToUpper(m.Body))
	})
	bob.Presence("chat", "here")
	ann.presence("bob@example.org/demo", "")
	ann.send("<message type='chat' id='q' to='bob@example.org'><body>hi</body><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>")
	ann.wait("receipt", func(st wire.Stanza) bool { return st.Child("urn:xmpp:receipts", "received").Attr("id") == "q" })
	ann.wait("marker", func(st wire.Stanza) bool { return st.Child("urn:xmpp:chat-markers:0", "displayed").Attr("id") == "q" })
	ann.wait("typing", func(st wire.Stanza) bool {
		return st.Child("http://jabber.org/protocol/chatstates", "composing") != nil
	})
	ann.message("HI")
	if m := <-heard; m.Body != "hi" || m.Room {
		t.Errorf("heard %+v", m)
	}
	if _, err := ann.ask("get", "bob@example.org/demo", "<query xmlns='jabber:iq:version'/>"); err != nil {
		t.Error(err)
	}
	bob.GoOffline()
	ann.presence("bob@example.org/demo", "unavailable")
}

func TestQueries(t *testing.T) {
	s := newServer(t, demo.Faults{})
	ann := online(t, s, "ann", "desk")
	online(t, s, "bob", "desk")
	for name, tt := range map[string]struct {
		kind, to, payload string
		condition         string
	}{
		"server info":   {"get", "example.org", "<query xmlns='http://jabber.org/protocol/disco#info'/>", ""},
		"server items":  {"get", "example.org", "<query xmlns='http://jabber.org/protocol/disco#items'/>", ""},
		"account info":  {"get", "ann@example.org", "<query xmlns='http://jabber.org/protocol/disco#info'/>", ""},
		"stranger info": {"get", "bob@example.org", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "service-unavailable"},
		"rooms info":    {"get", "rooms.example.org", "<query xmlns='http://jabber.org/protocol/disco#info'/>", ""},
		"rooms items":   {"get", "rooms.example.org", "<query xmlns='http://jabber.org/protocol/disco#items'/>", ""},
		"no room":       {"get", "none@rooms.example.org", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "item-not-found"},
		"ping":          {"get", "", "<ping xmlns='urn:xmpp:ping'/>", ""},
		"version":       {"get", "example.org", "<query xmlns='jabber:iq:version'/>", ""},
		"unknown":       {"get", "example.org", "<query xmlns='made:up'/>", "service-unavailable"},
		"unknown own":   {"set", "", "<query xmlns='made:up'/>", "service-unavailable"},
		"nobody":        {"get", "nobody@example.org/x", "<ping xmlns='urn:xmpp:ping'/>", "service-unavailable"},
		"elsewhere":     {"get", "example.net", "<ping xmlns='urn:xmpp:ping'/>", "remote-server-not-found"},
		"bad address":   {"get", "bob@example.org/", "<ping xmlns='urn:xmpp:ping'/>", "jid-malformed"},
		"room ping":     {"get", "none@rooms.example.org/ann", "<ping xmlns='urn:xmpp:ping'/>", "not-acceptable"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "bad address" {
				ann.send("<iq type='get' id='bad' to='bob@example.org/'><ping xmlns='urn:xmpp:ping'/></iq>")
				ann.sync() // the answer has an address that nobody can have asked
				return
			}
			_, err := ann.ask(tt.kind, tt.to, tt.payload)
			got := ""
			if se, ok := err.(*wire.StanzaError); ok {
				got = se.Condition
			} else if err != nil {
				t.Fatal(err)
			}
			if got != tt.condition {
				t.Errorf("condition %q, want %q", got, tt.condition)
			}
		})
	}
}
