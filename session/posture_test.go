package session_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// presenceTo waits for a presence of ours to an address ("": to all), and gives
// its state and text.
func (p *peer) presenceTo(to string) string {
	p.t.Helper()
	el := p.await("a presence to "+to, func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == to })
	show := el.ChildText(wire.NSClient, "show")
	if t := el.Attr("type"); t != "" {
		show = t
	}
	return strings.TrimSpace(show + " " + el.ChildText(wire.NSClient, "status"))
}

// again is a new connection after the one before broke.
func (p *peer) again(cl *client) {
	p.t.Helper()
	p.sync()
	p.took()
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	_ = conn.Close()
	wait(cl, "the loss", func(e session.AccountChanged) bool { return e.Link != session.Online })
	cl.online()
}

const bobToo = "<item jid='bob@example.org' subscription='both'/>"

// TestDirectedPresence: one address alone is told, again after every broadcast
// that would overwrite it and after every login, until it is taken back.
func TestDirectedPresence(t *testing.T) {
	const bob, eve = "bob@example.org", "eve@evil.example"
	p := newPeer(t)
	p.roster = bobToo
	cl := p.login()
	p.presenceTo("")
	cl.a.SendPresence(bob, &session.Presence{Show: session.Busy, Text: "for you"}, time.Time{})
	cl.a.SendPresence(eve, &session.Presence{Show: session.Away}, time.Time{})
	for to, want := range map[string]string{bob: "dnd for you", eve: "away"} {
		if got := p.presenceTo(to); got != want {
			t.Errorf("%s is told %q, want %q", to, got, want)
		}
	}
	list := wait(cl, "the list", func(e session.DirectedChanged) bool { return len(e.List) == 2 })
	if list.List[0].JID != bob || list.List[0].Presence.Show != session.Busy {
		t.Errorf("got %+v", list.List)
	}
	cl.a.SetPresence(session.Presence{Show: session.Away})
	if all, one := p.presenceTo(""), p.presenceTo(bob); all != "away" || one != "dnd for you" {
		t.Errorf("all are told %q, bob %q", all, one)
	}
	p.again(cl)
	if all, one, other := p.presenceTo(""), p.presenceTo(bob), p.presenceTo(eve); all != "away" || one != "dnd for you" || other != "away" {
		t.Errorf("after a login all are told %q, bob %q, eve %q", all, one, other)
	}
	cl.a.SendPresence(bob, nil, time.Time{})
	cl.a.SendPresence(eve, nil, time.Time{})
	if one, other := p.presenceTo(bob), p.presenceTo(eve); one != "away" || other != "unavailable" {
		t.Errorf("cleared, bob is told %q, eve %q", one, other)
	}
	p.again(cl)
	p.presenceTo("")
	p.sync()
	for _, s := range p.took() {
		if strings.HasPrefix(s, "<presence") {
			t.Errorf("after it was cleared it tells %s", s)
		}
	}
}

// TestDirectedToARoom: the room is told as a whole, whatever occupant was named;
// a presence to another's nick would ask for the nick.
func TestDirectedToARoom(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.enter(cl, "alice")
	p.took()
	cl.a.SendPresence(myRoom+"/mira", &session.Presence{Show: session.Busy}, time.Time{})
	if got := p.presenceTo(myRoom + "/alice"); got != "dnd" {
		t.Errorf("the room is told %q", got)
	}
	cl.a.SendPresence(myRoom, nil, time.Time{})
	if got := p.presenceTo(myRoom + "/alice"); got != "" {
		t.Errorf("cleared, the room is told %q", got)
	}
}

// TestPresenceEnds: what was before comes back when the time is over, for all
// and for one; what was chosen meanwhile for good stays.
func TestPresenceEnds(t *testing.T) {
	const bob = "bob@example.org"
	p := newPeer(t)
	p.roster = bobToo
	cl := p.login()
	p.presenceTo("")
	soon := func() time.Time { return time.Now().Add(300 * time.Millisecond) }
	cl.a.SetPresence(session.Presence{Show: session.Away, Text: "before"})
	p.presenceTo("")
	cl.a.SetPresenceUntil(session.Presence{Show: session.Busy}, time.Now().Add(time.Hour))
	cl.a.SetPresenceUntil(session.Presence{Show: session.ExtAway}, soon())
	for _, want := range []string{"dnd", "xa", "away before"} {
		if got := p.presenceTo(""); got != want {
			t.Errorf("all are told %q, want %q", got, want)
		}
	}
	cl.a.SendPresence(bob, &session.Presence{Show: session.Busy}, time.Time{})
	cl.a.SendPresence(bob, &session.Presence{Show: session.ExtAway}, soon())
	for _, want := range []string{"dnd", "xa", "dnd"} {
		if got := p.presenceTo(bob); got != want {
			t.Errorf("bob is told %q, want %q", got, want)
		}
	}
	cl.a.SetPresenceUntil(session.Presence{Show: session.Busy}, time.Now().Add(time.Hour))
	cl.a.SetPresence(session.Presence{Show: session.FreeForChat})
	e := wait(cl, "a state for good", func(e session.AccountChanged) bool { return e.Presence.Show == session.FreeForChat })
	if !e.Until.IsZero() {
		t.Errorf("it ends at %v", e.Until)
	}
}

// TestTimedPresenceOutlivesTheProgram: a restart forgets neither what is told
// nor when it ends; what ended meanwhile is over at the login.
func TestTimedPresenceOutlivesTheProgram(t *testing.T) {
	const bob = "bob@example.org"
	st, err := store.Open(context.Background(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var ahead atomic.Int64
	start := func() (*peer, *client, func()) {
		p := newPeer(t)
		p.roster = bobToo
		opt := p.options()
		opt.Store, opt.Now = st, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
		cl.online()
		return p, cl, func() { cl.c.Close(); p.wg.Wait() }
	}
	p, cl, end := start()
	p.presenceTo("")
	cl.a.SetPresence(session.Presence{Text: "usual"})
	cl.a.SetPresenceUntil(session.Presence{Show: session.Busy, Text: "talk"}, time.Now().Add(time.Hour))
	cl.a.SendPresence(bob, &session.Presence{Show: session.Away}, time.Now().Add(3*time.Hour))
	p.presenceTo(bob)
	end()
	p, _, end = start()
	if all, one := p.presenceTo(""), p.presenceTo(bob); all != "dnd talk" || one != "away" {
		t.Errorf("after a restart all are told %q, bob %q", all, one)
	}
	end()
	ahead.Store(int64(2 * time.Hour))
	p, _, end = start()
	if all, one := p.presenceTo(""), p.presenceTo(bob); all != "usual" || one != "away" {
		t.Errorf("two hours later all are told %q, bob %q", all, one)
	}
	end()
	ahead.Store(int64(4 * time.Hour))
	p, _, end = start()
	p.presenceTo("")
	p.sync()
	for _, s := range p.took() {
		if strings.Contains(s, "to='"+bob+"'") {
			t.Errorf("four hours later it tells %s", s)
		}
	}
	end()
}
