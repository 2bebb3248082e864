package session_test

import (
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestTalkOverServerEnds: two people talk while their server is shut down and
// started again; what they type meanwhile goes when it is back. A server that is
// killed may lose what it had acknowledged: then nothing is doubled, and all that
// was typed is known to be sent.
func TestTalkOverServerEnds(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		k := converse(t, s)
		if s.Name == "prosody" { // ejabberd without a console ends by being killed only
			for range 2 {
				k.overEnd(s, s.Stop)
			}
			k.arrived(k.hurry)
			k.judge()
		}
		k.overEnd(s, s.Kill)
		for i, cl := range k.sides {
			cl.until("the outbox of "+cl.a.JID()+" to be empty", func() bool {
				k.hurry()
				list, err := cl.st.Outbox(t.Context(), cl.a.ID())
				return err == nil && len(list) == 0
			})
			got, sent := map[string]int{}, 0
			for _, m := range k.rows(i) {
				if got[m.Body]++; got[m.Body] > 1 {
					t.Errorf("%s has %q twice", cl.a.JID(), m.Body)
				}
				if m.Outgoing && m.State >= store.Sent && m.State <= store.Displayed {
					sent++
				}
			}
			if sent != k.lines[i] {
				t.Errorf("%s: %d of %d lines are known to be sent", cl.a.JID(), sent, k.lines[i])
			}
		}
	})
}

// overEnd lets both type before, while and after their server is away.
func (k *talk) overEnd(s *realserver.Server, end func()) {
	say := func() {
		for i := range k.sides {
			k.typeLines(i, 60)
		}
	}
	say()
	end()
	for _, cl := range k.sides {
		cl.until("the loss of "+cl.a.JID(), func() bool { return cl.log.state() != session.Online })
	}
	say()
	s.Start(k.sides[0].t)
	k.hurry()
	say()
}

// hurry lets who waits for the next try try now.
func (k *talk) hurry() {
	for _, cl := range k.sides {
		if cl.log.state() == session.Waiting {
			cl.c.Hurry()
		}
	}
}
