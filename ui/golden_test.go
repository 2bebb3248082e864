package ui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"sotto/themes"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what was drawn with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// canvas is a screen in memory.
func canvas(t testing.TB, w, h int) tcell.SimulationScreen {
	t.Helper()
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Fini)
	s.SetSize(w, h)
	return s
}

// dump is the text on a canvas, line by line, without spaces at the ends.
func dump(s tcell.SimulationScreen) string {
	s.Show()
	cells, w, h := s.GetContents()
	var b strings.Builder
	for y := range h {
		var line strings.Builder
		for x := 0; x < w; {
			t := string(cells[y*w+x].Runes)
			if t == "" {
				t = " "
			}
			line.WriteString(t)
			x += max(1, uniseg.StringWidth(t))
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// lines is a dump as lines.
func dumpLines(s tcell.SimulationScreen) []string {
	return strings.Split(strings.TrimSuffix(dump(s), "\n"), "\n")
}

// testNow is the time of all tests of panes.
var testNow = time.Date(2025, 11, 22, 14, 0, 0, 0, time.UTC)

func testLook(t testing.TB) *look {
	t.Helper()
	th, err := themes.Load("dark", "")
	if err != nil {
		t.Fatal(err)
	}
	return &look{Palette: th.For(1<<24, false), zone: time.UTC, now: func() time.Time { return testNow }}
}

// press sends keys by their names: "Ctrl-K", "Alt-b", "Up", "x", "Space".
func press(t testing.TB, key func(*tcell.EventKey), names ...string) {
	t.Helper()
	for _, name := range names {
		key(keyNamed(t, name))
	}
}

func keyNamed(t testing.TB, name string) *tcell.EventKey {
	t.Helper()
	mod, rest := tcell.ModNone, name
	for _, m := range []struct {
		prefix string
		mod    tcell.ModMask
	}{{"Ctrl-", tcell.ModCtrl}, {"Alt-", tcell.ModAlt}, {"Shift-", tcell.ModShift}} {
		if after, ok := strings.CutPrefix(rest, m.prefix); ok && after != "" {
			rest, mod = after, mod|m.mod
		}
	}
	var ev *tcell.EventKey
	switch {
	case rest == "Space":
		ev = tcell.NewEventKey(tcell.KeyRune, ' ', mod)
	case rest == "Esc":
		ev = tcell.NewEventKey(tcell.KeyEsc, 0, mod)
	case rest == "Enter":
		ev = tcell.NewEventKey(tcell.KeyEnter, 0, mod)
	case rest == "Tab":
		ev = tcell.NewEventKey(tcell.KeyTab, 0, mod)
	case rest == "Backspace":
		ev = tcell.NewEventKey(tcell.KeyBackspace2, 0, mod)
	case mod&tcell.ModCtrl != 0 && rest == "_":
		ev = tcell.NewEventKey(tcell.KeyCtrlUnderscore, 0, mod)
	case mod&tcell.ModCtrl != 0 && len(rest) == 1:
		ev = tcell.NewEventKey(tcell.KeyCtrlA+tcell.Key(rest[0]-'A'), 0, mod)
	case len([]rune(rest)) == 1:
		ev = tcell.NewEventKey(tcell.KeyRune, []rune(rest)[0], mod)
	default:
		for k, n := range keyNames {
			if n == rest {
				ev = tcell.NewEventKey(k, 0, mod)
			}
		}
	}
	if ev == nil {
		t.Fatalf("no key %q", name)
	}
	if got := keyName(ev); got != name {
		t.Fatalf("key %q is called %q", name, got)
	}
	return ev
}

// spell sends text as keys.
func spell(key func(*tcell.EventKey), text string) {
	for _, r := range text {
		key(tcell.NewEventKey(tcell.KeyRune, r, tcell.ModNone))
	}
}
