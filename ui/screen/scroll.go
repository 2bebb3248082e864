package screen

import "github.com/gdamore/tcell/v2"

// When a row of chat comes in below, everything above it moves up by a row: some 2 kB of text that the terminal has already. Where
// whole rows moved, the terminal is told to move them itself, by a scroll region (DECSTBM, line feed or reverse index at its edge).
//
// tcell knows no scrolling and must believe that it drew the moved rows itself: it is given them in a frame that the Tty swallows.

const (
	// scrollCost is about what the sequences cost, in bytes, and a little: with less to save, nothing is moved.
	scrollCost = 30
	// scrollMost is how many rows a frame may move at once.
	scrollMost = 24
)

// shift is a move of whole rows: those from top to bottom, both included, by n rows; up when n is positive.
type shift struct{ top, bottom, n int }

// scroll lets the terminal move what only moved, before the rest of a frame is forwarded, and reports whether it did. The caller
// holds mu.
func (s *Screen) scroll() bool {
	if s.tty == nil || s.noScroll || s.pictures.shown { // what terminals do with pixels then differs
		return false
	}
	sh, ok := s.findShift()
	if !ok {
		return false
	}
	s.moveFront(sh)
	// Every cell of the region, as it will be, into a frame that nobody sees.
	w := s.front.w
	for i := sh.top * w; i < (sh.bottom+1)*w; i++ {
		if c := &s.front.cells[i]; *c != unknown {
			s.inner.Put(i%w, i/w, c.text(), c.style)
		}
	}
	s.tty.swallow(true)
	s.inner.Show()
	frames := s.tty.swallow(false)
	if iw, ih := s.inner.Size(); frames != 1 || iw != s.back.w || ih != s.back.h {
		// Another frame was swallowed, after a resize, or none can be counted here.
		s.noScroll = frames == 0
		s.resync = true
		return false
	}
	s.tty.scroll(sh)
	return true
}

// findShift looks for the move that saves most.
func (s *Screen) findShift() (shift, bool) {
	w, h := s.back.w, s.back.h
	if w < 2 || h < 4 {
		return shift{}, false
	}
	changed := 0
	costs := make([]int, h) // of the rows as they are
	for y := range h {
		costs[y] = s.rowCost(y, y, rowMost)
		if costs[y] > 0 {
			changed++
		}
	}
	if changed < 2 {
		return shift{}, false
	}
	var best shift
	most := scrollCost
	for n := 1; n <= min(scrollMost, h-2); n++ {
		for _, n := range [2]int{n, -n} {
			sh, saved := s.tryShift(n, costs, most)
			if saved > most {
				best, most = sh, saved
			}
		}
	}
	return best, most > scrollCost
}

// tryShift finds the rows that a move by n would put right and says how many cells it saves in all.
func (s *Screen) tryShift(n int, costs []int, most int) (shift, int) {
	h := s.back.h
	first, last, gain := -1, -1, 0
	for y := max(0, -n); y < min(h, h-n); y++ {
		if costs[y] > 0 && s.rowCost(y, y+n, 1) == 0 {
			if first < 0 {
				first = y
			}
			last = y
			gain += costs[y]
		}
	}
	if gain <= most {
		return shift{}, 0
	}
	sh := shift{min(first, first+n), max(last, last+n), n}
	saved := s.saves(sh, costs)
	// A row at the edge that the move makes nearly right goes along.
	for _, step := range [2][2]int{{-1, 0}, {0, 1}} {
		for {
			wider := shift{sh.top + step[0], sh.bottom + step[1], n}
			if wider.top < 0 || wider.bottom >= h {
				break
			}
			more := s.saves(wider, costs)
			if more <= saved {
				break
			}
			sh, saved = wider, more
		}
	}
	return sh, saved
}

// saves says about how many bytes a move saves in all: what is moved although it should not be, and what is blank afterwards, is
// drawn again.
func (s *Screen) saves(sh shift, costs []int) int {
	saved := 0
	for y := sh.top; y <= sh.bottom; y++ {
		if !s.rowKnown(y) {
			return 0
		}
		saved += costs[y]
		if from := y + sh.n; from >= sh.top && from <= sh.bottom {
			saved -= s.rowCost(y, from, rowMost)
		} else {
			saved -= s.rowText(y)
		}
	}
	return saved
}

// rowMost is no limit for a row.
const rowMost = 1 << 20

// runCost is about what it takes to get to where a row differs, and styleCost to look otherwise, in bytes.
const (
	runCost   = 6
	styleCost = 12
)

// rowCost says about how many bytes it takes to make row y of what the terminal has in row from; it may stop counting at a limit.
func (s *Screen) rowCost(y, from, limit int) int {
	w := s.back.w
	b, f := s.back.cells[y*w:(y+1)*w], s.front.cells[from*w:(from+1)*w]
	n, same, last := 0, true, s.base
	for x := range b {
		if b[x].width == 0 {
			continue
		}
		style := b[x].style
		if style == tcell.StyleDefault {
			style = s.base
		}
		if b[x].glyph == f[x].glyph && style == f[x].style {
			same = true
			continue
		}
		if same {
			n += runCost
		}
		if style != last {
			n += styleCost
		}
		same, last = false, style
		if n++; n >= limit {
			break
		}
	}
	return n
}

// rowText says about how many bytes row y takes where nothing is.
func (s *Screen) rowText(y int) int {
	n := runCost
	for _, c := range s.back.cells[y*s.back.w : (y+1)*s.back.w] {
		if c.glyph != blank || c.style != tcell.StyleDefault && c.style != s.base {
			n++
		}
	}
	return n
}

// rowKnown reports whether the terminal's row is known; covered cells are not asked.
func (s *Screen) rowKnown(y int) bool {
	row := s.front.cells[y*s.front.w : (y+1)*s.front.w]
	for x := range row {
		if row[x] == unknown && (x == 0 || row[x-1].width != 2) {
			return false
		}
	}
	return true
}

// moveFront does to the grid what the terminal will do.
func (s *Screen) moveFront(sh shift) {
	w := s.front.w
	region := s.front.cells[sh.top*w : (sh.bottom+1)*w]
	empty := region[:min(sh.n, 0)*-w]
	if sh.n > 0 {
		copy(region, region[sh.n*w:])
		empty = region[len(region)-sh.n*w:]
	} else {
		copy(region[-sh.n*w:], region)
	}
	for i := range empty {
		empty[i] = cell{glyph: blank, style: tcell.StyleDefault}
	}
}
