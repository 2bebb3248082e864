package demo

import (
	"slices"

	"sotto/session/wire"
)

// Room is a handle for tests and scenarios to act on a room from outside. Its
// methods may be called from any goroutine.
type Room struct {
	s   *Server
	jid wire.JID
}

// Room returns the handle of a room, whether it exists or not.
func (s *Server) Room(jid string) *Room { return &Room{s: s, jid: wire.Lenient(jid).Bare()} }

// JID is the address of the room.
func (r *Room) JID() string { return r.jid.String() }

// with runs f on the room, if it exists.
func (r *Room) with(f func(*room)) bool {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if room := r.s.rooms[r.jid.String()]; room != nil {
		f(room)
		return true
	}
	return false
}

// Nicks lists who is in the room, in the order of their arrival.
func (r *Room) Nicks() (list []string) {
	r.with(func(r *room) {
		for _, o := range r.occupants {
			list = append(list, o.nick)
		}
	})
	return list
}

// Kick throws an occupant out; false: there is nobody of that name.
func (r *Room) Kick(nick, by, reason string) (done bool) {
	r.with(func(r *room) { done = r.expel(r.at(nick), by, reason, "307") })
	return done
}

// Ban throws an occupant out for good.
func (r *Room) Ban(nick, by, reason string) (done bool) {
	r.with(func(r *room) {
		if o := r.at(nick); o != nil {
			r.standing[o.bare] = "outcast"
			done = r.expel(o, by, reason, "301")
		}
	})
	return done
}

// Destroy ends the room.
func (r *Room) Destroy(reason string) { r.with(func(r *room) { r.destroy(reason) }) }

// Affiliate sets the affiliation of an account: owner, admin, member, none or
// outcast. Who is in the room sees its role change.
func (r *Room) Affiliate(bare, standing string) {
	r.with(func(r *room) { r.affiliate(wire.Lenient(bare).Bare(), standing, "", "") })
}

// expel takes an occupant out with a reason (XEP-0045 §8.2, §9.1).
func (r *room) expel(o *occupant, by, reason, code string) bool {
	if o == nil {
		return false
	}
	r.remove(o, func(x *wire.Element) {
		i := clone(x.Children[0])
		if by != "" {
			i.Add(wire.New(nsMUCUser, "actor").Set("nick", by))
		}
		if reason != "" {
			i.Add(wire.New(nsMUCUser, "reason").SetText(reason))
		}
		x.Children[0] = i
	}, code)
	return true
}

// destroy is §10.9.
func (r *room) destroy(reason string) {
	for _, o := range slices.Clone(r.occupants) {
		for _, x := range slices.Clone(o.sessions) {
			d := wire.New(nsMUCUser, "destroy")
			if reason != "" {
				d.Add(wire.New(nsMUCUser, "reason").SetText(reason))
			}
			r.s.send(x, wire.New(wire.NSClient, "presence").Set("type", "unavailable").Set("from", r.address(o.nick)).Set("to", x.jid.String()).
				Add(wire.New(nsMUCUser, "x").Add(wire.New(nsMUCUser, "item").Set("affiliation", "none").Set("role", "none"), d)))
		}
	}
	r.occupants = nil
	delete(r.s.rooms, r.jid.String())
}

func (r *room) affiliate(bare wire.JID, standing, by, reason string) {
	if standing == "none" {
		delete(r.standing, bare)
	} else {
		r.standing[bare] = standing
	}
	for _, o := range slices.Clone(r.occupants) {
		if o.bare != bare {
			continue
		}
		if standing == "outcast" {
			r.expel(o, by, reason, "301")
			continue
		}
		o.role = roleFor(standing)
		r.show(o)
	}
}

// govern answers owners and moderators (§8, §9, §10).
func (r *room) govern(x *session, el, q *wire.Element, get bool, standing string) {
	o := r.of(x)
	moderator := standing == "owner" || standing == "admin" || o != nil && o.role == "moderator"
	switch {
	case !moderator, q.Space == nsMUCOwner && standing != "owner":
		r.s.fail(x, el, "auth", "forbidden")
	case q.Space == nsMUCOwner && get:
		r.s.succeed(x, el, wire.New(nsMUCOwner, "query").Add(wire.New(nsData, "x").Set("type", "form").Add(
			wire.New(nsData, "field").Set("type", "hidden").Set("var", "FORM_TYPE").Add(wire.New(nsData, "value").SetText(nsMUCConfig)),
			wire.New(nsData, "field").Set("type", "text-single").Set("var", "muc#roomconfig_roomname").Add(wire.New(nsData, "value").SetText(r.name)))))
	case q.Space == nsMUCOwner:
		r.configure(x, el, q)
	case get:
		r.s.succeed(x, el, r.list(q.Child(nsMUCAdmin, "item")))
	default:
		r.change(x, el, q, o)
	}
}

// configure accepts, cancels or changes the configuration (§10.1, §10.2).
func (r *room) configure(x *session, el, q *wire.Element) {
	if d := q.Child(nsMUCOwner, "destroy"); d != nil {
		r.s.succeed(x, el)
		r.destroy(d.ChildText(nsMUCOwner, "reason"))
		return
	}
	form := q.Child(nsData, "x")
	switch form.Attr("type") {
	case "submit":
		r.locked = false
		for f := range form.All(nsData, "field") {
			if f.Attr("var") == "muc#roomconfig_roomname" {
				r.name = f.ChildText(nsData, "value")
			}
		}
		r.s.succeed(x, el)
	case "cancel":
		r.s.succeed(x, el)
		if r.locked {
			r.destroy("")
		}
	default:
		r.s.fail(x, el, "modify", "bad-request")
	}
}

// list answers who has a role or an affiliation.
func (r *room) list(ask *wire.Element) *wire.Element {
	out := wire.New(nsMUCAdmin, "query")
	if role := ask.Attr("role"); role != "" {
		for _, o := range r.occupants {
			if o.role == role {
				out.Add(wire.New(nsMUCAdmin, "item").Set("nick", o.nick).Set("role", role).Set("affiliation", r.standingOf(o.bare)))
			}
		}
		return out
	}
	var found []string
	for j, standing := range r.standing {
		if standing == ask.Attr("affiliation") {
			found = append(found, j.String())
		}
	}
	slices.Sort(found)
	for _, j := range found {
		out.Add(wire.New(nsMUCAdmin, "item").Set("jid", j).Set("affiliation", ask.Attr("affiliation")))
	}
	return out
}

// change applies role and affiliation changes of a moderator.
func (r *room) change(x *session, el, q *wire.Element, by *occupant) {
	name := ""
	if by != nil {
		name = by.nick
	}
	for i := range q.All(nsMUCAdmin, "item") {
		reason := i.ChildText(nsMUCAdmin, "reason")
		if standing := i.Attr("affiliation"); standing != "" {
			j := wire.Lenient(i.Attr("jid")).Bare()
			if o := r.at(i.Attr("nick")); j.IsZero() && o != nil {
				j = o.bare
			}
			if j.IsZero() || j.Opaque() || !slices.Contains([]string{"owner", "admin", "member", "none", "outcast"}, standing) ||
				r.standingOf(j) == "owner" && standing != "owner" {
				r.s.fail(x, el, "cancel", "not-allowed")
				return
			}
			r.affiliate(j, standing, name, reason)
			continue
		}
		o := r.at(i.Attr("nick"))
		switch role := i.Attr("role"); {
		case o == nil:
			r.s.fail(x, el, "cancel", "item-not-found")
			return
		case r.standingOf(o.bare) == "owner":
			r.s.fail(x, el, "cancel", "not-allowed")
			return
		case role == "none":
			r.expel(o, name, reason, "307")
		case role == "visitor" || role == "participant" || role == "moderator":
			o.role = role
			r.show(o)
		default:
			r.s.fail(x, el, "modify", "bad-request")
			return
		}
	}
	r.s.succeed(x, el)
}
