package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// TestBookmarkOfOthersStays: what another program put into a bookmark goes back
// byte for byte when we change what is ours.
func TestBookmarkOfOthersStays(t *testing.T) {
	p := newPeer(t)
	p.offer(me, []string{"http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#publish-options", "http://jabber.org/protocol/pubsub#persistent-items"})
	const extensions = `<extensions ><notify xmlns="urn:xmpp:notification-settings:1" a='1' ><never/></notify>
	<pinned xmlns = 'urn:xmpp:bookmarks-pinning:0'/></extensions><later xmlns="urn:later">&#x41;</later>`
	p.answers[nodeBookmarks] = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'><item id='` + myRoom + `'>` +
		`<conference autojoin="0"  name="Tea" xmlns="urn:xmpp:bookmarks:1"><password>secret</password>` + extensions + `</conference></item></items></pubsub>`
	opt := p.options()
	cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
	cl.online()
	enter := p.join(cl, "al")
	if got := enter.Child("http://jabber.org/protocol/muc", "x").ChildText("http://jabber.org/protocol/muc", "password"); got != "secret" {
		t.Errorf("entered with the password %q", got)
	}
	p.tells(occupant("al", "", "", "110"), line("", "<subject/>"))
	p.await("the bookmark", func(el *wire.Element) bool {
		return el.Child("http://jabber.org/protocol/pubsub", "pubsub").Child("http://jabber.org/protocol/pubsub", "publish") != nil
	})
	want := `<conference autojoin='true'  name="Tea" xmlns="urn:xmpp:bookmarks:1"><password>secret</password>` + extensions + `<nick xmlns='urn:xmpp:bookmarks:1'>al</nick></conference>`
	p.mu.Lock()
	defer p.mu.Unlock()
	if !strings.Contains(p.said.String(), want) {
		t.Errorf("sent %s, want in it\n%s", p.said.String(), want)
	}
}

// TestBookmarksOfStrangers: nobody else's word makes us enter anything.
func TestBookmarksOfStrangers(t *testing.T) {
	p := newPeer(t)
	p.offer(me, []string{"http://jabber.org/protocol/pubsub", nodeBookmarks + "#compat"})
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	p.sync()
	p.took()
	event := func(from string) string {
		return "<message" + from + " type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'><item id='" + myRoom +
			"'><conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item></items></event></message>"
	}
	for _, from := range []string{"eve@evil.example", "bob@example.org", "bob@example.org/phone", peerDomain, me + "/other"} {
		p.tells(event(" from='" + from + "'"))
	}
	if got := p.took(); len(got) > 0 || len(cl.bookmarks()) > 0 {
		t.Errorf("it said %q", got)
	}
	if list := events[session.SecurityCount](cl); len(list) == 0 || list[len(list)-1].Refused != 5 {
		t.Errorf("got %+v, want five refused", list)
	}
	p.send(event(" from='" + me + "'"))
	p.await("the room", func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == myRoom+"/alice" })
}

// TestJoinOrder: rooms are entered four at a time, the one on the screen first,
// then those where something was said last.
func TestJoinOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		p.offer(me, []string{"http://jabber.org/protocol/pubsub", nodeBookmarks + "#compat"})
		items := ""
		const n = 300
		address := func(i int) string { return fmt.Sprintf("r%03d@rooms.example.org", i) }
		for i := range n {
			items += "<item id='" + address(i) + "'><conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item>"
		}
		p.answers[nodeBookmarks] = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'>" + items + "</items></pubsub>"
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		var visible, lively store.ChatID
		if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
			acc, err := tx.EnsureAccount(me)
			if err != nil {
				return err
			}
			if visible, err = tx.EnsureChat(store.ChatKey{Account: acc.ID, Kind: store.Room, JID: address(200)}); err != nil {
				return err
			}
			if lively, err = tx.EnsureChat(store.ChatKey{Account: acc.ID, Kind: store.Room, JID: address(250)}); err != nil {
				return err
			}
			_, _, err = tx.Arrive(store.Arrival{Chat: lively, Sender: address(250) + "/x", Body: "x"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		opt := p.options()
		opt.Store, opt.Hold = st, true
		cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
		cl.a.Look(visible)
		cl.c.Begin()
		cl.online()
		var order []string
		under := map[string]bool{}
		for len(order) < n {
			el := p.await("a room", func(el *wire.Element) bool {
				return el.Local == "presence" && strings.Contains(el.Attr("to"), "@rooms.")
			})
			room := wire.Lenient(el.Attr("to")).Bare().String()
			order = append(order, room)
			under[room] = true
			if len(under) > 4 {
				t.Fatalf("%d rooms at a time", len(under))
			}
			if len(under) == 4 || len(order) > n-4 {
				for r := range under {
					p.send("<presence from='" + r + "/alice'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>")
					delete(under, r)
					break
				}
			}
		}
		if first := order[:2]; !slices.Contains(first, address(200)) || !slices.Contains(first, address(250)) {
			t.Errorf("got %q first", order[:4])
		}
		if slices.Sort(order); len(slices.Compact(order)) != n {
			t.Error("rooms were entered twice")
		}
		cl.c.Close()
	})
}
