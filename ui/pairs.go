package ui

import (
	"github.com/gdamore/tcell/v2"

	"sotto/ui/catalog"
	"sotto/ui/text"
)

// drawPairs draws a dialog with a list of n rows of two lines each: what it is, and
// below it what there is to say of it. The words are remote. keys is the code of the
// line that names the keys.
func drawPairs(s tcell.Screen, l *look, all rect, title, keys string, n int, sc *scroller, row func(i int) (head, about string)) {
	w := max(10, min(76, all.w-6))
	hints := text.Wrap(catalog.T(keys), w)
	rows := max(1, min(n, (all.h-len(hints)-4)/2))
	in := frameOf(s, l, middle(all, w+4, 2*rows+len(hints)+3), title)
	from, to := sc.fit(n, rows)
	for at := from; at < to; at++ {
		y := in.y + 2*(at-from)
		style, dim := l.Text, l.Dim
		if at == sc.cursor {
			fill(s, rect{in.x, y, in.w, 2}, l.Selected)
			style, dim = on(style, l.Selected), on(dim, l.Selected)
		}
		head, about := row(at)
		put(s, in.x, y, in.w, text.Fit(text.Line(head), in.w), style)
		put(s, in.x+2, y+1, in.w-2, text.Fit(text.Line(about), in.w-2), dim)
	}
	for i, line := range hints {
		put(s, in.x, in.y+in.h-len(hints)+i, in.w, line, l.Hint)
	}
}
