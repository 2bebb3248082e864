package session

import (
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// What a room offers (XEP-0045 §6.4): asked before entering, and again when it was
// made or configured while we are in it.

// askFeatures learns what the room offers before entering: whether its
// occupant-ids and stanza-ids may be believed.
func (l *loop) askFeatures(r *room) {
	q := iq("get", r.jid.String(), wire.New(nsDiscoInfo, "query"))
	if !l.ask(q, func(_ *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		r.learn(el)
		l.photoTold(r, el.Child(nsDiscoInfo, "query"))
		if err != nil {
			r.unnamed = false // it tells nothing of itself
		}
		l.then = append(l.then, func() {
			l.askWhat(r, el, err, func() { l.askReserved(r, func() { l.enter(r) }) })
		})
		return nil
	}) {
		l.joinEnded(r, &Problem{Code: "offline"})
	}
}

// learn takes what a room says of itself.
func (r *room) learn(el *wire.Element) {
	r.hasIDs, r.hasSIDs, r.hasArchive, r.hasHats, r.pingable, r.membersOnly, r.moderates = false, false, false, false, false, false, ""
	info := el.Child(nsDiscoInfo, "query")
	for f := range info.All(nsDiscoInfo, "feature") {
		switch f.Attr("var") {
		case nsOccupantID:
			r.hasIDs = true
		case nsStanzaID:
			r.hasSIDs = true
		case nsArchive:
			r.hasSIDs, r.hasArchive = true, true
		case nsHats:
			r.hasHats = true
		case "muc_membersonly":
			r.membersOnly = true
		case nsSelfPing:
			r.pingable = true
		case nsModerate:
			r.moderates = nsModerate
		case nsModerate0:
			if r.moderates == "" {
				r.moderates = nsModerate0
			}
		}
	}
	if n := info.Child(nsDiscoInfo, "identity").Attr("name"); n != "" {
		r.name = clip(n, nameMax)
	}
}

// askAnew learns what a room offers that was made or configured just now. One that
// did not exist when we asked has an archive that nothing is held of yet. then
// follows when it is known, or is not to be learned; nil: nothing does.
func (l *loop) askAnew(r *room, then func()) {
	if then == nil {
		then = func() {}
	}
	if r.asked {
		then()
		return
	}
	visit := r.visit
	r.asked = l.ask(iq("get", r.jid.String(), wire.New(nsDiscoInfo, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		r.asked = false
		if err != errLinkLost {
			l.then = append(l.then, then)
		}
		if err != nil || !r.joined || r.visit != visit {
			return nil
		}
		had := r.hasArchive
		l.photoTold(r, el.Child(nsDiscoInfo, "query"))
		if r.learn(el); r.hasArchive && !had {
			l.then = append(l.then, func() { l.catchUp(r.jid) })
		}
		l.tellRoom(r)
		return nil
	})
}

// configured says that a room tells of a new configuration (XEP-0045 §10.2.1).
func configured(o origin) bool {
	return o.by == byRoom && o.query == nil && slices.Contains(statusCodes(o.el.Child(nsMUCUser, "x")), "104")
}
