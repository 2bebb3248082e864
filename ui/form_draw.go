package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// formLine is one line of a form as it is laid out.
type formLine struct {
	text  string
	style tcell.Style
	input *field // what is typed stands here, from col
	col   int
	focus bool // belongs to the field with the cursor
	here  bool // the cursor stands here
}

// height is how many lines a form needs at a width.
func (v *form) height(w int) int { return len(v.lines(w)) }

// lines lays the form out.
func (v *form) lines(w int) (all []formLine) {
	w = max(w, 8)
	say := func(t string, style tcell.Style) {
		for _, line := range text.Wrap(t, w) {
			all = append(all, formLine{text: line, style: style})
		}
	}
	for _, t := range v.f.Instructions {
		say(strings.TrimSpace(text.Body(t)), v.l.Dim)
	}
	labels := 0
	for i := range v.f.Fields {
		if d := &v.f.Fields[i]; asks(d) && d.Type != session.Boolean {
			if n := text.Width(fieldLabel(d)) + 3; n <= w/3 {
				labels = max(labels, n)
			}
		}
	}
	for i := range v.f.Fields {
		d := &v.f.Fields[i]
		switch {
		case d.Type == session.Hidden:
			continue
		case d.Type == session.Fixed:
			for _, t := range d.Values {
				say(strings.TrimSpace(text.Body(t)), v.l.Dim)
			}
			continue
		}
		from := len(all)
		all = v.fieldLines(all, i, w, labels)
		for _, m := range d.Media {
			say(catalog.T("form.media", text.Line(m)), v.l.Notice)
		}
		if i == v.at && d.Desc != "" {
			say(strings.TrimSpace(text.Line(d.Desc)), v.l.Dim)
		}
		if i == v.at && v.wrong != "" {
			say(v.wrong, v.l.Error)
		}
		for j := from; i == v.at && j < len(all); j++ {
			all[j].focus = true
		}
	}
	if v.at < 0 && v.wrong != "" {
		say(v.wrong, v.l.Error)
	}
	if v.f.Cut {
		say(catalog.T("form.cut"), v.l.Error)
	}
	return all
}

// fieldLines lays out one field: its label, and behind or below it what it holds.
func (v *form) fieldLines(all []formLine, i, w, labels int) []formLine {
	d, r := &v.f.Fields[i], &v.rows[i]
	here := i == v.at
	style := v.l.Text
	if here {
		style = v.l.Title
	}
	label := fieldLabel(d)
	if d.Required {
		label += " *"
	}
	if d.Type == session.Boolean {
		for n, line := range text.Wrap(label, max(8, w-4)) {
			box := "    "
			if n == 0 {
				box = boxOf(r.chosen[0])
			}
			all = append(all, formLine{text: box + line, style: style, here: here && n == 0})
		}
		return all
	}
	beside := text.Width(label)+1 <= labels
	if !beside {
		for _, line := range text.Wrap(label, w) {
			all = append(all, formLine{text: line, style: style})
		}
	}
	// put sets a line behind the label, or below it.
	first := true
	put := func(l formLine) {
		l.col = 2
		head := "  "
		if beside {
			l.col, head = labels, strings.Repeat(" ", labels)
			if first {
				head = text.Pad(label, labels)
			}
		}
		first = false
		l.text, l.style = head+l.text, style
		all = append(all, l)
	}
	switch {
	case choice(d) && here && len(d.Options) > 0:
		from := max(0, min(r.cursor-formOptions/2, len(d.Options)-formOptions))
		for j := from; j < min(len(d.Options), from+formOptions); j++ {
			mark := boxOf(r.chosen[j])
			if d.Type == session.ListSingle {
				mark = v.radioOf(r.chosen[j])
			}
			arrow := "  "
			if j == r.cursor {
				arrow = v.l.mark("▸ ", "> ")
			}
			put(formLine{text: arrow + mark + optionLabel(d.Options[j]), here: j == r.cursor})
		}
		if n := len(d.Options) - formOptions; n > 0 {
			put(formLine{text: catalog.T("form.more", catalog.Count(len(d.Options)))})
		}
	case choice(d):
		var chosen []string
		for j, on := range r.chosen {
			if on {
				chosen = append(chosen, optionLabel(d.Options[j]))
			}
		}
		words := strings.Join(chosen, ", ")
		if words == "" {
			words = catalog.T("form.none")
		}
		put(formLine{text: words, here: here})
	case severalLines(d):
		lines, at, _ := r.cursorLine()
		from := 0
		if here {
			from = max(0, min(at-formTextLines/2, len(lines)-formTextLines))
		}
		before := 0
		for n, line := range lines[:min(len(lines), from+formTextLines)] {
			if n >= from {
				f := &field{s: line, at: len(line)}
				if n == at {
					f.at = min(len(line), r.text.at-before)
				}
				put(formLine{input: f, here: here && n == at})
			}
			before += len(line) + 1
		}
	default:
		put(formLine{input: &r.text, here: here})
	}
	return all
}

func boxOf(on bool) string {
	if on {
		return "[x] "
	}
	return "[ ] "
}

func (v *form) radioOf(on bool) string {
	if on {
		return v.l.mark("(•) ", "(*) ")
	}
	return "( ) "
}

// draw shows as much of the form as fits, always the field with the cursor.
func (v *form) draw(s tcell.Screen, r rect) {
	s.HideCursor()
	if r.h < 1 || r.w < 1 {
		return
	}
	lines := v.lines(r.w)
	first, last := -1, -1
	for i, l := range lines {
		if l.focus {
			if first < 0 {
				first = i
			}
			last = i
		}
		if l.here { // of a field that is higher than the place, this line counts
			first, last = min(first, i), max(i, min(last, first+r.h-1))
		}
	}
	if first >= 0 && !v.free {
		if last >= v.top+r.h {
			v.top = last - r.h + 1
		}
		v.top = min(v.top, first)
	}
	v.top = max(0, min(v.top, len(lines)-r.h))
	var cursor func()
	for i, l := range lines[v.top:min(len(lines), v.top+r.h)] {
		y := r.y + i
		put(s, r.x, y, r.w, text.Fit(l.text, r.w), l.style)
		if l.input == nil {
			continue
		}
		in := rect{r.x + l.col, y, r.w - l.col, 1}
		draw := func() { l.input.draw(s, in, v.l.Input.Underline(true)) }
		draw()
		if l.here {
			cursor = draw
		} else {
			s.HideCursor()
		}
	}
	if cursor != nil {
		cursor()
	}
}
