package screen

import (
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
)

// cell is one place of a grid. A grapheme of width 2 lives in its left cell; the right one is covered (width 0).
//
//	x:      4     5     6     7
//	main:  'a'   '世'  ' '   'b'
//	width:  1     2     0     1
type cell struct {
	glyph
	style tcell.Style
	piece piece // of a sixel picture, see pixels.go
}

// unknown is the content of a front cell of which nothing is assumed; it equals no cell that can be drawn.
var unknown = cell{glyph: glyph{main: -1}}

// grid is a rectangle of cells. Invariant: a cell of width 2 is followed in its row by one of width 0, and every cell of width 0
// follows one of width 2 (front grids also hold unknown cells).
type grid struct {
	w, h  int
	cells []cell
}

// resize gives the grid a new size and keeps what fits. A wide grapheme cut by the right edge becomes a blank.
func (g *grid) resize(w, h int) {
	old := *g
	g.w, g.h = w, h
	g.cells = make([]cell, w*h)
	for i := range g.cells {
		g.cells[i] = cell{glyph: blank}
	}
	for y := range min(h, old.h) {
		row := g.cells[y*w : (y+1)*w]
		n := copy(row, old.cells[y*old.w:(y+1)*old.w])
		if n > 0 && row[n-1].width == 2 {
			row[n-1].glyph = blank
		}
	}
}

// forget makes every cell unknown.
func (g *grid) forget() {
	for i := range g.cells {
		g.cells[i] = unknown
	}
}

// in reports whether the place is on the grid.
func (g *grid) in(x, y int) bool { return x >= 0 && y >= 0 && x < g.w && y < g.h }

// fill puts the same glyph of width 1 everywhere. ColorNone keeps the colour a cell has, as in tcell.
func (g *grid) fill(gl glyph, style tcell.Style) {
	fg, bg, _ := style.Decompose()
	if fg == tcell.ColorNone || bg == tcell.ColorNone {
		for i := range g.cells {
			g.cells[i] = cell{glyph: gl, style: keepNone(style, g.cells[i].style)}
		}
		return
	}
	for i := range g.cells {
		g.cells[i] = cell{glyph: gl, style: style}
	}
}

// put draws a glyph at a place that must be on the grid. Whatever half of a wide grapheme it takes, the other half becomes a blank
// in that grapheme's style: what is drawn later wins, and nothing stays half.
func (g *grid) put(x, y int, gl glyph, style tcell.Style) {
	i := y*g.w + x
	if gl.width == 2 && x+1 >= g.w {
		gl = blank // half of it would lie beyond the edge
	}
	style = keepNone(style, g.cells[i].style)
	g.release(i)
	g.cells[i] = cell{glyph: gl, style: style}
	if gl.width == 2 {
		g.release(i + 1)
		g.cells[i+1] = cell{glyph: glyph{main: ' '}, style: style}
	}
}

// release frees cell i of a wide grapheme it is part of, by blanking the other half.
func (g *grid) release(i int) {
	switch g.cells[i].width {
	case 2:
		g.cells[i+1].glyph = blank
	case 0:
		g.cells[i-1].glyph = blank
	}
}

// keepNone replaces ColorNone by the colour that is already there.
func keepNone(style, there tcell.Style) tcell.Style {
	fg, bg, _ := style.Decompose()
	if fg != tcell.ColorNone && bg != tcell.ColorNone {
		return style
	}
	oldFg, oldBg, _ := there.Decompose()
	if fg == tcell.ColorNone {
		style = style.Foreground(oldFg)
	}
	if bg == tcell.ColorNone {
		style = style.Background(oldBg)
	}
	return style
}

// ascii lets the text of a plain cell be a slice of one constant instead of an allocation.
const ascii = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

// text gives the glyph as a string.
func (gl glyph) text() string {
	if gl.comb == "" && gl.main >= 0x20 && gl.main < 0x7f {
		return ascii[gl.main-0x20 : gl.main-0x1f]
	}
	return string(utf8.AppendRune(nil, gl.main)) + gl.comb
}
