package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

const aliceJID, bobJID = "alice@example.org", "bob@example.org"

var passPhrase = []byte("correct horse battery")

// newVault makes a vault with the password of alice in it.
func newVault(t *testing.T) *Vault {
	t.Helper()
	v := OpenVault(filepath.Join(t.TempDir(), "vault.json"))
	if v.State() != VaultNone {
		t.Fatalf("got state %d", v.State())
	}
	if err := v.Put(aliceJID, "x"); !errors.Is(err, ErrVaultNone) {
		t.Errorf("put without a vault: %v", err)
	}
	if err := v.Create(passPhrase); err != nil {
		t.Fatal(err)
	}
	if err := v.Put(aliceJID, "hunter2 ß"); err != nil {
		t.Fatal(err)
	}
	return v
}

// again opens the file of a vault as the next run does.
func again(t *testing.T, v *Vault) *Vault {
	t.Helper()
	v = OpenVault(v.path)
	if v.State() != VaultLocked || v.Broken() != "" {
		t.Fatalf("got state %d, broken %q", v.State(), v.Broken())
	}
	return v
}

// TestVault: what goes in comes out, under its passphrase alone, in the next run too.
func TestVault(t *testing.T) {
	v := newVault(t)
	st, err := os.Stat(v.path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", st.Mode(), err)
	}
	b, err := os.ReadFile(v.path)
	if err != nil || bytes.Contains(b, []byte("hunter2")) || bytes.Contains(b, passPhrase) {
		t.Errorf("the file holds a secret in clear (%v)", err)
	}
	v = again(t, v)
	if _, err := v.Password(aliceJID); !errors.Is(err, ErrVaultLocked) {
		t.Errorf("locked: %v", err)
	}
	if _, err := v.Password(bobJID); !errors.Is(err, ErrNoSecret) {
		t.Errorf("of bob: %v", err)
	}
	if err := v.Put(bobJID, "x"); !errors.Is(err, ErrVaultLocked) {
		t.Errorf("put into a locked one: %v", err)
	}
	for _, wrong := range [][]byte{nil, []byte("correct horse batterz"), bytes.Repeat([]byte("x"), PassphraseMax+1)} {
		if err := v.Unlock(wrong); !errors.Is(err, ErrPassphrase) || v.State() != VaultLocked {
			t.Errorf("%.30q: %v", wrong, err)
		}
	}
	if err := v.Unlock(passPhrase); err != nil {
		t.Fatal(err)
	}
	if p, err := v.Password("Alice@example.org"); p != "hunter2 ß" || err != nil {
		t.Errorf("got %q, %v", p, err)
	}
	// Another passphrase is another data key: the old file's opens nothing.
	old := *v.key
	if err := v.Rekey([]byte("something else"), []byte("a new passphrase")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("rekey with a wrong one: %v", err)
	}
	if err := v.Rekey(passPhrase, []byte("short")); !errors.Is(err, ErrVaultRefused) {
		t.Errorf("rekey with a short one: %v", err)
	}
	if err := v.Rekey(passPhrase, []byte("a new passphrase")); err != nil {
		t.Fatal(err)
	}
	if *v.key == old {
		t.Error("the data key is the old one")
	}
	v = again(t, v)
	if err := v.Unlock(passPhrase); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	if err := v.Unlock([]byte("a new passphrase")); err != nil {
		t.Fatal(err)
	}
	if p, _ := v.Password(aliceJID); p != "hunter2 ß" {
		t.Errorf("got %q", p)
	}
	// A key that is forgotten is overwritten.
	key := v.key
	v.Lock()
	if *key != [32]byte{} || v.State() != VaultLocked || !v.Shut() {
		t.Errorf("the key is %x, state %d", *key, v.State())
	}
	// What is forgotten needs no passphrase.
	if err := v.Remove(aliceJID); err != nil || v.Holds(aliceJID) || len(v.Accounts()) != 0 {
		t.Errorf("got %v, %v", err, v.Accounts())
	}
	if b, _ := os.ReadFile(v.path); bytes.Contains(b, []byte("alice")) {
		t.Error("her entry is still on the disk")
	}
	if err := v.Delete(); err != nil || v.State() != VaultNone {
		t.Errorf("got %v, %d", err, v.State())
	}
	if _, err := os.Stat(v.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
}

// TestVaultTampered: nothing of a file can be exchanged or weakened unnoticed.
func TestVaultTampered(t *testing.T) {
	v := newVault(t)
	if err := v.Put(bobJID, "bob's"); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*vaultFile)
		open   bool // the passphrase is still taken
	}{
		"passwords exchanged": {func(f *vaultFile) {
			f.Entries[0].Sealed, f.Entries[1].Sealed = f.Entries[1].Sealed, f.Entries[0].Sealed
		}, true},
		"a password given to another": {func(f *vaultFile) { f.Entries = f.Entries[:1]; f.Entries[0].Account = bobJID }, true},
		"fewer rounds":                {func(f *vaultFile) { f.KDF.Time = 1 }, false},
		"another salt":                {func(f *vaultFile) { f.KDF.Salt[0] ^= 1 }, false},
		"another key":                 {func(f *vaultFile) { f.Key[30] ^= 1 }, false},
	} {
		b, err := os.ReadFile(v.path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseVault(b)
		if err != nil {
			t.Fatal(err)
		}
		test.change(f)
		b, _ = f.bytes()
		path := filepath.Join(t.TempDir(), "vault.json")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		w := OpenVault(path)
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", name, st.Mode())
		}
		if err := w.Unlock(passPhrase); (err == nil) != test.open {
			t.Errorf("%s: unlock: %v", name, err)
		}
		for _, jid := range []string{aliceJID, bobJID} {
			if p, err := w.Password(jid); err == nil {
				t.Errorf("%s: %s has the password %q", name, jid, p)
			}
		}
	}
}

// TestVaultBroken: a file that is none is moved aside and never overwritten; one of
// a newer version is left alone.
func TestVaultBroken(t *testing.T) {
	good, err := os.ReadFile(newVault(t).path)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, by string) string {
		out := strings.Replace(string(good), old, by, 1)
		if out == string(good) {
			t.Fatalf("the file has no %s", old)
		}
		return out
	}
	for name, text := range map[string]string{
		"empty":             "",
		"half":              string(good[:len(good)/2]),
		"more behind":       string(good) + "{}",
		"gigabytes":         replace(`"memory_kib": 65536`, `"memory_kib": 4194304`),
		"hours":             replace(`"time": 3`, `"time": 400000000`),
		"no work":           replace(`"memory_kib": 65536`, `"memory_kib": 8`),
		"another kdf":       replace(`"argon2id"`, `"none"`),
		"an unknown field":  replace(`"kdf"`, `"x": 1, "kdf"`),
		"an address twice":  replace(`"entries": [`, `"entries": [{"account":"alice@example.org","sealed":""},`),
		"far too big":       string(good) + strings.Repeat(" ", vaultFileMax),
		"an older version":  replace(`"sotto_vault": 1`, `"sotto_vault": 0`),
		"something else":    "[[account]]\n",
		"too many accounts": manyEntries(t, good),
	} {
		path := filepath.Join(t.TempDir(), "vault.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		v := OpenVault(path)
		if v.State() != VaultNone || v.Broken() == "" {
			t.Errorf("%s: state %d, broken %q", name, v.State(), v.Broken())
			continue
		}
		if b, err := os.ReadFile(v.Broken()); string(b) != text {
			t.Errorf("%s: the file aside is not the one that was there (%v)", name, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: it is still there: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "vault.json")
	newer := replace(`"sotto_vault": 1`, `"sotto_vault": 3`)
	if err := os.WriteFile(path, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	v := OpenVault(path)
	if v.State() != VaultUnreadable {
		t.Errorf("newer: state %d", v.State())
	}
	if err := v.Create(passPhrase); !errors.Is(err, ErrVaultRefused) {
		t.Errorf("newer: create: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != newer {
		t.Error("the newer file was changed")
	}
	// A file that came after the start is nobody's to overwrite either.
	v = OpenVault(filepath.Join(t.TempDir(), "vault.json"))
	if err := os.WriteFile(v.path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Create(passPhrase); !errors.Is(err, ErrVaultRefused) {
		t.Errorf("create over a file: %v", err)
	}
}

func manyEntries(t *testing.T, good []byte) string {
	f, err := parseVault(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range vaultEntriesMax {
		f.Entries = append(f.Entries, vaultEntry{Account: strings.Repeat("x", i+1)})
	}
	b, _ := f.bytes()
	return string(b)
}

// TestVaultOnAFullDisk: what cannot be written is not taken, and the old file holds.
func TestVaultOnAFullDisk(t *testing.T) {
	v := newVault(t)
	if err := os.Rename(v.path, v.path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(v.path, 0o700); err != nil { // renaming a file onto a folder fails
		t.Fatal(err)
	}
	if err := v.Put(bobJID, "x"); err == nil || v.Holds(bobJID) {
		t.Errorf("got %v", err)
	}
	if p, err := v.Password(aliceJID); p != "hunter2 ß" || err != nil {
		t.Errorf("got %q, %v", p, err)
	}
}

// rings is a keyring in memory.
type rings map[string]string

func (r rings) Get(_, user string) (string, error) {
	p, ok := r[user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return p, nil
}
func (r rings) Set(_, user, p string) error { r[user] = p; return nil }
func (r rings) Delete(_, user string) error {
	if _, ok := r[user]; !ok {
		return keyring.ErrNotFound
	}
	delete(r, user)
	return nil
}

// TestKeepMoves: a password is in one place, and an old one is nowhere.
func TestKeepMoves(t *testing.T) {
	ring := rings{bobJID: "bob's"}
	s := Secrets{Keyring: ring, Vault: newVault(t)}
	a := AccountConfig{JID: aliceJID}
	for _, step := range []struct {
		password     string
		to           Place
		ring, vault  bool
		found        Place
		wantPassword string
	}{
		{"one", InKeyring, true, false, InKeyring, "one"},
		{"two", InVault, false, true, InVault, "two"},
		{"three", InVault, false, true, InVault, "three"},
		{"four", InKeyring, true, false, InKeyring, "four"},
		{"five", Unsaid, true, false, InKeyring, "four"},
		{"six", Asked, false, false, InVault, ""},
	} {
		if err := s.Keep(t.Context(), aliceJID, step.password, step.to); err != nil {
			t.Errorf("%s: %v", step.password, err)
		}
		if _, in := ring[aliceJID]; in != step.ring || s.Vault.Holds(aliceJID) != step.vault {
			t.Errorf("%s: in the keyring %v, in the vault %v", step.password, in, s.Vault.Holds(aliceJID))
		}
		p, at, err := s.Password(t.Context(), a)
		if p != step.wantPassword || p != "" && at != step.found || (err == nil) != (p != "") {
			t.Errorf("%s: got %q in %d, %v", step.password, p, at, err)
		}
	}
	if ring[bobJID] != "bob's" {
		t.Error("bob's is gone")
	}
}

// TestOpener: a passphrase comes from a descriptor or a command, once, and not
// after the user has locked.
func TestOpener(t *testing.T) {
	printf := func(s string) func() []string { return func() []string { return []string{"printf", s} } }
	pipe := func(s string) *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString(s); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		return r
	}
	v := newVault(t)
	for name, test := range map[string]struct {
		o    *Opener
		want error // nil: it opens
	}{
		"nothing":            {&Opener{}, ErrVaultLocked},
		"descriptor":         {&Opener{From: pipe(string(passPhrase) + "\r\nmore")}, nil},
		"descriptor first":   {&Opener{From: pipe(string(passPhrase)), Command: printf("x")}, nil},
		"empty descriptor":   {&Opener{From: pipe("")}, ErrVaultLocked},
		"wrong descriptor":   {&Opener{From: pipe("wrong passphrase")}, ErrPassphrase},
		"command":            {&Opener{Command: printf(string(passPhrase) + "\n")}, nil},
		"wrong command":      {&Opener{Command: printf("wrong passphrase")}, ErrPassphrase},
		"command that fails": {&Opener{Command: func() []string { return []string{"false"} }}, ErrVaultLocked},
		"no command":         {&Opener{Command: func() []string { return nil }}, ErrVaultLocked},
	} {
		s := Secrets{Keyring: rings{}, Vault: again(t, v), Opener: test.o}
		p, _, err := s.Password(t.Context(), AccountConfig{JID: aliceJID})
		if test.want == nil && (p != "hunter2 ß" || err != nil) || test.want != nil && (!errors.Is(err, test.want) || !errors.Is(err, ErrVaultLocked)) {
			t.Errorf("%s: got %q, %v", name, p, err)
		}
		if test.want == nil {
			s.Vault.Lock()
		}
		// Neither is a second try made, nor one behind the user's back.
		if _, _, err := s.Password(t.Context(), AccountConfig{JID: aliceJID}); !errors.Is(err, ErrVaultLocked) || errors.Is(err, ErrPassphrase) {
			t.Errorf("%s, again: %v", name, err)
		}
		test.o.Close()
		if test.o.From != nil {
			t.Errorf("%s: the descriptor is still open", name)
		}
	}
	s := Secrets{Keyring: rings{}, Vault: again(t, v), Opener: &Opener{From: pipe("")}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Password(ctx, AccountConfig{JID: bobJID}); !errors.Is(err, ErrNoSecret) {
		t.Errorf("of bob, who has none: %v", err)
	}
	if s.Opener.tried {
		t.Error("the vault was opened for nothing")
	}
	s.Opener.Close()
}

// FuzzVault: no file makes the parser panic or gets parameters out of bounds
// through it, and what it takes is written as it was read.
func FuzzVault(f *testing.F) {
	key := newKey()
	file := &vaultFile{Version: vaultVersion, KDF: newKDF(), Entries: []vaultEntry{}}
	file.Key = seal(key[:], key[:], nil)
	file = file.with(key, aliceJID, "secret")
	b, _ := file.bytes()
	f.Add(b)
	f.Add([]byte(`{"sotto_vault":2}`))
	f.Add([]byte(`{"sotto_vault":1,"kdf":{"memory_kib":4294967295}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseVault(b)
		if (got == nil) != (err != nil) {
			t.Fatalf("got %v, %v", got, err)
		}
		if err != nil {
			return
		}
		if k := got.KDF; k.Memory > vaultMemoryMax || k.Time > vaultTimeMax || k.Threads > vaultThreadsMax || k.Time == 0 || k.Threads == 0 {
			t.Fatalf("it may ask for %+v", k)
		}
		for i := range got.Entries {
			got.open(key, i)
		}
		out, err := got.bytes()
		if err != nil {
			t.Fatal(err)
		}
		two, err := parseVault(out)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		x, _ := json.Marshal(got)
		if y, _ := json.Marshal(two); !bytes.Equal(x, y) {
			t.Fatalf("%s became %s", x, y)
		}
	})
}
