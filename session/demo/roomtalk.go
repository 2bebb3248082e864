package demo

import (
	"slices"
	"time"

	"sotto/session/wire"
)

// roomMessage handles a message to a room or to somebody in it.
func (s *Server) roomMessage(el *wire.Element, to wire.JID) {
	kind := el.Attr("type")
	if kind == "error" {
		return
	}
	r := s.rooms[to.Bare().String()]
	if r == nil || to.Local() == "" {
		s.bounce(el, "cancel", "item-not-found")
		return
	}
	o := r.ofJID(wire.Lenient(el.Attr("from")))
	switch {
	case o == nil:
		s.bounce(el, "cancel", "not-acceptable")
	case to.Resource() != "" && kind == "groupchat":
		s.bounce(el, "modify", "bad-request")
	case to.Resource() != "":
		r.private(o, el, to.Resource())
	case kind != "groupchat":
		r.invite(el)
	case el.Child(wire.NSClient, "subject") != nil && el.Child(wire.NSClient, "body") == nil:
		r.setSubject(o, el)
	default:
		r.say(o, el)
	}
}

// say reflects a line to everybody: as it came, but from the occupant and with
// the room's id (§7.4, XEP-0359, XEP-0421).
func (r *room) say(o *occupant, el *wire.Element) {
	r.reflect(r.address(o.nick), o.bare, el, r.s.now())
}

func (r *room) reflect(from string, bare wire.JID, el *wire.Element, at time.Time) {
	el = named(el, r.jid, "").Set("from", from).Set("to", "")
	el.Children = slices.DeleteFunc(el.Children, func(c *wire.Element) bool {
		return c.Space == nsOccupantID || c.Space == nsMUCUser || c.Space == nsDelay
	})
	el.Add(r.id(bare))
	if el.Child(wire.NSClient, "body") != nil && el.Child(nsHints, "no-store") == nil {
		id := r.s.keepAt(&r.archive, el, wire.Lenient(from), at)
		if r.s.opt.NoRoomArchive {
			id = ""
		}
		// The archive holds the line as it went out, its own name included.
		el = named(el, r.jid, id)
		i := slices.IndexFunc(r.archive.entries, func(e entry) bool { return e.id == id })
		if i >= 0 {
			r.archive.entries[i].el = el
		}
	}
	for _, x := range r.everybody() {
		r.s.send(x, addressed(el, x.jid))
	}
}

// setSubject changes the subject (§8.1): in these rooms everybody may.
func (r *room) setSubject(o *occupant, el *wire.Element) {
	r.subject, r.subjectBy, r.subjectAt = el.ChildText(wire.NSClient, "subject"), r.address(o.nick), r.s.now()
	id := r.s.newID()
	if r.s.opt.NoRoomArchive {
		id = ""
	}
	el = named(el, r.jid, id).Set("from", r.subjectBy)
	for _, x := range r.everybody() {
		r.s.send(x, addressed(el, x.jid))
	}
}

// private brings a line to one occupant (§7.5): to all devices behind the nick.
func (r *room) private(o *occupant, el *wire.Element, nick string) {
	target := r.at(nick)
	if target == nil {
		r.s.bounce(el, "cancel", "item-not-found")
		return
	}
	out := clone(el).Set("from", r.address(o.nick))
	out.Children = slices.DeleteFunc(out.Children, func(c *wire.Element) bool {
		return c.Space == nsMUCUser || c.Space == nsOccupantID
	})
	out.Add(wire.New(nsMUCUser, "x"), r.id(o.bare))
	for i, x := range slices.Clone(target.sessions) {
		if i == 0 {
			r.s.deliver(x.u, x.jid, addressed(out, x.jid))
			continue
		}
		r.s.send(x, addressed(out, x.jid))
	}
}

// invite passes mediated invitations on (§7.8.2).
func (r *room) invite(el *wire.Element) {
	i := el.Child(nsMUCUser, "x").Child(nsMUCUser, "invite")
	to := wire.Lenient(i.Attr("to"))
	if i == nil || to.IsZero() || to.Opaque() {
		r.s.bounce(el, "modify", "bad-request")
		return
	}
	u := r.s.userAt(to)
	if u == nil {
		r.s.bounce(el, "cancel", "item-not-found")
		return
	}
	from := wire.Lenient(el.Attr("from"))
	r.s.deliver(u, to, invitation(r.jid, to, from.Bare(), i.ChildText(nsMUCUser, "reason")).Set("id", el.Attr("id")))
}

// invitation is a room's word that somebody invites to it.
func invitation(room, to, by wire.JID, reason string) *wire.Element {
	i := wire.New(nsMUCUser, "invite").Set("from", by.String())
	if reason != "" {
		i.Add(wire.New(nsMUCUser, "reason").SetText(reason))
	}
	return wire.New(wire.NSClient, "message").Set("from", room.String()).Set("to", to.String()).
		Add(wire.New(nsMUCUser, "x").Add(i), wire.New(nsConference, "x").Set("jid", room.String()))
}
