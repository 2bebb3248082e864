package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// rawClient is another program of a user's, without anything of ours in it.
type rawClient struct {
	t    *testing.T
	link *wire.Link
}

func newRawClient(t *testing.T, s *realserver.Server, user string) *rawClient {
	t.Helper()
	link, _, err := wire.Connect(t.Context(), wire.Config{JID: user + "@" + realserver.Domain, Resource: "raw", Host: "127.0.0.1", Port: s.Direct, TLS: wire.Direct,
		RootCAs: s.Roots, Password: func(context.Context) (string, error) { return realserver.Password, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = link.Close(context.Background()) })
	return &rawClient{t, link}
}

// ask asks its own account and gives the answer.
func (r *rawClient) ask(kind, xml string) *wire.Element {
	r.t.Helper()
	el, err := wire.ParseElement([]byte(xml), wire.NSClient)
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := r.link.Call(r.t.Context(), wire.New(wire.NSClient, "iq").Set("type", kind).Add(el))
	if err != nil {
		r.t.Fatalf("%s: %v", xml, err)
	}
	return answer
}

// publish puts a bookmark there; access "" leaves the node as it is.
func (r *rawClient) publish(room, conference, access string) {
	r.t.Helper()
	options := ""
	if access != "" {
		options = "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>" +
			"<field var='pubsub#access_model'><value>" + access + "</value></field></x></publish-options>"
	}
	r.ask("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:bookmarks:1'><item id='"+room+"'>"+conference+"</item></publish>"+options+"</pubsub>")
}

// items are the bookmarks by room.
func (r *rawClient) items() map[string]*wire.Element {
	r.t.Helper()
	all := map[string]*wire.Element{}
	answer := r.ask("get", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>")
	for i := range answer.Child("http://jabber.org/protocol/pubsub", "pubsub").Child("http://jabber.org/protocol/pubsub", "items").All("http://jabber.org/protocol/pubsub", "item") {
		all[i.Attr("id")] = i.Child("urn:xmpp:bookmarks:1", "conference")
	}
	return all
}

// access is who may read the bookmarks.
func (r *rawClient) access() string {
	r.t.Helper()
	answer := r.ask("get", "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='urn:xmpp:bookmarks:1'/></pubsub>")
	const owner = "http://jabber.org/protocol/pubsub#owner"
	for f := range answer.Child(owner, "pubsub").Child(owner, "configure").Child("jabber:x:data", "x").All("jabber:x:data", "field") {
		if f.Attr("var") == "pubsub#access_model" {
			return f.ChildText("jabber:x:data", "value")
		}
	}
	return ""
}

// TestRealBookmarks: bookmarks of one program are followed by another, and what it
// does not know of them stays. The node was open to others before we wrote to it.
func TestRealBookmarks(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		const bed, den = "bed@" + realserver.Rooms, "den@" + realserver.Rooms
		bob := newClient(t, s, "bob", true)
		bob.online()
		for _, r := range []string{roomJID, bed, den} {
			bob.a.Join(r, "bob", "")
			wait(bob, "bob's room", func(e session.RoomChanged) bool { return e.JID == r && e.Joined })
			wait(bob, "the room open", func(e session.Answer) bool { return e.Code == "room-made" && e.Args[0] == r })
		}

		raw := newRawClient(t, s, "alice")
		raw.publish(roomJID, `<conference xmlns='urn:xmpp:bookmarks:1' name='Tea' autojoin='true'><nick>al</nick><extensions><state xmlns='urn:example:x' minimized='true'><deep/>and text</state></extensions></conference>`, "open")

		alice := newClient(t, s, "alice", true)
		alice.online()
		is(alice, "the room of the bookmark", alice.in, roomJID+" as al")
		other := newClient(t, s, "alice", false)
		other.online()
		is(other, "the room on another device", other.in, roomJID+" as al")

		// Ours goes there, beside theirs, and nobody else may read it.
		alice.a.Join(den, "ann", "")
		is(other, "the new room", other.in, den+" as ann", roomJID+" as al")
		alice.settled()
		if got := raw.access(); got != "whitelist" {
			t.Errorf("the bookmarks may be read by: %s", got)
		}
		if got := raw.items()[den]; got == nil || got.Attr("autojoin") != "true" || got.ChildText("urn:xmpp:bookmarks:1", "nick") != "ann" {
			t.Errorf("got the bookmark %s", got.Bytes())
		}

		// A change keeps what another program put there.
		alice.a.Leave(alice.chat(store.Room, roomJID).ID)
		is(other, "the leaving", other.in, den+" as ann")
		alice.settled()
		tea := raw.items()[roomJID]
		state := tea.Child("urn:xmpp:bookmarks:1", "extensions").Child("urn:example:x", "state")
		if tea.Attr("autojoin") != "false" || tea.Attr("name") != "Tea" || state.Attr("minimized") != "true" || state.Child("urn:example:x", "deep") == nil || state.Text != "and text" {
			t.Errorf("got the bookmark %s", tea.Bytes())
		}

		// Another program changes it, live.
		raw.publish(bed, `<conference xmlns='urn:xmpp:bookmarks:1' autojoin='1'><nick>ally</nick></conference>`, "")
		is(alice, "the room that another program entered", alice.in, bed+" as ally", den+" as ann")
		raw.ask("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:bookmarks:1' notify='true'><item id='"+den+"'/></retract></pubsub>")
		if s.Name == "ejabberd" { // it tells nobody: the next login finds out
			for _, cl := range []*client{alice, other} {
				cl.a.Disconnect()
				wait(cl, "the end", func(e session.AccountChanged) bool { return e.Link == session.Offline })
				cl.a.Connect()
				cl.online()
			}
		}
		is(alice, "the room that it took away", alice.in, bed+" as ally")
		is(other, "the rooms of the other device", other.in, bed+" as ally")

		// And away for good.
		alice.a.RemoveBookmark(bed)
		is(other, "no rooms", other.in)
		if got := alice.in(); !slices.Equal(got, []string{bed + " as ally"}) {
			t.Errorf("who removed the bookmark is in %q", got)
		}
		alice.until("the end of the bookmark", func() bool { return raw.items()[bed] == nil })
		if got := alice.bookmarks(); len(got) != 1 || got[0].JID != roomJID {
			t.Errorf("the bookmarks are %+v", got)
		}
	})
}

// TestRealLossOfARoom: a room that is left behind our back is entered again, and
// after a resumption each is asked whether we are in it.
func TestRealLossOfARoom(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		cfg := store.DefaultConfig()
		cfg.Accounts = []store.AccountConfig{{JID: aliceJID, Host: "127.0.0.1", Port: s.Direct, TLS: "direct", CAFile: s.CAFile}}
		var cord cable
		var mu sync.Mutex
		var asked, said []string
		c := session.New(session.Options{Store: st, Config: cfg, Dial: cord.dial, Passwords: map[string]string{aliceJID: realserver.Password},
			Console: func(_ store.AccountID, out bool, xml []byte) {
				mu.Lock()
				defer mu.Unlock()
				el, err := wire.ParseElement(xml, wire.NSClient)
				switch {
				case err != nil || el.Local != "iq":
				case out && el.Child("urn:xmpp:ping", "ping") != nil && el.Attr("to") == roomJID+"/alice":
					asked = append(asked, el.Attr("id"))
				case !out && el.Attr("from") == roomJID+"/alice" && el.Attr("type") == "result":
					said = append(said, el.Attr("id"))
				}
			}})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); _ = st.Close() })
		alice := &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}
		alice.online()
		bob := newClient(t, s, "bob", true)
		bob.online()
		bob.a.Join(roomJID, "bob", "")
		wait(bob, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		alice.a.Join(roomJID, "alice", "")
		is(alice, "the room", alice.in, roomJID+" as alice")

		cord.cut(true)
		wait(alice, "the loss", func(e session.AccountChanged) bool { return e.Link != session.Online })
		alice.online()
		chat := bob.chat(store.Room, roomJID).ID
		bob.until("an answer", func() bool {
			// Each line that comes and goes lets this look again.
			mu.Lock()
			defer mu.Unlock()
			if len(asked) > 0 && slices.Contains(said, asked[0]) {
				return true
			}
			bob.a.Send(chat, "tick")
			return false
		})
		if got := alice.in(); !slices.Equal(got, []string{roomJID + " as alice"}) {
			t.Errorf("after the resumption she is in %q", got)
		}

		// What a room says to somebody whom it does not know is what we take it for.
		carol := newRawClient(t, s, "carol")
		var refused *wire.StanzaError
		_, err = carol.link.Call(t.Context(), wire.New(wire.NSClient, "iq").Set("type", "get").Set("to", roomJID+"/alice").Add(wire.New("urn:xmpp:ping", "ping")))
		if !errors.As(err, &refused) || refused.Condition != "not-acceptable" {
			t.Errorf("a stranger's ping: %v", err)
		}
		if _, err := carol.link.Send(wire.New(wire.NSClient, "message").Set("type", "groupchat").Set("to", roomJID).Set("id", "x").
			Add(wire.New(wire.NSClient, "body").SetText("x"))); err != nil {
			t.Fatal(err)
		}
		for {
			<-carol.link.Ready()
			if list := carol.link.Take(10); len(list) > 0 {
				if e := wire.ErrorOf(list[0].Element); e == nil || e.Condition != "not-acceptable" {
					t.Errorf("a stranger's line: %s", list[0].Bytes())
				}
				break
			}
		}
	})
}
