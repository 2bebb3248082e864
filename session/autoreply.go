package session

import (
	"encoding/json"
	"fmt"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// What people are told while we are away: once each in an absence, only who sees
// our presence, and never what was not written by a person just now.

const (
	nsSHIM = "http://jabber.org/protocol/shim" // XEP-0131
	// autoReplyMax bounds the text, bytes.
	autoReplyMax = 1000
	// autoRepliesMost bounds whom an absence remembers; beyond it nobody is told.
	autoRepliesMost = 1000
)

// autoReply is what is kept of it on the disk.
type autoReply struct {
	Text string          `json:",omitempty"` // empty: off
	Told map[string]bool `json:",omitempty"` // in this absence
}

func (l *loop) autoReplyKey() string { return fmt.Sprintf("auto-reply-%d", l.a.id) }

func (l *loop) loadAutoReply() {
	text, err := l.st.Meta(l.ctx, l.autoReplyKey())
	var r autoReply
	if err != nil || text == "" || json.Unmarshal([]byte(text), &r) != nil {
		return
	}
	l.autoReply = r
}

func (l *loop) saveAutoReply(tx *store.Tx) error {
	b, err := json.Marshal(l.autoReply)
	if err != nil {
		return err
	}
	return tx.SetMeta(l.autoReplyKey(), string(b))
}

// SetAutoReply sets what people who see our presence are told, once each, when they
// write while we are away, long away or busy. Empty ends that.
func (a *Account) SetAutoReply(text string) { a.do(0, func(l *loop) { l.setAutoReply(text) }) }

func (l *loop) setAutoReply(text string) {
	text = strings.TrimSpace(text)
	if len(text) > autoReplyMax {
		l.tellProblem(0, Problem{Code: "too-long"})
		return
	}
	before := l.autoReply
	l.autoReply = autoReply{Text: text}
	if !l.write(func(tx *store.Tx) error {
		code := "auto-reply-set"
		if text == "" {
			code = "auto-reply-off"
		}
		l.tell(0, code, text)
		l.emit(l.policyNow())
		return l.saveAutoReply(tx)
	}) {
		l.autoReply = before
		l.tellProblem(0, Problem{Code: "not-saved"})
	}
}

// awayNow says whether others see that we do not answer.
func (l *loop) awayNow() bool {
	switch l.shown().Show {
	case Away, ExtAway, Busy:
		return true
	}
	return false
}

// absenceOver forgets who was told, as soon as others see us back.
func (l *loop) absenceOver() {
	if len(l.autoReply.Told) == 0 || l.awayNow() {
		return
	}
	l.autoReply.Told = nil
	l.keep(l.saveAutoReply)
}

// replySelf answers a new message by itself. Automatic words are never answered: they
// carry a header that says so (XEP-0131, RFC 3834 §5) or ask not to be stored.
func (l *loop) replySelf(tx *store.Tx, o origin, chat store.ChatID, body string) error {
	t, who := o.el.Attr("type"), o.owner.String()
	switch {
	case l.autoReply.Text == "", !l.awayNow(), o.by != byContact, o.outgoing, o.carbon, o.private, o.query != nil, body == "",
		t != "chat" && t != "" && t != "normal", o.owner == l.self, !l.contacts[who].ToUs(), !l.seesUs(o.owner),
		l.autoReply.Told[who], len(l.autoReply.Told) >= autoRepliesMost, automatic(o.el):
		return nil
	}
	c, err := tx.Chat(chat)
	if err != nil || c.Kind != store.Direct || l.barredChat(c) != nil {
		return err
	}
	id := newID()
	auto := wire.New(nsSHIM, "headers").Add(wire.New(nsSHIM, "header").Set("name", "Auto-Submitted").SetText("auto-replied"))
	d, ok := l.lineWith(c, id, l.autoReply.Text, l.autoReply.Text, auto, wire.New(nsHints, "no-permanent-store"))
	if !ok {
		return nil
	}
	d.KeepText, d.ByItself = true, true
	m, out, err := tx.Queue(d)
	if err != nil {
		return err
	}
	told := map[string]bool{who: true}
	for k := range l.autoReply.Told {
		told[k] = true
	}
	b, err := json.Marshal(autoReply{l.autoReply.Text, told})
	if err != nil {
		return err
	}
	l.then = append(l.then, func() {
		l.autoReply.Told = told
		l.outboxAdd(out, chat, m, d.Bytes)
	})
	l.autoReply.Told = told // for the rest of this burst; a rollback only says less
	return tx.SetMeta(l.autoReplyKey(), string(b))
}

// automatic says whether a message was not written by a person.
func automatic(e *wire.Element) bool {
	for _, hint := range []string{"no-store", "no-permanent-store"} {
		if e.Child(nsHints, hint) != nil {
			return true
		}
	}
	return answersItself(e)
}

// answersItself says whether a message names itself an automatic answer.
func answersItself(e *wire.Element) bool {
	for h := range e.Child(nsSHIM, "headers").All(nsSHIM, "header") {
		if strings.EqualFold(h.Attr("name"), "Auto-Submitted") && !strings.EqualFold(strings.TrimSpace(h.Text), "no") {
			return true
		}
	}
	return false
}
