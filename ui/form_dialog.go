package ui

import (
	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/ui/text"
)

// formDialog is a form in a box of its own: Enter takes it, Esc leaves it.
type formDialog struct {
	l     *look
	title string
	keys  string // what can be pressed, in words
	form  *form
	// enter takes the form; what it returns is wrong with the field of the name and
	// keeps the dialog open, "" closes it.
	enter func(a *App, f *session.Form) (field, wrong string)
	left  func(a *App) // it was closed without that; nil: nothing
}

func (d *formDialog) draw(s tcell.Screen, all rect) {
	w := min(64, all.w)
	keys := text.Wrap(d.keys, max(8, w-4))
	in := frameOf(s, d.l, middle(all, w, d.form.height(w-4)+3+len(keys)), d.title)
	d.form.draw(s, rect{in.x, in.y, in.w, max(1, in.h-len(keys))})
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
	}
}

func (d *formDialog) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Enter":
		f, ok := d.form.result()
		if !ok {
			return true
		}
		field, wrong := d.enter(a, &f)
		if wrong == "" {
			d.left = nil
			if a.dialog == dialog(d) {
				a.closeDialog()
			}
			return true
		}
		d.form.goTo(field)
		d.form.wrong = wrong
	default:
		return d.form.key(ev)
	}
	return true
}

func (d *formDialog) paste(_ *App, t string) { d.form.paste(t) }

func (d *formDialog) secretAsked() bool { return d.form.secretAsked() }

// secretAsked says whether what is typed next must not be seen.
func (v *form) secretAsked() bool {
	return v.at >= 0 && v.f.Fields[v.at].Type == session.TextPrivate
}
