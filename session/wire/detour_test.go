package wire_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sotto/session/wire"
)

func sentTo(host string) string {
	return "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" + host + "</see-other-host></stream:error></stream:stream>"
}

// TestSeeOtherHost follows a server within bounds: a script a host, and where the
// client went.
func TestSeeOtherHost(t *testing.T) {
	good := certificate(t, certOptions{})
	elsewhere := certificate(t, certOptions{name: "other.example"})
	send := func(host string) func(*peer) {
		return func(p *peer) {
			p.starttls(good, 0)
			p.until("<stream:stream ")
			p.say(header + sentTo(host))
			p.drain()
		}
	}
	login := func(p *peer) { p.starttls(good, 0); p.auth(goodScram()); p.bind("r", false); p.drain() }
	cases := map[string]struct {
		hosts  map[string]func(*peer)
		detour *wire.Detour
		went   string
		kind   wire.Kind // Other: logged in
		host   string    // named by the error
	}{
		"followed":       {hosts: map[string]func(*peer){"example.org:5222": send("other.example:5299"), "other.example:5299": login}, went: "example.org:5222 other.example:5299"},
		"without a port": {hosts: map[string]func(*peer){"example.org:5222": send("OTHER.example."), "other.example:5222": login}, went: "example.org:5222 other.example:5222"},
		"IPv6":           {hosts: map[string]func(*peer){"example.org:5222": send("[2001:db8::7]:5299"), "[2001:db8::7]:5299": login}, went: "example.org:5222 [2001:db8::7]:5299"},
		"in the login": {hosts: map[string]func(*peer){"example.org:5222": func(p *peer) {
			p.starttls(good, 0)
			p.stream(goodScram().features())
			p.until("</auth>")
			p.say(sentTo("b.example:1"))
			p.drain()
		}, "b.example:1": login}, went: "example.org:5222 b.example:1"},
		"the other name": {hosts: map[string]func(*peer){"example.org:5222": send("other.example:1"), "other.example:1": func(p *peer) { p.starttls(elsewhere, 0) }}, went: "example.org:5222 other.example:1", kind: wire.Certificate, host: "example.org"},
		"no tls there": {hosts: map[string]func(*peer){"example.org:5222": send("b.example:1"), "b.example:1": func(p *peer) {
			p.stream(starttls)
			p.until("<starttls ")
			p.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
			p.drain()
		}}, went: "example.org:5222 b.example:1", kind: wire.NoStartTLS, host: "example.org"},
		"to itself":        {hosts: map[string]func(*peer){"example.org:5222": send("example.org:5222")}, went: "example.org:5222", kind: wire.SeeOtherHost, host: "example.org:5222"},
		"in a circle":      {hosts: map[string]func(*peer){"example.org:5222": send("b.example:1"), "b.example:1": send("example.org:5222")}, went: "example.org:5222 b.example:1", kind: wire.SeeOtherHost, host: "example.org:5222"},
		"four hops":        {hosts: map[string]func(*peer){"example.org:5222": send("b.example:1"), "b.example:1": send("b.example:2"), "b.example:2": send("b.example:3"), "b.example:3": send("b.example:4")}, went: "example.org:5222 b.example:1 b.example:2 b.example:3", kind: wire.SeeOtherHost, host: "b.example:4"},
		"three hops":       {hosts: map[string]func(*peer){"example.org:5222": send("b.example:1"), "b.example:1": send("b.example:2"), "b.example:2": send("b.example:3"), "b.example:3": login}, went: "example.org:5222 b.example:1 b.example:2 b.example:3"},
		"no host":          {hosts: map[string]func(*peer){"example.org:5222": send("not a host")}, went: "example.org:5222", kind: wire.SeeOtherHost, host: "not a host"},
		"no port":          {hosts: map[string]func(*peer){"example.org:5222": send("b.example:70000")}, went: "example.org:5222", kind: wire.SeeOtherHost, host: "b.example:70000"},
		"sent from there":  {hosts: map[string]func(*peer){"b.example:1": login}, detour: &wire.Detour{To: "b.example:1"}, went: "b.example:1"},
		"into our network": {hosts: map[string]func(*peer){}, detour: &wire.Detour{To: "192.168.1.1:22", From: "203.0.113.5:5222"}, kind: wire.SeeOtherHost, host: "192.168.1.1:22"},
		"within a network": {hosts: map[string]func(*peer){"192.168.1.2:5222": login}, detour: &wire.Detour{To: "192.168.1.2", From: "192.168.1.1:5222"}, went: "192.168.1.2:5222"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var went []string
			var ends []func()
			defer func() {
				for _, end := range ends {
					end()
				}
			}()
			cfg := wire.Config{JID: "ann@example.org", Resource: "r", RootCAs: ca().pool, TLS: wire.StartTLS, Detour: c.detour,
				Password: func(context.Context) (string, error) { return "secret", nil },
				Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
					went = append(went, addr)
					script := c.hosts[addr]
					if script == nil {
						return nil, errors.New("nobody there")
					}
					client, server := socketPair(t)
					_, end := startOn(t, client, server, script)
					ends = append(ends, end)
					return client, nil
				}}
			link, login, err := wire.Connect(t.Context(), cfg)
			if got := strings.Join(went, " "); got != c.went {
				t.Errorf("went to %s, want %s", got, c.went)
			}
			if c.kind != wire.Other {
				var e *wire.Error
				if !errors.As(err, &e) || e.Kind != c.kind || e.Host != c.host {
					t.Errorf("got %v (%v)", err, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if login.Addr != went[len(went)-1] || login.JID.String() != "ann@example.org/r" {
				t.Errorf("got %s at %s", login.JID, login.Addr)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			link.Close(ctx)
		})
	}
}

// places is a resolver where each name has these addresses.
type places struct{ addrs []netip.Addr }

func (places) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	return "", nil, errors.New("no record")
}
func (p places) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return slices.Clone(p.addrs), nil
}

// TestDetourKeepsOut: of the addresses of a name those behind this machine are not
// dialled when a server in the open network named it.
func TestDetourKeepsOut(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for from, kind := range map[string]wire.Kind{"203.0.113.5:5222": wire.Resolve, "127.0.0.1:5222": wire.Closed} {
		met := make(chan struct{})
		go func() {
			defer close(met)
			if kind == wire.Resolve {
				return
			}
			if conn, err := ln.Accept(); err == nil {
				conn.Close()
			}
		}()
		_, _, err = wire.Connect(t.Context(), wire.Config{JID: "ann@example.org", TLS: wire.StartTLS, Resolver: places{[]netip.Addr{netip.MustParseAddr("127.0.0.1")}},
			Detour: &wire.Detour{To: "inner.example:" + port, From: from}})
		<-met
		if wire.KindOf(err) != kind {
			t.Errorf("from %s: got %v", from, err)
		}
	}
}
