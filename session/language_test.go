package session

import (
	"slices"
	"strings"
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

func TestLocaleLanguages(t *testing.T) {
	for in, want := range map[string]string{
		"de_CH.UTF-8||":                "de-CH",
		"|fr_FR@euro|de_DE":            "fr-FR",
		"||en_US.UTF-8":                "en-US",
		"||eo":                         "eo",
		"C|de_DE|de_DE":                "", // LC_ALL has the last word
		"||C.UTF-8":                    "",
		"||POSIX":                      "",
		"||":                           "",
		"||../../etc/passwd":           "",
		"||de_DE; rm -rf.UTF-8":        "",
		"||" + strings.Repeat("a", 99): "",
	} {
		if got := strings.Join(LocaleLanguages(strings.Split(in, "|")...), " "); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// TestLookup has the examples of RFC 4647 §3.4 among others.
func TestLookup(t *testing.T) {
	for name, test := range map[string]struct{ ranges, tags, want string }{
		"the same":                 {"de-CH", "en de-CH de", "de-CH"},
		"shorter":                  {"de-CH", "en de fr", "de"},
		"case does not count":      {"DE-ch", "en de-CH", "de-CH"},
		"longer ones do not":       {"de", "de-CH en", ""},
		"no word in common":        {"de", "en fr", ""},
		"the second best":          {"de-CH, fr", "en fr", "fr"},
		"the best though shorter":  {"de-CH fr", "fr de", "de"},
		"a single letter goes too": {"zh-Hant-CN-x-private1-private2", "zh-Hant-CN-x zh-Hant-CN", "zh-Hant-CN"},
		"nothing wanted":           {"", "en de", ""},
		"nothing named":            {"de", "", ""},
	} {
		tags := strings.Fields(test.tags)
		got := ""
		if i := lookup(ranges(test.ranges), tags); i >= 0 {
			got = tags[i]
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	if got := ranges("de-CH,,en x_y ../ 1a " + strings.Repeat("fr ", 99)); len(got) != languagesMax || !slices.Equal(got[:3], []string{"de-CH", "en", "fr"}) {
		t.Errorf("got %q", got)
	}
}

// TestTextOf chooses among the bodies of a message (RFC 6121 §5.2.3).
func TestTextOf(t *testing.T) {
	l := newLoopFor(t)
	const hi, hallo, salut = "<body>hi</body>", "<body xml:lang='de'>hallo</body>", "<body xml:lang='fr'>salut</body>"
	for name, test := range map[string]struct{ read, xml, want, lang string }{
		"one":                              {"de", "<message>" + hi + "</message>", "hi", ""},
		"one in another language":          {"de", "<message>" + salut + "</message>", "salut", "fr"},
		"the user's":                       {"de-AT", "<message>" + hi + salut + hallo + "</message>", "hallo", "de"},
		"none of them: the one without":    {"it", "<message>" + salut + hi + hallo + "</message>", "hi", ""},
		"none of them, none without":       {"it", "<message>" + salut + hallo + "</message>", "salut", "fr"},
		"the stanza's language":            {"en", "<message xml:lang='en'>" + salut + hi + hallo + "</message>", "hi", "en"},
		"the stanza's, and another wanted": {"fr", "<message xml:lang='en'>" + hi + salut + "</message>", "salut", "fr"},
		"nothing is known of the user":     {"", "<message>" + hallo + hi + "</message>", "hi", ""},
		"nothing at all":                   {"de", "<message xml:lang='en'/>", "", "en"},
		"twice the same":                   {"de", "<message>" + hallo + "<body xml:lang='DE'>second</body></message>", "hallo", "de"},
		"without end":                      {"de", "<message>" + strings.Repeat(salut, 5000) + hallo + "</message>", "salut", "fr"},
	} {
		set := *l.c.Settings()
		set.Languages = test.read
		l.c.settings.Store(&set)
		el, err := wire.ParseElement([]byte(test.xml), wire.NSClient)
		if err != nil {
			t.Fatal(err)
		}
		if text, lang := l.textOf(el, "body"); text != test.want || lang != test.lang {
			t.Errorf("%s: got %q in %q, want %q in %q", name, text, lang, test.want, test.lang)
		}
	}
	set := *l.c.Settings()
	set.Languages = ""
	l.c.settings.Store(&set)
	l.c.opt.Languages = []string{"fr-CA"}
	el, _ := wire.ParseElement([]byte("<presence><status>away</status><status xml:lang='fr'>absent</status><show>away</show></presence>"), wire.NSClient)
	if p := l.readPresence(el); p.Text != "absent" || p.Show != Away {
		t.Errorf("without a setting the locale chooses; got %+v", p)
	}
}

// TestSubjectLanguage: the subject of a room in several languages.
func TestSubjectLanguage(t *testing.T) {
	l := newLoopFor(t)
	l.c.opt.Languages = []string{"de"}
	r := &room{jid: wire.Lenient("tea@rooms.example.org"), nick: "alice", joined: true, occupants: map[string]*Occupant{}}
	l.rooms[r.jid] = r
	if err := l.applyBurst([]wire.Stanza{arrived(t, "<message from='tea@rooms.example.org/mira' type='groupchat'><subject>tea</subject><subject xml:lang='de'>Tee</subject></message>")}); err != nil {
		t.Fatal(err)
	}
	if r.subject != "Tee" {
		t.Errorf("got %q", r.subject)
	}
}

// TestSameBody: a message is known by the same words whatever language was read.
func TestSameBody(t *testing.T) {
	for xml, want := range map[string]string{
		"<message><body>hi</body></message>": "",
		"<message/>":                         "",
		"<message><body xml:lang='de'>hallo</body><body>hi\n</body><body xml:lang='fr'>salut</body></message>": "hi",
		"<message xml:lang='en'><body xml:lang='de'>hallo</body><body xml:lang='fr'>salut</body></message>":    "hallo",
	} {
		el, err := wire.ParseElement([]byte(xml), wire.NSClient)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameBody(el); string(got) != want || (got == nil) != (want == "") {
			t.Errorf("%s: got %q, want %q", xml, got, want)
		}
	}
}

// TestArchiveInAnotherLanguage: what came in one language and is told by the
// archive after the setting changed is one message.
func TestArchiveInAnotherLanguage(t *testing.T) {
	l := newLoopFor(t)
	l.contacts["bob@example.org"] = store.Contact{Account: l.a.id, JID: "bob@example.org", Subscription: "both"}
	const said = "<body>hi</body><body xml:lang='de'>hallo</body>"
	read := func(language string, archive string) {
		t.Helper()
		l.c.opt.Languages = []string{language}
		if err := l.applyBurst([]wire.Stanza{arrived(t, "<message type='chat' from='bob@example.org/x' to='"+ownBare+"' id='m1'>"+said+archive+"</message>")}); err != nil {
			t.Fatal(err)
		}
	}
	read("de", "<origin-id xmlns='urn:xmpp:sid:0' id='0123456789012345678901234567890123456789'/>")
	read("en", "<origin-id xmlns='urn:xmpp:sid:0' id='0123456789012345678901234567890123456789'/><delay xmlns='urn:xmpp:delay' from='example.org' stamp='2020-02-03T04:05:06Z'/>")
	list, err := l.st.ChatsOf(t.Context(), l.a.id)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v %v", list, err)
	}
	rows, _, err := l.st.Page(t.Context(), list[0].ID, 0, 10)
	if err != nil || len(rows) != 1 || rows[0].Body != "hallo" {
		t.Errorf("got %+v %v", rows, err)
	}
}
