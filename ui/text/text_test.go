package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sotto/ui/text"
)

func TestFilter(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain":              {"hello, [red]world[-]", "hello, [red]world[-]"},
		"escape":             {"a\x1b[31mb", "a␛[31mb"},
		"C1 CSI":             {"a\u009b31mb", "a⟨9B⟩31mb"},
		"bell and delete":    {"a\x07\x7f", "a␇␡"},
		"bidi override":      {"a\u202egpj.exe", "a⟨202E⟩gpj.exe"},
		"isolates":           {"\u2066x\u2069", "⟨2066⟩x⟨2069⟩"},
		"zero width":         {"ad\u200bmin\ufeff", "admin"},
		"tags":               {"x\U000E0041y", "xy"},
		"line separators":    {"a\u2028b\u0085c\r\nd\re", "a\nb\nc\nd\ne"},
		"tab":                {"a\tb", "a    b"},
		"family":             {"👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"},
		"joiner at the ends": {"\u200dab\u200d", "ab"},
		"zalgo":              {"e" + strings.Repeat("\u0301", 40) + "x", "e" + strings.Repeat("\u0301", 8) + "x"},
		"bad UTF-8":          {"a\xffb", "a\ufffdb"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := text.Body(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := text.Name(" \u200b\u202a \n"); got != "⟨202A⟩" {
		t.Errorf("got name %q", got)
	}
	if got := text.Name(" \u200b \n"); got != "?" {
		t.Errorf("got name %q, want ?", got)
	}
}

func TestWrap(t *testing.T) {
	tests := map[string]struct {
		in    string
		width int
		want  string
	}{
		"fits":          {"hello", 5, "hello"},
		"at a space":    {"hello world", 8, "hello|world"},
		"space at edge": {"hello world", 5, "hello|world"},
		"long word":     {"abcdefgh", 3, "abc|def|gh"},
		"after a word":  {"ab cdefgh", 4, "ab|cdef|gh"},
		"breaks":        {"a\n\nb", 10, "a||b"},
		"wide":          {"日本語", 4, "日本|語"},
		"too narrow":    {"日本", 1, "日|本"},
		"indented":      {"    four", 20, "    four"},
		"empty":         {"", 10, ""},
		"several":       {"one two three four", 9, "one two|three|four"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(text.Wrap(test.in, test.width), "|"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		in    string
		width int
		want  string
	}{{"hello", 5, "hello"}, {"hello!", 5, "hell…"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"}, {"x", 0, ""}} {
		if got := text.Fit(test.in, test.width); got != test.want {
			t.Errorf("Fit(%q, %d): got %q, want %q", test.in, test.width, got, test.want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a\x1b[0m", "\u202e\u200d👩\u200d", "e\u0301\u0301", "\r\n\u0085", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Body(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q gives invalid UTF-8", s)
		}
		for _, r := range got {
			if r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Fatalf("%q keeps %U", s, r)
			}
		}
		if again := text.Body(got); again != got {
			t.Fatalf("%q: %q becomes %q", s, got, again)
		}
		if line := text.Line(s); strings.Contains(line, "\n") {
			t.Fatalf("%q: a line with a break", s)
		}
	})
}

func FuzzWrap(f *testing.F) {
	f.Add("hello world", 5)
	f.Add("日本 👩\u200d👧 語", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 2 || width > 200 || len(s) > 4096 {
			t.Skip()
		}
		s = text.Body(s)
		lines := text.Wrap(s, width)
		for _, line := range lines {
			if w := text.Width(line); w > width {
				t.Fatalf("%q at %d: line %q has %d columns", s, width, line, w)
			}
			if w := text.Width(text.Fit(line+line, width)); w > width {
				t.Fatalf("Fit gives %d columns for %d", w, width)
			}
		}
		squeeze := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
		if got := squeeze(strings.Join(lines, "")); got != squeeze(s) {
			t.Fatalf("%q at %d lost text: %q", s, width, got)
		}
	})
}
