package ui

import (
	"context"
	"time"

	"sotto/session"
)

// attend tells the session how this screen is looked at.
func (a *App) attend() {
	a.c.Attend(a.box, session.Attention{Focused: a.focused && a.lock == nil, Known: a.focusKnown || a.lock != nil, Detached: a.detached})
}

func (a *App) gotFocus(on bool) {
	a.focused, a.focusKnown = on, true
	a.attend()
	a.afterInput()
}

// detachEvery is how often it is looked whether somebody is attached.
const detachEvery = 10 * time.Second

// watchDetach follows whether anybody is attached to the multiplexer around.
func (a *App) watchDetach(ctx context.Context) {
	t := time.NewTicker(detachEvery)
	defer t.Stop()
	was := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := a.t.Detached()
		if now == was {
			continue
		}
		was = now
		select {
		case a.bridge.results <- func(a *App) { a.detached = now; a.attend() }:
		case <-ctx.Done():
			return
		}
	}
}
