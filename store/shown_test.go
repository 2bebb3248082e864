package store_test

import (
	"testing"

	"sotto/store"
)

// TestShown: what another device showed only moves forward, waits for a message
// that is not here, and is told again only when more was shown here.
func TestShown(t *testing.T) {
	st := openIn(t, t.TempDir())
	var chat store.ChatID
	ords := map[string]int64{}
	do := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if _, err := st.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	arrive := func(id string) {
		t.Helper()
		do(func(tx *store.Tx) error {
			_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: id, StanzaID: id, By: "alice@example.org"})
			ords[id] = tx.Placed()
			return err
		})
	}
	do(func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err = tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		return err
	})
	now := func() store.Chat {
		t.Helper()
		c, err := st.Chat(t.Context(), chat)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	next := func() (id string) {
		t.Helper()
		do(func(tx *store.Tx) error {
			s, ok, err := tx.NextShown(1, func(store.Chat) string { return "alice@example.org" })
			if ok {
				id = s.ID
				err = tx.ToldShown(s)
			}
			return err
		})
		return id
	}
	for _, id := range []string{"1", "2", "3"} {
		arrive(id)
	}
	do(func(tx *store.Tx) error { return tx.ShownBy(chat, "alice@example.org", "2") })
	if c := now(); c.Unread != 1 || c.ReadOrd != ords["2"] {
		t.Errorf("got %+v", c)
	}
	do(func(tx *store.Tx) error { return tx.ShownBy(chat, "alice@example.org", "1") })
	do(func(tx *store.Tx) error { return tx.ShownBy(chat, "eve@example.org", "3") }) // another archive's name
	if c := now(); c.Unread != 1 || c.ShownOrd != ords["2"] {
		t.Errorf("it went back, or an archive spoke for another: %+v", c)
	}
	do(func(tx *store.Tx) error { return tx.ShownBy(chat, "alice@example.org", "5") })
	arrive("4")
	if c := now(); c.Unread != 2 {
		t.Errorf("got %+v", c)
	}
	arrive("5")
	if c := now(); c.Unread != 0 || c.ShownID != "" {
		t.Errorf("what was shown elsewhere counts: %+v", c)
	}
	if got := next(); got != "" {
		t.Errorf("%q is to be told, which the server told", got)
	}
	arrive("6")
	arrive("7")
	due := func(upTo string) (is bool) {
		do(func(tx *store.Tx) error {
			if err := tx.MarkRead(chat, ords[upTo]); err != nil {
				return err
			}
			var err error
			is, err = tx.ShowDue(chat, "alice@example.org")
			return err
		})
		return is
	}
	if !due("6") || due("6") || next() != "6" || next() != "" {
		t.Error("what was shown here is not told once")
	}
	if due("5") || next() != "" {
		t.Error("what was shown before is told again")
	}
}

// TestTakenForShown: what only counts as read because another device of ours
// answered behind it is not told to the others.
func TestTakenForShown(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	const own = "alice@example.org"
	write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "seen", StanzaID: "1", By: own})
		if err != nil {
			return err
		}
		if err := tx.MarkRead(chat, tx.Placed()); err != nil {
			return err
		}
		if due, err := tx.ShowDue(chat, own); err != nil || !due {
			t.Errorf("what was shown is due: %v (%v)", due, err)
		}
		if _, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "not seen", StanzaID: "2", By: own}); err != nil {
			return err
		}
		_, _, err = tx.Arrive(store.Arrival{Chat: chat, Outgoing: true, Sender: own, Body: "from the phone", ID: "from-the-phone", StanzaID: "3", By: own})
		return err
	})
	write(t, s, func(tx *store.Tx) error {
		next, ok, err := tx.NextShown(1, func(store.Chat) string { return own })
		if !ok || next.ID != "1" {
			t.Errorf("%q is to be told, want what was shown", next.ID)
		}
		return err
	})
}

// TestSeenLater: what another device marked as seen waits for the message that it
// named: what came behind that was not seen, wherever the mark itself stands.
func TestSeenLater(t *testing.T) {
	st := openIn(t, t.TempDir())
	var chat store.ChatID
	var list []store.Position
	do := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if _, err := st.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	arrive := func(id string, ord int64, below bool) {
		t.Helper()
		do(func(tx *store.Tx) error {
			row, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: id, ID: id, StanzaID: id, By: "alice@example.org", Ord: ord, Below: below})
			list = append(list, store.Position{ID: row, Ord: tx.Placed()})
			return err
		})
	}
	unread := func(want int) {
		t.Helper()
		c, err := st.Chat(t.Context(), chat)
		if err != nil {
			t.Fatal(err)
		}
		if c.Unread != want {
			t.Errorf("%d are unread, want %d", c.Unread, want)
		}
	}
	do(func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err = tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		return err
	})
	// The newest page has the mark, in front of it what was not seen.
	arrive("newer one", 5_000_000, false)
	do(func(tx *store.Tx) error { return tx.SeenLater(chat, "message 2", 6_000_000) })
	do(func(tx *store.Tx) error { return tx.SeenLater(chat, "message 1", 5_500_000) }) // an older mark says nothing new
	arrive("newer two", 7_000_000, false)
	do(func(tx *store.Tx) error { return tx.SeenThen(chat) })
	unread(2)
	// A later page brings what it named.
	list = nil
	arrive("message 1", 3_000_000, true)
	arrive("message 2", 4_000_000, true)
	unread(4)
	do(func(tx *store.Tx) error { return tx.Answered(chat, list) })
	unread(2)
}
