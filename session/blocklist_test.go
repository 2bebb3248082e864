package session_test

import (
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const nsBlock = "urn:xmpp:blocking"

// blocking is a peer whose server keeps a list, with a client that has it.
func blocking(t *testing.T, list string, more ...string) (*peer, *client) {
	p := newPeer(t)
	p.offer(peerDomain, append([]string{nsBlock}, more...))
	p.blocked = list
	cl := p.login()
	cl.blocks("the list", func(e session.BlockedChanged) bool { return e.Offered && len(e.List) == strings.Count(list, "<item") })
	p.sync()
	p.took()
	return p, cl
}

// blocks waits for a block list.
func (cl *client) blocks(what string, ok func(session.BlockedChanged) bool) {
	cl.t.Helper()
	cl.until(what, func() bool {
		e, err := cl.a.Blocked(cl.t.Context())
		return err == nil && ok(e)
	})
}

// entries is a block list in words; an entry that the server does not know ends in *.
func (cl *client) entries() (all []string) {
	cl.t.Helper()
	e, err := cl.a.Blocked(cl.t.Context())
	if err != nil {
		cl.t.Fatal(err)
	}
	for _, b := range e.List {
		s := b.JID
		if b.Here {
			s += "*"
		}
		all = append(all, s)
	}
	return all
}

// TestBlockPushes: what another device changes is followed, from our own account
// or server only.
func TestBlockPushes(t *testing.T) {
	push := func(from, kind, items string) string {
		return "<iq type='set' id='push'" + from + "><" + kind + " xmlns='" + nsBlock + "'>" + items + "</" + kind + "></iq>"
	}
	const first = "<item jid='eve@evil.example'/><item jid='spam.example'/>"
	tests := map[string]struct {
		xml     string
		want    []string
		refused bool
	}{
		"block":                      {xml: push("", "block", "<item jid='mal@evil.example'/>"), want: []string{"eve@evil.example", "mal@evil.example", "spam.example"}},
		"block, from our account":    {xml: push(" from='alice@example.org'", "block", "<item jid='Mal@EVIL.example'/>"), want: []string{"eve@evil.example", "mal@evil.example", "spam.example"}},
		"unblock":                    {xml: push("", "unblock", "<item jid='eve@evil.example'/>"), want: []string{"spam.example"}},
		"unblock all":                {xml: push("", "unblock", "")},
		"one that is no address":     {xml: push("", "block", "<item jid='@/'/><item/>"), want: []string{"eve@evil.example", "spam.example"}},
		"known already":              {xml: push("", "block", "<item jid='spam.example'/>"), want: []string{"eve@evil.example", "spam.example"}},
		"from a contact":             {xml: push(" from='bob@example.org/x'", "unblock", ""), want: []string{"eve@evil.example", "spam.example"}, refused: true},
		"from our other device":      {xml: push(" from='alice@example.org/x'", "block", "<item jid='bob@example.org'/>"), want: []string{"eve@evil.example", "spam.example"}, refused: true},
		"from a stranger":            {xml: push(" from='mal@other.example'", "unblock", ""), want: []string{"eve@evil.example", "spam.example"}, refused: true},
		"from one who is blocked":    {xml: push(" from='eve@evil.example/x'", "unblock", ""), want: []string{"eve@evil.example", "spam.example"}, refused: true},
		"from another's server":      {xml: push(" from='evil.example'", "unblock", ""), want: []string{"eve@evil.example", "spam.example"}, refused: true},
		"one that asks for a result": {xml: push("", "block", ""), want: []string{"eve@evil.example", "spam.example"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, cl := blocking(t, first)
			p.tells(test.xml)
			if got := cl.entries(); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			el := p.await("an answer", func(el *wire.Element) bool { return el.Attr("id") == "push" })
			if refused := el.Attr("type") == "error"; refused != test.refused {
				t.Errorf("answered %s", el.Bytes())
			}
			list, err := cl.a.Refusals(t.Context())
			if err != nil || (len(list) == 1 && list[0].Reason == "block-push") != test.refused {
				t.Errorf("refused %+v (%v)", list, err)
			}
		})
	}
}

// TestBlocked: what the server lets through is dropped here, by the order of
// XEP-0191 §5; our own account is never blocked.
func TestBlocked(t *testing.T) {
	const list = "<item jid='bob@example.org'/><item jid='evil.example'/><item jid='carol@example.net/x'/><item jid='alice@example.org'/><item jid='example.org'/>"
	p, cl := blocking(t, list)
	message := func(from string) string {
		return "<message from='" + from + "' id='id-of-" + strings.ReplaceAll(from, "/", "-") + "'><body>words of " + from + "</body></message>"
	}
	p.tells(message("bob@example.org/phone"), message("eve@evil.example"), message("evil.example"), message("carol@example.net/x"), message("carol@example.net/y"),
		message("not-evil.example"), message("alice@example.org/other"),
		copied("received", "<message"+inClient+" from='eve@evil.example/x' to='alice@example.org/y' id='c'><body>words of a copy</body></message>"),
		"<presence from='bob@example.org/phone'/>", "<presence from='eve@evil.example' type='subscribe'/>",
		"<iq type='get' id='probe' from='bob@example.org/phone'><ping xmlns='urn:xmpp:ping'/></iq>")
	said := strings.Join(cl.said(), "\n")
	for who, want := range map[string]bool{"bob@": false, "eve@": false, "of evil.example": false, "net/x": false, "net/y": true, "not-evil": true, "org/other": true, "a copy": false} {
		if strings.Contains(said, who) != want {
			t.Errorf("%s: %v, want %v:\n%s", who, !want, want, said)
		}
	}
	if got := cl.waiting(); len(got) != 2 {
		t.Errorf("%q wait, want carol and the other server", got)
	}
	for _, e := range events[session.PresenceChanged](cl) {
		if e.JID == "bob@example.org" && len(e.Resources) > 0 {
			t.Error("bob is seen")
		}
	}
	if el := p.await("the answer", func(el *wire.Element) bool { return el.Attr("id") == "probe" }); el.Attr("type") != "error" {
		t.Errorf("bob got %s", el.Bytes())
	}
	// And nothing is sent there.
	chat := cl.open("bob@example.org")
	if _, ok := cl.a.Send(chat, "are you there?"); !ok {
		t.Fatal("busy")
	}
	wait(cl, "the refusal", func(e session.Refused) bool { return e.Problem.Code == "blocked" && e.Body == "are you there?" })
	cl.a.AddContact("eve@evil.example", "", nil)
	wait(cl, "the refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "blocked" })
}

// TestBlockHere: without a list of the server this machine keeps it, and hands it
// over to a server that offers one later.
func TestBlockHere(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	p := newPeer(t)
	p.offer(peerDomain, []string{"urn:xmpp:ping"})
	opt := p.options()
	opt.Store = st
	account := store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"}
	cl := run(t, opt, account)
	cl.online()
	cl.blocks("what is offered", func(e session.BlockedChanged) bool { return e.Known })
	cl.a.Block("bob@example.org")
	wait(cl, "the answer", func(e session.Answer) bool { return e.Code == "blocked-here" })
	p.tells(from("<body>hi</body>"))
	if got := cl.said(); got != nil {
		t.Errorf("got %q", got)
	}
	for _, jid := range []string{me, me + "/phone", "example.org", "@/", "nothing", ""} {
		cl.a.Block(jid)
		wait(cl, "the refusal of "+jid, func(e session.Answer) bool { return e.Problem != nil })
	}
	if got := cl.entries(); !slices.Equal(got, []string{"bob@example.org*"}) {
		t.Errorf("got %q", got)
	}
	cl.c.Close()

	p.offer(peerDomain, []string{nsBlock})
	p.blocked = "<item jid='eve@evil.example'/>"
	cl = run(t, opt, account)
	cl.online()
	p.await("bob handed over", func(el *wire.Element) bool {
		return el.Child(nsBlock, "block").Child(nsBlock, "item").Attr("jid") == "bob@example.org"
	})
	cl.blocks("both on the server", func(session.BlockedChanged) bool {
		return slices.Equal(cl.entries(), []string{"bob@example.org", "eve@evil.example"})
	})
	cl.a.Unblock("bob@example.org")
	p.await("the unblocking", func(el *wire.Element) bool {
		return el.Child(nsBlock, "unblock").Child(nsBlock, "item").Attr("jid") == "bob@example.org"
	})
	wait(cl, "the answer", func(e session.Answer) bool { return e.Code == "unblocked" })
	p.tells(from("<body>hi again</body>"))
	if got := strings.Join(cl.said(), ""); !strings.Contains(got, "hi again") {
		t.Errorf("got %q", got)
	}
}

// TestReport: the block carries the reason and the archive's names of what was
// written, where the server takes reports; where it does not, no report is sent.
func TestReport(t *testing.T) {
	for _, takes := range []bool{true, false} {
		var more []string
		code := "blocked-unreported"
		if takes {
			more, code = []string{"urn:xmpp:reporting:1"}, "blocked-reported"
		}
		p, cl := blocking(t, "", more...)
		p.tells(eve("<body>pills</body><stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='name-1'/>"), "<presence type='subscribe' from='eve@evil.example'/>")
		cl.a.Report("eve@evil.example", session.ReportSpam)
		p.await("the denial", func(el *wire.Element) bool { return el.Attr("type") == "unsubscribed" })
		item := p.await("the block", func(el *wire.Element) bool { return el.Child(nsBlock, "block") != nil }).Child(nsBlock, "block").Child(nsBlock, "item")
		report := item.Child("urn:xmpp:reporting:1", "report")
		if item.Attr("jid") != "eve@evil.example" || (report != nil) != takes {
			t.Errorf("sent %s", item.Bytes())
		}
		if takes && (report.Attr("reason") != "urn:xmpp:reporting:spam" || report.Child("urn:xmpp:sid:0", "stanza-id").Attr("id") != "name-1") {
			t.Errorf("reported %s", report.Bytes())
		}
		wait(cl, "the answer", func(e session.Answer) bool { return e.Code == code })
		if got := cl.waiting(); got != nil {
			t.Errorf("%q wait", got)
		}
	}
}

// TestRefusals: what was refused is listed once for each sender and reason, and
// bounded.
func TestRefusals(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	var b strings.Builder
	for range 300 {
		b.WriteString("<iq type='set' id='r' from='eve@evil.example/x'><query xmlns='jabber:iq:roster'><item jid='eve@evil.example' subscription='both'/></query></iq>")
	}
	p.tells(b.String())
	b.Reset()
	for i := range 250 {
		b.WriteString("<message from='s" + strings.Repeat("x", i) + "@evil.example' type='groupchat'><body>x</body></message>")
	}
	p.tells(b.String())
	list, err := cl.a.Refusals(t.Context())
	if err != nil || len(list) != 200 {
		t.Fatalf("got %d (%v), want 200", len(list), err)
	}
	if r := list[199]; r.Reason != "groupchat" || r.Times != 1 || !strings.HasPrefix(r.Start, "<message") || r.At.IsZero() {
		t.Errorf("got %+v", r)
	}
	p.tells("<message from='carol@evil.example' type='groupchat'><body>x</body></message>", "<message from='carol@evil.example' type='groupchat'><body>y</body></message>")
	if list, err = cl.a.Refusals(t.Context()); err != nil || list[199].Times != 2 || list[199].From != "carol@evil.example" {
		t.Errorf("got %+v", list[199])
	}
}
