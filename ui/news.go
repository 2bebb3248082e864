package ui

import (
	"slices"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// handle applies one event of the session.
func (a *App) handle(e session.Event) {
	switch e := e.(type) {
	case session.AccountChanged:
		a.accountChanged(e.AccountInfo)
	case session.ChatsChanged:
		a.readChats()
	case session.ChatChanged:
		if e.Chat == a.m.chat {
			a.readChanges()
			a.readUnsaved()
		}
	case session.RosterChanged:
		a.readRoster(e.Account)
		a.readRequests()
	case session.RequestsChanged:
		a.readRequests()
	case session.BlockedChanged:
		a.blockedChanged(e)
	case session.IgnoredChanged:
		a.ignoredChanged(e)
	case session.AffiliationsListed:
		a.affiliationsListed(e)
	case session.RoomForm:
		a.roomForm(e)
	case session.AvatarChanged:
		a.avatarChanged(e)
	case session.CardForm:
		a.cardForm(e)
	case session.RoomRegistration:
		a.roomRegistration(e)
	case session.CommandsListed:
		a.commandsListed(e)
	case session.CommandStage:
		a.commandStage(e)
	case session.RoomsListed:
		a.roomsListed(e)
	case session.RoomTold:
		a.roomTold(e)
	case session.VoiceRequestsChanged:
		a.voicesChanged(e)
	case session.InvitationsChanged:
		a.invitationsChanged(e)
	case session.PresenceChanged:
		w := who{e.Account, e.JID}
		if len(e.Resources) == 0 {
			delete(a.m.presence, w)
		} else {
			a.m.presence[w] = e.Resources
		}
		a.staleRoster, a.stalePeople = true, true
	case session.DirectedChanged:
		a.m.directed[e.Account] = e.List
		a.staleRoster = true
	case session.AccountTold:
		a.accountTold(e)
	case session.PolicyChanged:
		a.policyChanged(e)
	case session.AlertsChanged:
		a.m.alerts[e.Account] = e.JIDs
	case session.Came:
		a.came(e)
	case session.TypingChanged:
		if len(e.Who) == 0 {
			delete(a.m.typing, e.Chat)
		} else {
			a.m.typing[e.Chat] = e.Who
		}
	case session.RoomChanged:
		w := who{e.Account, e.JID}
		if e.Removed {
			delete(a.m.rooms, w)
			a.staleRoster = true
			return
		}
		if was := a.m.rooms[w].Problem; e.Problem != nil && (was == nil || was.Code != e.Problem.Code) {
			a.sayProblem(*e.Problem, "")
		}
		if c, ok := a.m.open(); ok && e.Joined && !a.m.rooms[w].Joined && (who{c.Account, c.JID}) == w {
			a.readOccupants() // all are there now
		}
		a.m.rooms[w] = e.RoomInfo
		a.staleRoster = true
	case session.OccupantsChanged:
		if c, ok := a.m.open(); ok && c.Account == e.Account && c.JID == e.Room {
			a.occupantsMoved()
		}
	case session.Incoming:
		a.incoming(e)
		a.previewNew(e)
	case session.Noticed:
		a.noticed(e)
	case session.Accepted:
		delete(a.pending, e.LocalID)
	case session.Refused:
		a.refusedLine(e)
	case session.Answer:
		a.answer(e)
	case session.Registering:
		a.registering(e)
	case session.Opened:
		a.opened(e)
	case session.Prompt:
		a.prompt(e)
	case session.ContactInvitation:
		a.invitationMade(e)
	case session.HistorySealed:
		a.historySealed(e)
	case session.VaultDone:
		a.vaultDone(e)
	case session.SecurityCount:
		a.m.refused = e.Refused
	case session.ArchiveSearch:
		a.archiveSearch(e)
	case session.ArchiveHits:
		a.archiveHits(e)
	case session.ArchiveChanged:
		a.archiveChanged(e)
	case session.Transfer:
		a.transferMoved(e)
	case session.UploadService:
		a.tellUpload(e)
	case session.FileSaved:
		a.fileSaved(e)
	case session.FileNear:
		a.fileNear(e)
	case session.Pictured:
		a.look.keepSharp(e)
	case session.ExportExists:
		a.exportExists(e)
	case session.Saving:
		a.savingChanged(e)
	}
}

// settle brings up to date, once per frame, what many events may have changed.
func (a *App) settle() {
	if a.staleRoster {
		a.staleRoster = false
		a.roster.rebuild()
		if d, ok := a.dialog.(*watchers); ok {
			d.rebuild(a)
		}
		if d, ok := a.dialog.(*whoMay); ok {
			d.rebuild()
		}
	}
	if a.stalePeople {
		a.stalePeople = false
		a.people.rebuild()
	}
	a.afterInput()
}

func (a *App) accountChanged(i session.AccountInfo) {
	at := slices.IndexFunc(a.m.accounts, func(o session.AccountInfo) bool { return o.ID == i.ID })
	switch {
	case i.Removed && at >= 0:
		a.m.accounts = slices.Delete(a.m.accounts, at, at+1)
		a.m.chats = slices.DeleteFunc(a.m.chats, func(c store.Chat) bool { return c.Account == i.ID })
	case i.Removed:
		return
	case at >= 0:
		if i.Link == session.Online && a.m.accounts[at].Link != i.Link {
			a.faced = who{} // what could not be asked for before
		}
		a.linkMoved(a.m.accounts[at].Link, i)
		if was := a.m.accounts[at]; was.Problem == nil && i.Problem != nil && i.Link == session.Offline {
			a.sayProblem(*i.Problem, i.JID)
		}
		a.m.accounts[at] = i
	default:
		a.linkMoved(session.Offline, i)
		a.m.accounts = append(a.m.accounts, i)
	}
	if _, ok := a.m.account(a.account); !ok && len(a.m.accounts) > 0 {
		a.account = a.m.accounts[0].ID
	}
	a.staleRoster = true
	a.connectionMoved(i)
	a.setupProgress(i)
}

func (a *App) gotChats(list []store.Chat) {
	list = slices.DeleteFunc(list, func(c store.Chat) bool { _, ok := a.m.account(c.Account); return !ok })
	was, _ := a.m.open()
	a.m.chats = steady(a.m.chats, list)
	a.watchRules()
	if was.ID.Unsaved() {
		a.follow(was, list)
	}
	if _, ok := a.m.open(); !ok && a.m.chat != 0 {
		a.show(0)
	}
	a.holdUnread()
	a.roster.rebuild()
}

// steady gives the chats in the order they stand in already, new ones behind
// them, and the pinned ones in front. At the start the order is by activity; after that a chat keeps its
// place and its number, so that a key never opens another chat than the one seen.
func steady(old, list []store.Chat) []store.Chat {
	place := make(map[store.ChatID]int, len(old))
	for i, c := range old {
		place[c.ID] = i + 1
	}
	at := func(c store.Chat) int {
		if p := place[c.ID]; p > 0 {
			return p
		}
		return len(old) + 1
	}
	slices.SortStableFunc(list, func(x, y store.Chat) int {
		if x.Pinned != y.Pinned {
			if x.Pinned {
				return -1
			}
			return 1
		}
		return at(x) - at(y)
	})
	return list
}

func (a *App) gotRoster(id store.AccountID, list []store.Contact) {
	for w := range a.m.contacts {
		if w.account == id {
			delete(a.m.contacts, w)
		}
	}
	for _, c := range list {
		a.m.contacts[who{id, c.JID}] = c
	}
	a.staleRoster, a.stalePeople = true, true
}

// gotWindow shows the newest page of the chat that is open.
func (a *App) gotWindow(id store.ChatID, rows []store.Message, rev uint64) {
	if id != a.m.chat {
		return
	}
	read := int64(0)
	if c, ok := a.m.open(); ok && c.Unread > 0 {
		read = max(1, c.ReadOrd)
	}
	a.m.window = window{chat: id, rows: rows, rev: rev, oldest: len(rows) < pageRows, newest: true, readOrd: read, loaded: true}
	a.timeline.changed()
	a.holdUnread()
	a.readChanges()
	a.readCoverage()
	a.readUnsaved()
}

func (a *App) gotRows(rows []store.Message, rev uint64) {
	w := &a.m.window
	w.upsert(rows)
	w.rev = max(w.rev, rev)
	// A window that follows the end lets the oldest rows go.
	if a.timeline.atEnd() && len(w.rows) > windowRows+pageRows {
		w.rows = slices.Clone(w.rows[len(w.rows)-windowRows:])
		w.oldest = false
	}
	a.timeline.changed()
}

func (a *App) gotOlder(id store.ChatID, before int64, rows []store.Message) {
	w := &a.m.window
	if w.chat != id || len(w.rows) == 0 || w.rows[0].Ord != before {
		return
	}
	w.oldest = len(rows) < pageRows
	w.rows = append(rows, w.rows...)
	if len(w.rows) > windowRows+pageRows {
		w.rows = slices.Clone(w.rows[:windowRows])
		w.newest = false
	}
	a.timeline.changed()
}

func (a *App) gotNewer(id store.ChatID, after int64, rows []store.Message) {
	w := &a.m.window
	if w.chat != id || len(w.rows) == 0 || w.rows[len(w.rows)-1].Ord != after {
		return
	}
	w.newest = len(rows) < pageRows
	w.rows = append(w.rows, rows...)
	if len(w.rows) > windowRows+pageRows {
		w.rows = slices.Clone(w.rows[len(w.rows)-windowRows:])
		w.oldest = false
	}
	a.timeline.changed()
	if w.newest {
		a.readUnsaved()
	}
}

// afterInput does what follows any change: pages near the edges are read, what
// was seen is marked, the title is true.
func (a *App) afterInput() {
	a.restyle()
	if a.timeline.nearTop() {
		a.readOlder()
	}
	if a.timeline.atTop() {
		a.loadOlder(false)
	}
	if a.timeline.nearBottom() {
		a.readNewer()
	}
	a.showTitle()
	a.askAvatar()
}

func (a *App) showTitle() {
	n := 0
	for _, c := range a.m.chats {
		if !a.muted(c) {
			n += c.Unread
		}
	}
	title := "sotto"
	if c, ok := a.m.open(); ok {
		title = a.m.title(c) + " — sotto"
	}
	if a.lock != nil {
		n, title = 0, "sotto" // nobody who passes reads more
	}
	if n > 0 {
		title = "(" + catalog.Count(n) + ") " + title
	}
	if title != a.titleShown && a.t.Title != nil {
		a.titleShown = title
		a.t.Title(title)
	}
}
