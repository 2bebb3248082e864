package ui

import (
	"context"
	"html"
	"time"

	"github.com/godbus/dbus/v5"

	"sotto/ui/catalog"
)

// Desktop tells the desktop of this machine what came (the notification service
// of freedesktop.org, over D-Bus). It is one connection, made when it is first
// needed. Its methods belong to one goroutine.
type desktop struct {
	dial   func() (*dbus.Conn, error)
	conn   *dbus.Conn
	last   map[string]uint32 // by chat: a newer one replaces the older
	failed bool
}

const (
	// desktopTime bounds a call: a service that hangs must not hold the next one up.
	desktopTime = 2 * time.Second
	// desktopChats bounds what is remembered of replaced notifications.
	desktopChats = 200
)

// dialDesktop connects to the session's bus where there is one. It never starts one.
func dialDesktop() (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, err
	}
	if err = conn.Auth(nil); err == nil {
		err = conn.Hello()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// tell shows a notification; false: there is nobody to show it.
func (d *desktop) tell(ctx context.Context, chat, title, body string) bool {
	if d.failed {
		return false
	}
	if d.conn == nil {
		conn, err := d.dial()
		if err != nil {
			d.failed = true // there is no desktop here
			return false
		}
		d.conn, d.last = conn, map[string]uint32{}
	}
	ctx, cancel := context.WithTimeout(ctx, desktopTime)
	defer cancel()
	if len(d.last) > desktopChats {
		clear(d.last)
	}
	var id uint32
	// The body is markup to some services: what was said must not be.
	call := d.conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").CallWithContext(ctx,
		"org.freedesktop.Notifications.Notify", 0, "sotto", d.last[chat], "", title, html.EscapeString(body), []string{},
		map[string]dbus.Variant{"category": dbus.MakeVariant("im.received"), "desktop-entry": dbus.MakeVariant("sotto")}, int32(-1))
	if call.Store(&id) != nil {
		d.close() // it may have been started anew: the next one tries again
		return false
	}
	d.last[chat] = id
	return true
}

func (d *desktop) close() {
	if d.conn != nil {
		_ = d.conn.Close()
		d.conn = nil
	}
}

// desktopNote is what the desktop is told.
type desktopNote struct{ chat, title, body string }

// runDesktop tells the desktop, one after the other.
func (a *App) runDesktop(ctx context.Context) {
	d := &desktop{dial: a.t.Desktop}
	defer d.close()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-a.desk:
			if !d.tell(ctx, n.chat, n.title, n.body) {
				gone := d.failed
				a.later(func(a *App) {
					a.noDesktop = gone
					if a.lock != nil { // it came before that
						n.title, n.body = "sotto", catalog.T("lock.came")
					}
					a.tellTerminal(n.title, n.body)
				})
			}
		}
	}
}
