package session_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zalando/go-keyring"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

const passphrase = "four words of mine"

// rings is a keyring in memory.
type rings struct {
	mu  sync.Mutex
	has map[string]string
}

func newRings() *rings { return &rings{has: map[string]string{}} }

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

// vaultOf makes a vault file with passwords of users of the demo server.
func vaultOf(t *testing.T, s *demo.Server, users ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.json")
	v := store.OpenVault(path)
	if err := v.Create([]byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if err := v.Put(u+"@"+s.Domain(), password); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func (cl *client) vaultDone(want string) {
	cl.t.Helper()
	got := ""
	if e := wait(cl, "an answer of the vault", func(session.VaultDone) bool { return true }); e.Problem != nil {
		got = e.Problem.Code
	}
	if got != want {
		cl.t.Errorf("the vault answered %q, want %q", got, want)
	}
}

// kept waits until a password is where it is to be; the account says when it is.
func (cl *client) kept(what string, ok func() bool) {
	cl.t.Helper()
	if !ok() {
		wait(cl, what, func(session.AccountChanged) bool { return ok() })
	}
}

// TestVaultOpensForAll: one passphrase brings all accounts online whose passwords
// are in the vault; a wrong one is told.
func TestVaultOpensForAll(t *testing.T) {
	s := newDemo(t, "alice", "bob", "carol")
	opt := optionsFor(s, "carol")
	opt.Secrets = store.Secrets{Keyring: newRings(), Vault: store.OpenVault(vaultOf(t, s, "alice", "bob"))}
	upper := at(s, "bob")
	upper.JID = strings.ToUpper(upper.JID[:1]) + upper.JID[1:] // as people write it
	cl := run(t, opt, at(s, "alice"), upper, at(s, "carol"))
	asked, online := map[string]bool{}, map[string]bool{}
	for len(asked) < 2 || len(online) < 1 {
		wait(cl, "the questions", func(e session.Event) bool {
			switch e := e.(type) {
			case session.Prompt:
				asked[e.JID] = e.Kind == session.AskPassphrase && e.Problem.Code == "vault-locked"
			case session.AccountChanged:
				online[e.JID] = e.Link == session.Online
				if !online[e.JID] {
					delete(online, e.JID)
				}
				return online[e.JID]
			default:
				return false
			}
			return true
		})
	}
	if len(asked) != 2 || !online["carol@"+s.Domain()] {
		t.Errorf("asked for %v, online %v", asked, online)
	}
	wrong := []byte("not it at all")
	cl.c.OpenVault(wrong)
	cl.vaultDone("vault-passphrase")
	if strings.Trim(string(wrong), "\x00") != "" {
		t.Error("the passphrase is still in memory")
	}
	cl.c.OpenVault([]byte(passphrase))
	for len(online) < 3 {
		wait(cl, "all accounts", func(e session.AccountChanged) bool {
			if e.Link == session.Online {
				online[e.JID] = true
			}
			return e.Link == session.Online
		})
	}
}

// TestVaultByDescriptor: without a user a descriptor opens it; a wrong passphrase is
// told with the question.
func TestVaultByDescriptor(t *testing.T) {
	s := newDemo(t, "alice")
	path := vaultOf(t, s, "alice")
	for _, given := range []string{passphrase + "\n", "another one"} {
		r, w, err := os.Pipe()
		if err == nil {
			_, err = w.WriteString(given)
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		opt := optionsFor(s)
		opt.Secrets = store.Secrets{Keyring: newRings(), Vault: store.OpenVault(path), Opener: &store.Opener{From: r}}
		cl := run(t, opt, at(s, "alice"))
		if given != "another one" {
			cl.online()
		} else if e := wait(cl, "the question", func(e session.Prompt) bool { return e.ID != 0 }); e.Kind != session.AskPassphrase || e.Problem.Code != "vault-opener-wrong" {
			t.Errorf("got %d, %+v", e.Kind, e.Problem)
		}
	}
}

// TestLockedVaultHoldsTheLogin: a link lives on while it is locked and brings what
// is said; one that breaks waits for the passphrase, and nothing is asked behind
// the lock.
func TestLockedVaultHoldsTheLogin(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	opt := optionsFor(s)
	opt.Secrets = store.Secrets{Keyring: newRings(), Vault: store.OpenVault(vaultOf(t, s, "alice"))}
	cl := run(t, opt, at(s, "alice"))
	wait(cl, "the question", func(e session.Prompt) bool { return e.Kind == session.AskPassphrase })
	cl.c.OpenVault([]byte(passphrase))
	cl.online()
	cl.c.LockVault()
	bob := login(t, s, "bob")
	say := func(body string) {
		bob.a.OpenChat("alice@" + s.Domain())
		e := wait(bob, "the chat", func(session.Opened) bool { return true })
		bob.a.Send(e.Chat, body)
	}
	say("while it is locked")
	wait(cl, "what bob said", func(e session.Incoming) bool { return strings.Contains(e.Body, "locked") })
	s.CutAll(demo.CutReset)
	e := wait(cl, "the wait", func(e session.AccountChanged) bool { return e.Link == session.Offline && e.Problem != nil })
	if e.Problem.Code != "vault-locked" {
		t.Errorf("got %+v", e.Problem)
	}
	bob.online()
	say("while nobody is there")
	cl.c.OpenVault([]byte("wrong wrong"))
	cl.vaultDone("vault-passphrase")
	cl.c.OpenVault([]byte(passphrase))
	asked := false
	wait(cl, "what bob said", func(e session.Event) bool {
		p, is := e.(session.Prompt)
		asked = asked || is && p.ID != 0
		chats, _, err := cl.st.Chats(t.Context())
		if err != nil || len(chats) == 0 {
			return false
		}
		rows, _, err := cl.st.Page(t.Context(), chats[0].ID, 0, 100)
		return err == nil && slices.ContainsFunc(rows, func(m store.Message) bool { return strings.Contains(m.Body, "nobody") })
	})
	if asked {
		t.Error("it was asked behind the lock")
	}
}

// TestNewPasswordIsKept: it follows the old one to where that was, and where it
// cannot, the old one goes all the same.
func TestNewPasswordIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		found  store.Place
		keep   store.Place
		locked bool
		want   store.Place // where the new one is
	}{
		"follows in the keyring":  {store.InKeyring, store.Unsaid, false, store.InKeyring},
		"follows in the vault":    {store.InVault, store.Unsaid, false, store.InVault},
		"moves to the vault":      {store.InKeyring, store.InVault, false, store.InVault},
		"moves to the keyring":    {store.InVault, store.InKeyring, false, store.InKeyring},
		"is asked from now on":    {store.InVault, store.Asked, false, store.Asked},
		"finds the vault locked":  {store.InVault, store.Unsaid, true, store.Asked},
		"was typed, and is again": {store.Asked, store.Unsaid, false, store.Asked},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t, "alice")
			s.SetSignup(&demo.Signup{})
			me := "alice@" + s.Domain()
			v, ring := store.OpenVault(vaultOf(t, s, "alice")), newRings()
			if err := v.Unlock([]byte(passphrase)); err != nil {
				t.Fatal(err)
			}
			opt := optionsFor(s)
			opt.Secrets = store.Secrets{Keyring: ring, Vault: v}
			if test.found != store.InVault {
				if err := v.Remove(me); err != nil {
					t.Fatal(err)
				}
			}
			switch test.found {
			case store.InKeyring:
				_ = ring.Set("", me, password)
			case store.Asked:
				opt.Passwords[me] = password
			}
			cl := run(t, opt, at(s, "alice"))
			cl.online()
			if test.locked {
				v.Lock()
			}
			cl.a.ChangePassword("another one", test.keep)
			wait(cl, "the answer", func(e session.Answer) bool { return e.Code == "password-changed" })
			if test.locked {
				wait(cl, "the trouble", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "not-in-vault" })
				if v.Holds(me) || ring.of(me) != "" {
					t.Error("the old one is kept")
				}
				return
			}
			cl.kept("the place", func() bool {
				inVault, _ := v.Password(me)
				return (test.want == store.InVault) == (inVault == "another one") && (test.want == store.InKeyring) == (ring.of(me) == "another one") &&
					(test.want == store.InVault || inVault == "") && (test.want == store.InKeyring || ring.of(me) == "")
			})
		})
	}
}

// TestDeletedAccountLeavesNoPassword: neither in the vault nor in the keyring, also
// when one was changed a moment before.
func TestDeletedAccountLeavesNoPassword(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.SetSignup(&demo.Signup{})
	me := "alice@" + s.Domain()
	v, ring := store.OpenVault(vaultOf(t, s, "alice", "bob")), newRings()
	if err := v.Unlock([]byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	opt := optionsFor(s)
	opt.Secrets = store.Secrets{Keyring: ring, Vault: v}
	cl := run(t, opt, at(s, "alice"))
	cl.online()
	cl.a.ChangePassword("another one", store.Unsaid)
	cl.a.DeleteAccount()
	wait(cl, "the end", func(e session.Answer) bool { return e.Code == "account-deleted" })
	if v.Holds(me) || ring.of(me) != "" {
		t.Error("a password of the account is kept")
	}
	if p, err := v.Password("bob@" + s.Domain()); p != password || err != nil {
		t.Errorf("bob's is %q, %v", p, err)
	}
}

// TestRefusedPasswordIsReplaced: what is typed instead goes where the refused one was.
func TestRefusedPasswordIsReplaced(t *testing.T) {
	s := newDemo(t, "alice")
	me := "alice@" + s.Domain()
	v := store.OpenVault(vaultOf(t, s))
	if err := v.Unlock([]byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	if err := v.Put(me, "an older one"); err != nil {
		t.Fatal(err)
	}
	opt := optionsFor(s)
	opt.Secrets = store.Secrets{Keyring: newRings(), Vault: v}
	cl := run(t, opt, at(s, "alice"))
	kept := store.Unsaid
	e := wait(cl, "the question", func(e session.Event) bool {
		if a, is := e.(session.AccountChanged); is {
			kept = a.Kept
		}
		p, is := e.(session.Prompt)
		return is && p.ID != 0
	}).(session.Prompt)
	if e.Kind != session.AskPassword || e.Problem.Code != "auth-failed" || kept != store.InVault {
		t.Errorf("got %d, %+v; it is in %d", e.Kind, e.Problem, kept)
	}
	cl.a.Reply(e.ID, session.Reply{Password: password, Keep: kept})
	cl.online()
	cl.kept("the new one in the vault", func() bool { p, _ := v.Password(me); return p == password })
}
