package ui

import (
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// presenceMenu is the line above the input where one letter changes the
// presence: small at once, capital with a text first.
type presenceMenu struct {
	scopes []presenceScope
	scope  int
	saved  []store.SavedPresence // applied by the digits
	stage  presenceStage
	asking session.Show
	until  time.Time // what is chosen next ends then
	field  field
	wrong  bool     // the time that was typed is none
	texts  []string // used with the state before, newest first
	at     int
}

type presenceStage int

const (
	askState presenceStage = iota
	askText
	askWhen
)

var presenceKeys = []struct {
	key  rune
	show session.Show
}{{'o', session.Available}, {'c', session.FreeForChat}, {'a', session.Away}, {'x', session.ExtAway}, {'d', session.Busy}, {'i', session.Invisible}}

func (a *App) openPresence() { a.openPresenceFor(a.scopes()) }

func (a *App) openPresenceFor(scopes []presenceScope) *presenceMenu {
	m := &presenceMenu{scopes: scopes, saved: a.c.Settings().Presences, at: -1}
	a.dialog = m
	return m
}

func (p *presenceMenu) draw(s tcell.Screen, all rect) {
	// Drawn by App.drawPresence: the menu is a line of the frame, not a box.
}

// drawPresence draws the menu above the input.
func (a *App) drawPresence(s tcell.Screen, p *presenceMenu, above rect) {
	y := max(0, above.y-1)
	r := rect{0, y, above.w + above.x, 1}
	fill(s, r, a.look.Status)
	switch p.stage {
	case askText:
		words := catalog.T("show." + showCode(p.asking))
		if until := a.until(p.until); until != "" {
			words += " " + until
		}
		p.drawField(s, r, catalog.T("presence.text", words), a.look.Status)
		return
	case askWhen:
		code := "presence.when"
		if p.wrong {
			code = "presence.when-wrong"
		}
		p.drawField(s, r, catalog.T(code), a.look.Status)
		return
	}
	line := ""
	for _, form := range []struct {
		code  string
		short bool
	}{{"presence.menu", false}, {"presence.menu-short", false}, {"presence.menu-short", true}, {"presence.menu-narrow", true}} {
		if line = catalog.T(form.code, a.scopeLine(p, form.short)); text.Width(line) <= r.w-2 {
			break
		}
	}
	put(s, 1, y, r.w-2, line, a.look.Status)
	if word := catalog.T("presence.menu-invisible"); a.noInvisible(p.scopes[p.scope]) != "" {
		if before, _, has := strings.Cut(line, word); has {
			put(s, 1+text.Width(before), y, min(r.w-2-text.Width(before), text.Width(word)), word, on(a.look.Dim, a.look.Status))
		}
	}
	if saved := a.savedLine(p); saved != "" && y > 0 {
		fill(s, rect{0, y - 1, r.w, 1}, a.look.Status)
		put(s, 1, y-1, r.w-2, text.Fit(saved, r.w-2), a.look.Status)
	}
}

func (p *presenceMenu) drawField(s tcell.Screen, r rect, words string, style tcell.Style) {
	x := put(s, 1, r.y, max(0, r.w-11), words+" ", style) + 1
	p.field.draw(s, rect{x, r.y, r.w - x - 1, 1}, style)
}

// scopeLine names whom the menu is for, and what Tab would make of it.
func (a *App) scopeLine(p *presenceMenu, short bool) string {
	now := p.scopes[p.scope].name
	out := now
	if len(p.scopes) > 1 && !short {
		names := make([]string, len(p.scopes))
		for i, s := range p.scopes {
			names[i] = text.Cut(s.name, 24)
			if i == p.scope {
				names[i] = "[" + names[i] + "]"
			}
		}
		out = "Tab: " + strings.Join(names, a.look.mark(" ▸ ", " > "))
	}
	if until := a.until(p.until); until != "" {
		out = until + " · " + out
	}
	return out
}

// savedLine lists the saved presences with their digits; "": there are none.
func (a *App) savedLine(p *presenceMenu) string {
	var parts []string
	for i, s := range p.saved[:min(9, len(p.saved))] {
		parts = append(parts, catalog.Count(i+1)+" "+text.Name(s.Name))
	}
	return strings.Join(parts, " · ")
}

func (p *presenceMenu) key(a *App, ev *tcell.EventKey) bool {
	switch p.stage {
	case askText:
		return p.textKey(a, ev)
	case askWhen:
		return p.whenKey(a, ev)
	}
	name := keyName(ev)
	switch x := a.keys.key(name, anywhere); {
	case name == "Esc", x != nil && x.name == "presence.menu":
		a.closeDialog()
		return true
	}
	switch name {
	case "Tab":
		p.scope = (p.scope + 1) % len(p.scopes)
	case "Shift-Tab":
		p.scope = (p.scope + len(p.scopes) - 1) % len(p.scopes)
	case "t", "T":
		p.ask(a, a.seenIn(p.scopes[p.scope]).Show)
	case "f", "F":
		p.stage, p.wrong, p.field = askWhen, false, field{}
	case "u":
		a.closeDialog()
		a.undoPresence(p.scopes[p.scope])
	case "1", "2", "3", "4", "5", "6", "7", "8", "9":
		if n := int(name[0] - '1'); n < len(p.saved) {
			a.closeDialog()
			a.useSaved(p.scopes[p.scope], p.saved[n], p.until)
		}
	default:
		for _, k := range presenceKeys {
			switch name {
			case string(k.key):
				p.choose(a, k.show, "")
				return true
			case strings.ToUpper(string(k.key)):
				if k.show == session.Invisible {
					return false // nobody would read the text
				}
				p.ask(a, k.show)
				return true
			}
		}
		return false
	}
	return true
}

// ask asks for a text; the last one used with the state stands there already.
func (p *presenceMenu) ask(a *App, show session.Show) {
	p.asking, p.stage, p.at = show, askText, -1
	p.field = field{}
	a.pager.want(wantTexts{}, readTexts(a.st, p, show))
}

func (p *presenceMenu) textKey(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Enter":
		p.choose(a, p.asking, strings.TrimSpace(p.field.text()))
	case "Up":
		if p.at+1 < len(p.texts) {
			p.at++
			p.field.set(p.texts[p.at])
		}
	case "Down":
		if p.at > 0 {
			p.at--
			p.field.set(p.texts[p.at])
		}
	default:
		return p.field.key(ev)
	}
	return true
}

// whenKey asks until when or for how long; the state is chosen after it.
func (p *presenceMenu) whenKey(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		p.stage = askState
	case "Enter":
		t := strings.TrimSpace(p.field.text())
		if t == "" {
			p.until, p.stage = time.Time{}, askState
			return true
		}
		end, ok := readWhen(t, a.now())
		if p.wrong = !ok; ok {
			p.until, p.stage = end, askState
		}
	default:
		return p.field.key(ev)
	}
	return true
}

func (p *presenceMenu) paste(_ *App, t string) {
	if p.stage != askState {
		p.field.insert(text.Line(t))
	}
}

// choose applies a state.
func (p *presenceMenu) choose(a *App, show session.Show, t string) {
	a.closeDialog()
	a.tellPresence(p.scopes[p.scope], session.Presence{Show: show, Text: t}, p.until)
}
