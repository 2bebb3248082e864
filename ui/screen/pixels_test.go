package screen_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// tile gives the file of a picture for so many cells of 10 by 20 pixels.
func tile(tb testing.TB, cols, rows int) func() []byte {
	tb.Helper()
	m := image.NewGray(image.Rect(0, 0, cols*10, rows*20))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		tb.Fatal(err)
	}
	return func() []byte { return b.Bytes() }
}

// sixelRig is a terminal that says that it draws sixel and how large its cells are. It must be made in a bubble.
func sixelRig(t *testing.T, w, h int, more screen.Options) *rig {
	t.Helper()
	r := quietRig(t, w, h, screen.TtyOptions{}, more)
	r.fake.term.CellW, r.fake.term.CellH = 10, 20
	r.Ask()
	r.fake.typed <- []byte("\x1b[?1;0;256S\x1b[6;20;10t\x1b[?62;4;22c")
	synctest.Wait()
	return r
}

// piecesOf counts the cells with pixels.
func (r *rig) piecesOf() (n int) {
	for y := range r.fake.term.H {
		for x := range r.fake.term.W {
			if r.fake.term.Pixels(x, y) != "" {
				n++
			}
		}
	}
	return n
}

// half is what a column of a picture is in half blocks: the last two are transparent.
func half(col int) rune {
	if col%6 >= 4 {
		return ' '
	}
	return '▀'
}

// picture draws a picture in half blocks and then in pixels, as many rows of it as there are.
func (r *rig) picture(x, y int, im screen.Image, from, to int, png func() []byte) {
	for row := from; row < to; row++ {
		for col := range im.Cols {
			style := tcell.StyleDefault
			if half(col) != ' ' {
				style = style.Background(tcell.PaletteColor(1))
			}
			r.SetContent(x+col, y+row, half(col), nil, style)
		}
		r.DrawImage(x, y+row, im, row, tcell.StyleDefault, png)
	}
}

// TestPixels: a picture comes when it is made, with the text around it; it stays and costs nothing, moves, makes room for a dialog and
// comes back, and leaves nothing behind; a part of it is shown in half blocks.
func TestPixels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := sixelRig(t, 40, 12, screen.Options{})
		defer r.Fini()
		if !r.Graphics() {
			t.Fatal("the answer is not understood")
		}
		im := screen.Image{Key: 1, Cols: 6, Rows: 3}
		file := tile(t, 6, 3)
		input := ""
		term := r.fake.term
		frame := func(y, from, to int, more func()) []byte {
			r.Clear()
			r.PutStr(0, 0, "before")
			r.picture(3, y, im, from, to, file)
			r.PutStr(12, 3, "beside")
			if more != nil {
				more()
			}
			r.PutStr(0, 11, input)
			r.ShowCursor(len(input), 11)
			r.Show()
			synctest.Wait()
			return r.settle(t)
		}
		stands := func(when string, y int) {
			t.Helper()
			for row := range 3 {
				for col := range 6 {
					if got, want := term.Pixels(3+col, y+row), fmt.Sprintf("60x60:%d,%d", col, row); got != want {
						t.Errorf("%s: at %d,%d there is %q, want %q", when, 3+col, y+row, got, want)
					}
				}
			}
			if n := r.piecesOf(); n != 18 {
				t.Errorf("%s: %d cells have pixels", when, n)
			}
			if strings.TrimSpace(term.Line(y)) != "" && y != 3 || term.X != len(input) || term.Y != 11 || !term.Visible {
				t.Errorf("%s: there is %q below it, the cursor is at %d,%d", when, term.Line(y), term.X, term.Y)
			}
		}
		halves := func(when string, want int) {
			t.Helper()
			if n := strings.Count(term.Text(), "▀"); n != want || r.piecesOf() > 0 {
				t.Errorf("%s: %d halves and %d cells with pixels\n%s", when, n, r.piecesOf(), term.Text())
			}
		}
		frame(2, 0, 3, nil)
		halves("before it is made", 12)
		frame(2, 0, 3, nil)
		stands("at first", 2)
		for i, c := range "typed" {
			input += string(c)
			if got := frame(2, 0, 3, nil); i > 0 && string(got) != string(c) {
				t.Errorf("%q costs %q", c, got)
			}
		}
		if got := frame(2, 0, 3, nil); len(got) > 0 {
			t.Errorf("nothing costs %q", got)
		}
		stands("after typing", 2)
		for _, y := range []int{3, 2, 5, 8} {
			frame(y, 0, 3, nil)
			stands("moved", y)
		}
		frame(5, 0, 3, nil)
		sent := term.Sixels
		frame(5, 0, 3, func() { r.PutStr(5, 6, "dialog") })
		if n := r.piecesOf(); n != 14 || !strings.Contains(term.Line(6), "dialog") || term.Sixels != sent {
			t.Errorf("under a dialog %d cells have pixels: %q", n, term.Line(6))
		}
		frame(5, 0, 3, nil)
		stands("after the dialog", 5)
		frame(-1, 1, 3, nil)
		halves("above the edge", 8)
		frame(8, 0, 3, nil)
		stands("in the last but one row", 8)
		frame(9, 0, 3, nil)
		halves("in the last row", 12-len(input)+3)
		frame(4, 0, 3, nil)
		r.Sync()
		synctest.Wait()
		stands("after a repaint", 4)
		r.fake.resize(38, 12)
		input += "!"
		frame(4, 0, 3, nil) // tcell finds out
		frame(4, 0, 3, nil)
		r.fake.typed <- []byte("\x1b[6;20;10t")
		synctest.Wait()
		frame(4, 0, 3, nil)
		stands("after another size", 4)
		// The same cells with smaller letters.
		term.CellW, term.CellH = 5, 10
		r.fake.typed <- []byte("\x1b[6;10;5t")
		synctest.Wait()
		for range 3 {
			frame(4, 0, 3, nil)
		}
		if got := term.Pixels(3, 4); got != "30x30:0,0" || r.piecesOf() != 18 {
			t.Errorf("with smaller letters there is %q, %d cells have pixels", got, r.piecesOf())
		}
		term.CellW, term.CellH = 10, 20
		r.fake.typed <- []byte("\x1b[6;20;10t")
		synctest.Wait()
		for range 3 {
			frame(4, 0, 3, nil)
		}
		stands("with larger ones", 4)
		r.Clear()
		r.Show()
		synctest.Wait()
		if n := r.piecesOf(); n > 0 {
			t.Errorf("%d cells keep pixels", n)
		}
		frame(4, 0, 3, nil)
		if err := r.Suspend(); err != nil {
			t.Fatal(err)
		}
		if n := r.piecesOf(); n > 0 {
			t.Errorf("%d cells keep pixels while the shell has the terminal", n)
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
		frame(4, 0, 3, nil)
		stands("after a rest", 4)
		r.Fini()
		if n := r.piecesOf(); n > 0 || len(term.Unknown) > 0 {
			t.Errorf("at the end %d cells keep pixels, unknown %q", n, term.Unknown)
		}
	})
}

// TestPixelsAmongText: rows that move are not moved by the terminal while there are pixels; what is erased beside a picture leaves it
// alone; a picture that was made anew is sent, also when a frame between was held.
func TestPixelsAmongText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := sixelRig(t, 40, 16, screen.Options{})
		defer r.Fini()
		term := r.fake.term
		im := screen.Image{Key: 1, Cols: 6, Rows: 2}
		clearPicture := tile(t, 6, 2)
		frame := func(up int, hold bool) {
			r.Clear()
			for y := range 14 {
				r.PutStr(0, y-up, fmt.Sprintf("line %d is not line %d or %d", y, y+9, y*y))
			}
			for row := range 2 {
				for col := range 40 {
					r.SetContent(col, 6+row-up, ' ', nil, tcell.StyleDefault)
				}
				r.DrawImage(30, 6+row-up, im, row, tcell.StyleDefault, clearPicture)
			}
			r.PutStr(0, 15, ">")
			r.ShowCursor(1, 15)
			if hold {
				r.Hold()
			}
			r.Show()
			synctest.Wait()
		}
		stands := func(when, size string, up int) {
			t.Helper()
			if got := term.Pixels(30, 6-up); got != size+":0,0" || r.piecesOf() != 12 || !strings.HasPrefix(term.Line(0), fmt.Sprintf("line %d is", up)) {
				t.Errorf("%s: there is %q, %d cells have pixels, and %q", when, got, r.piecesOf(), term.Line(0))
			}
		}
		frame(0, false)
		frame(0, false)
		stands("at first", "54x36", 0)
		for up := 1; up < 5; up++ {
			frame(up, false)
			stands("moved up", "54x36", up)
		}
		if term.Scrolls > 0 {
			t.Error("the terminal moved rows")
		}
		r.PutStr(10, 3, "words beside it")
		r.Show()
		synctest.Wait()
		sent := term.Sixels
		frame(4, false)
		stands("after the words", "54x36", 4)
		if term.Sixels != sent {
			t.Error("it was sent again")
		}
		r.OnDrained(func() {}) // who draws does it later
		term.CellW, term.CellH = 5, 12
		r.fake.typed <- []byte("\x1b[6;12;5t")
		synctest.Wait()
		frame(4, true)
		frame(4, false)
		stands("with smaller letters", "30x20", 4)
		r.Clear()
		r.Show()
		synctest.Wait()
		frame(0, false)
		r.Clear()
		r.Show()
		synctest.Wait()
		if len(term.Unknown) > 0 {
			t.Errorf("unknown %q", term.Unknown)
		}
	})
}

// TestPixelsWho: sixel goes to terminals that say that they draw it and how large their cells are, over lines that are quick; those of
// kitty's protocol come first; the user may insist.
func TestPixelsWho(t *testing.T) {
	const cell = "\x1b[6;20;10t"
	for name, test := range map[string]struct {
		answer string
		remote bool
		want   map[screen.Pixels]bool
	}{
		"sixel":           {cell + "\x1b[?62;4c", false, map[screen.Pixels]bool{screen.PixelsAuto: true, screen.PixelsSixel: true}},
		"not":             {cell + "\x1b[?62;14;40c", false, nil},
		"a class of four": {cell + "\x1b[?4;6c", false, nil},
		"no size":         {"\x1b[?62;4c", false, nil},
		"a silly size":    {"\x1b[6;9999;10t\x1b[?62;4c", false, nil},
		"no height":       {"\x1b[6;0;10t\x1b[?62;4c", false, nil},
		"over SSH":        {cell + "\x1b[?62;4c", true, map[screen.Pixels]bool{screen.PixelsSixel: true}},
		"Konsole":         {"\x1b_Gi=31;OK\x1b\\\x1bP>|Konsole 23.04\x1b\\" + cell + "\x1b[?62;4c", false, map[screen.Pixels]bool{screen.PixelsSixel: true, screen.PixelsKitty: true}},
		"WezTerm":         {"\x1b_Gi=31;OK\x1b\\\x1bP>|WezTerm 20240203\x1b\\" + cell + "\x1b[?62;4c", false, map[screen.Pixels]bool{screen.PixelsAuto: true, screen.PixelsSixel: true, screen.PixelsKitty: true}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := quietRig(t, 40, 10, screen.TtyOptions{}, screen.Options{Remote: test.remote})
			defer r.Fini()
			r.fake.term.CellW, r.fake.term.CellH = 10, 20
			r.Ask()
			r.fake.typed <- []byte(test.answer)
			synctest.Wait()
			for _, way := range []screen.Pixels{screen.PixelsAuto, screen.PixelsSixel, screen.PixelsKitty} {
				r.SetPixels(way)
				if got := r.Graphics(); got != test.want[way] {
					t.Errorf("%s: by way %d it is %v", name, way, got)
				}
			}
			r.SetPixels(screen.PixelsAuto)
			im := screen.Image{Key: 1, Cols: 4, Rows: 2}
			for range 2 {
				r.Clear()
				r.picture(2, 2, im, 0, 2, tile(t, 4, 2))
				r.Show()
				synctest.Wait()
			}
			if n := r.piecesOf(); (n == 8) != test.want[screen.PixelsAuto] || len(r.fake.term.Images) > 0 {
				t.Errorf("%s: %d cells have pixels", name, n)
			}
		})
	}
}

// TestPixelsBounds: what cannot be made small enough stays in half blocks, and many pictures take turns.
func TestPixelsBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := sixelRig(t, 60, 40, screen.Options{})
		defer r.Fini()
		for i := range 40 {
			im := screen.Image{Key: uint64(i), Cols: 4, Rows: 2}
			for range 2 {
				r.Clear()
				r.picture(2, 2, im, 0, 2, tile(t, 4, 2))
				r.Show()
				synctest.Wait()
			}
			if n := r.piecesOf(); n != 8 {
				t.Fatalf("picture %d: %d cells have pixels", i, n)
			}
		}
		r.fake.term.CellW, r.fake.term.CellH = 100, 100
		r.fake.typed <- []byte("\x1b[6;100;100t")
		synctest.Wait()
		noise := image.NewNRGBA(image.Rect(0, 0, 300, 300))
		rnd := rand.New(rand.NewPCG(1, 2))
		for i := range noise.Pix {
			noise.Pix[i] = uint8(rnd.Uint32()) | 0x80
		}
		noise.SetNRGBA(0, 0, color.NRGBA{})
		var b bytes.Buffer
		if err := png.Encode(&b, noise); err != nil {
			t.Fatal(err)
		}
		made := 0
		for range 4 {
			r.Clear()
			r.picture(2, 2, screen.Image{Key: 99, Cols: 9, Rows: 9}, 0, 9, func() []byte { made++; return b.Bytes() })
			r.Show()
			synctest.Wait()
		}
		if n := r.piecesOf(); n > 0 || made != 1 || strings.Count(r.fake.term.Text(), "▀") != 7*9 {
			t.Errorf("%d cells have pixels, made %d times", n, made)
		}
		if len(r.fake.term.Unknown) > 0 {
			t.Errorf("unknown %q", r.fake.term.Unknown)
		}
	})
}

// TestPixelsStress: after any frame of pictures that come, go, move and lie under text, those that stand whole are there, and no other
// cell has pixels or text but its own.
func TestPixelsStress(t *testing.T) {
	const w, h = 30, 14
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			r := sixelRig(t, w, h, screen.Options{})
			defer r.Fini()
			images := []screen.Image{{Key: 1, Cols: 4, Rows: 2}, {Key: 2, Cols: 7, Rows: 4}, {Key: 3, Cols: 3, Rows: 5}}
			files := []func() []byte{tile(t, 4, 2), tile(t, 7, 4), tile(t, 3, 5)}
			type cell struct {
				text string
				im   int // 0: none
				x, y int // where its picture begins
			}
			moved := 0
			at := [][2]int{{2, 2}, {10, 3}, {20, 4}}
			for n := range 150 {
				up := rnd.IntN(3) == 0 // all moves up by a row, as a chat does
				if up {
					moved++
				}
				for i := range at {
					if up {
						at[i][1]--
					} else if rnd.IntN(4) == 0 {
						at[i] = [2]int{rnd.IntN(w) - 2, rnd.IntN(h+4) - 4}
					}
				}
				var want [h][w]cell
				r.Clear()
				put := func(x, y int, c cell) {
					if x >= 0 && y >= 0 && x < w && y < h {
						want[y][x] = c
					}
				}
				for y := range h - 1 {
					text := fmt.Sprintf("line %d of what is said here", (y+moved)*7%13)
					r.PutStr(0, y, text)
					for x := range text {
						put(x, y, cell{text: text[x : x+1]})
					}
				}
				for i, im := range images {
					if !up && rnd.IntN(6) == 0 {
						continue
					}
					r.picture(at[i][0], at[i][1], im, 0, im.Rows, files[i])
					for row := range im.Rows {
						for col := range im.Cols {
							put(at[i][0]+col, at[i][1]+row, cell{string(half(col)), i + 1, at[i][0], at[i][1]})
						}
					}
				}
				for range rnd.IntN(3) {
					x, y, text := rnd.IntN(w), rnd.IntN(h), strings.Repeat(string(rune('a'+rnd.IntN(3))), 1+rnd.IntN(12))
					r.PutStr(x, y, text)
					for i := range text {
						put(x+i, y, cell{text: text[:1]})
					}
				}
				r.Show()
				synctest.Wait()
				if n < 8 {
					continue // they are being made
				}
				if rnd.IntN(20) == 0 {
					r.Sync()
					synctest.Wait()
				}
				whole := func(c cell) bool {
					im := images[c.im-1]
					if c.x < 0 || c.y < 0 || c.x+im.Cols > w || c.y+im.Rows > h-1 {
						return false
					}
					for row := range im.Rows {
						for col := range im.Cols {
							if d := want[c.y+row][c.x+col]; d.im != c.im || d.x != c.x || d.y != c.y {
								return false
							}
						}
					}
					return true
				}
				for y := range h {
					for x := range w {
						c, got := want[y][x], r.fake.term.Pixels(x, y)
						text := r.fake.term.At(x, y).Text
						if c.im == 0 {
							if c.text == "" {
								c.text = " "
							}
							if got != "" || text != c.text {
								t.Fatalf("seed %d, frame %d: at %d,%d there is %q under %q, want %q", seed, n, x, y, text, got, c.text)
							}
							continue
						}
						im := images[c.im-1]
						high := im.Rows*20 - im.Rows*20%6 // whole bands, in the picture's proportions
						piece := fmt.Sprintf("%dx%d:%d,%d", im.Cols*10*high/(im.Rows*20), high, x-c.x, y-c.y)
						if whole(c) && (r.fake.term.At(x, y).Style.Bg != "" || text != " ") {
							t.Fatalf("seed %d, frame %d: at %d,%d there is %q in %q below a picture", seed, n, x, y, text, r.fake.term.At(x, y).Style.Bg)
						}
						if whole(c) && got != piece || got != "" && got != piece || got == "" && text != c.text {
							t.Fatalf("seed %d, frame %d: at %d,%d there is %q under %q, want %q", seed, n, x, y, text, got, piece)
						}
					}
				}
			}
			if len(r.fake.term.Unknown) > 0 {
				t.Errorf("unknown %q", r.fake.term.Unknown)
			}
		})
	}
}
