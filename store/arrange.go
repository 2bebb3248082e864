package store

import "slices"

// Arrange brings messages of a chat into the order given, by exchanging their
// places among themselves: nothing moves in relation to any other row. Lines
// that no server has are left alone. ids come from an archive, which knows the
// order in which things were said, as arrival over a resumed session does not.
func (t *Tx) Arrange(ids []MessageID) error {
	var rows []Message
	seen := map[MessageID]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		m, err := t.Message(id)
		if err != nil {
			return err
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
	// First out of the way, then to the place: no two rows may share one.
	var moved []int
	for i, m := range rows {
		if m.Ord == places[i] {
			continue
		}
		if err := t.place(m, -int64(m.ID)); err != nil {
			return err
		}
		rows[i].Ord = -int64(m.ID)
		moved = append(moved, i)
	}
	for _, i := range moved {
		if err := t.place(rows[i], places[i]); err != nil {
			return err
		}
	}
	return nil
}
