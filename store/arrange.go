package store

import (
	"cmp"
	"slices"
)

// Position is where a message stands.
type Position struct {
	ID  MessageID
	Ord int64
}

// Arrange brings messages of a chat into the order given, by exchanging their
// places among themselves: nothing moves in relation to any other row. Lines
// that no server has are left alone. list comes from an archive, which knows the
// order in which things were said, as arrival over a resumed session does not.
// Where the places given are in order already nothing is read. The list's places
// are made true. moved says that rows changed.
func (t *Tx) Arrange(list []Position) (moved bool, err error) {
	if slices.IsSortedFunc(list, func(a, b Position) int { return cmp.Compare(a.Ord, b.Ord) }) {
		return false, nil
	}
	var rows []Message
	seen := map[MessageID]bool{}
	for _, p := range list {
		if seen[p.ID] {
			continue
		}
		seen[p.ID] = true
		m, err := t.Message(p.ID)
		if err != nil {
			return false, err
		}
		if m.Ord < unsentBase {
			rows = append(rows, m)
		}
	}
	places := make([]int64, len(rows))
	for i, m := range rows {
		places[i] = m.Ord
	}
	slices.Sort(places)
	at := map[MessageID]int64{}
	// First out of the way, then to the place: no two rows may share one.
	var movers []int
	for i, m := range rows {
		at[m.ID] = places[i]
		if m.Ord == places[i] {
			continue
		}
		if err := t.place(m, -int64(m.ID)); err != nil {
			return false, err
		}
		rows[i].Ord = -int64(m.ID)
		movers = append(movers, i)
	}
	for _, i := range movers {
		if err := t.place(rows[i], places[i]); err != nil {
			return false, err
		}
	}
	for i := range list {
		if ord, ok := at[list[i].ID]; ok {
			list[i].Ord = ord
		}
	}
	if len(movers) == 0 {
		return false, nil
	}
	return true, t.recountRead(rows[0].Chat)
}

// Move brings a message to a place, or the next free one behind it, and says
// where it stands then. A line that no server has stays.
func (t *Tx) Move(id MessageID, ord int64) (int64, error) {
	m, err := t.Message(id)
	if err != nil || m.Ord >= unsentBase || m.Ord == ord {
		return m.Ord, err
	}
	if ord, err = t.unusedOrd(ord); err != nil {
		return 0, err
	}
	if err := t.place(m, ord); err != nil {
		return 0, err
	}
	return ord, t.recountRead(m.Chat)
}
