package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// presenceMenu is the line above the input where one letter changes the
// presence: small at once, capital with a text first.
type presenceMenu struct {
	scope  int // 0: every account, 1: the open chat only
	asking session.Show
	asks   bool
	field  field
	texts  []string // used with the state before, newest first
	at     int
}

var presenceKeys = []struct {
	key  rune
	show session.Show
}{{'o', session.Available}, {'c', session.FreeForChat}, {'a', session.Away}, {'x', session.ExtAway}, {'d', session.Busy}}

func (a *App) openPresence() { a.dialog = &presenceMenu{at: -1} }

func (p *presenceMenu) draw(s tcell.Screen, all rect) {
	// Drawn by App.drawPresence: the menu is a line of the frame, not a box.
}

// drawPresence draws the menu above the input.
func (a *App) drawPresence(s tcell.Screen, p *presenceMenu, above rect) {
	y := max(0, above.y-1)
	r := rect{0, y, above.w + above.x, 1}
	fill(s, r, a.look.Status)
	if p.asks {
		x := put(s, 1, y, r.w-1, catalog.T("presence.text", catalog.T("show."+showCode(p.asking)))+" ", a.look.Status) + 1
		p.field.draw(s, rect{x, y, r.w - x - 1, 1}, a.look.Status)
		return
	}
	scope := catalog.T("presence.everyone")
	if p.scope == 1 {
		if c, ok := a.m.open(); ok {
			scope = a.m.title(c)
		}
	}
	line := catalog.T("presence.menu", scope)
	if text.Width(line) > r.w-2 {
		line = catalog.T("presence.menu-short", scope)
	}
	put(s, 1, y, r.w-2, line, a.look.Status)
}

func (p *presenceMenu) key(a *App, ev *tcell.EventKey) bool {
	if p.asks {
		return p.askKey(a, ev)
	}
	switch name := keyName(ev); name {
	case "Esc", "F2", "Alt-s":
		a.closeDialog()
	case "Tab", "Shift-Tab":
		if a.m.chat != 0 {
			p.scope = 1 - p.scope
		}
	case "t", "T":
		p.ask(a, a.ownPresence().Show)
	case "u":
		a.closeDialog()
		a.undoPresence()
	default:
		for _, k := range presenceKeys {
			switch name {
			case string(k.key):
				p.choose(a, k.show, "")
				return true
			case strings.ToUpper(string(k.key)):
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
	p.asking, p.asks, p.at = show, true, -1
	p.field = field{}
	a.pager.want(wantTexts{}, readTexts(a.st, p, show))
}

func (p *presenceMenu) askKey(a *App, ev *tcell.EventKey) bool {
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

func (p *presenceMenu) paste(_ *App, t string) {
	if p.asks {
		p.field.insert(text.Line(t))
	}
}

// choose applies a state.
func (p *presenceMenu) choose(a *App, show session.Show, t string) {
	a.closeDialog()
	if p.scope == 0 {
		a.setPresence(show, t)
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) {
		to := c.JID
		if c.Kind == store.Private {
			to = c.JID + "/" + c.Nick
		}
		if show == session.Available && t == "" {
			acc.SendPresence(to, nil) // back to what everyone sees
		} else {
			acc.SendPresence(to, &session.Presence{Show: show, Text: t})
		}
	})
}

// ownPresence is what is shown of us.
func (a *App) ownPresence() session.Presence {
	acc, _ := a.m.account(a.acting())
	return acc.Presence
}

// setPresence changes the presence of every account.
func (a *App) setPresence(show session.Show, t string) {
	old := a.ownPresence()
	a.lastPresence = &old
	for _, acc := range a.c.Accounts() {
		info, _ := a.m.account(acc.ID())
		acc.SetPresence(session.Presence{Show: show, Text: t, Priority: info.Presence.Priority})
	}
	said := catalog.T("presence.now", catalog.T("show."+showCode(show)), t)
	if t != "" {
		said = catalog.T("presence.now-text", catalog.T("show."+showCode(show)), t)
	}
	a.say(said)
}

// undoPresence goes back to the state before the last change.
func (a *App) undoPresence() {
	if p := a.lastPresence; p != nil {
		a.setPresence(p.Show, p.Text)
		return
	}
	a.say(catalog.T("presence.nothing-before"))
}

var showNames = map[string]session.Show{"online": session.Available, "available": session.Available, "chat": session.FreeForChat,
	"away": session.Away, "xa": session.ExtAway, "dnd": session.Busy, "busy": session.Busy}

// cmdStatus takes "/status away text", "/status set away text" and "/status text".
func (a *App) cmdStatus(args string) {
	if args == "" {
		p := a.ownPresence()
		a.say(catalog.T("presence.now-text", catalog.T("show."+showCode(p.Show)), p.Text))
		return
	}
	args = strings.TrimPrefix(args, "set ")
	word, rest, _ := strings.Cut(args, " ")
	if show, ok := showNames[strings.ToLower(word)]; ok {
		a.setPresence(show, unquote(strings.TrimSpace(rest)))
		return
	}
	a.setPresence(a.ownPresence().Show, unquote(args))
}

// unquote takes off the quotes that other clients want around a text.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// cmdPresence opens the menu, or tells one address only.
func (a *App) cmdPresence(args string) {
	if args == "" {
		a.openPresence()
		return
	}
	f := strings.SplitN(args, " ", 3)
	show, ok := session.Available, false
	if len(f) > 1 {
		show, ok = showNames[strings.ToLower(f[1])]
	}
	if !ok {
		a.usage("presence")
		return
	}
	t := ""
	if len(f) > 2 {
		t = unquote(f[2])
	}
	a.withAccount(func(acc *session.Account) {
		if show == session.Available && t == "" {
			acc.SendPresence(f[0], nil)
		} else {
			acc.SendPresence(f[0], &session.Presence{Show: show, Text: t})
		}
	})
}
