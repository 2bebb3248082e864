package ui

import (
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

// bookmarked is the village with its room and another one among the bookmarks.
func bookmarked(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	for jid, xml := range map[string]string{
		"gophers@rooms.example.org": "<conference xmlns='urn:xmpp:bookmarks:1' name='Go&#x85;people' autojoin='true'><nick>alice</nick></conference>",
		"tea@rooms.example.org":     "<conference xmlns='urn:xmpp:bookmarks:1'/>",
	} {
		if err := tx.PutBookmark(store.RoomEntry{Account: a, JID: jid, Bookmark: []byte(xml), Source: "pep"}); err != nil {
			return err
		}
	}
	return nil
}

// TestBookmarkCommand: the list stands above the input, what is meant is done, and
// what is not understood is said.
func TestBookmarkCommand(t *testing.T) {
	r := newRig(t, 120, 40, bookmarked)
	r.line("/bookmark")
	r.sees("entered", "gophers@rooms.example.org · Go", "people · alice", "bookmark      tea@rooms.example.org")
	r.line("/bookmark list tea")
	r.sees("bookmark      tea@rooms.example.org")
	if strings.Contains(r.screen(), "gophers@rooms.example.org ·") {
		t.Errorf("more than was asked for:\n%s", r.screen())
	}
	for _, step := range [][2]string{
		{"/bookmark autojoin on tea@rooms.example.org", "All your devices enter tea@rooms.example.org."},
		{"/bookmark autojoin off tea@rooms.example.org", "tea@rooms.example.org is not entered by itself any more."},
		{"/bookmark add new@rooms.example.org al", "new@rooms.example.org is among your bookmarks."},
		{"/bookmark name new@rooms.example.org The new one", "new@rooms.example.org is called “The new one” now."},
		{"/bookmark name new@rooms.example.org", "new@rooms.example.org has no name of yours any more."},
		{"/bookmark remove none@rooms.example.org", "none@rooms.example.org is not among your bookmarks."},
		{"/bookmark remove new@rooms.example.org", "new@rooms.example.org is not among your bookmarks any more."},
		{"/bookmark list new", "There is no such bookmark."},
		{"/bookmark add bob@example.org", "bob@example.org is not the address of a room."},
		{"/bookmark autojoin perhaps", "/bookmark is used like this"},
	} {
		r.a.composer.set("")
		r.line(step[0])
		r.sees(step[1])
	}
}

// TestRoomUnderItsName: the name of the bookmark is that of the room, filtered, and
// the words of the command mean the open room.
func TestRoomUnderItsName(t *testing.T) {
	r := newRig(t, 120, 40, bookmarked)
	for _, c := range r.a.m.chats {
		if c.Kind == store.Room {
			r.a.show(c.ID)
		}
	}
	r.pump()
	r.sees("#Go")
	if strings.ContainsRune(r.screen(), '\u0085') {
		t.Error("the name was not filtered")
	}
	r.line("/rename The gophers")
	r.sees("#The gophers", "is called “The gophers” now.")
	r.line("/bookmark remove")
	r.sees("gophers@rooms.example.org is not among your bookmarks any more.", "#gophers")
}

// TestBookmarkWords: Tab completes the words of the command and its rooms.
func TestBookmarkWords(t *testing.T) {
	r := newRig(t, 120, 40, bookmarked)
	for _, step := range [][2]string{
		{"/bookmark re", "/bookmark remove "},
		{"/bookmark auto", "/bookmark autojoin "},
		{"/bookmark autojoin of", "/bookmark autojoin off "},
		{"/bookmark autojoin on te", "/bookmark autojoin on tea@rooms.example.org "},
		{"/bookmark remove go", "/bookmark remove gophers@rooms.example.org "},
	} {
		r.a.composer.set("")
		r.write(step[0])
		r.press("Tab")
		if got := r.a.composer.text(); got != step[1] {
			t.Errorf("%q became %q, want %q", step[0], got, step[1])
		}
	}
}

// TestRoomSaysWhenItIsTriedAgain: and is told once.
func TestRoomSaysWhenItIsTriedAgain(t *testing.T) {
	r := newRig(t, 120, 40, village)
	for _, c := range r.a.m.chats {
		if c.Kind == store.Room {
			r.a.show(c.ID)
		}
	}
	c, _ := r.a.m.open()
	problem := &session.Problem{Code: "room-silent", Args: []string{c.JID}}
	e := session.RoomChanged{Account: c.Account, RoomInfo: session.RoomInfo{JID: c.JID, Problem: problem, RetryAt: r.a.opt.Now().Add(4*time.Minute + time.Second)}}
	r.a.handle(e)
	r.sees("next try in 4 min · The room gophers@rooms", "It is tried again by itself; /join tries now.")
	r.a.note.clear()
	e.Joining = true
	r.a.handle(e)
	e.Joining = false
	r.a.handle(e)
	if got := r.screen(); strings.Contains(got, "tried again by itself") {
		t.Errorf("it was told twice:\n%s", got)
	}
	e.Removed = true
	r.a.handle(e)
	if _, known := r.a.m.rooms[who{c.Account, c.JID}]; known {
		t.Error("a room that is no more is still known")
	}
}
