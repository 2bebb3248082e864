package session_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// cable dials a real server and can be cut: with a reset, as a network that
// goes away does, or silently at its end.
type cable struct {
	mu   sync.Mutex
	conn net.Conn
}

func (c *cable) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, err
}

func (c *cable) cut(reset bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return
	}
	if tcp, ok := c.conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = c.conn.Close()
}

func cuttable(t *testing.T, s *realserver.Server, user string) (*client, *cable) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	jid := user + "@" + realserver.Domain
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: jid, Host: "127.0.0.1", Port: s.Direct, TLS: "direct", CAFile: s.CAFile}}
	var wire cable
	c := session.New(session.Options{Store: st, Config: cfg, Dial: wire.dial, Passwords: map[string]string{jid: realserver.Password}})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); _ = st.Close() })
	cl := &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}
	cl.online()
	return cl, &wire
}

// lines are the bodies of a chat that came from one side, in the order of the view.
func (cl *client) lines(chat store.ChatID, outgoing bool, prefix string) (all []string, states map[store.State]int) {
	states = map[store.State]int{}
	for _, m := range cl.rows(chat) {
		if m.Outgoing == outgoing && strings.HasPrefix(m.Body, prefix) {
			all = append(all, m.Body)
			states[m.State]++
		}
	}
	return all, states
}

// TestCuts: two people talk while their connections are cut at random. Each line
// of both arrives once, and its sender knows.
func TestCuts(t *testing.T) {
	const lines, cuts = 120, 12
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		chance := rand.New(rand.NewPCG(seed, 1))
		alice, aliceCable := cuttable(t, s, "alice")
		bob, bobCable := cuttable(t, s, "bob")
		withBob, withAlice := alice.open(bobJID), bob.open(aliceJID)
		want := make([]string, 0, lines)
		for i := range lines {
			alice.a.Send(withBob, fmt.Sprintf("a%d", i))
			bob.a.Send(withAlice, fmt.Sprintf("b%d", i))
			want = append(want, fmt.Sprint(i))
			if i%(lines/cuts) == 5 {
				[]*cable{aliceCable, bobCable}[chance.IntN(2)].cut(chance.IntN(2) == 0)
			}
			// A line is typed when the one before is on the disk, not sooner.
			alice.until("the line on the disk", func() bool { own, _ := alice.lines(withBob, true, "a"); return len(own) == i+1 })
		}
		check := func(cl *client, chat store.ChatID, prefix, what string) {
			cl.until(what, func() bool {
				got, _ := cl.lines(chat, false, prefix)
				if len(got) > lines {
					t.Fatalf("%s: something came twice: %v", what, got)
				}
				return len(got) == lines
			})
			got, _ := cl.lines(chat, false, prefix)
			if g, w := strings.Join(got, " "), prefix+strings.Join(want, " "+prefix); g != w {
				// The order of the receiving server's archive: it may have handled what
				// it got before a cut behind what it got after.
				t.Logf("%s came in the order %s", what, g)
			}
			sort := slices.Clone(got)
			slices.Sort(sort)
			if len(slices.Compact(sort)) != lines {
				t.Errorf("%s: something came twice: %v", what, got)
			}
		}
		check(bob, withAlice, "a", "alice's lines at bob's")
		check(alice, withBob, "b", "bob's lines at alice's")
		for _, x := range []struct {
			cl     *client
			chat   store.ChatID
			prefix string
		}{{alice, withBob, "a"}, {bob, withAlice, "b"}} {
			x.cl.until("true states", func() bool {
				_, states := x.cl.lines(x.chat, true, x.prefix)
				return states[store.Sent]+states[store.Delivered] == lines
			})
			if out, err := x.cl.st.Outbox(t.Context(), x.cl.a.ID()); err != nil || len(out) != 0 {
				t.Errorf("the outbox still has %d rows (%v)", len(out), err)
			}
		}
	})
}
