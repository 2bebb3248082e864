package export

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sotto/store"
)

// textWriter writes for people. A message begins in column 0 with its time; all
// that belongs to it stands further in, what was said behind a bar and what is told
// of it behind a star: nothing that was said looks like either.
type textWriter struct {
	to    io.Writer
	words Words
	chat  store.ChatID
	begun bool
}

const (
	saidMark = "    | "
	toldMark = "    * "
)

func (w *textWriter) Message(c store.Chat, account string, m *store.Inspection) error {
	var b bytes.Buffer
	if !w.begun || w.chat != c.ID {
		if w.begun {
			b.WriteString("\n")
		}
		with := c.JID
		if c.Kind == store.Private {
			with += "/" + c.Nick
		}
		b.WriteString("== " + one(account) + " · " + one(with) + " ==\n")
		w.begun, w.chat = true, c.ID
	}
	if m.Kind != store.Text {
		_, err := w.to.Write(b.Bytes())
		return err
	}
	lines := strings.Split(clean(m.Body), "\n")
	if m.NoBody {
		lines = []string{w.words("export.no-text")}
		if f := m.Fold; f != nil && f.Removed != "" {
			lines[0] = w.words("export." + f.Removed)
		}
	}
	who := m.Nick
	if c.Kind != store.Room && c.Kind != store.Private || who == "" {
		who = sender(account, m)
	}
	at := func(t int64) string { return time.UnixMicro(t).Format("2006-01-02 15:04:05 -0700") }
	fmt.Fprintf(&b, "%s <%s> %s\n", at(m.Stamp), one(who), lines[0])
	for _, line := range lines[1:] {
		b.WriteString(strings.TrimRight(saidMark+line, " ") + "\n")
	}
	told := func(code string, args ...string) { b.WriteString(toldMark + one(w.words(code, args...)) + "\n") }
	if r := m.Reply; r != nil {
		told("export.reply", clip(one(quotedOf(r)), 100))
	}
	if f := m.File; f != nil && f.URL != "" && !m.Alone() {
		told("export.file", f.URL)
	}
	if n := len(m.Versions); n > 1 {
		told("export.edited", at(m.Versions[n-1].At))
	}
	for _, r := range m.Reactors {
		told("export.reaction", strings.Join(r.Signs, " "), r.Name)
	}
	if m.Outgoing && slices.Contains([]store.State{store.Queued, store.Preparing, store.Written, store.Failed, store.Unsure}, m.State) {
		told("export.unsent")
	}
	_, err := w.to.Write(b.Bytes())
	return err
}

func (w *textWriter) Close() error { return nil }

// one makes a single line of what may have more, in which no name ends before it does.
func one(s string) string {
	return strings.NewReplacer("\n", " ", "<", "‹", ">", "›").Replace(clean(s))
}

// clean takes all signs away that a terminal or an editor obeys; ends of lines stay.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return '�'
		}
		return r
	}, s)
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
