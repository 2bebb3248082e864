package demo

import (
	"slices"
	"strconv"
	"strings"

	"sotto/session/wire"
)

// presenceStanza handles presence from a session (RFC 6121 §3 and §4). el bears
// the sender's full address.
func (s *Server) presenceStanza(x *session, el *wire.Element, to wire.JID) {
	kind := el.Attr("type")
	switch {
	case to.Domain() == s.roomDomain():
		s.roomPresence(x, el, to)
	case kind == "subscribe" || kind == "subscribed" || kind == "unsubscribe" || kind == "unsubscribed":
		if to.IsZero() || to.Bare() == x.u.jid {
			return
		}
		i := x.u.roster.items[to.Bare()]
		if i == nil {
			i = &item{jid: to.Bare()}
		}
		s.subscription(x.u, to, el, i)
	case kind == "probe" || kind == "error":
		// Clients need not probe; the server does.
	case kind != "" && kind != "unavailable":
		s.fail(x, el, "modify", "bad-request")
	case !to.IsZero():
		s.direct(x, el, to, kind)
	case kind == "unavailable":
		s.leaveAll(x)
		s.goOffline(x, el)
	default:
		s.goOnline(x, el)
	}
}

// direct is presence for one address (§4.6).
func (s *Server) direct(x *session, el *wire.Element, to wire.JID, kind string) {
	u := s.userAt(to)
	if u == nil {
		return
	}
	if kind == "" {
		if len(x.directed) < maxItems {
			x.directed[to] = true
		}
	} else {
		delete(x.directed, to)
	}
	if to.Resource() == "" {
		s.reply(to, el)
	} else if other := u.session(to.Resource()); other != nil {
		s.send(other, el)
	}
}

// goOnline is available presence for everybody.
func (s *Server) goOnline(x *session, el *wire.Element) {
	first := x.presence == nil
	x.presence = clone(el)
	x.priority = 0
	if n, err := strconv.Atoi(strings.TrimSpace(el.ChildText(wire.NSClient, "priority"))); err == nil && n >= -128 && n <= 127 {
		x.priority = n
	}
	s.broadcast(x, el)
	if first {
		// §4.3.2: what a probe of each contact would bring.
		for _, j := range x.u.roster.sorted() {
			if u := s.userAt(j); u != nil && x.u.roster.items[j] != nil && x.u.roster.items[j].to {
				for _, other := range u.available() {
					s.send(x, addressed(other.presence, x.jid))
				}
			}
		}
		for _, other := range x.u.available() {
			if other != x {
				s.send(x, addressed(other.presence, x.jid))
			}
		}
		for _, r := range slices.Clone(x.u.requests) {
			s.send(x, r)
		}
		s.seeCaps(x)
	}
	if x.priority >= 0 {
		s.spool(x)
	}
}

// goOffline tells everybody who was told before (§4.5, §4.6.3).
func (s *Server) goOffline(x *session, el *wire.Element) {
	el = clone(el).Set("from", x.jid.String())
	if x.presence != nil {
		x.presence = nil
		s.broadcast(x, el)
	}
	told := make([]wire.JID, 0, len(x.directed))
	for j := range x.directed {
		told = append(told, j)
	}
	clear(x.directed)
	slices.SortFunc(told, func(a, b wire.JID) int { return strings.Compare(a.String(), b.String()) })
	for _, j := range told {
		if i := x.u.roster.items[j.Bare()]; i == nil || !i.from {
			s.direct(x, clone(el).Set("to", j.String()), j, "unavailable")
		}
	}
}

// broadcast sends a presence to the subscribers and to the own resources.
func (s *Server) broadcast(x *session, el *wire.Element) {
	for _, j := range x.u.roster.sorted() {
		if i := x.u.roster.items[j]; i != nil && i.from {
			s.reply(j, addressed(el, j))
		}
	}
	for _, other := range x.u.available() {
		s.send(other, addressed(el, other.jid))
	}
}

// tell sends the presence of a session to an account that sees it.
func (s *Server) tell(to *user, x *session) {
	if x.presence != nil {
		s.reply(to.jid, addressed(x.presence, to.jid))
	}
}

func addressed(el *wire.Element, to wire.JID) *wire.Element { return clone(el).Set("to", to.String()) }
