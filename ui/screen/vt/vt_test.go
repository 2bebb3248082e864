package vt_test

import (
	"testing"

	"sotto/ui/screen/vt"
)

func TestTerminal(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"text":               {"ab", "ab\n\n"},
		"move":               {"\x1b[2;2Hx\x1b[Ay\x1b[2Dz", " zy\n x\n"},
		"wide":               {"世x", "世x\n\n"},
		"left half cut":      {"世x\x1b[Ha", "a x\n\n"},
		"right half cut":     {"世x\x1b[1;2Ha", " ax\n\n"},
		"wide over wide":     {"a世\x1b[H界", "界\n\n"},
		"combining":          {"e\u0301x", "e\u0301x\n\n"},
		"family":             {"👩\u200d👧x", "👩\u200d👧x\n\n"},
		"emoji sign":         {"❤\ufe0fx", "❤\ufe0fx\n\n"},
		"wait before wrap":   {"123456\ba", "1234a6\n\n"},
		"wrap":               {"1234567", "123456\n7\n"},
		"no wrap":            {"\x1b[?7l1234567", "123457\n\n"},
		"erase line":         {"abc\x1b[1;2H\x1b[K", "a\n\n"},
		"erase screen":       {"abc\x1b[H\x1b[2J", "\n\n"},
		"line drawing":       {"\x1b(0lqk\x1b(Bq", "┌─┐q\n\n"},
		"split in two":       {"\x1b[2;|1H\xe4\xb8|\x96", "\n世\n"},
		"titles and strings": {"\x1b]2;title\x1b\\a\x1b]52;c;eA==\ab", "ab\n\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			term := vt.New(6, 2)
			start := 0
			for i := range tt.in {
				if tt.in[i] == '|' {
					_, _ = term.Write([]byte(tt.in[start:i]))
					start = i + 1
				}
			}
			_, _ = term.Write([]byte(tt.in[start:]))
			if got := term.Text(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(term.Unknown) > 0 {
				t.Errorf("unknown: %v", term.Unknown)
			}
		})
	}
}

func TestStyle(t *testing.T) {
	term := vt.New(6, 1)
	_, _ = term.Write([]byte("\x1b[1;38;2;1;2;3;48;5;7;4:3;58:5:9m\x1b]8;;http://a\x1b\\x\x1b[91;0my\x1b[J"))
	want := vt.Style{Fg: "2;1;2;3", Bg: "5;7", Underline: "3", UnderlineColor: "5:9", Bold: true, Link: "http://a"}
	if got := term.At(0, 0).Style; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := term.At(1, 0).Style; got != (vt.Style{Link: "http://a"}) {
		t.Errorf("after a reset: got %+v", got)
	}
	_, _ = term.Write([]byte("\x1b[5Z\x07"))
	if len(term.Unknown) != 1 || term.Bells != 1 {
		t.Errorf("got unknown %v, %d bells", term.Unknown, term.Bells)
	}
}
