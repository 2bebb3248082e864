package session_test

import (
	"path/filepath"
	"slices"
	"testing"

	"sotto/session"
	"sotto/store"
)

// TestReload: another configuration is taken while the accounts run.
func TestReload(t *testing.T) {
	s := newDemo(t, "alice", "ally")
	opt := optionsFor(s, "alice", "ally")
	opt.ConfigPath = filepath.Join(t.TempDir(), "config.toml")
	cl := run(t, opt, at(s, "alice"))
	cl.online()
	type done struct {
		waiting []string
		ok      bool
	}
	reload := func(cfg store.Config, ok bool) done {
		t.Helper()
		came, end := make(chan done, 1), make(chan struct{})
		cl.c.Reload(func(path string) (store.Config, bool) {
			if path != opt.ConfigPath {
				t.Errorf("got the file %s", path)
			}
			return cfg, ok
		}, func(waiting []string) { came <- done{waiting, true} })
		// What is asked for behind it comes behind it.
		cl.c.Reload(func(string) (store.Config, bool) { close(end); return cfg, false }, nil)
		<-end
		select {
		case d := <-came:
			return d
		default:
			return done{}
		}
	}
	cfg := store.DefaultConfig()
	cfg.Nick, cfg.Accounts = "other", []store.AccountConfig{at(s, "alice"), at(s, "ally")}

	if got := reload(cfg, false); got.ok || cl.c.Settings().Nick != "" || len(cl.c.Accounts()) != 1 {
		t.Errorf("what was refused changed something: %+v", got)
	}
	if got := reload(cfg, true); !got.ok || len(got.waiting) != 0 || cl.c.Settings().Nick != "other" {
		t.Errorf("got %+v, nick %q", got, cl.c.Settings().Nick)
	}
	ally := "ally@" + s.Domain()
	wait(cl, "ally online", func(e session.AccountChanged) bool { return e.JID == ally && e.Link == session.Online })

	// The way to the server waits for the next connection; the connection stays.
	cfg.Accounts = slices.Clone(cfg.Accounts)
	cfg.Accounts[0].Resource = "desk"
	if got := reload(cfg, true); !slices.Equal(got.waiting, []string{"alice@" + s.Domain()}) {
		t.Errorf("got %+v, want alice to wait", got)
	}
	if got := reload(cfg, true); len(got.waiting) != 0 {
		t.Errorf("nothing changed, and %v waits", got.waiting)
	}

	// Switched off, then out of the file: offline, and gone.
	off := false
	cfg.Accounts = slices.Clone(cfg.Accounts)
	cfg.Accounts[1].Enabled = &off
	if got := reload(cfg, true); len(got.waiting) != 0 {
		t.Errorf("got %+v", got)
	}
	wait(cl, "ally offline", func(e session.AccountChanged) bool { return e.JID == ally && e.Link == session.Offline })
	cfg.Accounts = cfg.Accounts[:1]
	reload(cfg, true)
	wait(cl, "ally gone", func(e session.AccountChanged) bool { return e.JID == ally && e.Removed })
	if list := cl.c.Accounts(); len(list) != 1 || list[0].JID() != "alice@"+s.Domain() {
		t.Errorf("got %d accounts", len(list))
	}
}
