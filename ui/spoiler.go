package ui

import (
	"slices"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Spoilers (XEP-0382): a text that is hidden behind a hint until a key shows it.

// hintWords is how much of a hint is shown, in clusters.
const hintWords = 100

// covers says in the place of a text what it is about.
func covers(hint string) string {
	return hinted(hint) + " · " + catalog.T("spoiler.key")
}

// hinted says that a text is a spoiler, and what it is about.
func hinted(hint string) string {
	if hint = strings.TrimSpace(text.Line(hint)); hint == "" {
		return catalog.T("spoiler")
	}
	return catalog.T("spoiler.about", text.Cut(hint, hintWords))
}

// gist is the text of a message where it is only told of: never that of a spoiler.
func gist(m *store.Message) string {
	if hint, is := m.Spoiler(); is && !m.Outgoing {
		return hinted(hint)
	}
	return m.Body
}

// saidBy is the same of what just came.
func saidBy(e session.Incoming) string {
	if e.Spoiler {
		return hinted(e.Hint)
	}
	return e.Body
}

// uncoveredMost is how many spoilers may be open at a time.
const uncoveredMost = 256

// showing says how the text of a row is shown.
func (t *timeline) showing(m *store.Message) shows {
	s := t.shows
	s.bare = slices.Contains(t.uncovered, m.ID)
	s.files = t.m.filesOf(m)
	return s
}

// styleWith takes how texts are shown.
func (t *timeline) styleWith(unstyled bool, words []string) {
	if t.shows.unstyled != unstyled || !slices.Equal(t.shows.words, words) {
		t.shows = shows{unstyled: unstyled, words: words}
		t.wrap = blocks{}
	}
}

// uncover shows a spoiler, or hides it again.
func (t *timeline) uncover(id store.MessageID) {
	if i := slices.Index(t.uncovered, id); i >= 0 {
		t.uncovered = slices.Delete(t.uncovered, i, i+1)
		return
	}
	if len(t.uncovered) >= uncoveredMost {
		t.uncovered = t.uncovered[1:]
	}
	t.uncovered = append(t.uncovered, id)
}

func needSpoiler(a *App) string {
	if m, ok := a.selected(); ok && !m.Outgoing {
		if _, is := m.Spoiler(); is {
			return ""
		}
	}
	return "why.no-spoiler"
}

func (a *App) uncoverSelected() {
	if m, ok := a.selected(); ok {
		a.timeline.uncover(m.ID)
	}
}

// uncoverNewest shows the newest spoiler of another in the open chat, or hides it
// again; to a reader of lines it is read out.
func (a *App) uncoverNewest() {
	m, ok := a.newest(func(m store.Message) bool { _, is := m.Spoiler(); return is && !m.Outgoing })
	switch {
	case !ok:
		a.say(catalog.T("spoiler.none"))
	case a.plain != nil:
		from, _ := a.timeline.sender(&m)
		a.plain.print(a.plainSaid(store.Chat{}, a.timeline.when(&m), from, m.Body))
	default:
		a.timeline.uncover(m.ID)
		a.say(catalog.T("spoiler.shown"))
	}
}

// cmdSpoiler says something that others hide: "hint | text", or a text alone.
func (a *App) cmdSpoiler(args string) {
	hint, said, ok := strings.Cut(args, "|")
	if !ok {
		hint, said = "", args
	}
	if said = strings.TrimSpace(said); said == "" {
		a.usage("spoiler")
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) {
		if id, ok := acc.SendSpoiler(c.ID, strings.TrimSpace(hint), said); ok {
			a.pending[id] = "/spoiler " + args
			a.toEnd()
		}
	})
}
