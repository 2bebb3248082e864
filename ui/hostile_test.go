package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

// A corpus of what strangers, contacts, rooms and servers send to deceive, to hide
// or to break: testdata/hostile/*.txt. Each case begins with "# what it is" and goes
// on with the stanzas that alice gets, one a line; $me, $full, $bob and $room stand
// for addresses, $id for the id of the last line of hers.
//
// All of it goes through the whole client. What came of each case on the screen,
// and what was answered, stands in the golden file beside it, to be read by a
// person: -update writes it anew. After each case a genuine line must be there.

// hostile is one case of the corpus.
type hostile struct {
	name    string
	stanzas []string
}

func TestHostileCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus (%v)", err)
	}
	n := 0
	for _, path := range files {
		cases := readHostile(t, path)
		n += len(cases)
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := runHostile(t, cases, strings.HasPrefix(name, "room"))
				golden := strings.TrimSuffix(path, ".txt") + ".golden"
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil || string(want) != got {
					t.Errorf("%s (%v): %s", golden, err, firstDifference(string(want), got))
				}
			})
		})
	}
	if n < 150 {
		t.Errorf("the corpus has %d cases, want 150", n)
	}
}

func readHostile(t *testing.T, path string) (list []hostile) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		switch line = strings.TrimSpace(line); {
		case line == "":
		case strings.HasPrefix(line, "# "):
			list = append(list, hostile{name: line[2:]})
		default:
			last := &list[len(list)-1]
			last.stanzas = append(last.stanzas, line)
		}
	}
	return list
}

// firstDifference shows where two texts part.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			from := max(0, i-6)
			return fmt.Sprintf("line %d differs; got\n%s\nwant\n%s", i+1, strings.Join(g[from:min(len(g), i+6)], "\n"), strings.Join(w[from:min(len(w), i+6)], "\n"))
		}
	}
	return "the same"
}

// victim is alice, and what she says to the server.
type victim struct {
	*rig
	s     *demo.Server
	heard []*wire.Element
	lists []string // the list of chats, as it was
	head  string
	id    string // of the last line that alice typed
}

func runHostile(t *testing.T, cases []hostile, inRoom bool) string {
	v := &victim{}
	var err error
	v.s, err = demo.NewServer(demo.Options{Domain: "example.org", Heard: func(from wire.JID, el *wire.Element) {
		if from.Local() == "alice" {
			v.heard = append(v.heard, el)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"alice", "bob", "carol"} {
		v.s.AddUser(u, "secret")
	}
	v.s.Befriend("alice", "bob", "Bob Ross")
	v.s.Befriend("alice", "carol", "Carol")
	v.rig = &rig{t: t, s: tcell.NewSimulationScreen("UTF-8")}
	if v.rig.st, err = store.Open(t.Context(), store.Options{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	v.c = session.New(session.Options{Store: v.st, Config: aliceAt(v.s), Dial: v.s.Dial, RootCAs: v.s.RootCAs(),
		Passwords: map[string]string{"alice@example.org": "secret"}})
	if err := v.c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := v.rig.s.Init(); err != nil {
		t.Fatal(err)
	}
	v.rig.s.SetSize(120, 70)
	defer func() { v.a.Quit(); v.rig.s.Fini(); v.c.Close(); _ = v.st.Close(); v.s.Close() }()
	v.a = New(Terminal{Screen: v.rig.s, Colors: 1 << 24, Zone: time.UTC}, Options{Client: v.c, Store: v.st, Config: "config.toml"})
	v.a.preload(t.Context())
	v.acc = v.c.Accounts()[0].ID()
	v.until("online", v.online)
	// When a line counts as seen hangs on the frames that were drawn.
	v.c.Accounts()[0].SetMay(session.Scope{Line: session.LineContacts}, session.SeeRead, session.ChoiceNo)
	bob, room := v.s.Script("bob"), "tea@rooms.example.org"
	bob.Presence("", "")
	say := func(body string) { bob.Say("alice@example.org", body) }
	v.c.Accounts()[0].OpenChat("bob@example.org")
	v.until("bob's chat", func() bool { o, ok := v.a.m.open(); return ok && o.JID == "bob@example.org" })
	if inRoom {
		v.s.OpenRoom("tea", "Tea", "")
		v.s.Script("carol").Join(room, "carol")
		bob.Join(room, "bob")
		v.c.Accounts()[0].Join(room, "alice", "")
		say = func(body string) { bob.SayRoom(room, body) }
		v.until("the room", func() bool { o, ok := v.a.m.open(); return ok && o.JID == room })
	}
	synctest.Wait()
	v.pump()
	v.line("mine")
	mine := func() bool {
		for _, m := range v.rows() {
			if m.Outgoing && m.Body == "mine" && m.State >= store.Sent {
				v.id = m.LocalID
				return true
			}
		}
		return false
	}
	v.until("my line sent", mine)
	v.settleDown("nothing")
	v.look()

	full := ""
	for _, el := range v.heard {
		if f := el.Attr("from"); f != "" {
			full = f
		}
	}
	var all strings.Builder
	for i, c := range cases {
		v.heard = nil
		begin, end := fmt.Sprintf("— case %d —", i+1), fmt.Sprintf("— end of %d —", i+1)
		say(begin)
		v.until(begin, func() bool { return strings.Contains(v.screen(), begin) })
		synctest.Wait()
		v.press("Esc") // somebody is there
		synctest.Wait()
		v.heard = nil
		for _, x := range c.stanzas {
			x = strings.NewReplacer("$me", "alice@example.org", "$full", full, "$bob", "bob@example.org", "$room", room, "$id", v.id).Replace(x)
			if err := v.s.Inject("alice", x); err != nil {
				t.Fatalf("%s: %v: %s", c.name, err, x)
			}
		}
		v.settleDown(c.name)
		answers := v.answers()
		say(end)
		v.until("a genuine line after: "+c.name, func() bool { return strings.Contains(v.screen(), end) })
		fmt.Fprintf(&all, "# %s\n", c.name)
		for _, line := range v.between(begin, end) {
			fmt.Fprintf(&all, "%s\n", line)
		}
		for _, line := range v.look() {
			fmt.Fprintf(&all, "%s\n", line)
		}
		for _, line := range answers {
			fmt.Fprintf(&all, "-> %s\n", line)
		}
	}
	return all.String()
}

// settleDown lets what came be handled, and what follows from it.
func (v *victim) settleDown(what string) {
	v.t.Helper()
	for range 3 {
		synctest.Wait()
		v.pump()
		time.Sleep(time.Second)
	}
	synctest.Wait()
	v.pump()
	for i, r := range v.screen() {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			v.t.Fatalf("%s: the screen holds %U at %d", what, r, i)
		}
	}
}

// between is what stands in the chat between two lines of it.
func (v *victim) between(begin, end string) (list []string) {
	in := false
	for line := range strings.Lines(v.screen()) {
		f := strings.Split(strings.TrimRight(line, "\n"), "│")
		if len(f) < 2 {
			continue
		}
		text := f[1]
		if len(f) > 3 { // a bar of its own
			text = strings.Join(f[1:len(f)-1], "│")
		}
		switch text = strings.TrimRight(text, " "); {
		case strings.Contains(text, begin):
			in, list = true, nil
		case strings.Contains(text, end):
			return list
		case in:
			list = append(list, "|"+text)
		}
	}
	return list
}

// look tells what changed in the list of chats and in the header.
func (v *victim) look() (changed []string) {
	var list []string
	lines := strings.Split(v.screen(), "\n")
	for _, line := range lines[1:] {
		if f := strings.Split(line, "│"); len(f) > 1 {
			list = append(list, strings.TrimRight(f[0], " "))
		}
	}
	for _, line := range list {
		if !slices.Contains(v.lists, line) && line != "" {
			changed = append(changed, "list: "+strings.TrimSpace(line))
		}
	}
	if head := strings.TrimRight(lines[0], " "); head != v.head {
		v.head = head
		changed = append(changed, "head: "+strings.Join(strings.Fields(head), " "))
	}
	v.lists = list
	return changed
}

// answers says what alice sent.
func (v *victim) answers() (list []string) {
	for _, el := range v.heard {
		if el.Attr("to") == "" && el.Attr("type") == "set" {
			continue // to her own account: how far she read
		}
		words := []string{el.Local}
		for _, name := range []string{"type", "to"} {
			if x := el.Attr(name); x != "" {
				words = append(words, name+"="+x)
			}
		}
		for _, c := range el.Children {
			words = append(words, c.Local)
			if c.Local == "error" && len(c.Children) > 0 {
				words = append(words, c.Children[0].Local)
			}
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}
