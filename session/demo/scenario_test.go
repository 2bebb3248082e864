package demo_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session/demo"
	"sotto/session/wire"
)

// day is a login to the demo, in a bubble where time is free.
func day(t *testing.T, seed uint64) (*peer, *demo.Demo, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	d, err := demo.Start(ctx, demo.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	link, login, err := wire.Connect(ctx, wire.Config{JID: d.JID, RootCAs: d.Server.RootCAs(), Dial: d.Server.Dial, Resource: "sotto",
		Password: func(context.Context) (string, error) { return d.Password, nil }})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, link: link, login: login}
	return p, d, func() {
		link.Close(ctx)
		cancel()
		d.Server.Close()
	}
}

func TestScenario(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d, end := day(t, 1)
		defer end()
		el, err := p.ask("get", "", "<query xmlns='jabber:iq:roster'/>")
		if err != nil {
			t.Fatal(err)
		}
		contacts := 0
		for range el.Child(nsRoster, "query").All(nsRoster, "item") {
			contacts++
		}
		if contacts != 3 {
			t.Errorf("%d contacts, want 3", contacts)
		}
		p.send("<presence/>")
		first := p.now()
		body := func(st wire.Stanza) bool { return st.Local == "message" && st.Child(wire.NSClient, "body") != nil }
		if n := count(first, body); n < 6 {
			t.Errorf("%d lines wait at the login, want 6 or more", n)
		}
		if n := count(first, func(st wire.Stanza) bool { return st.Attr("type") == "subscribe" }); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		if n := count(first, func(st wire.Stanza) bool {
			return st.Local == "presence" && st.Attr("type") == "" && st.From.Resource() == "demo"
		}); n != 3 {
			t.Errorf("%d contacts are there, want 3", n)
		}
		if bodies, _, _ := p.page("", "", "<max>100</max>"); len(bodies) < 15 {
			t.Errorf("%d lines in the archive, want 15 or more", len(bodies))
		}

		p.send("<message type='chat' id='h1' to='mira@" + d.Server.Domain() + "'><body>help!</body>" +
			"<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>")
		p.wait("receipt", func(st wire.Stanza) bool { return st.Child("urn:xmpp:receipts", "received").Attr("id") == "h1" })
		p.wait("marker", func(st wire.Stanza) bool { return st.Child("urn:xmpp:chat-markers:0", "displayed").Attr("id") == "h1" })
		p.wait("typing", func(st wire.Stanza) bool {
			return st.Child("http://jabber.org/protocol/chatstates", "composing") != nil
		})
		p.wait("help", func(st wire.Stanza) bool {
			b := st.ChildText(wire.NSClient, "body")
			return strings.Contains(b, "Ctrl-K") || strings.Contains(b, "/join")
		})

		p.send("<presence to='" + d.Room + "/you'>" + joinX + "</presence>")
		if n := count(p.now(), func(st wire.Stanza) bool { return st.Attr("type") == "groupchat" && body(st) }); n < 10 {
			t.Errorf("%d lines of history, want 10 or more", n)
		}
		talk := func(d time.Duration) int {
			time.Sleep(d)
			synctest.Wait()
			return count(p.now(), func(st wire.Stanza) bool { return st.Attr("type") == "groupchat" && body(st) })
		}
		if n := talk(time.Minute); n < 10 || n > 32 {
			t.Errorf("%d lines in the first minute", n)
		}
		if n := talk(10 * time.Minute); n < 5 || n > 75 {
			t.Errorf("%d lines in ten more minutes", n)
		}
		p.send("<message type='groupchat' to='" + d.Room + "'><body>Emil: hello</body></message>")
		p.wait("an answer", func(st wire.Stanza) bool {
			return st.Attr("from") == d.Room+"/Emil" && strings.Contains(st.ChildText(wire.NSClient, "body"), "you")
		})
		gone := func(st wire.Stanza) bool {
			return st.Local == "presence" && (st.Attr("type") == "unavailable" || st.ChildText(wire.NSClient, "show") == "away")
		}
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if n := count(p.now(), gone); n == 0 {
			t.Error("nobody ever goes away")
		}
	})
}

// TestSeeds runs an hour of the demo for some seeds.
func TestSeeds(t *testing.T) {
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			p, d, end := day(t, seed)
			defer end()
			p.send("<presence/>")
			p.send("<presence to='" + d.Room + "/you'>" + joinX + "</presence>")
			for i := range 20 {
				p.send("<message type='chat' to='" + []string{"mira", "jonas", "tove"}[i%3] + "@" + d.Server.Domain() + "'><body>" +
					[]string{"hello", "bye", "why?", "a line", "help"}[i%5] + "</body></message>")
				time.Sleep(3 * time.Minute)
				synctest.Wait()
				p.now()
			}
		})
	}
}

// TestSeededCuts logs in again and again over connections that break. What the
// sessions were in is over when nobody comes back for them.
func TestSeededCuts(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) { seededCuts(t, seed) })
	}
}

func seededCuts(t *testing.T, seed uint64) {
	s, err := demo.NewServer(demo.Options{Seed: seed, Domain: "example.org", Faults: &demo.Faults{CutWithin: 8000}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.AddUser("ann", "ann")
	s.OpenRoom("lounge", "", "")
	for range 5 {
		link, _, err := wire.Connect(t.Context(), configOf(s, "ann"))
		if err != nil {
			if k := wire.KindOf(err); k != wire.Closed && k != wire.TLS {
				t.Errorf("seed %d: %v", seed, err)
			}
			continue
		}
		p := &peer{t: t, link: link}
		for link.Err() == nil {
			if _, err := link.SendBytes([]byte("<presence to='" + lounge + "/Ann'>" + joinX + "</presence>")); err != nil {
				break
			}
			if _, err := p.link.Call(t.Context(), wire.New(wire.NSClient, "iq").Set("type", "get").Set("to", "example.org").Add(wire.New(wire.NSPing, "ping"))); err != nil {
				break
			}
		}
		<-link.Done()
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	if got := s.Room(lounge).Nicks(); len(got) != 0 {
		t.Errorf("seed %d: %v are still in the room", seed, got)
	}
}

func FuzzStanza(f *testing.F) {
	for _, raw := range []string{
		"<message to='bob@example.org' type='chat'><body>x</body></message>",
		"<message to='lounge@rooms.example.org' type='groupchat'><subject/></message>",
		"<message to='lounge@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='bob@example.org'/></x></message>",
		"<message to='lounge@rooms.example.org/Ann'><body>x</body></message>",
		"<message><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received></message>",
		"<presence/>", "<presence type='unavailable'/>", "<presence to='lounge@rooms.example.org/Ann'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
		"<presence to='lounge@rooms.example.org/Other'/>", "<presence to='lounge@rooms.example.org/Ann' type='unavailable'/>",
		"<presence to='bob@example.org' type='subscribe'/>", "<presence to='bob@example.org' type='unsubscribe'/>", "<presence to='ann@example.org' type='subscribed'/>",
		"<iq type='get' id='1'><query xmlns='jabber:iq:roster' ver='v1'/></iq>",
		"<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='bob@example.org' subscription='remove'/></query></iq>",
		"<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data'><field var='with'><value>@</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set></query></iq>",
		"<iq type='set' id='1' to='lounge@rooms.example.org'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Ann' role='none'/></query></iq>",
		"<iq type='set' id='1' to='lounge@rooms.example.org'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>",
		"<iq type='get' id='1' to='lounge@rooms.example.org/Ann'><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type='result' id='1' to='lounge@rooms.example.org/Ann'/>", "<iq type='get' id='1'/>", "<iq/>", "<a xmlns='urn:xmpp:sm:3' h='7'/>", "<starttls/>",
	} {
		f.Add(raw)
	}
	s, err := demo.NewServer(demo.Options{Domain: "example.org"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	ann, bob := s.Script("ann"), s.Script("bob")
	ann.Presence("", "")
	bob.Presence("", "")
	bob.Join(lounge, "Bob")
	f.Fuzz(func(t *testing.T, raw string) {
		el, err := wire.ParseElement([]byte(raw), wire.NSClient)
		if err != nil {
			t.Skip()
		}
		ann.Join(lounge, "Ann")
		ann.Send(el)
		bob.Send(el)
		el2, _ := wire.ParseElement([]byte(raw), wire.NSClient)
		if string(el.Bytes()) != string(el2.Bytes()) {
			t.Errorf("the server changed what it was given: %s", el.Bytes())
		}
	})
}
