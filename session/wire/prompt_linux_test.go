package wire

import (
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPromptly: what a client read is acknowledged when it has it, and does not wait for
// the client to say something.
func TestPromptly(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	server, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	raw, err := server.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	client := promptly(c)
	b := make([]byte, 16)
	const rounds = 100
	waiting := 0
	for range rounds {
		// A question and its answer: from then on the system expects more of them, and waits.
		if _, err := client.Write([]byte("question")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, b[:8]); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Write([]byte("answer")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, b[:6]); err != nil {
			t.Fatal(err)
		}
		if err := raw.Control(func(fd uintptr) {
			if n, err := unix.IoctlGetInt(int(fd), unix.TIOCOUTQ); err != nil || n > 0 {
				waiting++
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if waiting > rounds/2 {
		t.Errorf("%d of %d answers were not acknowledged when they were read", waiting, rounds)
	}
}
