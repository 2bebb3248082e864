package demo

import (
	"sotto/session/wire"
)

// handle takes one top-level element of a session. The mutex is held. It is the
// only entrance: nothing that a client sends may bring it down.
func (s *Server) handle(x *session, el *wire.Element) {
	switch {
	case el.Space == wire.NSManagement && x.out != nil:
		s.manageStanza(x, el)
		return
	case (el.Is(nsCSI, "active") || el.Is(nsCSI, "inactive")) && x.out != nil && !x.out.c.faults.NoActivity:
		return // whoever is at the other end of a pipe can be told all at once
	case el.Space != wire.NSClient || el.Local != "message" && el.Local != "presence" && el.Local != "iq":
		if x.out != nil {
			x.out.c.finish(streamErrorBytes("unsupported-stanza-type"))
			s.drop(x)
		}
		return
	}
	if x.sm.on {
		x.sm.handled++
	}
	if s.opt.Heard != nil {
		s.opt.Heard(x.jid, el)
	}
	// RFC 6120 §8.1.2.1: whatever a client writes there, it is itself.
	el = clone(el).Set("from", x.jid.String())
	to := wire.Lenient(el.Attr("to"))
	if to.Opaque() {
		s.fail(x, el, "modify", "jid-malformed")
		return
	}
	switch el.Local {
	case "message":
		s.message(x, el, to)
	case "presence":
		s.presenceStanza(x, el, to)
	case "iq":
		s.iq(x, el, to)
	}
}

// iq answers a question or passes it on (RFC 6120 §8.2.3, §10.3).
func (s *Server) iq(x *session, el *wire.Element, to wire.JID) {
	kind := el.Attr("type")
	question := kind == "get" || kind == "set"
	if el.Attr("id") == "" || !question && kind != "result" && kind != "error" || question && len(el.Children) != 1 {
		if kind != "result" && kind != "error" {
			s.fail(x, el, "modify", "bad-request")
		}
		return
	}
	switch {
	case to.IsZero() || to == x.u.jid:
		if question {
			s.ownQuery(x, el)
		}
	case to.String() == s.domain:
		if question {
			s.serverQuery(x, el)
		} else if kind == "result" {
			s.learnCaps(x, el)
		}
	case to.Domain() == s.roomDomain():
		s.roomQuery(x, el, to)
	case to.String() == s.uploadDomain() && s.opt.Slot != nil:
		if question {
			s.uploadQuery(x, el)
		}
	case to.Domain() != s.domain:
		if question {
			s.fail(x, el, "cancel", "remote-server-not-found")
		}
	default:
		u := s.userAt(to)
		var other *session
		if u != nil && to.Resource() != "" {
			other = u.session(to.Resource())
		}
		switch {
		case other != nil:
			s.send(other, el)
		case question && u != nil && to.Resource() == "":
			s.accountQuery(x, u, el)
		case question:
			s.fail(x, el, "cancel", "service-unavailable")
		}
	}
}

// succeed answers an IQ with a result from whom it was sent to.
func (s *Server) succeed(x *session, iq *wire.Element, payload ...*wire.Element) {
	s.send(x, wire.New(wire.NSClient, "iq").Set("type", "result").Set("id", iq.Attr("id")).
		Set("from", iq.Attr("to")).Set("to", x.jid.String()).Add(payload...))
}

// fail answers a stanza with an error, unless it is an answer itself (RFC 6120 §8.3.1).
func (s *Server) fail(x *session, el *wire.Element, kind, condition string) {
	if t := el.Attr("type"); t == "error" || t == "result" && el.Local == "iq" {
		return
	}
	s.send(x, errorFor(el, kind, condition).Set("to", x.jid.String()))
}

// errorFor is the error stanza for el. A message keeps its body out of it, so
// that nobody reads a refusal as a line of the other side.
func errorFor(el *wire.Element, kind, condition string) *wire.Element {
	return wire.New(el.Space, el.Local).Set("type", "error").Set("id", el.Attr("id")).Set("from", el.Attr("to")).Set("to", el.Attr("from")).
		Add(wire.New(wire.NSClient, "error").Set("type", kind).Add(wire.New(wire.NSStanzaErr, condition)))
}

// bounce sends an error back to the sender of a stanza, wherever that is.
func (s *Server) bounce(el *wire.Element, kind, condition string) {
	from := wire.Lenient(el.Attr("from"))
	if u := s.userAt(from); u != nil {
		if x := u.session(from.Resource()); x != nil {
			s.fail(x, el, kind, condition)
		}
	}
}
