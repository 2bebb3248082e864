package store_test

import (
	"bytes"
	"testing"

	"sotto/store"
)

// sealKey is the key of the tests.
var sealKey = bytes.Repeat([]byte{7}, store.SealKeySize)

func TestSealedBasics(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: sealKey})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.EnsureAccount("alice@example.org"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(t.Context(), store.Options{Dir: dir, Key: sealKey})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := s.Account(t.Context(), "alice@example.org"); err != nil || a.JID == "" {
		t.Fatal(a, err)
	}
	_ = s.Close()
}
