//go:build linux

package pty_test

import (
	"strings"
	"testing"

	"sotto/internal/pty"
)

// TestTerminal runs what every system has: the shell's own input line.
func TestTerminal(t *testing.T) {
	c := pty.Start(t, []string{"/bin/sh", "-c", "echo ready; read line; stty size; echo got $line; exit 3"}, []string{"PATH=/usr/bin:/bin"}, 80, 24)
	c.Until("the start", func(s string) bool { return strings.Contains(s, "ready") })
	c.Resize(100, 30)
	c.Type("hello\r")
	c.Until("the answer", func(s string) bool { return strings.Contains(s, "30 100") && strings.Contains(s, "got hello") })
	if code := c.Wait(); code != 3 {
		t.Errorf("got exit code %d, want 3", code)
	}
	if c.Bytes() == 0 || !c.Given() || len(c.Unknown()) != 0 {
		t.Errorf("got %d bytes, given %v, unknown %q", c.Bytes(), c.Given(), c.Unknown())
	}
}
