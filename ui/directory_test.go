package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
)

func cinema() []session.ListedRoom {
	return []session.ListedRoom{
		{JID: "empty@rooms.example.org", Name: "Empty", Occupants: 0},
		{JID: "tea@rooms.example.org", Name: "Tea", About: "black,\x1b[31m green", Lang: "en", Occupants: 12},
		{JID: "unknown@rooms.example.org", Occupants: -1},
		{JID: "go@rooms.example.org", Name: "Gophers\u202e", Occupants: 300},
	}
}

// TestRoomsScreens: the busiest first, what is typed filters, Enter enters.
func TestRoomsScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		r.line("/rooms")
		d, ok := r.a.dialog.(*roomList)
		if !ok {
			t.Fatal("no directory is open")
		}
		d.problem = ""
		r.a.handle(session.RoomsListed{Account: r.acc, ID: "another", List: cinema()})
		if len(d.all) > 0 {
			t.Error("it shows an answer to something else")
		}
		r.a.handle(session.RoomsListed{Account: r.acc, ID: d.id, Service: "rooms.example.org", List: cinema()[:2]})
		r.a.handle(session.RoomsListed{Account: r.acc, ID: d.id, Service: "rooms.example.org", List: cinema(), Done: true})
		r.a.handle(session.RoomTold{Account: r.acc, ListedRoom: session.ListedRoom{JID: "go@rooms.example.org", Name: "Gophers", About: "Go", Occupants: 310, Asked: true, Access: session.Access{Told: true}}})
		r.a.handle(session.RoomTold{Account: r.acc, ListedRoom: session.ListedRoom{JID: "tea@rooms.example.org", Occupants: -1, Asked: true, Access: session.Access{Told: true, Members: true, Password: true, Moderated: true, Addresses: true}}})
		r.golden(fmt.Sprintf("rooms-%dx%d", size[0], size[1]))
		r.press("Down")
		r.a.handle(session.RoomTold{Account: r.acc, ListedRoom: session.ListedRoom{JID: "unknown@rooms.example.org", Occupants: 999, Asked: true}})
		if got := d.all[d.rows[d.cursor]].JID; got != "tea@rooms.example.org" {
			t.Errorf("the cursor went to %s", got)
		}
		r.write("gre")
		if len(d.rows) != 1 {
			t.Errorf("found %d rooms", len(d.rows))
		}
		r.press("Esc")
		if len(d.rows) != 4 || r.a.dialog == nil {
			t.Error("Esc does not clear the filter first")
		}
		r.write("gophers")
		r.press("Enter")
		if r.a.dialog != nil {
			t.Error("Enter leaves it open")
		}
		r.until("the room", func() bool {
			return strings.Contains(r.screen(), "go@rooms.example.org") || strings.Contains(r.screen(), "#go")
		})
	}
}
