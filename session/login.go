package session

import (
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// loggedIn follows a fresh login: copies first, so that nothing falls between,
// then what the server has for us and the roster, and with its answer our
// presence and the rooms.
func (l *loop) loggedIn() {
	l.ask(iq("set", "", wire.New(nsCarbons, "enable")), func(_ *store.Tx, _ *wire.Element, err error) error {
		return nil // without carbons other devices are not followed; nothing else changes
	})
	l.hasArchive = false
	l.ask(iq("get", l.self.String(), wire.New(nsDiscoInfo, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		for f := range el.Child(nsDiscoInfo, "query").All(nsDiscoInfo, "feature") {
			l.hasArchive = l.hasArchive || f.Attr("var") == nsArchive
		}
		if err == nil && l.hasArchive {
			l.then = append(l.then, func() { l.catchUp(wire.JID{}) })
		}
		return nil
	})
	// A server that never sends the roster must not keep the account from all else.
	link := l.link
	l.after(rosterTime, func(l *loop) {
		if l.link == link && l.state == Syncing {
			l.ready()
		}
	})
	l.askRoster(func() {
		if l.state == Syncing {
			l.ready()
		}
	})
}

// rosterTime is how long the roster may take before the account works without it.
const rosterTime = 30 * time.Second

// ready makes the account seen and heard.
func (l *loop) ready() {
	l.problem = nil
	l.setState(Online)
	l.sendPresence()
	l.sendAllDirected()
	l.tellActivity()
	l.outboxOnline()
	l.joinAll()
}

// resumed follows a login that took up the old session: the server went on as
// if nothing had happened, and so do we.
func (l *loop) resumed() {
	l.setState(Online)
	if l.changed {
		l.changed = false
		l.sendPresence()
	}
	since := l.brokeAt.Add(-lookBack)
	if l.hasArchive {
		l.reorder(wire.JID{}, since)
	}
	for _, r := range l.rooms {
		if r.joined && r.hasArchive {
			l.reorder(r.jid, since)
		}
	}
	l.tellActivity()
	l.askStalled()
	l.nextJoin()
	l.outboxMoved()
	l.pump()
}

// announceAll gives a new mailbox everything as it is.
func (l *loop) announceAll(m *Mailbox) {
	s := localOrigin().seal()
	m.post(AccountChanged{seal: s, AccountInfo: l.info()})
	m.post(RosterChanged{seal: s, Account: l.a.id})
	for jid, list := range l.present {
		m.post(PresenceChanged{seal: s, Account: l.a.id, JID: jid, Resources: list})
	}
	for _, r := range l.rooms {
		m.post(RoomChanged{seal: s, Account: l.a.id, RoomInfo: r.info(l)})
	}
	if l.prompt != nil {
		m.post(*l.prompt)
	}
	if !l.saving {
		m.post(Saving{seal: s, Problem: &Problem{Code: "not-saved"}})
	}
}
