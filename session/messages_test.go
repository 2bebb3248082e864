package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// from is a message of bob's phone with what stands in it.
func from(inner string, attrs ...string) string {
	a := "type='chat' id='the-id-of-bob'"
	if len(attrs) > 0 {
		a = attrs[0]
	}
	return "<message from='bob@example.org/phone' to='alice@example.org' " + a + ">" + inner + "</message>"
}

// copied is a carbon copy of our own account.
func copied(kind, inner string) string {
	return "<message from='alice@example.org' to='alice@example.org/sotto'><" + kind + " xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
		inner + "</forwarded></" + kind + "></message>"
}

const (
	mark     = " xmlns='http://jabber.org/protocol/muc#user'"
	inClient = " xmlns='jabber:client'"
)

// TestMessageForms is what becomes of a message, form by form: the rows, the
// notifications and what was refused.
func TestMessageForms(t *testing.T) {
	const bob = "bob@example.org "
	huge := strings.Repeat("x", 600<<10)
	delay := func(from, stamp string) string {
		return "<delay xmlns='urn:xmpp:delay' from='" + from + "' stamp='" + stamp + "'/>"
	}
	tests := map[string]struct {
		xml      []string
		want     []string
		incoming int
		refused  int
	}{
		"a line":                    {xml: []string{from("<body>hi</body>")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"no type":                   {xml: []string{from("<body>hi</body>", "id='x'")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"a type nobody knows":       {xml: []string{from("<body>hi</body>", "type='shout'")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"a headline":                {xml: []string{from("<body>hi</body><request xmlns='urn:xmpp:receipts'/>", "type='headline' id='x'")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"several languages":         {xml: []string{from("<body xml:lang='de'>hallo</body><body>hi</body>")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"only other languages":      {xml: []string{from("<body xml:lang='de'>hallo</body><body xml:lang='fr'>salut</body>")}, want: []string{bob + `in "hallo"`}, incoming: 1},
		"empty body":                {xml: []string{from("<body/>")}},
		"only line ends":            {xml: []string{from("<body>\n\n</body>")}},
		"only a subject":            {xml: []string{from("<subject>s</subject>")}},
		"body of another namespace": {xml: []string{from("<body xmlns='http://www.w3.org/1999/xhtml'>evil</body>")}},
		"OMEMO with an excuse":      {xml: []string{from("<body>I sent you an OMEMO message</body><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>AA==</payload></encrypted>")}, want: []string{bob + `in "" OMEMO not-supported`}, incoming: 1},
		"OMEMO keys only":           {xml: []string{from("<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>")}},
		"encrypted by EME":          {xml: []string{from("<body>excuse</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0' name='OTR'/>")}, want: []string{bob + `in "" OTR not-supported`}, incoming: 1},
		"huge":                      {xml: []string{from("<body>" + huge + "</body>")}, want: []string{bob + `in "xxxxxxxxxx"… 524288 bytes`}, incoming: 1},
		"delayed by the server":     {xml: []string{from("<body>hi</body>" + delay("example.org", "2020-02-03T04:05:06Z"))}, want: []string{bob + `in "hi" of 2020-02-03`}, incoming: 1},
		"delayed by the contact":    {xml: []string{from("<body>hi</body>" + delay("bob@example.org", "2020-02-03T04:05:06Z"))}, want: []string{bob + `in "hi"`}, incoming: 1},
		"delayed by nobody":         {xml: []string{from("<body>hi</body><delay xmlns='urn:xmpp:delay' stamp='2020-02-03T04:05:06Z'/>")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"delayed into the future":   {xml: []string{from("<body>hi</body>" + delay("example.org", "2400-02-03T04:05:06Z"))}, want: []string{bob + `in "hi"`}, incoming: 1},
		"delayed by nonsense":       {xml: []string{from("<body>hi</body>" + delay("example.org", "yesterday"))}, want: []string{bob + `in "hi"`}, incoming: 1},
		"the same one twice":        {xml: []string{from("<body>hi</body>"), from("<body>hi</body>")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"its id with other words":   {xml: []string{from("<body>hi</body>"), from("<body>ho</body>")}, want: []string{bob + `in "hi"`, bob + `in "ho"`}, incoming: 2},
		"stanza-id of another by": {xml: []string{from("<body>hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='bob@example.org' id='s1'/>", "id='1'"),
			from("<body>ho</body><stanza-id xmlns='urn:xmpp:sid:0' by='bob@example.org' id='s1'/>", "id='2'")}, want: []string{bob + `in "hi"`, bob + `in "ho"`}, incoming: 2},
		"our archive's name twice": {xml: []string{from("<body>hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='s1'/>", "id='1'"),
			from("<body>hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='s1'/>", "id='2'")}, want: []string{bob + `in "hi"`}, incoming: 1},
		"a sender that cannot be":  {xml: []string{"<message from='@/' type='chat'><body>hi</body></message>"}, refused: 1},
		"an empty sender":          {xml: []string{"<message from='' type='chat'><body>hi</body></message>"}, refused: 1},
		"groupchat of a contact":   {xml: []string{from("<body>hi</body>", "type='groupchat'")}, refused: 1},
		"an error with a body":     {xml: []string{from("<body>hi</body><error type='cancel'/>", "type='error' id='nothing'")}},
		"carbon received":          {xml: []string{copied("received", "<message"+inClient+" from='bob@example.org/phone' to='alice@example.org/other' type='chat'><body>hi</body></message>")}, want: []string{bob + `in "hi"`}},
		"carbon sent":              {xml: []string{copied("sent", "<message"+inClient+" from='alice@example.org/other' to='bob@example.org' type='chat' id='long-enough'><body>hi</body></message>")}, want: []string{bob + `sent "hi"`}},
		"carbon of a stranger":     {xml: []string{strings.Replace(copied("sent", "<message"+inClient+" from='alice@example.org/other' to='bob@example.org' type='chat'><body>hi</body></message>"), "from='alice@example.org'", "from='eve@evil.example'", 1)}, refused: 1},
		"carbon and the live line": {xml: []string{copied("received", "<message"+inClient+" from='bob@example.org/phone' to='alice@example.org/other' type='chat' id='the-id-of-bob'><body>hi</body></message>"), from("<body>hi</body>")}, want: []string{bob + `in "hi"`}},
		"private carbon of an unknown room": {xml: []string{copied("received", "<message"+inClient+" from='tea@rooms.example.org/mira' to='alice@example.org/other' type='chat'><body>psst</body><x"+mark+"/></message>")},
			want: []string{myRoom + ` private in <mira> "psst"`}},
		"private carbon of ours": {xml: []string{copied("sent", "<message"+inClient+" from='alice@example.org/other' to='tea@rooms.example.org/mira' type='chat' id='long-enough'><body>psst</body><x"+mark+"/></message>")},
			want: []string{myRoom + ` private sent "psst"`}},
		"note to self, other device": {xml: []string{"<message from='alice@example.org/other' to='alice@example.org' type='chat' id='long-enough'><body>milk</body></message>"},
			want: []string{me + ` self sent "milk"`}},
		"archive result nobody asked for": {xml: []string{"<message from='alice@example.org'><result xmlns='urn:xmpp:mam:2' id='1' queryid='x'><forwarded xmlns='urn:xmpp:forward:0'>" +
			"<message" + inClient + " from='bob@example.org/x' to='alice@example.org' type='chat'><body>evil</body></message></forwarded></result></message>"}, refused: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.sync()
			cl.take()
			p.tells(test.xml...)
			if got := cl.said(); !slices.Equal(got, test.want) {
				t.Errorf("got rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			incoming, refused := 0, 0
			for _, e := range cl.take() {
				switch e := e.(type) {
				case session.Incoming:
					incoming++
				case session.SecurityCount:
					refused = e.Refused
				}
			}
			if incoming != test.incoming || refused != test.refused {
				t.Errorf("got %d notifications and %d refused, want %d and %d", incoming, refused, test.incoming, test.refused)
			}
		})
	}
}

// TestWhatComesBackForALine: receipts, markers and errors count from the
// addressee only, and what is reached is not taken back.
func TestWhatComesBackForALine(t *testing.T) {
	receipt := func(from, id string) string {
		return fmt.Sprintf("<message from='%s' to='alice@example.org/sotto'><received xmlns='urn:xmpp:receipts' id='%s'/></message>", from, id)
	}
	displayed := func(from, id string) string {
		return fmt.Sprintf("<message from='%s' to='alice@example.org/sotto'><displayed xmlns='urn:xmpp:chat-markers:0' id='%s'/></message>", from, id)
	}
	bounce := func(from, id string) string {
		return fmt.Sprintf("<message from='%s' to='alice@example.org/sotto' type='error' id='%s'><body>hi</body><error type='cancel'>"+
			"<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no such user</text></error></message>", from, id)
	}
	const bob, eve = "bob@example.org/phone", "eve@evil.example/x"
	tests := map[string]struct {
		answers func(id string) []string
		want    string
	}{
		"nothing":                    {func(string) []string { return nil }, `sent "hi"`},
		"a receipt":                  {func(id string) []string { return []string{receipt(bob, id)} }, `delivered "hi"`},
		"a receipt of the bare":      {func(id string) []string { return []string{receipt("bob@example.org", id)} }, `delivered "hi"`},
		"a receipt of another":       {func(id string) []string { return []string{receipt(eve, id)} }, `sent "hi"`},
		"displayed":                  {func(id string) []string { return []string{displayed(bob, id)} }, `displayed "hi"`},
		"displayed, then a receipt":  {func(id string) []string { return []string{displayed(bob, id), receipt(bob, id)} }, `displayed "hi"`},
		"displayed before it came":   {func(string) []string { return []string{displayed(bob, "of-the-future")} }, `sent "hi"`},
		"displayed by another":       {func(id string) []string { return []string{displayed(eve, id)} }, `sent "hi"`},
		"an error":                   {func(id string) []string { return []string{bounce("bob@example.org", id)} }, `failed "hi" because service-unavailable: no such user`},
		"an error of another":        {func(id string) []string { return []string{bounce(eve, id)} }, `sent "hi"`},
		"an error without an id":     {func(string) []string { return []string{bounce(bob, "")} }, `sent "hi"`},
		"an error after a receipt":   {func(id string) []string { return []string{receipt(bob, id), bounce(bob, id)} }, `delivered "hi"`},
		"a receipt for another line": {func(string) []string { return []string{receipt(bob, "nothing")} }, `sent "hi"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			chat := cl.open("bob@example.org")
			id, _ := cl.a.Send(chat, "hi")
			cl.until("sent", func() bool { return cl.has(chat, "hi", store.Sent) })
			p.tells(test.answers(id)...)
			if got, want := cl.said(), []string{"bob@example.org " + test.want}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if out, err := cl.st.Outbox(t.Context(), cl.a.ID()); err != nil || len(out) != 0 {
				t.Errorf("got %d rows in the outbox (%v), want none", len(out), err)
			}
		})
	}
}

// TestErrorAfterARestart: what comes back for a line of the last run finds it.
func TestErrorAfterARestart(t *testing.T) {
	p := newPeer(t)
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	opt := p.options()
	opt.Store = st
	account := store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"}
	cl := run(t, opt, account)
	cl.online()
	chat := cl.open("bob@example.org")
	id, _ := cl.a.Send(chat, "hi")
	cl.until("sent", func() bool { return cl.has(chat, "hi", store.Sent) })
	cl.c.Close()

	cl = run(t, opt, account)
	cl.online()
	p.tells(fmt.Sprintf("<message from='bob@example.org' type='error' id='%s'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", id),
		"<message from='bob@example.org/phone' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
	if !cl.has(chat, "hi", store.Failed) {
		t.Errorf("got %q, want the line failed", cl.said())
	}
	wait(cl, "bob typing in the chat of the last run", func(e session.TypingChanged) bool { return e.Chat == chat && len(e.Who) == 1 })
}

// TestReceiptsGoToSubscribersOnly is what is confirmed, and to whom.
func TestReceiptsGoToSubscribersOnly(t *testing.T) {
	ask := "<body>hi</body><request xmlns='urn:xmpp:receipts'/>"
	tests := map[string]struct {
		roster, xml string
		want        bool
	}{
		"a subscriber":      {"<item jid='bob@example.org' subscription='both'/>", from(ask), true},
		"one we see only":   {"<item jid='bob@example.org' subscription='to'/>", from(ask), false},
		"a stranger":        {"", from(ask), false},
		"a headline":        {"<item jid='bob@example.org' subscription='both'/>", from(ask, "type='headline' id='x'"), false},
		"without an id":     {"<item jid='bob@example.org' subscription='both'/>", from(ask, "type='chat'"), false},
		"without a request": {"<item jid='bob@example.org' subscription='both'/>", from("<body>hi</body>"), false},
		"a copy": {"<item jid='bob@example.org' subscription='both'/>",
			copied("received", "<message"+inClient+" from='bob@example.org/phone' to='alice@example.org/other' type='chat' id='x'>"+ask+"</message>"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = test.roster
			p.login()
			p.tells(test.xml)
			got := strings.Contains(strings.Join(p.took(), ""), "<received xmlns='urn:xmpp:receipts'")
			if got != test.want {
				t.Errorf("confirmed: %v, want %v", got, test.want)
			}
		})
	}
}

// TestTypingOfOthers: it starts, stops, ends with the line, and makes no chat.
func TestTypingOfOthers(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	state := func(s string) string {
		return from("<"+s+" xmlns='http://jabber.org/protocol/chatstates'/>", "type='chat'")
	}
	p.tells(state("composing"))
	if list, err := cl.st.ChatsOf(t.Context(), cl.a.ID()); err != nil || len(list) != 0 {
		t.Errorf("typing made the chats %v (%v)", list, err)
	}
	chat := cl.open("bob@example.org")
	typing := func(want int) {
		t.Helper()
		p.sync()
		list := events[session.TypingChanged](cl)
		if len(list) == 0 || list[len(list)-1].Chat != chat || len(list[len(list)-1].Who) != want {
			t.Errorf("got %+v, want %d who type", list, want)
		}
	}
	p.send(state("composing"))
	typing(1)
	p.send(state("paused"))
	typing(0)
	p.send(state("composing"))
	typing(1)
	p.send(from("<body>hi</body>"))
	typing(0)
	// Somebody who gets another name meanwhile is still one.
	p.send(state("composing"))
	typing(1)
	p.tells("<iq type='set' id='push'><query xmlns='jabber:iq:roster'><item jid='bob@example.org' name='Robert' subscription='none'/></query></iq>")
	p.send(state("composing"))
	typing(1)
	p.send(state("paused"))
	typing(0)
}
