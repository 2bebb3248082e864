package ui

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// voices lists who asks to speak in the rooms of which we are a moderator.
type voices struct {
	l    *look
	m    *model
	rows []voiceRow
	scroller
}

type voiceRow struct {
	account store.AccountID
	session.VoiceRequest
}

// voicesChanged follows the requests, and tells of a new one above the input.
func (a *App) voicesChanged(e session.VoiceRequestsChanged) {
	a.m.voices[e.Account] = e.List
	if n := len(e.List); e.Fresh && n > 0 {
		v := e.List[n-1]
		a.note.put(noteLine{text: catalog.T("voices.came", text.Name(v.Nick), "#"+a.m.roomName(who{e.Account, v.Room}), a.keyOf("voice.requests")), style: a.look.Notice})
	}
	if d, ok := a.dialog.(*voices); ok {
		if d.rebuild(); len(d.rows) == 0 {
			a.closeDialog()
		}
	}
}

func (a *App) openVoices() {
	d := &voices{l: a.look, m: a.m}
	if d.rebuild(); len(d.rows) == 0 {
		a.say(catalog.T("voices.none"))
		return
	}
	a.note.clear()
	a.dialog = d
}

func (d *voices) rebuild() {
	d.rows = d.rows[:0]
	for _, acc := range d.m.accounts {
		for _, v := range d.m.voices[acc.ID] {
			d.rows = append(d.rows, voiceRow{acc.ID, v})
		}
	}
	slices.SortStableFunc(d.rows, func(a, b voiceRow) int { return compareFold(a.Room, b.Room) })
	d.move(0, len(d.rows))
}

func (d *voices) lists() bool { return true }

func (d *voices) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if d.scroller.key(name, len(d.rows)) {
		return true
	}
	if name == "Esc" || name == "q" {
		a.closeDialog()
		return true
	}
	if d.cursor < 0 || d.cursor >= len(d.rows) || name != "Enter" && name != "d" && name != "Delete" {
		return false
	}
	r := d.rows[d.cursor]
	if acc := a.c.Account(r.account); acc != nil {
		acc.AnswerVoice(r.VoiceRequest, name == "Enter")
	}
	return true
}

func (d *voices) paste(*App, string) {}

func (d *voices) draw(s tcell.Screen, all rect) {
	drawPairs(s, d.l, all, catalog.T("voices.title"), "voices.keys", len(d.rows), &d.scroller, func(i int) (head, about string) {
		r := &d.rows[i]
		if about = r.JID; about == "" {
			about = catalog.T("voices.hidden")
		}
		return catalog.T("voices.row", text.Name(r.Nick), r.Room), about
	})
}

// needVisitor says why there is no voice to ask for.
func needVisitor(a *App) string {
	if why := needIn(a); why != "" {
		return why
	}
	if a.ourselves().Role != "visitor" {
		return "why.voice-has"
	}
	return ""
}
