package screen_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// paint draws a chat screen as tview does: clear, then everything.
func paint(s tcell.Screen, input string) {
	w, h := s.Size()
	s.Clear()
	frame := tcell.StyleDefault.Foreground(tcell.ColorGray)
	for y := range h - 2 {
		text := fmt.Sprintf("%02d:%02d  person %d says something with a few 世界 words and – dashes, 👍 line %d", y, y, y%7, y)
		put(s, 1, y, text, tcell.StyleDefault.Foreground(tcell.Color(y%16)|tcell.ColorValid))
		s.SetContent(0, y, '│', nil, frame)
		s.SetContent(w-1, y, '│', nil, frame)
	}
	for x := range w {
		s.SetContent(x, h-2, '─', nil, frame)
	}
	bold := tcell.StyleDefault.Bold(true)
	put(s, 0, h-1, input, bold)
	s.ShowCursor(len(input), h-1)
}

func put(s tcell.Screen, x, y int, text string, style tcell.Style) {
	w, _ := s.Size()
	for text != "" && x < w {
		rest, width := s.Put(x, y, text, style)
		if width == 0 {
			return
		}
		text, x = rest, x+width
	}
}

func TestBytesPerKey(t *testing.T) {
	r := newRig(t, 120, 40, screen.TtyOptions{})
	paint(r, "")
	r.frame(t)
	paint(r, "H")
	r.frame(t) // the first letter also sets the attributes

	input := "H"
	for _, c := range "ello, this is typed by hand" {
		input += string(c)
		paint(r, input)
		if got := r.frame(t); string(got) != string(c) {
			t.Errorf("typed %q: got %q, want one byte", c, got)
		}
	}
	for range 5 {
		paint(r, input)
		if got := r.frame(t); len(got) != 0 {
			t.Errorf("nothing changed: got %q, want no bytes", got)
		}
	}
	input = input[:len(input)-1]
	paint(r, input)
	if got := r.frame(t); string(got) != "\b\x1b[m \b" {
		t.Errorf("Backspace: got %q", got)
	}
	if want := strings.TrimRight(input, " "); r.fake.term.Line(39) != want {
		t.Errorf("input line: got %q, want %q", r.fake.term.Line(39), want)
	}
	if len(r.fake.term.Unknown) > 0 {
		t.Errorf("unknown sequences: %v", r.fake.term.Unknown)
	}
}

func TestLargeFrameIsSynchronized(t *testing.T) {
	r := newRig(t, 120, 40, screen.TtyOptions{})
	paint(r, "x")
	got := string(r.frame(t))
	if !strings.HasPrefix(got, "\x1b[?2026h") || !strings.HasSuffix(got, "\x1b[?25h\x1b[?2026l") {
		t.Errorf("large frame: got %.40q … %.40q, want it synchronized, cursor off inside", got, got[len(got)-40:])
	}
	if r.fake.term.Frames != 1 || !r.fake.term.Visible {
		t.Errorf("got %d frames, cursor visible %v; want 1, true", r.fake.term.Frames, r.fake.term.Visible)
	}
}

// A key after a line of chat arrived, and the line itself: what the other end of a slow link pays.
func TestBytesPerMessage(t *testing.T) {
	r := newRig(t, 120, 40, screen.TtyOptions{})
	r.ShowCursor(0, 39)
	r.frame(t)
	put(r, 0, 20, "12:34 ", tcell.StyleDefault.Dim(true))
	put(r, 6, 20, "juliet", tcell.StyleDefault.Foreground(tcell.PaletteColor(3)))
	text := "the more I give to thee, the more I have, for both are infinite"
	put(r, 14, 20, text, tcell.StyleDefault)
	got := r.frame(t)
	if limit := len("12:34 juliet") + len(text) + 40; len(got) > limit {
		t.Errorf("message of %d characters: got %d bytes %q, want at most %d", len(text), len(got), got, limit)
	}
}

// An empty screen costs nothing but the modes, and a chat switch not much more than the text that is seen.
func TestBytesPerScreen(t *testing.T) {
	r := newRig(t, 120, 40, screen.TtyOptions{})
	r.Clear()
	if got := r.frame(t); len(got) > 0 {
		t.Errorf("empty first frame: got %d bytes", len(got))
	}
	text := 0
	for _, word := range []string{"first chat ", "and another "} {
		r.Clear()
		text = 0
		for y := range 40 {
			line := strings.Repeat(word, y%6)
			put(r, 0, y, line, tcell.StyleDefault)
			text += len(line)
		}
		got := r.frame(t)
		if limit := text*12/10 + 40*4; len(got) > limit {
			t.Errorf("%q: got %d bytes for %d of text, want at most %d", word, len(got), text, limit)
		}
	}
	for y := range 40 {
		if want := strings.TrimRight(strings.Repeat("and another ", y%6), " "); r.fake.term.Line(y) != want {
			t.Errorf("line %d: got %q, want %q", y, r.fake.term.Line(y), want)
		}
	}
}
