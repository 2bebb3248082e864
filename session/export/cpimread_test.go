package export_test

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"

	"sotto/session/export"
	"sotto/store"
)

// TestReadCPIM: what was written is read as if it had been JSONL, but for what is no
// speech.
func TestReadCPIM(t *testing.T) {
	list := rows()
	for i, kind := range []store.MessageKind{store.Notice, store.Text} {
		x := store.Inspection{Message: store.Message{Sender: "bob@example.org", Kind: kind, Notice: map[bool]string{true: "subscribed"}[i == 0], Stamp: list[0].Stamp, NoBody: true}}
		list = append(list, x)
	}
	list[2].Shape = &store.Shape{Spoiler: true, Hint: "a \"film\"\\"}
	list[1].Refs = []store.Ref{{Kind: "id", Value: " odd \" name "}, {Kind: "", By: "bob@example.org", Value: "copy"}}
	list[1].Reactors = []store.Reactor{{Name: "tea pot", Outgoing: true, Signs: []string{"+ 1", "👍"}}}
	list[1].State, list[1].Outgoing, list[1].Error = store.Queued, true, "no\nroute"
	list[1].RealJID, list[1].Mention, list[1].Enc, list[1].Lang = "eve@example.org", true, "omemo", "de"
	for _, c := range []store.Chat{withBob, inRoom, {ChatKey: store.ChatKey{Kind: store.Private, JID: inRoom.JID}, Nick: "tea/pot <\\n>"}, {ChatKey: store.ChatKey{Kind: store.Self, JID: alice}}} {
		want, _ := read(t, []byte(written(t, export.JSONL, c, list)))
		want = append(want[:len(list)-2], want[len(list)-1])
		got, refused := read(t, []byte(written(t, export.CPIM, c, list)))
		if len(got) != len(want) || refused > 0 {
			t.Fatalf("%d of %d, %d refused", len(got), len(want), refused)
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%d of %s: got\n%+v\nwant\n%+v", i, c.JID, got[i], want[i])
			}
		}
	}
}

const (
	cpimTop  = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"a b=_c\"\r\n\r\n"
	cpimEnd  = "\r\n--a b=_c--\r\n"
	cpimPart = "\r\n--a b=_c\r\nContent-Type: message/cpim\r\n\r\n"
	cpimHead = "From: \"B\\u00f6b \\\"x\\\"\" <xmpp:bob@example.org>\r\nTo: <xmpp:alice@example.org>\r\nDateTime: 2026-11-21T13:05:06+01:00\r\nNS: X <https://sotto.example/export/1>\r\n" +
		"X.Account: alice@example.org\r\nX.Chat: bob@example.org\r\nX.With: direct\r\nX.State: received\r\n"
	cpimText = "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	cpimBody = "hello\nwörld "
)

// TestReadCPIMForms: the same message in all the ways in which it may stand in a file.
func TestReadCPIMForms(t *testing.T) {
	whole := cpimTop + cpimPart + cpimHead + cpimText + cpimBody + cpimEnd
	change := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(whole, pairs[i]) {
				t.Fatalf("there is no %q", pairs[i])
			}
		}
		return strings.NewReplacer(pairs...).Replace(whole)
	}
	long := base64.StdEncoding.EncodeToString([]byte(cpimBody))
	for name, file := range map[string]string{
		"as it is written":         whole,
		"ends of lines of Unix":    strings.ReplaceAll(whole, "\r\n", "\n"),
		"a mark of an editor":      "\ufeff" + whole,
		"words before and after":   strings.Replace(whole, cpimPart, "for people\r\n-- \r\n"+strings.Repeat("x", 200<<10)+cpimPart, 1) + "more\r\n--a b=_c\r\n",
		"spaces behind the mark":   change("--a b=_c\r\n", "--a b=_c \t\r\n"),
		"folded":                   change("boundary", "\r\n\tboundary", "DateTime: ", "DateTime:\r\n ", "message/cpim\r\n", "message/cpim;\r\n  x=y\r\n", "\\\"x", "\r\n \\\"x", "u00f6b ", "u00f6b"),
		"another prefix":           change("NS: X", "NS: Other-1", "X.", "Other-1."),
		"our namespace as default": change("NS: X <", "NS: c <urn:ietf:params:cpim-headers:>\r\nNS: <", "X.", "", "From:", "c.From:", "To:", "c.To:", "DateTime:", "c.DateTime:"),
		"another order":            change("From: \"B\\u00f6b \\\"x\\\"\" <xmpp:bob@example.org>\r\n", "", "\r\nX.With", "\r\nFrom: \"B\\u00f6b \\\"x\\\"\" <xmpp:bob@example.org>\r\nX.With", "NS: X <https://sotto.example/export/1>\r\n", "", "received\r\n", "received\r\nNS: X <https://sotto.example/export/1>\r\n"),
		"headers of others":        change("NS: X", "Subject:;lang=en hello\r\ncc: <im:x@example.org>\r\nRequire: From,X.Account\r\nY.Z: what\r\nNS: Z <urn:z>\r\nZ.Chat: other\r\nX.New: x\r\nNS: X"),
		"escapes":                  change("X.Chat: bob", "X.Chat: \\u0062\\ob"),
		"capitals":                 change("message/cpim", "Message/CPIM", "Content-Type", "CONTENT-type", "charset=utf-8", "Charset=\"UTF-8\""),
		"base64":                   change(cpimText+cpimBody, cpimText[:len(cpimText)-2]+"Content-Transfer-Encoding: Base64\r\n\r\n"+long[:8]+"\r\n"+long[8:]),
		"quoted-printable":         change(cpimText+cpimBody, cpimText[:len(cpimText)-2]+"Content-Transfer-Encoding: quoted-printable\r\n\r\nhel=\r\nlo=0Aw=C3=B6rld=20"),
		"said to be eight bits":    change("message/cpim\r\n", "message/cpim\r\nContent-Transfer-Encoding: 8BIT\r\n"),
		"no last mark":             strings.TrimSuffix(whole, cpimEnd),
		"one message":              "Content-Type: message/cpim\r\n\r\n" + cpimHead + cpimText + cpimBody,
		"after one that is broken": change(cpimPart+cpimHead, cpimPart+"broken"+cpimPart+cpimHead),
		"after one that is long":   change(cpimPart+cpimHead, cpimPart+strings.Repeat("x\n", export.LineMost)+cpimPart+cpimHead),
		"after one that is folded": change(cpimPart+cpimHead, cpimPart+"x:\r\n"+strings.Repeat(" \n", export.LineMost/2-99)+cpimPart+cpimHead),
	} {
		list, refused := read(t, []byte(file))
		if len(list) != 1 || (refused > 0) != strings.HasPrefix(name, "after") {
			t.Errorf("%s: %d read, %d refused", name, len(list), refused)
			continue
		}
		x, m := list[0], list[0].Message
		if x.Account != alice || x.Chat != "bob@example.org" || x.Kind != store.Direct || m.Sender != "bob@example.org" || m.Nick != "Böb \"x\"" || m.Body != cpimBody || m.Outgoing || m.Stamp != 1_795_262_706_000_000 {
			t.Errorf("%s: got %+v", name, x)
		}
	}
	for name, file := range map[string]string{
		"a name that must be known":  change("NS: X", "Require: X.New,Y.New\r\nNS: X"),
		"no sender":                  change("From:", "Form:"),
		"another network":            change("<xmpp:bob", "<im:bob"),
		"a question in the address":  change("bob@example.org>", "bob@example.org?join>"),
		"no time":                    change("DateTime:", "Datetime:"),
		"a time of no calendar":      change("2026-11-21", "2026-13-21"),
		"another kind":               change("message/cpim", "message/rfc822"),
		"another kind of text":       change("text/plain", "text/html"),
		"another set of signs":       change("charset=utf-8", "charset=latin1"),
		"a coded message":            change("message/cpim\r\n", "message/cpim\r\nContent-Transfer-Encoding: base64\r\n"),
		"base64 that is none":        change(cpimText, "\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
		"no namespace":               change("https://sotto", "https://other"),
		"a prefix with two meanings": change("NS: X", "NS: X <urn:y>\r\nNS: X"),
		"half a list":                change("X.Account", "X.Id: \"id\" \"x\r\nX.Account"),
		"a list of two":              change("X.Account", "X.Id: \"id\" \"x\"\r\nX.Account"),
		"an edit to something else":  change("X.Account", "X.Version: \"2026-11-21T12:05:06Z\" \"else\"\r\nX.Account"),
		"a file that is near":        change("X.Account", "X.File: \"file:///etc/passwd\" \"\" \"0\" \"\" \"\"\r\nX.Account"),
		"many headers":               change("NS: X", strings.Repeat("A: b\r\n", 3000)+"NS: X"),
		"a long word":                change("direct", strings.Repeat("direct", 2000)),
		"no headers":                 change(cpimHead, ""),
		"no text":                    change(cpimText, ""),
	} {
		if list, refused := read(t, []byte(file)); len(list) != 0 || refused != 1 {
			t.Errorf("%s: %d read, %d refused", name, len(list), refused)
		}
	}
	for _, file := range []string{"x", "Content-Type: text/plain\r\n\r\n", "Content-Type: multipart/mixed\r\n\r\n--\r\n", cpimTop, cpimTop + "nothing", "Content-Type: message/cpim", "a:" + strings.Repeat("b", 1<<20), strings.Repeat("a: b\n", 1<<20),
		"\x00", "Content-Type: multipart/mixed; boundary=" + strings.Repeat("b", 99) + "\r\n\r\n"} {
		if _, err := export.NewReader(strings.NewReader(file)); err != export.ErrFormat {
			t.Errorf("%.40q: %v", file, err)
		}
	}
}

// FuzzReadCPIM: nothing panics, what is taken is within its bounds, and reading ends.
func FuzzReadCPIM(f *testing.F) {
	f.Add([]byte(cpimTop + cpimPart + cpimHead + cpimText + cpimBody + cpimEnd))
	f.Add([]byte("Content-Type: message/cpim\n\nFrom: \"\\\" <xmpp:%>\nNS:;x <>\nNS: X <https://sotto.example/export/1>\nX.Id: \"\\ud83d\\ude00\\u\" \"\"\n\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded(t, b)
	})
}
