package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sotto/store"
	"sotto/ui/text"
)

// query is what was typed into the search: words, and conditions as name:value.
//
//	river from:bob in:#tea after:2026-11 before:yesterday has:link is:mine
type query struct {
	store.Search
	in    []string // parts of the names of chats
	words []string // to be shown in the hits
	wrong string   // a condition that means nothing
}

// readQuery reads it. What is no condition is a word.
func readQuery(typed string, now time.Time) query {
	var q query
	var rest []string
	for _, w := range strings.Split(typed, " ") {
		name, value, ok := strings.Cut(w, ":")
		if !ok || value == "" || !q.condition(strings.ToLower(name), value, now) {
			rest = append(rest, w)
		}
	}
	q.Text = strings.TrimLeft(strings.Join(rest, " "), " ")
	for _, w := range strings.Fields(strings.ReplaceAll(q.Text, `"`, " ")) {
		q.words = append(q.words, strings.ToLower(w))
	}
	return q
}

// condition takes one condition; false: it is none.
func (q *query) condition(name, value string, now time.Time) bool {
	switch name {
	case "from":
		q.From = value
	case "in":
		q.in = append(q.in, strings.ToLower(strings.TrimPrefix(value, "#")))
	case "before", "after":
		t, ok := readDay(value, now)
		switch {
		case !ok:
			q.wrong = name + ":" + value
		case name == "before":
			q.Before = t.UnixMicro()
		default:
			q.After = t.UnixMicro()
		}
	case "has":
		switch value {
		case "link", "links":
			q.Link = true
		case "file", "files":
			q.File = true
		default:
			q.wrong = name + ":" + value
		}
	case "is":
		switch value {
		case "mine":
			q.Mine = true
		case "mention":
			q.Mention = true
		default:
			q.wrong = name + ":" + value
		}
	default:
		return false
	}
	return true
}

// readDay reads the beginning of a day, month or year, or of a time ago: 7d, 2w.
func readDay(s string, now time.Time) (time.Time, bool) {
	y, m, d := now.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	switch strings.ToLower(s) {
	case "today":
		return today, true
	case "yesterday":
		return today.AddDate(0, 0, -1), true
	}
	for _, layout := range []string{"2006-01-02", "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, true
		}
	}
	days := map[byte]int{'d': 1, 'w': 7, 'm': 30, 'y': 365}[s[len(s)-1]]
	n, err := strconv.Atoi(s[:len(s)-1])
	if days == 0 || err != nil || n < 0 || n > 10000 {
		return time.Time{}, false
	}
	return today.AddDate(0, 0, -days*n), true
}

// peopleNamed gives the addresses of the contacts in whose names a part stands.
func (a *App) peopleNamed(part string) (found []string) {
	part = strings.ToLower(part)
	for w, c := range a.m.contacts {
		if strings.Contains(strings.ToLower(c.Name), part) && !slices.Contains(found, w.jid) {
			found = append(found, w.jid)
		}
	}
	slices.Sort(found)
	return found
}

// chatsNamed gives the chats whose name or address has a part in it.
func (a *App) chatsNamed(parts []string) []store.ChatID {
	found := []store.ChatID{}
	for _, c := range a.m.chats {
		name := strings.ToLower(a.m.title(c) + " " + text.Line(c.JID))
		for _, p := range parts {
			if strings.Contains(name, p) {
				found = append(found, c.ID)
				break
			}
		}
	}
	return found
}
