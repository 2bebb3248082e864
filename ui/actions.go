package ui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
)

// action is one thing a user can do. One table of them feeds the keys, the
// commands, the hint row, the help and the jump box.
type action struct {
	name    string    // what keys.toml and tests call it; "action."+name is its help in the catalogue
	keys    []string  // default keys, as keyName writes them
	vi      []string  // keys that the setting vi_keys adds
	move    tcell.Key // inLists: the key under which lists know it; KeyRune: /
	where   place
	command string              // without the slash; empty: a key only
	aliases []string            // other names of the command
	args    string              // as shown in completion; words in [] can be left out
	danger  bool                // never offered by a single key
	many    bool                // inSelection: done with all messages that are chosen
	hint    bool                // shown in the hint row
	hints   func(a *App) string // the code of the hint, where it is not always the same; nil: "hint."+name
	can     func(a *App) string // why it cannot be done now, as a code; nil or "": it can
	run     func(a *App, args string)
}

// place is where the keys of an action work.
type place int

const (
	anywhere   place = iota // but in dialogs
	inComposer              // only while the composer has the keys
	inRoster
	inPeople
	inSelection // while a message is marked
	inLists     // in the list, the people, and dialogs with a list
)

// actions is the table. Its order is the order of the help.
func makeActions() []*action {
	return []*action{
		{name: "jump", keys: []string{"Ctrl-K"}, hint: true, run: func(a *App, _ string) { a.openJump("") }},
		{name: "presence.menu", keys: []string{"F2", "Alt-s"}, hint: true, run: func(a *App, _ string) { a.openPresence() }},
		{name: "help", keys: []string{"F1"}, command: "help", hint: true, run: func(a *App, _ string) { a.openHelp() }},
		{name: "chat.next-unread", keys: []string{"Alt-a"}, command: "next", run: func(a *App, _ string) { a.nextUnread() }},
		{name: "chat.unread", command: "unread", run: func(a *App, _ string) { a.openUnread() }},
		{name: "chat.next", keys: []string{"Ctrl-N", "Alt-Down"}, run: func(a *App, _ string) { a.stepChat(1) }},
		{name: "chat.previous", keys: []string{"Ctrl-P", "Alt-Up"}, run: func(a *App, _ string) { a.stepChat(-1) }},
		{name: "chat.last", keys: []string{"Alt-/"}, command: "last", run: func(a *App, _ string) { a.lastChat() }},
		{name: "pane.roster", keys: []string{"F3"}, run: func(a *App, _ string) { a.toggleRoster() }},
		{name: "pane.people", keys: []string{"F4"}, run: func(a *App, _ string) { a.togglePeople() }},
		{name: "pane.slim", command: "slim", run: func(a *App, _ string) { a.toggleSlim() }},
		{name: "pane.next", keys: []string{"Tab"}, where: inComposer, run: func(a *App, _ string) { a.tab(1) }},
		{name: "pane.previous", keys: []string{"Shift-Tab"}, where: inComposer, run: func(a *App, _ string) { a.tab(-1) }},
		{name: "scroll.up", keys: []string{"PgUp"}, run: func(a *App, _ string) { a.timeline.page(-1) }},
		{name: "scroll.down", keys: []string{"PgDn"}, run: func(a *App, _ string) { a.timeline.page(1) }},
		{name: "scroll.unread", keys: []string{"Alt-u"}, run: func(a *App, _ string) { a.timeline.toUnread() }},
		{name: "scroll.end", keys: []string{"Alt-End", "Ctrl-End"}, run: func(a *App, _ string) { a.toEnd() }},
		{name: "find.here", keys: []string{"Ctrl-F"}, can: needChat, run: func(a *App, _ string) { a.openFind("", false) }},
		{name: "find", command: "search", aliases: []string{"lastlog", "find"}, args: "[words] [from: in: before: after: has: is:]", run: (*App).cmdSearch},
		{name: "redraw", keys: []string{"Ctrl-L"}, run: func(a *App, _ string) { a.resync() }},
		{name: "suspend", keys: []string{"Ctrl-Z"}, run: func(a *App, _ string) { a.suspend() }},

		{name: "send", keys: []string{"Enter"}, where: inComposer, run: func(a *App, _ string) { a.enter() }},
		{name: "newline", keys: []string{"Alt-Enter", "Ctrl-J", "Shift-Enter"}, where: inComposer, run: func(a *App, _ string) { a.composer.insert("\n") }},

		{name: "editor", keys: []string{"Ctrl-X Ctrl-E"}, where: inComposer, command: "editor", run: func(a *App, _ string) { a.openEditor() }},

		{name: "message", command: "msg", aliases: []string{"query"}, args: "address|nick [text]", run: (*App).cmdMsg},
		{name: "note", command: "note", args: "[text]", run: (*App).cmdNote},
		{name: "room.join", command: "join", aliases: []string{"j"}, args: "room@service [nick] [password]", run: (*App).cmdJoin},
		{name: "rooms", command: "rooms", args: "[service] [words]", run: (*App).cmdRooms},
		{name: "room.leave", command: "leave", aliases: []string{"part"}, can: needRoom, run: func(a *App, _ string) {
			a.withChat(func(acc *session.Account, c store.Chat) { acc.Leave(c.ID) })
		}},
		{name: "chat.close", command: "close", aliases: []string{"wc"}, can: needChat, run: func(a *App, _ string) { a.closeChat() }},
		{name: "room.nick", command: "nick", args: "nick", can: needRoom, run: (*App).cmdNick},
		{name: "room.register", command: "register", can: needIn, run: func(a *App, _ string) { a.cmdRegister() }},
		{name: "room.unregister", command: "unregister", can: needIn, run: func(a *App, _ string) {
			a.withChat(func(acc *session.Account, c store.Chat) { acc.UnregisterInRoom(c.ID) })
		}},
		{name: "room.topic", command: "topic", aliases: []string{"subject"}, args: "[text]", can: needRoom, run: (*App).cmdTopic},
		{name: "room.names", command: "names", aliases: []string{"who"}, can: needRoom, run: (*App).cmdNames},
		{name: "room.private", command: "private", aliases: []string{"pm"}, args: "nick", can: needRoom, run: (*App).cmdPrivate},
		{name: "person.kick", keys: []string{"x"}, where: inPeople, can: needTarget(session.Kick), run: func(a *App, _ string) { a.deedSelected(session.Kick) }},
		{name: "person.ban", keys: []string{"X"}, where: inPeople, can: needTarget(session.Ban), run: func(a *App, _ string) { a.deedSelected(session.Ban) }},
		{name: "person.voice", keys: []string{"v"}, where: inPeople, can: needTarget(session.Voice, session.Devoice), run: func(a *App, _ string) { a.deedSelected(session.Voice, session.Devoice) }},
		{name: "person.op", keys: []string{"o"}, where: inPeople, can: needTarget(session.Op, session.Deop), run: func(a *App, _ string) { a.deedSelected(session.Op, session.Deop) }},
		{name: "person.ignore", keys: []string{"z"}, where: inPeople, can: needOccupant, run: func(a *App, _ string) { a.ignoreSelected() }},
		{name: "room.kick", command: "kick", args: "nick [reason]", danger: true, can: needDeed(session.Kick), run: cmdDeed(session.Kick)},
		{name: "room.ban", command: "ban", args: "nick|address [reason]", danger: true, can: needDeed(session.Ban), run: cmdDeed(session.Ban)},
		{name: "room.unban", command: "unban", args: "address", can: needAffiliate, run: (*App).cmdUnban},
		{name: "room.voice", command: "voice", args: "nick", can: needDeed(session.Voice), run: cmdDeed(session.Voice)},
		{name: "room.ask-voice", command: "ask-voice", can: needVisitor, run: func(a *App, _ string) {
			a.withChat(func(acc *session.Account, c store.Chat) { acc.AskVoice(c.ID) })
		}},
		{name: "voice.requests", keys: []string{"Alt-v"}, command: "voice-requests", run: func(a *App, _ string) { a.openVoices() }},
		{name: "room.devoice", command: "devoice", args: "nick", can: needDeed(session.Devoice), run: cmdDeed(session.Devoice)},
		{name: "room.op", command: "op", args: "nick", can: needDeed(session.Op), run: cmdDeed(session.Op)},
		{name: "room.deop", command: "deop", args: "nick", can: needDeed(session.Deop), run: cmdDeed(session.Deop)},
		{name: "room.affiliation", command: "affiliation", args: "address owner|admin|member|none|outcast", danger: true, can: needAffiliate, run: (*App).cmdAffiliation},
		{name: "room.affiliations", command: "affiliations", args: "[owner|admin|member|outcast]", can: needIn, run: (*App).cmdAffiliations},
		{name: "room.config", command: "config", aliases: []string{"configure"}, can: needOwner, run: func(a *App, _ string) { a.cmdConfig() }},
		{name: "room.avatar", command: "room-avatar", args: "picture|off", can: needOwner, run: (*App).cmdRoomAvatar},
		{name: "room.create", command: "create", args: "room@service [public|private]", can: needOnline, run: (*App).cmdCreate},
		{name: "room.destroy", command: "destroy", danger: true, can: needOwner, run: func(a *App, _ string) { a.openDestroy() }},
		{name: "room.invite", command: "invite", args: "address [reason]", can: needIn, run: (*App).cmdInvite},
		{name: "contact.invite", command: "invite-contact", can: needOnline, run: func(a *App, _ string) { a.cmdInviteContact() }},
		{name: "invitations", command: "invitations", run: func(a *App, _ string) { a.openInvitations() }},
		{name: "room.ignore", command: "ignore", args: "nick", can: needRoom, run: (*App).cmdIgnore},
		{name: "room.unignore", command: "unignore", args: "[nick]", can: needRoom, run: (*App).cmdUnignore},
		{name: "bookmark", command: "bookmark", aliases: []string{"bookmarks"}, args: "[add|remove|autojoin on|off|name|list] [room] [text]", run: (*App).cmdBookmark},
		{name: "link", command: "link", args: "xmpp:address", run: (*App).cmdLink},
		{name: "adhoc", command: "adhoc", aliases: []string{"command", "commands"}, args: "[address]", run: (*App).cmdAdhoc},
		{name: "whois", command: "whois", aliases: []string{"info"}, args: "[address or nick]", run: (*App).cmdWhois},

		{name: "avatar", command: "avatar", args: "picture|off", can: needOnline, run: (*App).cmdAvatar},
		{name: "vcard", command: "vcard", args: "[address|nick|mine]", run: (*App).cmdCard},

		{name: "contact.add", command: "add", args: "address [name]", run: (*App).cmdAdd},
		{name: "contact.remove", command: "remove", args: "[address]", danger: true, run: (*App).cmdRemove},
		{name: "contact.rename", command: "rename", args: "[address] name", run: (*App).cmdRename},
		{name: "contact.group", command: "group", args: "address [group, group]", run: (*App).cmdGroup},
		{name: "request.accept", command: "accept", aliases: []string{"allow"}, args: "[address]", run: (*App).cmdAccept},
		{name: "request.deny", command: "deny", args: "[address]", run: (*App).cmdDeny},

		{name: "requests", command: "requests", run: func(a *App, _ string) { a.openStrangers(who{}) }},
		{name: "block", command: "block", args: "[address or server]", danger: true, run: (*App).cmdBlock},
		{name: "unblock", command: "unblock", args: "[address or server]", run: (*App).cmdUnblock},
		{name: "block.contact", keys: []string{"b"}, where: inRoster, run: func(a *App, _ string) { a.blockSelected() }},
		{name: "block.person", keys: []string{"b"}, where: inPeople, run: func(a *App, _ string) { a.blockSelected() }},
		{name: "security", command: "security", args: "[words]", run: (*App).cmdSecurity},

		{name: "presence.online", command: "online", aliases: []string{"back", "available"}, args: "[until 15:00|30m] [text]", run: presenceTo(session.Available)},
		{name: "presence.chat", command: "chat", args: "[until 15:00|30m] [text]", run: presenceTo(session.FreeForChat)},
		{name: "presence.away", command: "away", args: "[until 15:00|30m] [text]", run: presenceTo(session.Away)},
		{name: "presence.xa", command: "xa", args: "[until 15:00|30m] [text]", run: presenceTo(session.ExtAway)},
		{name: "presence.dnd", command: "dnd", args: "[until 15:00|30m] [text]", run: presenceTo(session.Busy)},
		{name: "presence.invisible", command: "invisible", args: "[until 15:00|30m]", can: func(a *App) string { return a.noInvisible(a.everyone()) }, run: presenceTo(session.Invisible)},
		{name: "presence.status", command: "status", args: "[set] [state] [until 15:00|30m] [text]", run: (*App).cmdStatus},
		{name: "presence.directed", command: "presence", args: "[name|address state|save name|forget name|list] [until 15:00|30m] [text]", run: (*App).cmdPresence},

		{name: "notify", command: "notify", args: "[all|mention|none|usual] [1h|until 15:00]", can: needChat, run: (*App).cmdNotify},
		{name: "notify.mute", command: "mute", args: "[1h|until 15:00]", can: needChat, run: func(a *App, args string) { a.setRule("mute", store.NotifyNone, args) }},
		{name: "notify.unmute", command: "unmute", can: needChat, run: func(a *App, _ string) { a.setRule("unmute", store.NotifyUsual, "") }},
		{name: "chat.pin", command: "pin", can: needChat, run: func(a *App, _ string) { a.pin(true) }},
		{name: "chat.unpin", command: "unpin", can: needChat, run: func(a *App, _ string) { a.pin(false) }},
		{name: "watchers", command: "watchers", run: func(a *App, _ string) { a.openWatchers() }},
		{name: "who-may", command: "who-may", args: "[address]", run: (*App).cmdWhoMay},
		{name: "who-may.contact", keys: []string{"w"}, where: inRoster, run: func(a *App, _ string) { a.whoMaySelected() }},
		{name: "who-may.person", keys: []string{"w"}, where: inPeople, run: func(a *App, _ string) { a.whoMaySelected() }},
		{name: "auto-reply", command: "auto-reply", args: "[text|off]", run: (*App).cmdAutoReply},
		{name: "alert", command: "alert", args: "[address|off address]", run: (*App).cmdAlert},
		{name: "alert.open", keys: []string{"Alt-o"}, run: func(a *App, _ string) { a.openCame() }},
		{name: "alert.contact", keys: []string{"n"}, where: inRoster, run: func(a *App, _ string) { a.toggleAlert() }},
		{name: "alert.person", keys: []string{"n"}, where: inPeople, run: func(a *App, _ string) { a.toggleAlert() }},
		{name: "presence.contact", keys: []string{"p"}, where: inRoster, run: func(a *App, _ string) { a.presenceOfSelected() }},
		{name: "presence.person", keys: []string{"p"}, where: inPeople, run: func(a *App, _ string) { a.presenceOfSelected() }},

		{name: "line.resend", command: "resend", can: needChat, run: func(a *App, _ string) { a.eachFailed((*session.Account).Resend) }},
		{name: "line.drop", command: "drop", can: needChat, run: func(a *App, _ string) { a.eachFailed((*session.Account).Drop) }},

		{name: "line.edit", command: "edit", aliases: []string{"correct"}, args: "[text]", can: needChat, run: (*App).cmdEdit},
		{name: "line.reply", command: "reply", args: "[text]", can: needChat, run: (*App).cmdReply},
		{name: "line.react", command: "react", args: "[sign]", can: needChat, run: (*App).cmdReact},
		{name: "line.retract", command: "retract", can: needChat, run: (*App).cmdRetract},

		{name: "spoiler", command: "spoiler", args: "[hint |] text", can: needChat, run: (*App).cmdSpoiler},

		{name: "spoiler.show", command: "uncover", can: needChat, run: func(a *App, _ string) { a.uncoverNewest() }},

		{name: "file.send", command: "send", aliases: []string{"upload", "file"}, args: "[path]", can: needChat, run: (*App).cmdSend},
		{name: "file.paste", command: "paste", can: needChat, run: (*App).cmdPaste},
		{name: "file.save", command: "save", can: needChat, run: (*App).cmdSave},
		{name: "file.stop", command: "stop", can: needChat, run: (*App).cmdStop},

		{name: "select", keys: []string{"Up"}, where: inComposer, can: needChat, run: func(a *App, _ string) { a.startSelect() }},
		{name: "select.up", keys: []string{"Up", "k"}, where: inSelection, run: func(a *App, _ string) { a.stepSelect(-1) }},
		{name: "select.down", keys: []string{"Down", "j"}, where: inSelection, run: func(a *App, _ string) { a.stepSelect(1) }},
		{name: "select.first", keys: []string{"g", "Home"}, where: inSelection, run: func(a *App, _ string) { a.timeline.pick(0) }},
		{name: "select.last", keys: []string{"G", "End"}, where: inSelection, run: func(a *App, _ string) { a.timeline.pick(len(a.timeline.rows()) - 1) }},
		{name: "select.half-up", vi: []string{"Ctrl-U"}, where: inSelection, run: func(a *App, _ string) { a.halfSelect(-1) }},
		{name: "select.half-down", vi: []string{"Ctrl-D"}, where: inSelection, run: func(a *App, _ string) { a.halfSelect(1) }},
		{name: "select.reply", keys: []string{"r"}, where: inSelection, hint: true, hints: replyHint, can: needAnswerable, run: func(a *App, _ string) { a.replySelected() }},
		{name: "select.resend", keys: []string{"R"}, where: inSelection, can: needFailed, run: func(a *App, _ string) { a.resendSelected() }},
		{name: "select.edit", keys: []string{"e"}, where: inSelection, hint: true, can: needEditable, run: func(a *App, _ string) { a.editSelected() }},
		{name: "select.react", keys: []string{"+"}, where: inSelection, hint: true, can: needReactable, run: func(a *App, _ string) { a.reactSelected() }},
		{name: "select.drop", keys: []string{"d"}, where: inSelection, hint: true, can: needRemovable, run: func(a *App, _ string) { a.removeSelected() }},
		{name: "select.original", keys: []string{"p"}, where: inSelection, hint: true, can: needAnswer, run: func(a *App, _ string) { a.openOriginal() }},
		{name: "select.fill", keys: []string{"Enter"}, where: inSelection, hint: true, can: needGap, run: func(a *App, _ string) { a.fillSelected() }},
		{name: "select.copy", keys: []string{"y"}, where: inSelection, hint: true, many: true, can: needTexts, run: func(a *App, _ string) { a.copySelected() }},
		{name: "select.uncover", keys: []string{"u"}, where: inSelection, hint: true, can: needSpoiler, run: func(a *App, _ string) { a.uncoverSelected() }},
		{name: "select.find", keys: []string{"/"}, where: inSelection, run: func(a *App, _ string) { a.endSelect(); a.openFind("", false) }},
		{name: "select.copy-file", keys: []string{"Y"}, where: inSelection, many: true, can: needTexts, run: func(a *App, _ string) { a.copySelectedToFile() }},
		{name: "select.open", keys: []string{"o"}, where: inSelection, hint: true, can: needLink, run: func(a *App, _ string) { a.openSelected() }},
		{name: "select.view", keys: []string{"v"}, where: inSelection, hint: true, can: needPicture, run: func(a *App, _ string) { a.viewSelected() }},
		{name: "select.save", keys: []string{"s"}, where: inSelection, hint: true, can: needFile, run: func(a *App, _ string) { a.saveSelected() }},
		{name: "select.stop", keys: []string{"x"}, where: inSelection, hint: true, can: needMoving, run: func(a *App, _ string) { a.stopSelected() }},
		{name: "inspect", keys: []string{"i"}, where: inSelection, command: "inspect", hint: true, can: needChat, run: func(a *App, _ string) { a.inspect() }},
		{name: "select.choose", keys: []string{"Space"}, where: inSelection, hint: true, many: true, can: needMark, run: func(a *App, _ string) { a.choose() }},
		{name: "select.forward", keys: []string{"f"}, where: inSelection, hint: true, many: true, can: needTexts, run: func(a *App, _ string) { a.forwardTaken() }},
		{name: "select.forget", keys: []string{"D"}, where: inSelection, hint: true, many: true, can: needHere, run: func(a *App, _ string) { a.forgetTaken() }},
		{name: "ledger", command: "ledger", args: "[all]", can: needChat, run: func(a *App, args string) {
			a.withChat(func(acc *session.Account, c store.Chat) { acc.Ledger(c.ID, strings.TrimSpace(args) == "all") })
		}},
		{name: "chat.clear", command: "clear", danger: true, can: needChat, run: func(a *App, _ string) { a.askClear() }},
		{name: "chat.delete", command: "delete-chat", danger: true, can: needChat, run: func(a *App, _ string) { a.askDeleteChat() }},
		{name: "export", command: "export", args: "[all] [jsonl|text|cpim] [file]", run: (*App).cmdExport},
		{name: "import", command: "import", args: "file|cancel", run: (*App).cmdImport},

		{name: "list.up", keys: []string{"Up", "k"}, where: inLists, move: tcell.KeyUp},
		{name: "list.down", keys: []string{"Down", "j"}, where: inLists, move: tcell.KeyDown},
		{name: "list.page-up", keys: []string{"PgUp"}, where: inLists, move: tcell.KeyPgUp},
		{name: "list.page-down", keys: []string{"PgDn"}, where: inLists, move: tcell.KeyPgDn},
		{name: "list.half-up", vi: []string{"Ctrl-U"}, where: inLists, move: keyHalfUp},
		{name: "list.half-down", vi: []string{"Ctrl-D"}, where: inLists, move: keyHalfDown},
		{name: "list.first", keys: []string{"Home", "g"}, where: inLists, move: tcell.KeyHome},
		{name: "list.last", keys: []string{"End", "G"}, where: inLists, move: tcell.KeyEnd},
		{name: "list.find", keys: []string{"/"}, where: inLists, move: tcell.KeyRune},

		{name: "connect.now", keys: []string{"F5"}, can: needOffline, run: func(a *App, _ string) { a.c.Hurry() }},
		{name: "connect", command: "connect", aliases: []string{"reconnect"}, args: "[account]", run: (*App).cmdConnect},
		{name: "connection", command: "connection", args: "[account]", run: (*App).cmdConnection},
		{name: "disconnect", command: "disconnect", args: "[account]", run: (*App).cmdDisconnect},
		{name: "account", command: "account", args: "[add|use|remove] [address]", run: (*App).cmdAccount},
		{name: "account.password", command: "password", can: needOnline, run: func(a *App, _ string) { a.openPassword() }},
		{name: "vault", command: "vault", args: "[new|passphrase|in|out|forget|seal|unseal|delete] [address]", run: (*App).cmdVault},
		{name: "lock", command: "lock", run: func(a *App, _ string) { a.lockNow() }},
		{name: "account.delete", command: "delete-account", danger: true, can: needOnline, run: func(a *App, _ string) { a.openDelete() }},
		{name: "theme", command: "theme", args: "[name]", run: (*App).cmdTheme},
		{name: "xml", command: "xml", aliases: []string{"xmlconsole", "rawxml"}, args: "[words]", run: (*App).cmdXML},
		{name: "log", command: "log", args: "[words]", run: (*App).cmdLog},
		{name: "xeps", command: "xeps", args: "[words]", run: (*App).cmdXEPs},
		{name: "keys", command: "keys", args: "[reload]", run: (*App).cmdKeys},
		{name: "reload", command: "reload", run: (*App).cmdReload},
		{name: "set", command: "set", args: "[setting] [value]", run: (*App).cmdSet},
		{name: "quit", command: "quit", aliases: []string{"exit"}, run: func(a *App, _ string) { a.Quit() }},
	}
}

// cannot says why an action cannot be done now, as a code; "": it can.
func (a *App) cannot(x *action) string {
	if x.where == inSelection && a.focus == inSelection && x.can != nil && !x.many {
		if why := needOne(a); why != "" {
			return why
		}
	}
	if x.can == nil {
		return ""
	}
	return x.can(a)
}

func needChat(a *App) string {
	if a.m.chat == 0 {
		return "why.no-chat"
	}
	return ""
}

func needOffline(a *App) string {
	for _, acc := range a.m.accounts {
		if acc.Link == session.Offline || acc.Link == session.Waiting {
			return ""
		}
	}
	return "why.all-online"
}

func needRoom(a *App) string {
	if c, ok := a.m.open(); !ok || c.Kind != store.Room {
		return "why.no-room"
	}
	return ""
}

// bindings finds the actions of a key, the nearest place first.
type bindings struct {
	byKey     map[string][]*action
	byCommand map[string]*action
}

func bind(list []*action) bindings {
	b := bindings{map[string][]*action{}, map[string]*action{}}
	for _, x := range list {
		for _, k := range x.keys {
			if !slices.ContainsFunc(b.byKey[k], func(o *action) bool { return o.where == x.where }) {
				b.byKey[k] = append(b.byKey[k], x)
			}
		}
		if x.command == "" {
			continue
		}
		b.byCommand[x.command] = x
		for _, n := range x.aliases {
			b.byCommand[n] = x
		}
	}
	return b
}

// key finds what a key does at a place; nil: nothing.
func (b bindings) key(name string, at place) *action {
	var found *action
	for _, x := range b.byKey[name] {
		if x.where == at {
			return x
		}
		if x.where == anywhere {
			found = x
		}
	}
	return found
}
