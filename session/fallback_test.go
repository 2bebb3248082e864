package session

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sotto/session/wire"
)

// TestSigns: what can stand as a reaction.
func TestSigns(t *testing.T) {
	for _, s := range []string{"👍", "❤️", "❤", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "☕", "‼️", "✅"} {
		if !IsSign(s) {
			t.Errorf("%q is none", s)
		}
	}
	for _, s := range []string{"", "a", "1", "#", " ", "\n", "👍👍", "日", "é", "\u200d", "\u202e", "\u0301", "\x00", "<", "ok", "\xff", "👍" + strings.Repeat("\u0301", 60)} {
		if IsSign(s) {
			t.Errorf("%q is one", s)
		}
	}
}

// FuzzFallback: whatever is marked, rest and cut are the body in two parts.
func FuzzFallback(f *testing.F) {
	f.Add("> hi\nno", "0", "5", "1", "3")
	f.Add("👨‍👩‍👧é", "1", "2", "-1", "99999999999999999999")
	f.Add("", "0", "0", "", "")
	f.Fuzz(func(t *testing.T, body, a, b, c, d string) {
		if !utf8.ValidString(body) {
			return // no XML has it
		}
		part := func(from, to string) *wire.Element {
			return wire.New(nsFallback, "body").Set("start", from).Set("end", to)
		}
		e := wire.New(wire.NSClient, "message").Add(wire.New(nsFallback, "fallback").Set("for", nsReply).Add(part(a, b), part(c, d)))
		rest, cut := fallback(e, nsReply, body)
		if len(rest)+len(cut) != len(body) || !utf8.ValidString(rest) || !utf8.ValidString(cut) {
			t.Errorf("%q became %q and %q", body, rest, cut)
		}
		if q := quoted(cut); strings.ContainsAny(q, "\r\n") || len(q) > quoteMax {
			t.Errorf("%q is quoted as %q", cut, q)
		}
	})
}
