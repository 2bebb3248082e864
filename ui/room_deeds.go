package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// What a moderator or an owner does about the people of the open room: by key on
// whom is marked in its list, or as a command.

// ourselves is how we stand in the open room.
func (a *App) ourselves() session.Occupant {
	for _, o := range a.m.occupants {
		if o.Self {
			return o
		}
	}
	return session.Occupant{}
}

// needIn says why nothing can be asked of the open room.
func needIn(a *App) string {
	c, ok := a.m.open()
	switch {
	case !ok || c.Kind != store.Room:
		return "why.no-room"
	case !a.m.rooms[who{c.Account, c.JID}].Joined:
		return "why.not-in"
	}
	return ""
}

// needDeed says why we could do this about nobody in the open room.
func needDeed(d session.Deed) func(*App) string {
	return func(a *App) string {
		if why := needIn(a); why != "" {
			return why
		}
		// The one whom everybody is above.
		them := session.Occupant{Role: map[session.Deed]string{session.Voice: "visitor", session.Deop: "moderator"}[d]}
		if them.Role == "" {
			them.Role = "participant"
		}
		if why := a.ourselves().WhyNot(d, them); why != "" {
			return "why.deed-" + why
		}
		return ""
	}
}

// needAffiliate says why we can give nobody an affiliation.
func needAffiliate(a *App) string {
	if why := needIn(a); why != "" {
		return why
	}
	if why := a.ourselves().WhyNotAffiliate("member"); why != "" {
		return "why.deed-" + why
	}
	return ""
}

// needOwner says why the open room cannot be changed by us.
func needOwner(a *App) string {
	if why := needIn(a); why != "" {
		return why
	}
	if a.ourselves().Affiliation != "owner" {
		return "why.deed-owner"
	}
	return ""
}

// needTarget says why the deed cannot be done about who is marked in the list;
// with two deeds the one that fits.
func needTarget(list ...session.Deed) func(*App) string {
	return func(a *App) string {
		if why := needIn(a); why != "" {
			return why
		}
		o, ok := a.people.selected()
		if !ok {
			return "why.nobody"
		}
		if why := a.ourselves().WhyNot(fitting(o, list), o); why != "" {
			return "why.deed-" + why
		}
		return ""
	}
}

// fitting is the deed that changes something: who has voice can only lose it.
func fitting(o session.Occupant, list []session.Deed) session.Deed {
	if len(list) == 2 && (list[0] == session.Voice && o.Role != "visitor" || list[0] == session.Op && o.Role == "moderator") {
		return list[1]
	}
	return list[0]
}

func needOccupant(a *App) string {
	if why := needRoom(a); why != "" {
		return why
	}
	if o, ok := a.people.selected(); !ok || o.Self {
		return "why.nobody"
	}
	return ""
}

// deedSelected does it about who is marked.
func (a *App) deedSelected(list ...session.Deed) {
	o, ok := a.people.selected()
	if !ok {
		return
	}
	switch d := fitting(o, list); d {
	case session.Kick, session.Ban:
		a.askDeed(d, o.Nick)
	default:
		a.withChat(func(acc *session.Account, c store.Chat) { acc.Deed(c.ID, d, o.Nick, "") })
	}
}

// askDeed asks for a reason; Enter does it.
func (a *App) askDeed(d session.Deed, whom string) {
	c, ok := a.m.open()
	if !ok {
		return
	}
	f := session.Form{Fields: []session.Field{
		{Type: session.Fixed, Values: []string{catalog.T("deed.what-"+string(d), text.Line(whom), text.Line(c.JID))}},
		{Var: "reason", Type: session.TextSingle, Label: catalog.T("deed.reason")},
	}}
	a.dialog = &formDialog{l: a.look, title: catalog.T("deed.title-" + string(d)), keys: catalog.T("deed.keys-" + string(d)), form: newForm(a.look, f),
		enter: func(a *App, f *session.Form) (string, string) {
			if acc := a.c.Account(c.Account); acc != nil {
				a.doDeed(acc, c.ID, d, whom, f.Value("reason"))
			}
			return "", ""
		}}
}

// doDeed does it about a nick; a ban takes an address as well.
func (a *App) doDeed(acc *session.Account, room store.ChatID, d session.Deed, whom, reason string) {
	if d == session.Ban && !a.present(whom) {
		acc.SetAffiliation(room, whom, "outcast", reason)
		return
	}
	acc.Deed(room, d, whom, reason)
}

// present says whether a nick is in the open room.
func (a *App) present(nick string) bool {
	for _, o := range a.m.occupants {
		if o.Nick == nick {
			return true
		}
	}
	return false
}

// nickArg splits what was typed into a nick, which may have spaces in it, and the rest.
func (a *App) nickArg(args string) (nick, rest string) {
	for _, o := range a.m.occupants {
		if after, ok := strings.CutPrefix(args, o.Nick); ok && (after == "" || after[0] == ' ') && len(o.Nick) > len(nick) {
			nick, rest = o.Nick, strings.TrimSpace(after)
		}
	}
	if nick == "" {
		nick, rest, _ = strings.Cut(args, " ")
	}
	return nick, strings.TrimSpace(rest)
}

// cmdDeed is the command of a deed.
func cmdDeed(d session.Deed) func(*App, string) {
	return func(a *App, args string) {
		nick, reason := a.nickArg(args)
		switch {
		case nick == "":
			a.usage(string(d))
		case d == session.Ban && reason == "":
			a.askDeed(d, nick)
		default:
			a.withChat(func(acc *session.Account, c store.Chat) { a.doDeed(acc, c.ID, d, nick, reason) })
		}
	}
}

func (a *App) cmdUnban(args string) {
	if args == "" {
		a.usage("unban")
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) { acc.SetAffiliation(c.ID, args, "none", "") })
}

func (a *App) cmdAffiliation(args string) {
	f := strings.Fields(args)
	if len(f) < 2 {
		a.usage("affiliation")
		return
	}
	whom, what := strings.Join(f[:len(f)-1], " "), strings.ToLower(f[len(f)-1])
	a.withChat(func(acc *session.Account, c store.Chat) { acc.SetAffiliation(c.ID, whom, what, "") })
}

func (a *App) cmdIgnore(args string) {
	if args == "" {
		a.usage("ignore")
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) { acc.Ignore(c.ID, args, true) })
}

// cmdUnignore shows the lines of somebody again; without a nick it lists whom
// the user ignores here.
func (a *App) cmdUnignore(args string) {
	if args != "" {
		a.withChat(func(acc *session.Account, c store.Chat) { acc.Ignore(c.ID, args, false) })
		return
	}
	var names []string
	for _, i := range a.m.ignoredIn(a.m.chat) {
		if len(i.Nicks) > 0 {
			names = append(names, text.Name(i.Nicks[0]))
		}
	}
	if len(names) == 0 {
		a.say(catalog.T("ignored.nobody"))
		return
	}
	a.say(catalog.T("ignored.list", strings.Join(names, ", ")))
}

// ignoreSelected folds the lines of who is marked away, or shows them again.
func (a *App) ignoreSelected() {
	if o, ok := a.people.selected(); ok {
		a.withChat(func(acc *session.Account, c store.Chat) { acc.Ignore(c.ID, o.Nick, !a.m.ignores(&o)) })
	}
}
