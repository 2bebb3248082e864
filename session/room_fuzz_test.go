package session

import (
	"testing"

	"sotto/session/wire"
)

// FuzzInvitation reads any message for an invitation: it names a room and a person,
// within bounds, and never comes from whom it cannot.
func FuzzInvitation(f *testing.F) {
	for _, s := range []string{
		`<message from='bob@example.org/x'><x xmlns='jabber:x:conference' jid='tea@rooms.example.org' reason='r' password='p'/></message>`,
		`<message from='tea@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='bob@example.org/x'><reason>come</reason></invite><password>p</password></x></message>`,
		`<message from='tea@rooms.example.org/mira'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='@'/></x></message>`,
		`<message type='groupchat' from='tea@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite/></x></message>`,
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, room bool) {
		el, err := wire.ParseElement([]byte(text), wire.NSClient)
		if err != nil {
			return
		}
		from := wire.Lenient(el.Attr("from"))
		if from.Opaque() || from.IsZero() {
			return
		}
		o := origin{by: byContact, owner: from.Bare(), full: from, el: el}
		if room {
			o.by = byRoom
		}
		i, ok := readInvitation(o)
		if !ok {
			return
		}
		j := wire.Lenient(i.Room)
		if j.Opaque() || j.Local() == "" || j.Resource() != "" || len(i.Reason) > statusMax || len(i.Password) > invitePasswordBytes || wire.Lenient(i.From).Resource() != "" {
			t.Errorf("%s: got %+v", text, i)
		}
		if i.Mediated && i.Room != from.Bare().String() || !i.Mediated && i.From != from.Bare().String() {
			t.Errorf("%s: %s speaks for another: %+v", text, from, i)
		}
	})
}

// FuzzAffiliations reads any list of who is what: addresses once each, of the
// affiliation that was asked for, within bounds.
func FuzzAffiliations(f *testing.F) {
	for _, s := range []string{`<item jid='bob@example.org' affiliation='owner'/>`, `<item jid='@@' affiliation='owner'/><item affiliation='owner'/>`,
		`<item jid='evil.example' affiliation='owner' nick='x'><reason>y</reason></item><item jid='evil.example/z' affiliation='owner'/>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inner string) {
		el, err := wire.ParseElement([]byte("<query xmlns='"+nsMUCAdmin+"'>"+inner+"</query>"), wire.NSClient)
		if err != nil {
			return
		}
		var e AffiliationsListed
		e.take(el, "owner")
		seen := map[string]bool{}
		for _, a := range e.List {
			if j := wire.Lenient(a.JID); j.Opaque() || j.IsZero() || j.Resource() != "" || seen[a.JID] || a.Affiliation != "owner" || len(a.Nick) > 1023 || len(a.Reason) > statusMax {
				t.Errorf("%s: got %+v", inner, a)
			}
			seen[a.JID] = true
		}
		if len(e.List) > affiliatedMax {
			t.Errorf("%d are listed", len(e.List))
		}
	})
}

// FuzzVoiceRequest reads any form that a room sends to us alone.
func FuzzVoiceRequest(f *testing.F) {
	f.Add(`<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field><field var='muc#roomnick'><value>eve</value></field><field var='muc#request_allow'/>`)
	r := &room{jid: wire.Lenient("tea@rooms.example.org"), nick: "alice", joined: true, occupants: map[string]*Occupant{"alice": {Nick: "alice", Role: "moderator"}, "eve": {Nick: "eve", Role: "visitor"}}}
	f.Fuzz(func(t *testing.T, inner string) {
		el, err := wire.ParseElement([]byte("<message from='tea@rooms.example.org'><x xmlns='jabber:x:data' type='form'>"+inner+"</x></message>"), wire.NSClient)
		if err != nil {
			return
		}
		if v, ok := r.readVoice(origin{by: byRoom, owner: r.jid, full: r.jid, el: el}); ok && (v.Nick != "eve" || v.Room != r.jid.String() || len(v.JID) > nameMax) {
			t.Errorf("%s: got %+v", inner, v)
		}
	})
}
