package ui

import (
	"sync"

	"github.com/gdamore/tcell/v2"
	"github.com/godbus/dbus/v5"

	"sotto/ui/screen"
)

// titles keeps the title of the window on the terminal's stack and gives it back.
const (
	titleSave    = "\x1b[22;2t"
	titleRestore = "\x1b[23;2t"
)

// OpenTerminal takes the terminal of this process. The function that comes
// with it gives it back; it may be called more than once, from any goroutine,
// and after a panic. The errors are screen.ErrNoTTY and screen.ErrDumb
// (wrapped), and what tcell may say besides.
func OpenTerminal(env screen.Env) (Terminal, func(), error) {
	scr, tty, err := screen.Open(env)
	if err != nil {
		return Terminal{}, nil, err
	}
	if err := scr.Init(); err != nil {
		return Terminal{}, nil, err
	}
	scr.EnableFocus()
	if env.Graphics() {
		scr.Ask()
		_ = tty.WriteRaw([]byte("\x1b[H\x1b[2J")) // a terminal that knows no such question may have printed it
	}
	_ = tty.WriteRaw([]byte(titleSave))
	var once sync.Once
	restore := func() {
		once.Do(func() { _ = tty.WriteRaw([]byte(titleRestore)) })
		scr.Fini()
	}
	t := Terminal{
		Detached: env.Detached(env.User),
		Screen:   scr, Colors: scr.Colors(), NoColor: env.NoColor != "", ASCII: env.ASCII(), Notice: scr.Notice(),
		OnFocus: scr.OnFocus,
		OnKey:   func(f func()) { scr.OnKey(func(*tcell.EventKey) { f() }) },
		OnDrain: scr.OnDrained,
		OnError: func(f func()) {
			scr.OnError(func(error) { f() })
			tty.OnError(func(error) { f() })
		},
		Bell:   func() { _ = scr.Beep() },
		Rate:   tty.Rate,
		Title:  scr.SetTitle,
		Notify: func(seq []byte) { _ = tty.WriteRaw(seq) }, Notifier: env.Notifier(), Remote: env.Remote() || env.Multiplexed(),
		Desktop: desktopOf(env),
	}
	return t, restore, nil
}

// desktopOf is how the desktop around a terminal is reached; nil: it is on another
// machine, or there is none.
func desktopOf(env screen.Env) func() (*dbus.Conn, error) {
	if env.Remote() || env.SessionBus == "" {
		return nil
	}
	return dialDesktop
}
