package faultproxy_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sotto/internal/faultproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience ends a test that hangs.
const patience = time.Minute

// meet starts a proxy and gives both ends of a connection through it.
func meet(t *testing.T) (p *faultproxy.Proxy, client, server *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if p, err = faultproxy.New(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	client, server = again(t, p, l)
	return p, client, server
}

func again(t *testing.T, p *faultproxy.Proxy, l net.Listener) (client, server *net.TCPConn) {
	t.Helper()
	c, err := p.Dial(t.Context(), "tcp", "ignored:1")
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []net.Conn{c, s} {
		t.Cleanup(func() { _ = x.Close() })
		_ = x.SetDeadline(time.Now().Add(patience))
	}
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// expect reads exactly what was awaited.
func expect(t *testing.T, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if n, err := io.ReadFull(c, b); err != nil || string(b) != want {
		t.Fatalf("got %q (%v), want %q", b[:n], err, want)
	}
}

// silent says that nothing can be read now and that the connection is open.
func silent(t *testing.T, c *net.TCPConn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	n, err := c.Read(make([]byte, 10))
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d bytes and %v, want silence", n, err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
}

func wantReset(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset", err)
	}
}

func wantEnd(t *testing.T, c net.Conn) {
	t.Helper()
	if b, err := io.ReadAll(c); err != nil || len(b) > 0 {
		t.Errorf("got %q and %v, want an orderly end", b, err)
	}
}

func TestPasses(t *testing.T) {
	p, client, server := meet(t)
	send(t, client, "up")
	expect(t, server, "up")
	send(t, server, "down")
	expect(t, client, "down")
	if up, down := p.Passed(faultproxy.Up), p.Passed(faultproxy.Down); up != 2 || down != 4 || p.Opened() != 1 {
		t.Errorf("got %d up, %d down, %d connections", up, down, p.Opened())
	}
	// Each direction ends by itself.
	_ = client.CloseWrite()
	wantEnd(t, server)
	send(t, server, "late")
	expect(t, client, "late")
	_ = server.Close()
	wantEnd(t, client)
}

func TestResetGoesThrough(t *testing.T) {
	_, client, server := meet(t)
	_ = server.SetLinger(0)
	_ = server.Close()
	wantReset(t, client)
}

func TestFaults(t *testing.T) {
	t.Run("reset", func(t *testing.T) {
		p, client, server := meet(t)
		if n := p.Cut(faultproxy.Reset); n != 1 {
			t.Errorf("cut %d connections, want 1", n)
		}
		wantReset(t, client)
		wantReset(t, server)
		if n := p.Cut(faultproxy.Reset); n != 0 {
			t.Errorf("cut %d dead connections", n)
		}
	})
	t.Run("lost", func(t *testing.T) {
		p, client, server := meet(t)
		p.Cut(faultproxy.Lost)
		wantReset(t, client)
		silent(t, server)
		send(t, server, "into the void")
		silent(t, server)
	})
	t.Run("finish", func(t *testing.T) {
		p, client, server := meet(t)
		p.Cut(faultproxy.Finish)
		wantEnd(t, client)
		wantEnd(t, server)
	})
	t.Run("vanish", func(t *testing.T) {
		p, client, server := meet(t)
		p.Cut(faultproxy.Vanish)
		big := string(bytes.Repeat([]byte("x"), 1<<20)) // more than the kernel holds
		send(t, client, big)
		send(t, server, big)
		silent(t, client)
		silent(t, server)
		_ = client.Close()
		silent(t, server)
	})
	t.Run("half-closed", func(t *testing.T) {
		p, client, server := meet(t)
		p.Conns()[0].HalfClose(faultproxy.Down)
		wantEnd(t, client)
		send(t, client, "still here")
		expect(t, server, "still here")
	})
}

func TestCutsBehindAByte(t *testing.T) {
	for _, d := range []faultproxy.Direction{faultproxy.Up, faultproxy.Down} {
		p, client, server := meet(t)
		from, to := client, server
		if d == faultproxy.Down {
			from, to = server, client
		}
		send(t, from, "1234")
		expect(t, to, "1234")
		cut := p.CutAfter(d, 3, faultproxy.Finish)
		send(t, from, "56")
		expect(t, to, "56")
		select {
		case <-cut:
			t.Fatal("cut too early")
		default:
		}
		send(t, from, "7890")
		expect(t, to, "7")
		wantEnd(t, to)
		<-cut
	}
}

func TestForget(t *testing.T) {
	p, client, server := meet(t)
	p.CutAfter(faultproxy.Up, 1, faultproxy.Reset)
	p.CutAfter(faultproxy.Down, 1, faultproxy.Reset)
	if n := p.Forget(); n != 2 {
		t.Errorf("forgot %d, want 2", n)
	}
	send(t, client, "1")
	expect(t, server, "1")
}

// TestLateBytes: what was said before the end of a held connection comes, and
// then its end, while a newer one works.
func TestLateBytes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	p, err := faultproxy.New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	client, server := again(t, p, l)
	p.Hold()
	send(t, client, "late")
	silent(t, server)
	_ = client.Close()
	client2, server2 := again(t, p, l)
	send(t, client2, "new")
	expect(t, server2, "new")
	silent(t, server)
	p.Release()
	expect(t, server, "late")
	wantEnd(t, server)
}

// TestSlowLine: bytes take as long as the line says, at least.
func TestSlowLine(t *testing.T) {
	p, client, server := meet(t)
	p.SetLine(faultproxy.Line{Rate: 10_000, Delay: 50 * time.Millisecond}, faultproxy.Line{})
	begin := time.Now()
	send(t, server, "fast")
	expect(t, client, "fast")
	text := string(bytes.Repeat([]byte("x"), 1000))
	send(t, client, text)
	expect(t, server, text)
	if d := time.Since(begin); d < 150*time.Millisecond {
		t.Errorf("1,000 bytes at 10,000 a second with 50 ms of delay took %v", d)
	}
	p.SetLine(faultproxy.Line{}, faultproxy.Line{})
	send(t, client, text)
	expect(t, server, text)
}

func TestRefusesAndPort(t *testing.T) {
	p, client, server := meet(t)
	p.Refuse(true)
	if _, err := p.Dial(context.Background(), "tcp", ""); !errors.Is(err, faultproxy.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
	if c, err := net.Dial("tcp", p.Addr()); err == nil {
		wantReset(t, c)
		_ = c.Close()
	} else if !errors.Is(err, syscall.ECONNRESET) { // it can come before the dial returns
		t.Fatal(err)
	}
	send(t, client, "lives on")
	expect(t, server, "lives on")
}
