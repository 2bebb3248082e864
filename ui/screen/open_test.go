package screen_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

func TestOpenOn(t *testing.T) {
	tests := map[string]struct {
		env    screen.Env
		notice string
		err    error
		colors int
	}{
		"xterm":       {screen.Env{Term: "xterm-256color"}, "", nil, 256},
		"true colour": {screen.Env{Term: "xterm-256color", ColorTerm: "truecolor"}, "", nil, 1 << 24},
		"unknown":     {screen.Env{Term: "no-such-term"}, `terminal "no-such-term" is unknown; using xterm-256color`, nil, 256},
		"hostile":     {screen.Env{Term: "x\x1b[2J"}, `terminal "x[2J" is unknown; using xterm-256color`, nil, 256},
		"empty":       {screen.Env{}, "TERM is not set; using xterm-256color", nil, 256},
		"dumb":        {screen.Env{Term: "dumb"}, "", screen.ErrDumb, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("LANG", "de_DE.ISO-8859-99") // a character set nobody knows must not end the start
			t.Setenv("LC_ALL", "")
			t.Setenv("LC_CTYPE", "")
			t.Setenv("NO_COLOR", "")
			t.Setenv("COLORTERM", "")
			s, tty, err := screen.OpenOn(newFakeTty(80, 24), tt.env)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got error %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			if err := s.Init(); err != nil {
				t.Fatal(err)
			}
			if s.Notice() != tt.notice || s.Colors() != tt.colors || tty == nil {
				t.Errorf("got notice %q, %d colours, want %q, %d", s.Notice(), s.Colors(), tt.notice, tt.colors)
			}
			put(s, 0, 0, "hello", tcell.StyleDefault)
			s.Show()
			s.Fini()
		})
	}
}

func TestEnv(t *testing.T) {
	tests := map[string]struct {
		env   screen.Env
		ascii bool
	}{
		"nothing":    {screen.Env{}, false},
		"C":          {screen.Env{Lang: "C"}, true},
		"C.UTF-8":    {screen.Env{Lang: "C.UTF-8"}, false},
		"utf8":       {screen.Env{Lang: "de_DE.utf8@euro"}, false},
		"latin":      {screen.Env{Lang: "de_DE.ISO-8859-1"}, true},
		"LC_ALL":     {screen.Env{Lang: "de_DE.UTF-8", LCAll: "POSIX"}, true},
		"LC_CTYPE":   {screen.Env{Lang: "C", LCCtype: "en_GB.UTF-8"}, false},
		"no charset": {screen.Env{Lang: "de_DE"}, false},
	}
	for name, tt := range tests {
		if got := tt.env.ASCII(); got != tt.ascii {
			t.Errorf("%s: ASCII: got %v, want %v", name, got, tt.ascii)
		}
	}
	if e := (screen.Env{SSHConnection: "1 2 3 4", Tmux: "x"}); !e.Remote() || !e.Multiplexed() {
		t.Error("SSH inside tmux: want remote and multiplexed")
	}
}

// What Fini leaves behind: the ordinary screen, a visible cursor, no modes, and the same after Suspend and Resume.
func TestLeavesTheTerminalClean(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	r.EnablePaste()
	r.EnableFocus()
	r.EnableMouse()
	paint(r, "typed")
	r.frame(t)
	before := r.fake.term.Text()
	if err := r.Suspend(); err != nil {
		t.Fatal(err)
	}
	clean := func() {
		t.Helper()
		term := r.fake.term
		if term.Alt || !term.Visible || term.Synced || term.Modes["2004"] || term.Modes["1004"] || term.Modes["1006"] {
			t.Errorf("left behind: alternate screen %v, cursor %v, modes %v", term.Alt, term.Visible, term.Modes)
		}
	}
	clean()
	if err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	paint(r, "typed")
	r.frame(t)
	if got := r.fake.term.Text(); got != before {
		t.Errorf("after Resume: got\n%s\nwant\n%s", got, before)
	}
	paint(r, "typedx")
	r.frame(t)
	paint(r, "typedxy")
	if got := string(r.frame(t)); got != "y" {
		t.Errorf("a key after Resume: got %q", got)
	}
	r.Fini()
	clean()
}

func TestResize(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	paint(r, "typed")
	r.frame(t)
	for _, size := range [][2]int{{120, 40}, {40, 20}, {41, 20}, {3, 2}, {200, 50}} {
		r.fake.resize(size[0], size[1])
		r.fake.resized()
		for { // tcell adopts the size on its own goroutine and says so
			ev, ok := r.PollEvent().(*tcell.EventResize)
			if w, h := r.Size(); ok && w == size[0] && h == size[1] {
				_ = ev
				break
			}
		}
		paint(r, "typed")
		r.settle(t)
		r.Show()
		r.settle(t)
		want := newRig(t, size[0], size[1], screen.TtyOptions{})
		paint(want, "typed")
		want.frame(t)
		// tcell may still be drawing the old content once more; ask for the newest.
		r.Sync()
		r.settle(t)
		if got, want := r.fake.term.Text(), want.fake.term.Text(); got != want {
			t.Errorf("%v: got\n%s\nwant\n%s", size, got, want)
		}
		if r.fake.term.X != want.fake.term.X || r.fake.term.Y != want.fake.term.Y {
			t.Errorf("%v: cursor at %d,%d", size, r.fake.term.X, r.fake.term.Y)
		}
	}
}

// A link that ends a frame must not run on over the text of the next.
func TestLinkDoesNotLeak(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	put(r, 0, 0, "link", tcell.StyleDefault.Url("https://evil.example"))
	r.frame(t)
	put(r, 0, 1, "text", tcell.StyleDefault.Bold(true))
	r.frame(t)
	if got := r.fake.term.At(0, 0).Style.Link; got != "https://evil.example" {
		t.Errorf("link: got %q", got)
	}
	if got := r.fake.term.At(0, 1).Style.Link; got != "" {
		t.Errorf("text of the next frame links to %q", got)
	}
	if strings.Contains(r.fake.term.Text(), "evil") {
		t.Error("the address is on the screen")
	}
}
