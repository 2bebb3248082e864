package ui

import (
	"context"
	"slices"
	"sync"
	"time"

	"sotto/store"
)

// pageRows is how many messages are read at a time; windowRows how many stay
// in memory for the open chat.
const (
	pageRows   = 200
	windowRows = 2000
)

// job reads something and returns what the ui owner is to do with it; nil: nothing.
type job func(ctx context.Context) func(*App)

// pager reads the store, and asks the session what needs waiting, for the ui
// owner, who never waits. A request with the same key as one that has not begun
// replaces it, so the list is bounded by the number of things there are to read.
type pager struct {
	mu    sync.Mutex
	jobs  map[any]job
	order []any
	wake  chan struct{}
	out   chan<- func(*App)
}

func newPager(out chan<- func(*App)) *pager {
	return &pager{jobs: map[any]job{}, wake: make(chan struct{}, 1), out: out}
}

// want asks for a job. Any goroutine; it never blocks.
func (p *pager) want(key any, j job) {
	p.mu.Lock()
	if _, ok := p.jobs[key]; !ok {
		p.order = append(p.order, key)
	}
	p.jobs[key] = j
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pager) next() job {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.order) == 0 {
		return nil
	}
	key := p.order[0]
	p.order = p.order[1:]
	j := p.jobs[key]
	delete(p.jobs, key)
	return j
}

// run is the pager's goroutine.
func (p *pager) run(ctx context.Context) {
	for {
		j := p.next()
		if j == nil {
			select {
			case <-p.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		fn := j(ctx)
		if fn == nil {
			continue
		}
		select {
		case p.out <- fn:
		case <-ctx.Done():
			return
		}
	}
}

// What can be asked of the pager; each value is a key.
type (
	wantChats     struct{}
	wantRequests  struct{}
	wantRoster    struct{ account store.AccountID }
	wantOccupants struct{}
	wantWindow    struct{}
	wantChanges   struct{}
	wantOlder     struct{}
	wantNewer     struct{}
	wantTexts     struct{}
	wantUnsaved   struct{}
)

func (a *App) readChats() {
	a.pager.want(wantChats{}, func(ctx context.Context) func(*App) {
		list, err := a.c.Chats(ctx)
		if err != nil {
			return nil
		}
		return func(a *App) { a.gotChats(list) }
	})
}

func (a *App) readRequests() {
	a.pager.want(wantRequests{}, func(ctx context.Context) func(*App) {
		list, err := a.c.Requests(ctx)
		if err != nil {
			return nil
		}
		unkept := a.c.Unkept(ctx)
		return func(a *App) {
			a.m.requests, a.m.unkept = list, unkept
			if d, ok := a.dialog.(*strangers); ok {
				d.rebuild(a)
			}
			a.roster.rebuild()
		}
	})
}

func (a *App) readRoster(id store.AccountID) {
	a.pager.want(wantRoster{id}, func(ctx context.Context) func(*App) {
		list, err := a.c.Roster(ctx, id)
		if err != nil {
			return nil
		}
		return func(a *App) { a.gotRoster(id, list) }
	})
}

func (a *App) readOccupants() {
	c, ok := a.m.open()
	if !ok || c.Kind != store.Room {
		a.m.occupants, a.m.likes = nil, nil
		return
	}
	account := a.c.Account(c.Account)
	if account == nil {
		return
	}
	a.crowdRead = time.Now()
	was, likes := a.m.occupants, a.m.likes // replaced, never changed in place
	a.pager.want(wantOccupants{}, func(ctx context.Context) func(*App) {
		list, err := account.Occupants(ctx, c.JID)
		if err != nil {
			return nil
		}
		list = ranked(list, was)
		if !sameNames(list, was) {
			likes = likenesses(list)
		}
		return func(a *App) {
			if a.m.chat == c.ID {
				a.m.occupants, a.m.likes = list, likes
				a.tellLikenesses(c)
				a.people.rebuild()
			}
		}
	})
}

func roleRank(role string) int {
	if i := slices.Index([]string{"moderator", "participant", "visitor"}, role); i >= 0 {
		return i
	}
	return 3
}

// readWindow reads the newest page of the open chat. The frame on the screen stays
// until it is there, see awaitsWindow.
func (a *App) readWindow() {
	id := a.m.chat
	a.heldUntil = time.Now().Add(switchWait)
	time.AfterFunc(switchWait, a.bridge.redraw)
	a.pager.want(wantWindow{}, func(ctx context.Context) func(*App) {
		rows, rev, err := a.st.Page(ctx, id, 0, pageRows)
		if err != nil {
			return nil
		}
		return func(a *App) { a.gotWindow(id, rows, rev) }
	})
}

// switchWait is how long the frame of the chat before may stay while the first page
// of another one is read. An empty pane in between would be drawn and wiped again.
const switchWait = 50 * time.Millisecond

// awaitsWindow says whether the next frame is worth waiting for.
func (a *App) awaitsWindow() bool {
	return a.drawn && a.m.chat != 0 && !a.m.window.loaded && time.Now().Before(a.heldUntil)
}

// readChanges reads what changed in the open chat since the window's rev.
func (a *App) readChanges() {
	id, since := a.m.window.chat, a.m.window.rev
	if id == 0 || !a.m.window.loaded {
		return
	}
	a.pager.want(wantChanges{}, func(ctx context.Context) func(*App) {
		rows, rev, err := a.st.Changed(ctx, id, since, windowRows)
		if err != nil || len(rows) == 0 {
			return nil
		}
		more := len(rows) >= windowRows
		if more {
			rev = rows[len(rows)-1].Rev
		}
		return func(a *App) {
			if a.m.window.chat != id {
				return
			}
			a.gotRows(rows, rev)
			if more {
				a.readChanges()
			}
		}
	})
}

func (a *App) readOlder() {
	w := &a.m.window
	if !w.loaded || w.oldest || len(w.rows) == 0 {
		return
	}
	id, before := w.chat, w.rows[0].Ord
	a.pager.want(wantOlder{}, func(ctx context.Context) func(*App) {
		rows, _, err := a.st.Page(ctx, id, before, pageRows)
		if err != nil {
			return nil
		}
		return func(a *App) { a.gotOlder(id, before, rows) }
	})
}

func (a *App) readNewer() {
	w := &a.m.window
	if !w.loaded || w.newest || len(w.rows) == 0 {
		return
	}
	id, after := w.chat, w.rows[len(w.rows)-1].Ord
	a.pager.want(wantNewer{}, func(ctx context.Context) func(*App) {
		rows, _, err := a.st.PageAfter(ctx, id, after, pageRows)
		if err != nil {
			return nil
		}
		return func(a *App) { a.gotNewer(id, after, rows) }
	})
}
