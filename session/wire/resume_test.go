package wire_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/session/wire"
)

// cable dials a real server and can be cut.
type cable struct {
	mu   sync.Mutex
	conn net.Conn
}

func (c *cable) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	c.mu.Lock()
	c.conn = conn
	c.mu.Unlock()
	return conn, err
}

// cut ends the connection as a network does that goes away: with a reset.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.(*net.TCPConn).SetLinger(0)
	_ = c.conn.Close()
}

func realConfig(s *realserver.Server, user string, c *cable) wire.Config {
	return wire.Config{JID: user + "@" + realserver.Domain, Resource: "test", Host: "127.0.0.1", Port: s.Direct, TLS: wire.Direct, RootCAs: s.Roots, Dial: c.dial,
		Password: func(context.Context) (string, error) { return realserver.Password, nil }}
}

// TestResume: a session goes on over cut connections, and what was said on both
// sides meanwhile arrives once and in order.
func TestResume(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		var aliceCable, bobCable cable
		alice, login, err := wire.Connect(t.Context(), realConfig(s, "alice", &aliceCable))
		if err != nil {
			t.Fatal(err)
		}
		bob, bobLogin, err := wire.Connect(t.Context(), realConfig(s, "bob", &bobCable))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = bob.Close(context.Background()) }()
		for _, l := range []*wire.Link{alice, bob} {
			if _, err := l.Send(wire.New(wire.NSClient, "presence")); err != nil {
				t.Fatal(err)
			}
		}
		say := func(l *wire.Link, to wire.JID, n int) uint64 {
			seq, err := l.Send(wire.New(wire.NSClient, "message").Set("to", to.String()).Set("type", "chat").
				Add(wire.New(wire.NSClient, "body").SetText(fmt.Sprint(n))))
			if err != nil {
				t.Fatal(err)
			}
			return seq
		}
		var got []string
		hear := func(l *wire.Link) {
			for list := l.Take(100); len(list) > 0; list = l.Take(100) {
				for _, st := range list {
					if b := st.ChildText(wire.NSClient, "body"); b != "" {
						got = append(got, b)
					}
				}
				l.Commit(list[len(list)-1].Seq)
			}
		}
		wait := func(l *wire.Link, what string, ok func() bool) {
			t.Helper()
			limit := time.NewTimer(20 * time.Second)
			defer limit.Stop()
			for hear(l); !ok(); hear(l) {
				select {
				case <-l.Ready():
				case <-limit.C:
					t.Fatalf("waited in vain for %s; got %v", what, got)
				}
			}
		}
		next := 0
		for round := range 4 {
			// One line each way in peace, then a cut, then lines into the gap.
			seq := say(alice, bobLogin.JID, next)
			wait(alice, "the acknowledgement", func() bool { return alice.Acked() >= seq })
			aliceCable.cut()
			<-alice.Done()
			hear(alice)
			say(bob, login.JID, 100+round)
			r := alice.Remains()
			if r == nil {
				t.Fatalf("round %d: nothing to resume: %v", round, alice.Err())
			}
			cfg := realConfig(s, "alice", &aliceCable)
			cfg.Resume = r
			var again *wire.Login
			if alice, again, err = wire.Connect(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			if !again.Resumed || again.JID != login.JID {
				t.Fatalf("round %d: not resumed: %+v", round, again)
			}
			want := fmt.Sprint(100 + round)
			wait(alice, "the line said into the gap", func() bool { return len(got) > 0 && got[len(got)-1] == want })
			next++
		}
		if fmt.Sprint(got) != "[100 101 102 103]" {
			t.Errorf("alice got %v", got)
		}
		got = nil
		wait(bob, "alice's lines", func() bool { return len(got) == next })
		if fmt.Sprint(got) != "[0 1 2 3]" {
			t.Errorf("bob got %v", got)
		}
		// A session that the server ended is not taken up, and that is said.
		_ = alice.Close(context.Background())
		if alice.Remains() != nil {
			t.Error("a stream that ended in order left something")
		}
	})
}

// TestAnswerComesAgain: an answer that was taken and not committed is an answer
// still when the resumed session brings it again.
func TestAnswerComesAgain(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		var c cable
		link, _, err := wire.Connect(t.Context(), realConfig(s, "alice", &c))
		if err != nil {
			t.Fatal(err)
		}
		ticket, err := link.Ask(wire.New(wire.NSClient, "iq").Set("type", "get").Add(wire.New("jabber:iq:roster", "query")))
		if err != nil {
			t.Fatal(err)
		}
		limit := time.NewTimer(20 * time.Second)
		defer limit.Stop()
		answered := func(l *wire.Link) (seq uint64) {
			for {
				for _, st := range l.Take(100) {
					if st.Answers == ticket {
						return st.Seq
					}
				}
				select {
				case <-l.Ready():
				case <-limit.C:
					t.Fatal("the answer did not come")
				}
			}
		}
		first := answered(link)
		c.cut()
		<-link.Done()
		cfg := realConfig(s, "alice", &c)
		if cfg.Resume = link.Remains(); cfg.Resume == nil {
			t.Fatalf("nothing to resume: %v", link.Err())
		}
		again, login, err := wire.Connect(t.Context(), cfg)
		if err != nil || !login.Resumed {
			t.Fatalf("not resumed: %+v, %v", login, err)
		}
		defer func() { _ = again.Close(context.Background()) }()
		if seq := answered(again); seq != first {
			t.Errorf("it came as number %d, then as %d", first, seq)
		}
	})
}
