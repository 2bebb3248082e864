package ui

import (
	"context"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// What can be done with a message that was said: it is written anew, answered,
// reacted to, taken back.

// onServer says whether the others have a message, so that it can be spoken of.
func onServer(m store.Message) bool {
	return m.Kind == store.Text && !m.ID.Unsaved() && (!m.Outgoing || m.State >= store.Sent && m.State <= store.Displayed)
}

func ours(m store.Message) bool { return m.Outgoing && onServer(m) && !m.NoBody }

func needEditable(a *App) string {
	if m, ok := a.selected(); !ok || !unsent(m) && (!ours(m) || m.Enc != "" || m.Alone()) || unsent(m) && m.File != nil && m.File.Copy {
		return "why.no-edit"
	}
	return ""
}

func needAnswerable(a *App) string {
	if m, ok := a.selected(); !ok || !unsent(m) && (!onServer(m) || m.NoBody) {
		return "why.not-here"
	}
	return ""
}

func needReactable(a *App) string {
	if m, ok := a.selected(); !ok || !onServer(m) || m.NoBody {
		return "why.not-here"
	}
	return ""
}

func needRemovable(a *App) string {
	if m, ok := a.selected(); !ok || !unsent(m) && !ours(m) && !(onServer(m) && a.moderates()) {
		return "why.no-say"
	}
	return ""
}

func needAnswer(a *App) string {
	if m, ok := a.selected(); !ok || m.Reply == nil || !m.Reply.Found {
		return "why.no-answer"
	}
	return ""
}

// moderates says whether we may remove what others say in the open chat.
func (a *App) moderates() bool {
	for _, o := range a.m.occupants {
		if o.Self && o.Role == "moderator" {
			return true
		}
	}
	return false
}

// replyHint names what the key of an answer does with the marked message.
func replyHint(a *App) string {
	if m, ok := a.selected(); ok && unsent(m) {
		return "hint.select.resend"
	}
	return "hint.select.reply"
}

// replySelected answers the marked message, or sends a line again.
func (a *App) replySelected() {
	m, ok := a.selected()
	if !ok {
		return
	}
	if unsent(m) {
		if m.State != store.Queued && m.State != store.Preparing {
			a.resendSelected()
		} else {
			a.say(catalog.T("why.not-failed"))
		}
		return
	}
	a.endSelect()
	a.startReply(m)
}

// removeSelected takes a line away that was not sent, takes a message of ours
// back, or removes one of another for everybody.
func (a *App) removeSelected() {
	m, ok := a.selected()
	switch {
	case !ok:
	case unsent(m):
		a.dropSelected()
	case ours(m):
		a.endSelect()
		a.askRetract(m)
	default:
		a.endSelect()
		a.dialog = &moderation{l: a.look, m: m}
	}
}

func (a *App) askRetract(m store.Message) {
	a.confirm(catalog.T("confirm.retract"), func(a *App) {
		a.withChat(func(acc *session.Account, _ store.Chat) { acc.Retract(m.ID) })
	})
}

// newest finds the last message of the open chat that fits.
func (a *App) newest(fits func(store.Message) bool) (store.Message, bool) {
	rows := a.timeline.rows()
	for i := len(rows) - 1; i >= 0; i-- {
		if fits(rows[i]) {
			return rows[i], true
		}
	}
	return store.Message{}, false
}

func ofOthers(m store.Message) bool { return !m.Outgoing && onServer(m) && !m.NoBody }

// cmdEdit writes our last message anew: with a text at once.
func (a *App) cmdEdit(args string) {
	m, ok := a.newest(func(m store.Message) bool { return ours(m) && m.Enc == "" && !m.Alone() })
	switch {
	case !ok:
		a.say(catalog.T("edit.none"))
	case args == "":
		a.startEdit(m)
	default:
		a.withChat(func(acc *session.Account, _ store.Chat) {
			if id, ok := acc.Edit(m.ID, args); ok {
				a.pending[id] = args
			}
		})
	}
}

// cmdReply answers the newest message of another: with a text at once.
func (a *App) cmdReply(args string) {
	m, ok := a.newest(ofOthers)
	switch {
	case !ok:
		a.say(catalog.T("reply.none"))
	case args == "":
		a.startReply(m)
	default:
		a.withChat(func(acc *session.Account, c store.Chat) {
			if id, ok := acc.SendReply(c.ID, args, m.ID); ok {
				a.pending[id] = args
			}
		})
	}
}

// cmdReact reacts to the newest message of another; without a sign it asks.
func (a *App) cmdReact(args string) {
	m, ok := a.newest(ofOthers)
	if !ok {
		a.say(catalog.T("reply.none"))
		return
	}
	if args == "" {
		a.openReact(m)
		return
	}
	for word := range strings.FieldsSeq(args) {
		sign, ok := emojiNamed(word)
		if !ok && !session.IsSign(word) {
			a.say(catalog.T("react.no-sign", word))
			return
		}
		if !ok {
			sign = word
		}
		a.toggle(m, sign)
	}
}

func (a *App) cmdRetract(string) {
	if m, ok := a.newest(ours); ok {
		a.askRetract(m)
		return
	}
	a.say(catalog.T("retract.none"))
}

type wantOriginal struct{}

// openOriginal marks the message that the marked one answers, reading it when it
// is not in memory.
func (a *App) openOriginal() {
	m, ok := a.selected()
	if !ok || m.Reply == nil {
		return
	}
	for i, x := range a.timeline.rows() {
		if x.ID == m.Reply.Target {
			a.timeline.pick(i)
			return
		}
	}
	chat, reply := a.m.chat, m.Reply
	a.pager.want(wantOriginal{}, func(ctx context.Context) func(*App) {
		before, _, err := a.st.Page(ctx, chat, reply.Ord, pageRows/2)
		if err != nil {
			return nil
		}
		rows, rev, err := a.st.PageAfter(ctx, chat, reply.Ord-1, pageRows)
		if err != nil {
			return nil
		}
		return func(a *App) { a.gotOriginal(chat, reply.Target, before, rows, rev) }
	})
}

// gotOriginal shows the part of the chat around a message.
func (a *App) gotOriginal(chat store.ChatID, id store.MessageID, before, rows []store.Message, rev uint64) {
	if a.m.chat != chat || !a.m.window.loaded {
		return
	}
	if len(rows) == 0 || rows[0].ID != id {
		a.say(catalog.T("original.not-here"))
		return
	}
	w := &a.m.window
	w.rows, w.rev = append(before, rows...), rev
	w.oldest, w.newest = len(before) < pageRows/2, len(rows) < pageRows
	a.timeline.changed()
	a.timeline.hold(len(before), 0)
	a.timeline.pick(len(before))
	a.readChanges()
}

// moderation asks why a message of another is removed.
type moderation struct {
	l     *look
	m     store.Message
	field field
}

func (d *moderation) draw(s tcell.Screen, all rect) {
	body, _, _ := strings.Cut(text.Body(gist(&d.m)), "\n")
	about := text.Wrap(catalog.T("moderate.about", text.Name(d.m.Nick), text.Cut(body, 100)), min(56, all.w-6))
	in := frameOf(s, d.l, middle(all, 60, len(about)+6), catalog.T("moderate.title"))
	for i, line := range about {
		put(s, in.x, in.y+i, in.w, line, d.l.Text)
	}
	y := in.y + len(about) + 1
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("moderate.keys"), d.l.Hint)
	n := put(s, in.x, y, in.w, catalog.T("moderate.why")+" ", d.l.Text)
	d.field.draw(s, rect{in.x + n, y, max(1, in.w-n), 1}, d.l.Input.Underline(true))
}

func (d *moderation) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Enter":
		a.closeDialog()
		a.withChat(func(acc *session.Account, _ store.Chat) { acc.Moderate(d.m.ID, d.field.text()) })
	default:
		return d.field.key(ev)
	}
	return true
}

func (d *moderation) paste(_ *App, t string) { d.field.insert(text.Line(t)) }
