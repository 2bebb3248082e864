package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/export"
	"sotto/store"
)

func offlineClient(t *testing.T) *client {
	off := false
	return run(t, session.Options{}, store.AccountConfig{JID: me, Enabled: &off})
}

func (cl *client) imports(path string) session.Answer {
	cl.t.Helper()
	cl.c.Import(path)
	return wait(cl, "the end of the import", func(e session.Answer) bool { return e.Code == "imported" || e.Problem != nil })
}

// exportAll gives all that a client has, as JSONL.
func (cl *client) exportAll() (path, content string) {
	cl.t.Helper()
	return cl.exportAs(export.JSONL)
}

func (cl *client) exportAs(f export.Format) (path, content string) {
	cl.t.Helper()
	path = filepath.Join(cl.t.TempDir(), "all"+f.Ending())
	if e := cl.exports(session.ExportRequest{Format: f, Path: path}); e.Problem != nil {
		cl.t.Fatalf("got %+v", e.Problem)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		cl.t.Fatal(err)
	}
	return path, string(b)
}

// fullHouse has some of all that an export tells.
func fullHouse(tx *store.Tx, a store.AccountID) error {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixMicro()
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	room, err := tx.EnsureChat(store.ChatKey{Account: a, Kind: store.Room, JID: "tea@rooms.example.org"})
	if err != nil {
		return err
	}
	say := func(x store.Arrival) error {
		at += 7_000_001
		if x.Stamp = at; x.Chat == 0 {
			x.Chat = bob
		}
		if x.Sender == "" {
			x.Sender = "bob@example.org"
		}
		_, _, err := tx.Arrive(x)
		return err
	}
	long := "b4d1c9a0-5f1e-4d2a-9c53-000000000"
	for _, x := range []store.Arrival{
		{Body: "hello\x1b[31m\nworld\u202e", ID: "1", OriginID: long + "001", StanzaID: "a1", By: me},
		{Body: "ok"}, {Body: "ok"}, // without names
		{Outgoing: true, Sender: me, Body: "shall we meat?", OriginID: long + "002", ID: long + "002", StanzaID: "a2", By: me},
		{Body: "gladly", Reply: &store.Reply{Ref: long + "002", Quote: "shall we"}, StanzaID: "a3", By: me, Lang: "de"},
		{Body: "an answer to what is not here", Reply: &store.Reply{Ref: "nowhere", Quote: "what was that?"}},
		{Body: "soon gone", ID: long + "003", StanzaID: "a4", By: me},
		{Body: "https://up.example.org/a.png", File: &store.File{URL: "https://up.example.org/a.png", Name: "a.png", Size: 7, Type: "image/png"}, StanzaID: "a5", By: me},
		{Body: "the end of the film", Shape: &store.Shape{Spoiler: true, Hint: "film"}},
		{Kind: store.Notice, Notice: "subscribed"},
		{Chat: room, Sender: "tea@rooms.example.org/eve", Nick: "eve", RealJID: "eve@example.org", Body: "alice: tea?", Mention: true, StanzaID: "r1", By: "tea@rooms.example.org"},
		{Chat: room, Sender: "tea@rooms.example.org/alice", Nick: "alice", Outgoing: true, Body: "tea!", OriginID: long + "004", StanzaID: "r2", By: "tea@rooms.example.org"},
		{Chat: room, Sender: "tea@rooms.example.org/eve", Nick: "eve", Body: "pills", StanzaID: "r3", By: "tea@rooms.example.org"},
	} {
		if err := say(x); err != nil {
			return err
		}
	}
	for _, r := range []store.Remark{
		{Kind: store.RemarkEdit, Ref: long + "002", Author: me, Sender: me, Outgoing: true, Body: "shall we meet?", ID: "e1"},
		{Kind: store.RemarkReactions, Ref: long + "002", Author: "bob@example.org", Sender: "bob@example.org", Reactions: []string{"👍", "🎉"}, ID: "e2"},
		{Kind: store.RemarkRetract, Ref: long + "003", Author: "bob@example.org", Sender: "bob@example.org", ID: "e3"},
	} {
		at += 1_000_000
		r.Chat, r.Stamp = bob, at
		if what, _, err := tx.Remark(r); err != nil || what != store.RemarkApplied {
			return fmt.Errorf("%s: %v (%v)", r.Kind, what, err)
		}
	}
	return nil
}

// TestImportRoundTrip: what an export wrote, taken into an empty profile and written
// anew, is the same file; taken once more it changes nothing; nothing is unread, and
// nothing would be sent.
func TestImportRoundTrip(t *testing.T) {
	from := offlineClient(t)
	if _, err := from.st.Write(t.Context(), func(tx *store.Tx) error { return fullHouse(tx, from.a.ID()) }); err != nil {
		t.Fatal(err)
	}
	path, want := from.exportAll()
	to := offlineClient(t)
	n := strings.Count(want, "\n")
	if e := to.imports(path); !slices.Equal(e.Args, []string{fmt.Sprint(n), "0", "0"}) {
		t.Errorf("told %v %+v", e.Args, e.Problem)
	}
	if _, got := to.exportAll(); got != want {
		a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Errorf("line %d is\n%s\nwant\n%s", i, a[i], b[i])
			}
		}
		t.Errorf("%d lines, want %d", len(a), len(b))
	}
	for range 2 {
		if e := to.imports(path); !slices.Equal(e.Args, []string{"0", fmt.Sprint(n), "0"}) {
			t.Errorf("once more: %v", e.Args)
		}
	}
	list, err := to.st.ChatsOf(t.Context(), to.a.ID())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d chats (%v)", len(list), err)
	}
	for _, c := range list {
		if c.Unread != 0 || c.Mentions != 0 {
			t.Errorf("%s has %d unread, %d mentions", c.JID, c.Unread, c.Mentions)
		}
		if rows, err := to.st.Outbox(t.Context(), to.a.ID()); err != nil || len(rows) > 0 {
			t.Errorf("%d would be sent (%v)", len(rows), err)
		}
	}
	// What is here already stays, and gets the rest around it.
	if e := from.imports(path); !slices.Equal(e.Args, []string{"0", fmt.Sprint(n), "0"}) {
		t.Errorf("where it comes from: %v", e.Args)
	}
	if _, got := from.exportAll(); got != want {
		t.Error("an import of what is here changed it")
	}
	half := offlineClient(t)
	lines := strings.SplitAfter(want, "\n")
	var odd strings.Builder
	for i := 0; i < len(lines); i += 2 {
		odd.WriteString(lines[i])
	}
	part := filepath.Join(t.TempDir(), "part.jsonl")
	if err := os.WriteFile(part, []byte(odd.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	half.imports(part)
	half.imports(path)
	if _, got := half.exportAll(); got != want {
		t.Errorf("half of it and then all is\n%s\nwant\n%s", got, want)
	}
}

// TestImportCPIM: what an export wrote as message/cpim, taken into an empty profile, is
// all that was said, in its places; taken once more, or where it comes from, it changes
// nothing.
func TestImportCPIM(t *testing.T) {
	from := offlineClient(t)
	if _, err := from.st.Write(t.Context(), func(tx *store.Tx) error {
		if err := fullHouse(tx, from.a.ID()); err != nil {
			return err
		}
		// An edited line without a name of the archive is known by its first text.
		bob, err := tx.EnsureChat(store.ChatKey{Account: from.a.ID(), JID: "bob@example.org"})
		if err != nil {
			return err
		}
		x := store.Arrival{Chat: bob, Sender: "bob@example.org", ID: "edited-1", Body: "tee?", Stamp: time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC).UnixMicro()}
		if _, _, err := tx.Arrive(x); err != nil {
			return err
		}
		_, _, err = tx.Remark(store.Remark{Chat: bob, Kind: store.RemarkEdit, Ref: "edited-1", Author: x.Sender, Sender: x.Sender, Body: "tea?", ID: "e9", Stamp: x.Stamp + 1_000_000})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	all, whole := from.exportAll()
	var speech []string
	for line := range strings.Lines(whole) {
		if !strings.Contains(line, `"event":`) {
			speech = append(speech, line)
		}
	}
	want, n := strings.Join(speech, ""), fmt.Sprint(len(speech))
	path, _ := from.exportAs(export.CPIM)
	to := offlineClient(t)
	for i, counts := range [][]string{{n, "0", "0"}, {"0", n, "0"}} {
		if e := to.imports(path); !slices.Equal(e.Args, counts) {
			t.Errorf("%d: told %v %+v", i, e.Args, e.Problem)
		}
		if _, got := to.exportAll(); got != want {
			t.Errorf("%d: got\n%s\nwant\n%s", i, got, want)
		}
	}
	if e := from.imports(path); !slices.Equal(e.Args, []string{"0", n, "0"}) {
		t.Errorf("where it comes from: %v", e.Args)
	}
	if _, got := from.exportAll(); got != whole {
		t.Error("an import of what is here changed it")
	}
	// The other format of the same messages brings what this one has not.
	if e := to.imports(all); !slices.Equal(e.Args, []string{"1", n, "0"}) {
		t.Errorf("as JSONL: %v", e.Args)
	}
	// Another profile, and words in the name of somebody else.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{"account": {"X.Account: " + me, "X.Account: other@example.org"}, "sender": {"<xmpp:bob@example.org>\r\nTo", "<xmpp:eve@example.org>\r\nTo"}, "archive": {`"a1" "` + me, `"a1" "evil.example`}} {
		forged := filepath.Join(t.TempDir(), what)
		if err := os.WriteFile(forged, []byte(strings.Replace(string(b), pair[0], pair[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if e := offlineClient(t).imports(forged); !slices.Equal(e.Args, []string{fmt.Sprint(len(speech) - 1), "0", "1"}) {
			t.Errorf("another %s: told %v", what, e.Args)
		}
	}
}

// TestImportCancel: what was taken before it was ended stays, and the next import takes
// the rest.
func TestImportCancel(t *testing.T) {
	from, _ := exporter(t, 3000)
	path, want := from.exportAll()
	to := offlineClient(t)
	if to.c.CancelImport() {
		t.Error("there was one")
	}
	to.c.Import(path)
	to.c.CancelImport()
	e := wait(to, "the end", func(e session.Answer) bool { return e.Code == "imported" || e.Problem != nil })
	if e.Problem != nil && e.Problem.Code != "import-stopped" {
		t.Errorf("got %+v", e.Problem)
	}
	if e := to.imports(path); e.Problem != nil {
		t.Errorf("got %+v", e.Problem)
	}
	if _, got := to.exportAll(); got != want {
		t.Errorf("%d lines, want %d", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}

// TestImportLaterUnread: what is unread stays so, and what a file brings behind it is
// not counted.
func TestImportLaterUnread(t *testing.T) {
	cl := offlineClient(t)
	var chat store.ChatID
	if _, err := cl.st.Write(t.Context(), func(tx *store.Tx) (err error) {
		if chat, err = tx.EnsureChat(store.ChatKey{Account: cl.a.ID(), JID: "bob@example.org"}); err != nil {
			return err
		}
		return arriveMany(tx, chat, 0, 3)
	}); err != nil {
		t.Fatal(err)
	}
	line := `{"account":"` + me + `","chat":"bob@example.org","with":"direct","time":"2035-01-01T00:00:00Z","from":"bob@example.org","outgoing":false,"state":"received","body":"from a file"}`
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := cl.imports(path); !slices.Equal(e.Args, []string{"1", "0", "0"}) {
		t.Fatalf("told %v", e.Args)
	}
	if c, err := cl.st.Chat(t.Context(), chat); err != nil || c.Unread != 3 {
		t.Errorf("%d are unread (%v)", c.Unread, err)
	}
	// Another device shows the first of them: all is counted anew.
	if _, err := cl.st.Write(t.Context(), func(tx *store.Tx) error { return tx.ReadElsewhere(chat, cl.rows(chat)[0].Ord) }); err != nil {
		t.Fatal(err)
	}
	if c, err := cl.st.Chat(t.Context(), chat); err != nil || c.Unread != 2 {
		t.Errorf("%d are unread behind the first (%v)", c.Unread, err)
	}
}

// TestImportRefuses: what no export wrote, of another account, or in another's name is
// refused, and the rest is taken.
func TestImportRefuses(t *testing.T) {
	cl := offlineClient(t)
	good := `{"account":"` + me + `","chat":"bob@example.org","with":"direct","time":"2026-01-01T00:00:00Z","from":"bob@example.org","outgoing":false,"state":"received","body":"good","ids":[{"kind":"stanza-id","by":"` + me + `","id":"g"}]}`
	bad := func(old, now string) string { return strings.Replace(good, old, now, 1) }
	lines := []string{good, "{", "[]", "{}", strings.Repeat("x", 3<<20),
		bad(me, "other@example.org"), bad("direct", "person"), bad(`"from":"bob`, `"from":"eve`), bad(`"outgoing":false`, `"outgoing":true`), bad("2026-01", "1026-01"), bad("received", "sent!"),
		bad(`"by":"`+me, `"by":"evil.example`), bad(`"chat":"bob@`, `"chat":"@@`), bad(`"good"`, `"`+strings.Repeat("x", 1<<20+1)+`"`),
		bad(`"body"`, `"file":{"url":"file:///etc/passwd"},"body"`), bad(`"body"`, `"removed":"burnt","body"`), bad(`"body"`, `"versions":[{"time":"now","body":"x"}],"body"`),
		strings.Replace(bad("received", "queued"), `"outgoing":false`, `"outgoing":true`, 1),
		bad(`"good"`, `"last","file":{"url":"https://x.example/f","saved":"/etc/passwd"}`)}
	lines[len(lines)-1] = strings.Replace(lines[len(lines)-1], `"id":"g"`, `"id":"h"`, 1)
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := cl.imports(path); !slices.Equal(e.Args, []string{"2", "0", fmt.Sprint(len(lines) - 2)}) {
		t.Errorf("told %v of %d", e.Args, len(lines))
	}
	if _, got := cl.exportAll(); strings.Contains(got, "passwd") || strings.Count(got, "\n") != 2 {
		t.Errorf("got %s", got)
	}
	for name, code := range map[string]string{filepath.Join(t.TempDir(), "none"): "import-open", t.TempDir(): "import-open", "import_test.go": "import-format"} {
		if e := cl.imports(name); e.Problem == nil || e.Problem.Code != code {
			t.Errorf("%s: got %+v", name, e.Problem)
		}
	}
}
