package session_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

// TestFewLinesInFlight: of many lines a server gets few at a time, and the next
// once it has those.
func TestFewLinesInFlight(t *testing.T) {
	for _, test := range []struct {
		lines int
		heard []int // by the server, after each of its signs of life
	}{
		{1, []int{1, 1}},
		{32, []int{32, 32}},
		{33, []int{32, 33}},
		{100, []int{32, 64, 96, 100}},
	} {
		t.Run(fmt.Sprint(test.lines), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(t)
				p.hush(peerDomain)
				cl := p.login()
				defer cl.c.Close()
				chat := cl.open("bob@" + peerDomain)
				for i := range test.lines {
					cl.a.Send(chat, fmt.Sprint(i))
				}
				var got []string
				for step, want := range test.heard {
					synctest.Wait()
					var pings []string
					p.mu.Lock()
					for _, el := range p.heard {
						switch {
						case el.Local == "message":
							got = append(got, el.ChildText(wire.NSClient, "body"))
						case el.Child("urn:xmpp:ping", "ping") != nil:
							pings = append(pings, el.Attr("id"))
						}
					}
					p.heard = nil
					p.mu.Unlock()
					if len(got) != want {
						t.Errorf("after %d signs of life the server has %d lines, want %d", step, len(got), want)
					}
					for _, id := range pings {
						p.sendf("<iq type='result' from='%s' id='%s'/>", peerDomain, id)
					}
				}
				for i, body := range got {
					if body != fmt.Sprint(i) {
						t.Fatalf("line %d is %q", i, body)
					}
				}
			})
		})
	}
}

// TestLostSessionLeavesLittleInDoubt: of a long queue the server may have few
// lines when a session is lost; these are looked up, and all arrive once.
func TestLostSessionLeavesLittleInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		bob := login(t, s, "bob")
		defer bob.c.Close()
		s.SetFaults(demo.Faults{AckDelay: 10 * time.Second, RefuseResume: true, ForgetCount: true})
		alice := login(t, s, "alice")
		defer alice.c.Close()
		chat := alice.open("bob@" + s.Domain())
		const lines = 200
		for i := range lines {
			alice.a.Send(chat, fmt.Sprint(i))
		}
		synctest.Wait()
		s.Stop()
		wait(alice, "the wait", func(e session.AccountChanged) bool { return e.Link == session.Waiting })
		synctest.Wait()
		rows, err := alice.st.Outbox(t.Context(), alice.a.ID())
		if err != nil {
			t.Fatal(err)
		}
		doubt := 0
		for _, o := range rows {
			if o.State == store.OutWritten {
				doubt++
			}
		}
		if len(rows) < lines-32 || doubt == 0 || doubt > 32 {
			t.Errorf("%d of %d lines are in doubt", doubt, len(rows))
		}
		s.SetFaults(demo.Faults{})
		s.Start()
		direct := func() []store.Message { return bob.rows(bob.chat(store.Direct, "alice@"+s.Domain()).ID) }
		bob.until("all lines", func() bool { return len(direct()) >= lines })
		time.Sleep(time.Minute) // until what the archive says is read
		synctest.Wait()
		for i, m := range direct() {
			if m.Body != fmt.Sprint(i) {
				t.Fatalf("line %d of %d is %q", i, len(direct()), m.Body)
			}
		}
	})
}
