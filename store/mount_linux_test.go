package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sotto/internal/sound"
	"sotto/store"
)

// volume is a small file system of the test's own, with a profile on it.
type volume struct {
	t   testing.TB
	dir string
}

// newVolume mounts one; only root may.
func newVolume(t testing.TB) volume {
	t.Helper()
	v := volume{t, t.TempDir()}
	if err := unix.Mount("tmpfs", v.dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("no file system of its own: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(v.dir, unix.MNT_DETACH) })
	return v
}

func (v volume) readOnly(on bool) {
	v.t.Helper()
	flags := uintptr(unix.MS_REMOUNT)
	if on {
		flags |= unix.MS_RDONLY
	}
	if err := unix.Mount("tmpfs", v.dir, "tmpfs", flags, ""); err != nil {
		v.t.Fatal(err)
	}
}

// fill takes all room; what comes back gives it again.
func (v volume) fill() (free func()) {
	v.t.Helper()
	path := filepath.Join(v.dir, "fill")
	f, err := os.Create(path)
	if err != nil {
		v.t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, unix.ENOSPC) {
		v.t.Fatal(err)
	}
	_ = f.Close()
	return func() {
		if err := os.Remove(path); err != nil {
			v.t.Fatal(err)
		}
	}
}

// refusal waits for a write that the disk refuses.
func refusal(t testing.TB, s *store.Store) *store.Failure {
	t.Helper()
	for range 10_000 {
		_, err := s.Write(t.Context(), func(tx *store.Tx) error {
			a, err := tx.EnsureAccount("alice@example.org")
			if err != nil {
				return err
			}
			chat, err := tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
			if err != nil {
				return err
			}
			_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "one of many lines that fill a disk"})
			return err
		})
		var f *store.Failure
		if errors.As(err, &f) {
			return f
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the disk took everything")
	return nil
}

// TestDiskThatIsFull: the reason is told, nothing half is left, and with room
// again it goes on by itself.
func TestDiskThatIsFull(t *testing.T) {
	v := newVolume(t)
	s := openIn(t, v.dir)
	chat := bob(t, s)
	free := v.fill()
	f := refusal(t, s)
	if f.Reason != store.Full {
		t.Errorf("got %v (%v)", f.Reason, f)
	}
	rows, _, err := s.Page(t.Context(), chat, 0, 10_000)
	if err != nil {
		t.Error(err)
	}
	free()
	<-f.Over
	write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "with room again"})
		return err
	})
	if again, _, err := s.Page(t.Context(), chat, 0, 10_000); err != nil || len(again) != len(rows)+1 {
		t.Errorf("got %d rows (%v), want %d", len(again), err, len(rows)+1)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sound.Check(t, v.dir)
}

// TestStartOnADiskThatTakesNothing: what is there can be read, and when the disk
// takes writes it is written.
func TestStartOnADiskThatTakesNothing(t *testing.T) {
	type state struct {
		why     store.Reason
		unclean bool
	}
	for name, test := range map[string]state{
		"read-only":              {store.ReadOnly, false},
		"read-only, killed":      {store.ReadOnly, true},
		"full":                   {store.Full, false},
		"full, killed":           {store.Full, true},
		"read-only and no index": {store.ReadOnly, true},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t)
			from := seeded(t, test.unclean)
			for _, f := range []string{"sotto.db", "sotto.db-wal", "sotto.db-shm"} {
				if _, err := os.Stat(filepath.Join(from, f)); err == nil && (name != "read-only and no index" || f != "sotto.db-shm") {
					copyTo(t, filepath.Join(v.dir, f), filepath.Join(from, f))
				}
			}
			mend := func() { v.readOnly(false) }
			if test.why == store.Full {
				mend = v.fill()
			} else {
				v.readOnly(true)
			}
			lock, err := store.Acquire(v.dir)
			if err != nil {
				t.Fatalf("lock: %v", err)
			}
			defer func() { _ = lock.Close() }()
			s, err := store.Open(t.Context(), store.Options{Dir: v.dir})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			o := s.Opened()
			if o.Moved != "" {
				t.Errorf("it was taken for damaged: %+v", o)
			}
			if name == "read-only and no index" {
				if o.How != store.InMemory || o.Why.Reason != store.ReadOnly {
					t.Errorf("got %+v", o)
				}
				if err := use(t, s); err != nil {
					t.Errorf("a store in memory does not work: %v", err)
				}
				return
			}
			if o.How == store.InMemory {
				t.Fatalf("what is there is not read: %+v", o)
			}
			chats, _, err := s.Chats(t.Context())
			if err != nil || len(chats) != 1 {
				t.Fatalf("got %+v (%v)", chats, err)
			}
			rows, _, err := s.Page(t.Context(), chats[0].ID, 0, 1000)
			if err != nil || len(rows) != heldLines+heldUnsent {
				t.Fatalf("got %d rows (%v)", len(rows), err)
			}
			if _, err := s.Account(t.Context(), "alice@example.org"); err != nil {
				t.Errorf("the account: %v", err)
			}
			f := refusal(t, s)
			if f.Reason != test.why {
				t.Errorf("got reason %d (%v), want %d", f.Reason, f, test.why)
			}
			mend()
			<-f.Over
			if err := use(t, s); err != nil {
				t.Error(err)
			}
			if rows, _, err = s.Page(t.Context(), chats[0].ID, 0, 1000); err != nil || len(rows) <= heldLines+heldUnsent {
				t.Errorf("got %d rows (%v): the readers do not see what is written", len(rows), err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			sound.Check(t, v.dir)
		})
	}
}

// TestStartWithNothing: where there is no database and none can be made, the
// store works and keeps nothing.
func TestStartWithNothing(t *testing.T) {
	v := newVolume(t)
	v.readOnly(true)
	for _, dir := range []string{v.dir, filepath.Join(v.dir, "deeper", "still")} {
		s, err := store.Open(t.Context(), store.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if o := s.Opened(); o.How != store.InMemory || o.Why == nil || o.Why.Reason != store.ReadOnly {
			t.Errorf("%s: got %+v", dir, o)
		}
		if err := use(t, s); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	v.readOnly(false)
	if list, err := os.ReadDir(v.dir); err != nil || len(list) != 0 {
		t.Errorf("something was left behind: %v (%v)", list, err)
	}
}

// TestSealOnAFullDisk: where a copy has no room nothing changes, and what is written
// next is taken.
func TestSealOnAFullDisk(t *testing.T) {
	v := newVolume(t)
	s, err := store.Open(t.Context(), store.Options{Dir: v.dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	body := strings.Repeat("a long line ", 200)
	write(t, s, func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err := tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		for range 250 {
			if err == nil {
				_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: body})
			}
		}
		return err
	})
	if err := s.Seal(t.Context(), sealKey); err == nil || s.Sealed() {
		t.Errorf("there was room: %v", err)
	}
	if list, err := filepath.Glob(filepath.Join(v.dir, "*.new*")); err != nil || len(list) > 0 {
		t.Errorf("left behind: %q", list)
	}
	if f := s.Failing(); f != nil {
		t.Errorf("failing: %v", f)
	}
	if err := use(t, s); err != nil {
		t.Error(err)
	}
}
