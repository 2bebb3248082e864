package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"sotto/internal/sound"
	"sotto/store"
)

// sealKey is the key of the tests.
var sealKey = bytes.Repeat([]byte{7}, store.SealKeySize)

// keyOf is what a profile of the tests is opened with: nothing, unless it is sealed or
// is to be.
func keyOf(dir string) []byte {
	if store.SealedIn(dir) || exists(filepath.Join(dir, "sealed")) {
		return sealKey
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func touch(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func checkSound(t testing.TB, dir string) {
	t.Helper()
	if store.SealedIn(dir) {
		sound.CheckSealed(t, dir, sealKey)
		return
	}
	if exists(filepath.Join(dir, "sealed")) {
		t.Error("the database is no longer sealed")
	}
	sound.Check(t, dir)
}

// wordsIn gives those words that stand in any file below a folder, as they were
// written, folded as the search index folds, or in UTF-16.
func wordsIn(t testing.TB, dir string, words []string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b = bytes.ToLower(b)
		for _, w := range words {
			var wide []byte
			for _, u := range utf16.Encode([]rune(w)) {
				wide = binary.LittleEndian.AppendUint16(wide, u)
			}
			for _, form := range [][]byte{[]byte(w), []byte(strings.NewReplacer("é", "e", "ü", "u").Replace(w)), wide} {
				if bytes.Contains(b, bytes.ToLower(form)) {
					found = append(found, filepath.Base(path)+" has "+w)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// secrets are words that come into a database in all the ways in which words do.
var secrets = []string{"Kürbiswort", "Étoilewort", "roomwortx", "queuedwortx", "stanzawortx", "draftwortx", "quotewortx", "refusedwortx", "subjectwortx",
	"noticewortx", "correctedwortx", "requestwortx"}

// sayAll puts them there.
func sayAll(t testing.TB, s *store.Store) (chat store.ChatID) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		if chat, err = tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"}); err != nil {
			return err
		}
		room, err := tx.EnsureChat(store.ChatKey{Account: a.ID, Kind: store.Room, JID: "tea@rooms.example.org"})
		if err != nil {
			return err
		}
		_, _, err1 := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "a Kürbiswort and an Étoilewort", ID: "first"})
		_, _, err2 := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "yes", ID: "second", Reply: &store.Reply{Ref: "unknown", Quote: "a quotewortx"}})
		_, _, err3 := tx.Arrive(store.Arrival{Chat: room, Sender: "tea@rooms.example.org/mira", Nick: "mira", Body: "the roomwortx"})
		_, _, err4 := tx.Arrive(store.Arrival{Chat: room, Sender: "tea@rooms.example.org", Body: "about the noticewortx", Kind: store.Notice, Notice: "subject"})
		_, _, err5 := tx.Queue(store.Draft{Chat: chat, Sender: "alice@example.org", Body: "my queuedwortx", LocalID: "own", Bytes: []byte("<message>stanzawortx</message>")})
		_, _, err6 := tx.Remark(store.Remark{Chat: chat, Kind: store.RemarkEdit, Ref: "first", Author: "bob@example.org", Sender: "bob@example.org", Body: "the correctedwortx", ID: "third"})
		return errors.Join(err1, err2, err3, err4, err5, err6,
			tx.SetDraft(chat, "a draftwortx"),
			tx.Quarantine(a.ID, "it made no sense", []byte("<message>refusedwortx</message>")),
			tx.PutRoom(store.RoomEntry{Account: a.ID, JID: "tea@rooms.example.org", Nick: "al"}),
			tx.SetSubject(a.ID, "tea@rooms.example.org", "the subjectwortx"),
			tx.PutRequest(store.Request{Account: a.ID, JID: "eve@example.org", Text: "my requestwortx"}))
	})
	return chat
}

func textsOf(t testing.TB, s *store.Store, chat store.ChatID) (all []string) {
	t.Helper()
	rows, _, err := s.Page(t.Context(), chat, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rows {
		all = append(all, m.Body)
	}
	return all
}

// TestSealLeavesNoWord: once a database is sealed no file has a word of it, neither
// those of before nor those that come, while it is open, when it is closed and when it
// was killed; all of it can be read and found, and is there when it is unsealed.
func TestSealLeavesNoWord(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	chat := sayAll(t, s)
	// What was damaged once is kept beside it, with its log and without.
	for _, name := range []string{"", "-wal"} {
		copyTo(t, filepath.Join(dir, "sotto.db.broken-20260101-000000.000"+name), filepath.Join(dir, "sotto.db"+name))
	}
	copyTo(t, filepath.Join(dir, "sotto.db.broken-20260102-000000.000-wal"), filepath.Join(dir, "sotto.db-wal"))
	before := textsOf(t, s, chat)
	aside, err := os.ReadFile(filepath.Join(dir, "sotto.db.broken-20260101-000000.000-wal"))
	if err != nil || len(wordsIn(t, dir, secrets)) < 20 {
		t.Fatalf("the words are not where they are sought: %q (%v)", wordsIn(t, dir, secrets), err)
	}
	if err := s.Seal(t.Context(), sealKey); err != nil || !s.Sealed() {
		t.Fatal(err, s.Sealed())
	}
	late := []string{"laterwort", "latestwort"}
	all := append(late, secrets...)
	look := func(when, dir string) {
		t.Helper()
		if found := wordsIn(t, dir, all); len(found) > 0 {
			t.Errorf("%s: %q", when, found)
		}
	}
	look("sealed", dir)
	arrive := func(body string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: body})
			return err
		})
	}
	arrive("a laterwort")
	look("written", dir)
	killed := t.TempDir()
	for _, name := range []string{"sotto.db", "sotto.db-wal", "sotto.db-shm"} {
		copyTo(t, filepath.Join(killed, name), filepath.Join(dir, name))
	}
	// It was interrupted before the copies were sealed.
	if err := os.WriteFile(filepath.Join(dir, "sotto.db.broken-20260103-000000.000-wal"), aside, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Seal(t.Context(), sealKey); err != nil {
		t.Error(err)
	}
	look("sealed again", dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look("closed", dir)
	for _, d := range []string{killed, dir} {
		for _, key := range [][]byte{nil, bytes.Repeat([]byte{8}, store.SealKeySize)} {
			if _, err := store.Open(t.Context(), store.Options{Dir: d, Key: key}); !errors.Is(err, store.ErrSealed) {
				t.Errorf("with another key: %v", err)
			}
		}
		if s, err = store.Open(t.Context(), store.Options{Dir: d, Key: sealKey}); err != nil || s.Opened().Moved != "" {
			t.Fatal(err, s.Opened())
		}
		if got := textsOf(t, s, chat); fmt.Sprint(got) != fmt.Sprint(append(before[:len(before)-1:len(before)-1], "a laterwort", before[len(before)-1])) {
			t.Errorf("got %q, had %q", got, before)
		}
		for _, word := range []string{"laterwort", "correctedw", "roomwortx"} {
			if list, err := s.Find(t.Context(), store.Search{Text: word}, 0, 10); err != nil || len(list) != 1 {
				t.Errorf("%s: %d (%v)", word, len(list), err)
			}
		}
		if d == killed {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			look("killed", d)
		}
	}
	arrive("the latestwort")
	if err := s.Unseal(t.Context()); err != nil || s.Sealed() {
		t.Fatal(err, s.Sealed())
	}
	if list, err := s.Find(t.Context(), store.Search{Text: "latestwort"}, 0, 10); err != nil || len(list) != 1 {
		t.Errorf("unsealed: %d (%v)", len(list), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "sotto.db.broken-20260101-000000.000-wal")); !bytes.Equal(b, aside) {
		t.Error("what was kept aside is not what it was")
	}
	checkSound(t, dir)
	if len(wordsIn(t, dir, late)) == 0 {
		t.Error("it is still sealed")
	}
}

// TestSealWhileInUse: who writes and reads meanwhile notices nothing, and nothing of it
// is lost.
func TestSealWhileInUse(t *testing.T) {
	dir := seeded(t, false)
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	chats, _, err := s.Chats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chat := chats[0].ID
	var wg sync.WaitGroup
	done := make(chan struct{})
	written := make([]int, 3)
	for i := range written {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				body := fmt.Sprintf("writer %d line %d", i, written[i])
				if _, err := s.Write(context.Background(), func(tx *store.Tx) error {
					_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: body, ID: body})
					return err
				}); err != nil {
					t.Error(err)
					return
				}
				written[i]++
			}
		})
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, _, err := s.Page(context.Background(), chat, 0, 200); err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Find(context.Background(), store.Search{Text: "nothing"}, 0, 50); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 6 {
		if err := s.Seal(t.Context(), sealKey); err != nil {
			t.Error(err)
		}
		if err := s.Unseal(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
	if err := s.Seal(t.Context(), sealKey); err != nil {
		t.Error(err)
	}
	rows, _, err := s.Page(t.Context(), chat, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, m := range rows {
		count[m.Body]++
	}
	for i, n := range written {
		for k := range n {
			if body := fmt.Sprintf("writer %d line %d", i, k); count[body] != 1 {
				t.Errorf("%q is there %d times", body, count[body])
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	checkSound(t, dir)
}

// TestSealAside: a sealed database without its key gets another name when that is
// wanted, and can be put back.
func TestSealAside(t *testing.T) {
	dir := seededAs(t, true, true)
	if err := os.Remove(filepath.Join(dir, "sealed")); err != nil {
		t.Fatal(err)
	}
	to, err := store.PutSealedAside(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil || s.Sealed() {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.PutSealedAside(dir); err == nil {
		t.Error("one that is not sealed was put aside")
	}
	for _, name := range []string{"", "-wal"} {
		if err := os.Rename(to+name, filepath.Join(dir, "sotto.db"+name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err = store.Open(t.Context(), store.Options{Dir: dir, Key: sealKey})
	if err != nil {
		t.Fatal(err)
	}
	if chats, _, err := s.Chats(t.Context()); err != nil || len(chats) != 1 || chats[0].Draft != heldDraft {
		t.Errorf("got %+v (%v)", chats, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
