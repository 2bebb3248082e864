package vt

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Cell is one place of the screen. Width is 1 or 2, and 0 for the right half of a wide grapheme.
type Cell struct {
	Text  string
	Style Style
	Width int
}

// Style is how a cell looks, in the parameters of SGR: "38;5;3" and so on, empty for the default.
type Style struct {
	Fg, Bg, Underline, UnderlineColor string
	Bold, Dim, Italic, Blink          bool
	Reverse, Strike                   bool
	Link                              string
}

// Terminal is the model. Read the fields, write bytes.
type Terminal struct {
	W, H    int
	X, Y    int
	Visible bool
	Alt     bool             // the alternate screen is shown
	Synced  bool             // inside synchronized output
	Title   string           // the last window title
	Clip    string           // the last OSC 52
	Bells   int              // bells rung
	Modes   map[string]bool  // private modes by number
	Cursor  string           // the last cursor style
	Unknown []string         // sequences it does not know
	Frames  int              // synchronized frames that ended
	Scrolls int              // rows by which regions were moved
	Asked   int              // questions for graphics and for what it is
	Images  map[string]Image // pictures of the kitty graphics protocol by their numbers
	CellW   int              // the size of a cell in pixels, for sixel pictures
	CellH   int
	Sixels  int // pictures of sixel that came

	cells  []Cell
	pixels []string // of each cell; empty: none
	top    int      // the scroll region, both included
	bottom int
	style  Style
	charG0 byte
	wait   bool // the last column was printed and the cursor waits for the next character
	last   int  // cell printed last, if the cursor has not moved since; else -1
	tail   []byte
	coming string // the number of the picture that comes in chunks
}

// Image is a picture: the cells it takes, and its file in base64.
type Image struct{ Size, Data string }

// New makes a terminal, empty, with the cursor at the top left.
func New(w, h int) *Terminal {
	t := &Terminal{Visible: true, Modes: map[string]bool{"7": true}, Images: map[string]Image{}, last: -1, charG0: 'B'}
	t.Resize(w, h)
	return t
}

// Resize changes the size and keeps what fits, as the alternate screen does.
func (t *Terminal) Resize(w, h int) {
	old, oldW, oldH := t.cells, t.W, t.H
	t.W, t.H = w, h
	t.cells, t.pixels = make([]Cell, w*h), make([]string, w*h)
	for i := range t.cells {
		t.cells[i] = Cell{Text: " ", Width: 1}
	}
	for y := range min(h, oldH) {
		row := t.cells[y*w : (y+1)*w]
		n := copy(row, old[y*oldW:(y+1)*oldW])
		if n > 0 && row[n-1].Width == 2 {
			row[n-1] = Cell{Text: " ", Style: row[n-1].Style, Width: 1}
		}
	}
	t.X, t.Y = min(t.X, w-1), min(t.Y, h-1)
	t.top, t.bottom = 0, h-1
	t.wait, t.last = false, -1
}

// At gives a cell.
func (t *Terminal) At(x, y int) Cell { return t.cells[y*t.W+x] }

// Pixels says which piece of which sixel picture a cell shows, by the size of the picture: "20x12:1,0"; empty: none.
func (t *Terminal) Pixels(x, y int) string { return t.pixels[y*t.W+x] }

// Cells gives a copy of all cells, row by row.
func (t *Terminal) Cells() []Cell { return slices.Clone(t.cells) }

// Text gives the screen as lines, without spaces at their ends.
func (t *Terminal) Text() string {
	var b strings.Builder
	for y := range t.H {
		b.WriteString(t.Line(y))
		b.WriteByte('\n')
	}
	return b.String()
}

// Line gives one row without spaces at its end.
func (t *Terminal) Line(y int) string {
	var b strings.Builder
	for _, c := range t.cells[y*t.W : (y+1)*t.W] {
		if c.Width > 0 {
			b.WriteString(c.Text)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// Write reads bytes. It never fails.
func (t *Terminal) Write(p []byte) (int, error) {
	total := len(p)
	if len(t.tail) > 0 {
		p = append(t.tail, p...)
		t.tail = nil
	}
	for len(p) > 0 {
		n := t.step(p)
		if n == 0 {
			t.tail = slices.Clone(p)
			break
		}
		p = p[n:]
	}
	return total, nil
}

// Pending gives the bytes of a sequence that has not ended.
func (t *Terminal) Pending() []byte { return t.tail }

func (t *Terminal) step(p []byte) int {
	switch c := p[0]; {
	case c == 0x1b:
		return t.escape(p)
	case c < 0x20:
		t.control(c)
		return 1
	case c == 0x7f:
		t.unknown(p[:1])
		return 1
	}
	if !utf8.FullRune(p) {
		return 0
	}
	r, n := utf8.DecodeRune(p)
	if r >= 0x80 && r < 0xa0 {
		t.unknown(p[:n])
		return n
	}
	t.print(r)
	return n
}

func (t *Terminal) unknown(seq []byte) { t.Unknown = append(t.Unknown, fmt.Sprintf("%q", seq)) }

func (t *Terminal) control(c byte) {
	switch c {
	case '\a':
		t.Bells++
		return
	case '\b':
		t.goTo(max(t.X-1, 0), t.Y)
	case '\r':
		t.goTo(0, t.Y)
	case '\n':
		if t.Y == t.bottom {
			t.scroll(1)
		} else {
			t.goTo(t.X, t.Y+1)
		}
	case 0:
	default:
		t.unknown([]byte{c})
	}
}

// scroll moves the rows of the region up by one, or down when n is negative. The row that comes in has the background.
func (t *Terminal) scroll(n int) {
	rows := t.cells[t.top*t.W : (t.bottom+1)*t.W]
	in := rows[len(rows)-t.W:]
	if n > 0 {
		copy(rows, rows[t.W:])
	} else {
		copy(rows[t.W:], rows)
		in = rows[:t.W]
	}
	for i := range in {
		in[i] = Cell{Text: " ", Style: Style{Bg: t.style.Bg}, Width: 1}
	}
	if strings.Join(t.pixels, "") != "" {
		t.unknown([]byte("rows are moved while there are pixels: terminals differ"))
	}
	t.Scrolls++
	t.wait, t.last = false, -1
}

// goTo moves the cursor.
func (t *Terminal) goTo(x, y int) {
	t.X, t.Y = min(max(x, 0), t.W-1), min(max(y, 0), t.H-1)
	t.wait, t.last = false, -1
}

// print puts one rune at the cursor, or onto the cell before when it belongs there.
func (t *Terminal) print(r rune) {
	if t.charG0 == '0' {
		if line, ok := lineDrawing[r]; ok {
			r = line
		}
	}
	if t.last >= 0 && t.join(r) {
		return
	}
	width := uniseg.StringWidth(string(r))
	if width == 0 {
		return // nothing to stand on
	}
	width = min(width, 2)
	if t.wait && t.Modes["7"] {
		t.goTo(0, min(t.Y+1, t.H-1))
	}
	if width == 2 && t.X == t.W-1 {
		t.unknown([]byte("wide grapheme in the last column"))
		return
	}
	t.set(t.X, t.Y, string(r), width)
	t.last = t.Y*t.W + t.X
	t.advance(width)
}

// join adds a rune to the grapheme printed last if the two are one grapheme.
func (t *Terminal) join(r rune) bool {
	c := t.cells[t.last]
	text := c.Text + string(r)
	if cluster, _, width, _ := uniseg.FirstGraphemeClusterInString(text, -1); cluster == text {
		x, y := t.last%t.W, t.last/t.W
		style := t.style
		t.style = c.Style
		if width == 2 && c.Width == 1 && x+1 < t.W { // an emoji sign makes it wide
			t.set(x, y, text, 2)
			t.advance(1)
		} else {
			t.cells[t.last].Text = text
		}
		t.style = style
		return true
	}
	return false
}

// advance moves the cursor behind what was printed.
func (t *Terminal) advance(width int) {
	if t.X+width >= t.W {
		t.X, t.wait = t.W-1, true
		return
	}
	t.X += width
}

// set writes a cell and blanks the other halves of wide graphemes it cuts.
func (t *Terminal) set(x, y int, text string, width int) {
	row := t.cells[y*t.W : (y+1)*t.W]
	for i := x; i < x+width; i++ {
		switch row[i].Width {
		case 0:
			if i == x {
				row[i-1] = Cell{Text: " ", Style: row[i-1].Style, Width: 1}
			}
		case 2:
			row[i+1] = Cell{Text: " ", Style: row[i].Style, Width: 1}
		}
	}
	clear(t.pixels[y*t.W+x : y*t.W+x+width])
	row[x] = Cell{Text: text, Style: t.style, Width: width}
	if width == 2 {
		row[x+1] = Cell{Style: t.style}
	}
}

// lineDrawing is the part of the DEC special set that is used.
var lineDrawing = map[rune]rune{
	'j': '┘', 'k': '┐', 'l': '┌', 'm': '└', 'n': '┼', 'q': '─', 't': '├', 'u': '┤', 'v': '┴', 'w': '┬', 'x': '│',
	'a': '▒', '`': '◆', '~': '·', 'f': '°',
}
