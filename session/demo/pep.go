package demo

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sotto/session/wire"
)

// Personal eventing: XEP-0163, the part of XEP-0060 that it needs, and XEP-0223.

const (
	maxNodes     = 100
	maxNodeItems = 2000
)

// PEP says what the service is like. The zero value is a good one.
type PEP struct {
	Off        bool // there is none
	NoOptions  bool // publish-options are not known and not looked at
	FewOptions bool // only access model and persistence are known among them; others are refused
	NoPrivate  bool // no private XML storage (XEP-0049)
	Compat     bool // bookmarks are the same in private XML storage (XEP-0402 §5.3)
	Page       int  // items of an answer at most; 0: no limit
}

// SetPEP changes the service from now on.
func (s *Server) SetPEP(p PEP) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pep.PEP = p
}

// pepService is what the server knows beyond the accounts' nodes.
type pepService struct {
	PEP
	caps  map[string][]string // by hash: features of a client
	asked map[string]string   // by id of our question: the hash
}

// node is a place under an account's address. It belongs to the server's mutex.
type node struct {
	config map[string]string
	items  []nodeItem // the newest last
}

type nodeItem struct {
	id string
	el *wire.Element // <item/>
}

// settings are the fields of a node, with what PEP has where nobody says anything.
var settings = map[string]string{"access_model": "presence", "max_items": "1", "persist_items": "true",
	"send_last_published_item": "on_sub_and_presence"}

// most is how many items a node keeps.
func (n *node) most() int {
	if k, err := strconv.Atoi(n.config["max_items"]); err == nil {
		return min(max(k, 1), maxNodeItems)
	}
	return maxNodeItems
}

// accountInfo is what an account says of itself.
func (s *Server) accountInfo() *wire.Element {
	const ps = nsPubSub + "#"
	features := []string{nsDiscoInfo, nsDiscoItems, nsCarbons}
	if !s.opt.NoArchive {
		features = append(features, nsArchive, nsStanzaID)
	}
	if !s.pep.Off {
		features = append(features, nsPubSub, ps+"persistent-items", ps+"auto-create", ps+"retrieve-items", ps+"delete-items", ps+"item-ids",
			ps+"config-node", ps+"create-and-configure", ps+"purge-nodes", ps+"delete-nodes", ps+"access-whitelist", ps+"access-open", ps+"filtered-notifications")
		if !s.pep.NoOptions {
			features = append(features, ps+"publish-options")
		}
		if s.pep.Compat {
			features = append(features, nsBookmarks+"#compat")
		}
	}
	q := info("account", "registered", "", features...)
	if !s.pep.Off {
		q.Add(wire.New(nsDiscoInfo, "identity").Set("category", "pubsub").Set("type", "pep"))
	}
	return q
}

// pubsub answers a question about the nodes of u.
func (s *Server) pubsub(x *session, u *user, el *wire.Element) {
	q := el.Children[0]
	get, own := el.Attr("type") == "get", x.u == u
	var ask *wire.Element
	if len(q.Children) > 0 {
		ask = q.Children[0]
	}
	switch {
	case s.pep.Off || ask == nil:
		s.fail(x, el, "cancel", "service-unavailable")
	case get && ask.Is(nsPubSub, "items"):
		s.items(x, u, el, ask)
	case !own:
		s.fail(x, el, "auth", "forbidden")
	case !get && ask.Is(nsPubSub, "publish"):
		s.publish(x, u, el, ask)
	case !get && ask.Is(nsPubSub, "retract"):
		s.retract(x, u, el, ask)
	case !get && ask.Is(nsPubSub, "create"):
		s.create(x, u, el, ask, q.Child(nsPubSub, "configure").Child(nsData, "x"))
	case ask.Space == nsPubSubOwner:
		s.own(x, u, el, ask, get)
	default:
		s.fail(x, el, "cancel", "feature-not-implemented")
	}
}

// fields reads a form of node settings, by names without their prefix.
func fields(form *wire.Element) map[string]string {
	out := map[string]string{}
	for f := range form.All(nsData, "field") {
		if name, ok := strings.CutPrefix(f.Attr("var"), "pubsub#"); ok {
			out[name] = f.ChildText(nsData, "value")
			if name == "persist_items" {
				out[name] = strconv.FormatBool(out[name] == "1" || out[name] == "true")
			}
		}
	}
	return out
}

// items is XEP-0060 §6.5: by id, or all, page by page where the service is set so.
func (s *Server) items(x *session, u *user, el, ask *wire.Element) {
	n := u.nodes[ask.Attr("node")]
	i := u.roster.items[x.u.jid]
	switch {
	case n == nil:
		s.fail(x, el, "cancel", "item-not-found")
		return
	case x.u != u && n.config["access_model"] != "open" && (n.config["access_model"] != "presence" || i == nil || !i.from):
		s.fail(x, el, "auth", "forbidden")
		return
	}
	list := n.items
	if len(ask.Children) > 0 {
		list = slices.DeleteFunc(slices.Clone(list), func(i nodeItem) bool {
			return !slices.ContainsFunc(ask.Children, func(c *wire.Element) bool { return c.Attr("id") == i.id })
		})
	}
	if k, err := strconv.Atoi(ask.Attr("max_items")); err == nil && k > 0 {
		list = list[max(0, len(list)-k):]
	}
	answer := wire.New(nsPubSub, "pubsub")
	all := len(list)
	set := el.Children[0].Child(nsPages, "set")
	if after := set.ChildText(nsPages, "after"); after != "" {
		list = list[slices.IndexFunc(list, func(i nodeItem) bool { return i.id == after })+1:]
	}
	if s.pep.Page > 0 && len(list) > s.pep.Page || set != nil {
		if s.pep.Page > 0 {
			list = list[:min(len(list), s.pep.Page)]
		}
		if n := len(list); n > 0 {
			answer.Add(wire.New(nsPages, "set").Add(wire.New(nsPages, "first").SetText(list[0].id),
				wire.New(nsPages, "last").SetText(list[n-1].id), wire.New(nsPages, "count").SetText(strconv.Itoa(all))))
		}
	}
	items := wire.New(nsPubSub, "items").Set("node", ask.Attr("node"))
	for _, i := range list {
		items.Add(i.el)
	}
	answer.Children = slices.Insert(answer.Children, 0, items)
	s.succeed(x, el, answer)
}

// publish is XEP-0060 §7.1, with what XEP-0163 §3 adds: the node is made.
func (s *Server) publish(x *session, u *user, el, ask *wire.Element) {
	name, item := ask.Attr("node"), ask.Child(nsPubSub, "item")
	if name == "" || item == nil || len(item.Children) != 1 {
		s.fail(x, el, "modify", "bad-request")
		return
	}
	options := fields(el.Children[0].Child(nsPubSub, "publish-options").Child(nsData, "x"))
	if s.pep.NoOptions {
		options = nil
	}
	n := u.nodes[name]
	for field, value := range options {
		switch {
		case s.pep.FewOptions && field != "access_model" && field != "persist_items":
			s.fail(x, el, "wait", "resource-constraint")
			return
		case n != nil && n.config[field] != value:
			s.send(x, withApp(errorFor(el, "cancel", "conflict"), "precondition-not-met").Set("to", x.jid.String()))
			return
		}
	}
	if n == nil {
		if n = s.newNode(u, name, options); n == nil {
			s.fail(x, el, "wait", "resource-constraint")
			return
		}
	}
	id := item.Attr("id")
	if id == "" {
		id = s.newID()
	}
	held := wire.New(nsPubSub, "item").Set("id", id).Add(item.Children[0])
	n.items = append(slices.DeleteFunc(n.items, func(i nodeItem) bool { return i.id == id }), nodeItem{id, held})
	n.items = slices.Clone(n.items[max(0, len(n.items)-n.most()):])
	s.notify(u, name, n, event(name, nodeItem{id, held}))
	s.succeed(x, el, wire.New(nsPubSub, "pubsub").Add(wire.New(nsPubSub, "publish").Set("node", name).Add(wire.New(nsPubSub, "item").Set("id", id))))
}

// newNode makes a node; nil: there are too many.
func (s *Server) newNode(u *user, name string, config map[string]string) *node {
	if len(u.nodes) >= maxNodes {
		return nil
	}
	n := &node{config: maps.Clone(settings)}
	maps.Copy(n.config, config)
	if u.nodes == nil {
		u.nodes = map[string]*node{}
	}
	u.nodes[name] = n
	return n
}

func withApp(e *wire.Element, condition string) *wire.Element {
	e.Child(wire.NSClient, "error").Add(wire.New(nsPubSub+"#errors", condition))
	return e
}

// retract is XEP-0060 §7.2.
func (s *Server) retract(x *session, u *user, el, ask *wire.Element) {
	n, id := u.nodes[ask.Attr("node")], ask.Child(nsPubSub, "item").Attr("id")
	if n == nil || !slices.ContainsFunc(n.items, func(i nodeItem) bool { return i.id == id }) {
		s.fail(x, el, "cancel", "item-not-found")
		return
	}
	n.items = slices.DeleteFunc(n.items, func(i nodeItem) bool { return i.id == id })
	if t := ask.Attr("notify"); t == "true" || t == "1" {
		s.notify(u, ask.Attr("node"), n, wire.New(nsPubSubEvent, "items").Set("node", ask.Attr("node")).Add(wire.New(nsPubSubEvent, "retract").Set("id", id)))
	}
	s.succeed(x, el)
}

// create is XEP-0060 §8.1.
func (s *Server) create(x *session, u *user, el, ask, form *wire.Element) {
	name := ask.Attr("node")
	switch {
	case name == "":
		s.fail(x, el, "modify", "bad-request")
	case u.nodes[name] != nil:
		s.fail(x, el, "cancel", "conflict")
	case s.newNode(u, name, fields(form)) == nil:
		s.fail(x, el, "wait", "resource-constraint")
	default:
		s.succeed(x, el)
	}
}

// own is what only the owner of a node may do (XEP-0060 §8.2, §8.4, §8.5).
func (s *Server) own(x *session, u *user, el, ask *wire.Element, get bool) {
	name := ask.Attr("node")
	n := u.nodes[name]
	switch {
	case n == nil:
		s.fail(x, el, "cancel", "item-not-found")
	case ask.Local == "configure" && get:
		form := wire.New(nsData, "x").Set("type", "form")
		for _, k := range sortedKeys(n.config) {
			form.Add(wire.New(nsData, "field").Set("var", "pubsub#"+k).Add(wire.New(nsData, "value").SetText(n.config[k])))
		}
		s.succeed(x, el, wire.New(nsPubSubOwner, "pubsub").Add(wire.New(nsPubSubOwner, "configure").Set("node", name).Add(form)))
	case ask.Local == "configure":
		maps.Copy(n.config, fields(ask.Child(nsData, "x")))
		s.succeed(x, el)
	case ask.Local == "purge" && !get:
		n.items = nil
		s.notify(u, name, n, wire.New(nsPubSubEvent, "purge").Set("node", name))
		s.succeed(x, el)
	case ask.Local == "delete" && !get:
		delete(u.nodes, name)
		s.notify(u, name, n, wire.New(nsPubSubEvent, "delete").Set("node", name))
		s.succeed(x, el)
	default:
		s.fail(x, el, "cancel", "feature-not-implemented")
	}
}

// Publish puts an item into a node of an account, as one of its clients would;
// access is the node's access model if it is new, "" the usual one.
func (s *Server) Publish(local, name, access, id string, payload *wire.Element) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.addUser(local)
	n := u.nodes[name]
	if n == nil {
		if n = s.newNode(u, name, map[string]string{"max_items": "max"}); n == nil {
			return
		}
		if access != "" {
			n.config["access_model"] = access
		}
	}
	i := nodeItem{id, wire.New(nsPubSub, "item").Set("id", id).Add(payload)}
	n.items = append(slices.DeleteFunc(n.items, func(i nodeItem) bool { return i.id == id }), i)
	s.notify(u, name, n, event(name, i))
}

// Items lists what a node of an account holds, as <item/> elements that must not
// be changed, and who may read it; "": there is no such node.
func (s *Server) Items(local, name string) (items []*wire.Element, access string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[local]; u != nil && u.nodes[name] != nil {
		for _, i := range u.nodes[name].items {
			items = append(items, i.el)
		}
		return items, u.nodes[name].config["access_model"]
	}
	return nil, ""
}
