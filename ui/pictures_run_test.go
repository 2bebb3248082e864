package ui

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"

	"sotto/session"
	"sotto/store"
	"sotto/ui/screen"
)

// pieces counts the cells of a terminal that show pieces of pictures.
func pieces(s string) int { return strings.Count(s, "\U0010EEEE") }

// TestPixels: a terminal that answers gets the pictures of this run in pixels, the
// others in half blocks; a dialog stands over them, another chat has none, and at the
// end the terminal keeps none. What somebody writes is never one.
//
// These tests stand in a bubble, where the clock does not see how busy the machine is: a line that was measured slow gets no pixels.
func TestPixels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, a, end := runApp(t, 80, 40, func(tx *store.Tx, acc store.AccountID) error {
			if err := withPictures(tx, acc); err != nil {
				return err
			}
			bob, err := tx.EnsureChat(store.ChatKey{Account: acc, JID: "bob@example.org"})
			if err != nil {
				return err
			}
			_, _, err = tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: "no \U0010EEEE\u0305\u0305 picture", Stamp: noon.UnixMicro()})
			return err
		})
		f.keys <- []byte("/msg bob@example.org\r")
		f.until(t, "half blocks", func(s string) bool { return halfBlocks(s) == bothHalves && strings.Contains(s, "no ") })
		a.t.Screen.(*screen.Screen).Ask()
		f.keys <- []byte("\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.41.1)\x1b\\\x1b[?62;22cdraft")
		f.until(t, "what was typed", func(s string) bool { return strings.Contains(s, "> draft") })
		givePixels(a, []byte("pixels"))
		f.until(t, "pixels", func(s string) bool {
			return pieces(s) == 40*5 && halfBlocks(s) == bothHalves-39*5 && strings.Contains(s, "river.png")
		})
		f.keys <- []byte("\x0b")
		f.until(t, "the jump box over it", func(s string) bool { return pieces(s) < 40*5 })
		f.keys <- []byte("\x1b")
		f.until(t, "pixels again", func(s string) bool { return pieces(s) == 40*5 })
		f.keys <- []byte("\x15/msg carol@example.org\r")
		f.until(t, "another chat", func(s string) bool { return pieces(s) == 0 })
		if err := end(); err != nil {
			t.Error(err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.term.Images) > 0 || len(f.term.Unknown) > 0 {
			t.Errorf("the terminal keeps %d, and did not know %q", len(f.term.Images), f.term.Unknown)
		}
	})
}

// bothHalves are the half blocks of both pictures of withPictures, where they are not transparent.
const bothHalves = 39*5 + 3*10

// givePixels lets the first picture of the open chat have come in this run.
func givePixels(a *App, png []byte) {
	done := make(chan struct{})
	a.bridge.results <- func(a *App) {
		for _, m := range a.m.window.rows {
			if m.File != nil && m.File.Picture != nil {
				a.handle(session.Pictured{Message: m.ID, PNG: png})
				break
			}
		}
		close(done)
	}
	<-done
	a.bridge.redraw()
}

// TestPixelsOverSSH: there are none while nobody knows how quick the line is, unless
// the user insists, for as long as that is set.
func TestPixelsOverSSH(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, a, end := runAppOn(t, screen.Env{SSHConnection: "192.0.2.1 1 192.0.2.2 22"}, 80, 40, withPictures)
		f.keys <- []byte("/msg bob@example.org\r")
		f.until(t, "half blocks", func(s string) bool { return halfBlocks(s) > 100 })
		a.t.Screen.(*screen.Screen).Ask()
		f.keys <- []byte("\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.41.1)\x1b\\\x1b[?62;22cdraft")
		f.until(t, "what was typed", func(s string) bool { return strings.Contains(s, "> draft") })
		givePixels(a, []byte("pixels"))
		f.keys <- []byte("!")
		f.until(t, "the next frame", func(s string) bool { return strings.Contains(s, "> draft!") })
		if s := f.text(); pieces(s) > 0 || halfBlocks(s) < 100 {
			t.Errorf("drawn in pixels:\n%s", s)
		}
		f.keys <- []byte("\x15/set pictures kitty\r")
		f.until(t, "pixels", func(s string) bool { return pieces(s) == 40*5 })
		f.keys <- []byte("/set pictures auto\r")
		f.until(t, "half blocks again", func(s string) bool { return pieces(s) == 0 && halfBlocks(s) > 100 })
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

// TestSixels: a terminal that says that it draws sixel gets the picture when it is
// made, without a key; a dialog covers it, another chat has none, and at the end the
// terminal keeps none.
func TestSixels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, a, end := runApp(t, 80, 40, withPictures)
		f.mu.Lock()
		f.term.CellW, f.term.CellH = 9, 18
		f.mu.Unlock()
		const cells = 40 * 5 // of the first picture
		has := func() (n int) {
			f.mu.Lock()
			defer f.mu.Unlock()
			for y := range f.term.H {
				for x := range f.term.W {
					if f.term.Pixels(x, y) != "" {
						n++
					}
				}
			}
			return n
		}
		f.keys <- []byte("/msg bob@example.org\r")
		f.until(t, "half blocks", func(s string) bool { return halfBlocks(s) == bothHalves })
		a.t.Screen.(*screen.Screen).Ask()
		f.keys <- []byte("\x1bP>|XTerm(379)\x1b\\\x1b[6;18;9t\x1b[?64;4;22cdraft")
		f.until(t, "what was typed", func(s string) bool { return strings.Contains(s, "> draft") })
		m := image.NewGray(image.Rect(0, 0, 480, 120))
		for i := range m.Pix {
			m.Pix[i] = uint8(i)
		}
		var file bytes.Buffer
		if err := png.Encode(&file, m); err != nil {
			t.Fatal(err)
		}
		givePixels(a, file.Bytes())
		f.until(t, "pixels", func(s string) bool { return has() == cells && halfBlocks(s) == bothHalves-39*5 })
		f.keys <- []byte("\x0b")
		f.until(t, "the jump box over it", func(string) bool { return has() < cells })
		f.keys <- []byte("\x1b")
		f.until(t, "pixels again", func(string) bool { return has() == cells })
		f.keys <- []byte("\x15/set pictures blocks\r")
		f.until(t, "half blocks where they are wanted", func(s string) bool { return has() == 0 && halfBlocks(s) == bothHalves })
		f.keys <- []byte("/set pictures sixel\r")
		f.until(t, "pixels where they are wanted", func(string) bool { return has() == cells })
		f.keys <- []byte("/msg carol@example.org\r")
		f.until(t, "another chat", func(string) bool { return has() == 0 })
		f.keys <- []byte("/msg bob@example.org\r")
		f.until(t, "back", func(string) bool { return has() == cells })
		if err := end(); err != nil {
			t.Error(err)
		}
		kept := has()
		f.mu.Lock()
		defer f.mu.Unlock()
		if kept > 0 || len(f.term.Unknown) > 0 {
			t.Errorf("the terminal keeps %d cells, and did not know %q", kept, f.term.Unknown)
		}
	})
}
