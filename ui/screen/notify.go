package screen

import "strings"

// Ways to notify: what the terminal understands besides the bell.
const (
	NotifyNone   = ""
	NotifyOSC9   = "osc9"   // iTerm2, WezTerm, Ghostty, Windows Terminal
	NotifyOSC777 = "osc777" // VTE, foot, urxvt
	NotifyOSC99  = "osc99"  // kitty
)

// Notifier guesses which notification the terminal shows. Inside tmux and
// screen there is none but the bell: by default they pass nothing on.
func (e Env) Notifier() string {
	switch {
	case e.Multiplexed():
		return NotifyNone
	case strings.Contains(e.Term, "kitty"):
		return NotifyOSC99
	case e.TermProgram == "iTerm.app", e.TermProgram == "WezTerm", e.TermProgram == "ghostty", strings.Contains(e.Term, "ghostty"):
		return NotifyOSC9
	case e.VTEVersion != "", strings.HasPrefix(e.Term, "foot"), strings.HasPrefix(e.Term, "rxvt-unicode"):
		return NotifyOSC777
	}
	return NotifyNone
}

// Notification is the sequence of one way for a title and a text, both remote:
// controls, hidden characters and what would end the sequence are taken out.
// nil: that way is none.
func Notification(way, title, body string) []byte {
	clean := func(s string) string { return strings.ReplaceAll(cleanTitle(s), ";", ",") }
	title, body = clean(title), clean(body)
	both := title
	if body != "" {
		both += ": " + body
	}
	switch way {
	case NotifyOSC9:
		return []byte("\x1b]9;" + both + "\x1b\\")
	case NotifyOSC777:
		return []byte("\x1b]777;notify;" + title + ";" + body + "\x1b\\")
	case NotifyOSC99:
		return []byte("\x1b]99;;" + both + "\x1b\\")
	}
	return nil
}
