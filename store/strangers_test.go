package store_test

import (
	"fmt"
	"testing"
	"time"

	"sotto/store"
)

// TestRoomForStrangers: what was counted when it came is not counted again when
// an archive tells it, and what is held is known under its name.
func TestRoomForStrangers(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var a store.Account
	kept := 0
	if _, err := s.Write(t.Context(), func(tx *store.Tx) error {
		if a, err = tx.EnsureAccount("alice@example.org"); err != nil {
			return err
		}
		k := store.ChatKey{Account: a.ID, JID: "eve@evil.example"}
		come := func(i int, at int64, archived string) (bool, error) {
			ok, err := tx.RoomForStranger(k, "evil.example", at, archived)
			if !ok || err != nil {
				return false, err
			}
			id, err := tx.EnsureChat(k)
			if err != nil {
				return false, err
			}
			if err := tx.HoldChat(id); err != nil {
				return false, err
			}
			_, fresh, err := tx.Arrive(store.Arrival{Chat: id, Sender: k.JID, Body: fmt.Sprint("words ", i), StanzaID: fmt.Sprint("name-", i), By: "alice@example.org"})
			return fresh, err
		}
		for i := range 30 {
			fresh, err := come(i, 0, "")
			if err != nil {
				return err
			}
			if fresh {
				kept++
			}
		}
		for i := range 30 { // all of it again, and then something new
			if fresh, err := come(i, time.Now().Add(-time.Hour).UnixMicro(), fmt.Sprint("name-", i)); err != nil || fresh {
				t.Errorf("%d came as new (%v)", i, err)
			}
		}
		_, err := come(99, time.Now().Add(time.Hour).UnixMicro(), "name-99")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Requests(t.Context())
	if err != nil || len(list) != 1 || kept != 20 || list[0].Messages != 20 || list[0].Dropped != 11 {
		t.Errorf("got %+v (%v), %d kept; want 20 and 11 not kept", list, err, kept)
	}
}
