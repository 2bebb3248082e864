package ui

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// cmdXML shows what goes over the wire.
func (a *App) cmdXML(words string) {
	console := a.opt.Console
	if console == nil {
		a.say(catalog.T("xml.none"))
		return
	}
	seen := -1
	read := func() []paragraph {
		lines, first := console.Lines()
		seen = first + len(lines)
		all := make([]paragraph, len(lines))
		for i, l := range lines {
			way, style := catalog.T("xml.in"), a.look.Text
			if l.Out {
				way, style = catalog.T("xml.out"), a.look.Link
			}
			head := way + "  " + l.At.In(a.look.zone).Format("15:04:05.000")
			if acc, ok := a.m.account(l.Account); ok {
				head += "  " + acc.JID
			}
			body := l.XML
			if l.Cut > 0 {
				body += " " + catalog.T("xml.cut", catalog.Count(l.Cut))
			}
			all[i] = paragraph{id: first + i, head: head, text: body, style: style}
		}
		return all
	}
	v := &viewer{title: catalog.T("xml.title"), read: read, follow: true, end: func() { console.Watch(nil) }}
	v.reread = func() bool { return console.Count() != seen }
	v.field.set(strings.TrimSpace(words))
	a.openViewer(v)
	console.Watch(a.bridge.redraw)
}

// logTail is how much of the log is shown.
const logTail = 128 << 10

// cmdLog shows the newest lines of the log file.
func (a *App) cmdLog(words string) {
	if a.opt.Log == "" {
		a.say(catalog.T("log.none"))
		return
	}
	a.pager.want("log", func(context.Context) func(*App) {
		b, err := tail(a.opt.Log, logTail)
		return func(a *App) {
			if err != nil {
				a.say(catalog.T("log.none"))
				return
			}
			var all []paragraph
			for i, line := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
				when, rest := "", line
				if t, ok := strings.CutPrefix(line, "time="); ok {
					when, rest, _ = strings.Cut(t, " ")
				}
				all = append(all, paragraph{id: i, head: when, text: rest, style: a.look.Text})
			}
			v := &viewer{title: catalog.T("log.title", text.Line(filepath.Base(a.opt.Log))), read: func() []paragraph { return all }, follow: true}
			v.field.set(strings.TrimSpace(words))
			a.openViewer(v)
		}
	})
}

// tail reads the last bytes of a file, from the beginning of a line on.
func tail(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, st.Size()-most)
	b := make([]byte, st.Size()-from)
	n, err := f.ReadAt(b, from)
	b = b[:n]
	if n < int(st.Size()-from) && err != nil {
		return nil, err
	}
	if from > 0 {
		if _, rest, ok := strings.Cut(string(b), "\n"); ok {
			b = []byte(rest)
		}
	}
	return b, nil
}

// cmdXEPs lists the protocols that sotto speaks.
func (a *App) cmdXEPs(words string) {
	var all []paragraph
	for i, x := range session.Extensions() {
		number := x.Number
		if number != "" && number[0] >= '0' && number[0] <= '9' {
			number = "XEP-" + number
		}
		about := x.Name
		if x.Notes != "" {
			about += " — " + x.Notes
		}
		all = append(all, paragraph{id: i, head: number + "  " + x.Version, text: about, style: a.look.Text})
	}
	v := &viewer{title: catalog.T("xeps.title"), read: func() []paragraph { return all }}
	v.field.set(strings.TrimSpace(words))
	a.openViewer(v)
}
