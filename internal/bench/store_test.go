//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"sotto/store"
)

// BenchmarkStore reads what an open chat is made of, with few and with many
// messages on the disk.
func BenchmarkStore(b *testing.B) {
	for _, n := range []int{100, 100000} {
		st, err := store.Open(b.Context(), store.Options{Dir: newProfile(b, nil, village(20, n)).dir})
		if err != nil {
			b.Fatal(err)
		}
		benchStore(b, st, fmt.Sprintf("messages=%d", n))
		if n == 100000 {
			began := time.Now()
			if err := st.Seal(b.Context(), bytes.Repeat([]byte{7}, store.SealKeySize)); err != nil {
				b.Fatal(err)
			}
			b.Logf("sealed in %v", time.Since(began).Round(time.Millisecond))
			benchStore(b, st, fmt.Sprintf("sealed/messages=%d", n))
		}
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchStore(b *testing.B, st *store.Store, name string) {
	b.Helper()
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
	b.Run(name+"/newest-50", func(b *testing.B) {
		for b.Loop() {
			if list, _, err := st.Page(b.Context(), id, 0, 50); err != nil || len(list) != 50 {
				b.Fatal(len(list), err)
			}
		}
	})
	b.Run(name+"/older-50", func(b *testing.B) {
		for b.Loop() {
			if list, _, err := st.Page(b.Context(), id, middle, 50); err != nil || len(list) != 50 {
				b.Fatal(len(list), err)
			}
		}
	})
	b.Run(name+"/arrive-500", func(b *testing.B) {
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
	b.Run(name+"/find-50", func(b *testing.B) {
		for b.Loop() {
			if _, err := st.Find(b.Context(), store.Search{Text: "five hundred"}, 0, 50); err != nil {
				b.Fatal(err)
			}
		}
	})
}
