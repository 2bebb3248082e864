package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
)

// styledWords writes the parts of a block: line:text=style letters.
func styledWords(b *block) string {
	var all []string
	for _, p := range append(slices.Clone(b.parts), b.names...) {
		letters := ""
		for i, l := range "beskmn" {
			if p.style&(1<<i) != 0 {
				letters += string(l)
			}
		}
		all = append(all, fmt.Sprintf("%d:%s=%s", p.line, b.lines[p.line][p.from:p.to], letters))
	}
	return strings.Join(all, "|")
}

// TestStyling: bold, emphasis, struck, code; m marks the signs themselves.
func TestStyling(t *testing.T) {
	tests := []struct {
		body  string
		width int
		want  string
		kinds []lineKind
	}{
		{"a *b* c", 40, "0:*=bm|0:b=b|0:*=bm", nil},
		{"_x_ ~y~ `z`", 40, "0:_=em|0:x=e|0:_=em|0:~=sm|0:y=s|0:~=sm|0:`=km|0:z=k|0:`=km", nil},
		{"*_both_*", 40, "0:*=bm|0:_=bem|0:both=be|0:_=bem|0:*=bm", nil},
		{"`*no*`", 40, "0:`=km|0:*no*=k|0:`=km", nil},
		{"2 * 3 * 4, snake_case_name, *open", 60, "", nil},
		{"* a* and ** and *", 40, "", nil},
		{"*one two three*", 9, "0:*=bm|0:one two=b|1:three=b|1:*=bm", nil},
		{"*a\nb*", 40, "", nil},
		{"> *q*", 40, "0:> =m|0:*=bm|0:q=b|0:*=bm", []lineKind{quotedLine}},
		{">> deep deep deep", 11, "0:>> =m", []lineKind{quotedLine, quotedLine}},
		{"```go\nif *p > 1 {\n```\n*b*", 40, "3:*=bm|3:b=b|3:*=bm", []lineKind{codeLine | fenceLine, codeLine, codeLine | fenceLine, 0}},
		{"> ```\n> *a*\nb *c*", 40, "0:> =m|1:> =m|2:*=bm|2:c=b|2:*=bm", []lineKind{quotedLine | codeLine | fenceLine, quotedLine | codeLine, 0}},
		{"```\n> no quote", 40, "", []lineKind{codeLine | fenceLine, codeLine}},
		{"*️⃣ and *️⃣", 40, "", nil}, // keycaps
		{"*日本*", 40, "0:*=bm|0:日本=b|0:*=bm", nil},
		{"*" + strings.Repeat("x", styledLine) + "*", 60, "", nil},
	}
	for _, test := range tests {
		m := in(1, "13:00:00", test.body)
		b := makeBlock(&m, test.width, &look{}, shows{})
		if got := styledWords(b); got != test.want || !slices.Equal(b.kinds, test.kinds) {
			t.Errorf("%q: got %s %v, want %s %v", test.body, got, b.kinds, test.want, test.kinds)
		}
		if got := strings.ReplaceAll(strings.Join(b.lines, ""), " ", ""); got != strings.NewReplacer(" ", "", "\n", "").Replace(test.body) {
			t.Errorf("%q: the signs went: %q", test.body, b.lines)
		}
		m.Shape = &store.Shape{Unstyled: true}
		for what, b := range map[string]*block{"unstyled": makeBlock(&m, test.width, &look{}, shows{}), "off": makeBlock(&store.Message{Body: test.body}, test.width, &look{}, shows{unstyled: true})} {
			if got := styledWords(b); got != "" || b.kinds != nil {
				t.Errorf("%q, %s: got %s %v", test.body, what, got, b.kinds)
			}
		}
	}
}

// TestNamesAreFound: of others' words, as words of their own, whatever their case.
func TestNamesAreFound(t *testing.T) {
	words := []string{"alice", "release", "lea"}
	for body, want := range map[string]string{
		"Alice: the RELEASE is out, alice_b": "0:Alice=n|0:RELEASE=n",
		"malice":                             "",
		"*alice*":                            "0:*=bm|0:alice=b|0:*=bm|0:alice=n",
	} {
		m := in(1, "13:00:00", body)
		if got := styledWords(makeBlock(&m, 60, &look{}, shows{words: words})); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
		m.Outgoing = true
		if got := styledWords(makeBlock(&m, 60, &look{}, shows{words: words})); strings.Contains(got, "n") {
			t.Errorf("%q of our own: got %s", body, got)
		}
	}
}

// TestStyledCells: what reaches the terminal.
func TestStyledCells(t *testing.T) {
	m := chatOf(store.Direct, in(1, "13:00:00", "*bold* _it_ ~no~ `code` *https://a.b/c* alice"))
	s := canvas(t, 91, 4)
	tl := newTimeline(testLook(t), m)
	tl.changed()
	tl.styleWith(false, []string{"alice"})
	tl.draw(s, rect{0, 0, 91, 4})
	s.Show()
	at := func(col int) tcell.Style { _, style, _ := s.Get(20+col, 1); return style }
	l := tl.l
	for _, x := range []struct {
		what string
		col  int
		want tcell.Style
	}{
		{"b of bold", 1, l.Text.Bold(true)},
		{"its sign", 0, l.Text.Bold(true).Dim(true)},
		{"i of it", 8, l.Text.Italic(true)},
		{"n of no", 13, l.Text.StrikeThrough(true)},
		{"c of code", 18, l.Code},
		{"h of https", 25, l.Link.Url("https://a.b/c").Bold(true)},
		{"a of alice", 40, on(l.Mention, l.Text)},
	} {
		if at(x.col) != x.want {
			t.Errorf("%s: got %v, want %v", x.what, at(x.col), x.want)
		}
	}
}

// TestHostileTextIsCheap: however a text is made, only what is shown is looked at.
func TestHostileTextIsCheap(t *testing.T) {
	for what, body := range map[string]string{
		"20,000 lines":  strings.Repeat("> *a* `b` _c_\n", 20000),
		"signs":         strings.Repeat("*a ", 20000),
		"pairs":         strings.Repeat("*a* ", 15000),
		"nested":        strings.Repeat("*_~", 20000) + "x" + strings.Repeat("~_*", 20000),
		"deep quotes":   strings.Repeat(">", 60000) + "x",
		"spaced quotes": strings.Repeat("> ", 30000) + "x",
		"fences":        strings.Repeat("```\n", 20000),
		"quoted fences": strings.Repeat("> ```\n> ```\n", 10000),
		"one line":      strings.Repeat("`*", 30000),
		"names":         strings.Repeat("alice ", 10000),
	} {
		m := in(1, "13:00:00", body)
		b := makeBlock(&m, 80, &look{}, shows{words: []string{"alice"}})
		if n := len(b.parts); n > styledTokens+2*blockLines || len(b.names) > namedMost || len(b.kinds) > blockLines || len(b.lines) > blockLines+1 {
			t.Errorf("%s: %d parts, %d names, %d kinds, %d lines", what, n, len(b.names), len(b.kinds), len(b.lines))
		}
	}
}

// Whatever is styled, every part lies on its line, behind the one before, and all
// that is a sign is one.
func FuzzStyling(f *testing.F) {
	for _, s := range []string{"*a* _b_", "> > ```x\n> y\nz", "*️⃣ *a*", "```\n*a*\n```", "a\u0301*b*\u0301"} {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, body string, width int) {
		if width < 2 || width > 100 || len(body) > 4000 {
			t.Skip()
		}
		m := store.Message{ID: 1, Body: body}
		b := makeBlock(&m, width, &look{}, shows{words: []string{"a", "ab"}})
		for _, list := range [][]part{b.parts, b.names} {
			last := part{}
			for _, p := range list {
				if p.line < last.line || p.line >= len(b.lines) || p.from < 0 || p.to < p.from || p.to > len(b.lines[p.line]) || p.line == last.line && p.from < last.to {
					t.Fatalf("%q at %d: part %+v behind %+v", body, width, p, last)
				}
				if p.style&signPart != 0 && strings.Trim(b.lines[p.line][p.from:p.to], "*_~`> ") != "" {
					t.Fatalf("%q at %d: %q is no sign", body, width, b.lines[p.line][p.from:p.to])
				}
				last = p
			}
		}
	})
}

func TestStyledGolden(t *testing.T) {
	hidden := in(6, "13:04:00", "the butler did it, https://example.org/x")
	hidden.Shape = &store.Shape{Spoiler: true, Hint: "who it was\x1b[31m"}
	plain := in(7, "13:05:00", "nothing is *bold* here")
	plain.Shape = &store.Shape{Unstyled: true}
	own := out(8, "13:06:00", "I knew", store.Sent)
	own.Shape = &store.Shape{Spoiler: true}
	m := chatOf(store.Direct,
		in(1, "13:00:00", "> a quote that is so long that it takes more than a line of this pane, at which it is broken\n>> deeper\nand an answer"),
		in(2, "13:01:00", "look:\n```go\nfunc main() {\n    fmt.Println(\"*hi*\")\n}\n```\nthat is all"),
		hidden, plain, own)
	_, show := timed(t, m, 59, 22)
	golden(t, "panes/timeline-styled", strings.Join(show(), "\n")+"\n")
}
