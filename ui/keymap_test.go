package ui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/ui/catalog"
)

// TestKeysFile: actions get the keys of keys.toml; what is wrong in it is told
// and changes nothing else.
func TestKeysFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := os.WriteFile(path, []byte(`
jump = "ctrl-g"
"chat.next-unread" = ["F7", "Alt-n"]
suspend = []
help = ["F1", "F2"]
"no.such" = "F9"
redraw = "Hyper-x"
`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, 120, 40, village)
	r.a.opt.Keys = path
	r.line("/keys reload")
	s := strings.Join(strings.Fields(r.screen()), " ")
	for _, want := range []string{"no.such", "Hyper-x", "F2"} {
		if !strings.Contains(s, want) {
			t.Errorf("the mistake %s is not told:\n%s", want, r.screen())
		}
	}
	r.press("Esc", "Ctrl-G")
	if r.a.dialog == nil {
		t.Error("Ctrl-G does not open the jump box")
	}
	r.press("Esc", "Ctrl-K")
	if r.a.dialog != nil {
		t.Error("Ctrl-K still opens the jump box")
	}
	for in, want := range map[string]string{"ctrl-alt-x": "Alt-Ctrl-X", "M-x": "Alt-x", "shift+Enter": "Shift-Enter", "pgup": "PgUp", "-": "-", "é": "é",
		"Ctrl-": "", "Foo-x": "", "": "", "Ctrl-1": "", "F13": ""} {
		if got, ok := canonicalKey(in); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q %v, want %q", in, got, ok, want)
		}
	}
}

// TestKeysDoc: docs/keys.md lists the table (-update writes it).
func TestKeysDoc(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Keys and commands\n\nMade from the table of actions (`go test ./ui -run TestKeysDoc -update`). `keys.toml`, next to `config.toml`, gives an\n" +
		"action other keys by its name: `jump = \"Ctrl-G\"`, `\"chat.next-unread\" = [\"Alt-a\", \"F7\"]`, `suspend = []` for none.\n" +
		"What stands behind “vi:” is there with `/set vi_keys on`, which also lets letters move in lists where typing finds.\n\n" +
		"| action | keys | command | does |\n|---|---|---|---|\n")
	cell := func(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
	for _, x := range makeActions() {
		command := ""
		if x.command != "" {
			command = "`/" + strings.TrimSpace(x.command+" "+x.args) + "`"
		}
		keys := ""
		for i, k := range x.keys {
			if i > 0 {
				keys += " "
			}
			keys += "`" + k + "`"
		}
		for i, k := range x.vi {
			if i == 0 {
				keys = strings.TrimSpace(keys + " vi:")
			}
			keys += " `" + k + "`"
		}
		b.WriteString("| `" + x.name + "` | " + cell(keys) + " | " + cell(command) + " | " + cell(catalog.T("action."+x.name)) + " |\n")
	}
	path := filepath.Join("..", "docs", "keys.md")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != b.String() {
		t.Errorf("docs/keys.md is not up to date (%v): run with -update", err)
	}
}
