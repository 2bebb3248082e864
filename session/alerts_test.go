package session_test

import (
	"context"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// cameOf takes who came, after all that was said is applied.
func (p *peer) cameOf(cl *client) string {
	p.t.Helper()
	p.sync()
	var all []string
	for _, e := range events[session.Came](cl) {
		all = append(all, e.JID)
	}
	return strings.Join(all, " ")
}

const bobHere, bobAway, bobGone = "<presence from='bob@example.org/x'/>", "<presence from='bob@example.org/x'><show>away</show></presence>",
	"<presence from='bob@example.org/x' type='unavailable'/>"

// TestAlerts is a table of what happens after the user asked to be told; the
// link breaks at "again", and at "off" the user asks no more.
func TestAlerts(t *testing.T) {
	const bob = "bob@example.org"
	for name, c := range map[string]struct {
		before []string
		then   []string
		want   string
	}{
		"comes online":                      {nil, []string{bobHere}, bob},
		"was away and is back":              {[]string{bobAway}, []string{bobHere}, bob},
		"goes and comes back":               {[]string{bobHere}, []string{bobGone, "sync", bobHere}, bob},
		"is there all along":                {[]string{bobHere}, []string{bobHere, "<presence from='bob@example.org/x'><status>still</status></presence>"}, ""},
		"is busy":                           {nil, []string{"<presence from='bob@example.org/x'><show>dnd</show></presence>"}, ""},
		"another came":                      {nil, []string{"<presence from='carol@example.org/x'/>"}, ""},
		"told once only":                    {nil, []string{bobHere, "sync", bobGone, "sync", bobHere}, bob},
		"there all along, over a new login": {[]string{bobHere}, []string{"again", bobHere}, ""},
		"came while we were gone":           {[]string{bobGone}, []string{"again", bobHere}, bob},
		"away, and there after a new login": {[]string{bobHere}, []string{bobAway, "again", bobHere}, bob},
		"taken back":                        {nil, []string{"off", bobHere}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = bobToo + "<item jid='carol@example.org' subscription='to'/>"
			cl := p.login()
			p.tells(c.before...)
			cl.a.Alert(bob, true)
			wait(cl, "the list", func(e session.AlertsChanged) bool { return len(e.JIDs) == 1 && e.JIDs[0] == bob })
			var got []string
			for _, s := range c.then {
				switch s {
				case "again":
					p.again(cl)
				case "off":
					cl.a.Alert(bob, false)
					wait(cl, "the list", func(e session.AlertsChanged) bool { return len(e.JIDs) == 0 })
				case "sync":
				default:
					p.send(s)
				}
				if came := p.cameOf(cl); came != "" {
					got = append(got, came)
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("told of %q, want %q", s, c.want)
			}
		})
	}
}

// TestAlertsOutliveTheProgram: who is waited for is waited for after a restart,
// and who was there when it ended does not come by starting it.
func TestAlertsOutliveTheProgram(t *testing.T) {
	st, err := store.Open(context.Background(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	start := func() (*peer, *client) {
		p := newPeer(t)
		p.roster = bobToo + "<item jid='carol@example.org' subscription='to'/><item jid='eve@example.org' subscription='from'/>"
		opt := p.options()
		opt.Store = st
		cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
		cl.online()
		return p, cl
	}
	p, cl := start()
	p.tells(bobHere)
	cl.a.Alert("eve@example.org", true)
	wait(cl, "a refusal: she does not let us see her", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "alert-unseen" })
	cl.a.Alert("bob@example.org", true)
	cl.a.Alert("carol@example.org", true)
	wait(cl, "both", func(e session.AlertsChanged) bool { return len(e.JIDs) == 2 })
	cl.c.Close()
	p.wg.Wait()
	p, cl = start()
	p.tells(bobHere, "<presence from='carol@example.org/x'/>")
	if got := p.cameOf(cl); got != "carol@example.org" {
		t.Errorf("told of %q, want carol", got)
	}
	p.tells(bobGone)
	p.tells(bobHere)
	if got := p.cameOf(cl); got != "bob@example.org" {
		t.Errorf("told of %q, want bob", got)
	}
}
