package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/store"
)

// library is a profile with a few things said in three chats.
func library(t *testing.T) (*store.Store, map[string]store.ChatID) {
	t.Helper()
	s := open(t)
	chats := map[string]store.ChatID{}
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	write(t, s, func(tx *store.Tx) error {
		acc, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		for _, m := range []struct{ chat, sender, nick, body string }{
			{"bob@example.org", "bob@example.org", "", "Have you seen the Café by the river?"},
			{"bob@example.org", "alice@example.org", "", "no river here, only café walls"},
			{"bob@example.org", "bob@example.org", "", "it is at https://example.org/cafe/menu"},
			{"carol@example.org", "carol@example.org", "", "https://files.example.org/a1/river.jpg"},
			{"carol@example.org", "carol@example.org", "", "今日は世界で一番"},
			{"tea@rooms.example.org", "tea@rooms.example.org/Mira", "Mira", "Alice: a riverbank is no café"},
			{"tea@rooms.example.org", "tea@rooms.example.org/dave", "dave", `c12 OR "quotes" AND (signs) conv:c1`},
		} {
			kind := store.Direct
			if m.chat == "tea@rooms.example.org" {
				kind = store.Room
			}
			id, err := tx.EnsureChat(store.ChatKey{Account: acc.ID, Kind: kind, JID: m.chat})
			if err != nil {
				return err
			}
			chats[m.chat] = id
			at = at.Add(24 * time.Hour)
			if _, _, err := tx.Arrive(store.Arrival{Chat: id, Sender: m.sender, Nick: m.nick, Body: m.body, Stamp: at.UnixMicro(),
				Outgoing: m.sender == "alice@example.org", Mention: m.nick == "Mira"}); err != nil {
				return err
			}
		}
		return nil
	})
	return s, chats
}

func TestFind(t *testing.T) {
	s, chats := library(t)
	day := func(d int) int64 { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC).UnixMicro() }
	bob, carol := chats["bob@example.org"], chats["carol@example.org"]
	for name, test := range map[string]struct {
		q    store.Search
		want []string // the beginnings, newest first
	}{
		"a word, and the beginning of one":  {store.Search{Text: "river"}, []string{"Alice", "https://f", "no river", "Have"}},
		"a word that is finished":           {store.Search{Text: "river "}, []string{"https://f", "no river", "Have"}},
		"case and diacritics":               {store.Search{Text: "CAFE "}, []string{"Alice", "it is", "no river", "Have"}},
		"diacritics typed":                  {store.Search{Text: "café"}, []string{"Alice", "it is", "no river", "Have"}},
		"two words, in any order":           {store.Search{Text: "cafe river"}, []string{"Alice", "no river", "Have"}},
		"words in quotes":                   {store.Search{Text: `"café by the"`}, []string{"Have"}},
		"quotes that do not end":            {store.Search{Text: `"by the riv`}, nil},
		"in one chat":                       {store.Search{Text: "river", Chats: []store.ChatID{bob}}, []string{"no river", "Have"}},
		"in two":                            {store.Search{Text: "river", Chats: []store.ChatID{bob, carol}}, []string{"https://f", "no river", "Have"}},
		"in none":                           {store.Search{Text: "river", Chats: []store.ChatID{}}, nil},
		"without spaces":                    {store.Search{Text: "世界"}, []string{"今日"}},
		"without spaces, more":              {store.Search{Text: "世界で一"}, []string{"今日"}},
		"without spaces, one":               {store.Search{Text: "世"}, []string{"今日"}},
		"without spaces, others":            {store.Search{Text: "界世"}, nil},
		"from a person":                     {store.Search{From: "CAROL"}, []string{"今日", "https://f"}},
		"from a nick":                       {store.Search{From: "mir", Text: "cafe"}, []string{"Alice"}},
		"before a day":                      {store.Search{Text: "river", Before: day(3)}, []string{"Have"}},
		"after a day":                       {store.Search{Text: "river", After: day(5)}, []string{"Alice", "https://f"}},
		"links":                             {store.Search{Link: true}, []string{"https://f", "it is"}},
		"links of a chat":                   {store.Search{Link: true, Chats: []store.ChatID{bob}}, []string{"it is"}},
		"files":                             {store.Search{File: true}, []string{"https://f"}},
		"own":                               {store.Search{Mine: true}, []string{"no river"}},
		"that name the user":                {store.Search{Mention: true}, []string{"Alice"}},
		"the index's own language is words": {store.Search{Text: `c12 OR "quotes" AND (signs) conv:c1`}, []string{"c12"}},
		"nothing but signs":                 {store.Search{Text: `"()* -`}, nil},
		"a zero byte":                       {store.Search{Text: "river\x00 "}, []string{"https://f", "no river", "Have"}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := s.Find(t.Context(), test.q, 0, 50)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, m := range list {
				if i < len(test.want) && len(m.Body) >= len(test.want[i]) {
					got = append(got, m.Body[:len(test.want[i])])
				} else {
					got = append(got, m.Body)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	all, err := s.Find(t.Context(), store.Search{Text: "river"}, 0, 50)
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	more, err := s.Find(t.Context(), store.Search{Text: "river"}, all[1].Ord, 50)
	if err != nil || len(more) != 2 || more[0].ID != all[2].ID {
		t.Errorf("behind the second: got %v (%v)", more, err)
	}
}

// TestFindFileNames: a file is found by its name, also after its place or its text
// changed, and no more when it was taken back.
func TestFindFileNames(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	file := &store.File{URL: "https://files.example.org/a1b2", Name: "Résumé Zürich.pdf"}
	var id store.MessageID
	write(t, s, func(tx *store.Tx) (err error) {
		id, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "here: " + file.URL, ID: "the-long-id", File: file})
		return err
	})
	found := func(when string, want int, words ...string) {
		t.Helper()
		for _, w := range words {
			list, err := s.Find(t.Context(), store.Search{Text: w, File: true}, 0, 5)
			if err != nil || len(list) != want {
				t.Errorf("%s: %s finds %d (%v), want %d", when, w, len(list), err, want)
			}
		}
	}
	say := func(kind, id, body string) {
		t.Helper()
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.Remark(store.Remark{Chat: chat, Kind: kind, Ref: "the-long-id", ID: id, Author: "bob@example.org", Sender: "bob@example.org", Body: body})
			return err
		})
	}
	found("at once", 1, "resume", "zurich", "here")
	say(store.RemarkEdit, "e1", "the one of last year: "+file.URL)
	found("with another text", 1, "resume", "year")
	found("with another text", 0, "here")
	say(store.RemarkRetract, "r1", "")
	found("taken back", 0, "resume", "year")
	if id == 0 {
		t.Error("no message")
	}
}

func FuzzFind(f *testing.F) {
	f.Add(`"a b" c* AND (`, "x")
	f.Add("世", "%_")
	f.Fuzz(func(t *testing.T, text, from string) {
		if len(text)+len(from) > 1000 {
			return
		}
		s := open(t)
		if _, err := s.Find(t.Context(), store.Search{Text: text, From: from, Chats: []store.ChatID{1}}, 0, 5); err != nil {
			t.Errorf("%q from %q: %v", text, from, err)
		}
	})
}

// BenchmarkFind looks for the newest 50 of 1,000,000 messages (200,000 unless
// asked for more with -benchtime).
func BenchmarkFind(b *testing.B) {
	s := open(b)
	words := []string{"river", "garden", "release", "coffee", "meeting", "tomorrow", "window", "branch", "review", "deploy", "letter", "music"}
	const n = 200_000
	for from := 0; from < n; from += 5000 {
		if _, err := s.Write(b.Context(), func(tx *store.Tx) error {
			acc, err := tx.EnsureAccount("alice@example.org")
			if err != nil {
				return err
			}
			for i := from; i < from+5000; i++ {
				id, err := tx.EnsureChat(store.ChatKey{Account: acc.ID, JID: fmt.Sprintf("p%d@example.org", i%40)})
				if err != nil {
					return err
				}
				body := fmt.Sprintf("%s %s %s number %d", words[i%12], words[i/7%12], words[i/31%12], i)
				if i%1000 == 0 {
					body += " needle"
				}
				if _, _, err := tx.Arrive(store.Arrival{Chat: id, Sender: "p@example.org", Body: body, Quiet: true}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for name, q := range map[string]store.Search{"common": {Text: "river "}, "unfinished": {Text: "riv"}, "two": {Text: "river garden"}, "rare": {Text: "needle"},
		"number": {Text: "number 17"}, "none": {Text: "nothing"}, "from": {Text: "river", From: "nobody"}, "link": {Link: true}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Find(b.Context(), q, 0, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
