package ui

import (
	"slices"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// The lines of people whom the user ignores in a room are folded away: one dim
// line stands for all that follow each other.

// ignoredIn finds who of a room is ignored.
func (m *model) ignoredIn(id store.ChatID) (list []session.Ignored) {
	c, ok := m.find(id)
	if !ok || c.Kind != store.Room || len(m.ignored[c.Account]) == 0 {
		return nil
	}
	for _, i := range m.ignored[c.Account] {
		if i.Room == c.JID {
			list = append(list, i)
		}
	}
	return list
}

// ignoredLine says whether a line is of one of these people.
func ignoredLine(list []session.Ignored, m *store.Message) bool {
	return len(list) > 0 && !m.Outgoing && m.Kind == store.Text &&
		slices.ContainsFunc(list, func(i session.Ignored) bool { return i.Is(m.OccupantID, m.Nick) })
}

// folded says whether a row is folded away.
func (t *timeline) folded(i int) bool {
	return len(t.ignored) > 0 && ignoredLine(t.ignored, &t.rows()[i])
}

// useIgnored takes who is ignored in the chat that is shown.
func (t *timeline) useIgnored() { t.ignored = t.m.ignoredIn(t.m.window.chat) }

// foldsOn says that a folded row is covered by the line of the row before.
func (t *timeline) foldsOn(i int) bool {
	if i == 0 || !t.folded(i) || !t.folded(i-1) || i == t.newAt || !sameDay(t.when(&t.rows()[i-1]), t.when(&t.rows()[i])) {
		return false
	}
	kind, _ := t.gap(i)
	return kind == noGap
}

// foldedBlock is what is shown of a folded row: a line for it and those that
// follow, or nothing.
func (t *timeline) foldedBlock(i, width int) *block {
	b := &block{kind: asAbsent}
	if t.foldsOn(i) {
		return b
	}
	n := 1
	for i+n < len(t.rows()) && t.foldsOn(i+n) {
		n++
	}
	b.lines = []string{text.Fit(catalog.Plural("timeline.folded", n), max(1, width))}
	return b
}

// around counts the lines above and below the text of a row.
func (t *timeline) around(i int) (above, below int) {
	if t.folded(i) {
		return 0, 0
	}
	return around(&t.rows()[i])
}

// ignoredChanged follows whom an account ignores.
func (a *App) ignoredChanged(e session.IgnoredChanged) {
	a.m.ignored[e.Account] = e.List
	a.timeline.changed()
	a.stalePeople = true
}

// ignores says whether somebody in the open room is ignored.
func (m *model) ignores(o *session.Occupant) bool {
	return slices.ContainsFunc(m.ignoredIn(m.chat), func(i session.Ignored) bool { return i.Is(o.OccupantID, o.Nick) })
}
