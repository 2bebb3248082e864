package demo

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"sotto/session/wire"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// roomPresence handles presence for a room: entering, leaving, another nick,
// another state (XEP-0045 §7.2, §7.6, §7.7, §7.14).
func (s *Server) roomPresence(x *session, el *wire.Element, to wire.JID) {
	kind, nick := el.Attr("type"), to.Resource()
	if kind != "" && kind != "unavailable" {
		return
	}
	if to.Local() == "" {
		s.fail(x, el, "cancel", "service-unavailable")
		return
	}
	r := s.rooms[to.Bare().String()]
	var o *occupant
	if r != nil {
		o = r.of(x)
	}
	x2 := el.Child(nsMUC, "x")
	switch {
	case kind == "unavailable":
		if o != nil {
			r.leave(x, o)
		}
	case nick == "":
		s.fail(x, el, "modify", "jid-malformed")
	case o != nil && o.nick == nick:
		o.presence = clone(el)
		if x2 != nil {
			r.welcome(x, o, x2) // the client lost its view: it gets all again
			return
		}
		r.show(o)
	case o != nil:
		r.rename(x, o, el, nick)
	case x2 == nil:
		s.fail(x, el, "cancel", "not-acceptable")
	default:
		s.enter(x, r, el, to, x2)
	}
}

func (s *Server) enter(x *session, r *room, el *wire.Element, to wire.JID, ask *wire.Element) {
	nick := to.Resource()
	var codes []string
	if r == nil {
		if len(s.rooms) >= maxRooms {
			s.fail(x, el, "wait", "resource-constraint")
			return
		}
		r = s.newRoom(to.Bare())
		r.locked = true
		r.standing[x.u.jid] = "owner"
		codes = []string{"201"}
	}
	standing := r.standingOf(x.u.jid)
	o := r.at(nick)
	switch {
	case standing == "outcast":
		s.fail(x, el, "auth", "forbidden")
		return
	case r.locked && standing != "owner":
		s.fail(x, el, "cancel", "item-not-found")
		return
	case o != nil && o.bare != x.u.jid:
		s.fail(x, el, "cancel", "conflict")
		return
	case len(r.occupants) >= maxOccupants:
		s.fail(x, el, "wait", "service-unavailable")
		return
	}
	if o == nil {
		o = &occupant{nick: nick, bare: x.u.jid, role: roleFor(standing)}
		r.occupants = append(r.occupants, o)
	}
	o.sessions = append(o.sessions, x)
	o.presence = clone(el)
	for _, other := range r.everybody() {
		if other != x {
			s.send(other, r.presence(o, other))
		}
	}
	r.welcome(x, o, ask, codes...)
}

// welcome sends what an occupant gets on entering, in the order of §7.1: who is
// there, itself, history, subject.
func (r *room) welcome(x *session, o *occupant, ask *wire.Element, codes ...string) {
	for _, other := range slices.Clone(r.occupants) {
		if other != o {
			r.s.send(x, r.presence(other, x))
		}
	}
	r.s.send(x, r.presence(o, x, append(codes, "110")...))
	for _, e := range r.history(ask.Child(nsMUC, "history")) {
		r.s.send(x, addressed(e.el, x.jid).Add(delay(r.jid.String(), e.at)))
	}
	by := r.subjectBy
	if by == "" {
		by = r.jid.String()
	}
	subject := wire.New(wire.NSClient, "message").Set("type", "groupchat").Set("from", by).Set("to", x.jid.String()).
		Add(wire.New(wire.NSClient, "subject").SetText(r.subject))
	if !r.subjectAt.IsZero() {
		subject.Add(delay(r.jid.String(), r.subjectAt))
	}
	r.s.send(x, subject)
}

// history picks earlier lines as the client wants them (§7.2.13).
func (r *room) history(ask *wire.Element) []entry {
	const usual = 20
	most := usual
	if n, err := strconv.Atoi(ask.Attr("maxstanzas")); err == nil && n >= 0 {
		most = min(n, maxPage)
	}
	if ask.Attr("maxchars") == "0" {
		most = 0
	}
	var since time.Time
	if t, err := time.Parse(time.RFC3339, ask.Attr("since")); err == nil {
		since = t
	}
	if n, err := strconv.Atoi(ask.Attr("seconds")); err == nil && n >= 0 {
		if t := r.s.now().Add(-time.Duration(n) * time.Second); t.After(since) {
			since = t
		}
	}
	list := r.archive.entries
	list = list[max(0, len(list)-most):]
	for len(list) > 0 && list[0].at.Before(since) {
		list = list[1:]
	}
	return slices.Clone(list)
}

// rename gives an occupant another nick (§7.6).
func (r *room) rename(x *session, o *occupant, el *wire.Element, nick string) {
	if r.at(nick) != nil {
		r.s.fail(x, el, "cancel", "conflict")
		return
	}
	old := o.nick
	for _, other := range r.everybody() {
		gone := r.item(o, other, "303")
		gone.Children[0] = clone(gone.Children[0]).Set("nick", nick)
		r.s.send(other, wire.New(wire.NSClient, "presence").Set("type", "unavailable").Set("from", r.address(old)).Set("to", other.jid.String()).
			Add(gone, r.id(o.bare)))
	}
	o.nick = nick
	o.presence = clone(el)
	r.show(o)
}
