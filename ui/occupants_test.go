package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
)

// TestRanked: whatever changed since the last time, the order is the one of sorting
// all anew.
func TestRanked(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	roles := []string{"moderator", "participant", "visitor", "none", "odd"}
	var was []session.Occupant
	people := map[string]session.Occupant{}
	for round := range 500 {
		for range rng.IntN(20) {
			nick := fmt.Sprintf("%c%c", 'a'+rng.IntN(20), "abAB"[rng.IntN(4)])
			if rng.IntN(3) == 0 {
				delete(people, nick)
			} else {
				people[nick] = session.Occupant{Nick: nick, Role: roles[rng.IntN(len(roles))]}
			}
		}
		if round%50 == 49 {
			was = was[:len(was)/2] // another room
		}
		var list []session.Occupant
		for _, o := range people {
			list = append(list, o)
		}
		want := slices.Clone(list)
		slices.SortFunc(want, func(a, b session.Occupant) int { return byRank(&a, &b) })
		got := ranked(list, was)
		if !slices.EqualFunc(got, want, func(a, b session.Occupant) bool { return a.Nick == b.Nick && a.Role == b.Role }) {
			t.Fatalf("round %d: got\n%v\nwant\n%v", round, got, want)
		}
		was = got
	}
}

func BenchmarkRanked(b *testing.B) {
	for _, n := range []int{2000, 10000} {
		list := make([]session.Occupant, n)
		for i := range list {
			list[i] = session.Occupant{Nick: fmt.Sprintf("Contact %05d", i*7919%n), Role: "participant"}
		}
		was := ranked(slices.Clone(list), nil)
		for name, before := range map[string][]session.Occupant{"anew": nil, "again": was, "some": slices.DeleteFunc(slices.Clone(was), func(session.Occupant) bool { return rand.IntN(50) == 0 })} { //nolint:gosec // a benchmark
			b.Run(fmt.Sprintf("occupants=%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					ranked(list, before)
				}
			})
		}
	}
}

// TestPeopleStayAtTheTop: where nobody was chosen, who comes before the first one
// is seen, and so is the heading.
func TestPeopleStayAtTheTop(t *testing.T) {
	r := hallRig(t, 120, 40, session.Occupant{Role: "participant", Affiliation: "none"})
	crowd := []session.Occupant{{Nick: "bob", Role: "participant"}}
	for i := range 100 {
		crowd = append(crowd, session.Occupant{Nick: fmt.Sprintf("c%03d", i), Role: "participant"})
	}
	r.a.m.occupants = ranked(slices.Clone(crowd), nil)
	r.a.people.rebuild()
	r.sees("Participants (101)")
	r.a.m.occupants = ranked(append(crowd, session.Occupant{Nick: "abe", Role: "participant"}), r.a.m.occupants)
	r.a.people.rebuild()
	r.sees("Participants (102)", "abe")
}

// TestCrowdIsReadNowAndThen: in a room of thousands what moves is read a few times a
// second, and the last of it too.
func TestCrowdIsReadNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := hallRig(t, 120, 40, session.Occupant{Role: "participant", Affiliation: "none"})
		c, _ := r.a.m.open()
		r.a.m.occupants = nil
		for i := range 2000 {
			r.a.m.occupants = append(r.a.m.occupants, session.Occupant{Nick: fmt.Sprintf("c%04d", i), Role: "participant"})
		}
		r.a.crowdRead = time.Now()
		for range 3 {
			r.a.handle(session.OccupantsChanged{Account: c.Account, Room: c.JID})
			r.pump()
		}
		if n := len(r.a.m.occupants); n != 2000 {
			t.Fatalf("%d people are shown at once", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.pump()
		if n := len(r.a.m.occupants); n != 0 { // nobody is in the room of this test
			t.Errorf("%d people are shown after all left", n)
		}
	})
}
