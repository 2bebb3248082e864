package session_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
)

// TestConsoleIsBounded: in lines, in bytes and in what is kept of one element.
func TestConsoleIsBounded(t *testing.T) {
	var c session.Console
	told := 0
	c.Watch(func() { told++ })
	for i := range 1500 {
		c.Note(1, i%2 == 0, fmt.Appendf(nil, "<a n='%d'/>", i))
	}
	lines, first := c.Lines()
	if len(lines) != 1000 || first != 500 || lines[0].XML != "<a n='500'/>" || told != 1500 || !lines[0].Out {
		t.Errorf("got %d lines from %d on, the first %+v; told %d times", len(lines), first, lines[0], told)
	}
	c.Watch(nil)
	for range 200 {
		c.Note(1, false, []byte(strings.Repeat("x", 100_000)))
	}
	lines, _ = c.Lines()
	total := 0
	for _, l := range lines {
		total += len(l.XML)
	}
	if total > 1<<20 || lines[len(lines)-1].Cut != 100_000-16<<10 || told != 1500 {
		t.Errorf("kept %d bytes, the last cut by %d", total, lines[len(lines)-1].Cut)
	}
}
