package screen

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// replacement is drawn for a control character, so that the reader sees that something was there.
const replacement = '\uFFFD'

// control reports whether r is C0, DEL or C1. XML forbids most of C0 but allows C1, and decrypted text, host errors and certificate
// names may hold anything.
func control(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0
}

// hidden reports whether r changes the order of the text around it or is an invisible tag, and so must not reach the terminal.
// The line and paragraph separators are here because some terminals act on them.
func hidden(r rune) bool {
	switch {
	case r < 0x061c:
		return false
	case r == 0x061c, r == 0x200e, r == 0x200f, // ALM, LRM, RLM
		r >= 0x2028 && r <= 0x202e, // separators, embeddings and overrides
		r >= 0x2060 && r <= 0x206f, // invisible operators, isolates, deprecated format characters
		r == 0xfeff,
		r >= 0xfff9 && r <= 0xfffb,
		r >= 0xe0000 && r <= 0xe007f: // tags
		return true
	}
	return false
}

// glyph is what one cell shows: a first rune that takes room, and what is stacked on it. width is 1 or 2.
type glyph struct {
	main  rune
	comb  string
	width uint8
}

var (
	blank  = glyph{main: ' ', width: 1}
	marker = glyph{main: replacement, width: 1}
)

// clean makes a safe glyph of what a caller wants to draw. At most limit combining runes are kept. The result never holds a control
// character, is never wider than two cells and never empty.
func clean(main rune, comb []rune, limit int) glyph {
	if main >= 0x20 && main < 0x7f && len(comb) == 0 {
		return glyph{main: main, width: 1}
	}
	switch {
	case main == 0, hidden(main):
		return blank
	case control(main), !utf8.ValidRune(main), main == placeholder:
		return marker
	}
	if len(comb) == 0 {
		return sized(glyph{main: main, width: runeWidth(main)})
	}
	if runeWidth(main) == 0 {
		return blank
	}

	var b strings.Builder
	b.WriteRune(main)
	n := 0
	for _, r := range comb {
		if n == limit {
			break
		}
		if control(r) || hidden(r) || r == placeholder || !utf8.ValidRune(r) {
			continue
		}
		b.WriteRune(r)
		n++
	}
	// A joiner left at the end by the limit would glue this cell to its neighbour.
	text := strings.TrimRight(b.String(), "\u200d")
	cluster, _, width, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	_, size := utf8.DecodeRuneInString(cluster)
	g := glyph{main: main, comb: cluster[size:], width: uint8(min(width, 3))}
	if g.width > 2 { // a rare cluster of several bases: show its first
		g = glyph{main: main, width: runeWidth(main)}
	}
	return sized(g)
}

// sized turns glyphs of impossible width into ones of width 1.
func sized(g glyph) glyph {
	switch {
	case g.width == 0:
		return blank
	case g.width > 2: // U+2E3A, U+2E3B: dashes of three and four cells
		return glyph{main: '\u2014', width: 1}
	}
	return g
}

// take cuts the first visible glyph off text. Zero-width text without a base is skipped. ok is false when nothing visible is left.
func take(text string, limit int) (g glyph, rest string, ok bool) {
	state := -1
	var cluster string
	var width int
	for text != "" {
		cluster, text, width, state = uniseg.FirstGraphemeClusterInString(text, state)
		main, size := utf8.DecodeRuneInString(cluster)
		if control(main) || main == placeholder {
			return marker, text, true
		}
		if width == 0 || hidden(main) {
			continue
		}
		if size == len(cluster) {
			return clean(main, nil, limit), text, true
		}
		return clean(main, []rune(cluster[size:]), limit), text, true
	}
	return blank, "", false
}

// runeWidth gives the number of cells of a single rune, 0 to 4. The common cases are answered without a search of uniseg's tables,
// because a screen asks thousands of times per frame.
func runeWidth(r rune) uint8 {
	switch {
	case r >= 0x20 && r < 0x7f:
		return 1
	case r >= 0x2500 && r <= 0x259f: // lines and blocks
		return uint8(uniseg.EastAsianAmbiguousWidth)
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return 2
	}
	return uint8(min(uniseg.StringWidth(string(r)), 4))
}

// allowedLink reports whether a hyperlink target may reach the terminal: printable ASCII with one of four schemes. '<' is refused
// too, because tcell takes "$<5000>" inside any string for a padding request and would sleep.
func allowedLink(url string) bool {
	for i := range len(url) {
		if c := url[i]; c <= 0x20 || c >= 0x7f || c == '<' || c == '>' {
			return false
		}
	}
	for _, scheme := range []string{"http://", "https://", "xmpp:", "mailto:"} {
		if len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme) {
			return len(url) <= 2048
		}
	}
	return false
}

// allowedLinkID reports whether the id of a hyperlink is harmless. tcell stores it as "id=…".
func allowedLinkID(id string) bool {
	id = strings.TrimPrefix(id, "id=")
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// cleanStyle strips a hyperlink that may not reach the terminal. Everything else of a style is numbers.
func cleanStyle(style tcell.Style) tcell.Style {
	fg, bg, attrs := style.Decompose()
	plain := tcell.StyleDefault.Underline(style.GetUnderlineStyle(), style.GetUnderlineColor()).
		Attributes(attrs).Foreground(fg).Background(bg)
	if plain == style {
		return style
	}
	// tcell has no getter for the link. A string field may be read by reflection; when a later tcell names it otherwise, the zero
	// Value answers with "<invalid Value>", which is no link, and the link is stripped: the safe side.
	v := reflect.ValueOf(style)
	url, id := v.FieldByName("url").String(), v.FieldByName("urlId").String()
	if !allowedLink(url) {
		return plain
	}
	plain = plain.Url(url)
	if allowedLinkID(id) {
		plain = plain.UrlId(strings.TrimPrefix(id, "id="))
	}
	return plain
}

// cleanTitle makes text safe for a window title: no controls, no hidden runes, at most 200 runes, and no "$<" (see allowedLink).
func cleanTitle(title string) string {
	var b strings.Builder
	n := 0
	for _, r := range title {
		if control(r) || hidden(r) {
			continue
		}
		if r == '<' && strings.HasSuffix(b.String(), "$") {
			r = '‹'
		}
		b.WriteRune(r)
		if n++; n == 200 {
			break
		}
	}
	return b.String()
}
