package demo

import (
	"slices"

	"sotto/session/wire"
)

// event tells of an item.
func event(name string, i nodeItem) *wire.Element {
	return wire.New(nsPubSubEvent, "items").Set("node", name).Add(wire.New(nsPubSubEvent, "item").Set("id", i.id).Add(i.el.Children...))
}

// notify tells what changed in a node: all available devices of the account, and
// those of contacts who may read it and said that they want to know (XEP-0163 §4).
func (s *Server) notify(u *user, name string, n *node, what *wire.Element) {
	for _, x := range u.available() {
		s.tellNode(u, x, what)
	}
	if n.config["access_model"] == "whitelist" {
		return
	}
	for _, j := range u.roster.sorted() {
		other := s.userAt(j)
		if i := u.roster.items[j]; other == nil || i == nil || !i.from {
			continue
		}
		for _, x := range other.available() {
			if s.wants(x, name) {
				s.tellNode(u, x, what)
			}
		}
	}
}

func (s *Server) tellNode(u *user, x *session, what *wire.Element) {
	s.send(x, wire.New(wire.NSClient, "message").Set("type", "headline").Set("from", u.jid.String()).Set("to", x.jid.String()).
		Add(wire.New(nsPubSubEvent, "event").Add(what)))
}

// wants says whether a client asked to be told of a node: its capabilities name
// node+notify.
func (s *Server) wants(x *session, name string) bool {
	ver := x.presence.Child(nsCaps, "c").Attr("ver")
	return ver != "" && slices.Contains(s.pep.caps[ver], name+"+notify")
}

// seeCaps asks a client that became available what it can do, once for each kind
// of client, and tells it what its contacts published last.
func (s *Server) seeCaps(x *session) {
	c := x.presence.Child(nsCaps, "c")
	ver := c.Attr("ver")
	if s.pep.Off || ver == "" || x.out == nil {
		return
	}
	if _, known := s.pep.caps[ver]; known {
		s.lastItems(x)
		return
	}
	if len(s.pep.asked) > 100 || len(s.pep.caps) > 1000 {
		return
	}
	id := "caps-" + s.newID()
	if s.pep.asked == nil {
		s.pep.asked, s.pep.caps = map[string]string{}, map[string][]string{}
	}
	s.pep.asked[id] = ver
	s.send(x, wire.New(wire.NSClient, "iq").Set("type", "get").Set("id", id).Set("from", s.domain).Set("to", x.jid.String()).
		Add(wire.New(nsDiscoInfo, "query").Set("node", c.Attr("node")+"#"+ver)))
}

// learnCaps takes a client's answer to seeCaps.
func (s *Server) learnCaps(x *session, el *wire.Element) {
	ver, ok := s.pep.asked[el.Attr("id")]
	if !ok {
		return
	}
	delete(s.pep.asked, el.Attr("id"))
	var features []string
	for f := range el.Child(nsDiscoInfo, "query").All(nsDiscoInfo, "feature") {
		if len(features) < 500 {
			features = append(features, f.Attr("var"))
		}
	}
	s.pep.caps[ver] = features
	if x.presence != nil {
		s.lastItems(x)
	}
}

// lastItems is XEP-0163 §4.3.3: what somebody published before is told to who
// comes online.
func (s *Server) lastItems(x *session) {
	for _, j := range append([]wire.JID{x.u.jid}, x.u.roster.sorted()...) {
		u := s.userAt(j)
		if u == nil {
			continue
		}
		if i := u.roster.items[x.u.jid]; u != x.u && (i == nil || !i.from) {
			continue
		}
		for _, name := range sortedKeys(u.nodes) {
			n := u.nodes[name]
			if len(n.items) == 0 || n.config["send_last_published_item"] != "on_sub_and_presence" || !s.wants(x, name) ||
				u != x.u && n.config["access_model"] == "whitelist" {
				continue
			}
			s.tellNode(u, x, event(name, n.items[len(n.items)-1]))
		}
	}
}
