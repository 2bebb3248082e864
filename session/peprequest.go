package session

import (
	"errors"
	"strconv"

	"sotto/session/wire"
	"sotto/store"
)

// Questions to nodes. Nothing here waits: each function asks, and runs what it was
// given on the loop, outside any transaction, once the server has answered. With
// errLinkLost the answer is not known.

const (
	// pepWaiting bounds what waits to go into one node.
	pepWaiting = 2000
	// pepPages bounds the pages that are read of one node.
	pepPages = 100
)

var (
	errPepBusy  = errors.New("too much waits to be published")
	errPepBroke = errors.New("the server did not say what the node holds")
)

// pepState is what an account knows of its server's nodes over one link.
type pepState struct {
	basic bool                     // it takes only few publish-options
	made  map[string]bool          // nodes that we configured
	queue map[string][]*pepPublish // by node; the first of each is on its way
}

// pepPublish is an item on its way into a node of ours, or out of it.
type pepPublish struct {
	node       *pepNode
	id         string
	payload    *wire.Element // nil: the item is to be taken out
	configured bool          // the node was configured for it already
	then       func(error)
}

func (l *loop) pepLost() { l.pep = pepState{} }

// absent says that a node is not there, or not for us.
func absent(err error) bool {
	var e *wire.StanzaError
	return errors.As(err, &e) && e.Condition == "item-not-found"
}

// askPubSub asks and runs then behind the commit of the answer.
func (l *loop) askPubSub(q *wire.Element, then func(el *wire.Element, err error)) bool {
	return l.ask(q, func(_ *store.Tx, el *wire.Element, err error) error {
		l.then = append(l.then, func() { then(el, err) })
		return nil
	})
}

// fetch reads the items of a node, of our own account when of is zero, page by
// page where the server wants that (XEP-0060 §6.5). false: there is no link, and
// then does not run.
func (l *loop) fetch(n *pepNode, of wire.JID, then func([]pepItem, error)) bool {
	return l.fetchPage(n, of, "", 0, nil, then)
}

// itemsPage is how many items of a node are asked for at a time.
const itemsPage = 100

func (l *loop) fetchPage(n *pepNode, of wire.JID, after string, page int, have []pepItem, then func([]pepItem, error)) bool {
	q := wire.New(nsPubSub, "pubsub").Add(wire.New(nsPubSub, "items").Set("node", n.name))
	if after != "" {
		q.Add(wire.New(nsSet, "set").Add(wire.New(nsSet, "max").SetText(strconv.Itoa(itemsPage)), wire.New(nsSet, "after").SetText(after)))
	}
	return l.askPubSub(iq("get", of.String(), q), func(el *wire.Element, err error) {
		if err != nil {
			then(nil, err)
			return
		}
		answer := el.Child(nsPubSub, "pubsub")
		items := answer.Child(nsPubSub, "items")
		if items == nil || items.Attr("node") != n.name {
			then(nil, errPepBroke)
			return
		}
		fresh := n.read(items, max(n.items, 1)-len(have))
		have = append(have, fresh...)
		set := answer.Child(nsSet, "set")
		last := set.ChildText(nsSet, "last")
		count, _ := strconv.Atoi(set.ChildText(nsSet, "count"))
		// A server that says "more" and does not move is not believed.
		if last == "" || last == after || len(last) > pepIDMax || len(fresh) == 0 || count <= len(have) || len(have) >= max(n.items, 1) || page+1 >= pepPages {
			then(have, nil)
			return
		}
		if !l.fetchPage(n, of, last, page+1, have, then) {
			then(nil, errLinkLost)
		}
	})
}

// publish puts an item into a node of our own and takes care that the node is
// configured as it says, on servers that do not do that by themselves too: who may
// read it is settled before anything is in it. Items of a node go one by one, in
// order. It does not ask without a link: then runs at once with errLinkLost.
func (l *loop) publish(n *pepNode, id string, payload *wire.Element, then func(error)) {
	l.queuePublish(&pepPublish{node: n, id: id, payload: payload, then: then})
}

// retract takes an item out of a node of our own and lets all be told (XEP-0060
// §7.2), behind what is being published there. An item that is not there is gone.
func (l *loop) retract(n *pepNode, id string, then func(error)) {
	l.queuePublish(&pepPublish{node: n, id: id, then: then})
}

func (l *loop) queuePublish(p *pepPublish) {
	n := p.node
	if l.link == nil {
		p.then(errLinkLost)
		return
	}
	if l.pep.queue == nil {
		l.pep.queue, l.pep.made = map[string][]*pepPublish{}, map[string]bool{}
	}
	if len(l.pep.queue[n.name]) >= pepWaiting {
		p.then(errPepBusy)
		return
	}
	l.pep.queue[n.name] = append(l.pep.queue[n.name], p)
	if len(l.pep.queue[n.name]) == 1 {
		l.publishFirst(n.name)
	}
}

// publishFirst begins with what stands first in the queue of a node.
func (l *loop) publishFirst(node string) {
	p := l.pep.queue[node][0]
	if p.payload == nil {
		l.askRetract(p)
		return
	}
	if !l.pep.made[node] && (l.pep.basic || !l.home.options) {
		l.configureFor(p)
		return
	}
	l.askPublish(p)
}

// published ends with what stood first, and goes on.
func (l *loop) published(p *pepPublish, err error) {
	if q := l.pep.queue[p.node.name]; len(q) > 0 && q[0] == p {
		l.pep.queue[p.node.name] = q[1:]
	}
	p.then(err)
	if len(l.pep.queue[p.node.name]) > 0 {
		l.publishFirst(p.node.name)
	}
}

func (l *loop) askPublish(p *pepPublish) {
	q := wire.New(nsPubSub, "pubsub").Add(wire.New(nsPubSub, "publish").Set("node", p.node.name).
		Add(wire.New(nsPubSub, "item").Set("id", p.id).Add(p.payload)))
	if l.home.options {
		q.Add(wire.New(nsPubSub, "publish-options").Add(p.node.form(nsPublishOptions, p.node.keep, l.pep.basic || p.configured)))
	}
	if !l.askPubSub(iq("set", "", q), func(_ *wire.Element, err error) {
		// XEP-0060 §7.1.5: the node is not as we want it. Servers differ, too, in which
		// options they know; those of the node's configuration they know all.
		var e *wire.StanzaError
		if !errors.As(err, &e) || p.configured {
			l.published(p, err)
			return
		}
		if e.App != "precondition-not-met" && e.Condition != "conflict" {
			l.pep.basic = true
		}
		l.configureFor(p)
	}) {
		l.published(p, errLinkLost)
	}
}

func (l *loop) askRetract(p *pepPublish) {
	q := wire.New(nsPubSub, "pubsub").Add(wire.New(nsPubSub, "retract").Set("node", p.node.name).Set("notify", "true").
		Add(wire.New(nsPubSub, "item").Set("id", p.id)))
	if !l.askPubSub(iq("set", "", q), func(_ *wire.Element, err error) {
		if absent(err) {
			err = nil
		}
		l.published(p, err)
	}) {
		l.published(p, errLinkLost)
	}
}

// configureFor configures the node of p and then publishes it.
func (l *loop) configureFor(p *pepPublish) {
	p.configured = true
	l.configure(p.node, p.node.keep, false, func(err error) {
		if err != nil {
			l.published(p, err)
			return
		}
		if l.pep.made != nil {
			l.pep.made[p.node.name] = true
		}
		l.askPublish(p)
	})
}

// configure makes a node as it shall be (XEP-0060 §8.2), or makes it at all.
func (l *loop) configure(n *pepNode, keep string, create bool, then func(error)) {
	form := n.form(nsNodeConfig, keep, false)
	q := wire.New(nsPubSubOwner, "pubsub").Add(wire.New(nsPubSubOwner, "configure").Set("node", n.name).Add(form))
	if create {
		q = wire.New(nsPubSub, "pubsub").Add(wire.New(nsPubSub, "create").Set("node", n.name), wire.New(nsPubSub, "configure").Add(form))
	}
	if !l.askPubSub(iq("set", "", q), func(_ *wire.Element, err error) {
		switch {
		case absent(err) && !create:
			l.configure(n, keep, true, then)
		case err == nil, err == errLinkLost:
			then(err)
		case keep == "max": // younger than many servers
			l.configure(n, "255", create, then)
		case keep != "":
			l.configure(n, "", create, then)
		default:
			then(err)
		}
	}) {
		then(errLinkLost)
	}
}

// form writes the configuration of a node. basic leaves out what only some
// servers know among the publish-options.
func (n *pepNode) form(kind, keep string, basic bool) *wire.Element {
	x := wire.New(nsData, "x").Set("type", "submit")
	field := func(name, value string) {
		if value != "" {
			x.Add(wire.New(nsData, "field").Set("var", name).Add(wire.New(nsData, "value").SetText(value)))
		}
	}
	x.Add(wire.New(nsData, "field").Set("var", "FORM_TYPE").Set("type", "hidden").Add(wire.New(nsData, "value").SetText(kind)))
	field("pubsub#persist_items", "true")
	field("pubsub#access_model", n.access)
	if !basic {
		field("pubsub#max_items", keep)
		field("pubsub#send_last_published_item", n.last)
	}
	if kind == nsNodeConfig {
		field("pubsub#notify_retract", "true") // some look here and not at the request
	}
	return x
}
