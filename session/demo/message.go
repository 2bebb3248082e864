package demo

import (
	"slices"

	"sotto/session/wire"
)

const maxOffline = 1000

// message takes a message from a session: the sender's archive and other devices
// first, then its way to the addressee.
func (s *Server) message(x *session, el *wire.Element, to wire.JID) {
	kind := el.Attr("type")
	if to.IsZero() {
		to = x.u.jid // RFC 6120 §10.3.1
		el = clone(el).Set("to", to.String())
	}
	if kind != "groupchat" && kind != "error" && !(to.Domain() == s.roomDomain() && to.Resource() == "") && to.Bare() != x.u.jid {
		copied := el
		if s.keeps(el) {
			copied = named(el, x.u.jid, s.keep(&x.u.archive, el, to))
		}
		if carbonable(el) {
			s.carbon(x.u, "sent", copied, func(o *session) bool { return o != x })
		}
	}
	s.route(el, to)
}

// route brings a message to its addressee.
func (s *Server) route(el *wire.Element, to wire.JID) {
	switch {
	case to.Domain() == s.roomDomain():
		s.roomMessage(el, to)
	case to.Domain() != s.domain:
		s.bounce(el, "cancel", "remote-server-not-found")
	case to.Local() == "":
		if el.Attr("type") != "error" {
			s.bounce(el, "cancel", "service-unavailable")
		}
	default:
		u := s.userAt(to)
		if u == nil {
			s.bounce(el, "cancel", "service-unavailable")
			return
		}
		s.deliver(u, to, el)
	}
}

// deliver is the receiving side: the archive names the message, then it goes to
// the devices.
func (s *Server) deliver(u *user, to wire.JID, el *wire.Element) {
	from := wire.Lenient(el.Attr("from"))
	if s.keeps(el) {
		el = named(el, u.jid, s.keep(&u.archive, el, from))
	} else {
		el = named(el, u.jid, "")
	}
	s.spread(u, to, el)
}

// spread chooses the devices (RFC 6121 §8.5).
func (s *Server) spread(u *user, to wire.JID, el *wire.Element) {
	kind := el.Attr("type")
	if to.Resource() != "" {
		if x := u.session(to.Resource()); x != nil {
			s.send(x, el)
			if carbonable(el) && el.Child(nsMUCUser, "x") == nil {
				s.carbon(u, "received", el, func(o *session) bool { return o != x })
			}
			return
		}
		// §8.5.3.2.1: nobody has this resource.
		switch kind {
		case "error", "headline":
			return
		case "groupchat":
			s.bounce(el, "cancel", "service-unavailable")
			return
		}
	}
	switch kind {
	case "error":
		return
	case "groupchat":
		s.bounce(el, "cancel", "service-unavailable")
		return
	}
	best := u.best(kind == "headline")
	for _, x := range best {
		s.send(x, el)
	}
	switch {
	case len(best) > 0:
		if carbonable(el) {
			s.carbon(u, "received", el, func(o *session) bool { return !slices.Contains(best, o) })
		}
	case kind == "headline" || !worthKeeping(el):
	case len(u.offline) >= maxOffline:
		s.bounce(el, "cancel", "service-unavailable")
	default:
		u.offline = append(u.offline, s.delayed(el, s.domain))
	}
}

// best lists the available devices of the highest priority that is not negative,
// or all of those with all.
func (u *user) best(all bool) []*session {
	var list []*session
	for _, x := range u.available() {
		switch {
		case x.priority < 0:
		case all || len(list) == 0 || x.priority == list[0].priority:
			list = append(list, x)
		case x.priority > list[0].priority:
			list = []*session{x}
		}
	}
	return list
}

// spool hands over what came while nobody was there (XEP-0160).
func (s *Server) spool(x *session) {
	waiting := x.u.offline
	x.u.offline = nil
	for _, el := range waiting {
		s.send(x, el)
	}
}

// carbon copies a message to the devices of an account that want copies and are
// not excluded (XEP-0280 §6, §7).
func (s *Server) carbon(u *user, direction string, el *wire.Element, want func(*session) bool) {
	for _, x := range slices.Clone(u.sessions) {
		if !x.carbons || !want(x) {
			continue
		}
		s.send(x, wire.New(wire.NSClient, "message").Set("type", el.Attr("type")).Set("from", u.jid.String()).Set("to", x.jid.String()).
			Add(wire.New(nsCarbons, direction).Add(wire.New(nsForward, "forwarded").Add(el))))
	}
}

// carbonable is XEP-0280 §6.1.
func carbonable(el *wire.Element) bool {
	if el.Child(nsCarbons, "private") != nil || el.Child(nsCarbons, "") != nil {
		return false
	}
	switch el.Attr("type") {
	case "chat":
		return true
	case "groupchat", "error", "headline":
		return false
	}
	return el.Child(wire.NSClient, "body") != nil || el.Child(nsReceipts, "") != nil || el.Child(nsStates, "") != nil ||
		el.Child(nsMarkers, "") != nil || el.Child(nsConference, "x") != nil || el.Child(nsMUCUser, "x").Child(nsMUCUser, "invite") != nil
}

// worthKeeping says whether a message should wait for a device (XEP-0160 §3,
// XEP-0334): typing states should not.
func worthKeeping(el *wire.Element) bool {
	if el.Child(nsHints, "no-store") != nil {
		return false
	}
	return el.Child(nsHints, "store") != nil || el.Child(wire.NSClient, "body") != nil || el.Child(nsReceipts, "received") != nil ||
		el.Child(nsMarkers, "displayed") != nil || el.Child(nsMUCUser, "x").Child(nsMUCUser, "invite") != nil || el.Child(nsConference, "x") != nil
}

// archivable says whether an archive keeps a message (XEP-0313 §5.1.1).
func archivable(el *wire.Element) bool {
	switch el.Attr("type") {
	case "", "normal", "chat":
		return worthKeeping(el) && el.Child(nsHints, "no-permanent-store") == nil
	}
	return false
}

func (s *Server) keeps(el *wire.Element) bool { return !s.opt.NoArchive && archivable(el) }

// named gives a message the id of an archive and takes away any that claims to
// come from it (XEP-0359 §5).
func named(el *wire.Element, by wire.JID, id string) *wire.Element {
	el = clone(el)
	el.Children = slices.DeleteFunc(el.Children, func(c *wire.Element) bool {
		return c.Is(nsStanzaID, "stanza-id") && wire.Lenient(c.Attr("by")) == by
	})
	if id != "" {
		el.Add(wire.New(nsStanzaID, "stanza-id").Set("by", by.String()).Set("id", id))
	}
	return el
}

// delayed marks when a message was received (XEP-0203); by says so.
func (s *Server) delayed(el *wire.Element, by string) *wire.Element {
	if el.Child(nsDelay, "delay") != nil {
		return el
	}
	return clone(el).Add(delay(by, s.now()))
}
