package wire

import "strings"

// StanzaError is an error stanza's <error/> (RFC 6120 §8.3). Text is what the
// other side wrote: remote text, not filtered.
type StanzaError struct {
	Type      string // auth, cancel, continue, modify, wait
	Condition string // defined condition, e.g. item-not-found
	Text      string
	By        string   // who says so, when not the sender (RFC 6120 §8.3.1)
	App       string   // local name of the application's own condition, or ""
	El        *Element // the <error/> itself, or nil
}

// Error gives the condition and the other side's words.
func (e *StanzaError) Error() string {
	var b strings.Builder
	b.WriteString("stanza error")
	for _, s := range []string{e.Condition, e.App, e.Text} {
		if s != "" {
			b.WriteString(": ")
			b.WriteString(s)
		}
	}
	return b.String()
}

// ErrorOf reads the error of a stanza of type error. It returns nil when el is
// none; an error stanza without an <error/> gives undefined-condition.
func ErrorOf(el *Element) *StanzaError {
	if el == nil || el.Attr("type") != "error" {
		return nil
	}
	out := &StanzaError{Type: "cancel", Condition: "undefined-condition"}
	child := el.Child(NSClient, "error")
	if child == nil {
		return out
	}
	out.El = child
	out.By = child.Attr("by")
	if t := child.Attr("type"); t != "" {
		out.Type = t
	}
	for _, c := range child.Children {
		switch {
		case c.Is(NSStanzaErr, "text"):
			if out.Text == "" {
				out.Text = c.Text
			}
		case c.Space == NSStanzaErr:
			out.Condition = c.Local
		case out.App == "":
			out.App = c.Local
		}
	}
	return out
}
