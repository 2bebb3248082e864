package session

import (
	"context"
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// What the user does with bookmarks.

// Bookmark is a room as the account keeps it on its server.
type Bookmark struct {
	JID      string
	Name     string // as the user calls it, remote text
	Nick     string // empty: none of its own
	Autojoin bool   // all devices enter it
	Pending  bool   // the server does not have it like this yet
}

// Bookmarks lists the bookmarks by address. It waits for the loop: not for the
// interface's goroutine.
func (a *Account) Bookmarks(ctx context.Context) (list []Bookmark, err error) {
	err = a.ask(ctx, func(l *loop) { list = l.bookmarkList() })
	return list, err
}

// ListBookmarks answers with an [Answer] whose facts are the bookmarks that have
// words in address, name or nick; empty: all.
func (a *Account) ListBookmarks(chat store.ChatID, words string) {
	a.do(chat, func(l *loop) { l.listBookmarks(chat, words) })
}

// AddBookmark makes a bookmark of a room, or gives it another nick (empty: as it
// is). Our devices enter the room when we are in it.
func (a *Account) AddBookmark(room, nick string) {
	a.do(0, func(l *loop) { l.addBookmark(room, nick) })
}

// RemoveBookmark takes a bookmark away. Our other devices leave the room; this one
// stays in it until it is left.
func (a *Account) RemoveBookmark(room string) { a.do(0, func(l *loop) { l.removeBookmark(room) }) }

// SetAutojoin says whether our devices enter the room of a bookmark; with on this
// one enters it at once.
func (a *Account) SetAutojoin(room string, on bool) {
	a.do(0, func(l *loop) { l.setAutojoin(room, on) })
}

// NameRoom gives a room the name that its bookmark has; empty: none.
func (a *Account) NameRoom(room, name string) { a.do(0, func(l *loop) { l.nameRoom(room, name) }) }

func (l *loop) bookmarkList() []Bookmark {
	var list []Bookmark
	for j, r := range l.rooms {
		if r.mark != nil {
			list = append(list, Bookmark{JID: j.String(), Name: r.mark.name, Nick: r.mark.nick, Autojoin: r.mark.auto, Pending: r.pending != 0})
		}
	}
	slices.SortFunc(list, func(a, b Bookmark) int { return strings.Compare(a.JID, b.JID) })
	return list
}

func (l *loop) listBookmarks(chat store.ChatID, words string) {
	var facts []Fact
	for _, b := range l.bookmarkList() {
		text := b.JID
		for _, s := range []string{b.Name, b.Nick} {
			if s != "" {
				text += " · " + s
			}
		}
		code := "bookmark"
		if b.Autojoin {
			code = "entered"
		}
		if strings.Contains(strings.ToLower(text), strings.ToLower(words)) {
			facts = append(facts, Fact{Code: code, Text: text})
		}
	}
	if len(facts) == 0 {
		l.tell(chat, "no-bookmarks")
		return
	}
	l.emit(Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: chat, Code: "bookmarks", Facts: facts})
}

// bookmarkOf finds the room of a bookmark; nil: there is none, and the user knows.
func (l *loop) bookmarkOf(s string) *room {
	j, err := wire.Parse(s)
	if err == nil {
		if r := l.rooms[j.Bare()]; r != nil && r.mark != nil {
			return r
		}
	}
	l.tellProblem(0, Problem{Code: "no-bookmark", Args: []string{s}})
	return nil
}

func (l *loop) addBookmark(s, nick string) {
	j, err := wire.Parse(s)
	if err == nil && nick != "" {
		_, err = wire.Parse(j.Bare().String() + "/" + nick)
	}
	if err != nil || j.Local() == "" || j.Resource() != "" || j == l.self || l.contacts[j.String()].JID != "" {
		l.tellProblem(0, Problem{Code: "bad-room", Args: []string{s}})
		return
	}
	r := l.roomAt(j)
	r.unlisted = false
	l.markRoom(r, func(b *bookmark) {
		b.auto = b.auto || r.want
		if nick != "" {
			b.nick = nick
		}
	})
	if r.mark != nil {
		l.tell(l.chatIDs[l.roomKey(j)], "bookmark-added", j.String())
	}
}

func (l *loop) removeBookmark(s string) {
	if r := l.bookmarkOf(s); r != nil {
		l.tell(l.chatIDs[l.roomKey(r.jid)], "bookmark-removed", r.jid.String())
		l.unmarkRoom(r)
	}
}

func (l *loop) setAutojoin(s string, on bool) {
	r := l.bookmarkOf(s)
	if r == nil {
		return
	}
	r.auto = on
	l.markRoom(r, func(b *bookmark) { b.auto = on })
	chat := l.chatIDs[l.roomKey(r.jid)]
	if !on {
		l.tell(chat, "autojoin-off", r.jid.String())
		return
	}
	l.tell(chat, "autojoin-on", r.jid.String())
	l.enterMarked(r, true)
}

func (l *loop) nameRoom(s, name string) {
	name = strings.TrimSpace(name)
	j, err := wire.Parse(s)
	r := l.rooms[j]
	if err != nil || r == nil || len(name) > nameMax {
		l.tellProblem(0, Problem{Code: "bad-room", Args: []string{s}})
		return
	}
	l.markRoom(r, func(b *bookmark) {
		b.auto = b.auto || r.want
		b.name = name
	})
	chat := l.chatIDs[l.roomKey(j)]
	if name == "" {
		l.tell(chat, "room-unnamed", j.String())
		return
	}
	l.tell(chat, "room-named", j.String(), name)
}
