package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// besieged is the village with people at its gate: one who asks, one who writes
// a lot, one who looks like a friend.
func besieged(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	for i, m := range [][2]string{{"eve@evil.example", "buy\x1b[31m pills"}, {"eve@evil.example", "really\nbob: I sent this"}, {"b0b@example.org", "it is me"}} {
		k := store.ChatKey{Account: a, JID: m[0]}
		_, there, err := tx.HeldAs(k)
		if err != nil {
			return err
		}
		id, err := tx.EnsureChat(k)
		if err != nil {
			return err
		}
		if !there {
			if err := tx.HoldChat(id); err != nil {
				return err
			}
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: id, Sender: m[0], Body: m[1], Stamp: noon.UnixMicro() + int64(i), ID: fmt.Sprint("s", i)}); err != nil {
			return err
		}
	}
	return nil
}

func gateRig(t *testing.T, w, h int) *rig {
	r := newRig(t, w, h, besieged)
	r.a.handle(session.BlockedChanged{Account: r.acc, Known: true, Offered: true, Reports: true})
	r.line("/requests")
	return r
}

func TestStrangersScreens(t *testing.T) {
	for _, size := range sizes {
		r := gateRig(t, size[0], size[1])
		r.press("g", "j")
		r.golden(fmt.Sprintf("requests-%dx%d", size[0], size[1]))
		r.press("Esc")
		r.a.handle(session.BlockedChanged{Account: r.acc, Known: true, List: []store.Blocked{{JID: "eve@evil.example"}, {JID: "spam.example", Here: true}}})
		r.line("/block")
		r.golden(fmt.Sprintf("blocked-%dx%d", size[0], size[1]))
	}
}

// TestStrangersAreOneLine: however many they are; their words stand in no list
// and no search until one is opened.
func TestStrangersAreOneLine(t *testing.T) {
	r := newRig(t, 120, 40, besieged)
	r.sees("? 3 requests")
	if s := r.screen(); strings.Contains(s, "evil.example") || strings.Contains(s, "pills") {
		t.Errorf("a stranger is shown:\n%s", s)
	}
	r.line("/search pills")
	if s := r.screen(); strings.Contains(s, "pills") && strings.Contains(s, "evil") {
		t.Errorf("a stranger is found:\n%s", s)
	}
	r.press("Esc")
	r.line("/requests")
	r.sees("eve@evil.example  2 messages", "b0b@example.org  looks like bob@example.org · 1 message", "wants to see your presence")
	for range 5 {
		if r.a.dialog.(*strangers).at.jid == "b0b@example.org" {
			break
		}
		r.press("j")
	}
	r.sees("Not to be taken for bob@example.org.", "Wrote: it is me")
	r.press("w")
	r.sees("it is me", "? 2 requests")
	if c, ok := r.a.m.open(); !ok || c.JID != "b0b@example.org" || c.Held != store.NotHeld {
		t.Errorf("open is %+v", c)
	}
}

// TestStrangersAnswers: deny takes one away, block asks and then blocks, and a
// report is offered where the server takes it.
func TestStrangersAnswers(t *testing.T) {
	r := gateRig(t, 120, 40)
	to := func(jid string) {
		t.Helper()
		r.press("g")
		for range 5 {
			if r.a.dialog.(*strangers).at.jid == jid {
				return
			}
			r.press("j")
		}
		t.Fatalf("%s is not there:\n%s", jid, r.screen())
	}
	to("b0b@example.org")
	r.press("d")
	r.pump()
	if s := r.screen(); strings.Contains(s, "b0b@example.org  looks like bob@example.org · 1 message") {
		t.Errorf("who was denied is there:\n%s", s)
	}
	to("eve@evil.example")
	r.press("s")
	r.sees("Block eve@evil.example and report it")
	r.press("n")
	r.sees("2 messages")
	r.press("b", "y")
	r.pump()
	r.press("Esc")
	r.sees("? 1 request")
	r.line("/block")
	r.sees("eve@evil.example", "on this machine alone")
	r.press("d", "n")
	r.sees("eve@evil.example")
	r.press("d", "y")
	r.pump()
	r.sees("Nobody is blocked")
	r.press("Esc")
	r.a.handle(session.BlockedChanged{Account: r.acc, Known: true})
	r.line("/requests")
	r.press("s")
	if _, ok := r.a.dialog.(*strangers); !ok {
		t.Error("a report is sent to a server that takes none")
	}
	r.sees("this server takes no reports")
}

// TestBlockFromLists: b asks about the marked person; /block takes servers too.
func TestBlockFromLists(t *testing.T) {
	r := newRig(t, 120, 40, village)
	r.do("pane.next")
	r.press("b")
	r.sees("Block bob@example.org?")
	r.press("y")
	r.pump()
	r.press("Esc")
	r.line("are you there?")
	r.sees("bob@example.org is blocked: nothing is sent there.", "/unblock bob@example.org")
	r.a.composer.set("")
	r.line("/unblock bob@example.org")
	r.sees("is not blocked any more")
	r.line("/block spam.example")
	r.sees("Block spam.example?")
	r.press("Enter")
	r.line("/block")
	r.sees("Nobody is blocked")
}

func TestSecurityViewer(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/security")
	r.sees("What was refused since the start")
	r.press("Esc")
	if r.a.dialog != nil {
		t.Error("Esc does not close it")
	}
}

func TestTwins(t *testing.T) {
	m := newModel()
	for _, jid := range []string{"bob@example.org", "mira.lind@example.org"} {
		m.contacts[who{1, jid}] = store.Contact{JID: jid}
	}
	for jid, want := range map[string]string{"b0b@example.org": "bob@example.org", "BOB@example.net": "bob@example.org", "bоb@evil.example": "bob@example.org", "rnira-1ind@x.example": "mira.lind@example.org",
		"bob@example.org": "", "eve@evil.example": "", "bobby@example.org": ""} {
		if got := m.twin(who{1, jid}, ""); got != want {
			t.Errorf("%s is taken for %q, want %q", jid, got, want)
		}
	}
	if m.twin(who{2, "b0b@example.org"}, "") != "" {
		t.Error("another account's contact is a twin")
	}
}

// TestRefusalsHaveWords: whatever the session refuses has its sentence.
func TestRefusalsHaveWords(t *testing.T) {
	files, err := filepath.Glob("../session/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, pattern := range []string{`o\.refuse\("([a-z ]+)"\)`, `noteStanza\([^,]+, "([a-z-]+)"\)`, `noteRefusal\([^,]+, "([a-z-]+)"`, `wire\.\w+: "([a-z-]+)"[,}]`} {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
				if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "supervisor") || strings.Contains(file, "problem") || strings.HasPrefix(m[0], "wire.Cert") {
					continue
				}
				found++
				if code := "security." + strings.ReplaceAll(m[1], " ", "-"); !catalog.Has(code) {
					t.Errorf("%s: the catalogue does not know %s", file, code)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d reasons were found", found)
	}
}

// TestGateFits draws the dialogs at every size.
func TestGateFits(t *testing.T) {
	r := gateRig(t, 120, 40)
	for _, do := range []func(){func() {}, func() { r.press("Esc"); r.line("/block") }} {
		do()
		for w := 1; w < 130; w += 7 {
			for h := 1; h < 42; h += 3 {
				r.s.SetSize(w, h)
				if n := strings.Count(r.screen(), "\n"); n != h {
					t.Fatalf("%dx%d has %d rows", w, h, n)
				}
			}
		}
		r.s.SetSize(120, 40)
	}
}
