package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"sotto/session/wire"
)

// zone is a resolver with fixed answers.
type zone struct {
	plain, secure []*net.SRV
	hosts         map[string][]netip.Addr
}

var errNoRecord = &net.DNSError{Err: "no such host", IsNotFound: true}

func (z zone) LookupSRV(_ context.Context, service, _, _ string) (string, []*net.SRV, error) {
	out := z.plain
	if service == "xmpps-client" {
		out = z.secure
	}
	if out == nil {
		return "", nil, errNoRecord
	}
	return "", out, nil
}

func (z zone) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := z.hosts[host]; ok {
		return a, nil
	}
	return nil, errNoRecord
}

func TestCandidates(t *testing.T) {
	srv := func(prio int, target string, port uint16) *net.SRV {
		return &net.SRV{Priority: uint16(prio), Target: target, Port: port}
	}
	cases := map[string]struct {
		cfg  wire.Config
		zone zone
		want string
		kind wire.Kind
	}{
		"no records":           {want: "[example.org:5222 example.org:5223!]"},
		"mixed by priority":    {zone: zone{plain: []*net.SRV{srv(1, "a.", 5222), srv(3, "c.", 5222)}, secure: []*net.SRV{srv(2, "b.", 443)}}, want: "[a:5222 b:443! c:5222]"},
		"no service":           {zone: zone{plain: []*net.SRV{srv(0, ".", 0)}, secure: []*net.SRV{srv(0, ".", 0)}}, kind: wire.NoService, want: "[]"},
		"no plain service":     {zone: zone{plain: []*net.SRV{srv(0, ".", 0)}, secure: []*net.SRV{srv(0, "b.", 443)}}, want: "[b:443!]"},
		"no direct service":    {zone: zone{secure: []*net.SRV{srv(0, ".", 0)}}, want: "[example.org:5222 example.org:5223!]"},
		"direct only":          {cfg: wire.Config{TLS: wire.Direct}, zone: zone{plain: []*net.SRV{srv(0, "a.", 5222)}}, want: "[example.org:5223!]"},
		"starttls only":        {cfg: wire.Config{TLS: wire.StartTLS}, zone: zone{secure: []*net.SRV{srv(0, "a.", 443)}}, want: "[example.org:5222]"},
		"host given":           {cfg: wire.Config{Host: "x.net"}, zone: zone{plain: []*net.SRV{srv(0, "a.", 5222)}}, want: "[x.net:5222 x.net:5223!]"},
		"port given":           {cfg: wire.Config{Port: 15222}, want: "[example.org:15222]"},
		"port 5223":            {cfg: wire.Config{Port: 5223}, want: "[example.org:5223!]"},
		"port 5223, starttls":  {cfg: wire.Config{Port: 5223, TLS: wire.StartTLS}, want: "[example.org:5223]"},
		"host, port, direct":   {cfg: wire.Config{Host: "::1", Port: 443, TLS: wire.Direct}, want: "[[::1]:443!]"},
		"host in brackets too": {cfg: wire.Config{Host: "[::1]", Port: 443, TLS: wire.Direct}, want: "[[::1]:443!]"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.cfg.Resolver = c.zone
			got, err := c.cfg.Candidates(context.Background(), "example.org")
			if fmt.Sprint(got) != c.want || wire.KindOf(err) != c.kind {
				t.Errorf("got %v, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestCandidatesByWeight(t *testing.T) {
	cfg := wire.Config{Resolver: zone{
		plain:  []*net.SRV{{Target: "heavy.", Weight: 90, Port: 1}},
		secure: []*net.SRV{{Target: "light.", Weight: 10, Port: 2}, {Target: "never.", Weight: 0, Port: 3}},
	}}
	first := map[string]int{}
	for range 2000 {
		got, err := cfg.Candidates(context.Background(), "example.org")
		if err != nil || len(got) != 3 {
			t.Fatal(got, err)
		}
		first[got[0]]++
	}
	if first["heavy:1"] < 1600 || first["light:2!"] < 80 || first["never:3!"] > 100 {
		t.Errorf("got %v", first)
	}
}

func TestRace(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	cfg := wire.Config{Resolver: zone{hosts: map[string][]netip.Addr{
		"both.example": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}, // nothing listens on ::1
		"dead.example": {netip.MustParseAddr("127.0.0.9"), netip.MustParseAddr("::1")},
	}}}
	conn, err := cfg.Race(context.Background(), "both.example:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if _, err := cfg.Race(context.Background(), "dead.example:"+port); err == nil {
		t.Error("connected to nobody")
	}
	if _, err := cfg.Race(context.Background(), "none.example:"+port); err == nil {
		t.Error("connected to nobody")
	}
}

func TestConnectFailures(t *testing.T) {
	t.Setenv("ALL_PROXY", "")
	t.Setenv("all_proxy", "")
	ln, _ := net.Listen("tcp4", "127.0.0.1:0")
	free := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	base := wire.Config{JID: "ann@example.org", Resolver: zone{}}
	cfg := base
	if _, _, err := wire.Connect(context.Background(), cfg); wire.KindOf(err) != wire.Resolve {
		t.Errorf("unknown host: %v", err)
	}
	cfg.Host, cfg.Port = "127.0.0.1", free
	if _, _, err := wire.Connect(context.Background(), cfg); wire.KindOf(err) != wire.Refused {
		t.Errorf("closed port: %v", err)
	}
	var tried []string
	cfg = base
	cfg.Dial = func(_ context.Context, _, addr string) (net.Conn, error) {
		tried = append(tried, addr)
		return nil, errors.New("no way")
	}
	if _, _, err := wire.Connect(context.Background(), cfg); err == nil || strings.Join(tried, " ") != "example.org:5222 example.org:5223" {
		t.Errorf("tried %v: %v", tried, err)
	}
}

// TestProxy checks that SOCKS5 is used, and that socks5h asks no DNS at all.
func TestProxy(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	asked := make(chan string, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		b := make([]byte, 300)
		conn.Read(b)
		conn.Write([]byte{5, 0})
		n, _ := conn.Read(b)
		asked <- string(b[5 : n-2])
		conn.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0}) // host unreachable
	}()
	t.Setenv("ALL_PROXY", "socks5h://"+ln.Addr().String())
	t.Setenv("NO_PROXY", "localhost")
	cfg := wire.Config{JID: "ann@example.org", TLS: wire.StartTLS, Resolver: zone{plain: []*net.SRV{{Target: "leak.example.", Port: 1}}}}
	if _, _, err := wire.Connect(context.Background(), cfg); err == nil {
		t.Fatal("connected")
	}
	if got := <-asked; got != "example.org" {
		t.Errorf("proxy was asked for %q", got)
	}
}
