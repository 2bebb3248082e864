package screen_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// spy records what reaches the inner screen.
type spy struct {
	tcell.SimulationScreen
	texts  []string
	styles []tcell.Style
}

func (s *spy) Put(x, y int, text string, style tcell.Style) (string, int) {
	s.texts, s.styles = append(s.texts, text), append(s.styles, style)
	return s.SimulationScreen.Put(x, y, text, style)
}

func newSpy(t *testing.T) (*screen.Screen, *spy) {
	t.Helper()
	inner := &spy{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
	s := screen.New(inner, screen.Options{})
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	s.Show()
	inner.texts = nil
	return s, inner
}

func TestFilter(t *testing.T) {
	family := []rune("👩\u200d👩\u200d👧\u200d👦")
	tests := map[string]struct {
		main rune
		comb []rune
		want string
	}{
		"letter":           {'a', nil, "a"},
		"nothing":          {0, nil, " "},
		"escape":           {0x1b, []rune("[31m"), "\uFFFD"},
		"delete":           {0x7f, nil, "\uFFFD"},
		"C1":               {0x9b, nil, "\uFFFD"},
		"line feed":        {'\n', nil, "\uFFFD"},
		"combining escape": {'a', []rune{0x1b, '\u0301'}, "a\u0301"},
		"combining C1":     {'a', []rune{0x9b}, "a"},
		"override":         {'\u202e', nil, " "},
		"combining bidi":   {'a', []rune{'\u2067', '\u200f', '\u0301'}, "a\u0301"},
		"tag":              {'a', []rune{0xe0041}, "a"},
		"letters as marks": {'a', []rune("bcd"), "a"},
		"zalgo":            {'z', []rune(strings.Repeat("\u0321", 50)), "z" + strings.Repeat("\u0321", 8)},
		"family":           {family[0], family[1:], string(family)},
		"cut joiner":       {'👩', []rune(strings.Repeat("\u200d👩", 9))[:9], strings.Repeat("👩\u200d", 4) + "👩"},
		"mark alone":       {'\u0301', nil, " "},
		"surrogate":        {0xd800, nil, "\uFFFD"},
		"beyond Unicode":   {0x110000, nil, "\uFFFD"},
		"three cells":      {'\u2e3a', nil, "—"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := newSpy(t)
			defer s.Fini()
			s.SetContent(3, 3, tt.main, tt.comb, tcell.StyleDefault)
			if got, _, _ := s.Get(3, 3); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPut(t *testing.T) {
	s, _ := newSpy(t)
	defer s.Fini()
	s.PutStr(0, 0, "a世\x1b[1m\u202eé\u200b!")
	got := ""
	for x := 0; x < 10; {
		text, _, width := s.Get(x, 0)
		got += text
		x += width
	}
	if want := "a世\uFFFD[1mé! "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if rest, width := s.Put(0, 1, "世界", tcell.StyleDefault); rest != "界" || width != 2 {
		t.Errorf("Put: got %q, %d", rest, width)
	}
	if rest, width := s.Put(0, 1, "\u200b", tcell.StyleDefault); rest != "" || width != 0 {
		t.Errorf("Put of nothing: got %q, %d", rest, width)
	}
	if rest, width := s.Put(-1, 1, "x", tcell.StyleDefault); rest != "x" || width != 0 {
		t.Errorf("Put outside: got %q, %d", rest, width)
	}
}

func TestLinks(t *testing.T) {
	tests := map[string]bool{
		"https://example.org/a?b=c;d#e":        true,
		"HTTP://example.org":                   true,
		"xmpp:romeo@example.org":               true,
		"mailto:a@b.c":                         true,
		"javascript:alert(1)":                  false,
		"file:///etc/passwd":                   false,
		"https://":                             false,
		"https://ex ample.org":                 false,
		"https://exämple.org":                  false,
		"https://a/$<60000>":                   false, // tcell would sleep for a minute
		"https://" + strings.Repeat("a", 3000): false,
	}
	for url, ok := range tests {
		s, inner := newSpy(t)
		base := tcell.StyleDefault.Bold(true).Foreground(tcell.ColorRed).Underline(tcell.UnderlineStyleDotted, tcell.ColorBlue)
		s.SetContent(0, 0, 'x', nil, base.Url(url).UrlId("id1"))
		s.Show()
		want := base
		if ok {
			want = base.Url(url).UrlId("id1")
		}
		if got := inner.styles[len(inner.styles)-1]; got != want {
			t.Errorf("%q: got %+v, want %+v", url, got, want)
		}
		s.Fini()
	}
	s, inner := newSpy(t)
	defer s.Fini()
	s.SetContent(0, 0, 'x', nil, tcell.StyleDefault.Url("https://a.b").UrlId("a;b:$<9>"))
	s.Show()
	if got, want := inner.styles[len(inner.styles)-1], tcell.StyleDefault.Url("https://a.b"); got != want {
		t.Errorf("odd id: got %+v, want none", got)
	}
}

func TestTitle(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	r.SetTitle("chat\x1b\\\x07 with \u202eeve $<5000> \u009c")
	r.settle(t)
	if got, want := r.fake.term.Title, "chat\\ with eve $‹5000> "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.SetTitle("chat\x1b\\\x07 with \u202eeve $<5000> \u009c")
	if got := r.settle(t); len(got) > 0 {
		t.Errorf("the same title again: got %q", got)
	}
}

// FuzzFilter draws any runes in every way there is; nothing that steers a terminal may reach the inner screen.
func FuzzFilter(f *testing.F) {
	f.Add("plain", "https://example.org")
	f.Add("\x1b]52;c;eA==\a", "https://a\x1b\\")
	f.Add("a\u0301\u009b31m\u202e世\u200d\U000e0041", "xmpp:\u009c")
	f.Add("\xff\xfe\xc2", "")
	f.Fuzz(func(t *testing.T, text, url string) {
		s, inner := newSpy(t)
		defer s.Fini()
		style := tcell.StyleDefault.Url(url).UrlId(text)
		s.PutStrStyled(0, 0, text, style)
		s.Put(0, 1, text, style)
		if runes := []rune(text); len(runes) > 0 {
			s.SetContent(0, 2, runes[0], runes[1:], style)
			s.SetCell(3, 2, style, runes...)
			s.Show()
			s.Fill(runes[0], style)
		}
		s.Show()
		for _, text := range inner.texts {
			if utf8.RuneCountInString(text) > 9 {
				t.Errorf("%q is a tall stack", text)
			}
			for _, r := range text {
				switch {
				case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069,
					r == 0x200e, r == 0x200f, r >= 0xe0000 && r <= 0xe007f:
					t.Errorf("%U in %q reached the inner screen", r, text)
				}
			}
		}
	})
}
