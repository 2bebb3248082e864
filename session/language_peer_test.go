package session_test

import (
	"testing"

	"sotto/session"
	"sotto/store"
)

// TestLanguages: what is said in several languages is stored and shown in the
// user's, in messages, corrections and presences.
func TestLanguages(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	opt := p.options()
	opt.Languages = []string{"de-CH"}
	cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
	cl.online()
	p.sync()
	chat := cl.open("bob@example.org")
	bodies := "<body>good morning%[1]s</body><body xml:lang='fr'>bonjour%[1]s</body><body xml:lang='de'>guten Morgen%[1]s</body>"
	p.sendf("<message type='chat' from='bob@example.org/x' id='m1' xml:lang='en'>"+bodies+"</message>", "")
	p.sendf("<presence from='bob@example.org/x'><status>out</status><status xml:lang='de'>draussen</status></presence>")
	e := wait(cl, "bob's presence", func(e session.PresenceChanged) bool { return e.JID == "bob@example.org" && len(e.Resources) == 1 })
	if got := e.Resources[0].Presence.Text; got != "draussen" {
		t.Errorf("bob is %q", got)
	}
	m := cl.rows(chat)
	if len(m) != 1 || m[0].Body != "guten Morgen" || m[0].Lang != "de" {
		t.Errorf("got %+v", m)
	}
	p.sendf("<message type='chat' from='bob@example.org/x' id='m2' xml:lang='en'>"+bodies+"<replace xmlns='urn:xmpp:message-correct:0' id='m1'/></message>", "!")
	cl.until("the correction", func() bool { return cl.has(chat, "guten Morgen!", m[0].State) })
	// The setting goes before the locale, also while sotto runs.
	cl.c.Set("languages", "it, fr")
	wait(cl, "the setting", func(e session.Answer) bool { return e.Code == "setting-changed" })
	p.sendf("<message type='chat' from='bob@example.org/x' id='m3'>"+bodies+"</message>", "?")
	cl.until("the other language", func() bool { return cl.has(chat, "bonjour?", m[0].State) })
	cl.c.Set("languages", "no/thing")
	wait(cl, "the refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "bad-setting" })
}
