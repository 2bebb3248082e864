package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestFullDiskLosesNothingTwice: when the database cannot grow, a write that
// was refused left nothing behind, part of it neither, and with room again the
// store goes on.
func TestFullDiskLosesNothingTwice(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var chat ChatID
	if _, err := s.Write(t.Context(), func(tx *Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err = tx.EnsureChat(ChatKey{Account: a.ID, JID: "bob@example.org"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		t.Helper()
		if _, err := s.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	if err := s.conn.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit(pages + 40)
	words := strings.Repeat("words ", 400)
	kept := 0
	fill := func() error {
		_, err := s.Write(t.Context(), func(tx *Tx) error {
			for range 10 {
				// One that fails must not keep the others from failing with it.
				_ = tx.Try(func(tx *Tx) error {
					_, _, err := tx.Arrive(Arrival{Chat: chat, Sender: "bob@example.org", Body: words})
					return err
				})
			}
			return nil
		})
		if err == nil {
			kept += 10
		}
		return err
	}
	for fill() == nil {
	}
	if err := fill(); err == nil {
		t.Fatal("a write to a full disk succeeded")
	}
	count := func() (n int) {
		t.Helper()
		list, _, err := s.Page(t.Context(), chat, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := count(); n != kept {
		t.Errorf("got %d rows, want the %d whose writes were said to be kept", n, kept)
	}
	limit(pages + 4000)
	<-s.Failing().Over // it looks by itself
	if err := fill(); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if n := count(); n != kept {
		t.Errorf("got %d rows, want %d", n, kept)
	}
}

// TestFailedCommitLeavesTheStoreUsable: a COMMIT that fails leaves SQLite inside
// its transaction.
func TestFailedCommitLeavesTheStoreUsable(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Write(t.Context(), func(tx *Tx) error {
		if _, err := tx.exec("PRAGMA defer_foreign_keys=1"); err != nil {
			return err
		}
		_, err := tx.exec("INSERT INTO chat (account, kind, jid) VALUES (999, 0, 'nobody@example.org')")
		return err
	}); err == nil {
		t.Fatal("a broken reference was committed")
	}
	if _, err := s.Write(t.Context(), func(tx *Tx) error { _, err := tx.EnsureAccount("alice@example.org"); return err }); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

// TestNothingAfterALostTransaction: when SQLite ended the transaction by itself,
// what follows in the same function must not be committed alone.
func TestNothingAfterALostTransaction(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Write(t.Context(), func(tx *Tx) error {
		if _, err := tx.do("ROLLBACK"); err != nil { // as SQLite does when the disk is full
			return err
		}
		tx.lost = errors.New("disk full")
		_, _ = tx.EnsureAccount("alice@example.org")
		return nil
	}); err == nil {
		t.Error("a lost transaction was called good")
	}
	if _, err := s.Write(t.Context(), func(tx *Tx) error {
		a, err := tx.EnsureAccount("bob@example.org")
		if err == nil && a.ID != 1 {
			t.Errorf("got account %d, want the first", a.ID)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
