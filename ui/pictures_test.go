package ui

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
)

// stripes is a picture: red above, blue below, and a transparent column at the left.
func stripes(w, h int) store.Picture {
	p := store.Picture{Width: w}
	for y := range h {
		for x := range w {
			c := []byte{255, 0, 0, 255}
			if y >= h/2 {
				c = []byte{0, 0, 255, 255}
			}
			if x == 0 {
				c[3] = 0
			}
			p.Pix = append(p.Pix, c...)
		}
	}
	return p
}

// withPictures is the village with a picture that was looked at.
func withPictures(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	p, high := stripes(48, 12), stripes(4, 20)
	for i, x := range []store.Arrival{
		{Body: "https://up.example.org/1/river.png", File: &store.File{URL: "https://up.example.org/1/river.png", Type: "image/png", Picture: &p}},
		{Body: "with words", File: &store.File{URL: "https://up.example.org/1/tower.png", Type: "image/png", Picture: &high}},
	} {
		x.Chat, x.Sender, x.ID, x.Stamp = bob, "bob@example.org", fmt.Sprintf("file-%d", i), noon.UnixMicro()
		if _, _, err := tx.Arrive(x); err != nil {
			return err
		}
	}
	return nil
}

func halfBlocks(s string) int { return strings.Count(s, "▀") + strings.Count(s, "▄") }

// TestPictureScreens: pictures stand below the name of their file and beside the
// facts of a person, and nowhere where they cannot be drawn.
func TestPictureScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], withPictures)
		r.line("/msg bob@example.org")
		r.until("the chat", func() bool { return r.a.m.window.loaded && len(r.a.m.window.rows) > 6 })
		r.a.handle(session.AvatarChanged{Account: r.acc, JID: "bob@example.org", Picture: stripes(16, 16)})
		r.golden(fmt.Sprintf("pictures-%dx%d", size[0], size[1]))
		for name, change := range map[string]func(){"ascii": func() { r.a.look.ascii = true }, "no colour": func() { r.a.t.NoColor = true }, "few colours": func() { r.a.t.Colors = 16 },
			"a slow link": func() { r.a.t.Rate = func() float64 { return 900 } }} {
			was, ascii := r.a.t, r.a.look.ascii
			change()
			if n := halfBlocks(r.screen()); n > 0 {
				t.Errorf("%s: %d halves", name, n)
			}
			r.a.t, r.a.look.ascii = was, ascii
		}
		if n := halfBlocks(r.screen()); n == 0 {
			t.Error("the pictures do not come back")
		}
		r.line("/set pictures off")
		r.until("no pictures", func() bool { return halfBlocks(r.screen()) == 0 })
	}
}

// TestRoomPicture: it stands above the people of the room, where there is room for it.
func TestRoomPicture(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], withPictures)
		r.do("chat.next-unread")
		c, ok := r.a.m.open()
		if !ok || c.Kind != store.Room {
			t.Fatalf("open is %+v", c)
		}
		r.people(session.Occupant{Nick: "alice", Role: "moderator", Affiliation: "owner", Self: true}, session.Occupant{Nick: "bob", Role: "participant"})
		before := halfBlocks(r.screen())
		r.a.handle(session.AvatarChanged{Account: r.acc, JID: c.JID, Picture: stripes(16, 16)})
		if n := halfBlocks(r.screen()) - before; (n > 0) != (size[0] >= 120) {
			t.Errorf("%d halves at %v:\n%s", n, size, r.screen())
		}
		if size[0] >= 120 {
			r.sees("Moderators (1)", "bob")
		}
	}
}

// TestDrawPicture: two pixels a cell, in their colours, and nothing where a picture
// is transparent.
func TestDrawPicture(t *testing.T) {
	s := canvas(t, 10, 4)
	p := stripes(4, 6)
	for row := range 3 {
		drawPicture(s, 1, row, 8, &p, row, tcell.StyleDefault)
	}
	red, blue := tcell.NewRGBColor(255, 0, 0), tcell.NewRGBColor(0, 0, 255)
	for _, c := range []struct {
		x, y   int
		r      rune
		fg, bg tcell.Color
	}{{1, 0, ' ', tcell.ColorDefault, tcell.ColorDefault}, {2, 0, '▀', red, red}, {2, 1, '▀', red, blue}, {4, 2, '▀', blue, blue}, {5, 0, ' ', tcell.ColorDefault, tcell.ColorDefault}} {
		r, style, _ := s.Get(c.x, c.y)
		if fg, bg, _ := style.Decompose(); r != string(c.r) || fg != c.fg || bg != c.bg {
			t.Errorf("at %d,%d: %q %v %v", c.x, c.y, r, fg, bg)
		}
	}
	for _, x := range []struct {
		p          store.Picture
		w          int
		cols, rows int
	}{{stripes(48, 20), 48, 48, 10}, {stripes(48, 20), 20, 20, 4}, {stripes(5, 20), 48, 5, 10}, {stripes(48, 1), 30, 30, 1}, {stripes(1, 20), 48, 1, 10}, {store.Picture{}, 48, 0, 0},
		{store.Picture{Width: -1, Pix: make([]byte, 8)}, 9, 0, 0}, {stripes(4, 400), 48, 0, 0}} {
		cols, rows := pictureSize(&x.p, x.w)
		if rows > session.PreviewRows || x.cols > 0 && (cols != x.cols || rows != x.rows) {
			t.Errorf("%d by %d in %d: %d by %d, want %d by %d", x.p.Width, x.p.Height(), x.w, cols, rows, x.cols, x.rows)
		}
		for row := range rows {
			drawPicture(s, 0, 0, x.w, &x.p, row, tcell.StyleDefault)
		}
	}
	broken := store.Picture{Width: math.MaxInt, Pix: make([]byte, 4)}
	drawPicture(s, 0, 0, 10, &broken, 0, tcell.StyleDefault)
}

// TestPictureKeys: what cannot be done says why.
func TestPictureKeys(t *testing.T) {
	r := newRig(t, 80, 24, withPictures)
	r.line("/msg bob@example.org")
	r.until("the chat", func() bool { return r.a.m.window.loaded && len(r.a.m.window.rows) > 6 })
	r.press("Up")
	r.sees("v view")
	r.press("v")
	r.until("that it is hidden", func() bool { return r.a.m.window.rows[len(r.a.m.window.rows)-1].File.Picture == nil })
	r.press("Up", "Up", "Up", "v")
	r.sees("brings no picture")
	r.press("Esc")
	r.line("/avatar /x.png")
	r.sees("connection")
}
