package session

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"sotto/session/wire"
	"sotto/store"
)

// quoteLines bounds what an answer quotes for programs that do not know it.
const quoteLines = 5

// answerFor makes the stanza of a line that answers a message, or of a plain one.
func (l *loop) answerFor(c store.Chat, localID, body string, to store.MessageID, shape *store.Shape) (store.Draft, bool) {
	if shape != nil {
		return l.shapedLine(c, localID, body, shape)
	}
	if to == 0 {
		return l.lineFor(c, localID, body)
	}
	m, err := l.st.Message(l.ctx, to)
	if err != nil || m.Chat != c.ID {
		return l.lineFor(c, localID, body)
	}
	r := store.Reply{Target: m.ID}
	if !l.write(func(tx *store.Tx) (err error) { r.Ref, err = l.nameFor(tx, c, to, false); return err }) || r.Ref == "" {
		return l.lineFor(c, localID, body) // nobody could find it
	}
	if c.Kind == store.Room {
		r.RefBy = c.JID
	}
	return l.answering(c, localID, body, &r)
}

// lineAgain makes the stanza of a line once more.
func (l *loop) lineAgain(c store.Chat, m store.Message) (store.Draft, bool) {
	if m.File != nil && m.Alone() {
		return l.fileLine(c, m.LocalID, *m.File)
	}
	if m.Shape != nil && m.Shape.Spoiler {
		return l.shapedLine(c, m.LocalID, m.Body, m.Shape)
	}
	if m.Reply == nil {
		return l.lineFor(c, m.LocalID, m.Body)
	}
	return l.answering(c, m.LocalID, m.Body, m.Reply)
}

func (l *loop) answering(c store.Chat, localID, body string, r *store.Reply) (store.Draft, bool) {
	text, extra := l.quoteFor(c, r)
	d, ok := l.lineWith(c, localID, body, text+body, extra...)
	d.Reply = r
	return d, ok
}

// quoteFor is what an answer says of the message it answers: a quote for programs
// that do not know more, and the elements that tell the others (XEP-0461 §3,
// XEP-0428, characters counted as in XEP-0426).
func (l *loop) quoteFor(c store.Chat, r *store.Reply) (text string, extra []*wire.Element) {
	e := wire.New(nsReply, "reply").Set("id", r.Ref)
	m, err := l.st.Message(l.ctx, r.Target)
	if r.Target == 0 || err != nil {
		return "", append(extra, e)
	}
	if to := m.Sender; to != "" {
		e.Set("to", to)
	}
	if m.NoBody || m.Body == "" {
		return "", append(extra, e)
	}
	var b strings.Builder
	n := 0
	for line := range strings.Lines(clip(m.Body, quoteMax)) {
		if n++; n > quoteLines {
			break
		}
		b.WriteString("> " + strings.TrimRight(line, "\r\n") + "\n")
	}
	text = b.String()
	part := wire.New(nsFallback, "body").Set("start", "0").Set("end", strconv.Itoa(utf8.RuneCountInString(text)))
	return text, append(extra, e, wire.New(nsFallback, "fallback").Set("for", nsReply).Add(part))
}
