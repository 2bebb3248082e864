package session

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

const (
	sharing = `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type><name>summit.jpg</name><size>3032449</size>` +
		`<hash xmlns='urn:xmpp:hashes:2' algo='sha3-256'>2XarmwTlNxDAMkvymloX3S5+VbylNrJt/l5QyPa+YoU=</hash><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</hash></file>` +
		`<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='%s'/></sources></file-sharing>`
	at        = "https://up.example/1/summit.jpg"
	sumOfNone = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// TestReadFile: raw message in, what it brings and what is left of its text out.
func TestReadFile(t *testing.T) {
	full := fmt.Sprintf("%s summit.jpg 3032449 image/jpeg %s", at, sumOfNone)
	sims := `<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/png</media-type><name>a.png</name><size>5</size></file>` +
		`<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='xmpp:x'/><reference xmlns='urn:xmpp:reference:0' type='data' uri='` + at + `'/></sources></media-sharing></reference>`
	share := fmt.Sprintf(sharing, at)
	oob := "<x xmlns='jabber:x:oob'><url>" + at + "</url></x>"
	mark := func(from, to int) string {
		return fmt.Sprintf("<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='%d' end='%d'/></fallback>", from, to)
	}
	n := len(at)
	for name, test := range map[string]struct{ in, want, body string }{
		"all that there is":           {"<body>" + at + "</body>" + share + oob + mark(0, n), full, at},
		"without a body":              {share, full, at},
		"a caption":                   {"<body>look " + at + "</body>" + share + mark(5, 5+n), full, "look "},
		"words hidden as a fallback":  {"<body>pay me " + at + "</body>" + share + mark(0, 7+n), full, "pay me " + at},
		"a fallback that is words":    {"<body>pay me</body>" + share + mark(0, 6), full, "pay me"},
		"an address alone":            {"<body>" + at + "</body>" + oob, at, at},
		"an address beside words":     {"<body>see there</body>" + oob, at, "see there"},
		"the older kind":              {"<body>" + at + "</body>" + sims, at + " a.png 5 image/png ", at},
		"http":                        {"<body>x</body>" + fmt.Sprintf(sharing, "http://up.example/1"), "", "x"},
		"a name in the address":       {"<body>x</body>" + fmt.Sprintf(sharing, "https://me:pass@up.example/1"), "", "x"},
		"a key in the address":        {"<body>x</body>" + fmt.Sprintf(sharing, "https://up.example/1#c0ffee"), "", "x"},
		"aesgcm":                      {"<body>x</body><x xmlns='jabber:x:oob'><url>aesgcm://up.example/1#c0ffee</url></x>", "", "x"},
		"a file of this machine":      {"<body>x</body><x xmlns='jabber:x:oob'><url>file:///etc/passwd</url></x>", "", "x"},
		"nonsense about it":           {"<body>x</body><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>a b\n</media-type><size>-1</size><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='" + at + "'/></sources></file-sharing>", at, "x"},
		"no source":                   {"<body>x</body><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>n</name></file></file-sharing>", "", "x"},
		"inside something else":       {"<body>x</body><forwarded xmlns='urn:xmpp:forward:0'>" + oob + "</forwarded>", "", "x"},
		"encrypted by what we cannot": {"<body>x</body>" + share + "<encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:omemo:2' name='OMEMO'/>", "", ""},
		"in another namespace":        {"<body>x</body><x xmlns='urn:other'><url>" + at + "</url></x>", "", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := wire.ParseElement([]byte("<message from='bob@example.org/x'>"+test.in+"</message>"), wire.NSClient)
			if err != nil {
				t.Fatal(err)
			}
			l := &loop{c: New(Options{})}
			body, _, problem := l.readBody(e)
			a := store.Arrival{Body: body, EncError: problem}
			withFile(e, l.bestText(e, "body"), &a)
			got := ""
			if a.File != nil {
				got = a.File.URL
				if a.File.Name != "" || a.File.Size != 0 || a.File.SHA256 != "" || a.File.Type != "" {
					got = fmt.Sprintf("%s %s %d %s %s", a.File.URL, a.File.Name, a.File.Size, a.File.Type, a.File.SHA256)
				}
			}
			if got != test.want || a.Body != test.body {
				t.Errorf("got %q, body %q; want %q, %q", got, a.Body, test.want, test.body)
			}
		})
	}
}

// FuzzReadFile: whatever a message says, a file has an address that may be fetched
// and bounded words.
func FuzzReadFile(f *testing.F) {
	f.Add("<body>x</body>" + fmt.Sprintf(sharing, at))
	f.Add("<x xmlns='jabber:x:oob'><url>" + at + "</url></x>")
	f.Add("<reference xmlns='urn:xmpp:reference:0'><media-sharing xmlns='urn:xmpp:sims:1'/></reference>")
	l := &loop{c: New(Options{})}
	f.Fuzz(func(t *testing.T, inner string) {
		e, err := wire.ParseElement([]byte("<message>"+inner+"</message>"), wire.NSClient)
		if err != nil {
			return
		}
		body, _, problem := l.readBody(e)
		a := store.Arrival{Body: body, EncError: problem}
		withFile(e, l.bestText(e, "body"), &a)
		if a.File == nil {
			return
		}
		if _, err := web.Check(a.File.URL); err != nil || strings.Contains(a.File.URL, "#") || len(a.File.Name) > fileNameMax || len(a.File.Type) > fileTypeMax ||
			a.File.Size < 0 || len(a.File.SHA256) != 0 && len(a.File.SHA256) != 64 || a.Body == "" {
			t.Errorf("%q brings %+v with %q", inner, a.File, a.Body)
		}
	})
}

func TestSizeWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_949: "99.9 kB", 99_950: "100 kB", 999_949: "1000 kB", 999_960: "1.0 MB", 2_345_678: "2.3 MB", 1 << 50: "1126 TB"} {
		if got := SizeWords(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
