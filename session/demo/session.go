package demo

import (
	"slices"
	"strconv"

	"sotto/session/wire"
)

const (
	// maxUnacked bounds what is kept for a client that never acknowledges.
	maxUnacked = 10_000
	// ackEvery is after how many stanzas the server asks for an acknowledgement.
	ackEvery = 5
)

// session is a resource that is logged in: a connection, or an actor.
type session struct {
	u    *user
	jid  wire.JID // full
	out  *queue   // of a connection
	a    *Actor   // instead of a connection
	gone bool

	carbons  bool
	asked    bool          // it fetched the roster, so it gets pushes
	presence *wire.Element // what it told everybody, nil: not available
	priority int
	directed map[wire.JID]bool // who was told besides the subscribers

	sm manage
}

// manage is XEP-0198 of one session. Sessions are not resumed: what was not
// acknowledged is delivered anew when the session ends. Resumption would keep the
// session and this queue under an id instead.
type manage struct {
	on      bool
	handled uint32 // stanzas from the client
	sent    uint32
	acked   uint32
	asked   bool
	unacked []*wire.Element
}

// bindSession makes the session of a connection. nil: the resource is no good.
func (s *Server) bindSession(c *connection, resource string) *session {
	if resource == "" {
		resource = s.newID()
	}
	full := c.u.jid.WithResource(resource)
	if full.Opaque() {
		return nil
	}
	if old := c.u.session(full.Resource()); old != nil {
		// RFC 6120 §7.7.2.2 leaves three ways; the usual one is another name.
		if c.faults.KickOld && old.out != nil {
			old.out.c.finish(streamErrorBytes("conflict"))
			s.drop(old)
		} else {
			full = c.u.jid.WithResource(full.Resource() + "." + s.newID())
		}
	}
	x := &session{u: c.u, jid: full, out: &queue{c: c}, directed: map[wire.JID]bool{}}
	c.sess = x
	c.u.sessions = append(c.u.sessions, x)
	return x
}

// send delivers one stanza to a session.
func (s *Server) send(x *session, el *wire.Element) {
	switch {
	case x.gone:
		return
	case x.a != nil:
		x.a.push(el)
		return
	}
	ok := x.out.push(el)
	if x.sm.on {
		x.sm.sent++
		x.sm.unacked = append(x.sm.unacked, el)
		if len(x.sm.unacked) >= ackEvery && !x.sm.asked || el.Local == "message" && !x.sm.asked {
			x.sm.asked = true
			x.out.push(wire.New(wire.NSManagement, "r"))
		}
		ok = ok && len(x.sm.unacked) <= maxUnacked
	}
	if !ok {
		x.out.c.cut(CutReset)
	}
}

// manageStanza handles XEP-0198 §3 and §4 after binding.
func (s *Server) manageStanza(x *session, el *wire.Element) {
	answer := func(local, attr, value string) {
		x.out.push(wire.New(wire.NSManagement, local).Set(attr, value))
	}
	switch el.Local {
	case "enable":
		if x.sm.on || x.out.c.faults.NoManagement {
			x.out.push(wire.New(wire.NSManagement, "failed").Add(wire.New(wire.NSStanzaErr, "unexpected-request")))
			return
		}
		x.sm.on = true
		answer("enabled", "", "")
	case "r":
		answer("a", "h", strconv.FormatUint(uint64(x.sm.handled), 10))
	case "a":
		h, err := strconv.ParseUint(el.Attr("h"), 10, 32)
		n := uint32(h) - x.sm.acked
		if err != nil || int64(n) > int64(len(x.sm.unacked)) {
			x.out.c.finish(streamErrorBytes("undefined-condition"))
			s.drop(x)
			return
		}
		x.sm.acked += n
		x.sm.unacked = slices.Clone(x.sm.unacked[n:])
		x.sm.asked = false
		// Asking again a client that has not moved would go round for ever.
		if n > 0 && len(x.sm.unacked) >= ackEvery {
			x.sm.asked = true
			x.out.push(wire.New(wire.NSManagement, "r"))
		}
	}
}

// drop ends a session: everybody who saw it learns that it is gone, and what it
// did not acknowledge finds another way.
func (s *Server) drop(x *session) {
	if x == nil || x.gone {
		return
	}
	s.leaveAll(x)
	s.goOffline(x, wire.New(wire.NSClient, "presence").Set("type", "unavailable"))
	x.gone = true
	x.u.sessions = slices.DeleteFunc(x.u.sessions, func(o *session) bool { return o == x })
	unacked := x.sm.unacked
	x.sm.unacked = nil
	for _, el := range unacked {
		s.again(x.u, el)
	}
}

// again delivers a message that a session never acknowledged (XEP-0198 §4).
func (s *Server) again(u *user, el *wire.Element) {
	kind := el.Attr("type")
	if el.Local != "message" || kind == "groupchat" || kind == "error" || kind == "headline" ||
		el.Child(nsCarbons, "") != nil || el.Child(nsArchive, "") != nil || !worthKeeping(el) {
		return
	}
	s.spread(u, u.jid, el)
}
