package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/screen"
	"sotto/ui/text"
)

// Notifications: the bell, the terminal's own, a command.

const (
	// bellEvery is the least time between two bells.
	bellEvery = 5 * time.Second
	// hooksWaiting bounds the commands that wait; hookTime how long one may take.
	hooksWaiting = 16
	hookTime     = 10 * time.Second
	// notifyBody is how much of a message a notification shows.
	notifyBody = 200
)

// hookEvent is what the command gets on its standard input, as JSON.
type hookEvent struct {
	Event   string `json:"event"` // message, mention, came or catch-up
	Account string `json:"account"`
	Chat    string `json:"chat"` // address
	From    string `json:"from"`
	Body    string `json:"body,omitempty"` // only when bodies may be shown
	Room    bool   `json:"room"`
}

// incoming tells of what came for us and is not looked at.
func (a *App) incoming(e session.Incoming) {
	c, ok := a.m.find(e.Chat)
	if !ok && !e.Direct {
		c.Kind = store.Room // the list that has it is on its way
	}
	if !passes(c.Notifies(a.opt.Now()), e.Mention) {
		return
	}
	if m := a.missed[e.Account]; m != nil {
		if e.Stored {
			return // it is told with all that was missed
		}
		m.live[e.Chat]++
	}
	if e.Chat == a.m.chat && a.looking() && a.dialog == nil && a.timeline.atEnd() {
		return
	}
	n := notification{account: e.Account, title: text.Name(e.From), said: catalog.T("notify.wrote"),
		body: clipRunes(text.Line(saidBy(e)), notifyBody), hook: hookEvent{Event: "message", Chat: c.JID, From: e.From, Room: c.Kind == store.Room}}
	if c.Kind == store.Room {
		n.title += " " + a.m.title(c)
	}
	if e.Mention && !e.Direct {
		n.hook.Event = "mention"
	}
	a.notify(n)
}

// notification is what the terminal, the bell and the command are told.
type notification struct {
	account store.AccountID
	title   string
	body    string // private: told only where bodies may be shown
	said    string // told instead of it
	hook    hookEvent
}

// notify tells of something, unless the user is busy.
func (a *App) notify(n notification) {
	acc, ok := a.m.account(n.account)
	if !ok || acc.Presence.Show == session.Busy {
		return
	}
	s := a.c.Settings()
	if now := a.opt.Now(); s.Bell && a.t.Bell != nil && now.Sub(a.lastBell) > bellEvery {
		a.lastBell = now
		a.t.Bell()
	}
	if !a.showsBodies(s) {
		n.body = ""
	}
	if a.lock != nil { // only that something came
		n.title, n.body, n.said, n.hook = "sotto", "", catalog.T("lock.came"), hookEvent{Event: "message"}
	}
	said := n.body
	if said == "" {
		said = n.said
	}
	if a.tellsDesktop(s) {
		select {
		case a.desk <- desktopNote{n.hook.Chat, n.title, said}:
		default: // a desktop that cannot keep up misses some
		}
	} else {
		a.tellTerminal(n.title, said)
	}
	if s.NotifyCommand != "" {
		if n.hook.Body = n.body; a.lock == nil {
			n.hook.Account = acc.JID
		}
		select {
		case a.hooks <- n.hook:
		default: // a command that cannot keep up misses some
		}
	}
}

// tellsDesktop says whether the desktop is told instead of the terminal.
func (a *App) tellsDesktop(s *store.Config) bool {
	return a.t.Desktop != nil && !a.noDesktop && (s.Notify == "auto" || s.Notify == "dbus")
}

// tellTerminal tells by the terminal's own sequence, where it has one.
func (a *App) tellTerminal(title, said string) {
	if a.t.Notify == nil {
		return
	}
	if seq := screen.Notification(a.notifier(a.c.Settings()), title, said); seq != nil {
		a.t.Notify(seq)
	}
}

// showsBodies says whether a notification may show what was said: by default
// only on this machine's own terminal.
func (a *App) showsBodies(s *store.Config) bool {
	switch s.NotifyBody {
	case "on":
		return true
	case "off":
		return false
	}
	return !a.t.Remote
}

// notifier is how the terminal is told.
func (a *App) notifier(s *store.Config) string {
	switch s.Notify {
	case "auto", "dbus": // a desktop that is not there is no reason to be silent
		return a.t.Notifier
	case "off", "bell":
		return screen.NotifyNone
	}
	return s.Notify
}

// runHooks runs the command for what came, one at a time.
func (a *App) runHooks(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case h := <-a.hooks:
			runHook(ctx, a.c.Settings().NotifyWords(), h)
		}
	}
}

// runHook runs a command with an event on its standard input. No shell is
// involved, so nothing that was said can be taken for a part of it.
func runHook(ctx context.Context, words []string, h hookEvent) {
	if len(words) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	in, err := json.Marshal(h)
	if err != nil {
		return
	}
	c := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // it is the user's own setting
	c.Stdin = bytes.NewReader(append(in, '\n'))
	c.WaitDelay = time.Second
	_ = c.Run() // its output is nobody's, and it may fail
}
