package demo

import (
	"slices"
	"strconv"

	"sotto/session/wire"
)

// The server has two commands (XEP-0050), so that there is something to see: one
// that tells, with a table, and one of two stages.

const nsCommands = "http://jabber.org/protocol/commands"

const (
	statusNode = "status"
	orderNode  = "order"
	ordersMax  = 16 // of a session
)

// order is a command of a session that is being carried out.
type order struct {
	stage int
	tea   string
}

var teas = []string{"Darjeeling", "Sencha", "Rooibos"}

// commandItems lists the commands.
func (s *Server) commandItems() *wire.Element {
	q := wire.New(nsDiscoItems, "query").Set("node", nsCommands)
	for _, c := range [][2]string{{statusNode, "Who is online"}, {orderNode, "Order tea"}} {
		q.Add(wire.New(nsDiscoItems, "item").Set("jid", s.domain).Set("node", c[0]).Set("name", c[1]))
	}
	return q
}

// command takes a step of a command.
func (s *Server) command(x *session, el *wire.Element) {
	c := el.Children[0]
	switch id := c.Attr("sessionid"); {
	case c.Attr("node") == statusNode:
		s.succeed(x, el, commandOf(statusNode, "completed", s.newID()).Add(s.whoIsOnline()))
	case c.Attr("node") != orderNode:
		s.fail(x, el, "cancel", "item-not-found")
	case id == "":
		if len(x.orders) >= ordersMax {
			clear(x.orders) // nobody came back to them
		}
		if x.orders == nil {
			x.orders = map[string]*order{}
		}
		id = s.newID()
		x.orders[id] = &order{}
		s.succeed(x, el, x.orders[id].show(id))
	case x.orders[id] == nil:
		e := errorFor(el, "cancel", "not-allowed").Set("to", x.jid.String())
		e.Child(wire.NSClient, "error").Add(wire.New(nsCommands, "session-expired"))
		s.send(x, e)
	default:
		s.orderStep(x, el, id)
	}
}

func (s *Server) orderStep(x *session, el *wire.Element, id string) {
	c, o := el.Children[0], x.orders[id]
	given := map[string]string{}
	for f := range c.Child(nsData, "x").All(nsData, "field") {
		given[f.Attr("var")] = f.ChildText(nsData, "value")
	}
	switch action := c.Attr("action"); {
	case action == "cancel":
		delete(x.orders, id)
		s.succeed(x, el, commandOf(orderNode, "canceled", id))
	case action == "prev" && o.stage == 1:
		o.stage = 0
		s.succeed(x, el, o.show(id))
	case o.stage == 0 && action != "prev" && action != "complete":
		if !slices.Contains(teas, given["tea"]) {
			s.fail(x, el, "modify", "bad-request")
			return
		}
		o.tea, o.stage = given["tea"], 1
		s.succeed(x, el, o.show(id))
	case o.stage == 1 && action != "prev" && action != "next":
		delete(x.orders, id)
		words := given["cups"] + " × " + o.tea
		if given["milk"] == "1" {
			words += ", with milk"
		}
		s.succeed(x, el, commandOf(orderNode, "completed", id).Add(wire.New(nsCommands, "note").Set("type", "info").SetText("It is on its way: "+words+".")))
	default:
		s.fail(x, el, "modify", "bad-request")
	}
}

// show is the stage of an order.
func (o *order) show(id string) *wire.Element {
	actions, form := wire.New(nsCommands, "actions"), wire.New(nsData, "x").Set("type", "form")
	words := func(name, t string) *wire.Element { return wire.New(nsData, name).SetText(t) }
	field := func(name, kind, label, value string) *wire.Element {
		f := wire.New(nsData, "field").Set("var", name).Set("type", kind).Set("label", label)
		if value != "" {
			f.Add(words("value", value))
		}
		form.Add(f)
		return f
	}
	if o.stage == 0 {
		actions.Set("execute", "next").Add(wire.New(nsCommands, "next"))
		form.Add(words("instructions", "Nothing is poured: this is a demo."))
		f := field("tea", "list-single", "Which one", o.tea)
		if o.tea == "" {
			f.Add(words("value", teas[0]))
		}
		for _, t := range teas {
			f.Add(wire.New(nsData, "option").Set("label", t).Add(words("value", t)))
		}
	} else {
		actions.Set("execute", "complete").Add(wire.New(nsCommands, "prev"), wire.New(nsCommands, "complete"))
		form.Add(words("instructions", o.tea+", a good choice."))
		field("cups", "text-single", "How many cups", "1")
		field("milk", "boolean", "With milk", "0")
	}
	return commandOf(orderNode, "executing", id).Add(actions, form)
}

func commandOf(node, status, id string) *wire.Element {
	return wire.New(nsCommands, "command").Set("node", node).Set("sessionid", id).Set("status", status)
}

// whoIsOnline is a table of the accounts that are there.
func (s *Server) whoIsOnline() *wire.Element {
	x := wire.New(nsData, "x").Set("type", "result").Add(wire.New(nsData, "title").SetText("Who is online"))
	value := func(name, v string) *wire.Element {
		return wire.New(nsData, "field").Set("var", name).Add(wire.New(nsData, "value").SetText(v))
	}
	reported := wire.New(nsData, "reported")
	for _, c := range [][2]string{{"who", "Account"}, {"devices", "Devices"}} {
		reported.Add(wire.New(nsData, "field").Set("var", c[0]).Set("label", c[1]).Set("type", "text-single"))
	}
	x.Add(reported)
	for _, name := range sortedKeys(s.users) {
		n := 0
		for _, y := range s.users[name].sessions {
			if y.presence != nil {
				n++
			}
		}
		if n > 0 {
			x.Add(wire.New(nsData, "item").Add(value("who", s.users[name].jid.String()), value("devices", strconv.Itoa(n))))
		}
	}
	return x
}
