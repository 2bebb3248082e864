package ui

import (
	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// noteMax is how many lines may stand above the input.
const noteMax = 12

// note is what a command answered, shown next to the input, where the user
// looks. It goes with Esc, or with the next line that is sent.
type note struct {
	lines []noteLine
	keys  int // since it came
}

type noteLine struct {
	text  string
	style tcell.Style
	head  string // a label in front
}

func (n *note) open() bool { return len(n.lines) > 0 }
func (n *note) clear()     { n.lines = nil }

// seen counts keys: a short answer has been read after some.
func (n *note) seen(key string) {
	if !n.open() {
		return
	}
	n.keys++
	if key == "Enter" || len(n.lines) <= 2 && n.keys > 20 {
		n.clear()
	}
}

func (n *note) put(lines ...noteLine) { n.lines, n.keys = lines, 0 }

// noteLines wraps the note for a width.
func (a *App) noteLines(w int) []noteLine {
	var out []noteLine
	if l, ok := a.aimLine(); ok {
		out = append(out, noteLine{text: text.Fit(l.text, max(10, w-2)), style: l.style})
	}
	for _, l := range a.note.lines {
		t := l.text
		if l.head != "" {
			t = text.Pad(l.head, 14) + t
		}
		for _, line := range text.Wrap(t, max(10, w-2)) {
			out = append(out, noteLine{text: line, style: l.style})
		}
	}
	if len(out) > noteMax {
		out = append(out[:noteMax-1], noteLine{text: "…", style: a.look.Dim})
	}
	return out
}

// say shows a sentence next to the input.
func (a *App) say(t string) { a.note.put(noteLine{text: t, style: a.look.Notice}) }

// sayProblem shows what went wrong and what to do.
func (a *App) sayProblem(p session.Problem, account string) {
	s := catalog.Problem(p, account)
	lines := []noteLine{{text: s.Text, style: a.look.Error}}
	if s.Hint != "" {
		lines = append(lines, noteLine{text: s.Hint, style: a.look.Notice})
	}
	a.note.put(lines...)
}

// answer shows what came of a command.
func (a *App) answer(e session.Answer) {
	account := ""
	if acc, ok := a.m.account(e.Account); ok {
		account = acc.JID
	}
	if e.Problem != nil {
		a.sayProblem(*e.Problem, account)
		a.setupRefused(e.Problem)
		return
	}
	if e.Code == "setting-changed" {
		a.settingChanged()
	}
	if len(e.Facts) == 0 {
		a.say(catalog.T("answer."+e.Code, e.Args...))
		if e.Code == "setting-changed" && e.Args[0] == "lock_after" {
			a.lockPromised()
		}
		return
	}
	if e.Code == "whois" {
		a.keepAsked(e)
	}
	var lines []noteLine
	if e.Code == "ledger" || e.Code == "card" {
		lines = append(lines, noteLine{text: catalog.T("answer."+e.Code, e.Args...), style: a.look.Notice})
	}
	for _, f := range e.Facts {
		lines = append(lines, noteLine{text: text.Line(f.Text), head: catalog.T("fact." + f.Code), style: a.look.Notice})
	}
	a.note.put(lines...)
}

// eachFailed does something with the last line of ours that failed or may have arrived.
func (a *App) eachFailed(fn func(*session.Account, store.MessageID)) {
	rows := a.m.window.rows
	for i := len(rows) - 1; i >= 0; i-- {
		if s := rows[i].State; rows[i].Outgoing && rows[i].Kind == store.Text && (s == store.Failed || s == store.Unsure || s == store.Queued || s == store.Preparing) {
			a.withChat(func(acc *session.Account, _ store.Chat) { fn(acc, rows[i].ID) })
			return
		}
	}
	a.say(catalog.T("line.none-failed"))
}
