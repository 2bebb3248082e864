package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"sotto/store"
)

// TestBookmarksOfRooms: a bookmark and the visits to its room are kept apart, and
// what nobody needs goes.
func TestBookmarksOfRooms(t *testing.T) {
	s := open(t)
	bob(t, s)
	rooms := func() []store.RoomEntry {
		t.Helper()
		list, err := s.Rooms(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	put := func(fn func(tx *store.Tx) error) { t.Helper(); write(t, s, fn) }
	put(func(tx *store.Tx) error {
		return tx.PutBookmark(store.RoomEntry{Account: 1, JID: "tea@muc", Autojoin: true, Bookmark: []byte("<c/>"), Source: "s", Pending: store.BookmarkAll})
	})
	put(func(tx *store.Tx) error {
		return tx.PutRoom(store.RoomEntry{Account: 1, JID: "tea@muc", Nick: "alice", Password: "p", Autojoin: true})
	})
	if l := rooms(); len(l) != 1 || string(l[0].Bookmark) != "<c/>" || l[0].Source != "s" || l[0].Pending != store.BookmarkAll || l[0].Nick != "alice" || !l[0].Autojoin {
		t.Errorf("got %+v", l)
	}
	put(func(tx *store.Tx) error { return tx.PutBookmark(store.RoomEntry{Account: 1, JID: "tea@muc"}) })
	if l := rooms(); len(l) != 1 || l[0].Bookmark != nil || l[0].Autojoin || l[0].Password != "p" {
		t.Errorf("got %+v, want the room without its bookmark", l)
	}
	put(func(tx *store.Tx) error {
		return tx.PutBookmark(store.RoomEntry{Account: 1, JID: "never@muc", Bookmark: []byte("<c/>")})
	})
	put(func(tx *store.Tx) error {
		return tx.PutBookmark(store.RoomEntry{Account: 1, JID: "never@muc", Pending: store.BookmarkRemove})
	})
	if l := rooms(); len(l) != 2 {
		t.Errorf("got %+v, want the room whose bookmark is still to be removed", l)
	}
	put(func(tx *store.Tx) error { return tx.PutBookmark(store.RoomEntry{Account: 1, JID: "never@muc"}) })
	if l := rooms(); len(l) != 1 {
		t.Errorf("got %+v, want the room that was never entered forgotten", l)
	}
}

// TestRoomsOfTheFirstSchema: what an older program wrote is there afterwards.
func TestRoomsOfTheFirstSchema(t *testing.T) {
	dir := t.TempDir()
	schema, err := os.ReadFile("migrations/001.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "sotto.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{string(schema), "PRAGMA user_version = 1", "INSERT INTO account (jid, client_id) VALUES ('alice@example.org', 'x')",
		"INSERT INTO room VALUES (1, 'tea@muc', 'alice', 'p', 'Tea', 'biscuits', 1, 1)"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := openIn(t, dir).Rooms(t.Context(), 1)
	if err != nil || len(l) != 1 || l[0].Nick != "alice" || l[0].Password != "p" || l[0].Subject != "biscuits" || !l[0].Autojoin || l[0].Bookmark != nil || l[0].Pending != 0 {
		t.Errorf("got %+v (%v)", l, err)
	}
}
