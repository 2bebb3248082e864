package store_test

import (
	"testing"

	"sotto/store"
)

// TestTakenBack: a line that was sent waits again, behind what was said since, and
// is sent once more under its old name.
func TestTakenBack(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	var id store.MessageID
	write(t, s, func(tx *store.Tx) (err error) {
		var out store.OutboxID
		if id, out, err = tx.Queue(store.Draft{Chat: chat, Sender: "tea@muc/alice", Body: "mine", LocalID: "random-origin-id-of-ours", Bytes: []byte("<m/>")}); err != nil {
			return err
		}
		return tx.Settle(out)
	})
	write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "tea@muc/mira", Body: "theirs"})
		return err
	})
	write(t, s, func(tx *store.Tx) error { _, err := tx.TakeBack(id, []byte("<m/>")); return err })
	list, _, err := s.Page(t.Context(), chat, 0, 10)
	if err != nil || len(list) != 2 || list[1].ID != id || list[1].State != store.Queued {
		t.Fatalf("got %+v (%v), want it last, waiting", list, err)
	}
	out, err := s.Outbox(t.Context(), 1)
	if err != nil || len(out) != 1 || string(out[0].Bytes) != "<m/>" || out[0].State != store.OutQueued {
		t.Fatalf("got the outbox %+v (%v)", out, err)
	}
	write(t, s, func(tx *store.Tx) error {
		_, fresh, err := tx.Arrive(store.Arrival{Chat: chat, Outgoing: true, Sender: "tea@muc/alice", Body: "mine", OriginID: "random-origin-id-of-ours"})
		if fresh {
			t.Error("its reflection is taken for a new one")
		}
		return err
	})
	list, _, err = s.Page(t.Context(), chat, 0, 10)
	if err != nil || len(list) != 2 || list[1].ID != id || list[1].State != store.Sent {
		t.Errorf("got %+v (%v), want it last, sent", list, err)
	}
}
