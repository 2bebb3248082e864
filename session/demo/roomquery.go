package demo

import (
	"slices"

	"sotto/session/wire"
)

// roomQuery handles IQs to the rooms' service, to rooms and to occupants.
func (s *Server) roomQuery(x *session, el *wire.Element, to wire.JID) {
	question := el.Attr("type") == "get" || el.Attr("type") == "set"
	r := s.rooms[to.Bare().String()]
	switch {
	case to.Local() == "":
		if question {
			s.serviceQuery(x, el)
		}
	case r == nil:
		if !question {
			return
		}
		// XEP-0410 §3: a room that is not there and one that we are not in.
		if to.Resource() != "" {
			s.fail(x, el, "cancel", "not-acceptable")
			return
		}
		s.fail(x, el, "cancel", "item-not-found")
	case to.Resource() != "":
		r.relay(x, el, to.Resource(), question)
	case question:
		r.query(x, el)
	}
}

// serviceQuery answers for the service as such.
func (s *Server) serviceQuery(x *session, el *wire.Element) {
	q := el.Children[0]
	switch get := el.Attr("type") == "get"; {
	case get && q.Is(nsDiscoInfo, "query") && q.Attr("node") == "":
		s.succeed(x, el, info("conference", "text", "Rooms", nsDiscoInfo, nsDiscoItems, nsMUC, nsStanzaID, nsOccupantID))
	case get && q.Is(nsDiscoItems, "query"):
		list := wire.New(nsDiscoItems, "query")
		for _, name := range sortedKeys(s.rooms) {
			if r := s.rooms[name]; !r.locked {
				list.Add(wire.New(nsDiscoItems, "item").Set("jid", name).Set("name", r.name))
			}
		}
		s.succeed(x, el, list)
	case get && q.Is(wire.NSPing, "ping"):
		s.succeed(x, el)
	default:
		s.fail(x, el, "cancel", "service-unavailable")
	}
}

// relay passes an IQ on to an occupant, and answers pings of an occupant to
// itself (XEP-0410).
func (r *room) relay(x *session, el *wire.Element, nick string, question bool) {
	o, target := r.of(x), r.at(nick)
	switch {
	case o == nil:
		r.s.fail(x, el, "cancel", "not-acceptable")
	case target == nil:
		r.s.fail(x, el, "cancel", "item-not-found")
	case question && o == target && el.Children[0].Is(wire.NSPing, "ping"):
		r.s.succeed(x, el)
	default:
		to := target.sessions[0]
		if !question {
			// An answer goes to the device that asked; which of several did, the
			// room does not know, so all get it and the others ignore its id.
			for _, each := range slices.Clone(target.sessions) {
				r.s.send(each, addressed(el, each.jid).Set("from", r.address(o.nick)))
			}
			return
		}
		r.s.send(to, addressed(el, to.jid).Set("from", r.address(o.nick)))
	}
}

// query answers for one room.
func (r *room) query(x *session, el *wire.Element) {
	q, get := el.Children[0], el.Attr("type") == "get"
	standing := r.standingOf(x.u.jid)
	switch {
	case get && q.Is(nsDiscoInfo, "query") && q.Attr("node") == "":
		life := "muc_temporary"
		if r.lasting {
			life = "muc_persistent"
		}
		features := []string{nsDiscoInfo, nsDiscoItems, nsMUC, nsOccupantID, nsSelfPing, "muc_open", "muc_public", "muc_semianonymous", "muc_unmoderated", "muc_unsecured", life}
		if !r.s.opt.NoRoomArchive {
			features = append(features, nsStanzaID, nsArchive)
		}
		r.s.succeed(x, el, info("conference", "text", r.name, features...))
	case get && q.Is(nsDiscoItems, "query"):
		list := wire.New(nsDiscoItems, "query")
		for _, o := range r.occupants {
			list.Add(wire.New(nsDiscoItems, "item").Set("jid", r.address(o.nick)))
		}
		r.s.succeed(x, el, list)
	case get && q.Is(wire.NSPing, "ping"):
		r.s.succeed(x, el)
	case !get && q.Is(nsArchive, "query") && !r.s.opt.NoRoomArchive:
		if r.of(x) == nil && standing == "outcast" {
			r.s.fail(x, el, "auth", "forbidden")
			return
		}
		r.s.archiveQuery(x, el, &r.archive, "")
	case get && q.Is(nsArchive, "query"):
		r.s.archiveForm(x, el)
	case q.Is(nsMUCOwner, "query") || q.Is(nsMUCAdmin, "query"):
		r.govern(x, el, q, get, standing)
	default:
		r.s.fail(x, el, "cancel", "service-unavailable")
	}
}
