package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Several messages at once: Space chooses the marked one, and what can be done with
// more than one is done with all that are chosen.

// chosenMost bounds how many are chosen.
const chosenMost = 500

// choose takes the marked message to those that are chosen, or out again.
func (a *App) choose() {
	m, ok := a.selected()
	if !ok {
		return
	}
	t := a.timeline
	if i := t.chosenAt(m.ID); i >= 0 {
		t.chosen = slices.Delete(t.chosen, i, i+1)
		return
	}
	if len(t.chosen) >= chosenMost {
		a.say(catalog.T("choose.many", catalog.Count(chosenMost)))
		return
	}
	t.chosen = append(t.chosen, m)
}

func (t *timeline) chosenAt(id store.MessageID) int {
	return slices.IndexFunc(t.chosen, func(m store.Message) bool { return m.ID == id })
}

// needOne says why something cannot be done with several.
func needOne(a *App) string {
	if len(a.timeline.chosen) > 0 {
		return "why.several"
	}
	return ""
}

func needMark(a *App) string {
	if m, ok := a.selected(); !ok || m.Kind != store.Text {
		return "why.no-message"
	}
	return ""
}

// taken are the messages that are chosen, as they are now and in the order in which
// they stand; else the marked one.
func (a *App) taken() []store.Message {
	t := a.timeline
	if len(t.chosen) == 0 {
		if m, ok := a.selected(); ok {
			return []store.Message{m}
		}
		return nil
	}
	list := slices.Clone(t.chosen)
	for _, m := range t.rows() {
		if i := t.chosenAt(m.ID); i >= 0 {
			list[i] = m
		}
	}
	list = slices.DeleteFunc(list, func(m store.Message) bool { return m.Gone })
	slices.SortFunc(list, func(x, y store.Message) int { return cmp.Compare(x.Ord, y.Ord) })
	return list
}

// takenTexts are those of them that have a text.
func (a *App) takenTexts() []store.Message {
	return slices.DeleteFunc(a.taken(), func(m store.Message) bool { return m.NoBody || m.Body == "" })
}

func needTexts(a *App) string {
	if len(a.takenTexts()) == 0 {
		return "why.no-text"
	}
	return ""
}

// copied is what a copy of messages says: of one its text, of several who said it
// and when.
func (a *App) copied(list []store.Message) string {
	if len(list) == 1 {
		return text.Body(list[0].Body) // what was seen: nothing in it is obeyed where it is pasted
	}
	var b strings.Builder
	for _, m := range list {
		b.WriteString(time.UnixMicro(m.Stamp).In(a.look.zone).Format("2006-01-02 15:04 ") + a.speaker(&m) + ": " + text.Body(m.Body) + "\n")
	}
	return b.String()
}

// speaker is how others know who said a message: in rooms by the nick, else by the
// first part of the address. How the user calls somebody is nobody's business.
func (a *App) speaker(m *store.Message) string {
	c, _ := a.m.find(m.Chat)
	jid := c.JID
	if m.Outgoing {
		acc, _ := a.m.account(c.Account)
		jid = acc.JID
	}
	if c.Kind == store.Room || c.Kind == store.Private {
		return text.Name(cmp.Or(m.Nick, c.Nick))
	}
	local, _, _ := strings.Cut(jid, "@")
	return text.Name(local)
}

// forwarded is what another chat is told of messages: each as a quote under who said
// it and when. Nothing else of where it was said goes along.
func (a *App) forwarded(list []store.Message) string {
	var parts []string
	for _, m := range list {
		head := catalog.T("forward.head", a.speaker(&m), time.UnixMicro(m.Stamp).In(a.look.zone).Format("2006-01-02 15:04"))
		lines := strings.Split(head+"\n"+strings.TrimRight(text.Body(m.Body), "\n"), "\n")
		for i, line := range lines {
			lines[i] = strings.TrimRight("> "+line, " ")
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// parcel is what is on its way into another chat.
type parcel struct {
	to      who // whose chat is being opened for it
	text    string
	spoiler bool // something of it was hidden, and stays so
	hint    string
}

// forwardTaken asks into which chat, and says it there.
func (a *App) forwardTaken() {
	list := a.takenTexts()
	p := parcel{text: a.forwarded(list)}
	for _, m := range list {
		if hint, is := m.Spoiler(); is {
			p.spoiler, p.hint = true, cmp.Or(p.hint, hint)
		}
	}
	if len(p.text) > forwardMax {
		a.say(catalog.T("forward.too-long"))
		return
	}
	a.endSelect()
	j := &jump{l: a.look, title: catalog.Plural("forward.title", len(list)), last: "\x00"}
	for _, e := range a.jumpEntries() {
		switch {
		case e.chat != 0:
			e.run = func(a *App) { a.deliver(e.chat, p) }
		case e.who.jid != "":
			e.run = func(a *App) {
				p.to = e.who
				a.parcel = &p
				a.openDirect(e.who)
			}
		default:
			continue
		}
		j.all = append(j.all, e)
	}
	j.search()
	a.dialog = j
}

// forwardMax is what a forwarded text may have, bytes: what one line may.
const forwardMax = 256 << 10

// deliver says a parcel in a chat, and shows that.
func (a *App) deliver(id store.ChatID, p parcel) {
	c, ok := a.m.find(id)
	acc := a.c.Account(c.Account)
	if !ok || acc == nil {
		return
	}
	a.show(id)
	a.focus = inComposer
	var local string
	if p.spoiler {
		local, ok = acc.SendSpoiler(id, p.hint, p.text)
	} else {
		local, ok = acc.Send(id, p.text)
	}
	if ok {
		a.pending[local] = p.text
		a.toEnd()
	}
}

// needHere says why a message cannot be taken away from this device.
func needHere(a *App) string {
	list := a.taken()
	if len(list) == 0 || slices.ContainsFunc(list, func(m store.Message) bool { return m.ID.Unsaved() }) {
		return "why.no-message"
	}
	return ""
}

// forgetTaken asks, and takes messages away from this device.
func (a *App) forgetTaken() {
	var ids []store.MessageID
	for _, m := range a.taken() {
		ids = append(ids, m.ID)
	}
	a.confirm(catalog.Plural("confirm.forget", len(ids)), func(a *App) {
		a.endSelect()
		a.withChat(func(acc *session.Account, _ store.Chat) { acc.Forget(ids) })
	})
}

// drawMark marks a line of the message that the keys are about, or of one that is
// chosen, in column 0; false: it is neither.
func (t *timeline) drawMark(s tcell.Screen, r rect, m *store.Message, y int, first bool) bool {
	picked, chosen := m.ID == t.picked, t.chosenAt(m.ID) >= 0
	sign := t.l.mark("▌", ">")
	switch {
	case picked && chosen && first:
		sign = t.l.mark("◆", "#")
	case chosen && first:
		sign = t.l.mark("◇", "*")
	case !picked:
		return false
	}
	put(s, r.x, r.y+y, 1, sign, t.l.Match)
	return true
}
