package session

import (
	"strings"
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

// FuzzStanza sends any XML through the one way in: it must not panic, must not
// break the account, and must never make anybody speak for another.
func FuzzStanza(f *testing.F) {
	for _, s := range []string{
		`<message from='bob@example.org/x' to='alice@example.org' type='chat' id='1'><body>hi</body><delay xmlns='urn:xmpp:delay' from='example.org' stamp='2020-02-03T04:05:06Z'/></message>`,
		`<message from='bob@example.org' type='error' id='1'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
		`<message from='alice@example.org'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='alice@example.org/x' to='bob@example.org'><body>x</body></message></forwarded></sent></message>`,
		`<message from='eve@evil.example'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='bob@example.org/x' to='alice@example.org'><body>x</body></message></forwarded></received></message>`,
		`<message from='tea@rooms.example.org/mira' type='groupchat'><subject>x</subject></message>`,
		`<message from='tea@rooms.example.org/mira' type='groupchat'><body>alice: x</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o'/><stanza-id xmlns='urn:xmpp:sid:0' by='tea@rooms.example.org' id='s'/></message>`,
		`<message from='bob@example.org/x'><received xmlns='urn:xmpp:receipts' id='1'/><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
		`<message from='alice@example.org'><result xmlns='urn:xmpp:mam:2' id='1' queryid='q'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='bob@example.org'><body>x</body></message></forwarded></result></message>`,
		`<presence from='tea@rooms.example.org/mira' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='ally'/><status code='303'/><status code='110'/><destroy/></x></presence>`,
		`<presence from='tea@rooms.example.org/alice' type='error'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
		`<presence from='bob@example.org/x'><show>dnd</show><priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/></presence>`,
		`<presence from='eve@evil.example' type='subscribe'><nick xmlns='http://jabber.org/protocol/nick'>Eve</nick></presence>`,
		`<iq type='set' id='1'><query xmlns='jabber:iq:roster' ver='2'><item jid='bob@example.org' subscription='both'><group>g</group></item></query></iq>`,
		`<iq type='get' id='1' from='bob@example.org/x'><query xmlns='jabber:iq:version'/></iq>`,
		`<iq type='result' id='1' from='@/'/>`,
		`<message from='alice@example.org' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'><item id='tea@rooms.example.org'><conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item><retract id='x@y'/></items></event></message>`,
		`<message from='eve@evil.example'><event xmlns='http://jabber.org/protocol/pubsub#event'><purge node='urn:xmpp:bookmarks:1'/></event></message>`,
		`<message from='tea@rooms.example.org/alice' type='groupchat' id='1'><body>one
two</body><delay xmlns='urn:xmpp:delay' from='tea@rooms.example.org' stamp='2020-02-03T04:05:06Z'/></message>`,
		`<message from='tea@rooms.example.org' type='error' id='1'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
		`<message from='bob@example.org/x' type='chat'><propose xmlns='urn:xmpp:jingle-message:0' id='c'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'/></propose></message>`,
		`<message from='tea@rooms.example.org/mira' type='groupchat'><invite xmlns='urn:xmpp:call-invites:0'/><stanza-id xmlns='urn:xmpp:sid:0' by='tea@rooms.example.org' id='s'/></message>`,
		`<message from='bob@example.org/x' type='headline'><attention xmlns='urn:xmpp:attention:0'/></message>`,
		`<message from='bob@example.org' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:avatar:metadata'><item id='1'><metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='1' id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f'/></metadata></item></items></event></message>`,
		`<presence from='bob@example.org/x'><x xmlns='vcard-temp:x:update'><photo>111f4b3c50d7b0df729d299bc6f8e9ef9066971f</photo></x></presence>`,
		`<presence from='eve@evil.example' type='subscribe'><moved xmlns='urn:xmpp:moved:1'><old-jid>bob@example.org</old-jid></moved></presence>`,
		`<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='bob@example.org'/><item jid='evil.example'/></block></iq>`,
		`<iq type='set' id='1' from='eve@evil.example'><unblock xmlns='urn:xmpp:blocking'/></iq>`,
		`<message from='eve@evil.example/x' type='chat'><body>x</body><x xmlns='http://jabber.org/protocol/muc#user'/></message>`,
		`<message from='bob@example.org/x' type='chat' id='e1'><body>b</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/></message>`,
		`<message from='bob@example.org/x' type='chat' id='r1'><retract xmlns='urn:xmpp:message-retract:1' id='1'/><body>x</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/></message>`,
		`<message from='bob@example.org/x' type='chat' id='r2'><apply-to xmlns='urn:xmpp:fasten:0' id='1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to></message>`,
		`<message from='bob@example.org/x' type='chat' id='x1'><reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction><reaction>a</reaction><reaction/></reactions></message>`,
		`<message from='bob@example.org/x' type='chat' id='a1'><body>&gt; hi
no</body><reply xmlns='urn:xmpp:reply:0' id='1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='5'/><body start='-1' end='99999999999'/></fallback></message>`,
		`<message from='tea@rooms.example.org' type='groupchat'><retract xmlns='urn:xmpp:message-retract:1' id='s'><moderated xmlns='urn:xmpp:message-moderate:1' by='tea@rooms.example.org/boss'/><reason>x</reason></retract></message>`,
		`<message from='tea@rooms.example.org' type='groupchat'><apply-to xmlns='urn:xmpp:fasten:0' id='s'><moderated xmlns='urn:xmpp:message-moderate:0' by='tea@rooms.example.org/boss'><retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to></message>`,
		`<message from='tea@rooms.example.org/mira' type='groupchat' id='e1'><body>b</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o'/></message>`,
		`<message xml:lang='en' from='bob@example.org/x' type='chat' id='l1'><body>hi</body><body xml:lang='de-x-y'>hallo</body><body xml:lang=''>x</body><subject xml:lang='-'/></message>`,
		`<message/>`, `<presence/>`, `<iq/>`,
	} {
		f.Add(s)
	}
	l := newLoopFor(f)
	l.c.opt.Languages = []string{"de-x-y", "en"}
	bob := wire.Lenient("bob@example.org")
	room := &room{jid: wire.Lenient("tea@rooms.example.org"), nick: "alice", joined: true, hasIDs: true, hasSIDs: true, occupants: map[string]*Occupant{}}
	l.contacts[bob.String()] = store.Contact{Account: l.a.id, JID: bob.String(), Subscription: "both"}
	f.Fuzz(func(t *testing.T, text string) {
		el, err := wire.ParseElement([]byte(text), wire.NSClient)
		if err != nil || el.Space != wire.NSClient {
			return
		}
		st := wire.Stanza{Element: el, From: wire.Lenient(el.Attr("from")), To: wire.Lenient(el.Attr("to"))}
		if st.From.Opaque() {
			return // the link lets none through
		}
		l.rooms[room.jid] = room
		room.joined = true
		var events []Event
		if _, err := l.st.Write(t.Context(), func(tx *store.Tx) error {
			// Not through applyOne, which would put a panic aside.
			err := l.apply(tx, st)
			events = l.events
			l.events, l.then = nil, nil
			return err
		}); err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
		for _, e := range events {
			if o := e.from(); !mayOwn(l, st, o) {
				t.Errorf("%s\nmade %T of %s with authority %d", text, e, o.owner, o.by)
			}
		}
	})
}

// mayOwn is the boundary once more, in other words: without a wrapper one speaks
// for oneself; only our own account may bring what somebody else said.
func mayOwn(l *loop, st wire.Stanza, o origin) bool {
	if o.by == byProgram {
		return true
	}
	bare := st.From.Bare()
	own := st.From.IsZero() || st.From == l.self
	if o.owner == l.self {
		return own || bare == l.self || st.From.String() == l.self.Domain()
	}
	return o.owner == bare || own && o.carbon
}
