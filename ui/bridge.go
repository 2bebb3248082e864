package ui

import (
	"context"
	"time"

	"sotto/session"
)

const (
	// frame is the least time between two drawings that no key caused.
	frame = time.Second / 30
	// share is how long one update may keep the ui owner from the next key.
	share = 5 * time.Millisecond
)

// bridge carries what changed to the ui owner: from the session's mailbox and
// from the pager, at most one update per frame. It is the only place that
// queues updates, because QueueUpdate blocks for ever once tview has stopped:
// the bridge is ended, and waited for, before tview is.
type bridge struct {
	box     *session.Mailbox
	results chan func(*App)
	poke    chan struct{} // draw soon: the clock wants it
	drained chan struct{} // draw now: the terminal took all, and a frame was skipped meanwhile
}

func newBridge(box *session.Mailbox) *bridge {
	return &bridge{box: box, results: make(chan func(*App), 16), poke: make(chan struct{}, 1), drained: make(chan struct{}, 1)}
}

// redraw asks for a drawing. Any goroutine; it never blocks.
func (b *bridge) redraw() {
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

// redrawNow draws what the terminal had no time for: the letter of a key may be in
// it, which is not to wait for the next frame. The terminal itself says how often.
// Any goroutine; it never blocks.
func (b *bridge) redrawNow() {
	select {
	case b.drained <- struct{}{}:
	default:
	}
}

// run is the bridge's goroutine.
func (b *bridge) run(ctx context.Context, a *App) {
	var events []session.Event
	var fns []func(*App)
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := false // a frame may be drawn now
	dirty := false
	for {
		if dirty && due {
			a.tv.QueueUpdateDraw(func() { events, fns = b.apply(a, events, fns) })
			dirty = len(events)+len(fns) > 0
			due = false
			timer.Reset(frame)
		}
		select {
		case <-ctx.Done():
			return
		case <-b.box.Wake():
			events, dirty = append(events, b.box.Take()...), true
		case fn := <-b.results:
			fns, dirty = append(fns, fn), true
		case <-b.poke:
			dirty = true
		case <-b.drained:
			a.tv.QueueUpdateDraw(func() {})
		case <-timer.C:
			due = true
		}
	}
}

// apply runs on the ui owner. What does not fit into its share of time waits
// for the next frame.
func (b *bridge) apply(a *App, events []session.Event, fns []func(*App)) ([]session.Event, []func(*App)) {
	end := time.Now().Add(share)
	for i, e := range events {
		a.handle(e)
		if a.plain != nil {
			a.plainEvent(e)
		}
		if i%32 == 31 && time.Now().After(end) {
			a.settle()
			return events[i+1:], fns
		}
	}
	for i, fn := range fns {
		fn(a)
		if time.Now().After(end) {
			a.settle()
			return nil, fns[i+1:]
		}
	}
	a.settle()
	return nil, nil
}

// stop ends tview; the bridge must have ended.
func (a *App) stop() { a.tv.Stop() }
