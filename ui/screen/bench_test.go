package screen_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// BenchmarkKey is one typed key as tview draws it: clear, paint everything, show. It reports the bytes the terminal gets.
func BenchmarkKey(b *testing.B) {
	for _, size := range [][2]int{{120, 40}, {200, 50}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			r := newRig(b, size[0], size[1], screen.TtyOptions{})
			text := strings.Repeat("typed by hand ", 7)
			paint(r, "t")
			r.frame(b)
			b.ReportAllocs()
			n, sent, keys := 1, 0, 0
			for b.Loop() {
				n++
				paint(r, text[:n])
				if got := r.frame(b); n > 2 {
					sent, keys = sent+len(got), keys+1
				}
				if n == len(text) {
					n = 1 // the line is sent and the next one begins
				}
			}
			b.ReportMetric(float64(sent)/float64(max(keys, 1)), "B/key")
		})
	}
}

// BenchmarkShow is Show alone with one changed cell.
func BenchmarkShow(b *testing.B) {
	for _, size := range [][2]int{{120, 40}, {200, 50}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			r := newRig(b, size[0], size[1], screen.TtyOptions{})
			paint(r, "")
			r.frame(b)
			n := 0
			for b.Loop() {
				n++
				r.SetContent(n%20, 5, rune('a'+n%26), nil, tcell.StyleDefault)
				r.Show()
				r.settle(b)
			}
		})
	}
}

// BenchmarkIdleShow is Show with nothing changed.
func BenchmarkIdleShow(b *testing.B) {
	r := newRig(b, 120, 40, screen.TtyOptions{})
	paint(r, "")
	r.frame(b)
	for b.Loop() {
		r.Show()
	}
}

// BenchmarkFullFrame is a frame in which every row changed.
func BenchmarkFullFrame(b *testing.B) {
	r := newRig(b, 120, 40, screen.TtyOptions{})
	start, n := r.tty.BytesWritten(), 0
	for b.Loop() {
		n++
		r.Clear()
		for y := range 40 {
			put(r, 0, y, fmt.Sprintf("%06d a line of text that is new on every row, as when somebody pages through history", n*40+y), tcell.StyleDefault)
		}
		r.frame(b)
	}
	b.ReportMetric(float64(r.tty.BytesWritten()-start)/float64(n), "B/frame")
}
