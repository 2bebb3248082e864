package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Limits of what one text may bring to the screen.
const (
	// MarksMax is how many combining marks stay on one character.
	MarksMax = 8
	// NameMax is how many clusters of a name are shown.
	NameMax = 64
)

// Body makes a text of several lines safe: line breaks of all kinds become \n,
// tabs spaces, and nothing stays that a terminal could obey or that hides
// itself. It is idempotent.
func Body(s string) string { return filter(s, false) }

// Line makes a text safe for a single line: breaks become spaces.
func Line(s string) string { return filter(s, true) }

// Name makes a name safe: one line without outer or doubled spaces, at most
// [NameMax] clusters. A name of which nothing visible is left is "?".
func Name(s string) string {
	s = strings.Join(strings.Fields(filter(s, true)), " ")
	if s == "" {
		return "?"
	}
	return Cut(s, NameMax)
}

// Cut keeps the first n clusters and marks the cut.
func Cut(s string, n int) string {
	count, rest, state := 0, s, -1
	for rest != "" {
		if count == n {
			return s[:len(s)-len(rest)] + "…"
		}
		_, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		count++
	}
	return s
}

func filter(s string, oneLine bool) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		at := i
		i += size
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > MarksMax || at == 0 {
				continue
			}
			b.WriteRune(r)
			continue
		}
		marks = 0
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(utf8.RuneError)
		case r == '\r':
			if strings.HasPrefix(s[i:], "\n") {
				continue
			}
			newline(&b, oneLine)
		case r == '\n', r == 0x85, r == 0x2028, r == 0x2029, r == '\v', r == '\f':
			newline(&b, oneLine)
		case r == '\t':
			b.WriteString("    ")
		case r < 0x20:
			b.WriteRune(0x2400 + r) // the picture of the control: ␛
		case r == 0x7f:
			b.WriteRune('␡')
		case r < 0xa0 && r >= 0x80:
			fmt.Fprintf(&b, "⟨%02X⟩", r)
		case bidi(r):
			fmt.Fprintf(&b, "⟨%04X⟩", r)
		case invisible(r):
		case r == 0x200d, r == 0x200c:
			// Joiners mean something only between two visible characters.
			if joins(s[:at]) && i < len(s) {
				b.WriteRune(r)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain says that a text is printable ASCII, as most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

func newline(b *strings.Builder, oneLine bool) {
	if oneLine {
		b.WriteByte(' ')
		return
	}
	b.WriteByte('\n')
}

// bidi are the controls that turn text around.
func bidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// invisible are characters that take no room and say nothing: marks of
// direction, soft hyphens, zero-width spaces, fillers, tags, and what Unicode
// has not given away or calls private.
func invisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e, r == 0x200b, r == 0x200e, r == 0x200f,
		r >= 0x2060 && r <= 0x2065, r >= 0x206a && r <= 0x206f, r == 0x3164, r == 0xfeff, r == 0xffa0, r >= 0xfff0 && r <= 0xfffb,
		r >= 0xe0000 && r <= 0xe0fff, r >= 0x1bca0 && r <= 0x1bca3, r >= 0x1d173 && r <= 0x1d17a:
		return true
	}
	return false
}

func joins(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	return before != "" && r >= 0xa0 && !invisible(r) && !bidi(r) && r != 0x200d && r != 0x200c && r != 0x85 && r != 0x2028 && r != 0x2029
}
