package ui

import (
	"context"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

type wantDetails struct{}

// inspect shows all that is known of the marked message, or of the newest.
func (a *App) inspect() {
	m, ok := a.selected()
	if rows := a.timeline.rows(); !ok && len(rows) > 0 {
		m, ok = rows[len(rows)-1], true
	}
	if !ok {
		a.say(catalog.T("timeline.empty"))
		return
	}
	a.pager.want(wantDetails{}, func(ctx context.Context) func(*App) {
		x, err := a.c.Inspect(ctx, m.ID)
		if err != nil {
			return nil
		}
		return func(a *App) {
			if a.dialog == nil {
				a.dialog = &details{l: a.look, lines: a.detailLines(x)}
			}
		}
	})
}

// detailLine is a label with what it says; both safe to be drawn.
type detailLine struct{ head, text string }

// detailLines words an inspection.
func (a *App) detailLines(x store.Inspection) (all []detailLine) {
	add := func(code, t string) {
		if t != "" {
			all = append(all, detailLine{catalog.T("detail." + code), text.Line(t)})
		}
	}
	at := func(us int64) string {
		if us == 0 {
			return ""
		}
		return time.UnixMicro(us).In(a.look.zone).Format("2006-01-02 15:04:05.000 -0700")
	}
	if !x.NoBody {
		add("text", clipRunes(x.Body, 200))
	}
	if x.NoBody && x.Fold != nil {
		add("removed", absent(&x.Message))
	}
	for _, v := range x.Versions {
		add("version", at(v.At)+"  "+clipRunes(v.Body, 200))
	}
	for _, r := range x.Reactors {
		name := text.Name(r.Name)
		if r.Outgoing {
			name = catalog.T("detail.you")
		}
		signs := make([]string, len(r.Signs))
		for i, s := range r.Signs {
			if signs[i] = text.Line(s); a.look.ascii {
				signs[i] = emojiName(s)
			}
		}
		add("reacted", name+"  "+strings.Join(signs, " "))
	}
	if x.Reply != nil {
		add("answers", x.Reply.Ref)
	}
	if f := x.File; f != nil {
		add("file", strings.Join(fileLines(f, 1000), ""))
		add("file-sum", f.SHA256)
		add("file-at", f.URL)
		add("file-saved", f.Saved)
	}
	if x.Link != nil {
		add("link", x.Link.URL)
		add("link-title", x.Link.Title)
		add("link-about", x.Link.About)
	}
	add("from", x.Sender)
	add("real", x.RealJID)
	add("occupant", x.OccupantID)
	add("language", x.Lang)
	add("said", at(x.Stamp))
	if x.Via != "" {
		add("came", strings.TrimSpace(at(x.Arrived)+"  "+catalog.T("via."+x.Via)))
	}
	for _, s := range x.Steps {
		add("step", at(s.At)+"  "+catalog.T("step."+s.Step)+sep(s.Detail))
	}
	if x.Waiting {
		add("outbox", catalog.T("detail.waiting", catalog.Count(x.Tries)))
	}
	if x.Error != "" {
		add("error", x.Error)
	}
	if x.Enc != "" {
		add("encryption", strings.TrimSpace(x.Enc+" "+x.EncError))
	} else {
		add("encryption", catalog.T("detail.plain"))
	}
	for _, r := range x.Refs {
		by := ""
		if r.By != "" {
			by = "  (" + r.By + ")"
		}
		add(r.Kind, r.Value+by)
	}
	return all
}

func clipRunes(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}

// details is a list of labels and texts above all else.
type details struct {
	l     *look
	lines []detailLine
	top   int
}

func (d *details) key(a *App, ev *tcell.EventKey) bool {
	most := max(0, len(d.lines)-1)
	switch keyName(ev) {
	case "Esc", "Enter", "q", "i":
		a.closeDialog()
	case "Up":
		d.top = max(0, d.top-1)
	case "Down":
		d.top = min(most, d.top+1)
	case "Home":
		d.top = 0
	case "End":
		d.top = most
	case "PgUp", "HalfUp":
		d.top = max(0, d.top-10)
	case "PgDn", "HalfDown", "Space":
		d.top = min(most, d.top+10)
	default:
		return false
	}
	return true
}

func (d *details) lists() bool { return true }

func (d *details) paste(*App, string) {}

func (d *details) draw(s tcell.Screen, all rect) {
	in := frameOf(s, d.l, middle(all, 100, min(all.h-2, 2*len(d.lines)+4)), catalog.T("detail.title"))
	head := min(12, in.w/3)
	y := in.y
	for _, l := range d.lines[min(d.top, len(d.lines)):] {
		wrapped := text.Wrap(l.text, max(10, in.w-head-1))
		for i, line := range wrapped {
			if y >= in.y+in.h-1 {
				break
			}
			if i == 0 {
				put(s, in.x, y, head, l.head, d.l.Dim)
			}
			put(s, in.x+head+1, y, in.w-head-1, line, d.l.Text)
			y++
		}
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("detail.keys"), d.l.Hint)
}
