package session

import (
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

// TestBookmarkExtensions: pin and rule are written where they belong; what others
// keep there stays byte for byte.
func TestBookmarkExtensions(t *testing.T) {
	const open, end = "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'>", "</conference>"
	pinned, n := "<pinned xmlns='urn:xmpp:bookmarks-pinning:0'/>", func(s string) string { return "<notify xmlns='urn:xmpp:notification-settings:1'>" + s + "</notify>" }
	ext := func(s string) string { return "<extensions>" + s + "</extensions>" }
	advanced := "<advanced><x xmlns='urn:x'>when</x></advanced>"
	for name, test := range map[string]struct {
		in   string
		pin  bool
		rule string
		want string
	}{
		"into nothing":                  {"", true, "none", ext(pinned + n("<never/>"))},
		"beside others":                 {ext("<o xmlns='urn:x' a = \"1\" >w</o>"), true, "", ext("<o xmlns='urn:x' a = \"1\" >w</o>" + pinned)},
		"no pin any more":               {ext("<o xmlns='urn:x'/>" + pinned), false, "", ext("<o xmlns='urn:x'/>")},
		"another rule":                  {ext(n("<never/>")), false, "mention", ext(n("<on-mention/>"))},
		"the usual one":                 {ext(n("<never/>")), false, "", ext(n(""))},
		"phones are left alone":         {ext(n("<never identity-category='client' identity-type='phone'/>")), false, "all", ext(n("<never identity-category='client' identity-type='phone'/><always/>"))},
		"ours is the most specific":     {ext(n("<always/><never identity-category='client'/>")), false, "mention", ext(n("<always/><on-mention identity-category='client'/>"))},
		"a fallback beside ours":        {ext(n("<never identity-category='client' identity-type='console'/>")), false, "all", ext(n("<always identity-category='client' identity-type='console'/><always/>"))},
		"what is advanced stays":        {ext(n("<never>" + advanced + "</never>")), false, "all", ext(n("<always>" + advanced + "</always>"))},
		"what is advanced stays, usual": {ext(n("<never>" + advanced + "</never>")), false, "", ext(n("<never>" + advanced + "</never>"))},
		"never twice":                   {ext(n("<never/><always/>")), false, "all", ext(n("<always/>"))},
		"a pin beside what is the same": {ext(n("<never/>")), true, "none", ext(n("<never/>") + pinned)},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := wire.ParseElement([]byte(open+test.in+end), "")
			if err != nil {
				t.Fatal(err)
			}
			b := readBookmark(e)
			b.pinned, b.notify = test.pin, test.rule
			got, err := wire.ParseElement(b.write(), "")
			if err != nil {
				t.Fatal(err)
			}
			want, err := wire.ParseElement([]byte(open+test.want+end), "")
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Append(nil, "")) != string(want.Append(nil, "")) {
				t.Errorf("got %s, want %s", got.Raw(), want.Raw())
			}
			again := readBookmark(got)
			if again.pinned != test.pin || again.notify != test.rule && name != "what is advanced stays, usual" {
				t.Errorf("read again: %+v", again)
			}
		})
	}
	// The older store has no place for it.
	e, _ := wire.ParseElement([]byte("<conference xmlns='storage:bookmarks' jid='a@b'/>"), "")
	b := readBookmark(e)
	b.pinned, b.notify = true, store.NotifyNone
	if got := string(b.change(e)); got != "<conference xmlns='storage:bookmarks' jid='a@b'/>" {
		t.Errorf("got %s", got)
	}
}
