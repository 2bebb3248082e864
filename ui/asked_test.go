package ui

import (
	"strings"
	"testing"
	"time"

	"sotto/session"
)

// TestPersonGolden: what a client told when it was asked, and since when it is in
// its state, stand with its device.
func TestPersonGolden(t *testing.T) {
	m := friend()
	m.presence[who{1, "bob@example.org"}][0].Since = testNow.Add(-8 * time.Minute)
	m.presence[who{1, "bob@example.org"}][1].Since = testNow.Add(-30 * time.Hour)
	m.asked[who{1, "bob@example.org/phone"}] = asked{version: "Conversations 2.19 \x1b[31mAndroid", zone: time.FixedZone("", -5*3600)}
	m.alerts[1] = []string{"bob@example.org"}
	_, show := peopled(t, m, 28, 24, false)
	golden(t, "panes/people-told", strings.Join(show(), "\n")+"\n")
}

// TestAskingAClient: i in the people asks, and the pane remembers the answer.
func TestAskingAClient(t *testing.T) {
	r := newRig(t, 120, 40, village)
	r.do("pane.next")
	r.press("Tab", "i")
	r.sees("address", "bob@example.org", "name", "Bob Ross")
	r.press("Esc")
	r.a.handle(session.PresenceChanged{Account: r.acc, JID: "bob@example.org", Resources: []session.Resource{{Name: "desk"}}})
	r.a.handle(session.Answer{Account: r.acc, Code: "whois", Args: []string{"bob@example.org", "bob@example.org/desk"},
		Facts: []session.Fact{{Code: "version", Text: "Psi 1.5"}, {Code: "time", Text: "09:05 -05:00"}}})
	r.press("Esc")
	r.sees("Psi 1.5", "09:05 there")
	r.a.handle(session.Answer{Account: r.acc, Code: "whois", Args: []string{"bob@example.org", "bob@example.org/desk"},
		Facts: []session.Fact{{Code: "time", Text: "yesterday"}}})
	r.sees("Psi 1.5")
}
