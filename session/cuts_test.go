package session_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestCutsLoseAndDoubleNothing lets two clients talk over connections that
// break, by a seed, and looks afterwards whether each line is where its state
// says. SOTTO_SOAK=1 runs more seeds, SOTTO_SEED=n one of them.
func TestCutsLoseAndDoubleNothing(t *testing.T) {
	first, n := 0, 100
	if os.Getenv("SOTTO_SOAK") != "" {
		n = 2000
	} else if testing.Short() {
		n = 10
	}
	if s := os.Getenv("SOTTO_SEED"); s != "" {
		var err error
		if first, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
		n = 1
	}
	for seed := first; seed < first+n; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { talkOverCuts(t, uint64(seed)) })
			if t.Failed() {
				t.Logf("again: SOTTO_SEED=%d go test ./session -run TestCutsLoseAndDoubleNothing", seed)
			}
		})
	}
}

// linesEach is how many lines each side types.
const linesEach = 30

func talkOverCuts(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	s, err := demo.NewServer(demo.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	users := []string{"alice", "bob"}
	for _, u := range users {
		s.AddUser(u, password)
	}
	s.Befriend("alice", "bob", "Bob")
	sides := []*client{login(t, s, "alice"), login(t, s, "bob")}
	address := func(i int) string { return users[i] + "@" + s.Domain() }
	chats := []store.ChatID{sides[0].open(address(1)), sides[1].open(address(0))}

	for line := range linesEach {
		for i, cl := range sides {
			switch rng.IntN(12) {
			case 0:
				s.CutAll(demo.Cut(rng.IntN(4)))
			case 1:
				s.CutAfter(users[rng.IntN(2)], rng.IntN(4000))
			case 2:
				s.SetFaults(demo.Faults{CutWithin: 2000 + rng.IntN(40_000)})
			case 3:
				s.SetFaults(demo.Faults{NoManagement: rng.IntN(2) == 0})
			case 4:
				cl.a.Disconnect()
				cl.a.Connect()
			}
			cl.a.Send(chats[i], fmt.Sprintf("%s %d", users[i], line))
			switch rng.IntN(3) {
			case 0:
				synctest.Wait()
			case 1:
				time.Sleep(time.Duration(rng.IntN(200)) * time.Millisecond)
			default: // the next one comes before this one is dealt with
			}
		}
	}
	s.SetFaults(demo.Faults{})
	for i, cl := range sides {
		cl.a.Send(chats[i], "end")
	}
	for i, cl := range sides {
		cl.until("an end of "+users[1-i], func() bool { return cl.has(chats[i], "end", store.Received) })
		cl.until("an outbox at rest", func() bool {
			list, err := cl.st.Outbox(t.Context(), cl.a.ID())
			for _, o := range list {
				if o.State != store.OutAsk && o.Message != 0 {
					return false
				}
			}
			return err == nil
		})
	}
	synctest.Wait()
	for i, cl := range sides {
		judge(t, users[i], cl.rows(chats[i]), sides[1-i].rows(chats[1-i]))
	}
	for _, cl := range sides {
		cl.c.Close()
	}
}

// disorder is no failure yet: a server may deliver what a broken session did not
// acknowledge behind what came later, and the archive's order is not taken over
// in every such case. SOTTO_ORDER=1 makes it one.
func disorder(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("SOTTO_ORDER") != "" {
		t.Errorf(format, args...)
		return
	}
	t.Logf(format, args...)
}

// judge compares what one side typed, as its own rows say, with what the other
// side has of it.
func judge(t *testing.T, user string, typed, received []store.Message) {
	t.Helper()
	got, last := map[string]int{}, -1
	for _, m := range received {
		if m.Outgoing || !strings.HasPrefix(m.Body, user) {
			continue
		}
		got[m.Body]++
		n, err := strconv.Atoi(strings.TrimPrefix(m.Body, user+" "))
		if err != nil || n <= last {
			disorder(t, "%q stands behind line %d", m.Body, last)
		}
		last = n
	}
	states := map[string]store.State{}
	for _, m := range typed {
		if !m.Outgoing {
			continue
		}
		if _, twice := states[m.Body]; twice {
			t.Errorf("%q stands twice at who typed it", m.Body)
		}
		states[m.Body] = m.State
	}
	for line := range linesEach {
		body := fmt.Sprintf("%s %d", user, line)
		state, ok := states[body]
		n := got[body]
		switch {
		case !ok:
			t.Errorf("%q is lost where it was typed", body)
		case n > 1:
			t.Errorf("%q arrived %d times", body, n)
		case state >= store.Sent && state <= store.Displayed && n != 1:
			t.Errorf("%q is %s and arrived %d times", body, stateWords[state], n)
		case (state == store.Queued || state == store.Written) && n != 0:
			t.Errorf("%q is %s and arrived", body, stateWords[state])
		case state == store.Failed:
			t.Errorf("%q failed", body)
		}
	}
}

// TestLinesTypedOffline go in the order of typing once there is a link.
func TestLinesTypedOffline(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	bob := login(t, s, "bob")
	s.Stop()
	alice := run(t, optionsFor(s, "alice"), at(s, "alice"))
	wait(alice, "the wait", func(e session.AccountChanged) bool { return e.Link == session.Waiting })
	chat := alice.open("bob@" + s.Domain())
	var want []string
	for i := range 50 {
		body := fmt.Sprintf("line %d", i)
		alice.a.Send(chat, body)
		want = append(want, body)
	}
	alice.until("all on disk", func() bool {
		return len(alice.rows(chat)) == len(want) && alice.has(chat, want[len(want)-1], store.Queued)
	})
	s.Start()
	alice.a.Connect()
	bob.a.Connect()
	direct := func() []store.Message { return bob.rows(bob.chat(store.Direct, "alice@"+s.Domain()).ID) }
	bob.until("all lines", func() bool { return len(direct()) >= len(want) })
	for i, m := range direct() {
		if m.Body != want[i] {
			t.Fatalf("line %d is %q, want %q", i, m.Body, want[i])
		}
	}
}

// TestLinesKeepTheOrderOfTyping: whatever the server acknowledges while the next
// lines are being written.
func TestLinesKeepTheOrderOfTyping(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	alice := login(t, s, "alice")
	chat := alice.open("bob@" + s.Domain())
	for burst := range 5 {
		for i := range 40 {
			alice.a.Send(chat, fmt.Sprint(40*burst+i))
		}
		last := fmt.Sprint(40*burst + 39)
		alice.until("all sent", func() bool { return alice.has(chat, last, store.Sent) || alice.has(chat, last, store.Delivered) })
	}
	for i, m := range alice.rows(chat) {
		if m.Body != fmt.Sprint(i) {
			t.Fatalf("line %d is %q", i, m.Body)
		}
	}
}
