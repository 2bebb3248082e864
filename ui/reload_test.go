package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/themes"
)

// files are what /reload reads.
type files struct {
	t              *testing.T
	r              *rig
	config, themes string
}

func newFiles(t *testing.T) *files {
	dir := t.TempDir()
	f := &files{t: t, config: filepath.Join(dir, "config.toml"), themes: filepath.Join(dir, "themes")}
	f.write("config.toml", account)
	f.r = newRigAt(t, 100, 40, f.config, village)
	f.r.a.opt.Keys, f.r.a.opt.ThemesDir = filepath.Join(dir, "keys.toml"), f.themes
	return f
}

const account = "[[account]]\njid = \"alice@example.org\"\nenabled = false\n"

func (f *files) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(filepath.Dir(f.config), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *files) reload() {
	f.t.Helper()
	f.r.a.note.clear()
	f.r.line("/reload")
	f.r.until("an answer", func() bool { return f.r.a.note.open() })
}

// TestReload: what stands in the three files holds without a restart.
func TestReload(t *testing.T) {
	f := newFiles(t)
	r := f.r
	f.write("config.toml", "theme = \"mine\"\nascii = \"on\"\nslim = \"on\"\nauto_away = 3\ntyping = false\n"+account+"[[account]]\njid = \"work@example.com\"\nenabled = false\n[[presence]]\nname = \"tea\"\nstate = \"away\"\n")
	f.write("themes/mine.toml", "base = \"dark\"\n[styles]\nerror = { fg = \"#123456\" }\n")
	f.write("keys.toml", "jump = \"Ctrl-G\"\n")
	f.reload()
	r.sees("were read again and hold")
	if fg, _, _ := r.a.look.Error.Decompose(); fg != tcell.NewHexColor(0x123456) {
		t.Errorf("the theme's colour is %v", fg)
	}
	if s := r.screen(); strings.Contains(s, "│") || strings.Contains(s, "gophers") {
		t.Errorf("marks or layout are as before:\n%s", s)
	}
	if s := r.c.Settings(); s.AutoAway != 3 || s.Typing || len(s.Presences) != 1 {
		t.Errorf("got %+v", s)
	}
	r.press("Ctrl-G")
	if r.a.dialog == nil {
		t.Error("Ctrl-G does not open the jump box")
	}
	r.press("Esc")
	r.until("the second account", func() bool { return len(r.a.m.accounts) == 2 && len(r.c.Accounts()) == 2 })

	f.write("config.toml", account)
	f.write("keys.toml", "")
	f.reload()
	r.until("one account", func() bool { return len(r.a.m.accounts) == 1 && len(r.c.Accounts()) == 1 })
	if s := r.screen(); !strings.Contains(s, "│") || !strings.Contains(s, "gophers") {
		t.Errorf("marks or layout do not come back:\n%s", s)
	}
	r.press("Ctrl-G")
	if r.a.dialog != nil {
		t.Error("Ctrl-G still opens the jump box")
	}
	if c, ok := r.a.m.open(); !ok || c.JID != "bob@example.org" {
		t.Errorf("the open chat is %+v", c)
	}
}

// TestReloadRefusesMistakes: whatever is wrong is told with its line, and nothing changes.
func TestReloadRefusesMistakes(t *testing.T) {
	good := "theme = \"light\"\n" + account
	for name, tt := range map[string]struct {
		file, text string
		want       []string
	}{
		"unknown setting":    {"config.toml", "theme = \"light\"\nthem = 1\n" + account, []string{"config.toml:2", "there is no setting \"them\"", "did you mean \"theme\""}},
		"no TOML":            {"config.toml", "theme = \"light\"\n\nnick = \"x\n" + account, []string{"config.toml:3"}},
		"bad value":          {"config.toml", "theme = \"light\"\nascii = \"maybe\"\n" + account, []string{"config.toml:2", "ascii must be"}},
		"no such theme":      {"config.toml", "theme = \"nosuch\"\n" + account, []string{"there is no theme \"nosuch\""}},
		"bad theme":          {"themes/light.toml", "[styles]\nerror = { fg = \"blurple\" }\n", []string{"light.toml, line 2", "is no colour"}},
		"unknown action":     {"keys.toml", "\n\njump = \"Ctrl-G\"\n\"no.such\" = \"F9\"\n", []string{"keys.toml:4", "no.such"}},
		"no key":             {"keys.toml", "jump = \"Ctrl-G\"\nredraw = \"Hyper-x\"\n", []string{"keys.toml:2", "Hyper-x"}},
		"two meanings":       {"keys.toml", "jump = \"Ctrl-G\"\nhelp = \"F2\"\n", []string{"keys.toml:2", "F2"}},
		"keys are no TOML":   {"keys.toml", "jump = \"Ctrl-G\"\nhelp =\n", []string{"keys.toml:2"}},
		"two things at once": {"keys.toml", "nosuch = \"F9\"\nhelp = 3\n", []string{"keys.toml:1", "keys.toml:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFiles(t)
			r := f.r
			f.write("config.toml", good)
			f.write("keys.toml", "jump = \"Ctrl-G\"\n")
			f.write(tt.file, tt.text)
			before := r.a.look.Palette
			f.reload()
			s := strings.Join(strings.Fields(r.screen()), " ")
			for _, want := range append(tt.want, "Nothing was changed", "Ctrl-Up and Enter") {
				if !strings.Contains(s, want) {
					t.Errorf("%q is not told:\n%s", want, r.screen())
				}
			}
			if r.c.Settings().Theme != "dark" || r.a.look.Palette != before {
				t.Error("the theme changed")
			}
			r.press("Ctrl-G")
			if r.a.dialog != nil {
				t.Error("the keys changed")
			}
			// Mended, the two keys that the sentence names read it again.
			if err := os.RemoveAll(f.themes); err != nil {
				t.Fatal(err)
			}
			f.write("config.toml", good)
			f.write("keys.toml", "jump = \"Ctrl-G\"\n")
			r.a.note.clear()
			r.press("Ctrl-Up", "Enter")
			r.until("an answer", func() bool { return r.a.note.open() })
			r.sees("were read again and hold")
			if light, _ := themes.Load("light", ""); r.a.look.Error != light.For(1<<24, false).Error {
				t.Error("the theme did not change")
			}
		})
	}
}

// TestReloadWithoutTheFile: a file that is gone does not take the accounts with it.
func TestReloadWithoutTheFile(t *testing.T) {
	f := newFiles(t)
	if err := os.Remove(f.config); err != nil {
		t.Fatal(err)
	}
	f.reload()
	if s := strings.Join(strings.Fields(f.r.screen()), " "); !strings.Contains(s, "not there any more") {
		t.Errorf("the screen is\n%s", f.r.screen())
	}
	if len(f.r.c.Accounts()) != 1 {
		t.Error("the account is gone")
	}
}
