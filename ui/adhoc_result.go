package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// What a command says is laid out in lines that are safe to be drawn.
type resultLine struct {
	text  string
	style tcell.Style
}

// noteLines words notes; what is not good says so first.
func noteLines(list []session.CommandNote) (out []string) {
	for _, n := range list {
		t := n.Text
		if n.Kind != session.NoteInfo {
			t = catalog.T("adhoc.note-"+string(n.Kind), t)
		}
		out = append(out, t)
	}
	return out
}

func linkLine(l session.CommandLink) string {
	if l.Text == "" {
		return l.URL
	}
	return l.Text + ": " + l.URL
}

// outcome is what came of a command.
func (d *commandDialog) outcome(w int) (all []resultLine) {
	say := func(t string, style tcell.Style) {
		for _, line := range text.Wrap(strings.TrimSpace(text.Body(t)), w) {
			all = append(all, resultLine{line, style})
		}
	}
	if d.e.Problem != nil {
		say(catalog.Problem(*d.e.Problem, "").String(), d.l.Error)
	}
	for i, t := range noteLines(d.e.Notes) {
		style := d.l.Text
		switch d.e.Notes[i].Kind {
		case session.NoteError:
			style = d.l.Error
		case session.NoteWarn:
			style = d.l.Notice
		}
		say(t, style)
	}
	for _, r := range d.e.Results {
		if strings.TrimSpace(r.Title) == d.of.Name {
			r.Title = "" // it stands above already
		}
		if len(all) > 0 {
			all = append(all, resultLine{})
		}
		all = append(all, resultLines(d.l, r, w)...)
	}
	for _, l := range d.e.Links {
		say(linkLine(l), d.l.Notice)
	}
	if len(all) == 0 {
		say(catalog.T("adhoc.done"), d.l.Text)
	}
	return all
}

// resultLines lays out a form that is an answer: its words, what it says with
// labels, and its table, which becomes blocks where it does not fit.
func resultLines(l *look, r session.FormResult, w int) (all []resultLine) {
	w = max(w, 8)
	say := func(t string, style tcell.Style) {
		for _, line := range text.Wrap(t, w) {
			all = append(all, resultLine{line, style})
		}
	}
	if t := strings.TrimSpace(text.Line(r.Title)); t != "" {
		say(t, l.Title)
	}
	for _, t := range r.Instructions {
		say(strings.TrimSpace(text.Body(t)), l.Dim)
	}
	labels := 0
	for i := range r.Fields {
		if n := text.Width(fieldLabel(&r.Fields[i])) + 2; n <= w/2 {
			labels = max(labels, n)
		}
	}
	for i := range r.Fields {
		all = append(all, told(l, &r.Fields[i], w, labels)...)
	}
	if len(r.Columns) > 0 {
		if len(r.Fields) > 0 {
			all = append(all, resultLine{})
		}
		all = append(all, tableLines(l, r, w)...)
	}
	if r.Cut {
		say(catalog.T("form.cut"), l.Error)
	}
	return all
}

// told is a field with its label before it, or above it.
func told(l *look, d *session.Field, w, labels int) (all []resultLine) {
	var lines []string
	indent := 0
	label := ""
	if d.Type != session.Fixed {
		label = fieldLabel(d)
	}
	switch {
	case label == "":
	case text.Width(label)+2 <= labels:
		indent = labels
	default:
		for _, line := range text.Wrap(label, w) {
			all = append(all, resultLine{line, l.Text})
		}
		label, indent = "", 2
	}
	for _, v := range shown(d) {
		lines = append(lines, text.Wrap(v, max(4, w-indent))...)
	}
	if len(lines) == 0 {
		lines = []string{""}
	}
	for i, line := range lines {
		head := ""
		if i == 0 {
			head = label
		}
		all = append(all, resultLine{text.Pad(head, indent) + line, l.Text})
	}
	return all
}

// shown are the values of a field in words that are safe to be drawn.
func shown(d *session.Field) []string {
	list := d.Shown()
	out := make([]string, 0, len(list))
	for _, v := range list {
		if d.Type == session.Boolean {
			v = catalog.T("adhoc.no")
			if d.Values[0] == "1" || d.Values[0] == "true" {
				v = catalog.T("adhoc.yes")
			}
		}
		out = append(out, strings.TrimSpace(text.Body(v)))
	}
	return out
}

// tableLines is the table of a result: with columns where they fit into the
// width, else each row as a block of its own.
func tableLines(l *look, r session.FormResult, w int) (all []resultLine) {
	cells := make([][]string, len(r.Items))
	widths := make([]int, len(r.Columns))
	total := 2 * (len(r.Columns) - 1)
	for i := range r.Columns {
		widths[i] = text.Width(fieldLabel(&r.Columns[i]))
		for j, item := range r.Items {
			t := strings.Join(shown(&item[i]), ", ")
			if i == 0 {
				cells[j] = make([]string, len(r.Columns))
			}
			cells[j][i] = strings.ReplaceAll(t, "\n", " ")
			widths[i] = max(widths[i], text.Width(cells[j][i]))
		}
		total += widths[i]
	}
	if len(r.Items) == 0 {
		return []resultLine{{text.Fit(catalog.T("viewer.nothing"), w), l.Dim}}
	}
	if total > w {
		labels := 0
		for i := range r.Columns {
			if n := text.Width(fieldLabel(&r.Columns[i])) + 2; n <= w/2 {
				labels = max(labels, n)
			}
		}
		for j, item := range r.Items {
			if j > 0 {
				all = append(all, resultLine{})
			}
			for i := range r.Columns {
				d := item[i]
				d.Label = r.Columns[i].Label
				if cells[j][i] != "" {
					all = append(all, told(l, &d, w, labels)...)
				}
			}
		}
		return all
	}
	row := func(cell func(int) string, style tcell.Style) {
		var b strings.Builder
		for i, n := range widths {
			b.WriteString(text.Pad(cell(i), n))
			if i < len(widths)-1 {
				b.WriteString("  ")
			}
		}
		all = append(all, resultLine{strings.TrimRight(b.String(), " "), style})
	}
	row(func(i int) string { return fieldLabel(&r.Columns[i]) }, l.Title)
	for j := range cells {
		row(func(i int) string { return cells[j][i] }, l.Text)
	}
	return all
}
