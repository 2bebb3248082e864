package screen_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// yes is what a terminal says that shows pictures of the kitty graphics protocol by cells.
const yes = "\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.41.1)\x1b\\"

const place = "\U0010EEEE"

// pictureRig is a terminal that was asked and answers yes.
func pictureRig(t *testing.T) *rig {
	t.Helper()
	now := time.Now()
	r := newRig(t, 40, 10, screen.TtyOptions{Now: func() time.Time { return now }}) // a busy machine makes no slow line
	drawn := make(chan struct{}, 8)
	r.OnDrained(func() {
		select {
		case drawn <- struct{}{}:
		default:
		}
	})
	r.Ask()
	r.settle(t)
	if r.fake.term.Asked != 2 || r.Graphics() {
		t.Fatalf("asked %d things, has graphics %v before the answer", r.fake.term.Asked, r.Graphics())
	}
	r.fake.typed <- []byte("x" + yes + "\x1b[?62c")
	select {
	case <-drawn:
	case <-time.After(20 * time.Second):
		t.Fatal("no frame after the answer")
	}
	for {
		ev := r.PollEvent()
		if ev == nil {
			t.Fatal("the key got lost")
		}
		if key, ok := ev.(*tcell.EventKey); ok {
			if key.Rune() != 'x' {
				t.Errorf("got the key %q", key.Rune())
			}
			break
		}
	}
	if !r.Graphics() {
		t.Fatal("the answer is not understood")
	}
	return r
}

// TestImage: a picture is sent once, shown by cells with text around it, moves and goes with them, and does not stay.
func TestImage(t *testing.T) {
	r := pictureRig(t)
	png := bytes.Repeat([]byte("picture!"), 1500)
	asked := 0
	im := screen.Image{Key: 7, Cols: 4, Rows: 2}
	frame := func(y int) {
		r.Clear()
		r.PutStr(0, 0, "before")
		for row := range 2 {
			if !r.DrawImage(3, y+row, im, row, tcell.StyleDefault, func() []byte { asked++; return png }) {
				t.Error("it is not drawn")
			}
			r.PutStr(8, y+row, "beside")
		}
		r.PutStr(0, 9, "after")
		r.Show()
		r.settle(t)
		r.Show() // the frame that was skipped while the picture went
		r.settle(t)
	}
	shows := func(y int, want string) {
		t.Helper()
		if got := strings.Map(func(c rune) rune {
			if c >= 0x300 && c < 0x600 {
				return -1
			}
			return c
		}, r.fake.term.Line(y)); got != want {
			t.Errorf("line %d is %q, want %q", y, got, want)
		}
	}
	frame(2)
	four := place + place + place + place
	shows(0, "before")
	shows(2, "   "+four+" beside")
	shows(3, "   "+four+" beside")
	shows(9, "after")
	if c := r.fake.term.At(5, 3); c.Text != place+"\u030d\u030e" || c.Style.Fg != "5;16" {
		t.Errorf("the cell is %q in %q", c.Text, c.Style.Fg)
	}
	if got := r.fake.term.Images["16"]; got.Size != "4x2" || got.Data != base64.StdEncoding.EncodeToString(png) {
		t.Errorf("the terminal has %d bytes for %s", len(got.Data), got.Size)
	}
	frame(4)
	shows(2, "")
	shows(4, "   "+four+" beside")
	if asked != 1 {
		t.Errorf("it was sent %d times", asked)
	}
	// A dialog over it.
	r.PutStr(0, 5, "a dialog over all")
	r.Show()
	r.settle(t)
	shows(4, "   "+four+" beside")
	shows(5, "a dialog over all")
	// Ctrl-L: sent again.
	r.Sync()
	r.settle(t)
	if len(r.fake.term.Images) != 0 {
		t.Error("it stays over a Sync")
	}
	frame(4)
	if asked != 2 || len(r.fake.term.Images) != 1 {
		t.Errorf("sent %d times, the terminal has %d", asked, len(r.fake.term.Images))
	}
	// Text of others draws nothing of it.
	r.Clear()
	r.PutStr(0, 1, "x"+place+"\u0305\u0305y")
	r.SetContent(5, 1, 0x10EEEE, []rune{0x305, 0x305}, tcell.StyleDefault)
	r.Show()
	r.settle(t)
	if strings.Contains(r.fake.term.Text(), place) {
		t.Errorf("text draws pictures: %q", r.fake.term.Line(1))
	}
	// Away for a while, and gone at the end.
	frame(1)
	if err := r.Suspend(); err != nil {
		t.Fatal(err)
	}
	if len(r.fake.term.Images) != 0 {
		t.Error("it stays while the shell has the terminal")
	}
	if err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	frame(1)
	shows(1, "   "+four+" beside")
	if len(r.fake.term.Images) != 1 {
		t.Error("it does not come back")
	}
	r.Fini()
	if len(r.fake.term.Images) != 0 || len(r.fake.term.Unknown) > 0 {
		t.Errorf("at the end the terminal has %d, unknown %q", len(r.fake.term.Images), r.fake.term.Unknown)
	}
}

// TestImageBounds: what is too large, too wide or asked of a terminal that did not answer is not sent; old pictures make room.
func TestImageBounds(t *testing.T) {
	r := pictureRig(t)
	png := func() []byte { return []byte("x") }
	if r.DrawImage(0, 0, screen.Image{Key: 1, Cols: 49, Rows: 1}, 0, tcell.StyleDefault, png) ||
		r.DrawImage(0, 0, screen.Image{Key: 1, Cols: 4, Rows: 1}, 1, tcell.StyleDefault, png) ||
		r.DrawImage(0, 0, screen.Image{Key: 1, Cols: 4, Rows: 1}, 0, tcell.StyleDefault, func() []byte { return make([]byte, screen.ImageBytes+1) }) {
		t.Error("drawn")
	}
	for i := range 100 {
		if !r.DrawImage(0, 0, screen.Image{Key: uint64(i), Cols: 2, Rows: 1}, 0, tcell.StyleDefault, png) {
			t.Fatal("not drawn")
		}
		r.settle(t)
	}
	if n := len(r.fake.term.Images); n != 32 {
		t.Errorf("the terminal has %d", n)
	}
	silent := newRig(t, 20, 5, screen.TtyOptions{})
	if silent.Graphics() || silent.DrawImage(0, 0, screen.Image{Key: 1, Cols: 2, Rows: 1}, 0, tcell.StyleDefault, png) {
		t.Error("drawn on a terminal that said nothing")
	}
}

// TestImageNames: a terminal that answers as if it could, but does not show pictures by cells, gets none unless the user insists.
func TestImageNames(t *testing.T) {
	for answer, want := range map[string][2]bool{
		yes: {true, true},
		"\x1bP>|ghostty 1.1.3\x1b\\\x1b_Gi=31;OK\x1b\\":    {true, true},
		"\x1b_Gi=31;OK\x1b\\\x1bP>|WezTerm 20240203\x1b\\": {false, true},
		"\x1b_Gi=31;OK\x1b\\":                              {false, true},
		"\x1bP>|kitty(0.26.5)\x1b\\":                       {false, false},
		"":                                                 {false, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := quietRig(t, 40, 10, screen.TtyOptions{}, screen.Options{})
			defer r.Fini()
			r.Ask()
			r.fake.typed <- []byte(answer + "\x1b[?62c")
			synctest.Wait()
			for i, way := range []screen.Pixels{screen.PixelsAuto, screen.PixelsKitty} {
				r.SetPixels(way)
				if got := r.Graphics(); got != want[i] {
					t.Errorf("%q, insisting %v: %v", answer, i == 1, got)
				}
			}
		})
	}
}

// TestImageLine: over SSH a picture goes in pixels only where the line was measured and is quick, or where the user insists.
func TestImageLine(t *testing.T) {
	for _, remote := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := quietRig(t, 40, 10, screen.TtyOptions{}, screen.Options{Remote: remote})
			defer r.Fini()
			r.Ask()
			r.fake.typed <- []byte(yes + "\x1b[?62c")
			synctest.Wait()
			png, im := func() []byte { return []byte("x") }, uint64(0)
			draws := func(when string, want, insisted bool) {
				t.Helper()
				for way, want := range map[screen.Pixels]bool{screen.PixelsAuto: want, screen.PixelsKitty: insisted} {
					r.SetPixels(way)
					im++
					drawn := r.DrawImage(0, 0, screen.Image{Key: im, Cols: 2, Rows: 1}, 0, tcell.StyleDefault, png)
					synctest.Wait()
					if r.Graphics() != want || drawn != want || (len(r.settle(t)) > 0) != want {
						t.Errorf("%s, remote %v, insisting %v: drawn %v, graphics %v", when, remote, way == screen.PixelsKitty, drawn, r.Graphics())
					}
				}
			}
			r.settle(t)
			measure := func(times, n int) {
				for range times {
					open := r.fake.block()
					_, _ = r.tty.Write([]byte(strings.Repeat("\a", n)))
					time.Sleep(time.Second)
					open()
					r.settle(t)
				}
			}
			draws("not measured", !remote, true)
			measure(1, 300_000)
			draws("quick", true, true)
			measure(16, 9000) // until the mean is there
			draws("slow", false, true)
		})
	}
}
