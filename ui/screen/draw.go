package screen

import "github.com/gdamore/tcell/v2"

// Clear blanks the frame that is being drawn. Nothing is sent.
func (s *Screen) Clear() { s.Fill(' ', tcell.StyleDefault) }

// Fill puts one rune of width 1 everywhere; other runes count as a blank.
func (s *Screen) Fill(r rune, style tcell.Style) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		s.fit()
	}
	g := clean(r, nil, s.opts.MaxCombining)
	if g.width != 1 {
		g = blank
	}
	s.pictures.wanted = false
	s.back.fill(g, s.safe(style))
}

// SetContent draws one grapheme.
func (s *Screen) SetContent(x, y int, main rune, comb []rune, style tcell.Style) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.back.in(x, y) {
		s.back.put(x, y, clean(main, comb, s.opts.MaxCombining), s.safe(style))
	}
}

// SetCell draws one grapheme given as runes, or a blank.
func (s *Screen) SetCell(x, y int, style tcell.Style, ch ...rune) {
	if len(ch) == 0 {
		ch = []rune{' '}
	}
	s.SetContent(x, y, ch[0], ch[1:], style)
}

// Put draws the first grapheme of str and gives the rest and the width drawn, 0 when there was nothing to draw.
func (s *Screen) Put(x, y int, str string, style tcell.Style) (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(x, y, str, s.safe(style))
}

func (s *Screen) put(x, y int, str string, style tcell.Style) (string, int) {
	if !s.back.in(x, y) {
		return str, 0
	}
	g, rest, ok := take(str, s.opts.MaxCombining)
	s.back.put(x, y, g, style)
	if !ok {
		return rest, 0
	}
	return rest, int(g.width)
}

// PutStr draws text in the default style, clipped at the right edge.
func (s *Screen) PutStr(x, y int, str string) { s.PutStrStyled(x, y, str, tcell.StyleDefault) }

// PutStrStyled draws text, clipped at the right edge.
func (s *Screen) PutStrStyled(x, y int, str string, style tcell.Style) {
	s.mu.Lock()
	defer s.mu.Unlock()
	style = s.safe(style)
	for width := 0; str != "" && s.back.in(x, y); x += width {
		if str, width = s.put(x, y, str, style); width == 0 {
			return
		}
	}
}

// Get reads the frame that is being drawn, not what is visible.
func (s *Screen) Get(x, y int) (str string, style tcell.Style, width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.back.in(x, y) {
		return "", tcell.StyleDefault, 0
	}
	c := &s.back.cells[y*s.back.w+x]
	return c.text(), c.style, max(int(c.width), 1)
}

// GetContent reads the frame that is being drawn. The covered half of a wide grapheme reads as a blank.
func (s *Screen) GetContent(x, y int) (primary rune, combining []rune, style tcell.Style, width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.back.in(x, y) {
		return 0, nil, tcell.StyleDefault, 0
	}
	c := &s.back.cells[y*s.back.w+x]
	if c.comb != "" {
		combining = []rune(c.comb)
	}
	return c.main, combining, c.style, max(int(c.width), 1)
}

// SetStyle sets what tcell.StyleDefault stands for.
func (s *Screen) SetStyle(style tcell.Style) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = cleanStyle(style)
	s.inner.SetStyle(s.base)
}

// safe filters a style; styles come in runs, so the last answer is kept.
func (s *Screen) safe(style tcell.Style) tcell.Style {
	if style != s.seen {
		s.seen, s.clean = style, cleanStyle(style)
	}
	return s.clean
}

// ShowCursor moves the cursor with the next Show; a place outside hides it.
func (s *Screen) ShowCursor(x, y int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.curX, s.curY = x, y
}

// HideCursor hides the cursor with the next Show.
func (s *Screen) HideCursor() { s.ShowCursor(-1, -1) }

// SetCursorStyle changes the looks of the cursor with the next Show.
func (s *Screen) SetCursorStyle(style tcell.CursorStyle, colors ...tcell.Color) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inner.SetCursorStyle(style, colors...)
	s.restyled = true
}

// Hold leaves on the terminal what is there: the next Show does nothing. The application draws again when it has what it waits for.
func (s *Screen) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = true
}

// Show sends what changed since the last frame, and nothing when nothing did. While the terminal is busy the frame is skipped; it,
// or a newer one, is drawn after the terminal has taken the rest (see OnDrained).
func (s *Screen) Show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready {
		return
	}
	if s.hold {
		s.hold = false
		return
	}
	s.fit()
	if s.behind() {
		s.pending = true
		return
	}
	s.pending = false
	if s.resync {
		s.repaint()
		return
	}
	changed := s.scroll()
	if s.resync {
		s.repaint()
		return
	}
	changed = s.forward() || changed
	if s.point() || changed || s.restyled {
		s.restyled = false
		s.show(s.inner.Show)
	}
}

// Sync repaints the terminal from nothing, for when another program wrote on it. While the terminal is busy it waits like Show.
func (s *Screen) Sync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready {
		return
	}
	s.fit()
	shown := len(s.pictures.has) > 0 || s.pictures.shown
	s.dropImages() // whoever wrote there may have taken them away
	if s.behind() {
		s.pending, s.resync = true, true
		return
	}
	s.pending = shown // the frame that follows sends them again
	s.repaint()
}

// repaint forwards everything and makes the inner screen and the Tty forget what they knew. The caller holds mu.
func (s *Screen) repaint() {
	s.resync, s.restyled = false, false
	s.front.forget()
	s.forward()
	s.shownX, s.shownY = -2, -2
	s.point()
	if s.tty != nil {
		s.tty.Forget()
	}
	s.show(s.inner.Sync)
}

// forward tells inner every cell that differs and reports whether there was one. The caller holds mu.
func (s *Screen) forward() bool {
	changed, pixels := false, false
	s.findStanding()
	w := s.back.w
	next := -1 // the cell after the one sent last
	for i := range s.back.cells {
		b, f := &s.back.cells[i], &s.front.cells[i]
		if b.width == 0 {
			// Covered by its left neighbour. Whatever inner holds here is not shown, and the terminal's cell holds half a grapheme:
			// when it is uncovered it must be sent whatever it was before.
			*f = unknown
			continue
		}
		style := b.style
		if style == tcell.StyleDefault {
			style = s.base
		}
		force := false
		if b.piece != 0 || f.piece != 0 {
			did, done := s.forwardPixels(i)
			changed = changed || did
			pixels = pixels || done
			if done {
				continue
			}
			force = f.piece != 0
		}
		if b.glyph == f.glyph && style == f.style && !force {
			continue
		}
		changed = true
		*f = cell{glyph: b.glyph, style: style}
		if n := s.blankTail(i); n > 0 {
			s.eraseTail(i, n)
			next = -1
			continue
		}
		if gap := i - next; next > 0 && gap > 0 && gap <= maxGap && i/w == (next-1)/w {
			s.bridge(next, i, style)
		}
		if force {
			s.again(i, b.text(), style)
		} else {
			s.inner.Put(i%w, i/w, b.text(), style)
		}
		next = i + int(b.width)
	}
	s.pictures.shown = pixels
	return changed
}

// blankTail gives the length of the row from cell i on when there is nothing there to be seen and erasing it is cheaper than spaces.
func (s *Screen) blankTail(i int) int {
	end := (i/s.back.w + 1) * s.back.w
	if end-i < minTail || s.base != tcell.StyleDefault {
		return 0
	}
	for j := end - 1; j >= i; j-- {
		if b := &s.back.cells[j]; b.glyph != blank || b.style != tcell.StyleDefault || b.piece != 0 {
			return 0
		}
	}
	changed := 0
	for j := i; j < end; j++ {
		if f := &s.front.cells[j]; f.glyph != blank || f.style != tcell.StyleDefault || f.piece != 0 {
			changed++
		}
	}
	if changed+1 < minTail { // cell i is noted already
		return 0
	}
	return end - i
}

// minTail is from how many spaces on a row is erased to its end.
const minTail = 4

// eraseTail sends the rest of a row as spaces, those too that are there already: the Tty makes one sequence of them.
func (s *Screen) eraseTail(i, n int) {
	for j := i; j < i+n; j++ {
		s.front.cells[j] = cell{glyph: blank, style: tcell.StyleDefault}
		s.again(j, " ", tcell.StyleDefault)
	}
}

// again sends a cell whether inner believes it to be right or not. Putting something else first is the only way.
func (s *Screen) again(i int, text string, style tcell.Style) {
	x, y := i%s.back.w, i/s.back.w
	other := "x"
	if text == other {
		other = "y"
	}
	s.inner.Put(x, y, other, style)
	s.inner.Put(x, y, text, style)
}

// maxGap is how many unchanged cells are sent again rather than jumped over: a jump costs three bytes or more.
const maxGap = 3

// bridge sends the unchanged cells from one changed cell to the next, if they are plain and look like both. They are the spaces of a
// line that changed: "a␛[Cnew␛[Cline" becomes "a new line".
func (s *Screen) bridge(from, to int, style tcell.Style) {
	if s.front.cells[from-1].style != style {
		return
	}
	for i := from; i < to; i++ {
		if f := &s.front.cells[i]; f.main < 0x20 || f.main > 0x7e || f.comb != "" || f.style != style || f.piece != 0 {
			return
		}
	}
	for i := from; i < to; i++ {
		s.again(i, s.front.cells[i].text(), style)
	}
}

// point tells inner the cursor and reports whether it moved. The caller holds mu.
func (s *Screen) point() bool {
	x, y := s.curX, s.curY
	if !s.back.in(x, y) {
		x, y = -1, -1
	}
	if x == s.shownX && y == s.shownY {
		return false
	}
	s.shownX, s.shownY = x, y
	s.inner.ShowCursor(x, y)
	return true
}
