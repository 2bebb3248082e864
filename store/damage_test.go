package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/store"
)

// What the database of these tests holds.
const (
	heldLines  = 60 // received
	heldUnsent = 3
	heldDraft  = "half a thought"
)

// seeded is a profile with a history, in a folder of its own. unclean: as a
// program leaves it that was killed.
func seeded(t testing.TB, unclean bool) string {
	t.Helper()
	return seededAs(t, unclean, false)
}

// seededAs is seeded, perhaps sealed.
func seededAs(t testing.TB, unclean, sealed bool) string {
	t.Helper()
	dir := t.TempDir()
	if sealed {
		touch(t, filepath.Join(dir, "sealed"))
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		bob, err := tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		if err != nil {
			return err
		}
		for i := range heldLines {
			if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: fmt.Sprintf("line %d of a long talk about nothing", i),
				StanzaID: fmt.Sprintf("stanza-%d", i), By: "alice@example.org", ID: fmt.Sprintf("an-id-of-bob-%d", i)}); err != nil {
				return err
			}
		}
		for i := range heldUnsent {
			body := fmt.Sprintf("unsent %d", i)
			if _, _, err := tx.Queue(store.Draft{Chat: bob, Sender: "alice@example.org", Body: body, LocalID: body, Bytes: []byte("<message>" + body + "</message>")}); err != nil {
				return err
			}
		}
		if err := tx.SetDraft(bob, heldDraft); err != nil {
			return err
		}
		for i := range 40 {
			if err := tx.PutContact(store.Contact{Account: a.ID, JID: fmt.Sprintf("friend%d@example.org", i), Name: "A friend", Subscription: "both"}); err != nil {
				return err
			}
		}
		return tx.PutRoom(store.RoomEntry{Account: a.ID, JID: "tea@rooms.example.org", Nick: "al", Autojoin: true})
	})
	if !unclean {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	to := t.TempDir()
	for _, name := range []string{"sotto.db", "sotto.db-wal", "sotto.db-shm"} {
		copyTo(t, filepath.Join(to, name), filepath.Join(dir, name))
	}
	if sealed {
		touch(t, filepath.Join(to, "sealed"))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}

func copyTo(t testing.TB, to, from string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// change edits a file of a profile.
func change(t testing.TB, path string, fn func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, fn(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flip(at ...int) func([]byte) []byte {
	return func(b []byte) []byte {
		for _, i := range at {
			b[i%len(b)] ^= 0xff
		}
		return b
	}
}

// use does what a client does with a store, and gives the first error.
func use(t testing.TB, s *store.Store) error {
	t.Helper()
	ctx := t.Context()
	var a store.Account
	if _, err := s.Write(ctx, func(tx *store.Tx) (err error) {
		if a, err = tx.EnsureAccount("alice@example.org"); err != nil {
			return err
		}
		chat, err := tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		if err != nil {
			return err
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "something new"}); err != nil {
			return err
		}
		return tx.PutRoom(store.RoomEntry{Account: a.ID, JID: "tea@rooms.example.org", Nick: "al"})
	}); err != nil {
		return err
	}
	chats, _, err := s.Chats(ctx)
	if err != nil {
		return err
	}
	for _, c := range chats {
		if _, _, err := s.Page(ctx, c.ID, 0, 1000); err != nil {
			return err
		}
		if _, _, err := s.Changed(ctx, c.ID, 0, 1000); err != nil {
			return err
		}
	}
	if _, err := s.Roster(ctx, a.ID); err != nil {
		return err
	}
	if _, err := s.Rooms(ctx, a.ID); err != nil {
		return err
	}
	_, err = s.Outbox(ctx, a.ID)
	return err
}

// broken lists the damaged databases that were kept.
func broken(t testing.TB, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "sotto.db.broken-*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range all {
		if !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm") {
			names = append(names, name)
		}
	}
	return names
}

// survive opens a damaged profile as often as a user would start the program:
// the second time at most it must work. Then it is looked at as a whole, and
// must be whole behind that. It gives how it was opened when damage was met.
func survive(t *testing.T, dir string) store.Opened {
	t.Helper()
	var met store.Opened
	for try := range 3 {
		if try == 2 {
			if err := os.WriteFile(filepath.Join(dir, "sotto.db.suspect"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
		if err != nil {
			t.Fatalf("start %d: %v", try+1, err)
		}
		o := s.Opened()
		if o.Moved != "" {
			met = o
			if _, err := os.Lstat(o.Moved); err != nil {
				if _, err := os.Lstat(o.Moved + "-wal"); err != nil {
					t.Errorf("the damaged one is not where it is said to be: %v", err)
				}
			}
		}
		err = use(t, s)
		var f *store.Failure
		if err != nil && (try > 0 || !errors.As(err, &f) && s.Failing() == nil) {
			t.Errorf("start %d: %v", try+1, err)
		}
		if err := s.Close(); err != nil && try > 0 {
			t.Errorf("close: %v", err)
		}
	}
	checkSound(t, dir)
	return met
}

// TestDamage: whatever happened to the files, the next start but one works at
// the latest, nothing is thrown away, and the program never hangs or panics.
type damage struct {
	name    string
	unclean bool
	file    string
	do      func([]byte) []byte // nil: the file goes
	moved   bool                // it must be seen at the first start
}

func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	var all []damage
	for _, n := range []int{0, 1, 50, 99, 100, 512, 4095, 4096, 4097, 3 * 4096, 5*4096 + 7} {
		cut := func(b []byte) []byte { return b[:min(n, len(b))] }
		all = append(all, damage{fmt.Sprintf("cut to %d", n), false, "", cut, true}, damage{fmt.Sprintf("cut to %d beside a log", n), true, "", cut, n < 4096 && n > 0})
	}
	all = append(all,
		damage{"half of it", false, "", func(b []byte) []byte { return b[:len(b)/2] }, true},
		damage{"the last byte gone", false, "", func(b []byte) []byte { return b[:len(b)-1] }, false},
		damage{"the last page gone", false, "", func(b []byte) []byte { return b[:len(b)-4096] }, true},
		damage{"no database", false, "", func([]byte) []byte { return []byte("Dear diary, this is no database.\n") }, true},
		damage{"zeros", false, "", func(b []byte) []byte { return make([]byte, len(b)) }, true},
		damage{"noise", false, "", func(b []byte) []byte {
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			return b
		}, true},
		damage{"gone beside a log", true, "", nil, false},
		damage{"no log", true, "-wal", nil, false},
		damage{"an empty log", true, "-wal", func([]byte) []byte { return nil }, false},
		damage{"half a log", true, "-wal", func(b []byte) []byte { return b[:len(b)/2] }, false},
		damage{"a flipped log header", true, "-wal", flip(5), false},
		damage{"a flipped log", true, "-wal", flip(40_000, 80_000), false},
		damage{"a log of noise", true, "-wal", func(b []byte) []byte { return []byte(strings.Repeat("noise", len(b)/5)) }, false},
		damage{"no index of the log", true, "-shm", nil, false},
		damage{"a flipped index of the log", true, "-shm", flip(0, 10, 100, 200), false},
		damage{"an index of the log of noise", true, "-shm", func(b []byte) []byte { return []byte(strings.Repeat("noise", len(b)/5)) }, false},
	)
	for at := 0; at < 100; at += 7 {
		if at >= 60 && at < 64 {
			continue // the number of the schema: it looks like that of a newer program
		}
		all = append(all, damage{fmt.Sprintf("header byte %d flipped", at), false, "", flip(at), at < 16})
	}
	for i := range 24 {
		at := []int{rng.IntN(1 << 30), rng.IntN(1 << 30)}
		if i%2 == 0 { // where a page says what it is
			at = []int{rng.IntN(1<<17) * 4096, rng.IntN(1<<17)*4096 + 3}
		}
		all = append(all, damage{fmt.Sprintf("bytes flipped %d", i), false, "", func(b []byte) []byte {
			for j := range at {
				at[j] = max(100, at[j]%len(b)) // those of the header were flipped above
				for strings.Contains(string(b[max(0, at[j]-8):min(len(b), at[j]+8)]), "line") {
					at[j] = max(100, (at[j]+16)%len(b)) // another letter in a text is no damage that anything could see
				}
			}
			return flip(at...)(b)
		}, false})
	}
	t.Run("plain", func(t *testing.T) { damaged(t, all, false) })
	t.Run("sealed", func(t *testing.T) { damaged(t, all, true) })
}

func damaged(t *testing.T, all []damage, sealed bool) {
	clean, unclean := seededAs(t, false, sealed), seededAs(t, true, sealed)
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			dir, from := t.TempDir(), clean
			if d.unclean {
				from = unclean
			}
			if sealed {
				touch(t, filepath.Join(dir, "sealed"))
			}
			for _, name := range []string{"sotto.db", "sotto.db-wal", "sotto.db-shm"} {
				if _, err := os.Stat(filepath.Join(from, name)); err == nil {
					copyTo(t, filepath.Join(dir, name), filepath.Join(from, name))
				}
			}
			path := filepath.Join(dir, "sotto.db"+d.file)
			if d.do == nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				change(t, path, d.do)
			}
			o := survive(t, dir)
			if d.moved && o.Moved == "" {
				t.Error("it was not noticed")
			}
			if o.Moved != "" && len(broken(t, dir)) == 0 {
				if logs, _ := filepath.Glob(filepath.Join(dir, "sotto.db.broken-*")); len(logs) == 0 {
					t.Error("what was damaged is gone")
				}
			}
		})
	}
}

// TestSavedFromDamage: where the damage leaves the rows readable, all of them
// are in the new database; what is unsent is still sent.
func TestSavedFromDamage(t *testing.T) {
	root := func(t *testing.T, dir, name string) (page int) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sotto.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if err := db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name=?", name).Scan(&page); err != nil {
			t.Fatal(err)
		}
		return (page - 1) * 4096
	}
	for name, hurt := range map[string]func(t *testing.T, dir string) func([]byte) []byte{
		"the header": func(*testing.T, string) func([]byte) []byte { return flip(0, 17, 18, 19, 30, 40, 57) },
		"an index of the view": func(t *testing.T, dir string) func([]byte) []byte {
			return flip(root(t, dir, "message_view"))
		},
		"the search index": func(t *testing.T, dir string) func([]byte) []byte { return flip(root(t, dir, "search_data")) },
		"the text of the schema": func(*testing.T, string) func([]byte) []byte {
			return func(b []byte) []byte { return bytes.Replace(b, []byte("  mention "), []byte("  mansion "), -1) }
		},
		"the requests":  func(t *testing.T, dir string) func([]byte) []byte { return flip(root(t, dir, "request")) },
		"the last byte": func(*testing.T, string) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-1] } },
	} {
		t.Run(name, func(t *testing.T) {
			dir := seeded(t, false)
			change(t, filepath.Join(dir, "sotto.db"), hurt(t, dir))
			if err := os.WriteFile(filepath.Join(dir, "sotto.db.suspect"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
			if err != nil {
				t.Fatal(err)
			}
			if o := s.Opened(); o.Moved == "" || o.Saved.Messages != heldLines+heldUnsent || o.Saved.Unsent != heldUnsent || o.Saved.Drafts != 1 || o.Saved.Lost != 0 {
				t.Errorf("got %+v", o)
			}
			chats, _, err := s.Chats(t.Context())
			if err != nil || len(chats) != 1 || chats[0].Draft != heldDraft || chats[0].Unread != 0 {
				t.Fatalf("got %+v (%v)", chats, err)
			}
			out, err := s.Outbox(t.Context(), chats[0].Account)
			if err != nil || len(out) != heldUnsent || string(out[0].Bytes) != "<message>unsent 0</message>" || out[0].State != store.OutQueued {
				t.Errorf("got %+v (%v)", out, err)
			}
			contacts, err := s.Roster(t.Context(), chats[0].Account)
			rooms, err2 := s.Rooms(t.Context(), chats[0].Account)
			if err != nil || err2 != nil || len(contacts) != 40 || len(rooms) != 1 || !rooms[0].Autojoin {
				t.Errorf("got %d contacts, rooms %+v (%v, %v)", len(contacts), rooms, err, err2)
			}
			// The archive brings the same again: it is known.
			write(t, s, func(tx *store.Tx) error {
				_, fresh, err := tx.Arrive(store.Arrival{Chat: chats[0].ID, Sender: "bob@example.org", Body: "line 7 of a long talk about nothing",
					StanzaID: "stanza-7", By: "alice@example.org", ID: "an-id-of-bob-7"})
				if fresh {
					t.Error("what was saved came a second time")
				}
				return err
			})
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			checkSound(t, dir)
		})
	}
}

// TestHalfSaved: where rows are gone, the lines that are still there are sent,
// and those of which only a part is left do not look as if they were.
func TestHalfSaved(t *testing.T) {
	dir := seeded(t, false)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sotto.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"PRAGMA foreign_keys=0", "DELETE FROM outbox WHERE id=(SELECT max(id) FROM outbox)", "DELETE FROM message WHERE body='unsent 0'"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, "sotto.db"), flip(0))
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
	if err != nil {
		t.Fatal(err)
	}
	if o := s.Opened(); o.Saved.Unsent != 1 || o.Saved.Lost != 2 {
		t.Errorf("got %+v, want one saved and two lost", o.Saved)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkSound(t, dir)
}

// TestDamageMetWhileRunning: it is told, nothing more is written, and the next
// start replaces the database.
func TestDamageMetWhileRunning(t *testing.T) {
	dir := seeded(t, false)
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
	if err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, "sotto.db"), func(b []byte) []byte {
		for i := 4096; i < len(b); i++ {
			b[i] = 0xee
		}
		return b
	})
	err = use(t, s)
	if f := s.Failing(); err == nil || f == nil || f.Reason != store.Damaged {
		t.Errorf("got %v, failing: %v", err, f)
	}
	_, err = s.Write(t.Context(), func(tx *store.Tx) error { return tx.SetMeta("a", "b") })
	var f *store.Failure
	if !errors.As(err, &f) || f.Reason != store.Damaged {
		t.Errorf("a write gave %v", err)
	}
	_ = s.Close()
	if o := survive(t, dir); o.Moved == "" {
		t.Error("it was not replaced")
	}
}

// TestLockedAtTheStart: it is no damage, and nothing stands in for what another
// program is busy with.
func TestLockedAtTheStart(t *testing.T) {
	t.Parallel() // five seconds of patience
	dir := seeded(t, false)
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sotto.db")+"?_pragma=locking_mode(EXCLUSIVE)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("UPDATE meta SET value=value"); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
	var f *store.Failure
	if !errors.As(err, &f) || f.Reason != store.Locked || len(broken(t, dir)) != 0 {
		t.Errorf("got %v", err)
	}
}

// TestFewDamagedOnesAreKept, the newest of them.
func TestFewDamagedOnesAreKept(t *testing.T) {
	dir := t.TempDir()
	var last string
	for i := range 5 {
		if err := os.WriteFile(filepath.Join(dir, "sotto.db"), []byte(fmt.Sprintf("no database, number %d", i)), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
		if err != nil {
			t.Fatal(err)
		}
		last = s.Opened().Moved
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	names := broken(t, dir)
	b, err := os.ReadFile(last)
	if len(names) != 3 || err != nil || string(b) != "no database, number 4" {
		t.Errorf("got %q, the last holds %q (%v)", names, b, err)
	}
}

// TestNewerSchemaIsLeftAlone: it is not damage.
func TestNewerSchemaIsLeftAlone(t *testing.T) {
	for _, suspect := range []bool{false, true} {
		dir := seeded(t, false)
		path := filepath.Join(dir, "sotto.db")
		db, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("PRAGMA user_version=99"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if suspect {
			if err := os.WriteFile(path+".suspect", nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)}); !errors.Is(err, store.ErrNewer) {
			t.Fatalf("got %v, want ErrNewer", err)
		}
		after, err := os.ReadFile(path)
		if err != nil || string(before) != string(after) || len(broken(t, dir)) != 0 {
			t.Errorf("it was changed or moved (%v)", err)
		}
	}
}

// TestReplacingIsInterrupted: the next start does it again, and nothing of what
// could be read is lost.
func TestReplacingIsInterrupted(t *testing.T) {
	for i, point := range []string{store.PointMigrate, store.PointMade, store.PointSaved, store.PointAside, store.PointMigrate, store.PointMade, store.PointSaved, store.PointAside} {
		t.Run(fmt.Sprintf("%s, sealed %v", point, i >= 4), func(t *testing.T) {
			dir := seededAs(t, false, i >= 4)
			change(t, filepath.Join(dir, "sotto.db"), flip(0))
			power := errors.New("the power is gone")
			if _, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir), At: func(p string) error {
				if p == point {
					return power
				}
				return nil
			}}); !errors.Is(err, power) {
				t.Fatalf("got %v", err)
			}
			s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
			if err != nil {
				t.Fatal(err)
			}
			chats, _, err := s.Chats(t.Context())
			if err != nil || len(chats) != 1 || chats[0].Draft != heldDraft {
				t.Fatalf("got %+v (%v)", chats, err)
			}
			out, err := s.Outbox(t.Context(), chats[0].Account)
			if err != nil || len(out) != heldUnsent {
				t.Errorf("got %d unsent lines (%v)", len(out), err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			checkSound(t, dir)
			if len(broken(t, dir)) != 1 {
				t.Errorf("kept: %q", broken(t, dir))
			}
		})
	}
}
