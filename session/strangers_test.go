package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// eve is a message of somebody whom nobody knows.
func eve(inner string) string {
	return "<message from='eve@evil.example/x' to='alice@example.org' type='chat' id='the-id-of-eve'>" + inner + "</message>"
}

// waiting tells who waits for an answer: address, whether it asks, messages, not kept.
func (cl *client) waiting() (all []string) {
	cl.t.Helper()
	list, err := cl.st.Requests(cl.t.Context())
	if err != nil {
		cl.t.Fatal(err)
	}
	for _, r := range list {
		all = append(all, fmt.Sprintf("%s %v %d+%d %q", r.JID, r.Asks, r.Messages, r.Dropped, r.Words))
	}
	return all
}

// open lists the chats in the list.
func (cl *client) listed() (all []string) {
	cl.t.Helper()
	list, _, err := cl.st.Chats(cl.t.Context())
	if err != nil {
		cl.t.Fatal(err)
	}
	for _, c := range list {
		all = append(all, c.JID)
	}
	slices.Sort(all)
	return all
}

// TestStrangers is who waits and who does not, and that who waits learns nothing.
func TestStrangers(t *testing.T) {
	const words, ask = "<body>buy pills</body>", "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/><composing xmlns='http://jabber.org/protocol/chatstates'/>"
	invite := "<message from='cafe@rooms.evil.example' to='alice@example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='eve@evil.example'/></x><body>come</body></message>"
	tests := map[string]struct {
		xml      []string
		waits    []string
		listed   []string
		incoming int
	}{
		"a stranger":                     {xml: []string{eve(words + ask)}, waits: []string{`eve@evil.example false 1+0 "buy pills"`}},
		"two messages":                   {xml: []string{eve(words), strings.Replace(eve("<body>more</body>"), "the-id", "other-id", 1)}, waits: []string{`eve@evil.example false 2+0 "buy pills\nmore"`}},
		"one who asks too":               {xml: []string{eve(words), "<presence type='subscribe' from='eve@evil.example'/>"}, waits: []string{`eve@evil.example true 1+0 "buy pills"`}},
		"typing behind words":            {xml: []string{eve(words), eve("<composing xmlns='http://jabber.org/protocol/chatstates'/>")}, waits: []string{`eve@evil.example false 1+0 "buy pills"`}},
		"typing alone":                   {xml: []string{eve("<composing xmlns='http://jabber.org/protocol/chatstates'/>")}},
		"one in the roster":              {xml: []string{from("<body>hi</body>")}, listed: []string{"bob@example.org"}, incoming: 1},
		"written to from elsewhere":      {xml: []string{copied("sent", "<message"+inClient+" from='alice@example.org/x' to='eve@evil.example' id='s1'><body>hello</body></message>"), eve(words)}, listed: []string{"eve@evil.example"}, incoming: 1},
		"written to afterwards":          {xml: []string{eve(words), copied("sent", "<message"+inClient+" from='alice@example.org/x' to='eve@evil.example' id='s1'><body>hello</body></message>")}, listed: []string{"eve@evil.example"}},
		"put into the roster afterwards": {xml: []string{eve(words), "<iq type='set' id='p1'><query xmlns='jabber:iq:roster'><item jid='eve@evil.example' subscription='none'/></query></iq>"}, listed: []string{"eve@evil.example"}},
		"a copy of a stranger's":         {xml: []string{copied("received", "<message"+inClient+" from='eve@evil.example/x' to='alice@example.org/y' id='c1'><body>x</body></message>")}, waits: []string{`eve@evil.example false 1+0 "x"`}},
		"who calls itself a room": {xml: []string{copied("received", "<message"+inClient+" from='eve@evil.example/x' to='alice@example.org/y' id='c1' type='chat'><x"+mark+"/><body>x</body></message>")},
			waits: []string{`eve@evil.example false 1+0 "x"`}},
		"an invitation":            {xml: []string{invite}}, // it waits among the invitations
		"a look-alike of a friend": {xml: []string{strings.ReplaceAll(from("<body>hi</body>"), "bob@example.org", "b0b@example.org")}, waits: []string{`b0b@example.org false 1+0 "hi"`}},
		"another server's bob":     {xml: []string{strings.ReplaceAll(from("<body>hi</body>"), "bob@example.org", "bob@example.net")}, waits: []string{`bob@example.net false 1+0 "hi"`}},
		"our own server":           {xml: []string{"<message from='example.org'><body>maintenance</body></message>"}, listed: []string{"example.org"}, incoming: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.sync()
			p.took()
			cl.take()
			for _, xml := range test.xml {
				p.tells(xml) // each in a transaction of its own
			}
			for _, s := range p.took() {
				if strings.Contains(s, "evil.example") {
					t.Errorf("a stranger was told %s", s)
				}
			}
			if got := cl.waiting(); !slices.Equal(got, test.waits) {
				t.Errorf("%q wait, want %q", got, test.waits)
			}
			if got := cl.listed(); !slices.Equal(got, test.listed) {
				t.Errorf("%q are listed, want %q", got, test.listed)
			}
			incoming := 0
			for _, e := range cl.take() {
				switch e.(type) {
				case session.Incoming:
					incoming++
				case session.TypingChanged:
					t.Error("a stranger is seen to type")
				}
			}
			if incoming != test.incoming {
				t.Errorf("%d notifications, want %d", incoming, test.incoming)
			}
		})
	}
}

// TestStrangerFlood: 5,000 messages and 5,000 requests fill their places and no
// more, the rest is counted, and somebody of another server still gets in.
func TestStrangerFlood(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "<message from='eve@evil.example/x' type='chat' id='m%d'><body>words %d</body></message>", i, i)
		fmt.Fprintf(&b, "<presence type='subscribe' from='s%d@evil.example'/>", i)
	}
	p.tells(b.String())
	p.tells("<presence type='subscribe' from='carol@other.example'><status>it is me</status></presence>")
	list := cl.waiting()
	if len(list) != 101 || !slices.Contains(list, `carol@other.example true 0+0 ""`) {
		t.Errorf("%d wait, want 101 with carol among them", len(list))
	}
	if !strings.HasPrefix(list[0], "eve@evil.example false 20+4980 ") {
		t.Errorf("the first is %s, want 20 messages of eve", list[0])
	}
	if n, err := cl.st.Unkept(t.Context(), cl.a.ID()); err != nil || n != 4901 {
		t.Errorf("%d (%v) found no room, want 4,901", n, err)
	}
	if got := cl.listed(); got != nil {
		t.Errorf("%q are listed", got)
	}
}

// TestStrangerAnswers: what an answer does, and that it holds over a restart.
func TestStrangerAnswers(t *testing.T) {
	const jid = "eve@evil.example"
	tests := map[string]struct {
		do     func(cl *client)
		waits  bool
		listed bool
		told   string // what eve is told, in short
	}{
		"nothing": {do: func(*client) {}, waits: true},
		"write":   {do: func(cl *client) { cl.open(jid) }, listed: true},
		"deny": {do: func(cl *client) {
			cl.a.Dismiss(jid)
			wait(cl, "the answer", func(e session.Answer) bool { return e.Code == "stranger-denied" })
		}, told: "unsubscribed"},
		"block": {do: func(cl *client) {
			cl.a.Block(jid)
			wait(cl, "the answer", func(e session.Answer) bool { return strings.HasPrefix(e.Code, "blocked") })
		}, told: "unsubscribed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			p := newPeer(t)
			opt := p.options()
			opt.Store = st
			account := store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"}
			cl := run(t, opt, account)
			cl.online()
			p.sync()
			p.tells(eve("<body>let me in</body>"))
			if test.told != "" {
				p.tells("<presence type='subscribe' from='" + jid + "'/>")
			}
			p.took()
			test.do(cl)
			p.sync()
			told := ""
			for _, s := range p.took() {
				if strings.Contains(s, jid) && strings.HasPrefix(s, "<presence") {
					told += s
				}
			}
			if want := "<presence to='" + jid + "' type='unsubscribed'/>"; test.told != "" && told != want || test.told == "" && told != "" {
				t.Errorf("eve was told %q", told)
			}
			cl.c.Close()
			cl = run(t, opt, account)
			cl.online()
			p.sync()
			if got := len(cl.waiting()) > 0; got != test.waits {
				t.Errorf("waits after the restart: %v", cl.waiting())
			}
			p.tells(strings.Replace(eve("<body>again</body>"), "the-id", "other", 1))
			if got := slices.Contains(cl.listed(), jid); got != test.listed {
				t.Errorf("listed after the restart: %v", got)
			}
			if got := len(cl.waiting()) > 0; got != test.waits {
				t.Errorf("waits after more words: %v", cl.waiting())
			}
		})
	}
}

// TestProbesOfStrangers: version, time and idle time are not for them.
func TestProbesOfStrangers(t *testing.T) {
	p := newPeer(t)
	p.login()
	for i, q := range []string{"<query xmlns='jabber:iq:version'/>", "<time xmlns='urn:xmpp:time'/>", "<query xmlns='jabber:iq:last'/>"} {
		p.tells(eve("<body>hi</body>"))
		p.sendf("<iq type='get' id='probe%d' from='eve@evil.example/x'>%s</iq>", i, q)
		el := p.await("the answer", func(el *wire.Element) bool { return el.Attr("id") == fmt.Sprint("probe", i) })
		if el.Attr("type") != "error" {
			t.Errorf("eve got %s", el.Bytes())
		}
	}
}
