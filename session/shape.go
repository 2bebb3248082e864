package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// How the text of a message is to be shown: spoilers (XEP-0382) and texts whose
// signs are no styling (XEP-0393 §5).

// hintMax bounds what is said of a spoiler, bytes.
const hintMax = 300

// readShape reads it; nil: the text is shown as it is.
func (l *loop) readShape(e *wire.Element) *store.Shape {
	s := store.Shape{Unstyled: e.Child(nsStyling, "unstyled") != nil, Spoiler: e.Child(nsSpoiler, "spoiler") != nil}
	if s == (store.Shape{}) {
		return nil
	}
	if s.Spoiler {
		hint, _ := l.textIn(e, nsSpoiler, "spoiler")
		s.Hint = clip(strings.TrimSpace(hint), hintMax)
	}
	return &s
}

// spoilerElement asks others to hide a text.
func spoilerElement(s *store.Shape) *wire.Element {
	e := wire.New(nsSpoiler, "spoiler")
	if s.Hint != "" {
		e.SetText(s.Hint)
	}
	return e
}

// shapedLine makes the stanza of a spoiler.
func (l *loop) shapedLine(c store.Chat, localID, body string, s *store.Shape) (store.Draft, bool) {
	d, ok := l.lineWith(c, localID, body, body, spoilerElement(s))
	d.Shape = s
	return d, ok
}
