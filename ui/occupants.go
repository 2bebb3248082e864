package ui

import (
	"slices"
	"time"

	"sotto/session"
)

// Who is in a room comes anew with each change, up to once a frame, in a crowd more
// seldom. In a room of thousands most of it is as it was: what did not move keeps its place, and only
// the rest is sorted.

// each is how long one person puts the next reading of a room off: the list of 2,000
// moves ten times a second and leaves the rest of the time to the keys.
const each = 50 * time.Microsecond

// occupantsMoved reads anew who is in the open room, soon.
func (a *App) occupantsMoved() {
	if a.crowdWaits {
		return
	}
	wait := time.Duration(len(a.m.occupants))*each - time.Since(a.crowdRead)
	if wait <= frame {
		a.readOccupants()
		return
	}
	a.crowdWaits = true
	time.AfterFunc(wait, func() {
		a.later(func(a *App) {
			a.crowdWaits = false
			a.readOccupants()
		})
	})
}

// ranked sorts the people of a room, moderators first; was is the same room as it
// was sorted before, or anything. list is used up.
func ranked(list, was []session.Occupant) []session.Occupant {
	at := make(map[string]int, len(was))
	for i := range was {
		at[was[i].Nick] = i
	}
	stayed := make([]int, len(was)) // for each place of before, who is there now, from 1
	var fresh []int
	for i := range list {
		if j, ok := at[list[i].Nick]; ok && was[j].Role == list[i].Role && stayed[j] == 0 {
			stayed[j] = i + 1
		} else {
			fresh = append(fresh, i)
		}
	}
	stayed = slices.DeleteFunc(stayed, func(i int) bool { return i == 0 })
	slices.SortFunc(fresh, func(i, j int) int { return byRank(&list[i], &list[j]) })
	out := make([]session.Occupant, 0, len(list))
	for _, i := range fresh {
		n, _ := slices.BinarySearchFunc(stayed, i, func(j, i int) int { return byRank(&list[j-1], &list[i]) })
		for _, j := range stayed[:n] {
			out = append(out, list[j-1])
		}
		stayed = stayed[n:]
		out = append(out, list[i])
	}
	for _, j := range stayed {
		out = append(out, list[j-1])
	}
	return out
}

// sameNames says that two sorted lists name the same people of the same standing,
// so that who looks like whom is the same too.
func sameNames(a, b []session.Occupant) bool {
	return slices.EqualFunc(a, b, func(x, y session.Occupant) bool {
		return x.Nick == y.Nick && x.Affiliation == y.Affiliation && x.Self == y.Self && x.RealJID == y.RealJID && x.OccupantID == y.OccupantID
	})
}

// byRank sorts moderators before participants before visitors, then by nick.
func byRank(a, b *session.Occupant) int {
	if ra, rb := roleRank(a.Role), roleRank(b.Role); ra != rb {
		return ra - rb
	}
	return compareFold(a.Nick, b.Nick)
}
