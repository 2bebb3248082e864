package ui

import (
	"context"
	"slices"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// What came while an account was not connected is told in one notification, when
// its archives were read: so many new in so many chats.

// stillTime is how long after the last archive nothing may be read before the
// catch-up counts as over.
const stillTime = 2 * time.Second

// missed is what an account knew when it began to connect.
type missed struct {
	before map[store.ChatID]int // what waited by the rule of each chat
	live   map[store.ChatID]int // what came since and was told when it came
	online bool
}

type wantMissed struct{ account store.AccountID }

// waiting is how much of a chat waits that its rule lets be told.
func (a *App) waitingIn(c store.Chat) int {
	switch c.Notifies(a.opt.Now()) {
	case store.NotifyAll:
		return c.Unread
	case store.NotifyMention:
		return c.Mentions
	}
	return 0
}

// linkMoved follows the connections: what is missed counts from their beginning.
func (a *App) linkMoved(was session.LinkState, i session.AccountInfo) {
	down := func(l session.LinkState) bool { return l == session.Offline || l == session.Waiting }
	m := a.missed[i.ID]
	switch {
	case down(i.Link) && m != nil && !m.online:
		delete(a.missed, i.ID)
	case m == nil && down(was) && !down(i.Link):
		m = &missed{before: map[store.ChatID]int{}, live: map[store.ChatID]int{}}
		for _, c := range a.m.chats {
			if c.Account == i.ID {
				m.before[c.ID] = a.waitingIn(c)
			}
		}
		a.missed[i.ID] = m
	}
	if m != nil && !m.online && i.Link == session.Online {
		m.online = true
		a.countMissedSoon(i.ID)
	}
}

// countMissedSoon counts when nothing moved for a while.
func (a *App) countMissedSoon(id store.AccountID) {
	m := a.missed[id]
	if m == nil || !m.online {
		return
	}
	if t := a.missedTimer[id]; t != nil {
		t.Stop()
	}
	a.missedTimer[id] = time.AfterFunc(stillTime, func() {
		select {
		case a.bridge.results <- func(a *App) { a.countMissed(id) }:
		case <-a.quit:
		}
	})
}

// countMissed tells what came, once the archives of the account are read.
func (a *App) countMissed(id store.AccountID) {
	for k := range a.m.catching {
		if k.account == id {
			return // its end counts again
		}
	}
	m := a.missed[id]
	if m == nil {
		return
	}
	for w, r := range a.m.rooms {
		if w.account == id && r.Joining {
			a.countMissedSoon(id) // its archive is read when we are in
			return
		}
	}
	delete(a.missed, id)
	a.pager.want(wantMissed{id}, func(ctx context.Context) func(*App) {
		list, err := a.c.Chats(ctx)
		if err != nil {
			return nil
		}
		return func(a *App) { a.tellMissed(id, m, list) }
	})
}

func (a *App) tellMissed(id store.AccountID, m *missed, list []store.Chat) {
	messages, chats := 0, 0
	for _, c := range list {
		n := a.waitingIn(c) - m.before[c.ID] - m.live[c.ID]
		if c.Account == id && n > 0 {
			messages, chats = messages+n, chats+1
		}
	}
	a.gotChats(slices.Clone(list))
	if messages == 0 {
		return
	}
	said := catalog.Plural("missed", messages)
	if chats > 1 {
		said = catalog.T("missed.chats", catalog.Count(messages), catalog.Count(chats))
	}
	if !a.note.open() {
		a.say(said)
	}
	a.notify(notification{account: id, title: "sotto", said: said, hook: hookEvent{Event: "catch-up"}})
}
