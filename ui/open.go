package ui

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/net/idna"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// openMax is how many addresses of one message can be chosen from.
const openMax = 9

// needLink says why the marked message cannot be opened.
func needLink(a *App) string {
	if m, ok := a.selected(); !ok || len(addressesOf(&m)) == 0 || m.Alone() && a.m.filesOf(&m) == session.ChoiceNo {
		return "why.no-link"
	}
	return ""
}

// openSelected asks whether an address of the marked message is to be opened. The
// host stands alone in the question, in the letters that DNS is asked for:
// nothing before or behind it can pass for it.
func (a *App) openSelected() {
	a.withSelected(func(_ *session.Account, m store.Message) {
		list := addressesOf(&m)
		if len(list) == 1 {
			a.askOpen(list[0])
			return
		}
		a.dialog = &chooser{l: a.look, title: catalog.T("open.which"), items: list, chosen: (*App).askOpen}
	})
}

// askOpen asks before an address leaves for another program.
func (a *App) askOpen(address string) {
	if len(address) >= len(session.URIScheme) && strings.EqualFold(address[:len(session.URIScheme)], session.URIScheme) {
		a.followURI(address) // no other program is needed
		return
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		a.say(catalog.T("open.not"))
		return
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		host = u.Hostname()
	}
	question := catalog.T("open.ask", text.Line(host), text.Line(clipRunes(address, 300)))
	if u.User != nil {
		question += " " + catalog.T("open.user")
	}
	if u.Scheme == "http" {
		question += " " + catalog.T("open.http")
	}
	a.confirm(question, func(a *App) { a.open(u.String()) })
}

// open gives an address to the user's command, or to the desktop's. It is one
// argument of it; no shell is involved.
func (a *App) open(address string) {
	words := a.c.Settings().OpenWords()
	if len(words) == 0 {
		if a.t.Remote {
			a.t.Screen.SetClipboard([]byte(address))
			a.say(catalog.T("open.remote"))
			return
		}
		words = opener()
	}
	if len(words) == 0 {
		a.t.Screen.SetClipboard([]byte(address))
		a.say(catalog.T("open.none"))
		return
	}
	a.say(catalog.T("open.opening", text.Line(words[0])))
	life := a.life
	go func() { // ends with the command, which gets ten seconds and then goes on alone
		ctx, cancel := context.WithTimeout(life, openTime)
		defer cancel()
		c := exec.Command(words[0], append(slices.Clone(words[1:]), address)...) //nolint:gosec // the user's own setting, and an address that was confirmed
		done := make(chan error, 1)
		err := c.Start()
		if err == nil {
			go func() { done <- c.Wait() }()
			select {
			case err = <-done:
			case <-ctx.Done():
			}
		}
		if err != nil {
			a.later(func(a *App) { a.say(catalog.T("open.failed", text.Line(words[0]))) })
		}
	}()
}

// openTime is how long a program that opens addresses may take to fail.
const openTime = 10 * time.Second

// opener is the desktop's own program for addresses.
func opener() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{"open"}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	for _, name := range []string{"xdg-open", "termux-open-url", "wslview"} {
		if path, err := exec.LookPath(name); err == nil {
			return []string{path}
		}
	}
	return nil
}

// copySelectedToFile writes the marked message where other programs can read it:
// for terminals that have no clipboard to give.
func (a *App) copySelectedToFile() {
	said := a.copied(a.takenTexts())
	a.endSelect()
	path := a.opt.Clip
	if path == "" {
		a.say(catalog.T("copy.no-file"))
		return
	}
	a.pager.want("clip", func(context.Context) func(*App) {
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(said), 0o600)
		}
		return func(a *App) {
			if err != nil {
				a.say(catalog.T("copy.no-file"))
				return
			}
			a.say(catalog.T("copy.file", text.Line(path)))
		}
	})
}

// chooser is a short list, chosen from by number or by the cursor.
type chooser struct {
	l      *look
	title  string
	items  []string
	at     int
	chosen func(*App, string)
}

func (c *chooser) key(a *App, ev *tcell.EventKey) bool {
	switch name := keyName(ev); {
	case name == "Esc" || name == "q":
		a.closeDialog()
	case name == "Enter":
		c.pick(a, c.at)
	case name == "Up":
		c.at = max(0, c.at-1)
	case name == "Down":
		c.at = min(len(c.items)-1, c.at+1)
	case len(name) == 1 && name[0] >= '1' && name[0] <= '9':
		c.pick(a, int(name[0]-'1'))
	default:
		return false
	}
	return true
}

func (c *chooser) pick(a *App, i int) {
	if i < len(c.items) {
		a.closeDialog()
		c.chosen(a, c.items[i])
	}
}

func (c *chooser) lists() bool { return true }

func (c *chooser) paste(*App, string) {}

func (c *chooser) draw(s tcell.Screen, all rect) {
	in := frameOf(s, c.l, middle(all, 90, len(c.items)+3), c.title)
	for i, item := range c.items {
		style := c.l.Text
		if i == c.at {
			style = c.l.Selected
		}
		r := rect{in.x, in.y + i, in.w, 1}
		fill(s, r, style)
		put(s, r.x, r.y, r.w, text.Fit(string(rune('1'+i))+" "+strings.TrimSpace(text.Line(item)), r.w), style)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("chooser.keys"), c.l.Hint)
}
