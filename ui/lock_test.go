package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// lockRig is a rig with a vault and a key for the lock.
func lockRig(t *testing.T, size [2]int) *rig {
	t.Helper()
	r := vaultRig(t, size, true)
	r.a.opt.Keys = filepath.Join(t.TempDir(), "keys.toml")
	if err := os.WriteFile(r.a.opt.Keys, []byte("lock = \"Alt-l\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.a.useKeys()
	return r
}

// bare fails unless the screen has the words of the lock and nothing else.
func (r *rig) bare() {
	r.t.Helper()
	got := strings.Join(strings.Fields(r.screen()), " ")
	for _, words := range []string{"Locked. The passphrase of the vault opens it.", "That is not the passphrase of the vault.", "One moment …"} {
		got = strings.Replace(got, words, "", 1)
	}
	if got = strings.Trim(got, "* "); got != "" {
		r.t.Errorf("locked, and the screen has %q", got)
	}
}

// TestGoldenLock takes the lock, with something typed and refused.
func TestGoldenLock(t *testing.T) {
	for _, size := range sizes {
		r := lockRig(t, size)
		r.do("lock")
		r.golden(sized("lock", size))
		r.write("secret")
		r.golden(sized("lock-typed", size))
		r.press("Enter")
		r.shows("That is not the passphrase of the vault.")
		r.golden(sized("lock-wrong", size))
	}
}

// TestLockHidesEverything: no key, paste or event brings anything to the screen, the
// title or a notification; the passphrase brings all back as it was.
func TestLockHidesEverything(t *testing.T) {
	r := lockRig(t, [2]int{120, 40})
	var told []string
	title := ""
	r.a.t.Notify, r.a.t.Notifier = func(seq []byte) { told = append(told, string(seq)) }, "osc777"
	r.a.t.Title = func(s string) { title = s }
	r.a.settle()
	if title == "sotto" {
		t.Fatalf("the title is %q", title)
	}
	r.write("half a thought")
	before := r.screen()
	open, bodies := r.a.m.chat, len(r.bodiesOf())
	r.do("lock")
	r.bare()
	if title != "sotto" {
		t.Errorf("the title is %q", title)
	}
	if r.c.Vault().State() != store.VaultLocked {
		t.Error("the vault is open")
	}
	for _, k := range []string{"F1", "F2", "F3", "F4", "Ctrl-K", "Ctrl-N", "Alt-a", "Up", "PgUp", "Tab", "Shift-Tab", "Esc", "Ctrl-L", "Ctrl-Z", "Ctrl-C", "Ctrl-C", "Ctrl-C", "Alt-l", "Ctrl-X", "Ctrl-E"} {
		r.press(k)
		r.bare()
	}
	for i := range 10 {
		r.press("Alt-" + string(rune('0'+i)))
	}
	r.write("/quit")
	r.press("Enter")
	r.shows("That is not the passphrase of the vault.")
	r.paste("/quit\nmore")
	r.bare()
	r.press("Esc")
	room := r.chatWith("gophers@rooms.example.org")
	r.a.handle(session.Incoming{Account: r.acc, Chat: room.ID, From: "mallory", Body: "alice: a secret", Mention: true})
	r.a.handle(session.Incoming{Account: r.acc, Chat: open, From: "Bob Ross", Body: "another secret", Direct: true})
	r.a.handle(session.Prompt{Account: r.acc, JID: "alice@example.org", ID: 7, Problem: &session.Problem{Code: "need-password", Ask: true}})
	r.a.say("an answer")
	r.a.settle()
	r.bare()
	if len(told) != 2 {
		t.Errorf("it tells %q", told)
	}
	for _, n := range told {
		if !strings.Contains(n, "Something came.") || strings.Contains(n, "secret") || strings.Contains(n, "mallory") || strings.Contains(n, "gophers") || strings.Contains(n, "Bob") {
			t.Errorf("it tells %q", n)
		}
	}
	if title != "sotto" {
		t.Errorf("the title is %q", title)
	}
	for w := 1; w < 130; w += 7 {
		for h := 1; h < 42; h += 5 {
			r.s.SetSize(w, h)
			if n := strings.Count(r.screen(), "\n"); n != h || strings.Contains(r.screen(), "Bob") {
				t.Fatalf("%dx%d:\n%s", w, h, r.screen())
			}
		}
	}
	r.s.SetSize(120, 40)
	select {
	case <-r.a.quit:
		t.Fatal("a key ended the program")
	default:
	}
	r.write(vaultPhrase)
	r.press("Enter")
	r.until("the end of the lock", func() bool { return r.a.lock == nil })
	if _, ok := r.a.dialog.(*passwordDialog); !ok {
		t.Errorf("%T is open, want the question that came meanwhile", r.a.dialog)
	}
	r.press("Esc", "Esc")
	if got := r.a.composer.text(); got != "half a thought" || r.a.m.chat != open || len(r.bodiesOf()) != bodies {
		t.Errorf("the input has %q, chat %d, %d messages", got, r.a.m.chat, len(r.bodiesOf()))
	}
	if r.a.note.clear(); r.screen() != before {
		t.Errorf("it is not as before:\n%s", r.screen())
	}
	if r.c.Vault().State() != store.VaultOpen {
		t.Error("the vault is locked")
	}
}

// TestLockedNothingIsRead: what comes while it is locked is there afterwards, unread.
func TestLockedNothingIsRead(t *testing.T) {
	s := vaultServer(t)
	s.AddUser("bob", "bob's")
	s.Befriend("zoe", "bob", "Bob")
	dir := t.TempDir()
	if err := store.AddAccount(filepath.Join(dir, "config.toml"), store.AccountConfig{JID: newcomer}); err != nil {
		t.Fatal(err)
	}
	v := store.OpenVault(filepath.Join(dir, "vault.json"))
	if err := v.Create([]byte(vaultPhrase)); err != nil {
		t.Fatal(err)
	}
	if err := v.Put(newcomer, "old"); err != nil {
		t.Fatal(err)
	}
	r := vaultRun(t, s, dir, newRings())
	r.until("the question", func() bool { _, ok := r.a.dialog.(*vaultDialog); return ok })
	r.write(vaultPhrase)
	r.press("Enter")
	r.onlineAs(newcomer)
	r.a.focusKnown, r.a.focused = true, true
	bob := s.Script("bob")
	bob.Say(newcomer, "before")
	r.until("the first line", func() bool { return len(r.a.m.chats) == 1 })
	r.press("Alt-1")
	r.sees("before")
	r.line("/lock")
	r.bare()
	bob.Say(newcomer, "behind the lock")
	count := func() (n, unread int) {
		list, _, err := r.st.Chats(t.Context())
		if err != nil || len(list) == 0 {
			return 0, 0
		}
		rows, _, err := r.st.Page(t.Context(), list[0].ID, 0, 100)
		if err != nil {
			return 0, 0
		}
		return len(rows), list[0].Unread
	}
	r.until("the second line on the disk", func() bool { n, _ := count(); return n == 2 })
	r.bare()
	if _, unread := count(); unread != 1 {
		t.Errorf("%d lines are unread", unread)
	}
	// The link breaks: nothing is asked, and the passphrase connects again.
	s.CutAll(demo.CutReset)
	r.until("the wait for the passphrase", func() bool {
		i, _ := r.a.m.account(r.acc0())
		return i.Link == session.Offline && i.Problem != nil && i.Problem.Code == "vault-locked"
	})
	r.bare()
	r.write(vaultPhrase)
	r.press("Enter")
	r.until("the end of the lock", func() bool { return r.a.lock == nil })
	r.onlineAs(newcomer)
	r.sees("before", "behind the lock")
}

// acc0 is the account of a rig that has one.
func (r *rig) acc0() store.AccountID { return r.a.m.accounts[0].ID }

// TestLockNeedsAVault, and says how to come to one.
func TestLockNeedsAVault(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/lock")
	r.sees("there is no vault.", "/vault new makes one.")
	if r.a.lock != nil {
		t.Error("it is locked for ever")
	}
	r.line("/set lock_after 10m")
	r.shows("there is no vault.")
	r.line("/set lock_after soon")
	r.shows("There is no setting lock_after with the value “soon”.")
}

// TestLockAfter: it locks when no key was pressed for so long, and not before.
func TestLockAfter(t *testing.T) {
	r := lockRig(t, [2]int{80, 24})
	now := noon
	r.a.opt.Now = func() time.Time { return now }
	r.line("/set lock_after 10m")
	r.until("the setting", func() bool { return r.a.idleAfter == 10*time.Minute })
	now = now.Add(9 * time.Minute)
	r.a.idleNow()
	if r.a.lock != nil {
		t.Fatal("it is too early")
	}
	r.press("x")
	now = now.Add(9 * time.Minute)
	r.a.idleNow()
	if r.a.lock != nil {
		t.Fatal("a key was pressed")
	}
	now = now.Add(time.Minute)
	r.a.idleNow()
	r.bare()
	r.write(vaultPhrase)
	r.press("Enter")
	r.until("the end of the lock", func() bool { return r.a.lock == nil })
	r.sees("Bob Ross")
	r.press("Ctrl-U")
	r.line("/set lock_after off")
	r.until("the setting", func() bool { return r.a.idleAfter == 0 && r.a.idle == nil })
}
