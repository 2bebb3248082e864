package session_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sotto/session"
	"sotto/store"
)

// sealed waits until the history is as it is to be.
func (cl *client) sealed(want bool) {
	cl.t.Helper()
	if e := wait(cl, "the history sealed", func(session.HistorySealed) bool { return true }); e.Problem != nil || e.Sealed != want {
		cl.t.Errorf("got %+v (%+v)", e, e.Problem)
	}
}

// wordsOf gives those words that are in a file of a folder.
func wordsOf(t *testing.T, dir string, words ...string) (found []string) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range list {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if bytes.Contains(bytes.ToLower(b), []byte(w)) {
				found = append(found, filepath.Base(path)+" has "+w)
			}
		}
	}
	return found
}

// TestSealHistory: sealed in the middle of a talk, with a line that waits to be sent;
// what comes behind it is sealed too, also while the vault is locked, and after another
// start all is there, the line goes out and nothing comes twice from the archive.
func TestSealHistory(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	dir, vault := t.TempDir(), vaultOf(t, s, "alice")
	words := []string{"beforeword", "betweenword", "draftword", "unsentword", "lockedword", "stricken", "correctedword"}
	start := func(key []byte) *client {
		st, err := store.Open(t.Context(), store.Options{Dir: dir, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		opt := optionsFor(s, "alice")
		opt.Store, opt.Secrets = st, store.Secrets{Keyring: newRings(), Vault: store.OpenVault(vault)}
		return run(t, opt, at(s, "alice"))
	}
	stop := func(cl *client) {
		cl.c.Close()
		if err := cl.st.Close(); err != nil {
			t.Error(err)
		}
	}
	alice, bob := start(nil), login(t, s, "bob")
	alice.online()
	befriend(alice, bob)
	withBob, withAlice := alice.open("bob@"+s.Domain()), bob.open("alice@"+s.Domain())
	bob.a.Send(withAlice, "a beforeword")
	alice.until("the first line", func() bool { return alice.has(withBob, "a beforeword", store.Received) })
	alice.a.SaveDraft(withBob, "a draftword")
	alice.c.SealHistory()
	if e := wait(alice, "an answer", func(session.HistorySealed) bool { return true }); e.Problem == nil || e.Problem.Code != "vault-locked" {
		t.Errorf("the vault is locked: %+v", e.Problem)
	}
	alice.c.OpenVault([]byte(passphrase))
	alice.vaultDone("")
	if len(wordsOf(t, dir, words...)) == 0 {
		t.Fatal("the words are not where they are sought")
	}
	alice.c.SealHistory()
	alice.sealed(true)
	bob.a.Send(withAlice, "a betweenword")
	alice.until("the second line", func() bool { return alice.has(withBob, "a betweenword", store.Received) })
	alice.c.LockVault()
	bob.a.Send(withAlice, "a lockedword")
	alice.until("the line behind the lock", func() bool { return alice.has(withBob, "a lockedword", store.Received) })
	alice.a.Disconnect()
	wait(alice, "the end of the link", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	alice.a.Send(withBob, "an unsentword")
	alice.until("the line in the outbox", func() bool { return alice.has(withBob, "an unsentword", store.Queued) })
	if found := wordsOf(t, dir, words...); len(found) > 0 {
		t.Errorf("%q", found)
	}
	stop(alice)
	if found := wordsOf(t, dir, words...); len(found) > 0 {
		t.Errorf("closed: %q", found)
	}
	v := store.OpenVault(vault)
	if err := v.Unlock([]byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	key, err := v.DatabaseKey()
	if err != nil {
		t.Fatal(err)
	}
	alice = start(key)
	alice.online()
	bob.until("the line that waited", func() bool { return bob.has(withAlice, "an unsentword", store.Received) })
	alice.until("its fate", func() bool { return !alice.has(withBob, "an unsentword", store.Queued) })
	var got []string
	for _, m := range alice.rows(withBob) {
		if m.Kind == store.Text {
			got = append(got, m.Body)
		}
	}
	if want := []string{"a beforeword", "a betweenword", "a lockedword", "an unsentword"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// What was interrupted goes on with the next passphrase.
	if err := v.UnsealDatabase(); err != nil {
		t.Fatal(err)
	}
	stop(alice)
	alice = start(key)
	alice.c.OpenVault([]byte(passphrase))
	alice.sealed(false)
	if has, _ := alice.c.Vault().Seals(); has {
		t.Error("the vault has the key still")
	}
	stop(alice)
	if len(wordsOf(t, dir, words...)) == 0 {
		t.Error("it is still sealed")
	}
}
