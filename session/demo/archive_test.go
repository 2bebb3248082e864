package demo_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/session/demo"
	"sotto/session/wire"
)

const (
	nsMAM = "urn:xmpp:mam:2"
	nsRSM = "http://jabber.org/protocol/rsm"
)

// page asks for a page and returns bodies, ids and the answer.
func (p *peer) page(to, form, set string) (bodies, ids []string, fin *wire.Element) {
	p.t.Helper()
	q := "<query xmlns='urn:xmpp:mam:2' queryid='q'>"
	if form != "" {
		q += "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>" + form + "</x>"
	}
	q += "<set xmlns='http://jabber.org/protocol/rsm'>" + set + "</set></query>"
	p.now()
	el, err := p.ask("set", to, q)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, st := range p.now() {
		r := st.Child(nsMAM, "result")
		if r == nil {
			continue
		}
		if r.Attr("queryid") != "q" || r.Child(nsForward, "forwarded").Child(nsDelay, "delay").Attr("stamp") == "" {
			p.t.Errorf("result %s", st.Bytes())
		}
		bodies = append(bodies, r.Child(nsForward, "forwarded").Child(wire.NSClient, "message").ChildText(wire.NSClient, "body"))
		ids = append(ids, r.Attr("id"))
	}
	return bodies, ids, el.Child(nsMAM, "fin")
}

func TestArchive(t *testing.T) {
	c := &clock{at: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)}
	s, err := demo.NewServer(demo.Options{Domain: "example.org", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.AddUser("ann", "ann")
	s.AddUser("cleo", "cleo")
	ann := online(t, s, "ann", "desk")
	for i := range 10 {
		to := "bob@example.org"
		if i%2 == 1 {
			to = "cleo@example.org"
		}
		s.Script(to[:len(to)-len("@example.org")])
		ann.send(fmt.Sprintf("<message type='chat' id='m%d' to='%s'><body>line %d</body></message>", i, to, i))
		ann.sync()
	}
	want := func(name string, got []string, lines ...int) {
		t.Helper()
		var w []string
		for _, i := range lines {
			w = append(w, fmt.Sprintf("line %d", i))
		}
		if !slices.Equal(got, w) {
			t.Errorf("%s: %v, want %v", name, got, w)
		}
	}
	all, ids, fin := ann.page("", "", "")
	want("all", all, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	if fin.Attr("complete") != "true" || fin.Child(nsRSM, "set").ChildText(nsRSM, "count") != "10" {
		t.Errorf("fin %s", fin.Bytes())
	}
	first, _, fin := ann.page("", "", "<max>3</max>")
	want("first", first, 0, 1, 2)
	if fin.Attr("complete") != "" || fin.Child(nsRSM, "set").ChildText(nsRSM, "last") != ids[2] {
		t.Errorf("fin %s", fin.Bytes())
	}
	next, _, _ := ann.page("", "", "<max>3</max><after>"+ids[2]+"</after>")
	want("next", next, 3, 4, 5)
	last, _, fin := ann.page("", "", "<max>3</max><before/>")
	want("last", last, 7, 8, 9)
	if got := fin.Child(nsRSM, "set").Child(nsRSM, "first").Attr("index"); got != "7" {
		t.Errorf("index %v, want 7", got)
	}
	before, _, _ := ann.page("", "", "<max>3</max><before>"+ids[7]+"</before>")
	want("before", before, 4, 5, 6)
	with, _, _ := ann.page("", "<field var='with'><value>cleo@example.org</value></field>", "")
	want("with", with, 1, 3, 5, 7, 9)
	none, _, fin := ann.page("", "<field var='start'><value>2030-01-01T00:00:00Z</value></field>", "")
	want("start", none)
	if fin.Attr("complete") != "true" {
		t.Errorf("fin %s", fin.Bytes())
	}
	until, _, _ := ann.page("", "<field var='end'><value>2024-05-01T12:00:00Z</value></field>", "")
	want("end", until)
	_, err = ann.ask("set", "", "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><after>gone</after></set></query>")
	if se, ok := err.(*wire.StanzaError); !ok || se.Condition != "item-not-found" {
		t.Errorf("error %v, want item-not-found", err)
	}
	cleo := online(t, s, "cleo", "desk")
	theirs, _, _ := cleo.page("", "", "<max>2</max>")
	want("theirs", theirs, 1, 3)
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { c.at = c.at.Add(time.Minute); return c.at }
