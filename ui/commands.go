package ui

import (
	"slices"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/themes"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// run runs a typed command. What is none is refused with the nearest one and
// stays in the input.
func (a *App) run(line string) {
	name, args, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	name = strings.ToLower(name)
	x := a.keys.byCommand[name]
	if x == nil {
		a.composer.set(line)
		if near := a.nearest(name); near != "" {
			a.sayProblem(session.Problem{Code: "no-command-near", Args: []string{name, near}}, "")
		} else {
			a.sayProblem(session.Problem{Code: "no-command", Args: []string{name}}, "")
		}
		return
	}
	a.note.clear()
	a.do(x, strings.TrimSpace(args))
}

// nearest finds the command that was probably meant.
func (a *App) nearest(name string) string {
	best, at := "", 3
	for n := range a.keys.byCommand {
		if d := store.Distance(name, n); d < at || d == at && n < best {
			best, at = n, d
		}
	}
	return best
}

// usage says how a command is written.
func (a *App) usage(command string) {
	x := a.keys.byCommand[command]
	a.sayProblem(session.Problem{Code: "usage", Args: []string{command, x.args}}, "")
	a.composer.set("/" + command + " ")
}

// acting is the account that commands act on: the open chat's, else the chosen one.
func (a *App) acting() store.AccountID {
	if c, ok := a.m.open(); ok {
		return c.Account
	}
	return a.account
}

// withAccount runs fn with the acting account.
func (a *App) withAccount(fn func(*session.Account)) {
	if acc := a.c.Account(a.acting()); acc != nil {
		fn(acc)
		return
	}
	a.openSetup()
}

// withChat runs fn with the open chat and its account.
func (a *App) withChat(fn func(*session.Account, store.Chat)) {
	if c, ok := a.m.open(); ok {
		if acc := a.c.Account(c.Account); acc != nil {
			fn(acc, c)
		}
	}
}

func (a *App) cmdMsg(args string) {
	to, body, _ := strings.Cut(args, " ")
	if to == "" {
		a.usage("msg")
		return
	}
	if nick, rest, ok := a.addressed(args); ok {
		a.firstLine = rest
		a.cmdPrivate(nick)
		return
	}
	w, ok := a.address(to)
	if !ok {
		return
	}
	a.firstLine = strings.TrimSpace(body)
	a.openDirect(w)
}

// addressed finds the occupant of the open room whose nick words begin with, the longest
// if there are several, and what follows it. An address, or a contact, is none.
func (a *App) addressed(words string) (nick, rest string, ok bool) {
	c, open := a.m.open()
	first, _, _ := strings.Cut(words, " ")
	if !open || c.Kind != store.Room || strings.Contains(first, "@") {
		return "", "", false
	}
	for w := range a.m.contacts {
		if w.account == c.Account && strings.EqualFold(a.m.name(w), first) {
			return "", "", false
		}
	}
	for i := range a.m.occupants {
		n := a.m.occupants[i].Nick
		after, begins := strings.CutPrefix(words, n)
		if begins && (after == "" || after[0] == ' ') && len(n) > len(nick) {
			nick, rest, ok = n, strings.TrimSpace(after), true
		}
	}
	return nick, rest, ok
}

// address finds whom a word means: an address, or a contact's name.
func (a *App) address(word string) (who, bool) {
	if strings.Contains(word, "@") {
		return who{a.acting(), strings.TrimPrefix(word, "xmpp:")}, true
	}
	for w := range a.m.contacts {
		if w.account == a.acting() && strings.EqualFold(a.m.name(w), word) {
			return w, true
		}
	}
	a.sayProblem(session.Problem{Code: "bad-address", Args: []string{word}}, "")
	return who{}, false
}

// target is the address a command names, or the open chat's.
func (a *App) target(word string) (who, bool) {
	if word != "" {
		return a.address(word)
	}
	if c, ok := a.m.open(); ok && c.Kind == store.Direct {
		return who{c.Account, c.JID}, true
	}
	a.say(catalog.T("why.no-person"))
	return who{}, false
}

func (a *App) openDirect(w who) {
	if acc := a.c.Account(w.account); acc != nil {
		acc.OpenChat(w.jid)
		return
	}
	a.openSetup()
}

func (a *App) cmdJoin(args string) {
	f := strings.Fields(args)
	if len(f) == 0 {
		if c, ok := a.m.open(); ok && c.Kind == store.Room {
			f = []string{c.JID}
		} else {
			a.usage("join")
			return
		}
	}
	f = append(f, "", "")
	a.withAccount(func(acc *session.Account) {
		acc.Join(strings.TrimSuffix(strings.TrimPrefix(f[0], "xmpp:"), "?join"), f[1], f[2])
	})
}

func (a *App) cmdNick(args string) {
	if args == "" {
		a.usage("nick")
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) { acc.ChangeNick(c.ID, args) })
}

// cmdTopic sets the subject; without text it shows it.
func (a *App) cmdTopic(args string) {
	a.withChat(func(acc *session.Account, c store.Chat) {
		if args != "" {
			acc.SetSubject(c.ID, args)
			return
		}
		subject := a.m.rooms[who{c.Account, c.JID}].Subject
		if subject == "" {
			subject = catalog.T("room.no-subject")
		}
		a.say(text.Line(subject))
	})
}

func (a *App) cmdNames(string) {
	names := make([]string, len(a.m.occupants))
	for i, o := range a.m.occupants {
		names[i] = text.Name(o.Nick)
	}
	a.say(catalog.T("room.names", catalog.Count(len(names)), strings.Join(names, ", ")))
}

func (a *App) cmdPrivate(args string) {
	if args == "" {
		a.usage("private")
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) { acc.OpenPrivate(c.ID, args) })
}

func (a *App) cmdWhois(args string) {
	c, ok := a.m.open()
	switch {
	case args != "":
		if ok && c.Kind == store.Room {
			a.whois(c.Account, c.ID, args)
		} else if w, ok := a.address(args); ok {
			a.whois(w.account, 0, w.jid)
		}
	case ok && c.Kind == store.Direct:
		a.whois(c.Account, c.ID, c.JID)
	case ok && c.Kind == store.Private:
		a.whois(c.Account, c.ID, c.JID+"/"+c.Nick)
	default:
		a.usage("whois")
	}
}

func (a *App) whois(account store.AccountID, chat store.ChatID, jid string) {
	if acc := a.c.Account(account); acc != nil {
		a.say(catalog.T("whois.asking"))
		acc.Whois(chat, jid)
	}
}

func (a *App) cmdAdd(args string) {
	jid, name, _ := strings.Cut(args, " ")
	if jid == "" {
		a.usage("add")
		return
	}
	a.withAccount(func(acc *session.Account) { acc.AddContact(jid, strings.TrimSpace(name), nil) })
}

func (a *App) cmdRemove(args string) {
	w, ok := a.target(args)
	if !ok {
		return
	}
	a.confirm(catalog.T("confirm.remove", w.jid), func(a *App) {
		if acc := a.c.Account(w.account); acc != nil {
			acc.RemoveContact(w.jid)
		}
	})
}

func (a *App) cmdRename(args string) {
	first, rest, _ := strings.Cut(args, " ")
	name := args
	w, ok := who{}, false
	if strings.Contains(first, "@") {
		w, ok = who{a.acting(), first}, true
		name = strings.TrimSpace(rest)
	} else if c, is := a.m.open(); is && c.Kind == store.Direct {
		w, ok = who{c.Account, c.JID}, true
	} else if is && c.Kind == store.Room && name != "" {
		a.withAccount(func(acc *session.Account) { acc.NameRoom(c.JID, name) })
		return
	}
	if !ok || name == "" {
		a.usage("rename")
		return
	}
	if acc := a.c.Account(w.account); acc != nil {
		acc.RenameContact(w.jid, name, nil)
	}
}

func (a *App) cmdGroup(args string) {
	jid, rest, _ := strings.Cut(args, " ")
	if !strings.Contains(jid, "@") {
		a.usage("group")
		return
	}
	groups := []string{}
	for g := range strings.SplitSeq(rest, ",") {
		if g = strings.TrimSpace(g); g != "" {
			groups = append(groups, g)
		}
	}
	w := who{a.acting(), jid}
	if acc := a.c.Account(w.account); acc != nil {
		acc.RenameContact(jid, a.m.contacts[w].Name, groups)
	}
}

// request finds the request that a command means: the one named, or the oldest.
func (a *App) request(word string) (who, bool) {
	for _, r := range a.m.requests {
		if word == "" || strings.EqualFold(r.JID, word) {
			return who{r.Account, r.JID}, true
		}
	}
	if word != "" {
		return a.address(word)
	}
	a.say(catalog.T("request.none"))
	return who{}, false
}

// cmdAccept lets somebody see our presence and asks for theirs.
func (a *App) cmdAccept(args string) {
	if w, ok := a.request(args); ok {
		a.acceptRequest(w)
	}
}

func (a *App) acceptRequest(w who) {
	if acc := a.c.Account(w.account); acc != nil {
		acc.Approve(w.jid)
		if c, known := a.m.contacts[w]; !known || c.Subscription == "none" || c.Subscription == "from" {
			acc.AddContact(w.jid, "", nil)
		}
	}
}

func (a *App) cmdDeny(args string) {
	if w, ok := a.request(args); ok {
		acc := a.c.Account(w.account)
		switch {
		case acc == nil:
		case slices.ContainsFunc(a.m.requests, func(r store.Request) bool { return who{r.Account, r.JID} == w }):
			acc.Dismiss(w.jid)
		default: // who sees us is to see us no more
			acc.Deny(w.jid)
		}
	}
}

func (a *App) cmdConnect(args string) {
	if len(a.m.accounts) == 0 {
		a.openSetup()
		return
	}
	a.eachNamed(args, (*session.Account).Connect)
}

func (a *App) cmdDisconnect(args string) { a.eachNamed(args, (*session.Account).Disconnect) }

// eachNamed runs fn with the account named, or with all.
func (a *App) eachNamed(word string, fn func(*session.Account)) {
	found := false
	for _, acc := range a.c.Accounts() {
		if word == "" || strings.EqualFold(acc.JID(), word) {
			found = true
			fn(acc)
		}
	}
	if !found {
		a.sayProblem(session.Problem{Code: "no-account", Args: []string{word}}, "")
	}
}

func (a *App) cmdAccount(args string) {
	verb, jid, _ := strings.Cut(args, " ")
	jid = strings.TrimSpace(jid)
	switch verb {
	case "add":
		a.openSetup()
		if s, ok := a.dialog.(*setup); ok && jid != "" {
			s.setAddress(jid)
		}
	case "use":
		for _, acc := range a.c.Accounts() {
			if strings.EqualFold(acc.JID(), jid) {
				a.account = acc.ID()
				a.show(0)
				a.say(catalog.T("account.uses", acc.JID()))
				return
			}
		}
		a.sayProblem(session.Problem{Code: "no-account", Args: []string{jid}}, "")
	case "remove":
		for _, acc := range a.c.Accounts() {
			if strings.EqualFold(acc.JID(), jid) {
				a.confirm(catalog.T("confirm.account", acc.JID()), func(a *App) { a.c.RemoveAccount(acc.ID()) })
				return
			}
		}
		a.sayProblem(session.Problem{Code: "no-account", Args: []string{jid}}, "")
	case "":
		var lines []noteLine
		for _, i := range a.m.accounts {
			state, _ := a.linkState(i)
			lines = append(lines, noteLine{text: text.Line(i.JID) + "  " + state, style: a.look.Notice})
		}
		a.note.put(append(lines, noteLine{text: catalog.T("account.how"), style: a.look.Dim})...)
	default:
		a.usage("account")
	}
}

func (a *App) cmdTheme(args string) {
	if args == "" {
		a.say(catalog.T("theme.list", a.c.Settings().Theme, strings.Join(themes.Names(a.opt.ThemesDir), ", ")))
		return
	}
	if a.useTheme(args) {
		a.c.Set("theme", args)
	}
}

func (a *App) cmdSet(args string) {
	key, value, has := strings.Cut(args, " ")
	s := a.c.Settings()
	if key == "" && a.plain == nil { // more than the lines above the input hold
		a.openSettings()
		return
	}
	if !has {
		var lines []noteLine
		for _, k := range store.SettingNames() {
			if v, ok := s.Value(k); ok && (key == "" || key == k) {
				lines = append(lines, noteLine{head: k, text: text.Pad(v, 8) + catalog.T("set."+k), style: a.look.Notice})
			}
		}
		if len(lines) == 0 {
			a.sayProblem(session.Problem{Code: "bad-setting", Args: []string{key, ""}}, "")
			return
		}
		a.note.put(lines...)
		return
	}
	if key == "theme" {
		a.cmdTheme(strings.TrimSpace(value))
		return
	}
	a.c.Set(key, strings.TrimSpace(value))
}

// openSettings lists all settings, with a filter.
func (a *App) openSettings() {
	var all []paragraph
	for i, k := range store.SettingNames() {
		if v, ok := a.c.Settings().Value(k); ok {
			all = append(all, paragraph{id: i, head: k + " = " + text.Line(v), text: catalog.T("set." + k), style: a.look.Text})
		}
	}
	a.openViewer(&viewer{title: catalog.T("set.title"), read: func() []paragraph { return all }})
}

func (a *App) settingChanged() {
	if a.viKeys != a.c.Settings().ViKeys {
		a.useKeys()
	}
	a.useMarks()
	a.tv.EnableMouse(a.c.Settings().Mouse)
	if a.idleAfter != a.c.Settings().LockTime() {
		a.watchIdle()
	}
}
