package session_test

import (
	"strings"
	"testing"

	"sotto/store"
)

// TestMoved: a request that says that a contact moved is believed when the contact's
// old address says so too; nothing is answered, and it is told once.
func TestMoved(t *testing.T) {
	const node = "urn:xmpp:moved:1"
	ask := func(from, old string) string {
		return "<presence type='subscribe' from='" + from + "'><moved xmlns='urn:xmpp:moved:1'><old-jid>" + old + "</old-jid></moved></presence>"
	}
	says := func(jid string) string {
		return "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='" + node + "'><item id='current'><moved xmlns='urn:xmpp:moved:1'><new-jid>" + jid + "</new-jid></moved></item></items></pubsub>"
	}
	const fresh = "bob@new.example"
	for name, test := range map[string]struct {
		subscription, published string
		xml                     []string
		asked, told             bool
	}{
		"true":             {"both", fresh, []string{ask(fresh, bob), ask(fresh, bob)}, true, true},
		"of another":       {"both", "zoe@new.example", []string{ask(fresh, bob)}, true, false},
		"not published":    {"both", "nobody", []string{ask(fresh, bob)}, true, false},
		"who sees us not":  {"to", fresh, []string{ask(fresh, bob)}, false, false},
		"of a stranger":    {"both", fresh, []string{ask(fresh, "zoe@example.org")}, false, false},
		"with a resource":  {"both", fresh, []string{ask(fresh, bob+"/x")}, false, false},
		"the same address": {"both", bob, []string{ask(bob+"/x", bob)}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = "<item jid='" + bob + "' name='Bob' subscription='" + test.subscription + "'/>"
			if test.published != "" {
				p.answers[node] = says(test.published)
			}
			cl := p.login()
			p.took()
			for _, xml := range test.xml {
				p.tells(xml)
			}
			p.sync()
			asked := false
			for _, s := range p.took() {
				asked = asked || strings.Contains(s, node)
				if strings.Contains(s, "subscribed") && name != "the same address" {
					t.Errorf("answered by itself: %s", s)
				}
			}
			if asked != test.asked {
				t.Errorf("asked the old address: %v", asked)
			}
			told := 0
			for _, m := range cl.rows(cl.chat(store.Direct, bob).ID) {
				if m.Notice == store.NoticeMoved && m.RealJID == fresh {
					told++
				}
			}
			if (told == 1) != test.told || told > 1 {
				t.Errorf("told %d times", told)
			}
		})
	}
}

// TestCallInRoom: an invite to a call in a room is a line, and whoever sent it takes
// it back.
func TestCallInRoom(t *testing.T) {
	const inv = "xmlns='urn:xmpp:call-invites:0'"
	sid := "<stanza-id xmlns='urn:xmpp:sid:0' by='" + myRoom + "' id='r1'/>"
	say := func(nick, inner string) string {
		return "<message type='groupchat' from='" + myRoom + "/" + nick + "'>" + inner + "</message>"
	}
	invite := say("mira", "<invite "+inv+" video='true'/>"+sid)
	for name, test := range map[string]struct {
		xml  []string
		want string
	}{
		"invited":        {[]string{invite, invite}, store.NoticeCallRoom},
		"taken back":     {[]string{invite, say("mira", "<retract "+inv+" id='r1'/>")}, store.NoticeCallOver},
		"by another":     {[]string{invite, say("jonas", "<retract "+inv+" id='r1'/>")}, store.NoticeCallRoom},
		"without a name": {[]string{say("mira", "<invite "+inv+"/>")}, ""},
		"the room":       {[]string{strings.Replace(invite, "/mira", "", 1)}, ""},
		"of two":         {[]string{say("mira", "<propose xmlns='urn:xmpp:jingle-message:0' id='c'/>")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.offer(myRoom, []string{stanzaIDs})
			cl := p.login()
			p.enter(cl, "alice", "mira", "jonas")
			p.tells(test.xml...)
			var got []string
			for _, m := range cl.rows(cl.chat(store.Room, myRoom).ID) {
				got = append(got, m.Notice)
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("got %q, want %q", s, test.want)
			}
		})
	}
}
