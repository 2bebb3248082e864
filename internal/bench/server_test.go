//go:build linux

package bench

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/session/wire"
)

// plant gives alice bob and n contacts on a Prosody, in its own files: asking it
// to make 10,000 takes minutes. Every contact exists and has alice, or Prosody
// would take it off her roster at her first presence.
func plant(b *testing.B, s *realserver.Server, n int) {
	b.Helper()
	s.Stop()
	dir := filepath.Join(filepath.Dir(s.CAFile), strings.ReplaceAll(realserver.Domain, ".", "%2e"), "roster")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	var alice strings.Builder
	alice.WriteString("return {\n\t[false] = { version = 1; };\n")
	item := func(jid, name string) {
		fmt.Fprintf(&alice, "\t[%q] = { subscription = \"both\"; groups = { [\"Friends\"] = true; }; name = %q; };\n", jid, name)
	}
	write := func(user, text string) {
		if err := os.WriteFile(filepath.Join(dir, user+".dat"), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	back := fmt.Sprintf("return {\n\t[false] = { version = 1; };\n\t[%q] = { subscription = \"both\"; groups = {}; };\n};\n", aliceJID)
	item(bobJID, "Bob Ross")
	write("bob", back)
	for i := range n {
		jid := contactJID(i)
		item(jid, contactName(i))
		user, _, _ := strings.Cut(jid, "@")
		write(user, back)
	}
	alice.WriteString("};\n")
	write("alice", alice.String())
	s.Start(b)
}

// archive switches the archive of a Prosody on or off, and empties it: from
// 10,000 messages on it spends its time on making room.
func archive(b *testing.B, s *realserver.Server, on bool) {
	b.Helper()
	s.Stop()
	dir := filepath.Dir(s.CAFile)
	all, err := filepath.Glob(filepath.Join(dir, "*", "archive"))
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range all {
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
	}
	path := filepath.Join(dir, "prosody.cfg.lua")
	config, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Replace(string(config), `"mam", `, "", 1)
	if on {
		text = strings.Replace(text, `"pep", `, `"mam", "pep", `, 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	s.Start(b)
}

// calm waits until a Prosody has nothing left to do: it goes on for seconds
// after a client with many contacts has come or gone.
func calm(b *testing.B, s *realserver.Server) {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(s.CAFile), "pid"))
	if err != nil {
		b.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		b.Fatal(err)
	}
	was := use(b, pid).cpu
	for still := 0; still < 4; still++ {
		<-time.After(50 * time.Millisecond)
		if now := use(b, pid).cpu; now != was {
			was, still = now, -1
		}
	}
}

// blaster is a sender that writes all it has at once and waits for nothing, so
// that it is never what limits the rate.
type blaster struct{ conn net.Conn }

func newBlaster(b *testing.B, s *realserver.Server, user string) *blaster {
	b.Helper()
	c, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(s.Direct), &tls.Config{RootCAs: s.Roots, ServerName: realserver.Domain, MinVersion: tls.VersionTLS12})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Minute))
	var got strings.Builder
	step := func(send, until string) {
		if _, err := c.Write([]byte(send)); err != nil {
			b.Fatal(err)
		}
		got.Reset()
		for buf := make([]byte, 4096); !strings.Contains(got.String(), until); {
			n, err := c.Read(buf)
			if err != nil {
				b.Fatalf("waited for %s after %s: %v", until, got.String(), err)
			}
			got.Write(buf[:n])
		}
	}
	header := fmt.Sprintf("<stream:stream to='%s' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", realserver.Domain)
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + realserver.Password))
	step(header, "</stream:features>")
	step("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"+plain+"</auth>", "<success")
	step(header, "</stream:features>")
	step("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
	return &blaster{c}
}

// blast sends n messages to alice; the last is last.
func (s *blaster) blast(b *testing.B, run, n int, last string) {
	b.Helper()
	var all strings.Builder
	for i := range n {
		body := sentence(run*n + i)
		if i == n-1 {
			body = last
		}
		fmt.Fprintf(&all, "<message to='%s' type='chat' id='run%d-message%d'><body>%s</body></message>", aliceJID, run, i, body)
	}
	if _, err := s.conn.Write([]byte(all.String())); err != nil {
		b.Fatal(err)
	}
}

// null is the least that a client can do: it takes what comes, acknowledges it
// and counts messages.
type null struct {
	link  *wire.Link
	count int
}

func newNull(b *testing.B, s *realserver.Server) *null {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	link, _, err := wire.Connect(ctx, wire.Config{JID: aliceJID, Host: "127.0.0.1", Port: s.Direct, TLS: wire.Direct, RootCAs: s.Roots,
		Password: func(context.Context) (string, error) { return realserver.Password, nil }})
	if err != nil {
		b.Fatal(err)
	}
	return &null{link: link}
}

// available lets messages come.
func (n *null) available(b *testing.B) {
	b.Helper()
	if _, err := n.link.Send(wire.New(wire.NSClient, "presence")); err != nil {
		b.Fatal(err)
	}
}

// until takes messages until there are so many.
func (n *null) until(b *testing.B, count int) {
	b.Helper()
	limit := time.After(time.Minute)
	for n.count < count {
		select {
		case <-n.link.Ready():
		case <-n.link.Done():
			b.Fatalf("the link ended after %d messages: %v", n.count, n.link.Err())
		case <-limit:
			b.Fatalf("got %d messages, want %d", n.count, count)
		}
		for list := n.link.Take(500); len(list) > 0; list = n.link.Take(500) {
			for _, s := range list {
				if s.Local == "message" {
					n.count++
				}
			}
			n.link.Commit(list[len(list)-1].Seq)
		}
	}
}

// nullRoster asks for the contacts and gives the time from the start of the login to
// the whole answer.
func nullRoster(b *testing.B, s *realserver.Server) time.Duration {
	b.Helper()
	began := time.Now()
	n := newNull(b, s)
	defer n.close()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if _, err := n.link.Call(ctx, wire.New(wire.NSClient, "iq").Set("type", "get").Add(wire.New("jabber:iq:roster", "query"))); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func (n *null) close() { _ = n.link.Close(context.Background()) }
