package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Lines of a chat that are no messages: calls, wishes for attention, invitations,
// contacts that moved; and what a sender says of a link.

// happened words a notice. Its texts are remote.
func happened(m *store.Message) string {
	nick := text.Name(m.Nick)
	if !catalog.Has("notice." + m.Notice) {
		return strings.TrimSpace(m.Body)
	}
	words := "notice." + m.Notice
	switch {
	case store.IsCall(m.Notice) || m.Notice == store.NoticeCallRoom || m.Notice == store.NoticeCallOver:
		kind := ""
		if m.Body == "video" {
			kind = catalog.T("call.video")
		}
		return catalog.T(words, nick, kind)
	case m.Notice == store.NoticeMoved:
		return catalog.T(words, nick, text.Line(m.RealJID))
	case m.Notice == store.NoticeInvited, m.Notice == store.NoticeInvitedThrough:
		reason := strings.TrimSpace(text.Cut(text.Line(m.Body), 200))
		if reason != "" {
			reason = "(" + reason + ")"
		}
		return strings.TrimSpace(catalog.T(words, nick, text.Line(m.RealJID), reason))
	}
	return catalog.T(words, nick)
}

// happens says that a notice is one of those.
func happens(notice string) bool {
	return notice != "room-says" && store.ComesAgain(notice) || notice == store.NoticeMoved
}

// linkOf is where the key for addresses leads from such a line; "": nowhere.
func linkOf(m *store.Message) string {
	if m.Kind != store.Notice || m.RealJID == "" {
		return ""
	}
	switch m.Notice {
	case store.NoticeInvited, store.NoticeInvitedThrough:
		return session.URIScheme + m.RealJID + "?join"
	case store.NoticeMoved:
		return session.URIScheme + m.RealJID + "?subscribe"
	}
	return ""
}

// addressesOf lists what can be opened of a message, at most openMax.
func addressesOf(m *store.Message) (list []string) {
	if to := linkOf(m); to != "" {
		return []string{to}
	}
	if m.NoBody || m.Kind == store.Notice && happens(m.Notice) {
		return nil
	}
	body := text.Body(m.Body)
	seen := map[string]bool{}
	for _, at := range addresses(body) {
		if u := body[at[0]:at[1]]; len(list) < openMax && !seen[u] {
			seen[u] = true
			list = append(list, u)
		}
	}
	return list
}

// noticed tells of something that is no message and that somebody wants to know.
func (a *App) noticed(e session.Noticed) {
	c, _ := a.m.find(e.Chat)
	said := catalog.T("notify."+e.What, text.Name(e.From))
	if a.plain != nil || e.Chat != a.m.chat {
		a.say(said)
	}
	if !passes(c.Notifies(a.opt.Now()), false) || e.Chat == a.m.chat && a.looking() && a.dialog == nil && a.timeline.atEnd() {
		return
	}
	event := "call"
	if e.What == store.NoticeAttention {
		event = "attention"
	}
	a.notify(notification{account: e.Account, title: text.Name(e.From), said: said, hook: hookEvent{Event: event, Chat: e.JID, From: e.From}})
}

// placeLink puts below a text what its sender says of an address in it: the host
// first, as DNS is asked for it, for the rest is only said.
func (b *block) placeLink(m *store.Message, width int, ascii bool) {
	if m.Link == nil || m.NoBody || len(b.lines) >= blockLines {
		return
	}
	mark := "↳ "
	if ascii {
		mark = "> "
	}
	said := hostASCII(session.FileHost(&store.File{URL: m.Link.URL}))
	for _, part := range []string{m.Link.Title, m.Link.About} {
		if part = strings.TrimSpace(text.Line(part)); part != "" {
			said += " · " + part
		}
	}
	b.link = len(b.lines)
	b.lines = append(b.lines, twoLines(mark+said, width)...)
}
