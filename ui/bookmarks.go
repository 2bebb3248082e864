package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
)

// cmdBookmark lists and changes the rooms that the account keeps on its server.
// Without an address it means the room that is open.
func (a *App) cmdBookmark(args string) {
	verb, rest, _ := strings.Cut(args, " ")
	rest = strings.TrimSpace(rest)
	on := false
	if verb == "autojoin" {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		rest = strings.TrimSpace(rest)
		if word != "on" && word != "off" {
			a.usage("bookmark")
			return
		}
		on = word == "on"
	}
	if verb == "" || verb == "list" {
		a.withAccount(func(acc *session.Account) { acc.ListBookmarks(a.m.chat, rest) })
		return
	}
	room, rest, ok := a.bookmarkRoom(rest)
	if !ok {
		a.usage("bookmark")
		return
	}
	a.withAccount(func(acc *session.Account) {
		switch verb {
		case "add":
			acc.AddBookmark(room, rest)
		case "remove":
			acc.RemoveBookmark(room)
		case "autojoin":
			acc.SetAutojoin(room, on)
		case "name":
			acc.NameRoom(room, rest)
		default:
			a.usage("bookmark")
		}
	})
}

// bookmarkRoom takes the room off the front of what was typed: an address, else
// the open room.
func (a *App) bookmarkRoom(args string) (room, rest string, ok bool) {
	first, rest, _ := strings.Cut(args, " ")
	if strings.Contains(first, "@") {
		return strings.TrimSuffix(strings.TrimPrefix(first, "xmpp:"), "?join"), strings.TrimSpace(rest), true
	}
	c, ok := a.m.open()
	return c.JID, args, ok && c.Kind == store.Room
}

// bookmarkWords proposes the words of the command behind those that stand there.
func (a *App) bookmarkWords(before []string) []string {
	switch {
	case len(before) == 0:
		return []string{"add ", "remove ", "autojoin ", "name ", "list "}
	case len(before) == 1 && before[0] == "autojoin":
		return []string{"on ", "off "}
	}
	var rooms []string
	for w, r := range a.m.rooms {
		if w.account == a.acting() && (r.Bookmarked || before[0] == "add") {
			rooms = append(rooms, w.jid+" ")
		}
	}
	return rooms
}
