package store_test

import (
	"testing"

	"sotto/store"
)

// TestForget: what was taken away is not shown, found, counted or quoted, and comes
// by no way again; what is said of it later shows nothing.
func TestForget(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	first := store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "secret words", ID: "a-long-id-of-bob", StanzaID: "s1", By: "alice@example.org", Mention: true,
		File: &store.File{URL: "https://example.org/f.png", Name: "f.png"}}
	var id store.MessageID
	write(t, s, func(tx *store.Tx) (err error) {
		if id, _, err = tx.Arrive(first); err != nil {
			return err
		}
		if _, _, err = tx.Remark(store.Remark{Chat: chat, Kind: store.RemarkEdit, Ref: "a-long-id-of-bob", ID: "e1", Author: "bob@example.org", Sender: "bob@example.org", Body: "secret words, mended"}); err != nil {
			return err
		}
		_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "and more", ID: "x2", Reply: &store.Reply{Ref: "a-long-id-of-bob", Quote: "secret words"}})
		return err
	})
	_, rev, err := s.Page(t.Context(), chat, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, func(tx *store.Tx) error { return tx.Forget([]store.MessageID{id}) })
	gone := func(when string) {
		t.Helper()
		list, _, err := s.Page(t.Context(), chat, 0, 10)
		if err != nil || len(list) != 1 || list[0].Body != "and more" || list[0].Reply == nil || list[0].Reply.Found || list[0].Reply.Quote != "" {
			t.Errorf("%s: got %+v (%v)", when, list, err)
		}
		if after, _, err := s.PageAfter(t.Context(), chat, 0, 10); err != nil || len(after) != 1 {
			t.Errorf("%s: behind the beginning stand %d (%v)", when, len(after), err)
		}
		for _, words := range []string{"secret", "mended"} {
			if hits, err := s.Find(t.Context(), store.Search{Text: words}, 0, 10); err != nil || len(hits) != 0 {
				t.Errorf("%s: %s finds %+v (%v)", when, words, hits, err)
			}
		}
		x, err := s.Inspect(t.Context(), id)
		if err != nil || x.Body != "" || len(x.Versions) != 0 || x.File != nil || !x.Gone {
			t.Errorf("%s: kept %+v (%v)", when, x, err)
		}
		c, err := s.Chat(t.Context(), chat)
		if err != nil || c.Unread != 1 || c.Mentions != 0 {
			t.Errorf("%s: counts %+v (%v)", when, c, err)
		}
	}
	gone("at once")
	if changed, _, err := s.Changed(t.Context(), chat, rev, 10); err != nil || len(changed) == 0 || !changed[0].Gone && !changed[len(changed)-1].Gone {
		t.Errorf("a screen is not told: %+v (%v)", changed, err)
	}
	write(t, s, func(tx *store.Tx) error {
		again := first
		again.Ord = 1_700_000_000_000_000
		got, fresh, err := tx.Arrive(again)
		if err != nil || fresh || got != id {
			t.Errorf("it came again as %d, fresh %v", got, fresh)
		}
		return err
	})
	gone("after the archive")
	write(t, s, func(tx *store.Tx) error {
		what, _, err := tx.Remark(store.Remark{Chat: chat, Kind: store.RemarkEdit, Ref: "a-long-id-of-bob", ID: "e2", Author: "bob@example.org", Sender: "bob@example.org", Body: "secret again, mended"})
		if what != store.RemarkApplied {
			t.Errorf("a later correction: %v", what)
		}
		return err
	})
	gone("after a correction")
}
