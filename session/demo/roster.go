package demo

import (
	"slices"
	"strconv"
	"strings"

	"sotto/session/wire"
)

const maxItems = 20_000

// roster is the contact list of an account (RFC 6121 §2).
type roster struct {
	items   map[wire.JID]*item
	version int
	changed map[wire.JID]int // version in which an item changed or went
}

// item is one contact.
type item struct {
	jid      wire.JID
	name     string
	groups   []string
	to, from bool // we see them; they see us
	ask      bool // we asked
	approved bool // they may ask
}

func (i *item) subscription() string {
	switch {
	case i.to && i.from:
		return "both"
	case i.to:
		return "to"
	case i.from:
		return "from"
	}
	return "none"
}

// element is the item as clients see it.
func (i *item) element() *wire.Element {
	e := wire.New(nsRoster, "item").Set("jid", i.jid.String()).Set("name", i.name).Set("subscription", i.subscription())
	if i.ask {
		e.Set("ask", "subscribe")
	}
	if i.approved {
		e.Set("approved", "true")
	}
	for _, g := range i.groups {
		e.Add(wire.New(nsRoster, "group").SetText(g))
	}
	return e
}

// at returns the item of an address, made if need be.
func (r *roster) at(j wire.JID) *item {
	i := r.items[j]
	if i == nil {
		i = &item{jid: j}
		r.items[j] = i
	}
	return i
}

// sorted lists the addresses of the roster in a fixed order.
func (r *roster) sorted() []wire.JID {
	list := make([]wire.JID, 0, len(r.items))
	for j := range r.items {
		list = append(list, j)
	}
	slices.SortFunc(list, func(a, b wire.JID) int { return strings.Compare(a.String(), b.String()) })
	return list
}

func (r *roster) ver() string { return "v" + strconv.Itoa(r.version) }

// Befriend puts each of two accounts into the roster of the other, with both
// subscriptions. nameOfB is how a calls b; a's own name in b's roster is its
// local part.
func (s *Server) Befriend(a, b, nameOfB string, groups ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ua, ub := s.addUser(a), s.addUser(b)
	for _, k := range []struct {
		u, other *user
		name     string
		groups   []string
	}{{ua, ub, nameOfB, groups}, {ub, ua, a, nil}} {
		i := k.u.roster.at(k.other.jid)
		i.to, i.from, i.ask = true, true, false
		i.name, i.groups = k.name, k.groups
		s.push(k.u, i.jid)
		for _, x := range k.other.available() {
			s.tell(k.u, x)
		}
	}
}

// push tells all resources of an account of a change (RFC 6121 §2.1.6).
func (s *Server) push(u *user, j wire.JID) {
	u.roster.version++
	u.roster.changed[j] = u.roster.version
	for _, x := range slices.Clone(u.sessions) {
		if x.asked {
			s.pushTo(x, j)
		}
	}
}

func (s *Server) pushTo(x *session, j wire.JID) {
	el := wire.New(nsRoster, "item").Set("jid", j.String()).Set("subscription", "remove")
	if i := x.u.roster.items[j]; i != nil {
		el = i.element()
	}
	s.send(x, wire.New(wire.NSClient, "iq").Set("type", "set").Set("id", s.newID()).Set("to", x.jid.String()).
		Add(wire.New(nsRoster, "query").Set("ver", x.u.roster.ver()).Add(el)))
}

// rosterQuery answers get and set of the own roster.
func (s *Server) rosterQuery(x *session, iq *wire.Element) {
	q := iq.Child(nsRoster, "query")
	if iq.Attr("type") == "get" {
		s.rosterGet(x, iq, q)
		return
	}
	if len(q.Children) != 1 || !q.Children[0].Is(nsRoster, "item") {
		s.fail(x, iq, "modify", "bad-request")
		return
	}
	el := q.Children[0]
	j := wire.Lenient(el.Attr("jid"))
	switch {
	case j.IsZero() || j.Opaque():
		s.fail(x, iq, "modify", "jid-malformed")
		return
	case j.Bare() == x.u.jid:
		s.fail(x, iq, "cancel", "not-allowed")
		return
	case el.Attr("subscription") == "remove":
		s.rosterRemove(x, iq, j.Bare())
		return
	case len(x.u.roster.items) >= maxItems:
		s.fail(x, iq, "wait", "resource-constraint")
		return
	}
	i := x.u.roster.at(j.Bare())
	i.name, i.groups = el.Attr("name"), nil
	for g := range el.All(nsRoster, "group") {
		if g.Text == "" {
			s.fail(x, iq, "modify", "not-acceptable")
			return
		}
		if !slices.Contains(i.groups, g.Text) {
			i.groups = append(i.groups, g.Text)
		}
	}
	// The push may come before or after the result; clients bear both.
	s.push(x.u, i.jid)
	s.succeed(x, iq)
}

// rosterGet answers with all, or with nothing and pushes of what changed since
// the client's version (RFC 6121 §2.6.3).
func (s *Server) rosterGet(x *session, iq, q *wire.Element) {
	x.asked = true
	r := &x.u.roster
	since, known := r.since(q)
	if !known {
		all := wire.New(nsRoster, "query").Set("ver", r.ver())
		for _, j := range r.sorted() {
			all.Add(r.items[j].element())
		}
		s.succeed(x, iq, all)
		return
	}
	s.succeed(x, iq)
	var list []wire.JID
	for j, v := range r.changed {
		if v > since {
			list = append(list, j)
		}
	}
	slices.SortFunc(list, func(a, b wire.JID) int { return r.changed[a] - r.changed[b] })
	for _, j := range list {
		s.pushTo(x, j)
	}
}

// since reads the version which the client has; false: it needs everything.
func (r *roster) since(q *wire.Element) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(q.Attr("ver"), "v"))
	if err != nil || n < 0 || n > r.version {
		return 0, false
	}
	return n, true
}

// rosterRemove takes a contact away and ends both subscriptions (RFC 6121 §2.5).
func (s *Server) rosterRemove(x *session, iq *wire.Element, j wire.JID) {
	i := x.u.roster.items[j]
	if i == nil {
		s.fail(x, iq, "cancel", "item-not-found")
		return
	}
	delete(x.u.roster.items, j)
	s.push(x.u, j)
	s.succeed(x, iq)
	if i.to || i.ask {
		s.subscription(x.u, j, wire.New(wire.NSClient, "presence").Set("type", "unsubscribe"), i)
	}
	if i.from {
		s.subscription(x.u, j, wire.New(wire.NSClient, "presence").Set("type", "unsubscribed"), i)
	}
}
