package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/session"
)

// TestConsole: what comes is shown while it is open, words filter it, and what
// others wrote cannot be seen as anything else.
func TestConsole(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			r := newRig(t, size[0], size[1], village)
			c := new(session.Console)
			r.a.opt.Console = c
			r.line("/xml")
			r.sees("Nothing here")
			c.Note(r.acc, true, []byte("<presence/>"))
			for i := range 60 {
				c.Note(r.acc, false, fmt.Appendf(nil, "<message id='m%d'><body>a \x1b[31mred [red]word\u202e</body></message>", i))
			}
			s := r.screen()
			if !strings.Contains(s, "m59") || strings.Contains(s, "<presence/>") || strings.ContainsAny(s, "\x1b\u202e") {
				t.Errorf("the newest is not at the end:\n%s", s)
			}
			r.press("PgUp")
			before := r.screen()
			c.Note(r.acc, false, []byte("<message id='m60'/>"))
			if r.screen() != before {
				t.Error("what is being read moved")
			}
			r.write("out")
			if s := r.screen(); !strings.Contains(s, "<presence/>") || strings.Contains(s, "<message") {
				t.Errorf("the filter does not hold:\n%s", s)
			}
			r.press("Ctrl-U")
			r.write("message -m5")
			if s := r.screen(); strings.Contains(s, "'m59'") {
				t.Errorf("the filter does not leave out:\n%s", s)
			}
			r.press("Esc")
			if r.a.dialog != nil {
				t.Error("Esc does not close it")
			}
		})
	}
}

// TestLogAndProtocols can be read inside.
func TestLogAndProtocols(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/log")
	r.until("that there is none", func() bool { return strings.Contains(r.screen(), "There is no log") })
	path := filepath.Join(t.TempDir(), "sotto.log")
	lines := "time=2026-11-22T14:00:00.000Z level=INFO msg=\"the first\"\n" + strings.Repeat("time=2026-11-22T14:05:00.000Z level=INFO msg=more\n", 4000) +
		"time=2026-11-22T14:05:01.000Z level=WARN msg=\"the last one\"\n"
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	r.a.opt.Log = path
	r.line("/log")
	r.until("the end of the log", func() bool { return strings.Contains(r.screen(), "the last one") })
	r.write("first")
	if strings.Contains(r.screen(), "the first") {
		t.Error("all of the log was read")
	}
	r.press("Esc")
	r.line("/xeps carbons")
	r.sees("XEP-0280")
	if strings.Contains(r.screen(), "XEP-0198") {
		t.Error("the word does not filter")
	}
}
