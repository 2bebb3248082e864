package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sotto/internal/pty"
	"sotto/store"
	"sotto/ui/screen/vt"
)

// The terminals that people have, as the whole program meets them: each row of
// the table is a start in a pseudo-terminal, and what is asked is what is seen.

// spoken makes a profile in which bob said these lines.
func spoken(t *testing.T, settings string, lines ...string) (dir, config string) {
	t.Helper()
	dir = t.TempDir()
	config = profiled(t, dir)
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err := tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		if err != nil {
			return err
		}
		for _, line := range lines {
			if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: line}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(config)
	if err == nil {
		err = os.WriteFile(config, append([]byte(settings), b...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, config
}

// cellsOf counts the cells for which something is so.
func cellsOf(p *pty.Terminal, is func(vt.Cell) bool) (n int) {
	p.Look(func(term *vt.Terminal) {
		for _, c := range term.Cells() {
			if is(c) {
				n++
			}
		}
	})
	return n
}

// TestTerminalNames: a terminal that nobody has heard of is taken for an xterm
// and it is said; one that cannot place the cursor ends with a sentence.
func TestTerminalNames(t *testing.T) {
	for name, tt := range map[string]struct {
		term string
		says string
		code int
	}{
		"unknown": {"wezterm-of-tomorrow", `terminal "wezterm-of-tomorrow" is unknown; using xterm-256color`, exitOK},
		"empty":   {"", "TERM is not set; using xterm-256color", exitOK},
		"linux":   {"linux", "the line of before", exitOK},
		"screen":  {"screen", "the line of before", exitOK},
		"tmux":    {"tmux-256color", "the line of before", exitOK},
		"dumb":    {"dumb", "--plain", exitTerminal},
	} {
		t.Run(name, func(t *testing.T) {
			dir, config := spoken(t, "")
			p := sottoAt(t, dir, config, 120, 40, "TERM="+tt.term)
			shows(t, p, tt.says)
			if tt.code == exitOK {
				p.Type("typed")
				shows(t, p, "> typed", "the line of before")
				p.Signal(unix.SIGTERM)
			}
			if code := p.Wait(); code != tt.code || !p.Given() {
				t.Errorf("exit code %d, terminal given back %v", code, p.Given())
			}
		})
	}
}

// TestTerminalColours: as many as the terminal has, and none where none are
// wanted; what is chosen is seen without them too. No theme paints what the
// terminal has behind the text.
func TestTerminalColours(t *testing.T) {
	short := func(s string) bool { n, _, _ := strings.Cut(s, ";"); return n == "5" }
	for name, tt := range map[string]struct {
		env      []string
		settings string
		want     func(fg string) bool // what colours may be
		some     func(fg string) bool // and what at least one is
	}{
		"8":        {[]string{"TERM=xterm"}, "", func(c string) bool { return short(c) && len(c) == 3 }, nil},
		"256":      {[]string{"TERM=xterm-256color"}, "", short, func(c string) bool { return len(c) > 3 }},
		"16.7M":    {[]string{"TERM=xterm-256color", "COLORTERM=truecolor"}, "", func(string) bool { return true }, func(c string) bool { return strings.HasPrefix(c, "2;") }},
		"light":    {[]string{"TERM=xterm-256color"}, "theme = \"light\"\n", short, nil},
		"sixteen":  {[]string{"TERM=xterm-256color"}, "theme = \"sixteen\"\n", short, nil},
		"NO_COLOR": {[]string{"TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=1"}, "", nil, nil},
		"mono":     {[]string{"TERM=xterm-256color"}, "theme = \"mono\"\n", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir, config := spoken(t, tt.settings, "see https://example.org/x")
			p := sottoAt(t, dir, config, 120, 40, tt.env...)
			shows(t, p, "see https://example.org/x")
			p.Type("\t") // into the list: a row is chosen
			p.Until("a chosen row", func(string) bool {
				return cellsOf(p, func(c vt.Cell) bool { return c.Style.Reverse || c.Style.Bg != "" || c.Style.Bold }) > 0
			})
			coloured := cellsOf(p, func(c vt.Cell) bool { return c.Style.Fg != "" })
			if (coloured > 0) != (tt.want != nil) {
				t.Errorf("%d cells have a colour", coloured)
			}
			if tt.want == nil {
				if n := cellsOf(p, func(c vt.Cell) bool { return c.Style.Bg != "" }); n > 0 {
					t.Errorf("%d cells have a background", n)
				}
			} else if n := cellsOf(p, func(c vt.Cell) bool {
				return c.Style.Fg != "" && !tt.want(c.Style.Fg) || c.Style.Bg != "" && !tt.want(c.Style.Bg)
			}); n > 0 {
				t.Errorf("%d cells have a colour that the terminal does not have", n)
			}
			if tt.some != nil && cellsOf(p, func(c vt.Cell) bool { return tt.some(c.Style.Fg) }) == 0 {
				t.Error("no colour of those that only this terminal has")
			}
			p.Look(func(term *vt.Terminal) { // the chat between the panes
				for y := 4; y < 36; y++ {
					for x := 30; x < 88; x++ {
						if c := term.At(x, y); c.Style.Bg != "" || c.Style.Reverse {
							t.Fatalf("the cell %d,%d has a background of its own: %+v", x, y, c)
						}
					}
				}
			})
			leave(t, p)
		})
	}
}

// TestTerminalLocales: without UTF-8 nothing is drawn that the terminal does not
// have, everything stands in its column, and signs stand by their names.
func TestTerminalLocales(t *testing.T) {
	for name, env := range map[string]string{"C": "LANG=C", "POSIX": "LC_ALL=POSIX", "Latin-1": "LANG=de_DE.ISO-8859-1"} {
		t.Run(name, func(t *testing.T) {
			dir, config := spoken(t, "", "good \U0001f44d 日本語 end", "“it’s” 5 – 7 … after it")
			p := sottoAt(t, dir, config, 120, 40, env)
			shows(t, p, "good :thumbsup:", "after it", "Ctrl-K jump - F2")
			p.Type("typed :thumbs\t!")
			shows(t, p, "> typed :thumbsup:!")
			if s := p.Text(); !strings.Contains(s, `"it's" 5 - 7 . after it`) || strings.Count(s, "?") > 6 {
				t.Errorf("signs of print are lost:\n%s", s)
			}
			p.Look(func(term *vt.Terminal) {
				bars := map[int]int{}
				for y := range term.H {
					for x := range term.W {
						c := term.At(x, y)
						if len(c.Text) != 1 || c.Width != 1 || c.Text[0] < 0x20 || c.Text[0] > 0x7e {
							t.Errorf("the cell %d,%d is %+v", x, y, c)
						}
						if c.Text == "|" {
							bars[x]++
						}
					}
				}
				if len(bars) != 2 {
					t.Errorf("the lines between the panes are in the columns %v", bars)
				}
			})
			leave(t, p)
		})
	}
}

// TestTerminalWidths: whatever is written, what stands behind it is in its column.
func TestTerminalWidths(t *testing.T) {
	lines := map[string]string{
		"wide": "日本語のテキスト|", "hangul": "안녕하세요|", "jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af|", "combining": "e\u0301a\u0308o\u0302\u0323|", "joined": "👩‍👩‍👧👩🏽‍💻🏳️‍🌈|",
		"flags": "🇩🇪🇫🇷🇯🇵|", "emoji sign": "❤️☀️✔️|", "thai": "สวัสดีครับ ที่นี่|", "right to left": "שלום עולם مرحبا|", "devanagari": "नमस्ते|", "zalgo": "a" + strings.Repeat("\u0300", 50) + "b|",
		"turned": "a\u202eb|", "box": "┌─┐ ½ … “q”|",
	}
	var all []string
	for name, line := range lines {
		all = append(all, name+" "+line)
	}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		dir, config := spoken(t, "", all...)
		p := sottoAt(t, dir, config, size[0], size[1])
		shows(t, p, "Enter send")
		p.Type("日本e\u0301👩‍👩‍👧 ก็ done")
		shows(t, p, "ก็ done")
		p.Look(func(term *vt.Terminal) {
			columns := map[int]bool{}
			for y := range term.H {
				for x := range term.W {
					if c := term.At(x, y); c.Text == "│" {
						columns[x] = true
					}
				}
			}
			if want := map[int]int{120: 2, 80: 1, 40: 0}[size[0]]; len(columns) != want {
				t.Errorf("%v: the lines between the panes are in the columns %v:\n%s", size, columns, term.Text())
			}
			if c := term.At(term.X-1, term.Y); c.Text != "e" {
				t.Errorf("%v: the cursor stands behind %q:\n%s", size, c.Text, term.Text())
			}
			if size[0] == 120 {
				for name, line := range lines {
					if name != "zalgo" && name != "turned" && !strings.Contains(term.Text(), line) {
						t.Errorf("%s is not as it was said:\n%s", name, term.Text())
					}
				}
			}
			if strings.Contains(term.Text(), "\u202e") {
				t.Error("text of others turns the line around")
			}
		})
		if u := p.Unknown(); len(u) > 0 {
			t.Errorf("%v: sequences unknown to terminals: %q", size, u)
		}
		leave(t, p)
	}
}

// TestTerminalMouse: the program takes the mouse when it is told to, and gives
// it back, so that the terminal's own selection works.
func TestTerminalMouse(t *testing.T) {
	taken := func(p *pty.Terminal) (on bool) {
		p.Look(func(term *vt.Terminal) { on = term.Modes["1000"] || term.Modes["1002"] || term.Modes["1003"] })
		return on
	}
	dir, config := spoken(t, "")
	p := sotto(t, dir, config)
	shows(t, p, "the line of before")
	if taken(p) {
		t.Error("the mouse is taken unasked")
	}
	for _, on := range []bool{true, false} {
		word := map[bool]string{true: "on", false: "off"}[on]
		p.Type("/set mouse " + word + "\r")
		p.Until("the mouse "+word, func(s string) bool { return taken(p) == on && strings.Contains(s, "mouse is "+word) })
	}
	p.Type("/set mouse on\r")
	p.Until("the mouse", func(string) bool { return taken(p) })
	leave(t, p)
	if taken(p) {
		t.Error("the mouse was not given back")
	}
}

// TestTerminalStops: Ctrl-Z, and a stop by another process, give the terminal
// back; with fg the same screen is there again.
func TestTerminalStops(t *testing.T) {
	for name, stop := range map[string]func(*pty.Terminal){
		"Ctrl-Z":  func(p *pty.Terminal) { p.Type("\x1a") },
		"SIGTSTP": func(p *pty.Terminal) { p.Signal(unix.SIGTSTP) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, config := spoken(t, "")
			p := sotto(t, dir, config)
			p.Type("half a thought")
			shows(t, p, "the line of before", "> half a thought")
			p.Quiet(quiet)
			before := p.Text()
			for range 2 {
				stop(p)
				p.Stopped()
				p.Until("the terminal given back", func(string) bool { return p.Given() })
				p.Look(func(term *vt.Terminal) { _, _ = term.Write([]byte("\r\n[1]+ Stopped\r\n$ fg\r\n")) })
				p.Signal(unix.SIGCONT)
				p.Until("the screen of before", func(s string) bool { return s == before })
			}
			p.Type("!")
			shows(t, p, "> half a thought!")
			leave(t, p)
		})
	}
}

// quiet is how long nothing is written when all is drawn.
const quiet = 300_000_000

// TestTerminalGarbage: what other programs wrote onto the screen goes with Ctrl-L.
func TestTerminalGarbage(t *testing.T) {
	dir, config := spoken(t, "")
	p := sotto(t, dir, config)
	shows(t, p, "the line of before")
	p.Quiet(quiet)
	before := p.Text()
	p.Look(func(term *vt.Terminal) {
		_, _ = term.Write([]byte("\x1b[5;5Hwall: the system goes down\x1b[20;1H\x1b[2K"))
	})
	if p.Text() == before {
		t.Fatal("there is no garbage")
	}
	p.Type("\x0c")
	p.Until("the screen of before", func(s string) bool { return s == before })
	leave(t, p)
}

// TestTerminalResizes: however often the size changes, the screen is that of the
// last one.
func TestTerminalResizes(t *testing.T) {
	dir, config := spoken(t, "", "a line that is long enough to be broken at some of these widths, and not at others of them", "日本語のテキスト 👩‍👩‍👧")
	fresh := func(w, h int) string {
		p := sottoAt(t, dir, config, w, h)
		shows(t, p, "Enter send")
		p.Quiet(quiet)
		defer leave(t, p)
		return p.Text()
	}
	wants := map[string]string{}
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		wants[fmt.Sprint(size)] = fresh(size[0], size[1])
	}
	p := sotto(t, dir, config)
	shows(t, p, "Enter send")
	for _, size := range [][2]int{{80, 24}, {40, 20}, {120, 40}} {
		for i := range 60 {
			p.Resize(1+i*37%150, 1+i*11%50)
		}
		p.Resize(size[0], size[1])
		p.Until(fmt.Sprint("the screen of ", size), func(s string) bool { return s == wants[fmt.Sprint(size)] })
	}
	leave(t, p)
}
