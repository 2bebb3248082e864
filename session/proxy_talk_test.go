package session_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// talk is a chat of whole clients, whose lines are numbered.
type talk struct {
	sides []*proxied
	chats []store.ChatID // of each side with the others
	lines []int          // typed so far
}

// converse brings alice and bob online behind proxies, as contacts.
func converse(t *testing.T, s *realserver.Server) *talk {
	t.Helper()
	alice, bob := behind(t, s, "alice", t.TempDir()), behind(t, s, "bob", t.TempDir())
	befriend(alice.client, bob.client)
	return &talk{sides: []*proxied{alice, bob}, chats: []store.ChatID{alice.open(bobJID), bob.open(aliceJID)}, lines: make([]int, 2)}
}

// meet brings alice, bob and carol into a room, behind proxies.
func meet(t *testing.T, s *realserver.Server) *talk {
	t.Helper()
	k := &talk{lines: make([]int, 3)}
	for i, user := range realserver.Users[:3] {
		cl := behind(t, s, user, t.TempDir())
		cl.a.Join(roomJID, user, "")
		joined := wait(cl.client, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
		if i == 0 {
			wait(cl.client, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		}
		k.sides, k.chats = append(k.sides, cl), append(k.chats, joined.Chat)
	}
	return k
}

// letter begins all that a side types.
func letter(side int) string { return string('a'+rune(side)) + " " }

// body is what a side types as its nth line.
func body(side, n int) string { return letter(side) + strconv.Itoa(n) }

// typeLines makes a side type n lines and returns when all are on the disk.
func (k *talk) typeLines(side, n int) {
	cl := k.sides[side]
	cl.t.Helper()
	last := ""
	for range n {
		id, ok := cl.a.Send(k.chats[side], body(side, k.lines[side]))
		if !ok {
			cl.t.Fatal("the client is too busy for a line")
		}
		k.lines[side]++
		last = id
	}
	if n > 0 && !cl.typed(last) {
		cl.t.Fatal("a line was not taken")
	}
}

// arrived waits until all lines are where they belong and nothing is on its way.
// With each look it does what else is to be done.
func (k *talk) arrived(also ...func()) {
	defer k.tell()
	for i, cl := range k.sides {
		cl.t.Helper()
		cl.until("the lines of the others at "+cl.a.JID(), func() bool {
			for _, fn := range also {
				fn()
			}
			v := cl.follow(k.chats[i])
			for j, n := range k.lines {
				if v.count(letter(j), i == j) < n {
					return false
				}
			}
			return true
		})
	}
	for _, cl := range k.sides {
		cl.atRest()
	}
}

// tell logs how far a talk is that failed.
func (k *talk) tell() {
	for i, cl := range k.sides {
		if !cl.t.Failed() {
			continue
		}
		states := map[string]int{}
		for _, m := range k.rows(i) {
			states[stateWords[m.State]]++
		}
		out, err := cl.st.Outbox(context.Background(), cl.a.ID())
		cl.t.Logf("%s: %v (received: %d), %d in the outbox (%v), the link is %s", cl.a.JID(), states, states[""], len(out), err, linkWords[cl.log.state()])
	}
}

// judge says what is wrong with a talk that is over: each line stands once and in
// order on all sides, its state is true, and nothing is known to be missing.
func (k *talk) judge() {
	for i, cl := range k.sides {
		cl.t.Helper()
		k.inOrder(i)
		c, err := cl.st.Chat(context.Background(), k.chats[i])
		if err != nil {
			cl.t.Fatal(err)
		}
		states, unread := map[string]int{}, 0
		for _, m := range k.rows(i) {
			if m.Outgoing {
				states[stateWords[m.State]]++
			} else if m.Ord > c.ReadOrd {
				unread++
			}
		}
		if n := states["sent"] + states["delivered"] + states["displayed"]; n != k.lines[i] {
			cl.t.Errorf("%s: %d of %d lines are known to be sent: %v", cl.a.JID(), n, k.lines[i], states)
		}
		if c.Unread != unread {
			cl.t.Errorf("%s: %d unread lines, the count says %d", cl.a.JID(), unread, c.Unread)
		}
		cl.whole(k.chats[i])
		cl.t.Logf("%s: %v, %d connections, away for %v", cl.a.JID(), states, cl.proxy.Opened(), cl.log.outages())
	}
}

// rows are the lines that a side has, in the order of its view.
func (k *talk) rows(side int) []store.Message {
	cl := k.sides[side]
	cl.t.Helper()
	list, _, err := cl.st.Page(context.Background(), k.chats[side], 0, 1_000_000)
	if err != nil {
		cl.t.Fatal(err)
	}
	texts := list[:0]
	for _, m := range list {
		if m.Kind == store.Text {
			texts = append(texts, m)
		}
	}
	return texts
}

// inOrder waits until a side has the lines of each in the order of typing: what a
// server replays it brings into the order of the archive. Nothing may stand there
// twice, be missing, or be the line of another, at any time.
func (k *talk) inOrder(side int) {
	cl := k.sides[side]
	cl.t.Helper()
	defer func() {
		if cl.t.Failed() {
			cl.t.Log(k.disorder(k.rows(side)))
		}
	}()
	got := map[string]int{}
	for _, m := range k.rows(side) {
		got[m.Body]++
		if m.Outgoing != (m.Body[:2] == letter(side)) {
			cl.t.Errorf("%s: %q is of the wrong side", cl.a.JID(), m.Body)
		}
	}
	for j, n := range k.lines {
		for i := range n {
			if times := got[body(j, i)]; times != 1 {
				cl.t.Errorf("%s: %q stands there %d times", cl.a.JID(), body(j, i), times)
			}
			delete(got, body(j, i))
		}
	}
	if len(got) > 0 {
		cl.t.Errorf("%s has what nobody typed: %v", cl.a.JID(), got)
	}
	cl.until("the order of the lines at "+cl.a.JID(), func() bool { return k.disorder(k.rows(side)) == "" })
}

// disorder names the first place where the lines of somebody are out of order.
func (k *talk) disorder(rows []store.Message) string {
	last := map[string]int{}
	for i, m := range rows {
		n, err := strconv.Atoi(m.Body[2:])
		if err != nil || n < last[m.Body[:2]] {
			s := "out of order:"
			for _, x := range rows[max(0, i-8):min(len(rows), i+8)] {
				s += fmt.Sprintf(" %q", x.Body)
			}
			return s
		}
		last[m.Body[:2]] = n
	}
	return ""
}
