package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
		got, _, err := store.Secrets{}.Password(t.Context(), store.AccountConfig{JID: "a@b.c", PasswordCommand: test.command})
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
	if _, _, err := (store.Secrets{Keyring: k}).Password(t.Context(), store.AccountConfig{JID: "a@b.c"}); !errors.Is(err, store.ErrNoSecret) {
		t.Errorf("got %v, want ErrNoSecret", err)
	}
}

// TestSavedPresences: they are written beside accounts and comments, found again
// in any case, and what cannot be meant is told with its line.
func TestSavedPresences(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	const text = "# mine\ntheme = \"light\"\n\n[[presence]]\nname = \"old\"\nstate = \"away\"\n\n[[account]]\njid = \"alice@example.org\" # first\n\n[[account]]\njid = \"bob@example.org\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := store.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if !c.SavePresence(store.SavedPresence{Name: "lunch", State: "dnd", Text: "a \"quoted\" text", Time: "45m", Priority: -1}) || !c.ForgetPresence("OLD") || c.ForgetPresence("none") {
		t.Error("not changed as it should")
	}
	if c.SavePresence(store.SavedPresence{Name: "two words", State: "dnd"}) || c.SavePresence(store.SavedPresence{Name: "x", State: "partying"}) {
		t.Error("took what cannot be one")
	}
	if err := store.WritePresences(path, c.Presences); err != nil {
		t.Fatal(err)
	}
	// Accounts are still found by their place among tables of other names.
	if err := store.SetAccountKey(path, "bob@example.org", "resource", store.Quote("desk")); err != nil {
		t.Fatal(err)
	}
	if err := store.SetKey(path, "theme", `"dark"`); err != nil {
		t.Fatal(err)
	}
	again, err := store.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := again.SavedPresence("LUNCH"); !ok || p != c.Presences[0] || len(again.Presences) != 1 {
		t.Errorf("got %+v", again.Presences)
	}
	if again.Theme != "dark" || again.Accounts[0].Resource != "" || again.Accounts[1].Resource != "desk" {
		t.Errorf("got %+v", again)
	}
	if err := store.RemoveAccount(path, "alice@example.org"); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); !strings.Contains(string(b), "# mine") || !strings.Contains(string(b), "[[presence]]") || strings.Contains(string(b), "alice") {
		t.Errorf("got %s", b)
	}
	for bad, line := range map[string]int{"[[presence]]\nname = \"x\"\nstate = \"gone\"\n": 2, "\n[[presence]]\nstate = \"away\"\n": 2,
		"[[presence]]\nname = \"x\"\nstate = \"away\"\n[[presence]]\nname = \"X\"\nstate = \"dnd\"\n": 5} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.LoadConfig(path)
		var e *store.ConfigError
		if !errors.As(err, &e) || e.Line != line {
			t.Errorf("%q: %v, want line %d", bad, err, line)
		}
	}
}

// TestSettingNames: every setting at the top of the file can be listed, read and
// is no other's key.
func TestSettingNames(t *testing.T) {
	var want []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[store.Config]()) {
		if f.Type.Kind() != reflect.Slice {
			want = append(want, f.Tag.Get("toml"))
		}
	}
	slices.Sort(want)
	if got := store.SettingNames(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c := store.DefaultConfig()
	for _, name := range want {
		if _, ok := c.Value(name); !ok {
			t.Errorf("%s has no value", name)
		}
	}
}
