package wire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/ping"
	"mellium.im/xmpp/version"

	"sotto/session/wire"
)

func message(id string) *wire.Element {
	return wire.New(wire.NSClient, "message").Set("id", id).Set("to", "bob@example.org").Add(wire.New(wire.NSClient, "body").SetText(id))
}

// h waits for our counter and returns it.
func (p *peer) h() string {
	p.until("<a ")
	s := " " + p.until("/>")
	return attr(s, "h")
}

func TestSendAndAcknowledge(t *testing.T) {
	acked := make(chan string)
	link, end := connected(t, true, func(p *peer) {
		for _, id := range []string{"one", "two"} {
			if got := attr(p.until("</message>"), "id"); got != id {
				t.Errorf("got %s, want %s", got, id)
			}
		}
		p.until("<r ")
		p.until(">")
		p.say("<a xmlns='urn:xmpp:sm:3' h='2'/>")
		acked <- p.until("</message>")
		p.drain()
	})
	defer end()
	link.Send(message("one"))
	seq, err := link.Send(message("two"))
	if err != nil || seq != 2 {
		t.Fatalf("got %d, %v", seq, err)
	}
	for link.Acked() < 2 {
		<-link.Ready()
	}
	if got := link.Written(); got != 2 {
		t.Errorf("written %d", got)
	}
	if _, err := link.SendBytes([]byte("<message><body>half")); err == nil {
		t.Error("half a stanza was accepted")
	}
	if _, err := link.SendBytes([]byte("<message/><message/>")); err == nil {
		t.Error("two stanzas were accepted")
	}
	link.SendBytes([]byte("<message id='x'><body>raw</body></message>"))
	if got := <-acked; !strings.HasSuffix(got, "<message id='x'><body>raw</body></message>") {
		t.Errorf("got %q", got)
	}
}

func TestWrongCounter(t *testing.T) {
	for name, h := range map[string]string{"too high": "2", "way back": "4294967295", "nonsense": "x", "missing": ""} {
		t.Run(name, func(t *testing.T) {
			link, end := connected(t, true, func(p *peer) {
				p.until("<r ")
				p.until(">")
				p.say("<a xmlns='urn:xmpp:sm:3' h='" + h + "'/>")
				p.until("undefined-condition")
				p.drain()
			})
			defer end()
			link.Send(message("one"))
			<-link.Done()
			if got := wire.KindOf(link.Err()); got != wire.StreamError {
				t.Errorf("got %v: %v", got, link.Err())
			}
			if link.Acked() != 0 {
				t.Error("believed it")
			}
		})
	}
}

func TestCommitDecidesCounter(t *testing.T) {
	got := make(chan string)
	link, end := connected(t, true, func(p *peer) {
		p.say("<message from='bob@example.org/a' id='1'/>")
		p.say("<message from='@/' id='2'/>")
		p.say("<message from='bob@example.org/a' id='3'/><r xmlns='urn:xmpp:sm:3'/>")
		got <- p.h()
		got <- p.h() // unasked, once it is safe
		p.say("<r xmlns='urn:xmpp:sm:3'/>")
		got <- p.h()
		p.drain()
	})
	defer end()
	if h := <-got; h != "0" {
		t.Errorf("nothing committed: h=%s", h)
	}
	in := collect(link, 2)
	link.Commit(in[0].Seq)
	if h := <-got; h != "2" {
		t.Errorf("first committed, second dropped: h=%s", h)
	}
	link.Commit(1000)
	for {
		select {
		case h := <-got:
			if h != "3" && h != "2" {
				t.Errorf("all committed: h=%s", h)
			}
			return
		case <-link.Done():
			t.Fatal(link.Err())
		}
	}
}

func TestRefused(t *testing.T) {
	link, end := connected(t, false, func(p *peer) {
		id := attr(p.until("</iq>"), "id")
		p.sayf("<iq type='result' id='%s' from='mallory@example.com/x'/>", id)
		p.sayf("<iq type='result' id='%s' from='@/'/>", id)
		p.sayf("<iq type='result' id='%s' from=''/>", id)
		p.say("<iq type='result' id='guess' from='mallory@example.com/x'/>")
		p.say("<message from='a b@example.com'/><message from='bob@example.com' to='@@@'/>")
		p.sayf("<iq type='result' id='%s' from='bob@example.com/x'><query xmlns='jabber:iq:version'><name>n</name></query></iq>", id)
		p.drain()
	})
	defer end()
	answer, err := link.Call(context.Background(), wire.New(wire.NSClient, "iq").Set("type", "get").Set("to", "bob@example.com/x").Add(wire.New("jabber:iq:version", "query")))
	if err != nil || answer.Child("jabber:iq:version", "query").ChildText("jabber:iq:version", "name") != "n" {
		t.Fatalf("got %v, %v", answer, err)
	}
	var why []string
	for _, r := range link.Refused() {
		why = append(why, r.Reason.String()+" "+r.From)
	}
	want := "[wrong sender mallory@example.com/x unparsable sender @/ unparsable sender  unasked answer mallory@example.com/x unparsable sender a b@example.com]"
	if got := fmt.Sprint(why); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if link.RefusedTotal() != 5 || len(link.Refused()) != 0 {
		t.Error("not drained or not counted")
	}
	in := collect(link, 1)
	if !in[0].To.Opaque() || in[0].From.String() != "bob@example.com" {
		t.Errorf("got %v to %v", in[0].From, in[0].To)
	}
}

func TestAnswerToOwnServer(t *testing.T) {
	for _, from := range []string{"", " from='ann@example.org'", " from='ann@example.org/r'", " from='example.org'", " from='Ann@EXAMPLE.org'"} {
		t.Run(from, func(t *testing.T) {
			link, end := connected(t, true, func(p *peer) {
				id := attr(p.until("</iq>"), "id")
				p.sayf("<iq type='result' id='%s'%s/>", id, from)
				p.drain()
			})
			defer end()
			ticket, err := link.Ask(wire.New(wire.NSClient, "iq").Set("type", "get").Add(wire.New("jabber:iq:roster", "query")))
			if err != nil {
				t.Fatal(err)
			}
			if in := collect(link, 1); len(in) != 1 || in[0].Answers != ticket {
				t.Errorf("got %v", in)
			}
		})
	}
}

func TestCallErrors(t *testing.T) {
	link, end := connected(t, false, func(p *peer) {
		id := attr(p.until("</iq>"), "id")
		p.sayf("<iq type='error' id='%s' from='bob@example.com'><error type='cancel' by='example.com'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text><gone xmlns='urn:x'/></error></iq>", id)
		p.until("</iq>")
	})
	defer end()
	iq := func() *wire.Element {
		return wire.New(wire.NSClient, "iq").Set("type", "get").Set("to", "bob@example.com").Add(wire.New("urn:x", "x"))
	}
	_, err := link.Call(context.Background(), iq())
	var se *wire.StanzaError
	if !errors.As(err, &se) || se.Condition != "item-not-found" || se.Text != "no" || se.App != "gone" || se.By != "example.com" || se.Type != "cancel" {
		t.Errorf("got %#v", err)
	}
	if _, err := link.Call(context.Background(), iq()); wire.KindOf(err) != wire.Closed {
		t.Errorf("link ended, got %v", err)
	}
	if _, err := link.Call(context.Background(), wire.New(wire.NSClient, "iq").Set("type", "result")); err == nil {
		t.Error("a result is no question")
	}
}

func TestHostileStream(t *testing.T) {
	deep := strings.Repeat("<a>", 70)
	attrs := ""
	for i := range 300 {
		attrs += fmt.Sprintf(" a%d='x'", i)
	}
	cases := map[string]struct {
		xml, cond string
		kind      wire.Kind
	}{
		"malformed":                 {"<message><body></message>", "not-well-formed", wire.Malformed},
		"too deep":                  {"<message>" + deep, "policy-violation", wire.TooBig},
		"too many attributes":       {"<message" + attrs + "/>", "policy-violation", wire.TooBig},
		"too many elements":         {"<message>" + strings.Repeat("<a/>", 70_000), "policy-violation", wire.TooBig},
		"too big":                   {"<message><body>" + strings.Repeat("x", 1<<20) + "</body></message>", "policy-violation", wire.TooBig},
		"too big, end never comes":  {strings.Repeat(" ", 1<<20+100), "policy-violation", wire.TooBig},
		"too big, unasked answer":   {"<iq type='result' id='1'><query>" + strings.Repeat("x", 1<<20) + "</query></iq>", "policy-violation", wire.TooBig},
		"dtd":                       {"<!DOCTYPE x>", "restricted-xml", wire.Malformed},
		"dtd inside":                {"<message><!DOCTYPE x></message>", "restricted-xml", wire.Malformed},
		"comment":                   {"<message><!-- hi --></message>", "restricted-xml", wire.Malformed},
		"processing instruction":    {"<message><?php ?></message>", "restricted-xml", wire.Malformed},
		"second declaration":        {"<?xml version='1.0'?>", "restricted-xml", wire.Malformed},
		"entity":                    {"<message>&nbsp;</message>", "not-well-formed", wire.Malformed},
		"attribute twice":           {"<message id='a' id='b'/>", "not-well-formed", wire.Malformed},
		"attribute twice by prefix": {"<message xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>", "not-well-formed", wire.Malformed},
		"declared twice":            {"<message xmlns:a='u' xmlns:a='v'/>", "not-well-formed", wire.Malformed},
		"undeclared prefix":         {"<message><a:b/></message>", "bad-namespace-prefix", wire.Malformed},
		"undeclared on attribute":   {"<message a:b='c'/>", "bad-namespace-prefix", wire.Malformed},
		"xmlns as prefix":           {"<message xmlns:xmlns='u'/>", "bad-namespace-prefix", wire.Malformed},
		"foreign top element":       {"<message xmlns='urn:x'/>", "unsupported-stanza-type", wire.Malformed},
		"unknown top element":       {"<massage/>", "unsupported-stanza-type", wire.Malformed},
		"features again":            {"<stream:features/>", "unsupported-stanza-type", wire.Malformed},
		"sasl again":                {"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "unsupported-stanza-type", wire.Malformed},
		"stray text":                {"hello<message/>", "bad-format", wire.Malformed},
		"stray cdata":               {"<![CDATA[ ]]><message/>", "bad-format", wire.Malformed},
		"bad utf-8":                 {"<message>\xff</message>", "not-well-formed", wire.Malformed},
		"NUL":                       {"<message>\x00</message>", "not-well-formed", wire.Malformed},
		"NUL by reference":          {"<message>&#0;</message>", "not-well-formed", wire.Malformed},
		"wrong end":                 {"</stream>", "not-well-formed", wire.Malformed},
		"stream error":              {"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced</text></stream:error></stream:stream>", "conflict", wire.Conflict},
		"policy":                    {"<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>", "policy-violation", wire.PolicyViolation},
		"end of stream":             {"</stream:stream>", "", wire.Closed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			told := make(chan string, 1)
			link, end := connected(t, false, func(p *peer) {
				from := p.seen.Len()
				done := make(chan struct{})
				go func() { defer close(done); p.drain() }()
				p.conn.Write([]byte(c.xml))
				<-done
				told <- p.seen.String()[from:]
			})
			defer end()
			<-link.Done()
			var e *wire.Error
			if !errors.As(link.Err(), &e) || e.Kind != c.kind || e.Condition != c.cond {
				t.Errorf("got %v, want %v %s", link.Err(), c.kind, c.cond)
			}
			got := <-told
			if c.kind == wire.Malformed || c.kind == wire.TooBig {
				if !strings.Contains(got, "<stream:error><"+c.cond+" ") || !strings.HasSuffix(got, "</stream:stream>") {
					t.Errorf("server was told %q", got)
				}
			}
		})
	}
}

func TestLargeAnswer(t *testing.T) {
	item := "<item jid='somebody.with.a.name@example.org' name='Somebody' subscription='both'><group>Friends</group></item>"
	const n = 20_000
	link, end := connected(t, false, func(p *peer) {
		id := attr(p.until("</iq>"), "id")
		p.sayf("<iq type='result' id='%s'><query xmlns='jabber:iq:roster'>%s</query></iq>", id, strings.Repeat(item, n))
		p.drain()
	})
	defer end()
	answer, err := link.Call(context.Background(), wire.New(wire.NSClient, "iq").Set("type", "get").Add(wire.New("jabber:iq:roster", "query")))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(answer.Children[0].Children); got != n {
		t.Errorf("got %d", got)
	}
}

func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := strings.Repeat("x", 1000)
		written := 0
		link, end := connected(t, false, func(p *peer) {
			go p.drain()
			for range 20_000 {
				p.say("<message from='bob@example.org'><body>" + body + "</body></message>")
				written++
			}
		})
		defer end()
		synctest.Wait()
		if written > 5_000 || written < 3_900 {
			t.Errorf("reader took %d stanzas without a Take", written)
		}
		// A caller which takes a little now and then keeps the link.
		for range 5 {
			time.Sleep(50 * time.Second)
			if len(link.Take(1)) == 0 {
				t.Fatal("nothing to take")
			}
		}
		at := time.Now()
		<-link.Done()
		if got := time.Since(at); got < 59*time.Second || got > 61*time.Second {
			t.Errorf("held for %v", got)
		}
		if wire.KindOf(link.Err()) != wire.Closed {
			t.Errorf("got %v", link.Err())
		}
	})
}

func TestWatchdog(t *testing.T) {
	cases := map[string]struct {
		sm     bool
		send   bool
		script func(p *peer)
		least  time.Duration
		most   time.Duration
		kind   wire.Kind
	}{
		"sm, silence after a message":    {true, true, func(p *peer) { p.drain() }, 5 * time.Second, 6 * time.Second, wire.Timeout},
		"no sm, silence after a message": {false, true, func(p *peer) { p.drain() }, 15 * time.Second, 21 * time.Second, wire.Timeout},
		"sm, idle":                       {true, false, func(p *peer) { p.drain() }, 65 * time.Second, 66 * time.Second, wire.Timeout},
		"no sm, idle":                    {false, false, func(p *peer) { p.drain() }, 65 * time.Second, 66 * time.Second, wire.Timeout},
		"server does not read":           {true, true, func(p *peer) { time.Sleep(time.Hour) }, 5 * time.Second, 6 * time.Second, wire.Timeout},
		"other bytes arrive": {true, true, func(p *peer) {
			go p.drain()
			for {
				time.Sleep(time.Second)
				p.say("\n")
			}
		}, 119 * time.Second, 121 * time.Second, wire.Timeout},
		"answers, but counts nothing": {true, true, func(p *peer) {
			for {
				p.until("<r ")
				p.say("<a xmlns='urn:xmpp:sm:3' h='0'/>")
			}
		}, 119 * time.Second, 126 * time.Second, wire.Timeout},
		"alive for an hour": {true, true, func(p *peer) {
			end := time.Now().Add(time.Hour)
			for time.Now().Before(end) {
				p.until("<r ")
				p.say("<a xmlns='urn:xmpp:sm:3' h='1'/>")
			}
		}, time.Hour, time.Hour + 2*time.Minute, wire.Closed},
		"alive for an hour without sm": {false, true, func(p *peer) {
			end := time.Now().Add(time.Hour)
			for time.Now().Before(end) {
				p.until("<iq ")
				p.sayf("<iq type='error' id='%s' from='example.org'/>", attr(" "+p.until(">"), "id"))
			}
		}, time.Hour, time.Hour + 2*time.Minute, wire.Closed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				link, end := connected(t, c.sm, c.script)
				defer end()
				start := time.Now()
				if c.send {
					link.Send(message("one"))
				}
				<-link.Done()
				if got := time.Since(start); got < c.least || got > c.most {
					t.Errorf("ended after %v, want %v to %v", got, c.least, c.most)
				}
				if got := wire.KindOf(link.Err()); got != c.kind {
					t.Errorf("got %v: %v", got, link.Err())
				}
			})
		})
	}
}

// TestProbe: a link that may have died in a sleep proves within five seconds
// that it lives, or is given up.
func TestProbe(t *testing.T) {
	for _, sm := range []bool{true, false} {
		for _, alive := range []bool{true, false} {
			t.Run(fmt.Sprintf("sm %v, alive %v", sm, alive), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					link, end := connected(t, sm, func(p *peer) {
						if !alive {
							p.drain()
						}
						if sm {
							p.until("<r ")
							p.say("<a xmlns='urn:xmpp:sm:3' h='0'/>")
						} else {
							p.until("<iq ")
							p.sayf("<iq type='error' id='%s' from='example.org'/>", attr(" "+p.until(">"), "id"))
						}
						p.drain()
					})
					defer end()
					time.Sleep(20 * time.Second)
					start := time.Now()
					link.Probe()
					time.Sleep(10 * time.Second)
					synctest.Wait()
					select {
					case <-link.Done():
						if alive {
							t.Errorf("a link that lives was given up: %v", link.Err())
						}
					default:
						if !alive {
							t.Errorf("a dead link is not noticed after %v", time.Since(start))
						}
					}
				})
			})
		}
	}
}

func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bursts []int
		link, end := connected(t, true, func(p *peer) {
			h := 0
			for h < 100 {
				got := p.until("<r ")
				n := strings.Count(got, "<message")
				bursts = append(bursts, len(got))
				h += n
				p.sayf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", h)
			}
			p.drain()
		})
		defer end()
		for range 100 {
			link.Send(message(strings.Repeat("m", 150)))
		}
		synctest.Wait()
		if link.Acked() != 100 {
			t.Errorf("acked %d", link.Acked())
		}
		for i, n := range bursts {
			if n > 2700 {
				t.Errorf("burst %d has %d bytes", i, n)
			}
		}
	})
}

func TestClose(t *testing.T) {
	link, end := connected(t, true, func(p *peer) {
		p.say("<message from='bob@example.org'/>")
		got := p.until("</stream:stream>")
		if !strings.Contains(got, "<body>last</body>") || !strings.Contains(got, "h='1'") {
			t.Errorf("got %q", got)
		}
		p.say("</stream:stream>")
		p.drain()
	})
	defer end()
	link.Commit(collect(link, 1)[0].Seq)
	link.Send(message("last"))
	link.Close(context.Background())
	if link.Err() != nil {
		t.Errorf("got %v", link.Err())
	}
	if _, err := link.Send(message("later")); wire.KindOf(err) != wire.Closed {
		t.Errorf("got %v", err)
	}
}

func TestQueueLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link, end := connected(t, true, func(p *peer) { p.until("</message>"); time.Sleep(3 * time.Second) })
		defer end()
		big := message(strings.Repeat("x", 1<<20))
		var err error
		n := 0
		for ; err == nil && n < 100; n++ {
			_, err = link.Send(big)
		}
		if wire.KindOf(err) != wire.Busy {
			t.Errorf("got %v after %d", err, n)
		}
	})
}

func TestLend(t *testing.T) {
	link, end := connected(t, true, func(p *peer) {
		p.say("<message from='bob@example.org'><body>not for the helper</body></message>")
		id := attr(p.until("</iq>"), "id")
		p.sayf("<iq type='result' id='%s' from='mallory@example.com'><query xmlns='jabber:iq:version'><name>false</name></query></iq>", id)
		p.sayf("<iq type='result' id='%s' from='bob@example.org/x'><query xmlns='jabber:iq:version'><name>true</name><version>1 &amp; 2</version></query></iq>", id)
		p.sayf("<iq type='result' id='%s' from='example.org'/>", attr(p.until("</iq>"), "id"))
		p.sayf("<iq type='result' id='%s' from='example.org'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im'/><feature var='urn:xmpp:ping'/></query></iq>", attr(p.until("</iq>"), "id"))
		p.sayf("<iq type='error' id='%s' from='example.org'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", attr(p.until("</iq>"), "id"))
		p.drain()
	})
	defer end()
	ctx := context.Background()
	s, done, err := link.Lend(ctx)
	if err != nil {
		t.Fatal(err)
	}
	v, err := version.Get(ctx, s, jid.MustParse("bob@example.org/x"))
	if err != nil || v.Name != "true" || v.Version != "1 & 2" {
		t.Errorf("version: %+v, %v", v, err)
	}
	server := jid.MustParse("example.org")
	if err := ping.Send(ctx, s, server); err != nil {
		t.Errorf("ping: %v", err)
	}
	info, err := disco.GetInfo(ctx, "", server, s)
	if err != nil || len(info.Features) != 1 {
		t.Errorf("disco: %+v, %v", info, err)
	}
	if _, err := disco.GetInfo(ctx, "", server, s); err == nil {
		t.Error("forbidden was no error")
	}
	done()
	if _, err := version.Get(ctx, s, server); err == nil {
		t.Error("a returned session still works")
	}

	// A helper that waits is woken when the loan ends, and when the link does.
	s, done, _ = link.Lend(ctx)
	woken := make(chan error)
	go func() {
		_, err := version.Get(ctx, s, server)
		woken <- err
	}()
	for link.Written() < 5 {
		<-link.Ready()
	}
	done()
	if err := <-woken; err == nil {
		t.Error("woken without an error")
	}
	if got := len(link.Take(10)); got != 1 {
		t.Errorf("took %d", got)
	}
}

func TestLendEndsWithLink(t *testing.T) {
	link, end := connected(t, false, func(p *peer) { p.until("</iq>") })
	defer end()
	s, done, err := link.Lend(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if _, err := version.Get(context.Background(), s, jid.MustParse("example.org")); err == nil {
		t.Error("no error")
	}
}
