package session_test

import (
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/wire"
)

// hides waits for our asking to be hidden or shown.
func (p *peer) hides(name string) {
	p.t.Helper()
	p.await(name, func(el *wire.Element) bool { return el.Child("urn:xmpp:invisible:1", name) != nil })
}

// TestInvisible: where the server offers it nobody is told of us but who is told
// alone, also after a login, and receipts stop; back, all are told again.
func TestInvisible(t *testing.T) {
	const bob, carol = "bob@example.org", "carol@example.org"
	p := newPeer(t)
	p.roster = bobToo + "<item jid='carol@example.org' subscription='both'/>"
	p.offer(peerDomain, []string{"urn:xmpp:invisible:1"})
	cl := p.login()
	wait(cl, "the offer", func(e session.AccountChanged) bool { return e.CanHide })
	p.presenceTo("")
	cl.a.SendPresence(carol, &session.Presence{Show: session.Away}, time.Time{})
	p.presenceTo(carol)
	cl.a.SetPresence(session.Presence{Show: session.Invisible})
	p.hides("invisible")
	if got := p.presenceTo(carol); got != "away" {
		t.Errorf("carol is told %q", got)
	}
	unseen := func() {
		t.Helper()
		for i, from := range []string{bob, carol} {
			p.sendf("<message from='%s/x' id='r%d' type='chat'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>", from, i)
		}
		p.await("carol's receipt", func(el *wire.Element) bool {
			return el.Attr("to") == carol+"/x" && el.Child("urn:xmpp:receipts", "received") != nil
		})
		p.sync()
		for _, s := range p.took() {
			if strings.HasPrefix(s, "<presence to='"+bob) || strings.HasPrefix(s, "<presence>") || strings.HasPrefix(s, "<message to='"+bob) || strings.Contains(s, "<show>invisible") {
				t.Errorf("told: %s", s)
			}
		}
	}
	unseen()
	p.again(cl)
	p.hides("invisible")
	if got := p.presenceTo(carol); got != "away" {
		t.Errorf("after a login carol is told %q", got)
	}
	p.mu.Lock()
	heard := len(p.heard)
	p.mu.Unlock()
	if heard == 0 {
		t.Error("nothing was heard of the login")
	}
	for _, s := range p.took() {
		if strings.HasPrefix(s, "<presence>") {
			t.Errorf("the login told %s", s)
		}
	}
	cl.a.SetPresence(session.Presence{})
	p.hides("visible")
	if got := p.presenceTo(""); got != "" {
		t.Errorf("all are told %q", got)
	}
}

// TestInvisibleIsNotOffered: it is said, and nothing changes.
func TestInvisibleIsNotOffered(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.presenceTo("")
	cl.a.SetPresence(session.Presence{Show: session.Invisible})
	wait(cl, "the refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "no-invisible" })
	p.sync()
	for _, s := range p.took() {
		if strings.HasPrefix(s, "<presence") || strings.Contains(s, "invisible:1") {
			t.Errorf("told: %s", s)
		}
	}
}
