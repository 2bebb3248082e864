package demo

import (
	"strings"

	"sotto/session/wire"
)

// Signup is how the server makes accounts for whom it does not know (XEP-0077).
type Signup struct {
	Query  string // what stands in the answer, as XML; "" asks for a user name and a password
	Refuse string // what stands in the <error/> of each try, as XML with its type; "": none does
	Token  string // of an invitation (XEP-0445); "": anybody may come
	Gone   bool   // the connection ends instead of an answer to a try
	Lax    bool   // a try needs no user name: the test looks at what was asked only

	// Asked is told what a client asks, from the connection's goroutine; nil: nobody.
	Asked func(*wire.Element)
}

const (
	nsRegister   = "jabber:iq:register"
	nsTokenAsked = "urn:xmpp:ibr-token:0"
	nsPreAuth    = "urn:xmpp:pars:0"
	nsForms      = "jabber:x:data"
)

// SetSignup changes how accounts are made from now on; nil: not at all.
func (s *Server) SetSignup(to *Signup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signup = to
}

func (s *Server) signupNow() *Signup {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signup
}

// signupFeatures say before the login that accounts are made here.
func (s *Server) signupFeatures(f *wire.Element) *wire.Element {
	if up := s.signupNow(); up != nil {
		f.Add(wire.New("http://jabber.org/features/iq-register", "register"))
		if up.Token != "" {
			f.Add(wire.New(nsTokenAsked, "register"))
		}
	}
	return f
}

// register answers what is asked before a login; false: the connection ends.
func (c *connection) register(el *wire.Element) bool {
	up := c.s.signupNow()
	q := el.Child(nsRegister, "query")
	result := wire.New(wire.NSClient, "iq").Set("type", "result").Set("id", el.Attr("id")).Set("from", c.s.domain)
	if up != nil && up.Asked != nil {
		up.Asked(el)
	}
	switch token := el.Child(nsPreAuth, "preauth"); {
	case up == nil:
		return c.sayElement(errorFor(el, "cancel", "not-allowed"))
	case token != nil:
		if token.Attr("token") != up.Token {
			return c.sayElement(errorFor(el, "cancel", "item-not-found"))
		}
		c.invited = true
		return c.sayElement(result)
	case q == nil:
		return c.sayElement(errorFor(el, "cancel", "service-unavailable"))
	case up.Token != "" && !c.invited:
		return c.sayElement(errorFor(el, "cancel", "forbidden"))
	case el.Attr("type") == "get":
		words := up.Query
		if words == "" {
			words = "<instructions>Choose a name and a password.</instructions><username/><password/>"
		}
		return c.say("<iq type='result' id='" + escapeAttr(el.Attr("id")) + "' from='" + c.s.domain + "'><query xmlns='jabber:iq:register'>" + words + "</query></iq>")
	case up.Gone:
		return false
	case up.Refuse != "":
		return c.say("<iq type='error' id='" + escapeAttr(el.Attr("id")) + "' from='" + c.s.domain + "'>" + up.Refuse + "</iq>")
	}
	name, password := q.ChildText(nsRegister, "username"), q.ChildText(nsRegister, "password")
	for f := range q.Child(nsForms, "x").All(nsForms, "field") {
		switch f.Attr("var") {
		case "username":
			name = f.ChildText(nsForms, "value")
		case "password":
			password = f.ChildText(nsForms, "value")
		}
	}
	switch j, err := wire.Parse(name + "@" + c.s.domain); {
	case up.Lax:
		return c.sayElement(result)
	case err != nil || password == "":
		return c.sayElement(errorFor(el, "modify", "not-acceptable"))
	case c.s.known(j.Local()):
		return c.sayElement(errorFor(el, "cancel", "conflict"))
	default:
		c.s.AddUser(j.Local(), password)
	}
	return c.sayElement(result)
}

// ownAccount gives an account another password, or removes it (XEP-0077 §3.2,
// §3.3). The mutex is held.
func (s *Server) ownAccount(x *session, el *wire.Element) {
	q := el.Children[0]
	password := q.ChildText(nsRegister, "password")
	switch {
	case q.Child(nsRegister, "remove") != nil:
		delete(s.users, x.u.local)
		s.succeed(x, el)
		if x.out != nil {
			x.out.c.finish(streamErrorBytes("not-authorized"))
			s.drop(x)
		}
	case q.ChildText(nsRegister, "username") == x.u.local && password != "":
		x.u.password = password
		s.succeed(x, el)
	default:
		s.fail(x, el, "modify", "bad-request")
	}
}

func (s *Server) known(local string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users[local] != nil
}

func escapeAttr(v string) string {
	return strings.NewReplacer("&", "&amp;", "'", "&apos;", "<", "&lt;").Replace(v)
}
