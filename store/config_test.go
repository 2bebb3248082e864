package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/store"
)

func TestConfigMistakesHaveTheirLine(t *testing.T) {
	tests := map[string]struct {
		text string
		line int
		want string
	}{
		"a typo":             {"theme = \"dark\"\nthem = \"x\"\n", 2, `did you mean "theme"?`},
		"a typo in account":  {"[[account]]\njid = \"a@b.c\"\npasword_command = \"x\"\n", 3, "password_command"},
		"no string":          {"theme = \n", 1, ""},
		"two of a kind":      {"[[account]]\njid = \"a@b.c\"\n[[account]]\njid = \"A@b.c\"\n", 4, "twice"},
		"no address":         {"\n[[account]]\njid = \"example.org\"\n", 3, "address"},
		"a wrong tls":        {"[[account]]\njid = \"a@b.c\"\n\ntls = \"none\"\n", 4, "starttls"},
		"a wrong port":       {"[[account]]\njid = \"a@b.c\"\nport = 70000\n", 3, "65535"},
		"a wrong type":       {"[[account]]\njid = \"a@b.c\"\nport = \"x\"\n", 3, ""},
		"a wrong pin":        {"[[account]]\njid = \"a@b.c\"\ncert_sha256 = \"12\"\n", 3, "64"},
		"an empty command":   {"[[account]]\njid = \"a@b.c\"\npassword_command = []\n", 3, "password_command"},
		"a wrong ascii mode": {"ascii = \"maybe\"\n", 1, "auto"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.LoadConfig(path)
			var mistake *store.ConfigError
			if !errors.As(err, &mistake) || mistake.Line != test.line || !strings.Contains(mistake.Text, test.want) {
				t.Errorf("got %v, want line %d with %q", err, test.line, test.want)
			}
		})
	}
}

func TestConfigIsChangedInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "config.toml")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.AddAccount(path, store.AccountConfig{JID: "alice@example.org", Port: 5299}))
	b, err := os.ReadFile(path)
	must(err)
	must(os.WriteFile(path, append([]byte("# mine\ntheme = \"light\" \n\n"), append(b, "# end\n"...)...), 0o600))
	must(store.SetKey(path, "theme", store.Quote("mono")))
	must(store.SetKey(path, "bell", "false"))
	must(store.AddAccount(path, store.AccountConfig{JID: "work@example.com", TLS: "direct"}))
	must(store.SetAccountKey(path, "alice@example.org", "cert_sha256", store.Quote(strings.Repeat("ab", 32))))
	c, err := store.LoadConfig(path)
	must(err)
	if c.Theme != "mono" || c.Bell || len(c.Accounts) != 2 || c.Accounts[0].Port != 5299 || c.Accounts[0].CertSHA256 == "" || c.Accounts[1].TLS != "direct" {
		t.Errorf("got %+v", c)
	}
	must(store.RemoveAccount(path, "alice@example.org"))
	b, err = os.ReadFile(path)
	must(err)
	if text := string(b); !strings.Contains(text, "# mine") || strings.Contains(text, "alice") {
		t.Errorf("got\n%s", text)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v (%v)", st.Mode(), err)
	}
	if err := store.SetKey(path, "theme", "nonsense"); err == nil {
		t.Error("a value that does not parse was written")
	}
}

func TestPasswordCommandNeedsNoShell(t *testing.T) {
	for _, test := range []struct {
		command any
		want    string
		ok      bool
	}{
		{"echo 'se cret'", "se cret", true},
		{[]any{"printf", "%s\\n%s\\n", "first", "second"}, "first", true},
		{"false", "", false},
		{"true", "", false},
		{"/does/not/exist", "", false},
	} {
		got, err := store.Secrets{}.Password(t.Context(), store.AccountConfig{JID: "a@b.c", PasswordCommand: test.command})
		if (err == nil) != test.ok || got != test.want {
			t.Errorf("%v: got %q (%v), want %q", test.command, got, err, test.want)
		}
	}
}

// slow is a keyring that waits for a dialog nobody sees.
type slow struct{ stop chan struct{} }

func (s slow) Get(string, string) (string, error) { <-s.stop; return "", nil }
func (s slow) Set(string, string, string) error   { <-s.stop; return nil }
func (s slow) Delete(string, string) error        { <-s.stop; return nil }

func TestLockedKeyringDoesNotHoldUs(t *testing.T) {
	k := slow{make(chan struct{})}
	defer close(k.stop)
	if _, err := (store.Secrets{Keyring: k}).Password(t.Context(), store.AccountConfig{JID: "a@b.c"}); !errors.Is(err, store.ErrNoSecret) {
		t.Errorf("got %v, want ErrNoSecret", err)
	}
}
