package session

import (
	"sotto/session/wire"
	"sotto/store"
)

// What people publish under their own address: XEP-0163, on top of XEP-0060.
//
// A feature registers each node that it uses in the extension table: a pepNode
// says who may speak through it, how much of it is read, how it is configured and
// what happens with its events. +notify goes from there into our capabilities.
// The functions of peprequest.go read and write nodes.

// pepSenders says whose word about a node counts, and what an address is to us in
// that respect: each kind includes those before it.
type pepSenders int

const (
	pepOwn      pepSenders = iota // our own account
	pepSeen                       // contacts whose presence we see
	pepRoster                     // anybody in the roster
	pepStranger                   // never listened to
)

// knows says what an address is to us.
func (l *loop) knows(bare wire.JID) pepSenders {
	c, ok := l.contacts[bare.String()]
	switch {
	case bare == l.self:
		return pepOwn
	case !ok:
		return pepStranger
	case c.Subscription == "to" || c.Subscription == "both":
		return pepSeen
	}
	return pepRoster
}

// pepNode is a kind of data under an address.
type pepNode struct {
	name   string
	from   pepSenders
	notify bool // we want to be told of changes: name+notify in our capabilities

	// How the node is to be configured when we publish (XEP-0060 §16.4.4).
	access string // pubsub#access_model
	keep   string // pubsub#max_items: a number, or "max"
	last   string // pubsub#send_last_published_item

	items int // of an answer or event that are read at most; 0: one
	size  int // bytes that an item may have; 0: 64 kB
}

// pepUse is a node in the extension table. event takes what was told of the node
// by whom origin let through. It runs on the loop inside the transaction of the
// burst, which may run again when the store refuses it: what must happen once goes
// behind the commit (loop.then).
type pepUse struct {
	node  *pepNode
	event func(l *loop, tx *store.Tx, e pepEvent) error
}

// pepSize bounds an item of a node that says nothing else.
const pepSize = 64 << 10

// pepItem is one thing that a node holds.
type pepItem struct {
	id      string
	payload *wire.Element // nil: none, or too big to be looked at
}

// pepEvent is what changed in a node.
type pepEvent struct {
	owner   wire.JID // bare: whose node
	items   []pepItem
	gone    []string // ids that were retracted
	purged  bool     // all items are gone
	deleted bool     // the node is gone
}

// pepNodeOf finds a node that a feature registered; nil: none.
func pepNodeOf(name string) *pepNode {
	table()
	return extensions.nodes[name].node
}

// eventNode is the name of the node that a message tells of; "": none.
func eventNode(st *wire.Element) string {
	for c := range st.Child(nsPubSubEvent, "event").All(nsPubSubEvent, "") {
		if n := c.Attr("node"); n != "" {
			return n
		}
	}
	return ""
}

// inEvent applies an event after origin judged it (XEP-0060 §7.1.2, §7.2.2, §8.4,
// §8.5).
func (l *loop) inEvent(tx *store.Tx, o origin) error {
	e := pepEvent{owner: o.owner}
	ids := 0
	for c := range o.el.Child(nsPubSubEvent, "event").All(nsPubSubEvent, "") {
		if c.Attr("node") != o.node.name {
			continue
		}
		switch c.Local {
		case "items":
			e.items = append(e.items, o.node.read(c, max(o.node.items, 1)-len(e.items))...)
			for r := range c.All(nsPubSubEvent, "retract") {
				if ids++; ids <= max(o.node.items, 1) {
					e.gone = append(e.gone, clip(r.Attr("id"), pepIDMax))
				}
			}
		case "purge":
			e.purged = true
		case "delete":
			e.deleted = true
		}
	}
	if len(e.items) == 0 && len(e.gone) == 0 && !e.purged && !e.deleted {
		return nil
	}
	return extensions.nodes[o.node.name].event(l, tx, e)
}

// pepIDMax bounds the id of an item.
const pepIDMax = 3072

// read takes at most n items out of <items/>, of an event or an answer.
func (n *pepNode) read(items *wire.Element, most int) (all []pepItem) {
	if items == nil {
		return nil
	}
	size := n.size
	if size == 0 {
		size = pepSize
	}
	for i := range items.All(items.Space, "item") {
		if len(all) >= most {
			break
		}
		item := pepItem{id: i.Attr("id")}
		if len(item.id) > pepIDMax {
			continue
		}
		if len(i.Children) > 0 && len(i.Raw()) <= size {
			item.payload = i.Children[0]
		}
		all = append(all, item)
	}
	return all
}
