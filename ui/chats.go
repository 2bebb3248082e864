package ui

import (
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// show opens a chat of the list; 0 closes the one that is open. What stands in
// the input goes with the chat it was written for.
func (a *App) show(id store.ChatID) {
	if id == a.m.chat {
		return
	}
	a.endAim()
	a.keepDraft()
	if a.m.chat != 0 {
		a.lastChatID = a.m.chat
	}
	a.m.chat = id
	a.m.window = window{chat: id}
	a.m.occupants, a.m.likes = nil, nil
	a.popup = nil
	a.endSelect()
	a.timeline.changed()
	a.people.rebuild()
	c, ok := a.m.open()
	a.composer.load(c.Draft)
	if !ok {
		return
	}
	if acc := a.c.Account(c.Account); acc != nil {
		acc.Look(id)
	}
	a.account = c.Account
	a.readWindow()
	a.readOccupants()
	a.staleRoster = true
}

// keepDraft saves what stands in the input of the open chat.
func (a *App) keepDraft() {
	c, ok := a.m.open()
	if !ok {
		return
	}
	t := a.draft()
	if t == c.Draft {
		return
	}
	for i := range a.m.chats {
		if a.m.chats[i].ID == c.ID {
			a.m.chats[i].Draft = t
		}
	}
	if acc := a.c.Account(c.Account); acc != nil {
		acc.SaveDraft(c.ID, t)
	}
}

// draftTime is how long what is typed may be in memory only.
const draftTime = 2 * time.Second

// saveSoon saves the draft a little later, so that even a machine that loses
// its power keeps it.
func (a *App) saveSoon() {
	if a.saving {
		return
	}
	a.saving = true
	time.AfterFunc(draftTime, func() {
		select {
		case a.bridge.results <- func(a *App) { a.saving = false; a.keepDraft() }:
		case <-a.quit:
		}
	})
}

// opened shows the chat that a command asked for.
func (a *App) opened(e session.Opened) {
	if _, ok := a.m.find(e.Chat); !ok {
		// The list that has it is on its way; show what we know meanwhile.
		a.m.chats = append(a.m.chats, store.Chat{ID: e.Chat, ChatKey: e.Key, Nick: e.Key.Occupant, Open: true})
		a.readChats()
	}
	a.show(e.Chat)
	a.focus = inComposer
	a.takeOffer(e.Account, e.Key)
	goal := a.goal
	if a.goal = nil; goal != nil && goal.Chat == e.Chat {
		a.goTo(*goal)
	}
	p := a.parcel
	if a.parcel = nil; p != nil && p.to == (who{e.Account, e.Key.JID}) {
		a.deliver(e.Chat, *p)
	}
	if line := a.firstLine; line != "" {
		a.firstLine = ""
		if acc := a.c.Account(e.Account); acc != nil {
			if id, ok := acc.Send(e.Chat, line); ok {
				a.pending[id] = line
			} else {
				a.composer.set(line)
			}
		}
	}
	a.staleRoster = true
}

// stepChat opens the next or previous chat of the list.
func (a *App) stepChat(step int) {
	list := a.roster.order()
	if len(list) == 0 {
		return
	}
	at := -1
	for i, c := range list {
		if c.ID == a.m.chat {
			at = i
		}
	}
	if at < 0 && step < 0 {
		at = 0
	}
	a.show(list[(at+step+len(list))%len(list)].ID)
}

// chatNumber opens the n-th chat of the list, counted from 0.
func (a *App) chatNumber(n int) {
	if list := a.roster.order(); n < len(list) {
		a.show(list[n].ID)
	}
}

func (a *App) lastChat() {
	if _, ok := a.m.find(a.lastChatID); ok {
		a.show(a.lastChatID)
		return
	}
	a.say(catalog.T("chat.no-last"))
}

// nextUnread opens the chat that waits: those that mention the user first,
// then people, then rooms, of each the one that waits longest; after the last it
// goes back to where it began.
func (a *App) nextUnread() {
	rank := func(c store.Chat) int {
		switch {
		case c.ID == a.m.chat || c.Unread == 0 || a.muted(c):
			return 0
		case c.Mentions > 0:
			return 3
		case c.Kind != store.Room:
			return 2
		}
		return 1
	}
	best, at := store.Chat{}, 0
	for _, c := range a.roster.order() {
		if r := rank(c); r > at || r == at && at > 0 && c.LastOrd < best.LastOrd {
			best, at = c, r
		}
	}
	switch {
	case at > 0:
		if a.beforeNext == 0 {
			a.beforeNext = a.m.chat
		}
		a.show(best.ID)
	case a.beforeNext != 0 && a.beforeNext != a.m.chat:
		back := a.beforeNext
		a.beforeNext = 0
		if _, ok := a.m.find(back); ok {
			a.show(back)
		}
	default:
		a.beforeNext = 0
		a.say(catalog.T("unread.none"))
	}
}

// toEnd shows the newest messages again, reading them when they were let go.
func (a *App) toEnd() {
	if w := &a.m.window; w.loaded && !w.newest {
		a.m.window = window{chat: a.m.chat}
		a.timeline.changed()
		a.readWindow()
	}
	a.timeline.toEnd()
}

func (a *App) closeChat() {
	a.withChat(func(acc *session.Account, c store.Chat) {
		list := a.roster.order()
		acc.CloseChat(c.ID)
		for i, o := range list {
			if o.ID != c.ID {
				continue
			}
			switch {
			case i+1 < len(list):
				a.show(list[i+1].ID)
			case i > 0:
				a.show(list[i-1].ID)
			default:
				a.show(0)
			}
		}
	})
}

func (a *App) toggleRoster() {
	if a.narrow() {
		if a.focus == inRoster {
			a.focus = inComposer
		} else {
			a.focus = inRoster
		}
		return
	}
	if a.widen(true) {
		return
	}
	a.hideRoster = !a.hideRoster
	if a.focus == inRoster {
		a.focus = inComposer
	}
}

func (a *App) togglePeople() {
	if w, _ := a.t.Screen.Size(); w < threePanes {
		if a.focus == inPeople || a.m.chat == 0 {
			a.focus = inComposer
		} else {
			a.focus = inPeople
		}
		return
	}
	if a.widen(false) {
		return
	}
	a.hidePeople = !a.hidePeople
	if a.focus == inPeople {
		a.focus = inComposer
	}
}

// resync repaints the terminal from nothing.
func (a *App) resync() { a.t.Screen.Sync() }

// Stop suspends the program as Ctrl-Z does, when another process asks for it.
// Any goroutine.
func (a *App) Stop() { a.later((*App).suspend) }

// Resume draws everything again after the process was stopped without a word.
// Any goroutine.
func (a *App) Resume() { a.later((*App).resync) }

func (a *App) later(fn func(*App)) {
	select {
	case a.bridge.results <- fn:
	case <-a.quit:
	}
}

// pin lets the open chat stand first in the list, or no more.
func (a *App) pin(on bool) {
	a.withChat(func(acc *session.Account, c store.Chat) {
		acc.Pin(c.ID, on)
		code := "pin.on"
		if !on {
			code = "pin.off"
		}
		a.say(catalog.T(code, a.m.title(c)))
	})
}

// suspend gives the terminal back to the shell until the process goes on.
func (a *App) suspend() {
	if a.t.Suspend == nil {
		a.say(catalog.T("why.no-suspend"))
		return
	}
	a.keepDraft()
	a.tv.Suspend(func() { _ = a.t.Suspend() })
	a.t.Screen.Sync()
}
