package demo_test

import (
	"testing"

	"sotto/session/demo"
	"sotto/session/wire"
)

// TestCommands: the server's commands tell, take a form back and forth, and end.
func TestCommands(t *testing.T) {
	const ns, data = "http://jabber.org/protocol/commands", "jabber:x:data"
	s := newServer(t, demo.Faults{})
	ann := online(t, s, "ann", "desk")
	step := func(attrs, form string) (*wire.Element, error) {
		t.Helper()
		el, err := ann.ask("set", "example.org", "<command xmlns='"+ns+"' "+attrs+">"+form+"</command>")
		return el.Child(ns, "command"), err
	}
	must := func(status, attrs, form string) *wire.Element {
		t.Helper()
		c, err := step(attrs, form)
		if err != nil || c.Attr("status") != status {
			t.Fatalf("%s: %v %s", attrs, err, c.Bytes())
		}
		return c
	}
	if c := must("completed", "node='status'", ""); c.Child(data, "x").Child(data, "item") == nil {
		t.Errorf("nobody is online: %s", c.Bytes())
	}
	c := must("executing", "node='order'", "")
	at := "node='order' sessionid='" + c.Attr("sessionid") + "'"
	form := func(name, v string) string {
		return "<x xmlns='jabber:x:data' type='submit'><field var='" + name + "'><value>" + v + "</value></field></x>"
	}
	if _, err := step(at+" action='next'", form("tea", "Coffee")); err == nil {
		t.Error("it takes what it does not have")
	}
	if c = must("executing", at+" action='next'", form("tea", "Sencha")); c.Child(ns, "actions").Child(ns, "prev") == nil {
		t.Errorf("no way back: %s", c.Bytes())
	}
	must("executing", at+" action='prev'", "")
	must("executing", at+" action='execute'", form("tea", "Sencha"))
	must("completed", at+" action='complete'", form("cups", "2"))
	if _, err := step(at+" action='next'", ""); err == nil {
		t.Error("it goes on behind its end")
	}
	c = must("executing", "node='order'", "")
	must("canceled", "node='order' sessionid='"+c.Attr("sessionid")+"' action='cancel'", "")
}
