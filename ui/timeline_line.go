package ui

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
)

// drawLine draws a line of a body, with what is styled in it and its links.
func (t *timeline) drawLine(s tcell.Screen, r rect, body int, id store.MessageID, b *block, n int, line string, y int) {
	kind := lineKind(0)
	if n < len(b.kinds) {
		kind = b.kinds[n]
	}
	if b.picture != nil && n >= b.pictureAt && n < b.file {
		drawPicture(s, r.x+body, r.y+y, b.width, b.picture, n-b.pictureAt, t.l.Text)
		t.l.drawSharp(s, r.x+body, r.y+y, b.width, id, b.picture, n-b.pictureAt)
		return
	}
	t.drawBar(s, r, body, kind, y)
	style := t.l.Text
	switch {
	case b.link > 0 && n >= b.link:
		style = t.l.Dim
	case n < b.hinted:
		style = t.l.Notice
	case n < b.fileName:
		style = t.l.Link.Underline(false)
	case n < b.file:
		style = t.l.Dim
	case b.kind == asNotice || b.kind == asAbsent || n >= blockLines:
		style = t.l.Dim
	case kind&codeLine != 0:
		style = t.l.Code
		if kind&fenceLine != 0 {
			style = style.Dim(true)
		}
	case kind&quotedLine != 0:
		style = t.l.Quote
	}
	links, parts, names := onLine(b.links, n), onLine(b.parts, n), onLine(b.names, n)
	if len(links)+len(parts)+len(names) == 0 {
		put(s, r.x+body, r.y+y, r.w-body, line, style)
		return
	}
	cuts := []int{0, len(line)}
	for _, l := range links {
		cuts = append(cuts, l.from, l.to)
	}
	for _, p := range append(slices.Clip(parts), names...) {
		cuts = append(cuts, p.from, p.to)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	x, room := r.x+body, r.w-body
	for i, from := range cuts[:len(cuts)-1] {
		said := style
		for len(links) > 0 && links[0].to <= from {
			links = links[1:]
		}
		if len(links) > 0 && links[0].from <= from {
			said = t.l.Link
			if url := links[0].url; url != "" {
				said = said.Url(url)
			}
		}
		for _, list := range []*[]part{&parts, &names} {
			for len(*list) > 0 && (*list)[0].to <= from {
				*list = (*list)[1:]
			}
			if len(*list) > 0 && (*list)[0].from <= from {
				said = (*list)[0].style.of(said, t.l)
			}
		}
		took := put(s, x, r.y+y, room, line[from:cuts[i+1]], said)
		x, room = x+took, room-took
	}
}

// drawBar marks a line of a quote or of a block of code in the margin, where no text
// of others can stand.
func (t *timeline) drawBar(s tcell.Screen, r rect, body int, kind lineKind, y int) {
	switch {
	case kind&codeLine != 0:
		put(s, r.x+body-1, r.y+y, 1, t.l.mark("│", ":"), t.l.Code)
	case kind&quotedLine != 0:
		put(s, r.x+body-1, r.y+y, 1, t.l.mark("┃", "|"), t.l.Quote)
	}
}

// lined is what stands on a line of a block.
type lined interface{ at() int }

func (l link) at() int { return l.line }
func (p part) at() int { return p.line }

// onLine finds what stands on line n; list is in the order of the lines.
func onLine[T lined](list []T, n int) []T {
	from, _ := slices.BinarySearchFunc(list, n, func(x T, n int) int { return x.at() - n })
	to := from
	for to < len(list) && list[to].at() == n {
		to++
	}
	return list[from:to]
}
