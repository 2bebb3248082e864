package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sotto/session/demo"
	"sotto/store"
	"sotto/ui"
	"sotto/ui/catalog"
)

// demoRoom is where the demo's people meet.
const demoRoom = "lounge@rooms.demo.sotto.example"

// runDemo shows the whole program against a server inside it. Nothing of it
// touches the network or the user's own profile.
func runDemo(ctx context.Context, o options, lines *ui.Plain, stderr io.Writer) int {
	fail := func() int {
		_, _ = fmt.Fprintln(stderr, "sotto: "+catalog.T("start.demo"))
		return exitFailed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d, err := demo.Start(ctx, demo.Options{})
	if err != nil {
		return fail()
	}
	defer d.Server.Close()
	dir := o.data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "sotto-demo-"); err != nil {
			return fail()
		}
		defer func() { _ = os.RemoveAll(dir) }()
	}
	paths := store.FindPaths(filepath.Join(dir, "config.toml"), dir)
	cfg := store.DefaultConfig()
	if o.config != "" {
		if cfg, err = store.LoadConfig(o.config); err != nil {
			_, _ = fmt.Fprintln(stderr, "sotto: "+err.Error()+"\n"+catalog.T("start.config"))
			return exitUsage
		}
	}
	cfg.Accounts = []store.AccountConfig{{JID: d.JID}}
	return start(ctx, program{plain: lines, paths: paths, cfg: cfg, account: d.JID, uri: o.uri, password: d.Password, dial: d.Server.Dial, roots: d.Server.RootCAs(), lookup: d.Server.Lookup,
		ready: func(st *store.Store) error { return seedDemo(ctx, st, d.JID) }}, stderr)
}

// seedDemo puts the room into the list, as if the user had entered it before.
func seedDemo(ctx context.Context, st *store.Store, jid string) error {
	_, err := st.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.EnsureAccount(jid)
		if err != nil {
			return err
		}
		return tx.PutRoom(store.RoomEntry{Account: a.ID, JID: demoRoom, Nick: "newcomer", Autojoin: true})
	})
	return err
}
