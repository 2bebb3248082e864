package demo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session/demo"
	"sotto/session/wire"
)

const pubsub = "http://jabber.org/protocol/pubsub"

// publishing is the question that publishes <x>text</x>.
func publishing(node, id, text string, options ...string) string {
	form := ""
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		form += "<field var='pubsub#" + name + "'><value>" + value + "</value></field>"
	}
	if form != "" {
		form = "<publish-options><x xmlns='jabber:x:data' type='submit'>" + form + "</x></publish-options>"
	}
	return fmt.Sprintf("<pubsub xmlns='%s'><publish node='%s'><item id='%s'><x xmlns='t'>%s</x></item></publish>%s</pubsub>", pubsub, node, id, text, form)
}

func condition(err error) string {
	var e *wire.StanzaError
	if errors.As(err, &e) {
		if e.App != "" {
			return e.App
		}
		return e.Condition
	}
	return fmt.Sprint(err)
}

// TestNodes is what becomes of questions to nodes, one after the other.
func TestNodes(t *testing.T) {
	const owner = "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>"
	form := func(field, value string) string {
		return "<x xmlns='jabber:x:data' type='submit'><field var='pubsub#" + field + "'><value>" + value + "</value></field></x>"
	}
	items := func(node string) string {
		return "<pubsub xmlns='" + pubsub + "'><items node='" + node + "'/></pubsub>"
	}
	type step struct{ kind, xml, want string } // want: ids, or a condition
	tests := map[string]struct {
		pep   demo.PEP
		steps []step
	}{
		"the usual node keeps one item": {demo.PEP{}, []step{{"get", items("n"), "item-not-found"}, {"set", publishing("n", "1", "a"), "1"}, {"set", publishing("n", "2", "a"), "2"}, {"get", items("n"), "2"}}},
		"options make the node":         {demo.PEP{}, []step{{"set", publishing("n", "1", "a", "max_items=max"), "1"}, {"set", publishing("n", "2", "a", "max_items=max"), "2"}, {"get", items("n"), "1 2"}}},
		"options that do not fit":       {demo.PEP{}, []step{{"set", publishing("n", "1", "a", "access_model=open"), "1"}, {"set", publishing("n", "2", "b", "access_model=whitelist"), "precondition-not-met"}, {"set", owner + "<configure node='n'>" + form("access_model", "whitelist") + "</configure></pubsub>", ""}, {"set", publishing("n", "2", "b", "access_model=whitelist"), "2"}}},
		"few options":                   {demo.PEP{FewOptions: true}, []step{{"set", publishing("n", "1", "a", "max_items=max"), "resource-constraint"}, {"set", publishing("n", "1", "a", "persist_items=1"), "1"}}},
		"no options":                    {demo.PEP{NoOptions: true}, []step{{"set", publishing("n", "1", "a", "access_model=whitelist"), "1"}, {"set", publishing("n", "1", "a", "access_model=open"), "1"}}},
		"nothing at all":                {demo.PEP{Off: true}, []step{{"get", items("n"), "service-unavailable"}}},
		"made and configured":           {demo.PEP{}, []step{{"set", "<pubsub xmlns='" + pubsub + "'><create node='n'/><configure>" + form("max_items", "max") + "</configure></pubsub>", ""}, {"set", "<pubsub xmlns='" + pubsub + "'><create node='n'/></pubsub>", "conflict"}, {"get", items("n"), ""}}},
		"taken out":                     {demo.PEP{}, []step{{"set", publishing("n", "1", "a"), "1"}, {"set", "<pubsub xmlns='" + pubsub + "'><retract node='n'><item id='1'/></retract></pubsub>", ""}, {"get", items("n"), ""}, {"set", "<pubsub xmlns='" + pubsub + "'><retract node='n'><item id='1'/></retract></pubsub>", "item-not-found"}}},
		"emptied and deleted":           {demo.PEP{}, []step{{"set", publishing("n", "1", "a"), "1"}, {"set", owner + "<purge node='n'/></pubsub>", ""}, {"get", items("n"), ""}, {"set", owner + "<delete node='n'/></pubsub>", ""}, {"get", items("n"), "item-not-found"}}},
		"by pages": {demo.PEP{Page: 2}, []step{{"set", publishing("n", "1", "a", "max_items=max"), "1"}, {"set", publishing("n", "2", "a"), "2"}, {"set", publishing("n", "3", "a"), "3"}, {"get", items("n"), "1 2 set"},
			{"get", "<pubsub xmlns='" + pubsub + "'><items node='n'/><set xmlns='http://jabber.org/protocol/rsm'><max>2</max><after>2</after></set></pubsub>", "3 set"}}},
		"private": {demo.PEP{}, []step{{"get", "<query xmlns='jabber:iq:private'><s xmlns='t'/></query>", ""}, {"set", "<query xmlns='jabber:iq:private'><s xmlns='t'><i id='1'/></s></query>", ""}, {"get", "<query xmlns='jabber:iq:private'><s xmlns='t'/></query>", "1"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, demo.Faults{})
			s.SetPEP(test.pep)
			p := connect(t, s, "ann", "a")
			for n, step := range test.steps {
				answer, err := p.ask(step.kind, "", step.xml)
				got := ""
				if err != nil {
					got = condition(err)
				} else if len(answer.Children) > 0 {
					var ids []string
					for _, list := range answer.Children[0].Children {
						for _, i := range list.Children {
							if id := i.Attr("id"); id != "" {
								ids = append(ids, id)
							}
						}
						if list.Local == "set" {
							ids = append(ids, "set")
						}
					}
					got = strings.Join(ids, " ")
				}
				if got != step.want {
					t.Fatalf("step %d: %s\ngot %q, want %q", n, step.xml, got, step.want)
				}
			}
		})
	}
}

// TestNodesAreTold: own devices are, contacts who asked for it and may read it.
func TestNodesAreTold(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Befriend("ann", "bob", "Bob")
	p, other := online(t, s, "ann", "a"), online(t, s, "ann", "b")
	bob := connect(t, s, "bob", "b")
	bob.ask("get", "", "<query xmlns='jabber:iq:roster'/>")
	bob.send("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>")
	q := bob.wait("the question", func(st wire.Stanza) bool { return st.Local == "iq" && st.Attr("type") == "get" })
	bob.send("<iq type='result' to='example.org' id='" + q.Attr("id") + "'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='open+notify'/><feature var='closed+notify'/></query></iq>")
	bob.sync()
	told := func(p *peer) (all []string) {
		for _, st := range p.now() {
			for c := range st.Child(pubsub+"#event", "event").All(pubsub+"#event", "") {
				what := c.Attr("node")
				for _, i := range c.Children {
					what += " " + i.Local + " " + i.Attr("id")
				}
				all = append(all, st.Attr("from")+" "+what)
			}
		}
		return all
	}
	for _, xml := range []string{publishing("open", "1", "a"), publishing("closed", "1", "a", "access_model=whitelist"), publishing("silent", "1", "a"),
		"<pubsub xmlns='" + pubsub + "'><retract node='open' notify='true'><item id='1'/></retract></pubsub>"} {
		if _, err := p.ask("set", "", xml); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"ann@example.org open item 1", "ann@example.org closed item 1", "ann@example.org silent item 1", "ann@example.org open retract 1"}
	if got := told(p); !slices.Equal(got, want) {
		t.Errorf("ourselves: got %q, want %q", got, want)
	}
	if got := told(other); !slices.Equal(got, want) {
		t.Errorf("the other device: got %q, want %q", got, want)
	}
	if got, want := told(bob), []string{want[0], want[3]}; !slices.Equal(got, want) {
		t.Errorf("the contact: got %q, want %q", got, want)
	}
	if _, err := bob.ask("get", "ann@example.org", "<pubsub xmlns='"+pubsub+"'><items node='closed'/></pubsub>"); condition(err) != "forbidden" {
		t.Errorf("the contact reads what is closed: %v", err)
	}
}
