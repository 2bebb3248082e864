package session_test

import (
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// TestRealPeople: with real servers a picture of one is seen by the other and taken
// away again, a card is filled in and read, and a call that another program offers
// and takes back is one line, live and for a new device out of the archive.
func TestRealPeople(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		alice.a.AddContact(bobJID, "", nil)
		asked := func(cl *client) func() bool {
			return func() bool { list, err := cl.st.Requests(t.Context()); return err == nil && len(list) == 1 }
		}
		bob.until("alice's request", asked(bob))
		bob.a.Approve(aliceJID)
		bob.a.AddContact(aliceJID, "", nil)
		alice.until("bob's request", asked(alice))
		alice.a.Approve(bobJID)
		for _, cl := range []*client{alice, bob} {
			cl.until("both subscriptions", func() bool {
				list, err := cl.st.Roster(t.Context(), cl.a.ID())
				return err == nil && len(list) == 1 && list[0].Subscription == "both"
			})
		}
		if s.Name == "ejabberd" { // it tells of nodes whom it saw come, with what they want to know
			for _, cl := range []*client{alice, bob} {
				cl.a.Disconnect()
				wait(cl, "the end", func(e session.AccountChanged) bool { return e.Link == session.Offline })
				cl.a.Connect()
				cl.online()
			}
			wait(alice, "bob", func(e session.PresenceChanged) bool { return e.JID == bobJID && len(e.Resources) == 1 })
		}
		done := func(cl *client, code string) {
			t.Helper()
			wait(cl, code, func(e session.Answer) bool {
				if e.Problem != nil {
					t.Errorf("%s: %+v", code, e.Problem)
				}
				return e.Code == code
			})
		}

		alice.a.SetAvatar(writeFile(t, "me.png", redPNG(t, 300, 200)))
		done(alice, "avatar-set")
		hash := func() string {
			v, err := bob.st.Avatar(t.Context(), bob.a.ID(), aliceJID)
			if err != nil {
				t.Fatal(err)
			}
			return v.Hash
		}
		bob.until("the news of it", func() bool { return hash() != "" })
		bob.a.ShowAvatar(aliceJID)
		e := wait(bob, "the picture", func(e session.AvatarChanged) bool { return e.JID == aliceJID && e.Picture.Width > 0 })
		if e.Picture.Width != 16 || e.Picture.Height() != 16 || e.Picture.Pix[0] < 250 {
			t.Errorf("bob sees %d by %d of %v", e.Picture.Width, e.Picture.Height(), e.Picture.Pix[:4])
		}
		alice.a.SetAvatar("")
		done(alice, "avatar-off")
		bob.until("that it is gone", func() bool { return hash() == "" })

		alice.a.OwnCard()
		f := wait(alice, "the form", func(session.CardForm) bool { return true }).Form
		f.Fill("card-name", "Alice <Ament>")
		f.Fill("card-nick", "ali")
		alice.a.SetCard(f)
		done(alice, "card-set")
		bob.a.ReadCard(0, aliceJID)
		card := wait(bob, "the card", func(e session.Answer) bool { return e.Code == "card" || e.Problem != nil })
		if len(card.Facts) < 2 || card.Facts[0] != (session.Fact{Code: "card-name", Text: "Alice <Ament>"}) || card.Facts[1].Text != "ali" {
			t.Errorf("bob reads %+v %+v", card.Facts, card.Problem)
		}

		raw := newRawClient(t, s, "alice")
		say := func(inner string) {
			t.Helper()
			el, err := wire.ParseElement([]byte("<message to='"+bobJID+"' type='chat'>"+inner+"<store xmlns='urn:xmpp:hints'/></message>"), wire.NSClient)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := raw.link.Send(el); err != nil {
				t.Fatal(err)
			}
		}
		say("<propose xmlns='urn:xmpp:jingle-message:0' id='call-1'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose>")
		wait(bob, "the call", func(e session.Noticed) bool { return e.What == store.CallNotice(false, store.CallOffered) })
		say("<retract xmlns='urn:xmpp:jingle-message:0' id='call-1'/>")
		notices := func(cl *client, with string) string {
			var all []string
			for _, m := range cl.rows(cl.chat(store.Direct, with).ID) {
				if m.Kind == store.Notice {
					all = append(all, m.Notice)
				}
			}
			return strings.Join(all, " ")
		}
		bob.until("that it was missed", func() bool { return notices(bob, aliceJID) == "call-in-missed" })
		alice.until("our own, from the other device", func() bool { return notices(alice, bobJID) == "call-out-missed" })
		say("<body>after the call</body>")
		fresh := newClient(t, s, "bob", false)
		fresh.online()
		fresh.until("the line behind it", func() bool { return fresh.has(fresh.chat(store.Direct, aliceJID).ID, "after the call", store.Received) })
		fresh.until("the same on a new device", func() bool { return notices(fresh, aliceJID) == "call-in-missed" })
	})
}
