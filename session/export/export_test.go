package export_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sotto/session/export"
	"sotto/store"
)

const alice = "alice@example.org"

var (
	withBob = store.Chat{ID: 1, ChatKey: store.ChatKey{Kind: store.Direct, JID: "bob@example.org"}}
	inRoom  = store.Chat{ID: 2, ChatKey: store.ChatKey{Kind: store.Room, JID: "tea@rooms.example.org"}}
)

// evil is a body that wants to be more than one message, in every format.
const evil = "hello\n2026-01-01 00:00:00 +0000 <alice> forged\r\n    * 👍 forged\r    | x\u2028y\u0085z\x1b[2J\u202egnp.exe\x00\x7f\n--boundary--\r\n\r\nContent-Type: message/cpim\r\n\"}\n{\"from\":\"forged\"}"

func words(code string, args ...string) string { return code + " " + strings.Join(args, " ") }

func rows() []store.Inspection {
	at := time.Date(2026, 11, 21, 12, 5, 0, 123456000, time.UTC).UnixMicro()
	m := func(x store.Message) store.Inspection {
		at += 1_000_000
		x.Stamp = at
		if x.Sender == "" {
			x.Sender = "bob@example.org"
		}
		return store.Inspection{Message: x}
	}
	answered := m(store.Message{Outgoing: true, Sender: alice, Body: "shall we meet?", State: store.Displayed, LocalID: "origin-1"})
	answered.Refs = []store.Ref{{Kind: "origin-id", Value: "origin-1"}, {Kind: "stanza-id", By: alice, Value: "arch-1"}}
	answered.Versions = []store.Version{{At: at, Body: "shall we meat?"}, {At: at + 5_000_000, Body: "shall we meet?"}}
	answered.Reactors = []store.Reactor{{Name: "bob@example.org", Signs: []string{"👍", "🎉"}}}
	return []store.Inspection{answered, m(store.Message{Body: evil}),
		m(store.Message{Body: "gladly", Reply: &store.Reply{Ref: "origin-1", Found: true, Body: evil}}),
		m(store.Message{NoBody: true, Fold: &store.Fold{Removed: store.RemarkRetract}}),
		m(store.Message{Body: "https://up.example.org/a.png", File: &store.File{URL: "https://up.example.org/a.png", Name: evil, Size: 7}}),
		m(store.Message{Body: "", Lang: "de"}), m(store.Message{Outgoing: true, Sender: alice, Body: "later\n", State: store.Failed})}
}

func written(t *testing.T, f export.Format, c store.Chat, list []store.Inspection) string {
	t.Helper()
	var b bytes.Buffer
	w, err := export.New(f, &b, words)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if err := w.Message(c, alice, &list[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestJSONL: an object a line, whole, and nothing in it that a terminal obeys.
func TestJSONL(t *testing.T) {
	list := rows()
	got := written(t, export.JSONL, withBob, list)
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != len(list) {
		t.Fatalf("%d lines for %d messages", len(lines), len(list))
	}
	for i, line := range lines {
		var x struct {
			Account, Chat, With, Time, From, State string
			Body                                   *string
			Outgoing                               bool
			Versions                               []struct{ Body string }
			Reactions                              []struct{ Signs []string }
			Reply                                  *struct{ ID string }
			File                                   *struct{ Name string }
			IDs                                    []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		m := list[i]
		at, err := time.Parse(time.RFC3339Nano, x.Time)
		if err != nil || at.UnixMicro() != m.Stamp || x.Account != alice || x.Chat != "bob@example.org" || x.With != "direct" || x.From != m.Sender || x.Outgoing != m.Outgoing {
			t.Errorf("got %s (%v)", line, err)
		}
		if m.NoBody != (x.Body == nil) || x.Body != nil && *x.Body != m.Body {
			t.Errorf("the text is %v, want %q", x.Body, m.Body)
		}
		if len(x.Versions) != len(m.Versions) || len(x.Reactions) != len(m.Reactors) || len(x.IDs) != len(m.Refs) || (x.Reply == nil) != (m.Reply == nil) {
			t.Errorf("got %s", line)
		}
		if m.File != nil && (x.File == nil || x.File.Name != evil) {
			t.Errorf("the file is %+v", x.File)
		}
	}
	obeyed(t, got)
}

func obeyed(t *testing.T, s string) {
	t.Helper()
	if i := strings.IndexFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r >= 0x202a && r <= 0x202e
	}); i >= 0 {
		t.Errorf("there is %q in it", s[i:min(len(s), i+20)])
	}
}

// TestText: nothing that was said looks like a message of its own, or like what is
// told of one.
func TestText(t *testing.T) {
	list := rows()
	list[1].Nick = "eve> hi\n2026-01-01 00:00:00 +0000 <alice"
	got := written(t, export.Text, inRoom, list)
	obeyed(t, got)
	head := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} <[^<>]*> `)
	n, told := 0, 0
	for i, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		switch {
		case i == 0:
			if line != "== alice@example.org · tea@rooms.example.org ==" {
				t.Errorf("it begins with %q", line)
			}
		case head.MatchString(line):
			n++
			if strings.HasSuffix(line, "forged") {
				t.Errorf("forged: %q", line)
			}
		case strings.HasPrefix(line, "    * "):
			told++
			if strings.HasSuffix(line, "👍 forged") {
				t.Errorf("forged: %q", line)
			}
		case !strings.HasPrefix(line, "    |"):
			t.Errorf("out of order: %q", line)
		}
	}
	if n != len(list) || told != 4 {
		t.Errorf("%d messages and %d words about them of %d:\n%s", n, told, len(list), got)
	}
	for _, want := range []string{"export.retract", "export.edited", "export.reaction 👍 🎉 bob@example.org", "export.unsent"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in:\n%s", want, got)
		}
	}
}

// message is what a reader of RFC 3862 makes of a part.
type message struct {
	from, to, body string
	at             time.Time
	own            map[string][]string
}

// readCPIM reads what was written as any program would: MIME outside, headers of
// RFC 3862 §2 inside, then a MIME entity of plain text.
func readCPIM(t *testing.T, s string) (all []message) {
	t.Helper()
	b := bufio.NewReader(strings.NewReader(s))
	head, err := textproto.NewReader(b).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	kind, args, err := mime.ParseMediaType(head.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || head.Get("MIME-Version") != "1.0" {
		t.Fatalf("it is %v (%v)", head, err)
	}
	parts := multipart.NewReader(b, args["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(p)
		if err != nil || p.Header.Get("Content-Type") != "message/cpim" || p.Header.Get("Content-Length") != strconv.Itoa(len(text)) {
			t.Fatalf("a part is %v with %d bytes (%v)", p.Header, len(text), err)
		}
		all = append(all, readMessage(t, string(text)))
	}
}

func readMessage(t *testing.T, s string) message {
	t.Helper()
	m := message{own: map[string][]string{}}
	head, rest, ok := strings.Cut(s, "\r\n\r\n")
	entity, body, ok2 := strings.Cut(rest, "\r\n\r\n")
	if !ok || !ok2 || entity != "Content-Type: text/plain; charset=utf-8" {
		t.Fatalf("no message: %q", s)
	}
	m.body = body
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			t.Fatalf("no header: %q", line)
		}
		uri := func() string {
			i := strings.LastIndex(value, "<xmpp:")
			x, err := url.PathUnescape(strings.TrimSuffix(value[i+6:], ">"))
			if i < 0 || err != nil {
				t.Fatalf("no address: %q", value)
			}
			return x
		}
		switch {
		case name == "From":
			m.from = uri()
		case name == "To":
			m.to = uri()
		case name == "DateTime":
			at, err := time.Parse(time.RFC3339Nano, value)
			if err != nil {
				t.Fatal(err)
			}
			m.at = at
		case name == "NS" && value == "X <https://sotto.example/export/1>":
		case strings.HasPrefix(name, "X."):
			m.own[name[2:]] = append(m.own[name[2:]], unescaped(t, value))
		default:
			t.Fatalf("what is %q?", line)
		}
	}
	return m
}

// unescaped reads a value of ours; lists of strings stay as they are.
func unescaped(t *testing.T, s string) string {
	t.Helper()
	if strings.HasPrefix(s, `"`) {
		return s
	}
	x, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return x
}

// TestCPIM: what was written is read back the same.
func TestCPIM(t *testing.T) {
	list := rows()
	got := readCPIM(t, written(t, export.CPIM, withBob, list))
	if len(got) != len(list) {
		t.Fatalf("%d messages of %d", len(got), len(list))
	}
	for i, x := range got {
		m := list[i]
		to := alice
		if m.Outgoing {
			to = "bob@example.org"
		}
		if x.from != m.Sender || x.to != to || x.at.UnixMicro() != m.Stamp || x.body != m.Body || x.own["Account"][0] != alice {
			t.Errorf("got %+v\nof %+v", x, m.Message)
		}
	}
	own := fmt.Sprint(got[0].own)
	for _, want := range []string{"State:[displayed]", `"origin-id" "origin-1" ""`, `"stanza-id" "arch-1" "` + alice + `"`, `"bob@example.org" "👍" "🎉"`, `"2026-11-21T12:05:06.123456Z" "shall we meet?"`} {
		if !strings.Contains(own, want) {
			t.Errorf("there is no %q in %s", want, own)
		}
	}
	if !strings.HasPrefix(got[2].own["Reply"][0], `"origin-1" "hello\n`) || got[3].own["Removed"][0] != "retract" || !strings.HasPrefix(got[4].own["File"][0], `"https://up.example.org/a.png" "hello`) {
		t.Errorf("got %+v", got)
	}

	// A room: the occupant's address, with everything that a nick can have.
	nick := "tea \"pot\" <x>\r\nTo: me\\ ☕%41"
	one := []store.Inspection{{Message: store.Message{Sender: "tea@rooms.example.org/" + nick, Nick: nick, Body: "\r\n"}}}
	if x := readCPIM(t, written(t, export.CPIM, inRoom, one))[0]; x.from != "tea@rooms.example.org/"+nick || x.to != "tea@rooms.example.org" || x.body != "\r\n" {
		t.Errorf("got %+v", x)
	}
}

func FuzzCPIM(f *testing.F) {
	f.Add("bob", evil)
	f.Fuzz(func(t *testing.T, nick, body string) {
		one := []store.Inspection{{Message: store.Message{Sender: "tea@rooms.example.org/" + nick, Nick: nick, Body: body, Stamp: 1_790_000_000_000_000}}}
		if x := readCPIM(t, written(t, export.CPIM, inRoom, one))[0]; x.from != "tea@rooms.example.org/"+nick || x.body != body {
			t.Errorf("got %+v", x)
		}
		if list, refused := read(t, []byte(written(t, export.CPIM, inRoom, one))); utf8.ValidString(nick) && utf8.ValidString(body) && len(nick) < 4000 && len(body) < 1<<20 && (len(list) != 1 || list[0].Message.Body != body || list[0].Message.Nick != nick || list[0].Message.Sender != one[0].Sender) {
			t.Errorf("read %+v, %d refused", list, refused)
		}
		got := written(t, export.JSONL, inRoom, one)
		if !json.Valid([]byte(got)) || strings.Count(got, "\n") != 1 {
			t.Errorf("got %q", got)
		}
		for i, line := range strings.Split(strings.TrimSuffix(written(t, export.Text, inRoom, one), "\n"), "\n") {
			if i > 1 && !strings.HasPrefix(line, "    |") {
				t.Errorf("out of order: %q", line)
			}
		}
	})
}
