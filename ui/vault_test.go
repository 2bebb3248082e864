package ui

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zalando/go-keyring"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

const vaultPhrase = "four words of mine"

// rings is a keyring in memory.
type rings struct {
	mu  sync.Mutex
	has map[string]string
}

func newRings() *rings { return &rings{has: map[string]string{}} }

// of is the password of a user; empty: there is none.
func (r *rings) of(user string) string {
	p, _ := r.Get("", user)
	return p
}

func (r *rings) Get(_, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.has[user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return p, nil
}

func (r *rings) Set(_, user, p string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.has[user] = p
	return nil
}

func (r *rings) Delete(_, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.has, user)
	return nil
}

// vaultRig is a rig with a vault in a folder; made says whether it is there already,
// with the password of alice in it.
func vaultRig(t *testing.T, size [2]int, made bool) *rig {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.json")
	if made {
		v := store.OpenVault(path)
		if err := v.Create([]byte(vaultPhrase)); err != nil {
			t.Fatal(err)
		}
		if err := v.Put("alice@example.org", "hunter2"); err != nil {
			t.Fatal(err)
		}
	}
	off := false
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@example.org", Enabled: &off}}
	return newRigOf(t, size[0], size[1], cfg, village, func(o *session.Options) {
		o.Secrets = store.Secrets{Vault: store.OpenVault(path), Keyring: newRings()}
	})
}

// TestGoldenVault takes the prompt of the vault, and the choice of the forms.
func TestGoldenVault(t *testing.T) {
	for _, size := range sizes {
		r := vaultRig(t, size, true)
		r.line("/vault passphrase")
		r.golden(sized("vault-rekey", size))
		r.press("Esc")
		r.line("/connect")
		r.until("the prompt", func() bool { _, ok := r.a.dialog.(*vaultDialog); return ok })
		r.golden(sized("vault-open", size))
		r.write("not this one")
		r.press("Enter")
		r.shows("That is not the passphrase of the vault.")
		r.golden(sized("vault-wrong", size))
		r.press("Esc")
		r.a.opt.Keyring = true
		r.a.prompt(session.Prompt{Account: r.acc, JID: "alice@example.org", ID: 1, Problem: &session.Problem{Code: "need-password", Ask: true}})
		r.press("Tab")
		r.golden(sized("vault-password", size))
		r.press("Esc")
		r.a.openSetup()
		r.write("zoe@example.org")
		r.press("Tab")
		r.write("secret")
		r.press("Tab", "Right")
		r.golden(sized("vault-setup", size))
		r.press("Esc")

		r = vaultRig(t, size, false)
		r.line("/vault new")
		r.write("short")
		r.press("Enter")
		r.golden(sized("vault-make", size))
	}
}

// vaultServer is a server with zoe, whose password is "old".
func vaultServer(t *testing.T) *demo.Server {
	t.Helper()
	s, err := demo.NewServer(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.AddUser("zoe", "old")
	s.SetSignup(&demo.Signup{})
	t.Cleanup(s.Close)
	return s
}

// vaultRun is a run of the program with what is in a folder.
func vaultRun(t *testing.T, s *demo.Server, dir string, ring *rings) *rig {
	t.Helper()
	config := filepath.Join(dir, "config.toml")
	cfg, err := store.LoadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	r := newRigOf(t, 80, 24, cfg, nil, func(o *session.Options) {
		o.Dial, o.RootCAs, o.ConfigPath = s.Dial, s.RootCAs(), config
		o.Secrets = store.Secrets{Vault: store.OpenVault(filepath.Join(dir, "vault.json")), Keyring: ring}
	})
	r.a.opt.Keyring = true
	return r
}

// TestVaultFromTheFirstLogin: a password goes into a vault that is made on the way,
// the next run asks for its passphrase once, and a new password follows the old one.
func TestVaultFromTheFirstLogin(t *testing.T) {
	s, dir, ring := vaultServer(t), t.TempDir(), newRings()
	r := vaultRun(t, s, dir, ring)
	r.a.openSetup() // now with a keyring
	r.write(newcomer)
	r.press("Tab")
	r.write("old")
	r.press("Tab")
	r.sees("‹ the system's keyring ›")
	r.press("Right")
	r.sees("‹ sotto's vault ›")
	r.press("Enter")
	r.sees("A vault for passwords")
	r.write(vaultPhrase)
	r.press("Tab")
	r.write("four words of yours")
	r.press("Enter")
	r.sees("The two passphrases differ.")
	r.write(vaultPhrase)
	if strings.Contains(r.screen(), "words of") {
		t.Error("it is seen")
	}
	r.press("Enter")
	r.onlineAs(newcomer)
	r.until("the password in the vault", func() bool { return r.c.Vault().Holds(newcomer) })
	if ring.of(newcomer) != "" {
		t.Error("the keyring has it, too")
	}
	r.c.Close()

	r = vaultRun(t, s, dir, ring)
	r.until("the question", func() bool { _, ok := r.a.dialog.(*vaultDialog); return ok })
	r.write("something else")
	r.press("Enter")
	r.shows("That is not the passphrase of the vault.")
	r.write(vaultPhrase)
	r.press("Enter")
	r.onlineAs(newcomer)
	if r.a.dialog != nil {
		t.Errorf("%T is open", r.a.dialog)
	}
	r.line("/vault")
	r.sees("the passwords of zoe@demo.sotto.example")
	r.line("/connect") // nothing is asked again
	r.line("/password")
	r.write("new")
	r.press("Tab")
	r.write("new")
	r.press("Enter")
	r.shows("zoe@demo.sotto.example has its new password.")
	r.until("the new one in the vault", func() bool { p, _ := r.c.Vault().Password(newcomer); return p == "new" })

	// Out into the keyring, and in again.
	r.line("/vault out")
	r.shows("is in the keyring, and nowhere else.")
	if ring.of(newcomer) != "new" || r.c.Vault().Holds(newcomer) {
		t.Errorf("the keyring has %q", ring.of(newcomer))
	}
	r.line("/vault in " + newcomer)
	r.shows("is in the vault, and nowhere else.")
	if p := ring.of(newcomer); p != "" {
		t.Errorf("the keyring has %q", p)
	}
	r.line("/vault passphrase")
	r.write(vaultPhrase)
	r.press("Tab")
	r.write("another passphrase")
	r.press("Tab")
	r.write("another passphrase")
	r.press("Enter")
	r.shows("The vault has its new passphrase.")
	r.c.Close()

	r = vaultRun(t, s, dir, ring)
	r.until("the question", func() bool { _, ok := r.a.dialog.(*vaultDialog); return ok })
	r.press("Esc")
	r.line("/vault forget")
	r.shows("is kept nowhere any more")
	r.line("/connect")
	r.until("the password's question", func() bool { _, ok := r.a.dialog.(*passwordDialog); return ok })
	r.write("new")
	r.sees("‹ nothing: ask me ›")
	r.press("Tab", "Enter") // the keyring
	r.onlineAs(newcomer)
	r.until("the password in the keyring", func() bool { return ring.of(newcomer) == "new" })
	r.line("/vault delete")
	r.press("y")
	r.shows("The vault is gone")
	if _, err := os.Stat(filepath.Join(dir, "vault.json")); !os.IsNotExist(err) {
		t.Errorf("the file: %v", err)
	}
	r.line("/delete-account")
	r.write(newcomer)
	r.press("Enter")
	r.shows("is deleted on its server and removed here")
	if p := ring.of(newcomer); p != "" {
		t.Errorf("the keyring has %q", p)
	}
}

// TestVaultSays: every wish is answered, also where there is no vault.
func TestVaultSays(t *testing.T) {
	r := newRig(t, 80, 24, village)
	for _, line := range []string{"/vault", "/vault new", "/vault in"} {
		r.line(line)
		r.sees("There is no vault.")
	}
	r = vaultRig(t, [2]int{80, 24}, true)
	for line, want := range map[string]string{
		"/vault":                       "is locked.",
		"/vault new":                   "There is a vault already",
		"/vault in nobody@example.org": "There is no account nobody@example.org here.",
		"/vault sideways":              "[new|passphrase|in|out|forget|seal|unseal|delete] [address]",
		"/vault forget":                "is kept nowhere any more",
	} {
		r.line(line)
		r.shows(want)
		r.press("Ctrl-U", "Esc")
	}
	r.line("/vault out")
	r.sees("is not in the vault")
}

// TestBrokenVaultIsTold: at the start, with the place where it lies.
func TestBrokenVaultIsTold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRigOf(t, 120, 40, store.DefaultConfig(), nil, func(o *session.Options) { o.Secrets.Vault = store.OpenVault(path) })
	said := ""
	for _, l := range r.a.openingNotes() {
		said += l.text + "\n"
	}
	if !strings.Contains(said, "The vault could not be read") || !strings.Contains(said, path+".broken-") {
		t.Errorf("it said %q", said)
	}
}

// TestVaultSeals: /vault seal makes or opens the vault, asks, seals and says so; the
// vault cannot be deleted while it has the key; /vault unseal is the way back.
func TestVaultSeals(t *testing.T) {
	r := vaultRig(t, [2]int{80, 24}, true)
	r.line("/vault unseal")
	r.sees("The history is not sealed.")
	r.line("/vault seal")
	r.sees("Your passwords are in sotto's vault.")
	r.write(vaultPhrase)
	r.press("Enter")
	r.shows("Seal the history under the vault")
	r.press("n")
	if r.st.Sealed() {
		t.Fatal("it was not wanted")
	}
	r.line("/vault seal")
	r.sees("Seal the history under the vault")
	r.press("y")
	r.shows("The history is sealed. Keep")
	if !r.st.Sealed() {
		t.Error("it is not sealed")
	}
	r.line("/vault")
	r.sees("The history is sealed:")
	r.line("/vault delete")
	r.press("y")
	r.shows("/vault unseal first.")
	r.line("/lock")
	r.sees("Locked.")
	r.write(vaultPhrase)
	r.press("Enter")
	r.until("the end of the lock", func() bool { return r.a.lock == nil })
	r.line("/vault unseal")
	r.press("y")
	r.shows("The history is no longer sealed.")
}
