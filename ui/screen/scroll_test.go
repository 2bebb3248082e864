package screen_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// chat draws lines as a full-width chat does: a header, the last lines that fit, a rule and the input.
func chat(s tcell.Screen, lines []string, background tcell.Style) {
	w, h := s.Size()
	s.Clear()
	for y := range h {
		for x := range w {
			s.SetContent(x, y, ' ', nil, background)
		}
	}
	put(s, 0, 0, "juliet · in the garden", background.Bold(true))
	room := h - 3
	lines = lines[max(0, len(lines)-room):]
	for i, line := range lines {
		put(s, 0, 1+room-len(lines)+i, line, background)
	}
	put(s, 0, h-2, strings.Repeat("─", w), background.Dim(true))
	put(s, 0, h-1, "> ", background)
	s.ShowCursor(2, h-1)
}

// TestNewLineScrolls: what stands above a new line is not sent again.
func TestNewLineScrolls(t *testing.T) {
	const text = "the more I give to thee, the more I have, both are infinite.."
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("%02d:%02d %s %d", i/60, i%60, text[i*7%40:], i*i))
	}
	r := newRig(t, 120, 40, screen.TtyOptions{})
	for _, background := range []tcell.Style{tcell.StyleDefault, tcell.StyleDefault.Background(tcell.PaletteColor(17))} {
		chat(r, lines, background)
		r.frame(t)
		for i := range 3 {
			before := r.fake.term.Scrolls
			lines = append(lines, fmt.Sprintf("13:4%d juliet %s", i, text[i:]))
			chat(r, lines, background)
			got := r.frame(t)
			limit := 150
			if background != tcell.StyleDefault {
				limit += 60 // the row's background is drawn to its end
			}
			if len(got) > limit {
				t.Errorf("a line of %d bytes: got %d bytes %q, want at most %d", len(text), len(got), got, limit)
			}
			if r.fake.term.Scrolls != before+1 {
				t.Errorf("got %d rows scrolled, want 1", r.fake.term.Scrolls-before)
			}
			for y, line := range append([]string{"juliet · in the garden"}, lines[len(lines)-37:]...) {
				if got := r.fake.term.Line(y); got != line {
					t.Errorf("row %d: got %q, want %q", y, got, line)
				}
			}
			if r.fake.term.X != 2 || r.fake.term.Y != 39 {
				t.Errorf("cursor at %d,%d, want 2,39", r.fake.term.X, r.fake.term.Y)
			}
		}
	}
	// And back, as when somebody scrolls up.
	before := r.fake.term.Scrolls
	chat(r, lines[:len(lines)-2], tcell.StyleDefault.Background(tcell.PaletteColor(17)))
	r.frame(t)
	if r.fake.term.Scrolls != before+2 || r.fake.term.Line(37) != lines[len(lines)-3] {
		t.Errorf("scrolled back %d rows, last row %q", r.fake.term.Scrolls-before, r.fake.term.Line(37))
	}
}

// TestScrolledFramesAgainstDirect: chats of all kinds of graphemes that move by any number of rows end as if drawn whole.
func TestScrolledFramesAgainstDirect(t *testing.T) {
	scrolled := 0
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		w, h := 20+rnd.IntN(30), 6+rnd.IntN(14)
		r := openRig(t, w, h, screen.TtyOptions{})
		line := newFakeTty(w, h)
		plain := direct(t, line)
		if err := plain.Init(); err != nil {
			t.Fatal(err)
		}
		s := &script{wrapped: r.Screen, plain: plain}
		s.check = func() { r.settle(t); r.Show(); r.settle(t); sameTerm(t, r.fake.term, line.term) }
		s.wrapped.Clear()
		s.plain.Clear()
		row := func(y int) {
			for x := range w {
				s.draw(x, y, " ", tcell.StyleDefault)
			}
			style := styles[rnd.IntN(len(styles))]
			for x := 0; x < w-2; x += 2 {
				s.draw(x, y, graphemes[rnd.IntN(len(graphemes))], style)
			}
		}
		for y := range h {
			row(y)
		}
		s.show()
		for range 12 {
			top := rnd.IntN(h - 2)
			bottom := top + 1 + rnd.IntN(h-top-1)
			n := rnd.IntN(7) - 3
			s.move(top, bottom, n)
			for range rnd.IntN(3) {
				row(rnd.IntN(h))
			}
			x, y := rnd.IntN(w), rnd.IntN(h)
			s.wrapped.ShowCursor(x, y)
			s.plain.ShowCursor(x, y)
			s.show()
		}
		scrolled += r.fake.term.Scrolls
		r.Fini()
		plain.Fini()
	}
	if scrolled < 100 {
		t.Errorf("only %d rows were scrolled: this tests nothing", scrolled)
	}
}

// TestResizeAmidScrolling: frames that tcell draws by itself on a resize do not get lost in a scroll.
func TestResizeAmidScrolling(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	var lines []string
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				r.fake.mu.Lock()
				f := r.fake.resized
				r.fake.mu.Unlock()
				f() // the size is as it was: everything is drawn again all the same
			}
		}
	}()
	for i := range 400 {
		lines = append(lines, fmt.Sprintf("line %d %s", i, strings.Repeat("x", i%50)))
		chat(r, lines, tcell.StyleDefault)
		r.Show()
	}
	close(stop)
	<-done
	for range 3 { // a frame that was skipped, and one that was taken back
		r.settle(t)
		chat(r, lines, tcell.StyleDefault)
		r.Show()
	}
	r.settle(t)
	for y, line := range lines[len(lines)-21:] {
		if got := r.fake.term.Line(y + 1); got != line {
			t.Errorf("row %d: got %q, want %q", y+1, got, line)
		}
	}
}

// TestHold: the frame stays until the application draws again.
func TestHold(t *testing.T) {
	r := newRig(t, 20, 6, screen.TtyOptions{})
	put(r, 0, 0, "first", tcell.StyleDefault)
	r.frame(t)
	r.Clear()
	r.Hold()
	if got := r.frame(t); len(got) != 0 || r.fake.term.Line(0) != "first" {
		t.Errorf("a held frame sent %q", got)
	}
	r.Clear()
	put(r, 0, 0, "other", tcell.StyleDefault)
	r.frame(t)
	if got := r.fake.term.Line(0); got != "other" {
		t.Errorf("after it: got %q", got)
	}
}
