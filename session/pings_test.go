package session_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

// TestRoomsAreAskedAFewAtATime: after a resumption all rooms are asked whether we
// are in them, four at a time, the one on the screen first.
func TestRoomsAreAskedAFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rooms = 11
		s := newDemo(t, "alice")
		var mu sync.Mutex
		open, most, asked := map[string]bool{}, 0, []string{}
		opt := optionsFor(s, "alice")
		opt.Console = func(_ store.AccountID, out bool, xml []byte) {
			el, err := wire.ParseElement(xml, wire.NSClient)
			if err != nil || el.Local != "iq" {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			switch room, _, _ := strings.Cut(el.Attr("to"), "/"); {
			case !out:
				delete(open, el.Attr("id"))
			case el.Child("urn:xmpp:ping", "ping") != nil && strings.HasPrefix(room, "room"):
				open[el.Attr("id")] = true
				most = max(most, len(open))
				asked = append(asked, room)
			}
		}
		cl := run(t, opt, at(s, "alice"))
		defer cl.c.Close()
		cl.online()
		var shown string
		for i := range rooms {
			jid := s.OpenRoom(fmt.Sprintf("room%d", i), "", "").JID()
			cl.a.Join(jid, "", "")
			chat := wait(cl, "the room", func(e session.RoomChanged) bool { return e.JID == jid && e.Joined }).Chat
			if i == rooms/2 {
				shown = jid
				cl.a.Look(chat)
			}
		}
		s.CutAll(demo.CutReset)
		wait(cl, "the loss", func(e session.AccountChanged) bool { return e.Link != session.Online })
		cl.online()
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(asked) != rooms || most > 4 || asked[0] != shown {
			t.Errorf("asked %d rooms, %d at a time, first %q; want %d, 4 at most, %q", len(asked), most, asked[0], rooms, shown)
		}
	})
}
