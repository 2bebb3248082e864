package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Reasons of a report (XEP-0377 §4).
const (
	ReportSpam  = "spam"
	ReportAbuse = "abuse"
)

// reportNames bounds the messages that a report points at.
const reportNames = 10

// Block keeps an address or a whole server from us (XEP-0191): on our server
// where that can, else on this machine.
func (a *Account) Block(jid string) { a.do(0, func(l *loop) { l.block(jid, "") }) }

// Unblock takes an address off the block list.
func (a *Account) Unblock(jid string) { a.do(0, func(l *loop) { l.unblock(jid) }) }

// Report blocks an address, tells its reason (ReportSpam, ReportAbuse) to our
// server where that takes reports (XEP-0377), and denies what it asked for.
func (a *Account) Report(jid, reason string) { a.do(0, func(l *loop) { l.block(jid, reason) }) }

// blockAddress reads what the user typed: an address of any form.
func (l *loop) blockAddress(s string) (wire.JID, bool) {
	j, err := wire.Parse(strings.TrimSpace(s))
	if err != nil || j.Domain() == "" || j.Local() == "" && !strings.Contains(j.Domain(), ".") {
		l.tellProblem(0, Problem{Code: "bad-address", Args: []string{s}})
		return wire.JID{}, false
	}
	return j, true
}

func (l *loop) block(s, reason string) {
	j, ok := l.blockAddress(s)
	if !ok {
		return
	}
	jid := j.String()
	here, known := l.blocks.list[jid]
	switch {
	case j.Bare() == l.self || jid == l.self.Domain():
		l.tellProblem(0, Problem{Code: "block-self", Args: []string{jid}})
		return
	case known && !here && reason == "":
		l.tell(0, "block-known", jid)
		return
	case !known && len(l.blocks.list) >= blockedMax:
		l.tellProblem(0, Problem{Code: "block-full"})
		return
	}
	asked := false
	var names []string
	if !l.keep(func(tx *store.Tx) (err error) {
		if names, err = tx.HeldNames(l.a.id, jid, l.self.String(), reportNames); err != nil {
			return err
		}
		if asked, err = tx.HasRequest(l.a.id, jid); err != nil {
			return err
		}
		if err := l.forgetAsked(tx, jid); err != nil {
			return err
		}
		// Until the server has taken it, it holds here.
		return tx.PutBlocked(l.a.id, store.Blocked{JID: jid, Here: !known || here})
	}) {
		l.tellProblem(0, Problem{Code: "not-saved"})
		return
	}
	l.nowBlocked(jid, !known || here)
	l.unseeBlocked()
	l.tellBlocked()
	if asked && l.link != nil { // before the block: a server sends nothing there after it
		l.sendNow(presenceTo(jid, "unsubscribed"))
	}
	if l.askBlock(jid, reason, names, "blocked") {
		return
	}
	switch {
	case l.link == nil || !l.blocks.known:
		l.tell(0, "blocked-later", jid)
	default:
		l.tell(0, "blocked-here", jid)
	}
}

// askBlock asks the server to block an address (§3.2), with a report if there is
// a reason and it takes them (XEP-0377 §6). code answers the user; "": nothing
// does.
func (l *loop) askBlock(jid, reason string, names []string, code string) bool {
	if !l.blocks.offered {
		return false
	}
	item := wire.New(nsBlocking, "item").Set("jid", jid)
	if reason != "" && code != "" {
		code = "blocked-unreported"
		if l.blocks.reports {
			code = "blocked-reported"
			report := wire.New(nsReporting, "report").Set("reason", "urn:xmpp:reporting:"+reason)
			for _, id := range names {
				report.Add(wire.New(nsStanzaID, "stanza-id").Set("by", l.self.String()).Set("id", id))
			}
			item.Add(report)
		}
	}
	return l.ask(iq("set", "", wire.New(nsBlocking, "block").Add(item)), func(tx *store.Tx, _ *wire.Element, err error) error {
		if err == errLinkLost {
			return nil // the next login hands it over
		}
		if err != nil {
			l.tellProblem(0, stanzaProblem("block-refused", err, jid))
			return nil
		}
		if code != "" {
			l.tell(0, code, jid)
		}
		if _, ok := l.blocks.list[jid]; !ok {
			return nil // unblocked meanwhile
		}
		l.then = append(l.then, func() { l.blocks.list[jid] = false; l.tellBlocked() })
		return tx.PutBlocked(l.a.id, store.Blocked{JID: jid})
	})
}

func (l *loop) unblock(s string) {
	j, ok := l.blockAddress(s)
	if !ok {
		return
	}
	jid := j.String()
	here, known := l.blocks.list[jid]
	switch {
	case !known:
		l.tellProblem(0, Problem{Code: "not-blocked", Args: []string{jid}})
		return
	case here || l.blocks.known && !l.blocks.offered:
		if l.keep(func(tx *store.Tx) error { return tx.DeleteBlocked(l.a.id, jid) }) {
			delete(l.blocks.list, jid)
			l.tellBlocked()
			l.tell(0, "unblocked", jid)
		}
		return
	}
	asked := l.ask(iq("set", "", wire.New(nsBlocking, "unblock").Add(wire.New(nsBlocking, "item").Set("jid", jid))), func(tx *store.Tx, _ *wire.Element, err error) error {
		if err != nil {
			if err != errLinkLost {
				l.tellProblem(0, stanzaProblem("unblock-refused", err, jid))
			}
			return nil
		}
		l.tell(0, "unblocked", jid)
		l.then = append(l.then, func() { delete(l.blocks.list, jid); l.tellBlocked() })
		return tx.DeleteBlocked(l.a.id, jid)
	})
	if !asked {
		l.tellProblem(0, Problem{Code: "offline"})
	}
}

// barred says why nothing is sent to an address: it is blocked.
func (l *loop) barred(j wire.JID) *Problem {
	if by := l.blocked(j); by != "" {
		return &Problem{Code: "blocked", Args: []string{j.String(), by}}
	}
	return nil
}

// barredChat is barred for whom a chat is with.
func (l *loop) barredChat(c store.Chat) *Problem {
	j := wire.Lenient(c.JID)
	if c.Kind == store.Private {
		if nick := l.occupantNick(j, c); nick != "" {
			j = j.WithResource(nick)
		}
	}
	return l.barred(j)
}
