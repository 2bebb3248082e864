package wire_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"sotto/session/wire"
)

// TestConsoleOfALink: what leaves over a link is shown without its secrets, and goes
// out with them.
func TestConsoleOfALink(t *testing.T) {
	sent := make(chan string, 1)
	client, server := net.Pipe()
	cfg, wait := startOn(t, client, server, func(p *peer) {
		p.offline(true)
		sent <- p.until("<body>the end</body>")
		p.drain()
	})
	var mu sync.Mutex
	var shown strings.Builder
	cfg.Console = func(out bool, b []byte) {
		if out {
			mu.Lock()
			shown.Write(b)
			mu.Unlock()
		}
	}
	link, _, err := wire.Connect(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	secret := func(space, name string) *wire.Element { return wire.New(space, name).SetText("hunter2") }
	link.Send(wire.New(wire.NSClient, "iq").Set("type", "set").Set("id", "1").Add(wire.New("jabber:iq:register", "query").Add(secret("jabber:iq:register", "password"))))
	link.Send(wire.New(wire.NSClient, "presence").Set("to", "tea@rooms.example.org/ann").Add(wire.New("http://jabber.org/protocol/muc", "x").Add(secret("http://jabber.org/protocol/muc", "password"))))
	link.SendBytes([]byte("<message id='2'><body>my password is safe</body></message>"))
	link.SendBytes([]byte("<message id='3'><body>the end</body></message>"))
	if got := <-sent; strings.Count(got, "hunter2") != 2 {
		t.Errorf("sent %s", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	link.Close(ctx)
	wait()
	mu.Lock()
	defer mu.Unlock()
	if got := shown.String(); strings.Contains(got, "hunter2") || strings.Count(got, "<password>[hidden]</password>") != 2 || !strings.Contains(got, "my password is safe") {
		t.Errorf("shown %s", got)
	}
}
