package ui

import (
	"slices"
	"strings"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

var showNames = map[string]session.Show{"online": session.Available, "available": session.Available, "chat": session.FreeForChat,
	"away": session.Away, "xa": session.ExtAway, "dnd": session.Busy, "busy": session.Busy, "invisible": session.Invisible}

// everyone is the scope of commands that name nobody.
func (a *App) everyone() presenceScope { return presenceScope{name: catalog.T("presence.everyone")} }

// presenceTo is the command of a state: "/dnd", "/dnd text", "/dnd until 15:00 text".
func presenceTo(s session.Show) func(*App, string) {
	return func(a *App, args string) { a.typedPresence(a.everyone(), s, args) }
}

// typedPresence applies a state with what was typed behind it: a time, a text.
func (a *App) typedPresence(s presenceScope, show session.Show, args string) {
	end, _, t := cutWhen(args, a.now())
	a.tellPresence(s, session.Presence{Show: show, Text: unquote(t)}, end)
}

// cmdStatus takes "/status away text", "/status set away text" and "/status text".
func (a *App) cmdStatus(args string) {
	if args == "" {
		acc, _ := a.m.account(a.acting())
		a.sayPresence(acc.Presence, acc.Until)
		return
	}
	args = strings.TrimPrefix(args, "set ")
	word, rest, _ := strings.Cut(args, " ")
	if show, ok := showNames[strings.ToLower(word)]; ok {
		a.typedPresence(a.everyone(), show, rest)
		return
	}
	a.typedPresence(a.everyone(), a.seenIn(a.everyone()).Show, args)
}

// unquote takes off the quotes that other clients want around a text.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// cmdPresence opens the menu, keeps and applies saved presences, or tells one
// address only.
func (a *App) cmdPresence(args string) {
	word, rest, _ := strings.Cut(args, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case word == "":
		a.openPresence()
	case word == "save":
		a.savePresence(rest)
	case word == "forget" && rest != "":
		a.c.ForgetPresence(rest)
	case word == "list":
		a.listSaved()
	case strings.ContainsAny(word, "@."):
		state, more, _ := strings.Cut(rest, " ")
		show, ok := showNames[strings.ToLower(state)]
		if !ok {
			a.usage("presence")
			return
		}
		a.typedPresence(presenceScope{scopeKey{a.acting(), word}, text.Name(word)}, show, more)
	default:
		p, ok := a.c.Settings().SavedPresence(word)
		if show, is := showNames[strings.ToLower(word)]; is && !ok {
			a.typedPresence(a.everyone(), show, rest)
			return
		}
		if !ok {
			a.sayProblem(session.Problem{Code: "no-presence", Args: []string{word}}, "")
			return
		}
		a.useSaved(a.everyone(), p, time.Time{})
	}
}

// savePresence keeps what was typed under a name, or else the presence of now.
func (a *App) savePresence(args string) {
	name, rest, _ := strings.Cut(args, " ")
	if name == "" || strings.ContainsAny(name, "@.") || slices.Contains([]string{"save", "forget", "list"}, name) {
		a.usage("presence")
		return
	}
	p := store.SavedPresence{Name: name}
	if state, more, _ := strings.Cut(strings.TrimSpace(rest), " "); state != "" {
		show, ok := showNames[strings.ToLower(state)]
		if !ok {
			a.usage("presence")
			return
		}
		_, p.Time, p.Text = cutWhen(more, a.now())
		p.State, p.Text = showCode(show), unquote(p.Text)
	} else {
		acc, _ := a.m.account(a.acting())
		p.State, p.Text, p.Priority = showCode(acc.Presence.Show), acc.Presence.Text, acc.Presence.Priority
		if !acc.Until.IsZero() {
			p.Time = "until " + acc.Until.In(a.look.zone).Format("15:04")
		}
	}
	a.c.SavePresence(p)
}

// useSaved applies a saved presence. A time that was chosen holds before its own.
func (a *App) useSaved(s presenceScope, p store.SavedPresence, until time.Time) {
	if until.IsZero() {
		until, _ = readWhen(p.Time, a.now())
	}
	a.tellPresence(s, session.Presence{Show: showNames[p.State], Text: p.Text, Priority: p.Priority}, until)
}

// listSaved lists the saved presences.
func (a *App) listSaved() {
	var lines []noteLine
	for i, p := range a.c.Settings().Presences {
		words := catalog.T("show." + p.State)
		for _, more := range []string{p.Time, p.Text} {
			if more = text.Line(more); more != "" {
				words += " · " + more
			}
		}
		lines = append(lines, noteLine{head: catalog.Count(i+1) + " " + text.Name(p.Name), text: words, style: a.look.Notice})
	}
	if len(lines) == 0 {
		a.say(catalog.T("presence.none-saved"))
		return
	}
	a.note.put(lines...)
}

// presenceWords are the words that can follow these of a presence command.
func (a *App) presenceWords(command string, before []string) (all []string) {
	names := func() {
		for _, p := range a.c.Settings().Presences {
			all = append(all, p.Name)
		}
	}
	switch {
	case command == "presence" && len(before) == 1 && before[0] == "forget":
		names()
	case command == "presence" && len(before) == 0:
		names()
		all = append(all, store.PresenceStates...)
		all = append(all, "save", "forget", "list")
	case len(before) == 0, command == "presence" && len(before) == 1 && strings.ContainsAny(before[0], "@."), len(before) == 2 && before[0] == "save":
		all = append(all, store.PresenceStates...)
	}
	return all
}

// cmdAutoReply sets what people are told once while we are away, or shows it.
func (a *App) cmdAutoReply(args string) {
	a.withAccount(func(acc *session.Account) {
		switch now := a.m.policies[acc.ID()].AutoReply; {
		case args == "off":
			acc.SetAutoReply("")
		case args != "":
			acc.SetAutoReply(args)
		case now == "":
			a.say(catalog.T("auto-reply.none"))
		default:
			a.say(catalog.T("auto-reply.is", now))
		}
	})
}
