package session

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"sotto/session/wire"
	"sotto/store"
)

// What is said about messages: corrections (XEP-0308), retractions (XEP-0424),
// moderation (XEP-0425) and reactions (XEP-0444), as they arrive.

const (
	// signsMost is how many reactions of one person to one message count.
	signsMost = 64
	// signBytes bounds a reaction; a family of four with skin tones has 41.
	signBytes = 64
	// editWait is how long a correction waits for its message before it is shown
	// for itself.
	editWait = time.Minute
	// self is the author of what any device of ours says.
	self = " self"
)

// remark is what a stanza says about another message.
type remark struct {
	kind      string // of package store; "": nothing
	ref       string
	byName    bool // ref is a name that the archive gave, never one of the author
	reactions []string
	by        string
	reason    string
	why       string // it must not be: refused
}

// readRemark reads what a message says about another one. by says with what
// authority it speaks.
func readRemark(e *wire.Element, by authority) remark {
	id := func(c *wire.Element) string {
		if v := c.Attr("id"); len(v) <= 256 {
			return v
		}
		return ""
	}
	if c := e.Child(nsRetract, "retract"); c != nil {
		r := remark{kind: store.RemarkRetract, ref: id(c)}
		if m := c.Child(nsModerate, "moderated"); m != nil {
			r.moderated(m, c.ChildText(nsRetract, "reason"))
		}
		return r.judged(by)
	}
	if c := e.Child(nsFasten, "apply-to"); c != nil {
		r := remark{kind: store.RemarkRetract, ref: id(c)}
		m := c.Child(nsModerate0, "moderated")
		switch {
		case m != nil && m.Child(nsRetract0, "retract") != nil:
			r.moderated(m, m.ChildText(nsModerate0, "reason"))
			return r.judged(by)
		case c.Child(nsRetract0, "retract") != nil:
			return r.judged(by)
		}
	}
	if c := e.Child(nsCorrect, "replace"); c != nil && id(c) != "" && by != byRoom {
		return remark{kind: store.RemarkEdit, ref: id(c)}
	}
	if c := e.Child(nsReactions, "reactions"); c != nil && id(c) != "" && by != byRoom {
		return remark{kind: store.RemarkReactions, ref: id(c), reactions: readSigns(c)}
	}
	return remark{}
}

func (r *remark) moderated(m *wire.Element, reason string) {
	r.kind, r.byName, r.reason = store.RemarkModerate, true, clip(reason, statusMax)
	r.by = clip(wire.Lenient(m.Attr("by")).Resource(), nameMax)
}

// judged refuses moderation by anybody but the room, and a room that retracts.
func (r remark) judged(by authority) remark {
	switch {
	case r.ref == "":
		return remark{}
	case r.kind == store.RemarkModerate && by != byRoom:
		r.why = "moderation"
	case r.kind == store.RemarkRetract && by == byRoom:
		r.why = "retraction"
	}
	return r
}

// readSigns reads a set of reactions: each once, and only what is one sign and
// looks like one.
func readSigns(c *wire.Element) []string {
	var all []string
	seen := map[string]bool{}
	for x := range c.All(nsReactions, "reaction") {
		s := strings.TrimSpace(x.Text)
		if len(all) >= signsMost {
			break
		}
		if !seen[s] && IsSign(s) {
			seen[s] = true
			all = append(all, s)
		}
	}
	return all
}

// IsSign says whether a text can stand as a reaction: one grapheme cluster that
// is no letter, space or control (XEP-0444 §3.3).
func IsSign(s string) bool {
	if s == "" || len(s) > signBytes || !utf8.ValidString(s) {
		return false
	}
	_, rest, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	if rest != "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	if unicode.IsLetter(first) || unicode.IsSpace(first) || unicode.IsControl(first) || unicode.IsMark(first) || unicode.Is(unicode.Cf, first) {
		return false
	}
	if first < 0x80 { // keycaps begin with a digit, and are more than that
		return strings.HasSuffix(s, "\u20e3") && strings.ContainsRune("0123456789#*", first)
	}
	return unicode.In(first, unicode.So, unicode.Sm, unicode.Sk, unicode.Po, unicode.Regional_Indicator)
}

// remarked applies what a message says about another one. done: that was all of
// it; else it goes the way of every message, with what a carries now.
func (l *loop) remarked(tx *store.Tx, o origin, a *store.Arrival, rm remark, since int64) (done bool, err error) {
	switch {
	case rm.kind == "":
		return false, nil
	case rm.why != "":
		return true, l.refuseRemark(tx, o, rm.why)
	case rm.kind == store.RemarkEdit && (a.EncError != "" || a.Body == ""):
		return a.Body == "" && a.EncError == "", nil
	case rm.kind == store.RemarkEdit:
		// Shown for itself once, it stays so.
		if id, err := tx.Known(*a); id != 0 || err != nil {
			return false, err
		}
	}
	x := store.Remark{Chat: a.Chat, Kind: rm.kind, Ref: rm.ref, Author: l.authorOf(o, *a), Outgoing: a.Outgoing, Sender: a.Sender, Nick: a.Nick,
		OccupantID: a.OccupantID, RealJID: a.RealJID, Since: since, Enc: a.Enc, Reactions: rm.reactions, Reason: rm.reason, By: rm.by, ID: a.ID, OriginID: a.OriginID,
		StanzaID: a.StanzaID, Archive: a.By, Ord: a.Ord, Stamp: a.Stamp, Via: a.Via}
	if rm.kind == store.RemarkEdit {
		x.Body, x.Lang = a.Body, a.Lang
	}
	room := o.by == byRoom || o.by == byOccupant && !o.private
	// In a room messages are known by the name the room gave them (XEP-0444 §4.2,
	// XEP-0424 §4.2), but for corrections.
	if room && rm.kind != store.RemarkEdit {
		x.RefBy = o.owner.String()
	}
	what, id, err := tx.Remark(x)
	if err != nil {
		return false, err
	}
	l.chatMoved(a.Chat, tx)
	if what == store.RemarkApplied && a.Via == "live" && !a.Outgoing {
		m, err := tx.Message(id)
		if err != nil {
			return false, err
		}
		e := Remarked{seal: o.seal(), Account: l.a.id, Chat: a.Chat, Message: id, Kind: rm.kind, Body: x.Body, Reactions: rm.reactions}
		if o.by != byRoom {
			e.From = l.nameOf(o)
		}
		if a.Shape.Hides() || m.Shape.Hides() {
			e.Body = ""
		}
		if !m.Gone {
			l.emit(e)
		}
	}
	if rm.kind == store.RemarkEdit && !a.Outgoing && !room && (what == store.RemarkApplied || what == store.RemarkWaits) {
		if o.query.deservesReceipt(o, l.c.opt.Now()) {
			l.receiptFor(tx, o, a.Chat)
		}
		if o.query == nil {
			l.typingEnds(a.Chat, o)
		}
	}
	switch {
	case what == store.RemarkForeign && rm.kind == store.RemarkEdit:
		a.Flag = store.FlagForeign
		return false, nil
	case what == store.RemarkTooMany && rm.kind == store.RemarkEdit:
		a.Flag = store.FlagUnknown
		return false, nil
	case what == store.RemarkForeign:
		return true, l.refuseRemark(tx, o, rm.kind)
	case what == store.RemarkWaits && rm.kind == store.RemarkEdit:
		l.then = append(l.then, l.overdueSoon)
	case rm.kind == store.RemarkReactions && a.Body != "":
		// Words beside the signs are a message, but for what stands in their place.
		rest, _ := fallback(o.el, nsReactions, l.bestText(o.el, "body"))
		a.Body = clip(strings.TrimRight(rest, "\r\n"), bodyMax)
		return strings.TrimSpace(a.Body) == "", nil
	}
	return true, nil
}

// authorOf tells one person of a chat from another.
func (l *loop) authorOf(o origin, a store.Arrival) string {
	switch {
	case o.by == byRoom:
		return o.owner.String()
	case a.Outgoing:
		return self
	case a.OccupantID != "":
		return " occupant " + a.OccupantID
	}
	return a.Sender
}

func (l *loop) refuseRemark(tx *store.Tx, o origin, why string) error {
	l.countRefused()
	return tx.Quarantine(l.a.id, "refused: "+why, o.el.Bytes())
}

// presentSince is the place from which on an occupant without an occupant-id is
// known to have been the same one; -1: not known, 0: addresses tell.
func (l *loop) presentSince(o origin, r *room, delayed bool) int64 {
	switch {
	case r == nil && o.by != byOccupant:
		return 0
	case r == nil || delayed || o.query != nil || o.carbon:
		return -1
	}
	if occ := r.occupants[o.nick()]; occ != nil && occ.since > 0 {
		return occ.since
	}
	return -1
}
