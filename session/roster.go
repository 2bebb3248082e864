package session

import (
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// The roster: RFC 6121 §2, with versioning (§2.6).

// Bounds on what a server may put into a roster item.
const (
	nameMax   = 256
	groupsMax = 32
)

// askRoster fetches the roster, or what changed since the version we have, and
// runs then once it is stored.
func (l *loop) askRoster(then func()) {
	q := wire.New(nsRoster, "query")
	if l.login.Features.Child("urn:xmpp:features:rosterver", "ver") != nil {
		q.Set("ver", l.row.RosterVersion)
		if l.row.RosterVersion == "" {
			q.Attrs = append(q.Attrs, wire.Attr{Local: "ver"})
		}
	}
	l.ask(iq("get", "", q), func(tx *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		l.then = append(l.then, then)
		if err != nil {
			l.tellProblem(0, stanzaProblem("roster-refused", err))
			return nil
		}
		query := el.Child(nsRoster, "query")
		if query == nil {
			return nil // what we have is the newest; changes come as pushes
		}
		if err := tx.ClearRoster(l.a.id); err != nil {
			return err
		}
		clear(l.contacts)
		for item := range query.All(nsRoster, "item") {
			if err := l.putItem(tx, item); err != nil {
				return err
			}
		}
		if err := l.releaseContacts(tx); err != nil {
			return err
		}
		return l.rosterVersion(tx, query.Attr("ver"))
	})
}

func (l *loop) rosterVersion(tx *store.Tx, ver string) error {
	l.emit(RosterChanged{seal: localOrigin().seal(), Account: l.a.id})
	if ver == "" || len(ver) > 1024 {
		return nil
	}
	l.row.RosterVersion = ver
	return tx.SetRosterVersion(l.a.id, ver)
}

// putItem stores an item. An address that cannot be read is shown as it is and
// ends nothing.
func (l *loop) putItem(tx *store.Tx, item *wire.Element) error {
	jid := wire.Lenient(item.Attr("jid"))
	if jid.IsZero() {
		return nil
	}
	c := store.Contact{Account: l.a.id, JID: jid.String(), Name: clip(item.Attr("name"), nameMax), Subscription: item.Attr("subscription"),
		Ask: item.Attr("ask") == "subscribe", Approved: item.Attr("approved") == "true" || item.Attr("approved") == "1"}
	switch c.Subscription {
	case "none", "to", "from", "both":
	case "remove":
		delete(l.contacts, c.JID)
		return tx.DeleteContact(l.a.id, c.JID)
	default:
		c.Subscription = "none"
	}
	for g := range item.All(nsRoster, "group") {
		name := clip(strings.TrimSpace(g.Text), nameMax)
		if name != "" && len(c.Groups) < groupsMax && !slices.Contains(c.Groups, name) {
			c.Groups = append(c.Groups, name)
		}
	}
	slices.Sort(c.Groups)
	l.contacts[c.JID] = c
	if c.ToUs() {
		if err := tx.DeleteRequest(l.a.id, c.JID); err != nil {
			return err
		}
	}
	return tx.PutContact(c)
}

// rosterPush applies a change made by us, another device of ours or the
// server. Who sent it was checked by origin.
func (l *loop) rosterPush(tx *store.Tx, o origin, st wire.Stanza) error {
	q := st.Child(nsRoster, "query")
	items := slices.Collect(q.All(nsRoster, "item"))
	if len(items) != 1 { // RFC 6121 §2.1.6: exactly one
		l.refuse(tx, o.refuse("roster push"), st)
		return nil
	}
	if err := l.putItem(tx, items[0]); err != nil {
		return err
	}
	if err := l.releaseContacts(tx); err != nil {
		return err
	}
	l.sendNow(wire.New(wire.NSClient, "iq").Set("type", "result").Set("to", st.Attr("from")).Set("id", st.Attr("id")))
	return l.rosterVersion(tx, q.Attr("ver"))
}

// setItem asks the server to change an item; the push that follows changes ours.
func (l *loop) setItem(jid, name string, groups []string, code string) bool {
	item := wire.New(nsRoster, "item").Set("jid", jid).Set("name", name)
	for _, g := range groups {
		item.Add(wire.New(nsRoster, "group").SetText(g))
	}
	return l.changeItem(item, code)
}

func (l *loop) changeItem(item *wire.Element, code string) bool {
	jid := item.Attr("jid")
	ok := l.ask(iq("set", "", wire.New(nsRoster, "query").Add(item)), func(_ *store.Tx, _ *wire.Element, err error) error {
		if err != nil {
			l.tellProblem(0, stanzaProblem("roster-refused", err, jid))
			return nil
		}
		l.tell(0, code, jid)
		return nil
	})
	if !ok {
		l.tellProblem(0, Problem{Code: "offline"})
	}
	return ok
}

// contactAddress reads what the user typed.
func (l *loop) contactAddress(s string) (wire.JID, bool) {
	j, err := wire.Parse(s)
	if err != nil || j.Domain() == "" || j.Local() == "" && !strings.Contains(s, ".") {
		l.tellProblem(0, Problem{Code: "bad-address", Args: []string{s}})
		return wire.JID{}, false
	}
	return j.Bare(), true
}

func (l *loop) addContact(s, name string, groups []string) { l.welcome(s, name, groups, "") }

// welcome adds a contact; with a token the request carries it, and the one that
// follows from there is approved beforehand (XEP-0379 §3.3).
func (l *loop) welcome(s, name string, groups []string, token string) {
	j, ok := l.contactAddress(s)
	if !ok {
		return
	}
	if p := l.barred(j); p != nil {
		l.tellProblem(0, *p)
		return
	}
	if old, ok := l.contacts[j.String()]; ok {
		if name == "" {
			name = old.Name
		}
		if groups == nil {
			groups = old.Groups
		}
	}
	if l.setItem(j.String(), name, groups, "contact-added") {
		request := presenceTo(j.String(), "subscribe")
		if token != "" {
			request.Add(wire.New(nsPreAuth, "preauth").Set("token", token))
		}
		l.sendNow(request)
		if token != "" {
			l.giveWelcome(l.expectedKey(), j.String())
		}
		if token != "" && l.login.Features.Child("urn:xmpp:features:pre-approval", "sub") != nil {
			l.sendNow(presenceTo(j.String(), "subscribed")) // RFC 6121 §3.4.2
		}
	}
}

func (l *loop) removeContact(s string) {
	j, ok := l.contactAddress(s)
	if !ok {
		return
	}
	if _, ok := l.contacts[j.String()]; !ok {
		l.tellProblem(0, Problem{Code: "no-contact", Args: []string{j.String()}})
		return
	}
	l.changeItem(wire.New(nsRoster, "item").Set("jid", j.String()).Set("subscription", "remove"), "contact-removed")
}

func (l *loop) renameContact(s, name string, groups []string) {
	j, ok := l.contactAddress(s)
	if !ok {
		return
	}
	old, ok := l.contacts[j.String()]
	if !ok {
		l.tellProblem(0, Problem{Code: "no-contact", Args: []string{j.String()}})
		return
	}
	if groups == nil {
		groups = old.Groups
	}
	l.setItem(old.JID, name, groups, "contact-renamed")
}

// approve lets somebody see our presence. Without a request it is a
// pre-approval (RFC 6121 §3.4).
func (l *loop) approve(s string) {
	l.answerRequest(s, "subscribed", "request-approved")
}

func (l *loop) deny(s string) {
	l.answerRequest(s, "unsubscribed", "request-denied")
}

func (l *loop) answerRequest(s, kind, code string) {
	j, ok := l.contactAddress(s)
	if !ok {
		return
	}
	if l.link == nil {
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	if p := l.barred(j); p != nil && kind == "subscribed" {
		l.tellProblem(0, *p)
		return
	}
	l.sendNow(presenceTo(j.String(), kind))
	l.keep(func(tx *store.Tx) error {
		l.emit(RosterChanged{seal: localOrigin().seal(), Account: l.a.id})
		l.tell(0, code, j.String())
		return tx.DeleteRequest(l.a.id, j.String())
	})
}

func presenceTo(to, kind string) *wire.Element {
	return wire.New(wire.NSClient, "presence").Set("to", to).Set("type", kind)
}

// clip cuts remote text to at most n bytes, never inside a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
