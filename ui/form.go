package ui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// form lets the user fill in a data form (XEP-0004): every type of field has its
// row. The dialog around it draws it, gives it the keys and takes the result.
// Nothing in it is trusted: what a server wrote passes the filter where it is
// drawn, and goes back as it came.
type form struct {
	l     *look
	f     session.Form
	rows  []formRow
	at    int  // of rows: where the cursor is; -1: there is nothing to fill in
	top   int  // the first line in view
	free  bool // what is in view was chosen by PgUp and PgDn
	wrong string
}

// formRow is what is typed and chosen in a field.
type formRow struct {
	text   field
	chosen []bool // of the options
	cursor int    // of the options
}

// How many lines of a text and how many options are shown at once.
const (
	formTextLines = 5
	formOptions   = 6
	formLabelCut  = 300
)

func newForm(l *look, f session.Form) *form {
	v := &form{l: l, f: f, rows: make([]formRow, len(f.Fields)), at: -1}
	for i := range f.Fields {
		d, r := &v.f.Fields[i], &v.rows[i]
		switch {
		case choice(d):
			r.chosen = make([]bool, len(d.Options))
			for j, o := range d.Options {
				r.chosen[j] = slices.Contains(d.Values, o.Value) && (d.Type == session.ListMulti || !slices.Contains(r.chosen, true))
			}
			r.cursor = max(0, slices.Index(r.chosen, true))
		case d.Type == session.Boolean:
			r.chosen = []bool{len(d.Values) > 0 && d.Values[0] == "1"}
		case severalLines(d):
			r.text.set(clean(strings.Join(d.Values, "\n")))
		case len(d.Values) > 0:
			r.text.set(text.Line(d.Values[0]))
			r.text.secret = d.Type == session.TextPrivate
		default:
			r.text.secret = d.Type == session.TextPrivate
		}
	}
	v.move(1)
	return v
}

func choice(d *session.Field) bool {
	return d.Type == session.ListSingle || d.Type == session.ListMulti
}

func severalLines(d *session.Field) bool {
	return d.Type == session.TextMulti || d.Type == session.JIDMulti
}

// asks says whether a field takes an answer.
func asks(d *session.Field) bool { return d.Type != session.Hidden && d.Type != session.Fixed }

// move goes to the next field that takes an answer, around the ends.
func (v *form) move(step int) {
	n := len(v.rows)
	for i := 1; i <= n; i++ {
		if at := ((v.at+step*i)%n + n) % n; asks(&v.f.Fields[at]) {
			v.at = at
			return
		}
	}
}

// goTo puts the cursor into a field; false: the form has no such field.
func (v *form) goTo(name string) bool {
	i := slices.IndexFunc(v.f.Fields, func(d session.Field) bool { return d.Var == name && asks(&d) })
	if i >= 0 {
		v.at = i
	}
	return i >= 0
}

// key edits; false: the key means nothing to the form.
func (v *form) key(ev *tcell.EventKey) bool {
	name := keyName(ev)
	if v.scrollKey(name) {
		return true
	}
	if v.at < 0 {
		return false
	}
	v.free = false
	d, r := &v.f.Fields[v.at], &v.rows[v.at]
	switch name {
	case "Tab":
		v.move(1)
		return true
	case "Shift-Tab":
		v.move(-1)
		return true
	case "Up", "Down":
		step := 1
		if name == "Up" {
			step = -1
		}
		if !r.step(d, step) {
			v.move(step)
		}
		return true
	}
	v.wrong = ""
	switch {
	case d.Type == session.Boolean:
		if name != "Space" {
			return false
		}
		r.chosen[0] = !r.chosen[0]
	case choice(d):
		return r.choiceKey(d, ev, name)
	case severalLines(d) && (name == "Alt-Enter" || name == "Ctrl-J" || name == "Shift-Enter"):
		r.text.insert("\n")
	default:
		return r.text.key(ev)
	}
	return true
}

func (v *form) scrollKey(name string) bool {
	switch name {
	case "PgUp":
		v.top -= 5
	case "PgDn":
		v.top += 5
	default:
		return false
	}
	v.free = true
	return true
}

// step moves inside a field; false: its end is there.
func (r *formRow) step(d *session.Field, by int) bool {
	switch {
	case choice(d):
		to := r.cursor + by
		if to < 0 || to >= len(d.Options) {
			return false
		}
		r.cursor = to
		return true
	case severalLines(d):
		lines, at, col := r.cursorLine()
		to := at + by
		if to < 0 || to >= len(lines) {
			return false
		}
		before := 0
		for _, line := range lines[:to] {
			before += len(line) + 1
		}
		n := 0 // as many characters in, not as many bytes
		for range col {
			n += len(firstCluster(lines[to][n:]))
		}
		r.text.at = before + n
		return true
	}
	return false
}

// cursorLine finds the line of the cursor and how many characters stand before it.
func (r *formRow) cursorLine() (lines []string, at, col int) {
	lines = strings.Split(r.text.s, "\n")
	rest := r.text.at
	for at = 0; at < len(lines)-1 && rest > len(lines[at]); at++ {
		rest -= len(lines[at]) + 1
	}
	for s := lines[at][:min(rest, len(lines[at]))]; s != ""; s = s[len(firstCluster(s)):] {
		col++
	}
	return lines, at, col
}

// choiceKey chooses with Space, finds an option by its first letter.
func (r *formRow) choiceKey(d *session.Field, ev *tcell.EventKey, name string) bool {
	n := len(d.Options)
	switch {
	case n == 0:
		return false
	case name == "Space":
		on := !r.chosen[r.cursor]
		if d.Type == session.ListSingle {
			clear(r.chosen)
			on = on || d.Required
		}
		r.chosen[r.cursor] = on
	case name == "Left", name == "Right":
		r.cursor = max(0, min(n-1, r.cursor+map[string]int{"Left": -1, "Right": 1}[name]))
		if d.Type == session.ListSingle {
			clear(r.chosen)
			r.chosen[r.cursor] = true
		}
	case name == "Home":
		r.cursor = 0
	case name == "End":
		r.cursor = n - 1
	case typed(ev):
		letter := strings.ToLower(string(ev.Rune()))
		for i := 1; i <= n; i++ {
			at := (r.cursor + i) % n
			if strings.HasPrefix(strings.ToLower(optionLabel(d.Options[at])), letter) {
				r.cursor = at
				break
			}
		}
	default:
		return false
	}
	return true
}

func (v *form) paste(t string) {
	if v.at < 0 {
		return
	}
	d, r := &v.f.Fields[v.at], &v.rows[v.at]
	v.wrong = ""
	switch {
	case choice(d) || d.Type == session.Boolean:
	case severalLines(d):
		r.text.insert(clean(t))
	case d.Type == session.TextPrivate:
		r.text.insert(strings.TrimRight(t, "\r\n"))
	default:
		r.text.insert(strings.TrimSpace(text.Line(t)))
	}
}

// result is the form as it is filled in. false: something in it is wrong; the
// cursor stands there, and the form says what.
func (v *form) result() (session.Form, bool) {
	out := v.f
	out.Fields = slices.Clone(v.f.Fields)
	for i := range out.Fields {
		d, r := &out.Fields[i], &v.rows[i]
		switch {
		case !asks(d):
		case d.Type == session.Boolean:
			d.Values = []string{"0"}
			if r.chosen[0] {
				d.Values[0] = "1"
			}
		case choice(d):
			d.Values = nil
			for j, on := range r.chosen {
				if on {
					d.Values = append(d.Values, d.Options[j].Value)
				}
			}
		case severalLines(d):
			d.Values = nil
			if r.text.s != "" {
				d.Values = strings.Split(r.text.s, "\n")
			}
		case len(d.Values) > 0 && r.text.s == text.Line(d.Values[0]): // as it came, also what the filter shows otherwise
		default:
			d.Values = []string{r.text.s}
		}
		if w := d.Wrong(); w != "" {
			v.at, v.wrong = i, catalog.T("form.wrong-"+w, fieldLabel(d))
			return out, false
		}
	}
	return out, true
}

// fieldLabel is the name of a field as it is shown.
func fieldLabel(d *session.Field) string {
	label := strings.TrimSpace(text.Cut(text.Line(d.Label), formLabelCut))
	if label == "" {
		label = text.Cut(text.Line(d.Var), formLabelCut)
	}
	return strings.TrimSuffix(label, ":")
}

func optionLabel(o session.Option) string {
	label := o.Label
	if strings.TrimSpace(label) == "" {
		label = o.Value
	}
	return strings.TrimSpace(text.Cut(text.Line(label), formLabelCut))
}
