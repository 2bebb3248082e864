package demo

import (
	"sotto/session/wire"
)

// session is a resource that is logged in: a connection, or an actor.
type session struct {
	u    *user
	jid  wire.JID // full
	out  *queue   // of its connection; nil: none, it waits to be resumed
	a    *Actor   // instead of a connection
	gone bool
	over bool // it is being ended and hears nothing any more

	carbons  bool
	asked    bool          // it fetched the roster, so it gets pushes
	presence *wire.Element // what it told everybody, nil: not available
	priority int
	directed map[wire.JID]bool // who was told besides the subscribers
	orders   map[string]*order // commands that are being carried out

	sm manage
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
		// RFC 6120 §7.7.2.2 leaves three ways for one that has a connection.
		if old.asleep() || c.faults.KickOld && old.a == nil {
			s.detach(old)
			s.drop(old)
		} else {
			full = c.u.jid.WithResource(full.Resource() + "." + s.newID())
		}
	}
	x := &session{u: c.u, jid: full, out: c.out, directed: map[wire.JID]bool{}}
	c.sess = x
	c.u.sessions = append(c.u.sessions, x)
	return x
}

// send delivers one stanza to a session.
func (s *Server) send(x *session, el *wire.Element) {
	switch {
	case x.gone, x.over:
		return
	case x.a != nil:
		x.a.push(el)
		return
	}
	ok := true
	if x.sm.on {
		ok = s.keepUnacked(x, el)
	}
	if x.out != nil {
		ok = x.out.push(el) && ok
		if x.sm.on && (len(x.sm.unacked) >= ackEvery || el.Local == "message") {
			s.askAck(x)
		}
	}
	if ok {
		return
	}
	if x.out != nil {
		x.out.c.end(CutReset)
	}
	s.drop(x) // it never catches up
}
