package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"sotto/ui/text"
)

// put draws text cell by cell, at most w columns of it, and returns how many
// it took. Nothing in it is read as a tag. The text must have passed the filter.
func put(s tcell.Screen, x, y, w int, t string, style tcell.Style) int {
	at, state := 0, -1
	for t != "" {
		var cluster string
		var cw int
		cluster, t, cw, state = uniseg.FirstGraphemeClusterInString(t, state)
		if cw == 0 || at+cw > w {
			if cw == 0 {
				continue
			}
			break
		}
		r := []rune(cluster)
		s.SetContent(x+at, y, r[0], r[1:], style)
		at += cw
	}
	return at
}

// fill paints a part of the screen with spaces of a style.
func fill(s tcell.Screen, r rect, style tcell.Style) {
	for y := r.y; y < r.y+r.h; y++ {
		for x := r.x; x < r.x+r.w; x++ {
			s.SetContent(x, y, ' ', nil, style)
		}
	}
}

// on gives a style the background of another.
func on(style, below tcell.Style) tcell.Style {
	_, bg, attrs := below.Decompose()
	out := style.Background(bg)
	if attrs&tcell.AttrReverse != 0 {
		return below
	}
	return out
}

// runes picks a drawing character or its ASCII twin.
func (l *look) runes(uni, ascii rune) rune {
	if l.ascii {
		return ascii
	}
	return uni
}

// frameOf draws the box of a dialog with its title and returns the inside.
func frameOf(s tcell.Screen, l *look, r rect, title string) rect {
	fill(s, r, l.Text)
	h, v := l.runes('─', '-'), l.runes('│', '|')
	for x := r.x; x < r.x+r.w; x++ {
		s.SetContent(x, r.y, h, nil, l.Border)
		s.SetContent(x, r.y+r.h-1, h, nil, l.Border)
	}
	for y := r.y; y < r.y+r.h; y++ {
		s.SetContent(r.x, y, v, nil, l.Border)
		s.SetContent(r.x+r.w-1, y, v, nil, l.Border)
	}
	for _, c := range []struct {
		x, y int
		r    rune
	}{{r.x, r.y, '┌'}, {r.x + r.w - 1, r.y, '┐'}, {r.x, r.y + r.h - 1, '└'}, {r.x + r.w - 1, r.y + r.h - 1, '┘'}} {
		s.SetContent(c.x, c.y, l.runes(c.r, '+'), nil, l.Border)
	}
	put(s, r.x+2, r.y, r.w-4, " "+text.Fit(title, max(1, r.w-6))+" ", l.Title)
	return rect{r.x + 2, r.y + 1, r.w - 4, r.h - 2}
}

// middle places a dialog of at most w by h into the screen.
func middle(all rect, w, h int) rect {
	w, h = min(w, all.w), min(h, all.h)
	return rect{all.x + (all.w-w)/2, all.y + (all.h-h)/2, w, h}
}

// compareFold orders names without regard to case.
func compareFold(a, b string) int {
	if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
