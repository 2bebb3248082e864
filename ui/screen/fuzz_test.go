package screen_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"sotto/ui/screen"
	"sotto/ui/screen/vt"
)

// graphemes are what the fuzzers draw, all allowed by the filter: narrow, wide, stacked, joined, flags.
var graphemes = []string{
	"a", "b", " ", "é", "e\u0301", "ж", "─", "│", "✓", "世", "界", "ｱ", "한", "あ", "👍", "👍🏽", "👩‍👩‍👧", "❤️", "❤", "🇩🇪", "ก็", "न", "ﷺ", "x\u0327\u0323",
}

var styles = []tcell.Style{
	tcell.StyleDefault,
	tcell.StyleDefault.Bold(true),
	tcell.StyleDefault.Foreground(tcell.ColorRed),
	tcell.StyleDefault.Foreground(tcell.NewRGBColor(1, 2, 3)).Background(tcell.PaletteColor(200)),
	tcell.StyleDefault.Underline(tcell.UnderlineStyleCurly, tcell.ColorBlue).Italic(true),
	tcell.StyleDefault.Reverse(true).Dim(true),
}

// script turns fuzz bytes into calls. It draws as two screens see it: through the wrapper, and on a screen of tcell's own with the
// wrapper's rules for cut graphemes spelled out. resize may be nil.
type script struct {
	wrapped, plain tcell.Screen
	resize         func(w, h int)
	check          func()
}

func (s *script) run(data []byte) {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	for len(data) > 0 {
		w, h := s.plain.Size()
		switch op := next(); op % 16 {
		case 0:
			s.show()
		case 1:
			s.wrapped.Clear()
			s.plain.Clear()
		case 2:
			x, y := next()%(w+2)-1, next()%(h+2)-1
			s.wrapped.ShowCursor(x, y)
			s.plain.ShowCursor(x, y)
		case 3:
			if s.resize != nil && op > 128 {
				s.resize(next()%30+1, next()%12+1)
			}
		case 4:
			if op > 128 {
				s.wrapped.Sync()
				s.plain.Sync()
				s.check()
			}
		case 5:
			style := styles[next()%len(styles)]
			s.wrapped.Fill('.', style)
			s.plain.Fill('.', style)
		case 6: // a row of text
			y, style := next()%h, styles[next()%len(styles)]
			for x := 0; x < w; {
				g := graphemes[next()%len(graphemes)]
				s.draw(x, y, g, style)
				x += uniseg.StringWidth(g)
			}
		case 7: // rows that move, as those of a chat do
			s.move(next()%h, next()%h, next()%7-3)
		default:
			s.draw(next()%w, next()%h, graphemes[next()%len(graphemes)], styles[next()%len(styles)])
		}
	}
	s.show()
}

// move draws the rows from top to bottom anew, each as the one n below it was.
func (s *script) move(top, bottom, n int) {
	type piece struct {
		x     int
		text  string
		style tcell.Style
	}
	w, _ := s.plain.Size()
	rows := map[int][]piece{}
	for y := top; y <= bottom; y++ {
		for x := 0; x < w; {
			text, style, width := s.wrapped.Get(x, y)
			rows[y] = append(rows[y], piece{x, text, style})
			x += width
		}
	}
	for y := top; y <= bottom; y++ {
		for x := range w {
			s.draw(x, y, " ", tcell.StyleDefault)
		}
		for _, p := range rows[y+n] {
			s.draw(p.x, y, p.text, p.style)
		}
	}
}

func (s *script) show() {
	s.wrapped.Show()
	s.plain.Show()
	s.check()
}

func (s *script) draw(x, y int, g string, style tcell.Style) {
	runes := []rune(g)
	s.wrapped.SetContent(x, y, runes[0], runes[1:], style)

	w, _ := s.plain.Size()
	width := uniseg.StringWidth(g)
	if x+width > w {
		runes, width = []rune{' '}, 1
	}
	for i := x; i < x+width; i++ {
		s.cut(i, y)
	}
	s.plain.SetContent(x, y, runes[0], runes[1:], style)
	if width == 2 {
		s.plain.SetContent(x+1, y, ' ', nil, style)
	}
}

// cut blanks both halves of a wide grapheme that covers a cell.
func (s *script) cut(x, y int) {
	// Direct screens do not mark covered cells: walk the row as tcell draws it.
	w, _ := s.plain.Size()
	for i := 0; i < w; {
		//lint:ignore SA1019 what tview calls
		_, _, style, width := s.plain.GetContent(i, y)
		if width == 2 && (x == i || x == i+1) {
			s.plain.SetContent(i, y, ' ', nil, style)
			s.plain.SetContent(i+1, y, ' ', nil, style)
			return
		}
		i += width
	}
}

func seeds(f *testing.F) {
	f.Add([]byte{6, 0, 1, 9, 9, 9, 0, 7, 1, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0})
	f.Add([]byte{7, 4, 1, 9, 2, 0, 7, 5, 1, 9, 2, 0, 7, 4, 1, 0, 0, 0})
	f.Add([]byte{7, 0, 0, 16, 2, 0, 1, 0, 7, 1, 0, 17, 2, 0, 132, 0, 131, 20, 5, 0, 7, 3, 3, 9, 0})
	f.Add(append(slices.Repeat([]byte{6, 1, 0, 0, 1, 5, 9, 9, 0, 10, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 6), 0, 7, 0, 5, 4, 0, 7, 1, 4, 1, 0, 7, 0, 4, 2, 0))
	f.Add([]byte{2, 5, 5, 0, 7, 4, 4, 0, 0, 2, 6, 5, 0, 5, 3, 0, 6, 3, 0, 23, 22, 21, 20, 19, 18, 17, 0})
}

func FuzzScreenAgainstDirect(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		under, plain := tcell.NewSimulationScreen("UTF-8"), tcell.NewSimulationScreen("UTF-8")
		wrapped := screen.New(under, screen.Options{})
		for _, s := range []tcell.Screen{wrapped, plain} {
			if err := s.Init(); err != nil {
				t.Fatal(err)
			}
			defer s.Fini()
		}
		s := &script{wrapped: wrapped, plain: plain}
		s.resize = func(w, h int) {
			under.SetSize(w, h)
			plain.SetSize(w, h)
			wrapped.Size()
			// What a cut or a growth leaves behind is for the application to draw anew, and tcell leaves it to the last content.
			wrapped.Clear()
			plain.Clear()
			plain.ShowCursor(-1, -1)
			wrapped.ShowCursor(-1, -1)
		}
		s.check = func() { sameSimulation(t, under, plain) }
		s.resize(20, 6)
		s.run(data)
	})
}

func sameSimulation(t *testing.T, got, want tcell.SimulationScreen) {
	t.Helper()
	a, w, h := got.GetContents()
	b, _, _ := want.GetContents()
	for y := range h {
		for x := 0; x < w; {
			g, d := a[y*w+x], b[y*w+x]
			text := visible(d.Runes)
			if visible(g.Runes) != text || g.Style != d.Style {
				t.Fatalf("cell %d,%d: got %q, want %q (style equal: %v)", x, y, g.Runes, d.Runes, g.Style == d.Style)
			}
			x += max(1, uniseg.StringWidth(text))
		}
	}
	gx, gy, gv := got.GetCursor()
	wx, wy, wv := want.GetCursor()
	if gv != wv || gv && (gx != wx || gy != wy) {
		t.Fatalf("cursor: got %d,%d %v, want %d,%d %v", gx, gy, gv, wx, wy, wv)
	}
}

func visible(runes []rune) string {
	if len(runes) == 0 {
		return " "
	}
	return string(runes)
}

func FuzzTtyAgainstPlain(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		const w, h = 20, 6
		r := openRig(t, w, h, screen.TtyOptions{})
		defer r.Fini()
		line := newFakeTty(w, h)
		plain := direct(t, line)
		if err := plain.Init(); err != nil {
			t.Fatal(err)
		}
		defer plain.Fini()
		s := &script{wrapped: r.Screen, plain: plain}
		s.resize = func(w, h int) {
			r.fake.resize(w, h)
			line.resize(w, h)
			r.Clear()
			plain.Clear()
			r.ShowCursor(0, 0)
			plain.ShowCursor(0, 0)
			s.check = func() {}
			r.Show() // finds the new size
			r.settle(t)
			r.Clear()
			plain.Show()
			plain.Clear()
			s.check = func() { r.settle(t); r.Show(); r.settle(t); sameTerm(t, r.fake.term, line.term) }
			r.Sync()
			plain.Sync()
			s.check()
		}
		s.check = func() { r.settle(t); r.Show(); r.settle(t); sameTerm(t, r.fake.term, line.term) }
		s.run(data)
	})
}

func sameTerm(t *testing.T, got, want *vt.Terminal) {
	t.Helper()
	if len(got.Unknown)+len(want.Unknown) > 0 {
		t.Fatalf("unknown sequences: got %v, direct %v", got.Unknown, want.Unknown)
	}
	if g, w := got.Cells(), want.Cells(); !slices.Equal(g, w) {
		for i := range g {
			if g[i] != w[i] {
				t.Fatalf("cell %d,%d: got %+v, want %+v\ngot:\n%s\nwant:\n%s", i%got.W, i/got.W, g[i], w[i], got.Text(), want.Text())
			}
		}
	}
	if where(got) != where(want) {
		t.Fatalf("cursor: got %s, want %s", where(got), where(want))
	}
}

func where(t *vt.Terminal) string {
	if !t.Visible {
		return "hidden"
	}
	return fmt.Sprintf("%d,%d style %s", t.X, t.Y, t.Cursor)
}
