package session

import (
	"context"
	"slices"
	"strings"
	"time"

	"sotto/session/wire"
)

// What was refused, for /security. It is of this run; the same of the same
// sender stands once, so that a flood cannot push the rest away.

const (
	// refusalsMax bounds the list of an account.
	refusalsMax = 200
	// refusalStart is how much of a stanza is kept, in bytes.
	refusalStart = 300
)

// Refusal is what was refused of one sender for one reason.
type Refusal struct {
	At     time.Time // the last time
	Times  int
	From   string // as it was written: remote text
	Reason string // a word of the catalogue
	Start  string // of the stanza, the first time: remote text
}

// noteRefusal puts a refusal into the list, the newest last.
func (l *loop) noteRefusal(from, reason, start string) {
	r := Refusal{At: l.c.opt.Now(), Times: 1, From: strings.Clone(clip(from, 512)), Reason: reason, Start: start}
	if i := slices.IndexFunc(l.refusals, func(o Refusal) bool { return o.From == r.From && o.Reason == r.Reason }); i >= 0 {
		r.Times, r.Start = l.refusals[i].Times+1, l.refusals[i].Start
		l.refusals = slices.Delete(l.refusals, i, i+1)
	} else if len(l.refusals) >= refusalsMax {
		l.refusals = slices.Delete(l.refusals, 0, 1)
	}
	l.refusals = append(l.refusals, r)
}

// noteStanza is noteRefusal for a stanza. What a device says is its address's.
func (l *loop) noteStanza(st wire.Stanza, reason string) {
	from := st.From.Bare().String()
	if from == "" {
		from = l.self.String()
	}
	l.noteRefusal(from, reason, startOf(st))
}

// startOf is how a stanza begins; the rest of it is let go.
func startOf(st wire.Stanza) string {
	raw := st.Raw()
	return clip(strings.ToValidUTF8(string(raw[:min(len(raw), refusalStart+4)]), ""), refusalStart)
}

// refusal words of what the link dropped before it was a stanza of ours.
var linkRefusals = map[wire.RefusalReason]string{wire.UnparsableSender: "sender", wire.WrongSender: "wrong-sender", wire.Unasked: "unasked"}

// Refusals is what was refused in this run, the newest last. It waits for the
// loop: not for the interface's goroutine.
func (a *Account) Refusals(ctx context.Context) (list []Refusal, err error) {
	err = a.ask(ctx, func(l *loop) { list = slices.Clone(l.refusals) })
	return list, err
}

// dropBlocked drops what comes from somebody who is blocked; a question is
// answered as if nobody were there (XEP-0191 §3.2).
func (l *loop) dropBlocked(o origin, st wire.Stanza) {
	l.noteRefusal(o.full.String(), "blocked", startOf(st))
	if t := st.Attr("type"); st.Local == "iq" && (t == "get" || t == "set") {
		l.sendError(st, "cancel", "service-unavailable")
	}
}
