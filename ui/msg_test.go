package ui

import (
	"testing"

	"sotto/session"
	"sotto/store"
)

// TestAddressed: /msg in a room may name an occupant; an address and a contact's
// name mean what they mean everywhere.
func TestAddressed(t *testing.T) {
	m := crowd(session.Occupant{Nick: "bob"}, session.Occupant{Nick: "bob the builder"}, session.Occupant{Nick: "Rose"}, session.Occupant{Nick: "eve@home"})
	m.contacts = map[who]store.Contact{{1, "rose@example.org"}: {Account: 1, JID: "rose@example.org", Name: "rose"}}
	a := &App{m: m}
	for words, want := range map[string][2]string{
		"bob psst":              {"bob", "psst"},
		"bob":                   {"bob", ""},
		"bob the builder hello": {"bob the builder", "hello"},
		"bobby hello":           {},
		"rose hello":            {},
		"eve@home hello":        {},
		"":                      {},
	} {
		nick, rest, ok := a.addressed(words)
		if got := [2]string{nick, rest}; got != want || ok != (want[0] != "") {
			t.Errorf("%q: %q %v, want %q", words, got, ok, want)
		}
	}
	m.chats[0].Kind = store.Direct
	if nick, _, ok := a.addressed("bob psst"); ok {
		t.Errorf("outside a room it means %q", nick)
	}
}
