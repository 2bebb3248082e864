package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

const hall = "gophers@rooms.example.org"

// hallRig is a room with people in it, as the session would tell of it.
func hallRig(t *testing.T, w, h int, own session.Occupant) *rig {
	t.Helper()
	r := newRig(t, w, h, func(tx *store.Tx, a store.AccountID) error {
		room, err := tx.EnsureChat(store.ChatKey{Account: a, Kind: store.Room, JID: hall})
		if err != nil {
			return err
		}
		for i, m := range [][2]string{{"bob", "hello"}, {"eve", "buy pills"}, {"eve", "cheap pills"}, {"bob", "no thanks"}, {"eve", "last chance"}} {
			if _, _, err := tx.Arrive(store.Arrival{Chat: room, Sender: hall + "/" + m[0], Nick: m[0], OccupantID: "id-" + m[0], Body: m[1], Stamp: noon.UnixMicro() + int64(i)}); err != nil {
				return err
			}
		}
		return tx.MarkRead(room, 1<<60)
	})
	own.Nick, own.Self = "alice", true
	r.a.m.rooms[who{r.acc, hall}] = session.RoomInfo{JID: hall, Joined: true, Occupants: 3}
	r.a.m.occupants = []session.Occupant{own, {Nick: "bob", Role: "moderator", Affiliation: "owner"}, {Nick: "eve x", OccupantID: "id-eve", Role: "participant", Affiliation: "none"}}
	r.a.people.rebuild()
	return r
}

// TestDeedScreens: what cannot be done says why, a kick asks for its reason.
func TestDeedScreens(t *testing.T) {
	for _, size := range sizes {
		r := hallRig(t, size[0], size[1], session.Occupant{Role: "moderator", Affiliation: "admin"})
		r.a.focus = inPeople
		for _, test := range [][3]string{{"alice", "x", "That is you."}, {"bob", "x", "They stand too high"}, {"bob", "o", "They stand too high"}} {
			r.a.people.toNick(test[0])
			r.press(test[1])
			r.sees(test[2])
		}
		r.a.people.toNick("eve x")
		r.press("x")
		r.write("no pills here")
		r.golden(fmt.Sprintf("kick-%dx%d", size[0], size[1]))
		r.press("Enter")
		r.until("the answer", func() bool { return strings.Contains(r.screen(), "You are not in this room.") }) // the session knows better
		r.press("X")
		r.sees("is banned from", "/unban")
		r.press("Esc")
		if r.a.dialog != nil {
			t.Error("Esc leaves it open")
		}
	}
	r := hallRig(t, 80, 24, session.Occupant{Role: "participant", Affiliation: "none"})
	for command, why := range map[string]string{"/kick eve x": "Only moderators", "/ban eve x": "Only admins and owners", "/affiliation eve@example.org member": "Only admins and owners", "/devoice bob": "Only moderators"} {
		r.line(command)
		r.sees(why)
	}
	r.a.m.rooms[who{r.acc, hall}] = session.RoomInfo{JID: hall}
	r.line("/kick bob")
	r.sees("You are not in this room; /join enters it.")
}

func TestNickArg(t *testing.T) {
	r := hallRig(t, 80, 24, session.Occupant{})
	r.a.m.occupants = append(r.a.m.occupants, session.Occupant{Nick: "eve"})
	for args, want := range map[string][2]string{"eve x": {"eve x", ""}, "eve x go away": {"eve x", "go away"}, "eve xy": {"eve", "xy"}, "bob": {"bob", ""}, "nobody at all": {"nobody", "at all"}, "": {"", ""}} {
		if nick, rest := r.a.nickArg(args); nick != want[0] || rest != want[1] {
			t.Errorf("%q: got %q, %q", args, nick, rest)
		}
	}
}

// TestIgnoredLinesAreFolded: one line stands for all that follow each other, and
// the marks step over what is not shown.
func TestIgnoredLinesAreFolded(t *testing.T) {
	for _, size := range sizes {
		r := hallRig(t, size[0], size[1], session.Occupant{Role: "participant"})
		r.sees("cheap pills", "last chance")
		r.a.handle(session.IgnoredChanged{Account: r.acc, List: []session.Ignored{{Room: hall, OccupantID: "id-eve", Nicks: []string{"eve"}}}})
		r.golden(fmt.Sprintf("ignored-%dx%d", size[0], size[1]))
		if s := r.screen(); strings.Contains(s, "pills") || strings.Contains(s, "chance") {
			t.Errorf("a line is not folded:\n%s", s)
		}
		var bodies []string
		r.do("select")
		for range 4 {
			m, _ := r.a.selected()
			bodies = append(bodies, m.Body)
			r.press("Up")
		}
		if got := strings.Join(bodies, "; "); got != "last chance; no thanks; buy pills; hello" {
			t.Errorf("marked %s", got)
		}
		r.press("Down", "Down")
		if m, _ := r.a.selected(); m.Body != "no thanks" {
			t.Errorf("down to %q", m.Body)
		}
		r.press("Esc")
		r.line("/unignore")
		r.sees("You ignore here: eve")
		r.a.handle(session.IgnoredChanged{Account: r.acc})
		r.sees("cheap pills")
	}
}
