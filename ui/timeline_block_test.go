package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/store"
)

func TestTimelineCutsLongMessages(t *testing.T) {
	m := chatOf(store.Direct, in(1, "13:00:00", strings.Repeat("line\n", 1000)), in(2, "13:00:10", strings.Repeat("日", 100000)))
	tl, show := timed(t, m, 60, 10)
	if n := len(tl.block(0).lines); n != blockLines+1 {
		t.Errorf("%d lines", n)
	}
	if got := tl.block(0).lines[blockLines]; got != "… (800 more lines)" {
		t.Errorf("got %q", got)
	}
	show()
}

func TestTimelineLinks(t *testing.T) {
	long := "https://example.org/" + strings.Repeat("path/", 30)
	tests := []struct {
		body  string
		width int
		want  string // line:text=url …
	}{
		{"see https://example.org/x, ok", 40, "0:https://example.org/x=https://example.org/x"},
		{"(https://en.wikipedia.org/wiki/Go_(game))", 60, "0:https://en.wikipedia.org/wiki/Go_(game)=https://en.wikipedia.org/wiki/Go_(game)"},
		{"HTTP://A.B.", 40, "0:HTTP://A.B=HTTP://A.B"},
		{"one two https://a.b/c", 10, "1:https://a.=|2:b/c="},
		{"xhttps://a.b javascript://x ftp://x https://", 60, ""},
		{"https://bücher.example", 40, "0:https://bücher.example="},
		{"https://a.b/\u202ex", 40, "0:https://a.b/⟨202E⟩x="},
		{"a  https://a.b  https://c.d\nhttps://e.f", 16, "0:https://a.b=https://a.b|1:https://c.d=https://c.d|2:https://e.f=https://e.f"},
		{long, 40, ""},
	}
	for _, test := range tests {
		m := in(1, "13:00:00", test.body)
		b := makeBlock(&m, test.width, &look{}, shows{})
		var got []string
		for _, l := range b.links {
			got = append(got, fmt.Sprintf("%d:%s=%s", l.line, b.lines[l.line][l.from:l.to], l.url))
		}
		if test.body == long {
			for _, l := range b.links {
				if l.url != "" {
					t.Errorf("part of a link can be opened: %q", got)
				}
			}
			if len(b.links) != len(b.lines) {
				t.Errorf("%d links on %d lines", len(b.links), len(b.lines))
			}
			continue
		}
		if s := strings.Join(got, "|"); s != test.want {
			t.Errorf("%q: got %s, want %s", test.body, s, test.want)
		}
	}
}

// Whatever is broken into lines, every line is where eachLine says.
func FuzzBlockLines(f *testing.F) {
	f.Add("a  b\n\n> q https://a.b c", 5)
	f.Fuzz(func(t *testing.T, body string, width int) {
		if width < 2 || width > 100 || len(body) > 4000 {
			t.Skip()
		}
		m := store.Message{ID: 1, Body: body}
		b := makeBlock(&m, width, &look{}, shows{})
		for _, l := range b.links {
			if l.line >= len(b.lines) || l.from < 0 || l.to > len(b.lines[l.line]) || l.from > l.to {
				t.Fatalf("%q at %d: link %+v", body, width, l)
			}
			if got := b.lines[l.line][l.from:l.to]; l.url != "" && got != l.url {
				t.Fatalf("%q at %d: shows %q, opens %q", body, width, got, l.url)
			}
		}
	})
}

func TestTimelineCacheIsBounded(t *testing.T) {
	tl, _ := timed(t, chatOf(store.Direct, numbered(3*blocksMax)...), 60, 10)
	for i := range tl.rows() {
		tl.block(i)
	}
	if n := len(tl.wrap.young) + len(tl.wrap.old); n > 2*blocksMax {
		t.Errorf("%d blocks are kept", n)
	}
}
