package demo

import (
	"sotto/session/wire"
)

const (
	maxPrivate      = 100
	storageBookmark = "storage:bookmarks" // XEP-0048
)

// privateQuery is private XML storage (XEP-0049): an element of each name.
func (s *Server) privateQuery(x *session, el *wire.Element) {
	q := el.Children[0]
	if s.pep.NoPrivate || len(q.Children) != 1 {
		s.fail(x, el, "cancel", "service-unavailable")
		return
	}
	e := q.Children[0]
	key := e.Space + " " + e.Local
	switch {
	case el.Attr("type") == "set" && len(x.u.private) >= maxPrivate && x.u.private[key] == nil:
		s.fail(x, el, "wait", "resource-constraint")
	case el.Attr("type") == "set":
		if x.u.private == nil {
			x.u.private = map[string]*wire.Element{}
		}
		x.u.private[key] = e
		s.succeed(x, el)
	case s.pep.Compat && e.Space == storageBookmark:
		s.succeed(x, el, wire.New(nsPrivate, "query").Add(x.u.collated()))
	case x.u.private[key] != nil:
		s.succeed(x, el, wire.New(nsPrivate, "query").Add(x.u.private[key]))
	default:
		s.succeed(x, el, wire.New(nsPrivate, "query").Add(wire.New(e.Space, e.Local)))
	}
}

// collated is the bookmarks of the new kind in the form of the old one (XEP-0402
// §5.3.1).
func (u *user) collated() *wire.Element {
	out := wire.New(storageBookmark, "storage")
	if n := u.nodes[nsBookmarks]; n != nil {
		for _, i := range n.items {
			c := i.el.Children[0]
			e := wire.New(storageBookmark, "conference").Set("jid", i.id).Set("name", c.Attr("name")).Set("autojoin", c.Attr("autojoin"))
			for _, name := range []string{"nick", "password"} {
				if t := c.ChildText(nsBookmarks, name); t != "" {
					e.Add(wire.New(storageBookmark, name).SetText(t))
				}
			}
			out.Add(e)
		}
	}
	return out
}

// Private returns what an account keeps in private XML storage under a name; nil:
// nothing. It must not be changed.
func (s *Server) Private(local, space, name string) *wire.Element {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[local]; u != nil {
		return u.private[space+" "+name]
	}
	return nil
}

// SetPrivate keeps an element in an account's private XML storage.
func (s *Server) SetPrivate(local string, e *wire.Element) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.addUser(local)
	if u.private == nil {
		u.private = map[string]*wire.Element{}
	}
	u.private[e.Space+" "+e.Local] = e
}
