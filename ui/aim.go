package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// aim is the message that the input is about: one that is written anew, or one
// that is answered. It ends with Esc, with another chat, or when it is sent.
type aim struct {
	m      store.Message
	edit   bool   // else it is answered
	before string // edit: what stood in the input
}

// startEdit takes the text of a message of ours into the input.
func (a *App) startEdit(m store.Message) {
	a.endAim()
	a.aim = &aim{m: m, edit: true, before: a.composer.text()}
	a.composer.set(m.Body)
	a.focus = inComposer
}

// startReply lets what is written answer a message.
func (a *App) startReply(m store.Message) {
	a.endAim()
	a.aim = &aim{m: m}
	a.focus = inComposer
}

// endAim lets the input be about nothing: what stood there before comes back.
func (a *App) endAim() {
	was := a.aim
	a.aim = nil
	if was != nil && was.edit {
		a.composer.set(was.before)
	}
}

// draft is what is to be kept of the input: a message that is written anew is none.
func (a *App) draft() string {
	if a.aim != nil && a.aim.edit {
		return a.aim.before
	}
	t := a.composer.text()
	if a.composer.pasted() && strings.HasPrefix(t, "/") && !strings.HasPrefix(t, "//") {
		t = "/" + t // what was pasted is text, also when it comes back from the disk
	}
	return t
}

// aimLine says above the input what it is about; false: nothing.
func (a *App) aimLine() (noteLine, bool) {
	if a.aim == nil {
		return noteLine{}, false
	}
	m := a.aim.m
	body, _, _ := strings.Cut(strings.TrimSpace(text.Body(gist(&m))), "\n")
	if a.aim.edit {
		return noteLine{text: catalog.T("aim.edit", body), style: a.look.Notice}, true
	}
	a.timeline.ink.refresh(&a.look.Palette)
	a.timeline.open, _ = a.m.find(m.Chat)
	name, _ := a.timeline.sender(&m)
	return noteLine{text: catalog.T("aim.reply", name, body), style: a.look.Notice}, true
}

// utter sends what was typed: as a line, as an answer, or as the new text of a message.
func (a *App) utter(acc *session.Account, chat store.ChatID, t string) (id string, ok bool) {
	switch {
	case a.aim == nil:
		return acc.Send(chat, t)
	case a.aim.edit:
		return acc.Edit(a.aim.m.ID, t)
	}
	return acc.SendReply(chat, t, a.aim.m.ID)
}

// uttered follows what was sent: the input is about nothing any more.
func (a *App) uttered() {
	was := a.aim
	a.aim = nil
	a.composer.keep()
	if was != nil && was.edit {
		a.composer.set(was.before)
		return
	}
	a.composer.set("")
	a.toEnd()
}
