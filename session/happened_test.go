package session

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

// happenedLoop is a loop with bob and carol in the roster, and the function that
// lets it hear a stanza.
func happenedLoop(t *testing.T) (*loop, func(xml string)) {
	t.Helper()
	l := newLoopFor(t)
	for _, c := range []store.Contact{{JID: "bob@example.org", Name: "Bob", Subscription: "both"}, {JID: "carol@example.org", Subscription: "to"}} {
		l.contacts[c.JID] = c
	}
	q := &archiveQuery{id: "q"}
	l.queries["q"] = q
	at := int64(1_700_000_000_000_000)
	return l, func(xml string) {
		t.Helper()
		el, err := wire.ParseElement([]byte(xml), wire.NSClient)
		if err != nil {
			t.Fatal(err)
		}
		st := wire.Stanza{Element: el, From: wire.Lenient(el.Attr("from")), To: wire.Lenient(el.Attr("to"))}
		o := l.place().origin(st)
		if o.query != nil {
			at += 1000
			q.applying = &archivePage{places: []int64{at}, items: []archived{{id: o.mamID}}, seen: map[store.ChatID][]store.Position{}}
		}
		if o.by == byNobody {
			return
		}
		if _, err := l.st.Write(t.Context(), func(tx *store.Tx) error { return l.message(tx, o) }); err != nil {
			t.Fatal(err)
		}
		l.flushQuiet()
	}
}

// flushQuiet runs what waits for the commit, and keeps the events.
func (l *loop) flushQuiet() {
	then := l.then
	l.then = nil
	for _, fn := range then {
		fn()
	}
}

func rowsOf(t *testing.T, l *loop) (all []string) {
	t.Helper()
	chats, err := l.st.ChatsOf(t.Context(), l.a.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chats {
		rows, _, err := l.st.Page(t.Context(), c.ID, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range rows {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s%s %s %s", c.JID, m.Notice, m.Nick, m.Body, m.RealJID)))
		}
	}
	return all
}

// TestCalls: raw stanzas in, one line for each call out, whatever the way they came
// by and the order.
func TestCalls(t *testing.T) {
	const jmi, inv = "xmlns='urn:xmpp:jingle-message:0' id='call-1'", "xmlns='urn:xmpp:call-invites:0'"
	from := func(who, inner string) string {
		return "<message from='" + who + "' to='alice@example.org/desk' type='chat' id='m-" + fmt.Sprint(len(inner)) + "'>" + inner + "<store xmlns='urn:xmpp:hints'/></message>"
	}
	bob := func(inner string) string { return from("bob@example.org/phone", inner) }
	media := func(m string) string { return "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='" + m + "'/>" }
	propose := "<propose " + jmi + ">" + media("audio") + "</propose>"
	carbon := func(kind, from, to, inner string) string {
		return "<message from='alice@example.org' xmlns='jabber:client'><" + kind + " xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='" +
			from + "' to='" + to + "'>" + inner + "</message></forwarded></" + kind + "></message>"
	}
	own := func(inner string) string { return carbon("sent", "alice@example.org/phone", "bob@example.org", inner) }
	archive := func(id, from, to, inner string) string {
		return "<message from='alice@example.org'><result xmlns='urn:xmpp:mam:2' id='" + id + "' queryid='q'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>" +
			"<message xmlns='jabber:client' type='chat' from='" + from + "' to='" + to + "'>" + inner + "</message></forwarded></result></message>"
	}
	retract, reject, proceed, finish := "<retract "+jmi+"/>", "<reject "+jmi+"/>", "<proceed "+jmi+"/>", "<finish "+jmi+"/>"
	const line = "bob@example.org "
	for name, test := range map[string]struct {
		xml    []string
		want   string
		told   int
		raised string
	}{
		"offered":                  {[]string{bob(propose)}, line + "call-inBob audio", 1, "call-in"},
		"with video":               {[]string{bob("<propose " + jmi + ">" + media("audio") + media("video") + "</propose>")}, line + "call-inBob video", 1, "call-in"},
		"twice":                    {[]string{bob(propose), bob(propose)}, line + "call-inBob audio", 1, "call-in"},
		"missed":                   {[]string{bob(propose), bob(retract)}, line + "call-in-missedBob audio", 2, "call-in-missed"},
		"the other order":          {[]string{bob(retract), bob(propose)}, line + "call-in-missedBob audio", 0, ""},
		"declined elsewhere":       {[]string{bob(propose), own(reject)}, line + "call-in-declinedBob audio", 1, "call-in"},
		"answered elsewhere":       {[]string{bob(propose), own(proceed)}, line + "call-in-answeredBob audio", 1, "call-in"},
		"ended":                    {[]string{bob(propose), own(proceed), bob(finish)}, line + "call-in-endedBob audio", 1, "call-in"},
		"a tie is no refusal":      {[]string{bob(propose), own("<reject " + jmi + "><tie-break/></reject>")}, line + "call-inBob audio", 1, "call-in"},
		"ringing says nothing":     {[]string{bob("<ringing " + jmi + "/>")}, "", 0, ""},
		"an end of nothing":        {[]string{bob(finish)}, "", 0, ""},
		"ours, declined":           {[]string{own(propose), bob(reject)}, line + "call-out-declined audio", 0, ""},
		"ours, not answered":       {[]string{own(propose), own(retract)}, line + "call-out-missed audio", 0, ""},
		"ours, ended by them":      {[]string{own(propose), bob(proceed), bob(finish)}, line + "call-out-ended audio", 0, ""},
		"not theirs to take back":  {[]string{own(propose), bob(retract)}, line + "call-out audio\n" + line + "call-in-missedBob", 0, ""},
		"of another":               {[]string{bob(propose), from("carol@example.org/x", retract)}, line + "call-inBob audio\ncarol@example.org call-in-missedcarol@example.org", 1, "call-in"},
		"from the archive":         {[]string{archive("s1", "bob@example.org/p", "alice@example.org", propose), archive("s2", "bob@example.org/p", "alice@example.org", retract)}, line + "call-in-missedBob audio", 0, ""},
		"live, then the archive":   {[]string{bob(propose), archive("s1", "bob@example.org/p", "alice@example.org", propose), archive("s2", "alice@example.org/p", "bob@example.org", reject)}, line + "call-in-declinedBob audio", 1, "call-in"},
		"a copy":                   {[]string{carbon("received", "bob@example.org/p", "alice@example.org/phone", propose)}, line + "call-inBob audio", 0, ""},
		"a copy nobody may send":   {[]string{strings.Replace(carbon("received", "bob@example.org/p", "alice@example.org/phone", propose), "from='alice@example.org'", "from='eve@evil.example'", 1)}, "", 0, ""},
		"a stranger":               {[]string{from("eve@evil.example/x", propose), from("eve@evil.example/x", retract)}, "", 0, ""},
		"an id beyond sense":       {[]string{bob("<propose xmlns='urn:xmpp:jingle-message:0' id='" + strings.Repeat("x", 300) + "'/>")}, "", 0, ""},
		"without an id":            {[]string{bob("<propose xmlns='urn:xmpp:jingle-message:0'/>")}, "", 0, ""},
		"a foreign element":        {[]string{bob("<propose xmlns='urn:other' id='x'/>")}, "", 0, ""},
		"an invite":                {[]string{bob("<invite " + inv + " video='true'><jingle sid='s'/></invite><origin-id xmlns='urn:xmpp:sid:0' id='i-1'/>"), bob("<retract " + inv + " id='i-1'/>")}, line + "call-in-missedBob video", 2, "call-in-missed"},
		"an invite we accept":      {[]string{bob("<invite " + inv + "/><origin-id xmlns='urn:xmpp:sid:0' id='i-1'/>"), own("<accept " + inv + " id='i-1'/>"), own("<left " + inv + " id='i-1'/>")}, line + "call-in-endedBob audio", 1, "call-in"},
		"words beside a call stay": {[]string{bob(propose + "<body>call me</body>")}, line + "call-inBob audio\n" + line + " call me", 1, "call-in"},
	} {
		t.Run(name, func(t *testing.T) {
			l, hear := happenedLoop(t)
			for _, xml := range test.xml {
				hear(xml)
			}
			if got := strings.Join(rowsOf(t, l), "\n"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			told, last := 0, ""
			for _, e := range l.events {
				if n, ok := e.(Noticed); ok {
					told, last = told+1, n.What
				}
			}
			if told != test.told || last != test.raised {
				t.Errorf("told %d times, last %q", told, last)
			}
		})
	}
}

// TestAttention: a contact's wish is a line, once a minute; of nobody else it is
// anything, and with words it is a message.
func TestAttention(t *testing.T) {
	const want = "<attention xmlns='urn:xmpp:attention:0'/>"
	from := func(who, inner string) string {
		return "<message from='" + who + "' type='headline'>" + inner + "</message>"
	}
	for name, test := range map[string]struct {
		xml  []string
		want string
	}{
		"once":         {[]string{from("bob@example.org/x", want)}, "bob@example.org attentionBob"},
		"a flood":      {[]string{from("bob@example.org/x", want), from("bob@example.org/x", want), from("bob@example.org/y", want)}, "bob@example.org attentionBob"},
		"of two":       {[]string{from("bob@example.org/x", want), from("carol@example.org/x", want)}, "bob@example.org attentionBob\ncarol@example.org attentioncarol@example.org"},
		"a stranger":   {[]string{from("eve@evil.example/x", want)}, ""},
		"an error":     {[]string{strings.Replace(from("bob@example.org/x", want), "headline", "error", 1)}, ""},
		"with words":   {[]string{from("bob@example.org/x", want+"<body>hey</body>")}, "bob@example.org  hey"},
		"another kind": {[]string{from("bob@example.org/x", "<attention xmlns='urn:other'/>")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, hear := happenedLoop(t)
			for _, xml := range test.xml {
				hear(xml)
			}
			if got := strings.Join(rowsOf(t, l), "\n"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestInvitationLines: what a contact sends stands in the chat with them, what a
// room says of them only where there is one, and nothing stands twice.
func TestInvitationLines(t *testing.T) {
	const direct = "<message from='%s/x'><x xmlns='jabber:x:conference' jid='tea@rooms.example.org' reason='now'/>%s</message>"
	through := "<message from='cake@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='bob@example.org'/></x></message>"
	stanzaID := "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='s1'/>"
	archived := "<message from='alice@example.org'><result xmlns='urn:xmpp:mam:2' id='s1' queryid='q'><forwarded xmlns='urn:xmpp:forward:0'>" +
		strings.Replace(fmt.Sprintf(direct, "bob@example.org", ""), "<message", "<message xmlns='jabber:client' to='alice@example.org'", 1) + "</forwarded></result></message>"
	const line = "bob@example.org invitedBob now tea@rooms.example.org"
	for name, test := range map[string]struct {
		xml  []string
		want string
	}{
		"a contact":              {[]string{fmt.Sprintf(direct, "bob@example.org", "")}, line},
		"a stranger":             {[]string{fmt.Sprintf(direct, "eve@evil.example", "")}, ""},
		"through a room":         {[]string{through}, ""},
		"through it, a chat":     {[]string{fmt.Sprintf(direct, "bob@example.org", ""), through}, line + "\nbob@example.org invited-throughBob  cake@rooms.example.org"},
		"again from the archive": {[]string{fmt.Sprintf(direct, "bob@example.org", stanzaID), "answered", archived}, line},
	} {
		t.Run(name, func(t *testing.T) {
			l, hear := happenedLoop(t)
			for _, xml := range test.xml {
				if xml == "answered" {
					l.invitations = nil
					continue
				}
				hear(xml)
			}
			if got := strings.Join(rowsOf(t, l), "\n"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if name == "again from the archive" && len(l.invitations) != 0 {
				t.Error("what was answered waits again")
			}
		})
	}
}

// TestMovedTo is what an old account may say, and what comes of it.
func TestMovedTo(t *testing.T) {
	item := func(id, xml string) pepItem {
		el, err := wire.ParseElement([]byte("<item>"+xml+"</item>"), "")
		if err != nil {
			t.Fatal(err)
		}
		return pepItem{id, el.Children[0]}
	}
	gone := func(to string) error {
		el, err := wire.ParseElement([]byte("<iq type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"+to+"</gone></error></iq>"), wire.NSClient)
		if err != nil {
			t.Fatal(err)
		}
		return wire.ErrorOf(el)
	}
	said := func(j string) string { return "<moved xmlns='urn:xmpp:moved:1'><new-jid>" + j + "</new-jid></moved>" }
	for name, test := range map[string]struct {
		items []pepItem
		err   error
		want  string
	}{
		"said":              {[]pepItem{item("current", said(" New@example.net "))}, nil, "new@example.net"},
		"under another id":  {[]pepItem{item("x", said("new@example.net"))}, nil, "new@example.net"},
		"one of two":        {[]pepItem{item("old", said("old@example.net")), item("current", said("new@example.net"))}, nil, "new@example.net"},
		"nothing":           {nil, nil, ""},
		"no address":        {[]pepItem{item("current", said("@/@"))}, nil, ""},
		"another namespace": {[]pepItem{item("current", "<moved xmlns='x'><new-jid>new@example.net</new-jid></moved>")}, nil, ""},
		"gone":              {nil, gone("xmpp:new@example.net"), "new@example.net"},
		"gone nowhere":      {nil, gone("https://example.net"), ""},
		"refused":           {nil, errLinkLost, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := movedTo(test.items, test.err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestReadLink: what is kept of what a sender says of an address.
func TestReadLink(t *testing.T) {
	rdf := func(about, inner string) string {
		return "<r:Description xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:og='https://ogp.me/ns#' r:about='" + about + "'>" + inner + "</r:Description>"
	}
	const at = "https://a.example/x"
	title := "<og:title>The  best\npage</og:title>"
	for name, test := range map[string]struct{ xml, want string }{
		"all":                   {rdf(at, title+"<og:description>d</og:description><og:image>https://evil.example/i</og:image>"), at + " The best page d"},
		"no title":              {rdf(at, "<og:description>d</og:description>"), at + "  d"},
		"nothing said":          {rdf(at, "<og:type>website</og:type>"), ""},
		"another address":       {rdf("https://bank.example/", title), ""},
		"the second":            {rdf("https://bank.example/", title) + rdf(at, title), at + " The best page "},
		"no web address":        {rdf("see", title), ""},
		"about without a space": {strings.Replace(rdf(at, title), "r:about", "about", 1), ""},
		"another vocabulary":    {strings.Replace(rdf(at, title), "https://ogp.me/ns#", "x", 1), ""},
		"far too long":          {rdf(at, "<og:title>"+strings.Repeat("é", 5000)+"</og:title>"), at + " " + strings.Repeat("é", 100) + " "},
		"the tenth":             {strings.Repeat(rdf("https://bank.example/", title), 9) + rdf(at, title), ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := wire.ParseElement([]byte("<message><body>see "+at+"</body>"+test.xml+"</message>"), wire.NSClient)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if l := readLink(e, "see "+at); l != nil {
				got = l.URL + " " + l.Title + " " + l.About
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzHappened: whatever a message says of calls and links, what is kept is bounded.
func FuzzHappened(f *testing.F) {
	f.Add("<propose xmlns='urn:xmpp:jingle-message:0' id='1'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'/></propose>")
	f.Add("<invite xmlns='urn:xmpp:call-invites:0'/>")
	f.Add("<r:Description xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:og='https://ogp.me/ns#' r:about='https://a.example'><og:title>t</og:title></r:Description>")
	f.Fuzz(func(t *testing.T, inner string) {
		e, err := wire.ParseElement([]byte("<message id='i'><body>https://a.example</body>"+inner+"</message>"), wire.NSClient)
		if err != nil {
			return
		}
		if w, ok := readCall(e); ok && (w.id == "" && e.Attr("type") != "groupchat" || len(w.id) > 256 || w.media != "" && w.media != "audio" && w.media != "video") {
			t.Errorf("read %+v", w)
		}
		if l := readLink(e, "https://a.example"); l != nil && (!strings.Contains("https://a.example", l.URL) || len(l.Title) > linkTitleMax || len(l.About) > linkAboutMax || strings.ContainsAny(l.Title+l.About, "\r\n")) {
			t.Errorf("read %+v", l)
		}
	})
}
