package ui

import (
	"cmp"
	"slices"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Who could be taken for somebody else, by what they are called.

// likesTold bounds the warnings that a run remembers to have given.
const likesTold = 1000

// likenesses finds, among the people of a room, whose nick looks like that of
// another, and gives the nick of that one. Where one of two stands higher, or
// writes plain letters, only the other is named; else both are.
func likenesses(list []session.Occupant) map[string]string {
	best, forms, twins := make(map[string]int, len(list)), make([]string, len(list)), false
	for i := range list {
		f := text.Skeleton(list[i].Nick)
		forms[i] = f
		j, there := best[f]
		twins = twins || there
		if !there || genuine(&list[j], &list[i]) < 0 {
			best[f] = i
		}
	}
	if !twins {
		return nil
	}
	found := map[string]string{}
	for i := range list {
		j := best[forms[i]]
		a, b := &list[j], &list[i]
		if i == j || a.RealJID != "" && a.RealJID == b.RealJID || a.OccupantID != "" && a.OccupantID == b.OccupantID {
			continue // one person
		}
		found[b.Nick] = a.Nick
		if genuine(a, b) == 0 && found[a.Nick] == "" {
			found[a.Nick] = b.Nick
		}
	}
	return found
}

// genuine says which of two is more likely to be who they seem to be: above 0 a.
func genuine(a, b *session.Occupant) int {
	rank := func(o *session.Occupant) int {
		if o.Self {
			return -1
		}
		return slices.Index([]string{"owner", "admin", "member", "none"}, cmp.Or(o.Affiliation, "none"))
	}
	if d := rank(b) - rank(a); d != 0 {
		return d
	}
	return strangeLetters(b.Nick) - strangeLetters(a.Nick)
}

// strangeLetters is 1 where not all is plain ASCII.
func strangeLetters(s string) int {
	if strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e || r < 0x20 }) {
		return 1
	}
	return 0
}

// alike names whom somebody in the open room could be taken for; "": nobody.
func (m *model) alike(nick string) string {
	return m.likes[nick]
}

// tellLikenesses warns of each pair once, when it is first seen in a room.
func (a *App) tellLikenesses(c store.Chat) {
	var fresh []string
	for nick, of := range a.m.likes {
		k := likeness{c.ID, nick, of}
		if back := (likeness{c.ID, of, nick}); a.warned[k] || a.warned[back] {
			continue
		}
		if len(a.warned) >= likesTold {
			clear(a.warned)
		}
		a.warned[k] = true
		fresh = append(fresh, catalog.T("likeness.warn", text.Name(nick), text.Name(of)))
	}
	if len(fresh) == 0 {
		return
	}
	slices.Sort(fresh)
	lines := make([]noteLine, min(3, len(fresh)))
	for i := range lines {
		lines[i] = noteLine{text: fresh[i], style: a.look.Error}
	}
	a.note.put(lines...)
}

// likeness is a warning that was given.
type likeness struct {
	chat     store.ChatID
	nick, of string
}
