package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"sotto/session/wire"
)

const (
	maxOccupants = 5000
	maxRooms     = 1000
)

// room is a multi-user chat (XEP-0045). It belongs to the server's mutex.
type room struct {
	s         *Server
	jid       wire.JID
	name      string
	locked    bool // new, and its owner has not accepted the configuration
	lasting   bool // stays when the last occupant leaves
	occupants []*occupant
	standing  map[wire.JID]string // affiliations: owner, admin, member, outcast
	archive   archive

	subject   string
	subjectBy string // occupant address
	subjectAt time.Time
}

// occupant is a nick with the sessions behind it; several devices of one account
// may share it.
type occupant struct {
	nick     string
	bare     wire.JID
	role     string
	sessions []*session
	presence *wire.Element
}

// OpenRoom makes a room that stays, unless it exists.
func (s *Server) OpenRoom(local, name, subject string) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := wire.Lenient(local + "@" + s.roomDomain())
	r := s.rooms[j.String()]
	if r == nil {
		r = s.newRoom(j)
	}
	r.name, r.subject, r.lasting, r.locked, r.subjectAt = name, subject, true, false, s.now()
	return &Room{s: s, jid: j}
}

func (s *Server) newRoom(j wire.JID) *room {
	r := &room{s: s, jid: j, name: j.Local(), standing: map[wire.JID]string{}}
	s.rooms[j.String()] = r
	return r
}

func (r *room) at(nick string) *occupant {
	for _, o := range r.occupants {
		if o.nick == nick {
			return o
		}
	}
	return nil
}

// of returns the occupant that a session is, or nil.
func (r *room) of(x *session) *occupant {
	for _, o := range r.occupants {
		if slices.Contains(o.sessions, x) {
			return o
		}
	}
	return nil
}

// ofJID is of for the address in a from attribute.
func (r *room) ofJID(full wire.JID) *occupant {
	for _, o := range r.occupants {
		for _, x := range o.sessions {
			if x.jid == full {
				return o
			}
		}
	}
	return nil
}

func (r *room) address(nick string) string { return r.jid.String() + "/" + nick }

// standingOf is the affiliation of an account.
func (r *room) standingOf(bare wire.JID) string {
	if a := r.standing[bare]; a != "" {
		return a
	}
	return "none"
}

func roleFor(standing string) string {
	if standing == "owner" || standing == "admin" {
		return "moderator"
	}
	return "participant"
}

// id is the occupant-id (XEP-0421): the same for an account whatever its nick,
// another one in every room.
func (r *room) id(bare wire.JID) *wire.Element {
	sum := sha256.Sum256([]byte(r.jid.String() + " " + bare.String()))
	return wire.New(nsOccupantID, "occupant-id").Set("id", hex.EncodeToString(sum[:12]))
}

// presence is what a session sees of an occupant. Moderators see addresses.
func (r *room) presence(o *occupant, viewer *session, codes ...string) *wire.Element {
	p := clone(o.presence).Set("from", r.address(o.nick)).Set("to", viewer.jid.String()).Set("type", "")
	p.Children = slices.DeleteFunc(p.Children, func(c *wire.Element) bool {
		return c.Space == nsMUC || c.Space == nsMUCUser || c.Space == nsOccupantID
	})
	return p.Add(r.item(o, viewer, codes...), r.id(o.bare))
}

// item is the <x/> with affiliation and role.
func (r *room) item(o *occupant, viewer *session, codes ...string) *wire.Element {
	i := wire.New(nsMUCUser, "item").Set("affiliation", r.standingOf(o.bare)).Set("role", o.role)
	if v := r.of(viewer); (v != nil && v.role == "moderator" || slices.Contains(o.sessions, viewer)) && len(o.sessions) > 0 {
		i.Set("jid", o.sessions[0].jid.String())
	}
	x := wire.New(nsMUCUser, "x").Add(i)
	for _, c := range codes {
		x.Add(wire.New(nsMUCUser, "status").Set("code", c))
	}
	if slices.Contains(o.sessions, viewer) && !slices.Contains(codes, "110") {
		x.Add(wire.New(nsMUCUser, "status").Set("code", "110"))
	}
	return x
}

// everybody lists the sessions in the room. It is a copy: sending may end some.
func (r *room) everybody() []*session {
	var list []*session
	for _, o := range r.occupants {
		list = append(list, o.sessions...)
	}
	return list
}

// show tells everybody about an occupant.
func (r *room) show(o *occupant, codes ...string) {
	for _, x := range r.everybody() {
		r.s.send(x, r.presence(o, x, codes...))
	}
}

// remove takes an occupant out and tells everybody, itself too. change adds to
// the <x/> of the unavailable presence.
func (r *room) remove(o *occupant, change func(x *wire.Element), codes ...string) {
	all := r.everybody()
	role := o.role
	o.role = "none"
	for _, x := range all {
		el := r.item(o, x, codes...)
		if change != nil {
			change(el)
		}
		r.s.send(x, wire.New(wire.NSClient, "presence").Set("type", "unavailable").Set("from", r.address(o.nick)).Set("to", x.jid.String()).
			Add(el, r.id(o.bare)))
	}
	o.role = role
	r.occupants = slices.DeleteFunc(r.occupants, func(other *occupant) bool { return other == o })
	o.sessions = nil
	r.close()
}

// close forgets a room that nobody needs.
func (r *room) close() {
	if len(r.occupants) == 0 && !r.lasting {
		delete(r.s.rooms, r.jid.String())
	}
}

// leaveAll takes a session out of all rooms.
func (s *Server) leaveAll(x *session) {
	for _, name := range sortedKeys(s.rooms) {
		if r := s.rooms[name]; r != nil {
			if o := r.of(x); o != nil {
				r.leave(x, o)
			}
		}
	}
}

// leave takes one session out; the nick stays while others share it.
func (r *room) leave(x *session, o *occupant) {
	if len(o.sessions) > 1 {
		r.s.send(x, wire.New(wire.NSClient, "presence").Set("type", "unavailable").Set("from", r.address(o.nick)).Set("to", x.jid.String()).
			Add(r.item(o, x), r.id(o.bare)))
		o.sessions = slices.DeleteFunc(o.sessions, func(other *session) bool { return other == x })
		return
	}
	r.remove(o, nil)
}
