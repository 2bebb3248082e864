package demo_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"sotto/session/demo"
	"sotto/session/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newServer returns a server with three accounts whose passwords are their names.
func newServer(t testing.TB, f demo.Faults) *demo.Server {
	t.Helper()
	s, err := demo.NewServer(demo.Options{Seed: 1, Domain: "example.org", Faults: &f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, name := range []string{"ann", "bob", "cleo"} {
		s.AddUser(name, name)
	}
	return s
}

func configOf(s *demo.Server, name string) wire.Config {
	return wire.Config{JID: name + "@" + s.Domain(), RootCAs: s.RootCAs(), Dial: s.Dial, TLS: wire.StartTLS,
		Password: func(context.Context) (string, error) { return name, nil }}
}

// peer is a client under test.
type peer struct {
	t     testing.TB
	link  *wire.Link
	login *wire.Login
	taken []wire.Stanza
}

func connect(t testing.TB, s *demo.Server, name, resource string) *peer {
	t.Helper()
	cfg := configOf(s, name)
	cfg.Resource = resource
	return connectWith(t, cfg)
}

func connectWith(t testing.TB, cfg wire.Config) *peer {
	t.Helper()
	link, login, err := wire.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, link: link, login: login}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		link.Close(ctx)
	})
	return p
}

// online connects, fetches the roster and becomes available.
func online(t testing.TB, s *demo.Server, name, resource string) *peer {
	t.Helper()
	p := connect(t, s, name, resource)
	p.ask("get", "", "<query xmlns='jabber:iq:roster'/>")
	p.send("<presence/>")
	p.sync()
	return p
}

func (p *peer) send(raw string) {
	p.t.Helper()
	if _, err := p.link.SendBytes([]byte(raw)); err != nil {
		p.t.Fatalf("send %s: %v", raw, err)
	}
}

// ask sends an IQ and returns the answer, which may be an error.
func (p *peer) ask(kind, to, payload string) (*wire.Element, error) {
	p.t.Helper()
	el, err := wire.ParseElement([]byte(payload), wire.NSClient)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.link.Call(p.t.Context(), wire.New(wire.NSClient, "iq").Set("type", kind).Set("to", to).Add(el))
}

// sync waits until the server has handled all that was sent.
func (p *peer) sync() {
	p.t.Helper()
	if _, err := p.ask("get", p.login.JID.Domain(), "<ping xmlns='urn:xmpp:ping'/>"); err != nil {
		p.t.Fatal(err)
	}
}

// now returns what arrived before the answer to a question asked now.
func (p *peer) now() []wire.Stanza {
	p.t.Helper()
	p.sync()
	list := append(p.taken, p.link.Take(100_000)...)
	p.taken = nil
	if n := len(list); n > 0 {
		p.link.Commit(list[n-1].Seq)
	}
	return list
}

// wait takes stanzas until one fits, and forgets those before it.
func (p *peer) wait(what string, fits func(wire.Stanza) bool) wire.Stanza {
	p.t.Helper()
	for {
		for i, st := range p.taken {
			if fits(st) {
				p.taken = append([]wire.Stanza(nil), p.taken[i+1:]...)
				return st
			}
		}
		p.taken = nil
		select {
		case <-p.link.Ready():
			p.taken = p.link.Take(1000)
			if n := len(p.taken); n > 0 {
				p.link.Commit(p.taken[n-1].Seq)
			}
			if len(p.taken) == 0 && p.link.Err() != nil {
				p.t.Fatalf("waiting for %s: %v", what, p.link.Err())
			}
		case <-p.t.Context().Done():
			p.t.Fatalf("waiting for %s", what)
		}
	}
}

func (p *peer) message(body string) wire.Stanza {
	p.t.Helper()
	return p.wait("message "+body, func(st wire.Stanza) bool {
		return st.Local == "message" && st.ChildText(wire.NSClient, "body") == body
	})
}

func (p *peer) presence(from, kind string) wire.Stanza {
	p.t.Helper()
	return p.wait("presence "+from+" "+kind, func(st wire.Stanza) bool {
		return st.Local == "presence" && st.Attr("from") == from && st.Attr("type") == kind
	})
}

func count(list []wire.Stanza, fits func(wire.Stanza) bool) (n int) {
	for _, st := range list {
		if fits(st) {
			n++
		}
	}
	return n
}
