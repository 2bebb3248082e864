package session_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

const (
	commandsNS = "http://jabber.org/protocol/commands"
	gate       = "irc.example.org"
)

func commandsListed(cl *client) session.CommandsListed {
	cl.t.Helper()
	return wait(cl, "the commands", func(e session.CommandsListed) bool { return e.Done })
}

func stage(cl *client, id string) session.CommandStage {
	cl.t.Helper()
	return wait(cl, "the stage", func(e session.CommandStage) bool { return e.ID == id })
}

func asksCommand(el *wire.Element) bool { return el.Child(commandsNS, "command") != nil }

// TestCommandsListed: what an address lists is kept when it could be asked for there.
func TestCommandsListed(t *testing.T) {
	var many strings.Builder
	for i := range 700 {
		fmt.Fprintf(&many, "<item jid='%s' node='n%d'/>", gate, i)
	}
	long := strings.Repeat("x", 3000)
	for name, test := range map[string]struct {
		items, fail string
		want        []string // node=name
		more        bool
		problem     string
	}{
		"some":       {items: "<item jid='" + gate + "' node='ping' name=' Say hello '/><item jid='" + gate + "' node='b'/>", want: []string{"ping=Say hello", "b=b"}},
		"elsewhere":  {items: "<item jid='evil.example.org' node='ping' name='x'/><item jid='" + gate + "' name='no node'/><item node='x'/><item jid='" + gate + "' node='" + long + "'/>", problem: "command-none"},
		"twice":      {items: "<item jid='" + gate + "' node='a' name='1'/><item jid='" + gate + "' node='a' name='2'/>", want: []string{"a=1"}},
		"long names": {items: "<item jid='" + gate + "' node='a' name='" + long + "'/>", want: []string{"a=" + long[:300]}},
		"none":       {problem: "command-none"},
		"no such":    {fail: "item-not-found", problem: "command-none"},
		"forbidden":  {fail: "forbidden", problem: "command-forbidden"},
		"down":       {fail: "remote-server-not-found", problem: "command-unreachable"},
		"gone":       {fail: "gone", problem: "command-list-refused"},
		"many":       {items: many.String(), more: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.hush(gate)
			id := cl.a.Commands(gate)
			q := p.await("the question", asksOf(gate, itemsNS))
			if q.Children[0].Attr("node") != commandsNS {
				t.Errorf("asked %s", q.Bytes())
			}
			if test.fail != "" {
				p.fail(q, test.fail)
			} else {
				p.reply(q, "<query xmlns='"+itemsNS+"'>"+test.items+"</query>")
			}
			e := commandsListed(cl)
			var got []string
			for _, c := range e.List {
				got = append(got, c.Node+"="+c.Name)
				if c.JID != gate {
					t.Errorf("a command is said to be at %s", c.JID)
				}
			}
			code := ""
			if e.Problem != nil {
				code = e.Problem.Code
			}
			if test.more {
				if !e.More || len(e.List) != 500 {
					t.Errorf("got %d, more %v", len(e.List), e.More)
				}
			} else if !slices.Equal(got, test.want) || e.ID != id || code != test.problem || e.More {
				t.Errorf("got %q %q", got, code)
			}
		})
	}
}

// TestCommandsOfSeveral: one list of what several addresses offer; an answer of
// anybody else is none, and the silence of one hides nothing.
func TestCommandsOfSeveral(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	one, two := "bob@example.org/phone", "bob@example.org/desk"
	p.hush(one)
	p.hush(two)
	cl.a.Commands(one, two, one)
	q := p.await("the first question", asksOf(one, itemsNS))
	p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='%s'><item jid='%[2]s' node='evil'/></query></iq>", q.Attr("id"), two, itemsNS)
	p.reply(q, "<query xmlns='"+itemsNS+"'><item jid='"+one+"' node='a'/></query>")
	p.fail(p.await("the second question", asksOf(two, itemsNS)), "service-unavailable")
	if e := commandsListed(cl); len(e.List) != 1 || e.List[0].Node != "a" || e.List[0].JID != one || e.Problem != nil {
		t.Errorf("got %+v", e)
	}
	for _, bad := range []string{"", "a b", "@"} {
		cl.a.Commands(bad)
		if e := commandsListed(cl); e.Problem == nil || e.Problem.Code != "command-address" {
			t.Errorf("%q: got %+v", bad, e.Problem)
		}
	}
}

// commandEl is a <command/> of the node n and the session s1.
func commandEl(status, inner string) string {
	return "<command xmlns='" + commandsNS + "' node='n' sessionid='s1' status='" + status + "'>" + inner + "</command>"
}

const oneField = "<x xmlns='jabber:x:data' type='form'><title>T</title><field var='a' type='text-single' label='A'><value>1</value></field></x>"

// TestCommandStages: what answers to a command give.
func TestCommandStages(t *testing.T) {
	brief := func(e session.CommandStage) string {
		s := fmt.Sprintf("done=%v steps=%v usual=%s", e.Done, e.Steps, e.Usual)
		for _, n := range e.Notes {
			s += fmt.Sprintf(" %s:%s", n.Kind, n.Text)
		}
		if e.Form != nil {
			s += fmt.Sprintf(" form=%d", len(e.Form.Fields))
		}
		for _, r := range e.Results {
			s += fmt.Sprintf(" result=%d,%d,%d", len(r.Fields), len(r.Columns), len(r.Items))
			for _, row := range r.Items {
				for i := range row {
					s += " " + strings.Join(row[i].Shown(), "+")
				}
				s += ";"
			}
		}
		for _, l := range e.Links {
			s += " " + l.URL
		}
		if e.Problem != nil {
			s += " problem=" + e.Problem.Code
		}
		return s
	}
	steps := func(s string) string { return "<actions" + s + "</actions>" }
	for name, test := range map[string]struct{ answer, want string }{
		"a note":             {commandEl("completed", "<note type='info'> fine </note>"), "done=true steps=[] usual= info:fine"},
		"notes":              {commandEl("completed", "<note type='error'>no</note><note type='warn'>mind</note><note type='x'>y</note><note/>"), "done=true steps=[] usual= error:no warn:mind info:y"},
		"a form":             {commandEl("executing", oneField), "done=false steps=[complete] usual=complete form=1"},
		"a form of stages":   {commandEl("executing", steps(" execute='complete'><prev/><next/><complete/>")+oneField), "done=false steps=[prev next complete] usual=complete form=1"},
		"no usual step":      {commandEl("executing", steps("><prev/><next/>")+oneField), "done=false steps=[prev next] usual=next form=1"},
		"a wrong usual step": {commandEl("executing", steps(" execute='next'><complete/>")+oneField), "done=false steps=[complete] usual=complete form=1"},
		"back as usual":      {commandEl("executing", steps(" execute='prev'><prev/><next/>")+oneField), "done=false steps=[prev next] usual=next form=1"},
		"no steps":           {commandEl("executing", steps(">")+oneField), "done=false steps=[complete] usual=complete form=1"},
		"a question alone":   {commandEl("executing", "<note>Really?</note>"), "done=false steps=[complete] usual=complete info:Really?"},
		"a result": {commandEl("completed", "<x xmlns='jabber:x:data' type='result'><field var='h' type='hidden'><value>x</value></field><field var='a' label='A'><value>1</value></field></x>"),
			"done=true steps=[] usual= result=1,0,0"},
		"a table": {commandEl("completed", "<x xmlns='jabber:x:data' type='result'><reported><field var='u' label='User'/><field var='s' type='list-single'><option label='On'><value>1</value></option></field></reported>"+
			"<item><field var='s'><value>1</value></field><field var='u'><value>bob</value></field><field var='z'><value>no</value></field></item><item><field var='u'><value>eve</value></field></item></x>"),
			"done=true steps=[] usual= result=0,2,2 bob On; eve ;"},
		"a link":       {commandEl("completed", "<x xmlns='jabber:x:oob'><url>https://example.org/x</url></x><x xmlns='jabber:x:oob'><url>javascript:1</url></x>"), "done=true steps=[] usual= https://example.org/x"},
		"canceled":     {commandEl("canceled", ""), "done=true steps=[] usual="},
		"another node": {strings.Replace(commandEl("completed", ""), "'n'", "'m'", 1), "done=true steps=[] usual= problem=command-garbled"},
		"no status":    {commandEl("", oneField), "done=true steps=[] usual= problem=command-garbled"},
		"no session":   {strings.Replace(commandEl("executing", oneField), "s1", "", 1), "done=true steps=[] usual= problem=command-garbled"},
		"no command":   {"", "done=true steps=[] usual= problem=command-garbled"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.hush(gate)
			id := cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
			q := p.await("the command", asksCommand)
			if c := q.Child(commandsNS, "command"); q.Attr("type") != "set" || c.Attr("node") != "n" || c.Attr("sessionid") != "" || c.Attr("action") != "execute" {
				t.Errorf("asked %s", q.Bytes())
			}
			p.reply(q, test.answer)
			if got := brief(stage(cl, id)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// handled waits until the account has done what was asked of it so far.
func handled(cl *client) {
	cl.t.Helper()
	if _, err := cl.a.Occupants(context.Background(), "nobody@example.org"); err != nil {
		cl.t.Fatal(err)
	}
}

// inStage brings a command to its first stage, with a step back.
func inStage(t *testing.T) (*peer, *client, string, session.CommandStage) {
	t.Helper()
	p := newPeer(t)
	cl := p.login()
	p.hush(gate)
	id := cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	p.reply(p.await("the command", asksCommand), commandEl("executing", "<actions execute='next'><prev/><next/></actions>"+oneField))
	return p, cl, id, stage(cl, id)
}

// TestCommandSteps: the form goes with next, not with prev; what is refused brings
// it again as it was filled in; a step that is not offered is not taken.
func TestCommandSteps(t *testing.T) {
	p, cl, id, e := inStage(t)
	f := *e.Form
	f.Fill("a", "two")
	cl.a.ContinueCommand(id, session.StepFinish, &f)
	cl.a.ContinueCommand(id, session.StepNext, &f)
	cl.a.ContinueCommand(id, session.StepNext, &f) // one at a time
	handled(cl)
	q := p.await("the next step", asksCommand)
	c := q.Child(commandsNS, "command")
	x := c.Child("jabber:x:data", "x")
	if c.Attr("action") != "next" || c.Attr("sessionid") != "s1" || x.Attr("type") != "submit" || x.Child("jabber:x:data", "field").ChildText("jabber:x:data", "value") != "two" {
		t.Errorf("gave %s", q.Bytes())
	}
	p.fail(q, "bad-request")
	if e = stage(cl, id); e.Done || e.Problem == nil || e.Problem.Code != "command-refused" || e.Form.Value("a") != "two" || len(e.Steps) != 2 {
		t.Errorf("after the refusal: %+v", e)
	}
	cl.a.ContinueCommand(id, session.StepBack, e.Form)
	q = p.await("the step back", asksCommand)
	if c := q.Child(commandsNS, "command"); c.Attr("action") != "prev" || len(c.Children) != 0 {
		t.Errorf("gave %s", q.Bytes())
	}
	p.reply(q, strings.Replace(commandEl("executing", oneField), "s1", "other", 1))
	if e = stage(cl, id); !e.Done || e.Problem == nil || e.Problem.Code != "command-garbled" {
		t.Errorf("another session: %+v", e)
	}
	q = p.await("the end of it", asksCommand)
	if c := q.Child(commandsNS, "command"); c.Attr("action") != "cancel" || c.Attr("sessionid") != "s1" {
		t.Errorf("gave %s", q.Bytes())
	}
}

// TestCommandCancelled: leaving ends it at the server, also while an answer is
// awaited; no event tells of it any more.
func TestCommandCancelled(t *testing.T) {
	p, cl, id, e := inStage(t)
	cancelled := func(session string) {
		t.Helper()
		q := p.await("the end", asksCommand)
		if c := q.Child(commandsNS, "command"); c.Attr("action") != "cancel" || c.Attr("sessionid") != session || c.Attr("node") != "n" {
			t.Errorf("gave %s", q.Bytes())
		}
		p.reply(q, commandEl("canceled", ""))
	}
	cl.a.CancelCommand(id)
	cancelled("s1")
	cl.a.ContinueCommand(id, session.StepNext, e.Form) // it is over
	id = cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	q := p.await("the command", asksCommand)
	cl.a.CancelCommand(id)
	handled(cl)
	p.reply(q, strings.Replace(commandEl("executing", oneField), "s1", "s2", 1))
	cancelled("s2")
	id = cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	q = p.await("the command", asksCommand)
	p.sendf("<iq type='error' id='%s' from='%s'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><session-expired xmlns='%s'/></error></iq>", q.Attr("id"), gate, commandsNS)
	if e := stage(cl, id); !e.Done || e.Problem == nil || e.Problem.Code != "command-expired" {
		t.Errorf("got %+v", e)
	}
	id = cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	p.fail(p.await("the command", asksCommand), "gone")
	if e := stage(cl, id); !e.Done || e.Problem == nil || e.Problem.Code != "command-not-begun" {
		t.Errorf("got %+v", e)
	}
}

// TestCommandBounds: as many at once as there are, and none without a connection.
func TestCommandBounds(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.hush(gate)
	for range 8 {
		cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	}
	id := cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	if e := stage(cl, id); !e.Done || e.Problem == nil || e.Problem.Code != "command-many" {
		t.Errorf("got %+v", e)
	}
	cl.a.Disconnect()
	for range 8 {
		if e := wait(cl, "the end", func(e session.CommandStage) bool { return e.Done }); e.Problem == nil || e.Problem.Code != "command-unsure" {
			t.Errorf("got %+v", e.Problem)
		}
	}
	id = cl.a.RunCommand(session.Command{JID: gate, Node: "n"})
	if e := stage(cl, id); !e.Done || e.Problem == nil || e.Problem.Code != "offline" {
		t.Errorf("got %+v", e)
	}
	cl.a.Commands(gate)
	if e := commandsListed(cl); e.Problem == nil || e.Problem.Code != "offline" {
		t.Errorf("got %+v", e)
	}
}
