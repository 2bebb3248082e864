package ui

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/text"
)

// writer is a composer with a "|" in the text where the cursor is.
func writer(t testing.TB, marked string) *composer {
	t.Helper()
	c := newComposer(testLook(t))
	before, after, _ := strings.Cut(marked, "|")
	c.load(before + after)
	c.cur = len(before)
	return c
}

func marked(c *composer) string { return c.buf[:c.cur] + "|" + c.buf[c.cur:] }

func into(c *composer) func(*tcell.EventKey) { return func(ev *tcell.EventKey) { c.key(ev) } }

func TestComposerKeys(t *testing.T) {
	tests := []struct{ before, keys, after string }{
		{"ab|", "x", "abx|"},
		{"ab|", "Left x", "ax|b"},
		{"ab|", "Ctrl-B Ctrl-B Ctrl-B x", "x|ab"},
		{"|ab", "Right x", "ax|b"},
		{"|ab", "Ctrl-F Ctrl-F Ctrl-F x", "abx|"},
		{"one\ntw|o", "Home", "one\n|two"},
		{"one\ntw|o", "Ctrl-A", "one\n|two"},
		{"o|ne\ntwo", "End", "one|\ntwo"},
		{"o|ne\ntwo", "Ctrl-E", "one|\ntwo"},
		{"a e\u0301|b", "Left", "a |e\u0301b"},
		{"a |e\u0301b", "Delete", "a |b"},
		{"a e\u0301|b", "Backspace", "a |b"},
		{"👩\u200d👩\u200d👧|", "Backspace", "|"},
		{"a\n|b", "Backspace", "a|b"},
		{"|", "Backspace Delete Ctrl-D Ctrl-W Ctrl-U Ctrl-K Alt-d Ctrl-T Ctrl-Y Ctrl-_", "|"},
		{"a|b", "Ctrl-D", "a|"},
		{"see https://x.org/a-b|", "Ctrl-W", "see |"},
		{"see x-yz|", "Alt-Backspace", "see x-|"},
		{"one two |three", "Ctrl-W", "one |three"},
		{"one\ntwo| x", "Ctrl-U", "one\n| x"},
		{"one\n|x", "Ctrl-U", "one|x"},
		{"o|ne\ntwo", "Ctrl-K", "o|\ntwo"},
		{"o|ne\ntwo", "Ctrl-K Ctrl-K", "o|two"},
		{"one |two three", "Alt-d", "one | three"},
		{"one two|", "Ctrl-W Ctrl-W Ctrl-Y", "one two|"},
		{"|one two", "Alt-d Alt-d Ctrl-Y", "one two|"},
		{"one two|", "Ctrl-W Left Ctrl-W Ctrl-Y", "one|"[:3] + "| "},
		{"ab|", "Ctrl-T", "ba|"},
		{"a|b", "Ctrl-T", "ba|"},
		{"|ab", "Ctrl-T", "|ab"},
		{"one two|", "Alt-b", "one |two"},
		{"one two|", "Alt-b Alt-b", "|one two"},
		{"|one, two", "Alt-f", "one|, two"},
		{"|one, two", "Ctrl-Right Alt-Right", "one, two|"},
		{"grüße Übung|", "Alt-b", "grüße |Übung"},
		{"|", "a b Space c Ctrl-_", "ab |"},
		{"|", "a b Space c Ctrl-_ Ctrl-_", "|"},
		{"abc|", "Backspace Backspace Ctrl-_", "abc|"},
		{"one two|", "Ctrl-W x Ctrl-_", "one |"},
	}
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.keys, " ", ","), func(t *testing.T) {
			c := writer(t, test.before)
			press(t, into(c), strings.Fields(test.keys)...)
			if got := marked(c); got != test.after {
				t.Errorf("%q and %s: got %q, want %q", test.before, test.keys, got, test.after)
			}
		})
	}
}

func TestComposerLeavesOtherKeys(t *testing.T) {
	c := writer(t, "ab|")
	for _, name := range []string{"Tab", "Esc", "Enter", "PgUp", "Ctrl-X", "Ctrl-Q", "Alt-x", "Ctrl-Z"} {
		if c.key(keyNamed(t, name)) {
			t.Errorf("%s was taken", name)
		}
	}
	if marked(c) != "ab|" {
		t.Errorf("got %q", marked(c))
	}
}

func TestComposerRows(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"", 10, ""},
		{"hello", 10, "hello"},
		{"hello", 6, "hello"},
		{"hello world", 9, "hello |world"},
		{"hello world", 6, "hello |world"},
		{"abcdefgh", 4, "abc|def|gh"},
		{"a\n\nb", 10, "a||b"},
		{"a\n", 10, "a|"},
		{"日本語", 5, "日本|語"},
		{"ab      ", 4, "ab      "},
	}
	for _, test := range tests {
		c := writer(t, test.in+"|")
		var got []string
		for _, r := range c.layout(test.width) {
			got = append(got, c.buf[r.start:r.end])
		}
		if s := strings.Join(got, "|"); s != test.want || c.rows(test.width) != len(got) {
			t.Errorf("%q at %d: got %q, want %q", test.in, test.width, s, test.want)
		}
	}
}

func TestComposerUpDown(t *testing.T) {
	c := writer(t, "abcdef\nx\nabc|def")
	c.wide = 40
	for _, step := range []struct{ key, want string }{
		{"Up", "abcdef\nx|\nabcdef"}, {"Up", "abc|def\nx\nabcdef"}, {"Up", "abc|def\nx\nabcdef"},
		{"Down", "abcdef\nx|\nabcdef"}, {"Down", "abcdef\nx\nabc|def"}, {"Down", "abcdef\nx\nabc|def"},
	} {
		press(t, into(c), step.key)
		if marked(c) != step.want {
			t.Fatalf("%s: got %q, want %q", step.key, marked(c), step.want)
		}
	}
	// Within a paragraph that was broken.
	c = writer(t, "one two three|")
	c.wide = 9
	press(t, into(c), "Up")
	if marked(c) != "one t|wo three" {
		t.Errorf("got %q", marked(c))
	}
	// The end of a broken row belongs to the next one.
	c = writer(t, "abcdefgh|")
	c.wide = 5
	press(t, into(c), "Up")
	if line, _ := c.place(c.layout(5), 5); line != 0 {
		t.Errorf("got %q in row %d", marked(c), line)
	}
}

func TestComposerHistory(t *testing.T) {
	c := newComposer(testLook(t))
	for _, line := range []string{"one", "two", "two", "  "} {
		c.set(line)
		c.keep()
		c.set("")
	}
	k := into(c)
	steps := []struct{ keys, want string }{
		{"Up", "two|"}, {"Up", "one|"}, {"Up", "one|"}, {"Down", "two|"}, {"Down", "|"}, {"Down", "|"},
	}
	for _, s := range steps {
		press(t, k, s.keys)
		if marked(c) != s.want {
			t.Fatalf("%s: got %q, want %q", s.keys, marked(c), s.want)
		}
	}
	// What is being written is not lost, and Up does not leave it.
	spell(k, "draft")
	press(t, k, "Up")
	if marked(c) != "draft|" {
		t.Errorf("Up left a draft: %q", marked(c))
	}
	press(t, k, "Ctrl-Up")
	if marked(c) != "two|" {
		t.Errorf("got %q", marked(c))
	}
	press(t, k, "Ctrl-Down")
	if marked(c) != "draft|" {
		t.Errorf("got %q", marked(c))
	}
	// An entry that was changed is one's own.
	press(t, k, "Ctrl-Up", "x", "Up")
	if marked(c) != "twox|" {
		t.Errorf("got %q", marked(c))
	}
	for i := range historyMax + 10 {
		c.set(fmt.Sprint("line ", i))
		c.keep()
	}
	if len(c.history) != historyMax {
		t.Errorf("the history has %d entries", len(c.history))
	}
}

func TestComposerPaste(t *testing.T) {
	tests := map[string]struct {
		before, paste, want string
		pasted              bool
	}{
		"at the start":         {"|", "/quit", "/quit|", true},
		"behind text":          {"see |", "this", "see this|", false},
		"behind a slash":       {"/|", "quit", "/quit|", false},
		"lines behind text":    {"see |", "a\nb", "see a\nb|", true},
		"before text":          {"|/quit", " ", " |/quit", true},
		"CRLF":                 {"|", "a\r\nb\rc\n", "a\nb\nc\n|", true},
		"controls":             {"|", "a\x1b[31mb\x07\x00\x7f\u0085c\td", "a[31mbc    d|", true},
		"separators":           {"|", "a\u2028b", "a\nb|", true},
		"nothing":              {"|", "\x1b", "|", false},
		"combining":            {"e|", "\u0301x", "e\u0301x|", false},
		"not UTF-8":            {"|", "a\xffb", "a\ufffdb|", true},
		"bracketed paste ends": {"|", "a\x1b[201~/quit\nb", "a[201~/quit\nb|", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := writer(t, test.before)
			changes := 0
			c.onChange = func() { changes++ }
			c.paste(test.paste)
			if marked(c) != test.want || c.pasted() != test.pasted {
				t.Errorf("got %q pasted %v, want %q %v", marked(c), c.pasted(), test.want, test.pasted)
			}
			if (changes > 0) != (test.before != test.want) {
				t.Errorf("%d changes told", changes)
			}
			press(t, into(c), "Ctrl-_")
			if test.want != test.before && marked(c) != test.before {
				t.Errorf("undo gives %q", marked(c))
			}
			if c.pasted() {
				t.Error("undone, but still pasted")
			}
		})
	}
}

// A paste stays one on its way through undo, the history and Ctrl-Y.
func TestComposerPasteStaysPasted(t *testing.T) {
	c := newComposer(testLook(t))
	c.paste("/quit")
	k := into(c)
	for _, way := range [][]string{{"Ctrl-U", "Ctrl-Y"}, {"x", "Ctrl-_"}, {"Ctrl-W", "Ctrl-_"}} {
		press(t, k, way...)
		if c.text() != "/quit" || !c.pasted() {
			t.Errorf("%v: %q, pasted %v", way, c.text(), c.pasted())
		}
	}
	c.keep()
	c.set("")
	if c.pasted() {
		t.Error("empty, but pasted")
	}
	press(t, k, "Up")
	if c.text() != "/quit" || !c.pasted() {
		t.Errorf("from the history: %q, pasted %v", c.text(), c.pasted())
	}
	c.set("")
	spell(k, "/quit")
	if c.pasted() {
		t.Error("typed, but pasted")
	}
}

func TestComposerWord(t *testing.T) {
	c := writer(t, "hello @bo| x")
	word, start := c.word()
	if word != "@bo" || start != 6 {
		t.Errorf("got %q at %d", word, start)
	}
	c.replaceWord(start, "bob: ")
	if marked(c) != "hello bob: | x" {
		t.Errorf("got %q", marked(c))
	}
	c.replaceWord(99, "!")
	if marked(c) != "hello bob: !| x" {
		t.Errorf("got %q", marked(c))
	}
}

func TestComposerTellsChanges(t *testing.T) {
	c := newComposer(testLook(t))
	told := 0
	c.onChange = func() { told++ }
	spell(into(c), "ab")
	press(t, into(c), "Left", "Home", "Up")
	c.load("draft")
	if told != 2 {
		t.Errorf("told %d times, want 2", told)
	}
	c.set("x")
	press(t, into(c), "Backspace", "Ctrl-_")
	if told != 5 {
		t.Errorf("told %d times, want 5", told)
	}
	press(t, into(c), "Ctrl-_")
	if c.text() != "x" {
		t.Errorf("undo reached behind set: %q", c.text())
	}
}

func TestComposerDraw(t *testing.T) {
	s := canvas(t, 12, 3)
	c := newComposer(testLook(t))
	c.set("one two three four five six")
	c.draw(s, rect{1, 0, 10, 3}, true)
	if got, want := dump(s), " three\n four five\n six\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if x, y, on := s.GetCursor(); x != 4 || y != 2 || !on {
		t.Errorf("cursor at %d,%d %v", x, y, on)
	}
	// One more row to draw on shows one more row of text.
	s.SetSize(12, 4)
	s.Clear()
	c.draw(s, rect{1, 0, 10, 4}, false)
	if got, want := dump(s), " one two\n three\n four five\n six\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.draw(s, rect{}, true) // no room: no panic
}

// A key at the end of the input may cost one cell.
func TestComposerChangesOneCell(t *testing.T) {
	s := canvas(t, 40, 2)
	c := newComposer(testLook(t))
	c.set("hello")
	frame := func() []tcell.SimCell {
		s.Clear()
		c.draw(s, rect{0, 0, 40, 2}, true)
		s.Show()
		cells, _, _ := s.GetContents()
		return append([]tcell.SimCell(nil), cells...)
	}
	before := frame()
	spell(into(c), "x")
	after, changed := frame(), 0
	for i := range after {
		if string(before[i].Runes) != string(after[i].Runes) || before[i].Style != after[i].Style {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d cells changed", changed)
	}
}

// Any keys in any order keep the cursor between clusters and inside the rows.
func TestComposerRandomKeys(t *testing.T) {
	names := []string{"a", "Space", "é", "日", "Left", "Right", "Home", "End", "Up", "Down", "Backspace", "Delete", "Ctrl-W", "Ctrl-U", "Ctrl-K", "Ctrl-Y",
		"Ctrl-T", "Alt-b", "Alt-f", "Alt-d", "Alt-Backspace", "Ctrl-_", "Ctrl-Up", "Ctrl-Down"}
	pastes := []string{"👩\u200d👧 x", "\u0301", "one two three", "a\nb\r\n", "\u200d", "🇩🇪", "שלום"}
	s := canvas(t, 20, 3)
	for seed := range int64(300) {
		r := rand.New(rand.NewSource(seed))
		c := newComposer(testLook(t))
		log := ""
		for range 80 {
			switch r.Intn(8) {
			case 0:
				p := pastes[r.Intn(len(pastes))]
				log += fmt.Sprintf(" paste%q", p)
				c.paste(p)
			case 1:
				c.insert("\n")
				log += " newline"
			case 2:
				c.keep()
				log += " keep"
			default:
				name := names[r.Intn(len(names))]
				log += " " + name
				press(t, into(c), name)
			}
			w := 3 + r.Intn(15)
			rows := c.layout(w)
			line, col := c.place(rows, w)
			if c.cur < 0 || c.cur > len(c.buf) || c.boundary(c.cur) != c.cur {
				t.Fatalf("%d: cursor at %d of %q:%s", seed, c.cur, c.buf, log)
			}
			if line >= len(rows) || col >= w {
				t.Fatalf("%d: cursor at row %d column %d of %d rows of %d:%s", seed, line, col, len(rows), w, log)
			}
			for i, row := range rows {
				if n := text.Width(strings.TrimRight(c.buf[row.start:row.end], " ")); n >= w && w > 3 {
					t.Fatalf("%q\n%d: row %d takes %d of %d columns: %q", c.buf, seed, i, n, w, c.buf[row.start:row.end])
				}
			}
			c.draw(s, rect{0, 0, w, 3}, true)
		}
	}
}

func BenchmarkComposerBigDraft(b *testing.B) {
	c := newComposer(testLook(b))
	c.paste(strings.Repeat("lorem ipsum dolor sit amet, ", 2400)) // 64 kB
	s := canvas(b, 100, 10)
	for b.Loop() {
		c.rows(100)
		c.draw(s, rect{0, 0, 100, 10}, true)
	}
}
