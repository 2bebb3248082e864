package session

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sotto/session/wire"
)

func TestParseURI(t *testing.T) {
	for name, test := range map[string]struct {
		in, wrong string
		want      URI
	}{
		"somebody":                {in: "xmpp:bob@example.org", want: URI{JID: "bob@example.org", Bare: "bob@example.org"}},
		"capitals":                {in: "XMPP:Bob@Example.ORG", want: URI{JID: "bob@example.org", Bare: "bob@example.org"}},
		"a device":                {in: "xmpp:bob@example.org/phone", want: URI{JID: "bob@example.org/phone", Bare: "bob@example.org", Resource: "phone"}},
		"a message":               {in: "xmpp:bob@example.org?message;body=Hello%2C%20you;subject=About", want: URI{Action: URIMessage, JID: "bob@example.org", Bare: "bob@example.org", Text: "About\nHello, you"}},
		"only a body":             {in: "xmpp:bob@example.org?body=hi", want: URI{Action: URIMessage, JID: "bob@example.org", Bare: "bob@example.org", Text: "hi"}},
		"lines":                   {in: "xmpp:b@example.org?message;body=one%0D%0Atwo%0Athree", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org", Text: "one\ntwo\nthree"}},
		"a command stays text":    {in: "xmpp:b@example.org?message;body=%2Fquit", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org", Text: "/quit"}},
		"plus is plus":            {in: "xmpp:b@example.org?message;body=1+1", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org", Text: "1+1"}},
		"controls in a body":      {in: "xmpp:b@example.org?message;body=a%1B%5B31mb%00%07c%C2%9B", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org", Text: "a[31mbc"}},
		"a room":                  {in: "xmpp:tea@rooms.example.org?join;password=s%3Bcret", want: URI{Action: URIJoin, JID: "tea@rooms.example.org", Bare: "tea@rooms.example.org", Password: "s;cret"}},
		"a room with a nick":      {in: "xmpp:tea@rooms.example.org/ally?join", want: URI{Action: URIJoin, JID: "tea@rooms.example.org/ally", Bare: "tea@rooms.example.org", Resource: "ally"}},
		"a contact":               {in: "xmpp:romeo@montague.net?roster;name=Romeo%20Montague;group=Friends", want: URI{Action: URIRoster, JID: "romeo@montague.net", Bare: "romeo@montague.net", Name: "Romeo Montague", Group: "Friends"}},
		"an invitation":           {in: "xmpp:romeo@montague.net?roster;preauth=1tMFqYDdKhfe2pwp", want: URI{Action: URIRoster, JID: "romeo@montague.net", Bare: "romeo@montague.net", Token: "1tMFqYDdKhfe2pwp"}},
		"one with an account":     {in: "xmpp:romeo@montague.net?roster;preauth=T;ibr=y", want: URI{Action: URIRoster, JID: "romeo@montague.net", Bare: "romeo@montague.net", Token: "T", Register: true}},
		"an account":              {in: "xmpp:example.com?register;preauth=T", want: URI{Action: URIRegister, JID: "example.com", Bare: "example.com", Token: "T", Register: true}},
		"a name for an account":   {in: "xmpp:juliet@example.com?register;preauth=T", want: URI{Action: URIRegister, JID: "juliet@example.com", Bare: "juliet@example.com", Token: "T", Register: true}},
		"subscribe":               {in: "xmpp:b@example.org?subscribe", want: URI{Action: URISub, JID: "b@example.org", Bare: "b@example.org"}},
		"as somebody":             {in: "xmpp://alice@example.org/b@example.org?message", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org", Account: "alice@example.org"}},
		"slashes that mean none":  {in: "xmpp://b@example.org", want: URI{JID: "b@example.org", Bare: "b@example.org"}},
		"a fragment":              {in: "xmpp:b@example.org?message#there", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org"}},
		"letters of anywhere":     {in: "xmpp:j%C3%BCrgen@example.org", want: URI{JID: "jürgen@example.org", Bare: "jürgen@example.org"}},
		"unknown keys":            {in: "xmpp:b@example.org?message;type=chat;x;=;y=z;id=1", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org"}},
		"said twice":              {in: "xmpp:b@example.org?message;body=first;body=second", want: URI{Action: URIMessage, JID: "b@example.org", Bare: "b@example.org", Text: "first"}},
		"space around":            {in: "  xmpp:b@example.org\n", want: URI{JID: "b@example.org", Bare: "b@example.org"}},
		"another scheme":          {in: "https://example.org", wrong: "link-none"},
		"nothing":                 {in: "xmpp:", wrong: "link-address"},
		"too long":                {in: "xmpp:b@example.org?message;body=" + strings.Repeat("x", uriMax), wrong: "link-long"},
		"too many keys":           {in: "xmpp:b@example.org?message" + strings.Repeat(";a=b", 100), wrong: "link-garbled"},
		"half an escape":          {in: "xmpp:b@example.org?message;body=%4", wrong: "link-garbled"},
		"no escape":               {in: "xmpp:b@example.org?message;body=%zz", wrong: "link-garbled"},
		"no text":                 {in: "xmpp:b@example.org?message;body=%ff%fe", wrong: "link-garbled"},
		"a control character":     {in: "xmpp:b@example.org?mess\x1bage", wrong: "link-garbled"},
		"a hidden control":        {in: "xmpp:b%1b@example.org", wrong: "link-address"},
		"a hidden border":         {in: "xmpp:bob%40evil.example%2F@example.org", wrong: "link-address"},
		"a hidden domain":         {in: "xmpp:b@example.org%2Fx", wrong: "link-address"},
		"a space in a name":       {in: "xmpp:b%20b@example.org", wrong: "link-address"},
		"nobody at a server":      {in: "xmpp:@example.org", wrong: "link-address"},
		"a server as a contact":   {in: "xmpp:example.org?roster", wrong: "link-address"},
		"an empty account":        {in: "xmpp:///b@example.org", wrong: "link-address"},
		"an unknown action":       {in: "xmpp:b@example.org?unsubscribe", wrong: "link-action", want: URI{Action: "unsubscribe", JID: "b@example.org", Bare: "b@example.org"}},
		"a token of control":      {in: "xmpp:b@example.org?roster;preauth=a%0Ab", want: URI{Action: URIRoster, JID: "b@example.org", Bare: "b@example.org"}},
		"a token that is no word": {in: "xmpp:b@example.org?roster;preauth=" + strings.Repeat("a", uriTokenMax+1), want: URI{Action: URIRoster, JID: "b@example.org", Bare: "b@example.org"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, p := ParseURI(test.in)
			code := ""
			if p != nil {
				code = p.Code
			}
			if code != test.wrong || got != test.want {
				t.Errorf("got %+v %q, want %+v %q", got, code, test.want, test.wrong)
			}
		})
	}
}

// FuzzURI: whatever a link says, the address is one, and nothing in it can
// leave its place on a screen or in a stanza.
func FuzzURI(f *testing.F) {
	for _, s := range []string{"xmpp:bob@example.org?message;body=a%0Ab", "xmpp://a@b.c/d@e.f/g?join;password=%00", "xmpp:%40@x?roster;name=%E2%80%AE;preauth=t;ibr=y",
		"xmpp:a@b?;;;=;%", "XMPP:example.org?register;preauth=T", "xmpp:a%2Fb@c#?", "xmpp:[::1]?join"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, p := ParseURI(s)
		if p != nil {
			return
		}
		j, err := wire.Parse(u.JID)
		if err != nil || j.String() != u.JID || j.Bare().String() != u.Bare || j.Resource() != u.Resource {
			t.Errorf("%q: %+v is no address (%v)", s, u, err)
		}
		for _, line := range []string{u.Name, u.Group, u.Password, u.Token, strings.ReplaceAll(strings.ReplaceAll(u.Text, "\n", ""), "\t", "")} {
			if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("%q: %q has control characters", s, line)
			}
		}
		if u.Account != "" && !ValidAddress(u.Account) {
			t.Errorf("%q: acts as %q", s, u.Account)
		}
	})
}
