package session_test

import (
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

// TestAccountTold: the server of a stranger is asked when the user wants that, and
// believed only if it announces that it tells.
func TestAccountTold(t *testing.T) {
	const ns = "urn:xmpp:raa:0"
	for name, x := range map[string]struct {
		offers []string
		answer string // to the question; empty: it must not be asked
		kind   string
		since  string
	}{
		"told":              {[]string{ns}, "<info xmlns='urn:xmpp:raa:0' affiliation='registered' since='2026-11-20T00:00:00Z' trust='40'/>", "registered", "2026-11-20"},
		"without a time":    {[]string{ns}, "<info xmlns='urn:xmpp:raa:0' affiliation='admin'/>", "admin", ""},
		"no such kind":      {[]string{ns}, "<info xmlns='urn:xmpp:raa:0' affiliation='your bank' since='2026-11-20T00:00:00Z'/>", "", ""},
		"no time at all":    {[]string{ns}, "<info xmlns='urn:xmpp:raa:0' affiliation='member' since='yesterday'/>", "member", ""},
		"far in the future": {[]string{ns}, "<info xmlns='urn:xmpp:raa:0' affiliation='member' since='9999-01-01T00:00:00Z'/>", "member", ""},
		"nothing":           {[]string{ns}, "<other xmlns='x'/>", "", ""},
		"not offered":       {[]string{"x"}, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.offer("evil.example", x.offers)
			p.hush("eve@evil.example")
			cl := p.login()
			// What she says of herself counts for nothing, and asks nobody.
			p.tells(eve("<body>hi</body><info xmlns='urn:xmpp:raa:0' affiliation='admin' since='2001-01-01T00:00:00Z'/>"))
			for _, el := range p.took() {
				if strings.Contains(el, "evil.example") {
					t.Errorf("asked by itself: %s", el)
				}
			}
			cl.a.AskAccount("eve@evil.example")
			if x.answer != "" {
				q := p.await("the question", func(el *wire.Element) bool {
					return el.Attr("to") == "eve@evil.example" && el.Child(ns, "query") != nil
				})
				p.sendf("<iq type='result' id='%s' from='eve@evil.example'>%s</iq>", q.Attr("id"), x.answer)
			}
			e := wait(cl, "what is told", func(e session.AccountTold) bool { return e.JID == "eve@evil.example" })
			since := ""
			if !e.Since.IsZero() {
				since = e.Since.UTC().Format("2006-01-02")
			}
			if e.Kind != x.kind || since != x.since {
				t.Errorf("got %q %q, want %q %q", e.Kind, since, x.kind, x.since)
			}
		})
	}
}
