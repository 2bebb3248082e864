package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sotto/store"
)

// open makes a store whose clock moves a second with each look.
func open(t testing.TB) *store.Store {
	t.Helper()
	return openIn(t, t.TempDir())
}

func openIn(t testing.TB, dir string) *store.Store {
	t.Helper()
	var mu sync.Mutex
	now := time.Date(2026, 11, 22, 13, 40, 0, 0, time.UTC)
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func write(t testing.TB, s *store.Store, fn func(*store.Tx) error) uint64 {
	t.Helper()
	rev, err := s.Write(context.Background(), fn)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

// bob makes an account and the chat with bob.
func bob(t testing.TB, s *store.Store) (chat store.ChatID) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err = tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		return err
	})
	return chat
}

func bodies(list []store.Message) (all []string) {
	for _, m := range list {
		all = append(all, m.Body)
	}
	return all
}

func TestArrivalsAreSeenOnce(t *testing.T) {
	base := store.Arrival{Sender: "bob@example.org", Body: "hello", ID: "idididid1", OriginID: "originorigin1", StanzaID: "s1", By: "alice@example.org"}
	change := func(fn func(*store.Arrival)) store.Arrival {
		a := base
		fn(&a)
		return a
	}
	tests := map[string]struct {
		second store.Arrival
		want   int
	}{
		"the same stanza-id":          {change(func(a *store.Arrival) { a.ID, a.OriginID = "", "" }), 1},
		"archive names a live one":    {change(func(a *store.Arrival) { a.StanzaID, a.By = "", "" }), 1},
		"another stanza-id, same ids": {change(func(a *store.Arrival) { a.StanzaID = "s2" }), 2},
		"a bot that reuses its ids":   {change(func(a *store.Arrival) { a.StanzaID = "s2"; a.Body = "other" }), 2},
		"stanza-id of another by":     {change(func(a *store.Arrival) { a.By = "room@muc"; a.ID, a.OriginID = "", "" }), 2},
		"the same ids by another":     {change(func(a *store.Arrival) { a.StanzaID, a.By = "", ""; a.Sender = "eve@example.org" }), 2},
		"the same ids, other words":   {change(func(a *store.Arrival) { a.StanzaID, a.By = "", ""; a.Body = "no" }), 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			chat := bob(t, s)
			for _, a := range []store.Arrival{base, test.second} {
				a.Chat = chat
				write(t, s, func(tx *store.Tx) error { _, _, err := tx.Arrive(a); return err })
			}
			list, _, err := s.Page(t.Context(), chat, 0, 10)
			if err != nil || len(list) != test.want {
				t.Errorf("got %d rows (%v), want %d: %q", len(list), err, test.want, bodies(list))
			}
			c, err := s.Chat(t.Context(), chat)
			if err != nil || c.Unread != test.want {
				t.Errorf("got %d unread (%v), want %d", c.Unread, err, test.want)
			}
		})
	}
}

// TestSentAgainIsSeenOnce: a random origin-id names a line, whatever an archive
// calls its second copy; with other words it is another line.
func TestSentAgainIsSeenOnce(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	for _, a := range []store.Arrival{{Body: "hello", StanzaID: "s1"}, {Body: "hello", StanzaID: "s2"}, {Body: "other", StanzaID: "s3"}} {
		a.Chat, a.Sender, a.By, a.OriginID = chat, "bob@example.org", "alice@example.org", "0123456789abcdef0123456789"
		write(t, s, func(tx *store.Tx) error { _, _, err := tx.Arrive(a); return err })
	}
	list, _, err := s.Page(t.Context(), chat, 0, 10)
	if got := fmt.Sprint(bodies(list)); err != nil || got != "[hello other]" {
		t.Errorf("got %s (%v), want [hello other]", got, err)
	}
}

func TestOwnLineLivesThroughItsStates(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	var id store.MessageID
	var out store.OutboxID
	write(t, s, func(tx *store.Tx) error { return tx.SetDraft(chat, "hel") })
	write(t, s, func(tx *store.Tx) (err error) {
		id, out, err = tx.Queue(store.Draft{Chat: chat, Sender: "alice@example.org", Body: "hello", LocalID: "local-1", Bytes: []byte("<message/>")})
		return err
	})
	check := func(want store.State, outbox int) {
		t.Helper()
		m, err := s.Message(t.Context(), id)
		if err != nil || m.State != want {
			t.Errorf("got state %d (%v), want %d", m.State, err, want)
		}
		o, err := s.Outbox(t.Context(), 1)
		if err != nil || len(o) != outbox {
			t.Errorf("got %d in the outbox (%v), want %d", len(o), err, outbox)
		}
	}
	check(store.Queued, 1)
	if c, _ := s.Chat(t.Context(), chat); c.Draft != "" || !c.Open {
		t.Errorf("got draft %q open %v, want none and open", c.Draft, c.Open)
	}
	// A reply that came meanwhile stands above the line that was not sent.
	write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "hi"})
		return err
	})
	list, _, _ := s.Page(t.Context(), chat, 0, 10)
	if got := fmt.Sprint(bodies(list)); got != "[hi hello]" {
		t.Errorf("got %s, want the unsent line last", got)
	}
	write(t, s, func(tx *store.Tx) error { return tx.SetOutbox(out, store.OutWritten) })
	check(store.Written, 1)
	write(t, s, func(tx *store.Tx) error { return tx.Settle(out) })
	check(store.Sent, 0)
	write(t, s, func(tx *store.Tx) error {
		return tx.Annotate(chat, "bob@example.org", store.AnnotationReceipt, "local-1", nil)
	})
	check(store.Delivered, 0)
	// What was delivered is not failed by a late error, nor sent again.
	write(t, s, func(tx *store.Tx) error { return tx.SetState(id, store.Failed, "late") })
	check(store.Delivered, 0)
}

func TestReceiptBeforeItsMessage(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	var id store.MessageID
	write(t, s, func(tx *store.Tx) error {
		return tx.Annotate(chat, "bob@example.org", store.AnnotationReceipt, "from-the-phone", nil)
	})
	write(t, s, func(tx *store.Tx) (err error) {
		id, _, err = tx.Arrive(store.Arrival{Chat: chat, Outgoing: true, Sender: "alice@example.org", Body: "x", ID: "from-the-phone"})
		return err
	})
	if m, err := s.Message(t.Context(), id); err != nil || m.State != store.Delivered {
		t.Errorf("got state %d (%v), want delivered", m.State, err)
	}
}

func TestArchiveGivesTheOrder(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	for _, a := range []store.Arrival{
		{Body: "two", StanzaID: "s2", By: "alice@example.org"},
		{Body: "three", StanzaID: "s3", By: "alice@example.org"},
		{Body: "one", StanzaID: "s1", By: "alice@example.org", Ord: 1000},
		{Body: "two", StanzaID: "s2", By: "alice@example.org", Ord: 1001},
	} {
		a.Chat, a.Sender = chat, "bob@example.org"
		write(t, s, func(tx *store.Tx) error { _, _, err := tx.Arrive(a); return err })
	}
	list, _, err := s.Page(t.Context(), chat, 0, 10)
	if got := fmt.Sprint(bodies(list)); err != nil || got != "[one two three]" {
		t.Errorf("got %s (%v), want [one two three]", got, err)
	}
}

// TestOwnLineOvertakes: an older line of ours that its archive places behind a
// newer one says so, and one that passes nothing does not.
func TestOwnLineOvertakes(t *testing.T) {
	for _, lines := range [][]string{{"first"}, {"first", "second"}} {
		s := open(t)
		chat := bob(t, s)
		for _, body := range lines {
			write(t, s, func(tx *store.Tx) error {
				_, out, err := tx.Queue(store.Draft{Chat: chat, Sender: "alice@example.org", Body: body, LocalID: "local-" + body, Bytes: []byte("<message/>")})
				if err != nil {
					return err
				}
				return tx.Settle(out)
			})
		}
		late := time.Now().Add(time.Minute).UnixMicro()
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.Arrive(store.Arrival{Chat: chat, Outgoing: true, Sender: "alice@example.org", Body: "first", ID: "local-first", OriginID: "local-first",
				StanzaID: "s1", By: "alice@example.org", Ord: late})
			if got, want := tx.Overtook(), len(lines) > 1; got != want {
				t.Errorf("of %v it overtook: %v, want %v", lines, got, want)
			}
			return err
		})
	}
}

func TestOneThatFailsTakesNothingElse(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	boom := errors.New("boom")
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			_, err := s.Write(context.Background(), func(tx *store.Tx) error {
				if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: fmt.Sprint(i)}); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return boom
				case 2:
					panic("boom")
				}
				return nil
			})
			if bad := i%4 == 1 || i%4 == 2; (err != nil) != bad {
				t.Errorf("write %d: got %v, want an error: %v", i, err, bad)
			}
		})
	}
	wait.Wait()
	if list, _, _ := s.Page(t.Context(), chat, 0, 100); len(list) != 10 {
		t.Errorf("got %d rows, want the 10 that did not fail", len(list))
	}
}

func TestChangedGivesWhatACommitTouched(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	var out store.OutboxID
	write(t, s, func(tx *store.Tx) (err error) {
		_, out, err = tx.Queue(store.Draft{Chat: chat, Sender: "alice@example.org", Body: "a", LocalID: "l", Bytes: []byte("<message/>")})
		return err
	})
	rev := write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "b"})
		return err
	})
	write(t, s, func(tx *store.Tx) error { return tx.Settle(out) })
	list, now, err := s.Changed(t.Context(), chat, rev, 10)
	if err != nil || len(list) != 1 || list[0].Body != "a" || now != s.Rev() {
		t.Errorf("got %q at %d (%v), want the settled line at %d", bodies(list), now, err, s.Rev())
	}
}

// TestChangedDividesNoCommit: whoever reads on behind the last row it got gets all.
func TestChangedDividesNoCommit(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	for burst := range 3 {
		write(t, s, func(tx *store.Tx) error {
			for i := range 4 {
				if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: fmt.Sprintf("%d %d", burst, i)}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for limit := 1; limit <= 13; limit++ {
		var got []string
		since := uint64(0)
		for {
			list, _, err := s.Changed(t.Context(), chat, since, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				got = append(got, m.Body)
			}
			if len(list) < limit {
				break
			}
			since = list[len(list)-1].Rev
		}
		if len(got) != 12 {
			t.Errorf("with a limit of %d came %d rows, want 12: %q", limit, len(got), got)
		}
	}
}

func TestEverythingIsThereAfterAReopen(t *testing.T) {
	dir := t.TempDir()
	s := openIn(t, dir)
	chat := bob(t, s)
	write(t, s, func(tx *store.Tx) error {
		if err := tx.PutContact(store.Contact{Account: 1, JID: "bob@example.org", Name: "Bob", Subscription: "both", Groups: []string{"Friends", ""}}); err != nil {
			return err
		}
		if err := tx.PutRoom(store.RoomEntry{Account: 1, JID: "sotto@muc", Nick: "alice", Autojoin: true}); err != nil {
			return err
		}
		if err := tx.RememberText("away", "lunch"); err != nil {
			return err
		}
		if err := tx.PutCaps("sha-1", "x", []byte("<query/>")); err != nil {
			return err
		}
		return tx.SetDraft(chat, "half a thou")
	})
	rev := s.Rev()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openIn(t, dir)
	if s.Rev() != rev {
		t.Errorf("got rev %d, want %d", s.Rev(), rev)
	}
	if c, err := s.Chat(t.Context(), chat); err != nil || c.Draft != "half a thou" {
		t.Errorf("got draft %q (%v)", c.Draft, err)
	}
	if r, err := s.Roster(t.Context(), 1); err != nil || len(r) != 1 || r[0].Name != "Bob" || len(r[0].Groups) != 2 {
		t.Errorf("got roster %v (%v)", r, err)
	}
	if r, err := s.Rooms(t.Context(), 1); err != nil || len(r) != 1 || !r[0].Autojoin {
		t.Errorf("got rooms %v (%v)", r, err)
	}
	if p, err := s.PresenceTexts(t.Context(), "away"); err != nil || len(p) != 1 {
		t.Errorf("got texts %v (%v)", p, err)
	}
	for _, name := range []string{"sotto.db", "sotto.db-wal"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err == nil && st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, st.Mode())
		}
	}
}

func TestLockSaysWhoHoldsIt(t *testing.T) {
	dir := t.TempDir()
	l, err := store.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	var held *store.HeldError
	if _, err := store.Acquire(dir); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("got %v, want held by %d", err, os.Getpid())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, err = store.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}

func TestReadOnlyFolderIsAnErrorNotAPanic(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{Dir: dir}); err == nil {
		t.Error("a file as the folder was taken")
	}
}
