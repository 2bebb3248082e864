//go:build linux

package bench

import (
	"fmt"
	"testing"

	"sotto/store"
)

// BenchmarkStore reads what an open chat is made of, with few and with many
// messages on the disk.
func BenchmarkStore(b *testing.B) {
	for _, n := range []int{100, 100000} {
		p := newProfile(b, nil, village(20, n))
		st, err := store.Open(b.Context(), store.Options{Dir: p.dir})
		if err != nil {
			b.Fatal(err)
		}
		chats, _, err := st.Chats(b.Context())
		if err != nil || len(chats) != 1 {
			b.Fatalf("got %d chats (%v), want 1", len(chats), err)
		}
		id := chats[0].ID
		newest, _, err := st.Page(b.Context(), id, 0, 50)
		if err != nil {
			b.Fatal(err)
		}
		middle := newest[0].Ord
		b.Run(fmt.Sprintf("messages=%d/newest-50", n), func(b *testing.B) {
			for b.Loop() {
				if list, _, err := st.Page(b.Context(), id, 0, 50); err != nil || len(list) != 50 {
					b.Fatal(len(list), err)
				}
			}
		})
		b.Run(fmt.Sprintf("messages=%d/older-50", n), func(b *testing.B) {
			for b.Loop() {
				if list, _, err := st.Page(b.Context(), id, middle, 50); err != nil || len(list) != 50 {
					b.Fatal(len(list), err)
				}
			}
		})
		b.Run(fmt.Sprintf("messages=%d/arrive-500", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := st.Write(b.Context(), func(tx *store.Tx) error {
					for i := range 500 {
						if _, _, err := tx.Arrive(store.Arrival{Chat: id, Sender: bobJID, Body: fmt.Sprintf("message %d of five hundred that come at once", i)}); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
