package ui

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"sotto/session"
	"sotto/store"
)

// noon is when the screens of the tests were taken.
var noon = time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)

// rig drives an App as a user does, on one goroutine: keys in by the name of
// their action, the screen out as text. The bridge and the pager are worked by
// hand, so that nothing depends on time.
type rig struct {
	t   *testing.T
	a   *App
	s   tcell.SimulationScreen
	st  *store.Store
	c   *session.Client
	acc store.AccountID
}

// newRig makes an App of one account that is offline, with this on its disk.
func newRig(t *testing.T, w, h int, seed func(*store.Tx, store.AccountID) error) *rig {
	t.Helper()
	off := false
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@example.org", Enabled: &off}}
	return newRigWith(t, w, h, cfg, seed)
}

// newRigAt is newRig with a configuration file.
func newRigAt(t *testing.T, w, h int, path string, seed func(*store.Tx, store.AccountID) error) *rig {
	t.Helper()
	cfg, err := store.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	return newRigOf(t, w, h, cfg, seed, func(o *session.Options) { o.ConfigPath = path })
}

func newRigWith(t *testing.T, w, h int, cfg store.Config, seed func(*store.Tx, store.AccountID) error) *rig {
	t.Helper()
	return newRigOf(t, w, h, cfg, seed, func(*session.Options) {})
}

// newRigOf lets the test change what the session is made of, to give it a server.
func newRigOf(t *testing.T, w, h int, cfg store.Config, seed func(*store.Tx, store.AccountID) error, change func(*session.Options)) *rig {
	t.Helper()
	r := &rig{t: t}
	clock := noon.Add(-time.Hour)
	var err error
	r.st, err = store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.st.Write(t.Context(), func(tx *store.Tx) error {
		if len(cfg.Accounts) == 0 {
			return nil
		}
		acc, err := tx.EnsureAccount(cfg.Accounts[0].JID)
		if err != nil || seed == nil {
			return err
		}
		r.acc = acc.ID
		return seed(tx, acc.ID)
	}); err != nil {
		t.Fatal(err)
	}
	opt := session.Options{Store: r.st, Config: cfg, ConfigPath: filepath.Join(t.TempDir(), "config.toml"), Now: func() time.Time { return noon },
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no network in this test")
		}}
	change(&opt)
	r.c = session.New(opt)
	if err := r.c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.s = tcell.NewSimulationScreen("UTF-8")
	if err := r.s.Init(); err != nil {
		t.Fatal(err)
	}
	r.s.SetSize(w, h)
	t.Cleanup(func() { r.a.Quit(); r.s.Fini(); r.c.Close(); _ = r.st.Close() })
	r.a = New(Terminal{Screen: r.s, Colors: 1 << 24, Zone: time.UTC}, Options{Client: r.c, Store: r.st, Config: "config.toml",
		Now: func() time.Time { return noon }})
	r.a.preload(t.Context())
	if len(cfg.Accounts) == 0 {
		r.a.openSetup()
	}
	r.pump()
	return r
}

// pump does the work of the bridge and the pager until the session is still
// for a moment in which a question to it was answered.
func (r *rig) pump() {
	r.t.Helper()
	for range 100 {
		busy := false
		for _, e := range r.a.box.Take() {
			r.a.handle(e)
			busy = true
		}
		for j := r.a.pager.next(); j != nil; j = r.a.pager.next() {
			if fn := j(r.t.Context()); fn != nil {
				fn(r.a)
			}
			busy = true
		}
		for len(r.a.bridge.results) > 0 {
			(<-r.a.bridge.results)(r.a)
			busy = true
		}
		r.a.settle()
		// The accounts handle their commands in order: an answer to this one
		// says that all before it are done.
		for _, acc := range r.c.Accounts() {
			if _, err := acc.Occupants(r.t.Context(), "nobody@nowhere"); err != nil && !errors.Is(err, session.ErrEnded) {
				r.t.Fatal(err)
			}
		}
		if !busy && len(r.a.box.Wake()) == 0 {
			return
		}
	}
}

// until works until something is so that comes from another goroutine.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for r.pump(); !ok(); r.pump() {
		select {
		case <-r.a.box.Wake():
		case fn := <-r.a.bridge.results:
			fn(r.a)
		case <-limit.C:
			r.t.Fatalf("waited in vain for %s:\n%s", what, r.screen())
		}
	}
}

// keyEvent turns the name of a key into what the terminal sends.
func keyEvent(t *testing.T, name string) *tcell.EventKey {
	t.Helper()
	mod := tcell.ModNone
	rest := name
	for {
		switch {
		case strings.HasPrefix(rest, "Alt-"):
			mod |= tcell.ModAlt
			rest = rest[4:]
			continue
		case strings.HasPrefix(rest, "Shift-") && rest != "Shift-Tab":
			mod |= tcell.ModShift
			rest = rest[6:]
			continue
		}
		break
	}
	if rest == "Shift-Tab" {
		return tcell.NewEventKey(tcell.KeyBacktab, 0, mod)
	}
	if c, ok := strings.CutPrefix(rest, "Ctrl-"); ok {
		if len(c) == 1 && c[0] >= 'A' && c[0] <= 'Z' {
			return tcell.NewEventKey(tcell.KeyCtrlA+tcell.Key(c[0]-'A'), rune(c[0]-'A'+1), mod|tcell.ModCtrl)
		}
		mod |= tcell.ModCtrl
		rest = c
	}
	for k, n := range map[tcell.Key]string{tcell.KeyEnter: "Enter", tcell.KeyTab: "Tab", tcell.KeyEsc: "Esc", tcell.KeyUp: "Up", tcell.KeyDown: "Down",
		tcell.KeyLeft: "Left", tcell.KeyRight: "Right", tcell.KeyHome: "Home", tcell.KeyEnd: "End", tcell.KeyPgUp: "PgUp", tcell.KeyPgDn: "PgDn",
		tcell.KeyBackspace2: "Backspace", tcell.KeyDelete: "Delete", tcell.KeyF1: "F1", tcell.KeyF2: "F2", tcell.KeyF3: "F3", tcell.KeyF4: "F4"} {
		if n == rest {
			return tcell.NewEventKey(k, 0, mod)
		}
	}
	if rest == "Space" {
		rest = " "
	}
	runes := []rune(rest)
	if len(runes) != 1 {
		t.Fatalf("there is no key %q", name)
	}
	return tcell.NewEventKey(tcell.KeyRune, runes[0], mod)
}

// press presses keys by their name.
func (r *rig) press(names ...string) {
	r.t.Helper()
	for _, n := range names {
		r.a.key(keyEvent(r.t, n))
	}
	r.pump()
}

// do presses the first key of an action, by the action's name.
func (r *rig) do(action string) {
	r.t.Helper()
	for _, x := range r.a.actions {
		if x.name == action && len(x.keys) > 0 {
			r.press(x.keys[0])
			return
		}
	}
	r.t.Fatalf("no key does %s", action)
}

// write types text.
func (r *rig) write(s string) {
	r.t.Helper()
	for _, c := range s {
		if c == '\n' {
			r.do("newline")
			continue
		}
		r.a.key(tcell.NewEventKey(tcell.KeyRune, c, tcell.ModNone))
	}
	r.pump()
}

// line types a line and sends it.
func (r *rig) line(s string) {
	r.t.Helper()
	r.write(s)
	r.do("send")
}

// paste pastes as a terminal does, in one piece.
func (r *rig) paste(s string) {
	r.t.Helper()
	r.a.root.PasteHandler()(s, nil)
	r.pump()
}

// screen is what stands on the screen, a line a row.
func (r *rig) screen() string {
	r.t.Helper()
	for range 2 { // what was seen the first time may change the second
		r.s.Clear()
		r.a.root.Draw(r.s)
		r.s.Show()
		r.pump()
	}
	return screenText(r.s)
}

// screenText reads a screen; the cell behind a wide character is left out.
func screenText(s tcell.SimulationScreen) string {
	cells, w, h := s.GetContents()
	var b strings.Builder
	for y := range h {
		var row strings.Builder
		for x := 0; x < w; {
			c := string(cells[y*w+x].Runes)
			if c == "" || c == "\x00" {
				c = " "
			}
			row.WriteString(c)
			x += max(1, uniseg.StringWidth(c))
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}

// sees fails unless the screen shows all of these.
func (r *rig) sees(words ...string) {
	r.t.Helper()
	got := r.screen()
	for _, w := range words {
		if !strings.Contains(got, w) {
			r.t.Errorf("the screen does not show %q:\n%s", w, got)
		}
	}
}

// golden compares the screen with the one on file; -update writes it anew.
func (r *rig) golden(name string) {
	r.t.Helper()
	path := filepath.Join("testdata", "screens", name+".golden")
	got := r.screen()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		r.t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}
