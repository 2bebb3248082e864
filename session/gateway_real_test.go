package session_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// irc is a raw client of an IRC server (RFC 1459).
type irc struct {
	t     *testing.T
	conn  net.Conn
	lines chan string
	seen  []string
}

func dialIRC(t *testing.T, address, nick string) *irc {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := &irc{t: t, conn: conn, lines: make(chan string, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(c.lines)
		for in := bufio.NewScanner(conn); in.Scan(); {
			if ping, ok := strings.CutPrefix(in.Text(), "PING "); ok {
				fmt.Fprintf(conn, "PONG %s\r\n", ping)
				continue
			}
			c.lines <- in.Text()
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	c.say("NICK %s", nick)
	c.say("USER %s 0 * :somebody", nick)
	c.await(" 001 ")
	return c
}

func (c *irc) say(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.conn, format+"\r\n", args...); err != nil {
		c.t.Fatal(err)
	}
}

// await takes lines until one has all of these in it.
func (c *irc) await(parts ...string) string {
	c.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				c.t.Fatalf("the IRC server hung up; it said %q", c.seen)
			}
			c.seen = append(c.seen, line)
			if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
				return line
			}
		case <-limit.C:
			c.t.Fatalf("waited in vain for %q; it said %q", parts, c.seen)
		}
	}
}

// TestIRCGateway goes through a gateway into an IRC channel, talks there both ways
// in public and in private, and leaves.
func TestIRCGateway(t *testing.T) {
	s, address := realserver.WithIRC(t)
	host, _, _ := strings.Cut(address, ":")
	room := "#tea%" + host + "@" + realserver.Gateway
	mira := dialIRC(t, address, "mira")
	mira.say("JOIN #tea")
	mira.await(" 366 ")
	mira.say("TOPIC #tea :black and green")
	mira.await("TOPIC")

	alice := newClient(t, s, "alice", true)
	alice.online()
	alice.a.Join(room, "alice", "")
	wait(alice, "the channel", func(e session.RoomChanged) bool { return e.JID == room && e.Joined && e.Nick == "alice" })
	mira.await(":alice!", "JOIN")
	chat := alice.chat(store.Room, room).ID
	sees := func(nick string) bool {
		list, err := alice.a.Occupants(context.Background(), room)
		return err == nil && slices.ContainsFunc(list, func(o session.Occupant) bool { return o.Nick == nick })
	}
	alice.until("who is there", func() bool { return sees("mira") })
	subject := func(want string) {
		t.Helper()
		alice.until("the topic "+want, func() bool {
			list, err := alice.st.Rooms(context.Background(), alice.a.ID())
			return err == nil && slices.ContainsFunc(list, func(r store.RoomEntry) bool { return r.JID == room && r.Subject == want })
		})
	}
	subject("black and green")

	// Both ways; what we say is one line of ours, however the gateway cuts it.
	mira.say("PRIVMSG #tea :alice: hello \x02bold\x02 <you>")
	alice.until("hello", func() bool {
		return slices.ContainsFunc(alice.rows(chat), func(m store.Message) bool { return strings.Contains(m.Body, "hello") && m.Nick == "mira" && m.Mention })
	})
	long := strings.TrimSpace(strings.Repeat("tea is a drink of leaves ", 40))
	lines := "one\ntwo <2>\nthree"
	for _, body := range []string{"hello mira", lines, long} {
		alice.a.Send(chat, body)
		alice.until("the reflection of "+body[:5], func() bool { return alice.has(chat, body, store.Sent) })
	}
	mira.await("PRIVMSG #tea :hello mira")
	for _, l := range []string{"one", "two <2>", "three"} {
		mira.await("PRIVMSG #tea :" + l)
	}
	got := ""
	for strings.Count(got, "leaves") < 40 {
		_, part, _ := strings.Cut(mira.await("PRIVMSG #tea :"), "PRIVMSG #tea :")
		got += part + " "
	}
	if strings.Join(strings.Fields(got), " ") != long {
		t.Errorf("the long line arrived as %q", got)
	}

	// Nicks.
	mira.say("NICK lyra")
	alice.until("the new nick", func() bool { return sees("lyra") && !sees("mira") })
	alice.a.ChangeNick(chat, "alison")
	mira.await(":alice!", "NICK", "alison")
	wait(alice, "our new nick", func(e session.RoomChanged) bool { return e.JID == room && e.Nick == "alison" })

	// In private.
	alice.a.OpenPrivate(chat, "lyra")
	private := wait(alice, "the private chat", func(e session.Opened) bool { return e.Key.Kind == store.Private }).Chat
	alice.a.Send(private, "between us")
	mira.await(":alison!", "PRIVMSG lyra :between us")
	mira.say("PRIVMSG alison :only you")
	alice.until("the answer", func() bool { return alice.has(private, "only you", store.Received) })

	mira.say("MODE #tea -t")
	alice.a.SetSubject(chat, "biscuits")
	mira.await("TOPIC #tea :biscuits")
	subject("biscuits")

	// Nothing came twice, and nothing of ours became somebody else's.
	counts := map[string]int{}
	for _, m := range alice.rows(chat) {
		if m.Kind == store.Text {
			counts[fmt.Sprint(m.Outgoing, " ", strings.Contains(m.Body, "hello") && !m.Outgoing)]++
		}
	}
	if counts["true false"] != 3 || counts["false true"] != 1 || len(counts) != 2 {
		t.Errorf("the chat holds %v: %q", counts, alice.said())
	}
	alice.a.Leave(chat)
	mira.await(":alison!", "PART")
	wait(alice, "the end", func(e session.RoomChanged) bool { return e.JID == room && !e.Joined })
}

// TestIRCGatewayCommands runs commands of a gateway, of a server behind it and of a
// channel: one that only tells, one whose form is kept, one that ends a connection.
func TestIRCGatewayCommands(t *testing.T) {
	s, address := realserver.WithIRC(t)
	host, _, _ := strings.Cut(address, ":")
	room, server := "#tea%"+host+"@"+realserver.Gateway, host+"@"+realserver.Gateway
	mira := dialIRC(t, address, "mira")
	mira.say("JOIN #tea")
	mira.await(" 366 ")
	alice := newClient(t, s, "alice", true)
	alice.online()
	alice.a.Join(room, "alice", "")
	wait(alice, "the channel", func(e session.RoomChanged) bool { return e.JID == room && e.Joined })
	mira.await(":alice!", "JOIN")

	id := alice.a.Commands(realserver.Gateway, server, room)
	e := wait(alice, "the commands", func(e session.CommandsListed) bool { return e.ID == id && e.Done })
	at := map[string]int{}
	for _, c := range e.List {
		at[c.JID]++
	}
	if len(at) != 3 || e.Problem != nil {
		t.Errorf("there are commands at %v: %+v", at, e.Problem)
	}
	run := func(jid, node string) (string, session.CommandStage) {
		t.Helper()
		id := alice.a.RunCommand(session.Command{JID: jid, Node: node})
		return id, stage(alice, id)
	}
	if _, e := run(realserver.Gateway, "ping"); !e.Done || !strings.Contains(said(e), "Pong") {
		t.Errorf("ping says %s", said(e))
	}
	id, st := run(realserver.Gateway, "hello")
	if st = filled(alice, id, st, map[string]string{"name": "Zoë <&>"}); !st.Done || !strings.Contains(said(st), "Zoë <&>") {
		t.Errorf("hello says %s", said(st))
	}
	if _, e := run(server, "get-irc-connection-info"); !e.Done || !strings.Contains(said(e), host) {
		t.Errorf("the server says %s", said(e))
	}
	id, st = run(room, "configure")
	if st = filled(alice, id, st, map[string]string{"record_history": "false"}); !st.Done || st.Problem != nil {
		t.Errorf("the channel says %s", said(st))
	}
	id, st = run(room, "configure")
	if st.Form == nil || st.Form.Value("record_history") != "false" {
		t.Errorf("the channel forgot it: %+v", st)
	}
	alice.a.CancelCommand(id)

	id, st = run(realserver.Gateway, "disconnect-from-irc-server")
	if st.Form == nil || len(st.Form.Fields) < 2 {
		t.Fatalf("it asks nothing: %s %+v", said(st), st)
	}
	for _, f := range st.Form.Fields {
		if f.Type == session.ListMulti && len(f.Options) == 1 {
			st.Form.Fill(f.Var, f.Options[0].Value)
		}
	}
	if st = filled(alice, id, st, nil); !st.Done || st.Problem != nil {
		t.Errorf("the end says %s", said(st))
	}
	mira.await(":alice!", "QUIT")
}
