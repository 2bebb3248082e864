package session

import (
	"fmt"
	"testing"

	"sotto/session/wire"
)

// TestOriginRows is the trust boundary, a row a rule: who may say such a thing.
func TestOriginRows(t *testing.T) {
	const (
		carbon = `<message from='%s' xmlns='jabber:client'><%s xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded></%s></message>`
		inner  = `<message xmlns='jabber:client' from='%s' to='%s' type='chat'><body>x</body></message>`
	)
	event := func(from, node string) string {
		return `<message from='` + from + `' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='` + node + `'><item id='1'/></items></event></message>`
	}
	copied := func(from, kind, inner string) string { return fmt.Sprintf(carbon, from, kind, inner, kind) }
	tests := map[string]struct {
		xml  string
		by   authority
		peer string
	}{
		"a contact speaks for itself":           {`<message from='bob@example.org/a'><body>x</body></message>`, byContact, "bob@example.org"},
		"a stranger too":                        {`<message from='eve@evil.example/a'><body>x</body></message>`, byContact, "eve@evil.example"},
		"no from is our account":                {`<message><body>x</body></message>`, byServer, "alice@example.org"},
		"our server":                            {`<message from='example.org'><body>x</body></message>`, byServer, "example.org"},
		"another device of ours":                {`<message from='alice@example.org/phone'><body>x</body></message>`, byOwn, "alice@example.org"},
		"roster push without from":              {`<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>`, byServer, ""},
		"roster push of our account":            {`<iq type='set' id='1' from='alice@example.org'><query xmlns='jabber:iq:roster'/></iq>`, byServer, ""},
		"roster push of a contact":              {`<iq type='set' id='1' from='bob@example.org/a'><query xmlns='jabber:iq:roster'/></iq>`, byNobody, ""},
		"roster push of our own device":         {`<iq type='set' id='1' from='alice@example.org/phone'><query xmlns='jabber:iq:roster'/></iq>`, byNobody, ""},
		"roster push of the server's domain":    {`<iq type='set' id='1' from='example.org'><query xmlns='jabber:iq:roster'/></iq>`, byNobody, ""},
		"block push without from":               {`<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'/></iq>`, byServer, ""},
		"block push of our server":              {`<iq type='set' id='1' from='example.org'><unblock xmlns='urn:xmpp:blocking'/></iq>`, byServer, ""},
		"block push of a contact":               {`<iq type='set' id='1' from='bob@example.org/a'><unblock xmlns='urn:xmpp:blocking'/></iq>`, byNobody, ""},
		"block push of our own device":          {`<iq type='set' id='1' from='alice@example.org/phone'><block xmlns='urn:xmpp:blocking'/></iq>`, byNobody, ""},
		"block push of an occupant":             {`<iq type='set' id='1' from='room@muc.example.org/bob'><block xmlns='urn:xmpp:blocking'/></iq>`, byNobody, ""},
		"carbon received":                       {copied("alice@example.org", "received", fmt.Sprintf(inner, "bob@example.org/a", "alice@example.org/phone")), byContact, "bob@example.org"},
		"carbon sent":                           {copied("alice@example.org", "sent", fmt.Sprintf(inner, "alice@example.org/phone", "bob@example.org")), byOwn, "bob@example.org"},
		"carbon of a note to ourselves":         {copied("alice@example.org", "received", fmt.Sprintf(inner, "alice@example.org/phone", "alice@example.org")), byOwn, "alice@example.org"},
		"carbon of a note without an address":   {copied("alice@example.org", "sent", "<message xmlns='jabber:client' from='alice@example.org/phone' type='chat'><body>x</body></message>"), byOwn, "alice@example.org"},
		"carbon of a stranger":                  {copied("eve@evil.example", "received", fmt.Sprintf(inner, "bob@example.org/a", "alice@example.org")), byNobody, ""},
		"carbon of our own device":              {copied("alice@example.org/phone", "received", fmt.Sprintf(inner, "bob@example.org/a", "alice@example.org")), byNobody, ""},
		"carbon of the server's domain":         {copied("example.org", "received", fmt.Sprintf(inner, "bob@example.org/a", "alice@example.org")), byNobody, ""},
		"carbon for another account":            {copied("alice@example.org", "received", fmt.Sprintf(inner, "bob@example.org/a", "carol@example.org")), byNobody, ""},
		"carbon sent by another":                {copied("alice@example.org", "sent", fmt.Sprintf(inner, "bob@example.org/a", "carol@example.org")), byNobody, ""},
		"carbon in a carbon":                    {copied("alice@example.org", "received", copied("alice@example.org", "received", fmt.Sprintf(inner, "bob@example.org", "alice@example.org"))), byNobody, ""},
		"carbon of a groupchat":                 {copied("alice@example.org", "received", `<message xmlns='jabber:client' from='room@muc.example.org/x' to='alice@example.org' type='groupchat'><body>x</body></message>`), byNobody, ""},
		"carbon without a message":              {copied("alice@example.org", "received", ""), byNobody, ""},
		"carbon of a private message":           {copied("alice@example.org", "received", `<message xmlns='jabber:client' from='other@muc.example.org/x' to='alice@example.org' type='chat'><body>x</body><x xmlns='http://jabber.org/protocol/muc#user'/></message>`), byOccupant, "other@muc.example.org/x"},
		"archive result nobody asked for":       {`<message from='alice@example.org'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'/></result></message>`, byNobody, ""},
		"a room we are in":                      {`<message from='room@muc.example.org' type='groupchat'><body>x</body></message>`, byRoom, "room@muc.example.org"},
		"an occupant":                           {`<message from='room@muc.example.org/bob' type='groupchat'><body>x</body></message>`, byOccupant, "room@muc.example.org"},
		"an occupant, privately":                {`<message from='room@muc.example.org/bob' type='chat'><body>x</body></message>`, byOccupant, "room@muc.example.org/bob"},
		"groupchat from a room we are not in":   {`<message from='other@muc.example.org/bob' type='groupchat'><body>x</body></message>`, byNobody, ""},
		"groupchat from a contact":              {`<message from='bob@example.org/a' type='groupchat'><body>x</body></message>`, byNobody, ""},
		"an event of our own node":              {event("alice@example.org", "own"), byServer, ""},
		"the same without from":                 {`<message><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='own'/></event></message>`, byServer, ""},
		"the same from our own device":          {event("alice@example.org/phone", "own"), byNobody, ""},
		"the same from the server's domain":     {event("example.org", "own"), byNobody, ""},
		"the same from a contact":               {event("bob@example.org", "own"), byNobody, ""},
		"the same from a stranger":              {event("eve@evil.example", "own"), byNobody, ""},
		"the same from a room":                  {event("room@muc.example.org", "own"), byNobody, ""},
		"the same from an occupant":             {event("room@muc.example.org/bob", "own"), byNobody, ""},
		"an event of a contact's node":          {event("bob@example.org", "seen"), byContact, "bob@example.org"},
		"the same from its device":              {event("bob@example.org/a", "seen"), byNobody, ""},
		"the same from who is only in the list": {event("carol@example.org", "seen"), byNobody, ""},
		"an event for all in the list":          {event("carol@example.org", "all"), byContact, "carol@example.org"},
		"the same from a stranger again":        {event("eve@evil.example", "all"), byNobody, ""},
		"our own event of such a node":          {event("alice@example.org", "all"), byServer, ""},
		"an event of a node that nobody uses":   {event("eve@evil.example", "other"), byContact, "eve@evil.example"},
		"an event thrown back":                  {`<message from='eve@evil.example' type='error'><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='own'/></event></message>`, byContact, ""},
		"an event in a carbon of a stranger's":  {copied("alice@example.org", "received", `<message xmlns='jabber:client' from='eve@evil.example' to='alice@example.org'><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='own'/></event></message>`), byContact, "eve@evil.example"},
		"presence of an occupant":               {`<presence from='room@muc.example.org/bob'/>`, byOccupant, "room@muc.example.org"},
		"presence of a contact":                 {`<presence from='bob@example.org/a'/>`, byContact, "bob@example.org"},
		"a carbon of an old version is no copy": {`<message from='bob@example.org/a'><received xmlns='urn:xmpp:carbons:1'/><body>x</body></message>`, byContact, "bob@example.org"},
	}
	room := wire.Lenient("room@muc.example.org")
	counts := map[string]bool{"an event of our own node": true, "the same without from": true, "an event of a contact's node": true,
		"an event for all in the list": true, "our own event of such a node": true}
	nodes := map[string]*pepNode{"own": {name: "own"}, "seen": {name: "seen", from: pepSeen}, "all": {name: "all", from: pepRoster}}
	known := map[string]pepSenders{"alice@example.org": pepOwn, "bob@example.org": pepSeen, "carol@example.org": pepRoster}
	p := place{self: wire.Lenient("alice@example.org"), isRoom: func(j wire.JID) bool { return j == room },
		node: func(name string) *pepNode { return nodes[name] }, know: func(j wire.JID) pepSenders {
			if k, ok := known[j.String()]; ok {
				return k
			}
			return pepStranger
		}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			el, err := wire.ParseElement([]byte(test.xml), wire.NSClient)
			if err != nil {
				t.Fatal(err)
			}
			o := p.origin(wire.Stanza{Element: el, From: wire.Lenient(el.Attr("from"))})
			if o.by != test.by {
				t.Fatalf("got authority %d (%s), want %d", o.by, o.why, test.by)
			}
			if o.by == byNobody {
				if o.why == "" {
					t.Error("refused without a reason")
				}
				return
			}
			if (o.node != nil) != counts[name] {
				t.Errorf("the event counts: %v, want %v", o.node != nil, counts[name])
			}
			if got := o.peer.String(); test.peer != "" && got != test.peer {
				t.Errorf("got the chat with %s, want %s", got, test.peer)
			}
		})
	}
}

func TestMentions(t *testing.T) {
	for _, test := range []struct {
		text, nick string
		want       bool
	}{
		{"alice: hello", "alice", true}, {"hello Alice!", "alice", true}, {"malice", "alice", false}, {"alice2", "alice", false},
		{"the alice, of course", "alice", true}, {"x", "", false}, {"émalice alice", "alice", true}, {"@alice", "alice", true},
	} {
		if got := mentions(test.text, test.nick); got != test.want {
			t.Errorf("mentions(%q, %q) = %v, want %v", test.text, test.nick, got, test.want)
		}
	}
}

// TestOwnCapabilities keeps the announced hash and the answer behind it alike.
func TestOwnCapabilities(t *testing.T) {
	if ownVer() == "" || ownVer() != verOf(ownInfo(), "sha-1") {
		t.Errorf("got ver %q", ownVer())
	}
	seen := map[string]bool{}
	for _, x := range Extensions() {
		if seen[x.Number] {
			t.Errorf("%s stands in the table twice", x.Number)
		}
		seen[x.Number] = true
		for _, f := range x.Features {
			if seen[f] {
				t.Errorf("the feature %s is announced twice", f)
			}
			seen[f] = true
		}
	}
}

// TestCapabilityHash is the example of XEP-0115 §5.2.
func TestCapabilityHash(t *testing.T) {
	el, err := wire.ParseElement([]byte(`<query xmlns='http://jabber.org/protocol/disco#info' node='http://code.google.com/p/exodus#QgayPKawpkPSDYmwT/WM94uAlu0='>
		<identity category='client' name='Exodus 0.9.1' type='pc'/><feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>
		<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/></query>`), "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := verOf(el, "sha-1"), "QgayPKawpkPSDYmwT/WM94uAlu0="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
