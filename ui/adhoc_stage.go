package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// commandDialog is a command that is being carried out: it waits for an answer,
// shows a stage to be filled in, or what came of it.
type commandDialog struct {
	l       *look
	account store.AccountID
	of      session.Command
	id      string // of the run
	back    *commandList
	waits   bool
	e       session.CommandStage
	form    *form // of a stage
	top     int   // of what came of it
	height  int   // of the last draw
	lines   int
}

// runCommand begins a command and shows what comes of it.
func (a *App) runCommand(back *commandList, c session.Command) {
	if acc := a.c.Account(back.account); acc != nil {
		a.dialog = &commandDialog{l: a.look, account: back.account, of: c, back: back, waits: true, id: acc.RunCommand(c)}
	}
}

// commandStage shows a stage of the command that is open.
func (a *App) commandStage(e session.CommandStage) {
	d, ok := a.dialog.(*commandDialog)
	if !ok || d.id != e.ID {
		return
	}
	at := ""
	if d.form != nil && d.form.at >= 0 {
		at = d.form.f.Fields[d.form.at].Var
	}
	d.e, d.waits, d.form, d.top = e, false, nil, 0
	if e.Done {
		return
	}
	f := session.Form{}
	if e.Form != nil {
		f = *e.Form
	}
	head := noteLines(e.Notes)
	if t := strings.TrimSpace(f.Title); t != "" && t != d.of.Name {
		head = append(head, t)
	}
	for _, r := range e.Results {
		for _, line := range resultLines(d.l, r, resultWidth) {
			head = append(head, line.text)
		}
	}
	for _, l := range e.Links {
		head = append(head, linkLine(l))
	}
	f.Instructions = append(head, f.Instructions...)
	d.form = newForm(d.l, f)
	if e.Problem != nil {
		d.form.goTo(at)
		d.form.wrong = a.problemOf(d.account, *e.Problem)
	}
}

// Columns of the dialog at most, and of a result above a stage.
const (
	commandWidth = 80
	resultWidth  = 36
)

// leave goes back to the list; a command that has not ended is cancelled.
func (d *commandDialog) leave(a *App) {
	if acc := a.c.Account(d.account); acc != nil && !d.e.Done {
		acc.CancelCommand(d.id)
	}
	d.e.Done = true
	a.closeDialog()
	if a.dialog == nil {
		a.dialog = d.back
	}
}

// step goes on from a stage, if that is offered.
func (d *commandDialog) step(a *App, s session.CommandStep) {
	acc := a.c.Account(d.account)
	if acc == nil || !d.offers(s) {
		return
	}
	var give *session.Form
	if s != session.StepBack && d.e.Form != nil {
		if d.e.Form.Lost {
			d.form.wrong = catalog.T("adhoc.too-large")
			return
		}
		f, ok := d.form.result()
		if !ok {
			return
		}
		f.Instructions = d.e.Form.Instructions
		give = &f
	}
	d.waits = true
	acc.ContinueCommand(d.id, s, give)
}

func (d *commandDialog) offers(s session.CommandStep) bool {
	for _, x := range d.e.Steps {
		if x == s {
			return true
		}
	}
	return false
}

// stepKeys are the keys of the steps besides Enter.
var stepKeys = []struct {
	key  string
	step session.CommandStep
}{{"Ctrl-P", session.StepBack}, {"Ctrl-N", session.StepNext}, {"Ctrl-O", session.StepFinish}}

func (d *commandDialog) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	switch {
	case name == "Esc":
		d.leave(a)
	case d.waits:
	case d.e.Done:
		return d.doneKey(a, name)
	case name == "Enter":
		d.step(a, d.e.Usual)
	default:
		for _, k := range stepKeys {
			if k.key == name {
				d.step(a, k.step)
				return true
			}
		}
		return d.form.key(ev)
	}
	return true
}

// doneKey moves in what came of a command.
func (d *commandDialog) doneKey(a *App, name string) bool {
	page := max(1, d.height-2)
	switch name {
	case "Enter", "q":
		d.leave(a)
	case "o":
		d.open(a)
	case "Up":
		d.top--
	case "Down":
		d.top++
	case "PgUp", "HalfUp":
		d.top -= page
	case "PgDn", "HalfDown", "Space":
		d.top += page
	case "Home":
		d.top = 0
	case "End":
		d.top = d.lines
	default:
		return false
	}
	d.top = max(0, min(d.top, d.lines-d.height))
	return true
}

// open asks whether a web address that the command gave is to be opened.
func (d *commandDialog) open(a *App) {
	switch len(d.e.Links) {
	case 0:
		return
	case 1:
		a.askOpen(d.e.Links[0].URL)
		return
	}
	items := make([]string, 0, openMax)
	for _, l := range d.e.Links[:min(openMax, len(d.e.Links))] {
		items = append(items, l.URL)
	}
	a.dialog = &chooser{l: a.look, title: catalog.T("open.which"), items: items, chosen: (*App).askOpen}
}

func (d *commandDialog) lists() bool { return d.e.Done && !d.waits }

func (d *commandDialog) secretAsked() bool {
	return !d.waits && d.form != nil && d.form.secretAsked()
}

func (d *commandDialog) paste(_ *App, t string) {
	if !d.waits && d.form != nil {
		d.form.paste(t)
	}
}

// keys are what can be pressed, in words.
func (d *commandDialog) keys() string {
	switch {
	case d.waits:
		return catalog.T("adhoc.keys-wait")
	case d.e.Done && len(d.e.Links) > 0:
		return catalog.T("adhoc.keys-links")
	case d.e.Done:
		return catalog.T("adhoc.keys-done")
	}
	parts := []string{"Enter " + catalog.T("adhoc.step-"+string(d.e.Usual))}
	for _, k := range stepKeys {
		if k.step != d.e.Usual && d.offers(k.step) {
			parts = append(parts, k.key+" "+catalog.T("adhoc.step-"+string(k.step)))
		}
	}
	return strings.Join(append(parts, catalog.T("adhoc.keys-form")), " · ")
}

func (d *commandDialog) draw(s tcell.Screen, all rect) {
	s.HideCursor()
	w := max(10, min(commandWidth, all.w)-4)
	keys := text.Wrap(d.keys(), w)
	title := commandName(d.of)
	frame := func(n int) rect {
		in := frameOf(s, d.l, middle(all, w+4, n+len(keys)+3), title)
		for i, line := range keys {
			put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
		}
		in.h = max(1, in.h-len(keys)-1)
		return in
	}
	switch {
	case d.waits:
		in := frame(1)
		put(s, in.x, in.y, in.w, text.Fit(catalog.T("adhoc.waits", text.Line(d.of.JID)), in.w), d.l.Dim)
	case d.e.Done:
		lines := d.outcome(w)
		in := frame(len(lines))
		d.height, d.lines = in.h, len(lines)
		d.top = max(0, min(d.top, len(lines)-in.h))
		for i, line := range lines[d.top:min(len(lines), d.top+in.h)] {
			put(s, in.x, in.y+i, in.w, text.Fit(line.text, in.w), line.style)
		}
	default:
		in := frame(max(1, d.form.height(w)))
		d.form.draw(s, in)
	}
}
