package store

import "slices"

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
	if list = disorder(list); len(list) == 0 {
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
	unseen, crossed, err := t.crossing(rows, places)
	if err != nil {
		return false, err
	}
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
	if len(movers) == 0 || !crossed {
		return len(movers) > 0, nil
	}
	return true, t.seenBut(rows[0].Chat, unseen, places[len(places)-1])
}

// Locate makes the places of a list true.
func (t *Tx) Locate(list []Position) error {
	for i := range list {
		if err := t.row("SELECT ord FROM message WHERE id=?", list[i].ID).Scan(&list[i].Ord); err != nil {
			return err
		}
	}
	return nil
}

// disorder is the part of a list outside of which all stands where it should.
func disorder(list []Position) []Position {
	from, to := len(list), 0
	most := int64(-1 << 63)
	for i, p := range list {
		if p.Ord < most {
			to = i + 1
		}
		most = max(most, p.Ord)
	}
	least := int64(1<<63 - 1)
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Ord > least {
			from = i
		}
		least = min(least, list[i].Ord)
	}
	if from >= to {
		return nil
	}
	return list[from:to]
}

// Move brings a message to a place, or the next free one in front of it, and says
// where it stands then. A line that no server has stays.
func (t *Tx) Move(id MessageID, ord int64) (int64, error) {
	m, err := t.Message(id)
	if err != nil || m.Ord >= unsentBase || m.Ord == ord {
		return m.Ord, err
	}
	if ord, err = t.unusedBelow(ord); err != nil {
		return 0, err
	}
	unseen, crossed, err := t.crossing([]Message{m}, []int64{ord})
	if err != nil {
		return 0, err
	}
	if err := t.place(m, ord); err != nil || !crossed {
		return ord, err
	}
	return ord, t.seenBut(m.Chat, unseen, ord)
}

// Crossed says whether anything stands in a chat behind a place that was not
// typed here: others spoke, or another device of ours.
func (t *Tx) Crossed(chat ChatID, last int64) (bool, error) {
	id, err := t.oneRef("SELECT id FROM message WHERE chat=? AND ord>? AND ord<? AND kind=0 AND (NOT outgoing OR local_id='')", chat, last, unsentBase)
	return id != 0, err
}

// crossing says whether rows that move to places cross what was read, and which
// lines of their chat were not.
func (t *Tx) crossing(rows []Message, places []int64) (unseen []MessageID, crossed bool, err error) {
	if len(rows) == 0 {
		return nil, false, nil
	}
	c, err := t.Chat(rows[0].Chat)
	if err != nil {
		return nil, false, err
	}
	for i, m := range rows {
		crossed = crossed || (m.Ord > c.ReadOrd) != (places[i] > c.ReadOrd)
	}
	if !crossed {
		return nil, false, nil
	}
	unseen, err = t.unseen(c.ID)
	return unseen, true, err
}
