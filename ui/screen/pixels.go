package screen

import "github.com/gdamore/tcell/v2"

// Sixel pictures have no numbers and are no cells: they are pixels on the terminal until something is written there. So the grid knows
// which cells want a piece of which picture besides their text, and front which have it. A picture that stands in the frame whole is
// drawn after the text of the frame, over blanks; one of which a part is covered or beyond the edge of its pane shows the text, which
// is the picture in half blocks. Cells that have pixels and shall not are written anew. Nothing depends on where the cursor is after a
// picture (terminals differ, DECSDM), and none reaches the last row, where some would scroll.

// piece says which piece of a picture a cell has: its number, row and column. 0: none.
type piece uint32

func pieceOf(number, row, col int) piece {
	return piece(number<<16 | row<<8 | col)
}

func (p piece) row() int { return int(p >> 8 & 0xff) }
func (p piece) col() int { return int(p & 0xff) }

// origin gives the cell in which the picture begins of which cell i, in rows of w, has a piece; it may lie outside.
func (p piece) origin(i, w int) int { return i - p.row()*w - p.col() }

// sixelPicture is a picture as it is sent.
type sixelPicture struct {
	Image
	number, used int
	cellW, cellH int
	ground       tcell.Style // of the blanks below it
	ready        bool
	data         []byte // nil when ready: it is too large, and drawn otherwise
}

// standing is a picture that stands in a frame whole.
type standing struct {
	at    int // the cell in which it begins
	x     *sixelPicture
	paint bool // it must be sent
}

// drawSixel notes that the cells of a row want a piece of a picture. false: it is not ready, or cannot be sent. The caller holds mu.
func (s *Screen) drawSixel(x, y int, im Image, row int, ground tcell.Style, png func() []byte) bool {
	w, h := s.cellSize()
	p := s.pictures.sixels[im]
	if p != nil && (p.cellW != w || p.cellH != h) && p.ready {
		s.forgetSixel(p)
		p = nil
	}
	if p == nil {
		s.makeSixel(im, png, w, h)
		return false
	}
	s.pictures.turn++
	p.used, p.ground = s.pictures.turn, ground
	if !p.ready || p.data == nil {
		return false
	}
	for col := range im.Cols {
		if s.back.in(x+col, y) {
			i := y*s.back.w + x + col
			if s.back.cells[i].width != 1 {
				s.back.put(x+col, y, blank, s.back.cells[i].style)
			}
			s.back.cells[i].piece = pieceOf(p.number, row, col)
		}
	}
	s.pictures.wanted = true
	return true
}

// makeSixel makes a picture in a goroutine of its own, one at a time, which ends soon and before Fini does; a frame is drawn then.
func (s *Screen) makeSixel(im Image, png func() []byte, w, h int) {
	if s.pictures.making || !s.ready {
		return
	}
	file := png()
	if len(file) == 0 || len(file) > ImageBytes {
		return
	}
	if s.pictures.sixels == nil {
		s.pictures.sixels = map[Image]*sixelPicture{}
	}
	var oldest *sixelPicture
	taken := map[int]bool{}
	for _, p := range s.pictures.sixels {
		taken[p.number] = true
		if oldest == nil || p.used < oldest.used {
			oldest = p
		}
	}
	if len(taken) >= imagesMost {
		delete(taken, oldest.number)
		s.forgetSixel(oldest)
	}
	number := 1
	for taken[number] {
		number++
	}
	s.pictures.turn++
	p := &sixelPicture{Image: im, number: number, used: s.pictures.turn, cellW: w, cellH: h}
	s.pictures.sixels[im] = p
	s.pictures.making = true
	colours := 256
	if can := s.tty.can.Load(); can != nil && can.registers > 0 {
		colours = can.registers
	}
	s.work.Go(func() {
		data := sixelOf(file, im.Cols*w, im.Rows*h, colours)
		s.mu.Lock()
		p.data, p.ready = data, true
		s.pictures.making, s.pending = false, true
		s.mu.Unlock()
		s.drained(false)
	})
}

// forgetSixel forgets a picture; what of it is on the terminal is no longer known to be right.
func (s *Screen) forgetSixel(p *sixelPicture) {
	delete(s.pictures.sixels, p.Image)
	for i := range s.front.cells {
		if c := &s.front.cells[i]; c.piece>>16 == piece(p.number) {
			c.piece = stale
		}
	}
	for i := range s.back.cells {
		if c := &s.back.cells[i]; c.piece>>16 == piece(p.number) {
			c.piece = 0
		}
	}
}

// stale is the piece of a picture that nobody knows any more.
const stale = piece(0xffff << 16)

// findStanding finds the pictures that stand whole in the frame to come.
func (s *Screen) findStanding() {
	s.pictures.standing = s.pictures.standing[:0]
	if !s.pictures.wanted {
		return
	}
	for _, x := range s.pictures.sixels {
		if x.data == nil {
			continue
		}
		for i := range s.back.cells {
			if s.back.cells[i].piece == pieceOf(x.number, 0, 0) && s.whole(i, x) {
				s.pictures.standing = append(s.pictures.standing, standing{at: i, x: x})
			}
		}
	}
}

func (s *Screen) whole(at int, x *sixelPicture) bool {
	w := s.back.w
	if at%w+x.Cols > w || at/w+x.Rows >= s.back.h {
		return false
	}
	for row := range x.Rows {
		for col := range x.Cols {
			if s.back.cells[at+row*w+col].piece != pieceOf(x.number, row, col) {
				return false
			}
		}
	}
	return true
}

// stands gives the whole picture that cell i is part of.
func (s *Screen) stands(i int) *standing {
	p := s.back.cells[i].piece
	for k := range s.pictures.standing {
		if st := &s.pictures.standing[k]; p>>16 == piece(st.x.number) && p.origin(i, s.back.w) == st.at {
			return st
		}
	}
	return nil
}

// forwardPixels sees to a cell that has or wants pixels; false: it is to be written as text, whatever it is believed to hold.
func (s *Screen) forwardPixels(i int) (changed, done bool) {
	b, f := &s.back.cells[i], &s.front.cells[i]
	if b.piece == 0 {
		return true, false
	}
	if b.piece == f.piece {
		return false, true
	}
	st := s.stands(i)
	if st == nil {
		return f.piece != 0, false
	}
	st.paint = true
	style := st.x.ground
	if style == tcell.StyleDefault {
		style = s.base
	}
	if f.piece != 0 || f.glyph != blank || f.style != style {
		s.again(i, " ", style)
	}
	*f = cell{glyph: blank, style: style, piece: b.piece}
	return true, true
}

// show lets inner send the frame, and behind its text, as a part of it, the pictures that are new. The caller holds mu.
func (s *Screen) show(send func()) {
	var out []byte
	for _, st := range s.pictures.standing {
		if st.paint {
			out = append(appendPlace(out, st.at%s.back.w, st.at/s.back.w), st.x.data...)
		}
	}
	s.pictures.standing = s.pictures.standing[:0]
	if len(out) == 0 {
		send()
		return
	}
	if s.shownX >= 0 && s.shownY >= 0 {
		out = appendPlace(out, s.shownX, s.shownY)
	}
	s.tty.begin()
	send()
	s.tty.end(append(append([]byte(syncOn), out...), syncOff...))
}

// Synchronized output; tcell sends it with its frames.
const (
	syncOn  = "\x1b[?2026h"
	syncOff = "\x1b[?2026l"
)

// cellSize gives the size of a cell in pixels, 0, 0: nobody knows. The caller holds mu.
func (s *Screen) cellSize() (w, h int) {
	if can := s.tty.can.Load(); can != nil && can.cellW > 0 {
		return can.cellW, can.cellH
	}
	return s.cellW, s.cellH
}

// measure asks the line for the size of a cell. The caller holds mu.
func (s *Screen) measure() {
	s.cellW, s.cellH = 0, 0
	if s.tty == nil {
		return
	}
	if size, err := s.tty.WindowSize(); err == nil && size.Width > 0 && size.Height > 0 {
		w, h := size.PixelWidth/size.Width, size.PixelHeight/size.Height
		if w > 0 && h > 0 && w <= cellMost && h <= cellMost {
			s.cellW, s.cellH = w, h
		}
	}
}
