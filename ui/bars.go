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

// drawHeader shows who we are, how we are connected and what waits.
func (a *App) drawHeader(s tcell.Screen, r rect) {
	if r.w == 0 {
		return
	}
	fill(s, r, a.look.Status)
	acc, ok := a.m.account(a.acting())
	left := " sotto"
	right := ""
	if ok {
		left = " " + text.Line(acc.JID) + "  "
		if n := len(a.m.accounts); n > 1 && r.w >= twoPanes {
			left = " " + text.Line(acc.JID) + " (+" + catalog.Count(n-1) + ")  "
		}
	}
	x := put(s, r.x, r.y, r.w, left, a.look.Status)
	if ok {
		state, style := a.linkState(acc)
		mark, markStyle := a.look.show(session.Unavailable)
		if acc.Link == session.Online {
			mark, markStyle = a.look.show(acc.Shown())
		}
		x += put(s, x, r.y, r.w-x, mark+" ", on(markStyle, a.look.Status))
		x += put(s, x, r.y, r.w-x, state, on(style, a.look.Status))
		right = acc.TLS
	}
	if ok {
		if c := a.catchingUp(acc.ID); c != "" {
			right = c + sep(right)
		}
	}
	unread := 0
	for _, c := range a.m.chats {
		if c.Unread > 0 && !a.muted(c) {
			unread++
		}
	}
	if unread > 0 {
		right = catalog.T("status.unread", catalog.Count(unread)) + sep(right)
	}
	if n := len(a.m.requests); n > 0 {
		right = catalog.Plural("status.request", n) + sep(right)
	}
	if a.m.refused > 0 {
		right = catalog.T("status.refused", catalog.Count(a.m.refused)) + sep(right)
	}
	long, short := a.notSaved()
	style := a.look.Status
	if short != "" {
		style = on(a.look.Error, a.look.Status)
	}
	for _, words := range []string{strings.TrimPrefix(long+sep(right), " · "), long, short} {
		// Whatever the width: that nothing is saved must be seen.
		if rw := text.Width(words); x+rw+2 <= r.w || words == short && short != "" {
			if x+rw+2 > r.w {
				words, rw = " "+words, rw+1
			}
			put(s, max(0, r.w-rw-1), r.y, rw, words, style)
			return
		}
	}
}

func sep(s string) string {
	if s == "" {
		return ""
	}
	return " · " + s
}

// linkState words how an account is.
func (a *App) linkState(i session.AccountInfo) (string, tcell.Style) {
	switch i.Link {
	case session.Online:
		t := catalog.T("show." + showCode(i.Shown()))
		if u := a.until(i.Until); u != "" {
			t += " " + u
		}
		if i.Presence.Text != "" {
			t += " · " + text.Line(i.Presence.Text)
		}
		return t, a.look.Status
	case session.Waiting:
		a.countDown()
		n := max(0, int(i.RetryAt.Sub(a.opt.Now()).Seconds()+0.5))
		return catalog.T("link.waiting", catalog.Count(n)), a.look.Error
	case session.Offline:
		return catalog.T("link.offline"), a.look.Error
	}
	return catalog.T(linkCodes[i.Link]), a.look.Status
}

// countDown draws again in a second, while an account waits for its next try.
func (a *App) countDown() {
	if !a.counting {
		a.counting = true
		time.AfterFunc(time.Second, func() { a.bridge.redraw() })
	}
}

var linkCodes = map[session.LinkState]string{session.Resolving: "link.resolving", session.Connecting: "link.connecting",
	session.Securing: "link.securing", session.Authenticating: "link.authenticating", session.Binding: "link.binding", session.Syncing: "link.syncing"}

func showCode(s session.Show) string {
	if s == session.Available {
		return "online"
	}
	return string(s)
}

// drawHint shows the keys of this place, and the chats that wait.
func (a *App) drawHint(s tcell.Screen, r rect) {
	fill(s, r, a.look.Hint)
	act := a.activity()
	aw := text.Width(act)
	if aw > 0 {
		put(s, r.x+r.w-aw-1, r.y, aw, act, on(a.look.Unread, a.look.Hint))
	}
	put(s, r.x+1, r.y, r.w-aw-3, a.hints(r.w-aw-3), a.look.Hint)
}

// manyLines is from how many lines on a text is more than the input shows, so
// that what Enter sends is counted.
const manyLines = 5

// hints lists as many keys as fit.
func (a *App) hints(w int) string {
	var parts []string
	switch a.focus {
	case inRoster:
		parts = append(parts, catalog.T("hint.roster"))
	case inPeople:
		parts = append(parts, catalog.T("hint.people"))
	case inSelection:
		parts = append(parts, catalog.T("hint.selection"))
	default:
		if n := strings.Count(a.composer.text(), "\n") + 1; n > manyLines {
			parts = append(parts, catalog.T("hint.send-lines", catalog.Count(n)))
		} else {
			parts = append(parts, catalog.T("hint.send"))
		}
	}
	for _, x := range a.actions {
		if (x.where == inSelection) != (a.focus == inSelection) || x.where == inSelection && a.cannot(x) != "" {
			continue
		}
		if x.hint && len(x.keys) > 0 {
			code := "hint." + x.name
			if x.hints != nil {
				code = x.hints(a)
			}
			parts = append(parts, x.keys[0]+" "+catalog.T(code))
		}
	}
	out := ""
	for _, p := range parts {
		next := out
		if next != "" {
			next += " · "
		}
		if next += p; text.Width(next) > w {
			continue
		}
		out = next
	}
	return out
}

// activity names the numbers of the chats that wait, mentions first.
func (a *App) activity() string {
	var loud, quiet []string
	for i, c := range a.roster.order() {
		switch {
		case a.muted(c):
		case c.Mentions > 0 || c.Unread > 0 && c.Kind != store.Room:
			loud = append(loud, catalog.Count(i+1)+"@")
		case c.Unread > 0:
			quiet = append(quiet, catalog.Count(i+1))
		}
	}
	all := append(loud, quiet...)
	if len(all) == 0 {
		return ""
	}
	if len(all) > 6 {
		all = append(all[:6], "…")
	}
	return catalog.T("hint.activity", strings.Join(all, " "))
}
