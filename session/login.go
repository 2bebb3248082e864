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
	l.unsynced = false
	l.ask(iq("set", "", wire.New(nsCarbons, "enable")), func(_ *store.Tx, _ *wire.Element, err error) error {
		return nil // without carbons other devices are not followed; nothing else changes
	})
	l.askClock()
	l.hasArchive, l.fulltext = false, nil
	l.ask(iq("get", l.self.String(), wire.New(nsDiscoInfo, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		info := el.Child(nsDiscoInfo, "query")
		for f := range info.All(nsDiscoInfo, "feature") {
			l.hasArchive = l.hasArchive || f.Attr("var") == nsArchive
		}
		if err == nil && l.hasArchive {
			l.then = append(l.then, func() { l.catchUp(wire.JID{}) })
		}
		l.then = append(l.then, func() { l.knowHome(info) })
		return nil
	})
	l.synced = false
	l.awaitRoster()
	l.askRoster(func() {
		if l.state == Syncing {
			l.ready()
		}
	})
}

// awaitRoster ends the wait for a roster: a server that never sends it must not
// keep the account from all else.
func (l *loop) awaitRoster() {
	link := l.link
	l.after(rosterTime, func(l *loop) {
		if l.link == link && l.state == Syncing {
			l.ready()
		}
	})
}

// rosterTime is how long the roster may take before the account works without it.
const rosterTime = 30 * time.Second

// ready makes the account seen and heard.
func (l *loop) ready() {
	l.problem, l.synced = nil, true
	l.readyAt = l.c.opt.Now()
	l.setState(Online)
	clear(l.owed)
	l.hidden, l.canHide = false, false
	l.blockingLost()
	l.sendPresence()
	l.sendAllDirected(false)
	l.tellActivity()
	l.outboxOnline()
	l.askServer()
	l.alertsAfterLogin()
	l.askBookmarks()
	l.sortSoon()
	l.goOnUploads()
}

// resumed follows a login that took up the old session: the server went on as
// if nothing had happened, and so do we.
func (l *loop) resumed() {
	if !l.synced { // the link broke before the roster came, which comes now
		l.setState(Syncing)
		l.awaitRoster()
		return
	}
	l.setState(Online)
	if l.changed {
		l.announcePresence()
	}
	l.sendOwed()
	l.handOverBlocked()
	if l.hasArchive {
		l.resort(wire.JID{})
	}
	for _, r := range l.rooms {
		if r.joined && r.hasArchive {
			l.resort(r.jid)
		}
	}
	for _, r := range l.rooms {
		if r.want && !r.joined && !r.joining {
			l.queueJoin(r) // asked for while there was no link
		}
	}
	l.pingRooms()
	l.tellActivity()
	l.askStalled()
	l.nextJoin()
	l.outboxMoved()
	if l.unsynced {
		l.resync()
	}
	l.pump()
	l.sortSoon()
	l.goOnUploads()
}

// announceAll gives a new mailbox everything as it is.
func (l *loop) announceAll(m *Mailbox) {
	s := localOrigin().seal()
	m.post(AccountChanged{seal: s, AccountInfo: l.info()})
	m.post(RosterChanged{seal: s, Account: l.a.id})
	m.post(l.directedNow())
	m.post(l.alertsNow())
	m.post(l.policyNow())
	m.post(l.blockedNow())
	m.post(l.ignoredNow())
	m.post(l.invitationsNow())
	m.post(RequestsChanged{seal: s, Account: l.a.id})
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
		m.post(Saving{seal: s, Problem: l.savingProblem()})
	}
}
