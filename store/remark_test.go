package store_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/store"
)

// words is a message in words: its text, whether it was edited or is gone, signs.
func words(m store.Message) string {
	s := m.Body
	if f := m.Fold; f != nil {
		if f.Edited != 0 {
			s += " edited"
		}
		if f.Removed != "" {
			s += f.Removed
		}
		for _, r := range f.Reactions {
			s += fmt.Sprintf(" %s%d", r.Sign, r.N)
		}
	}
	return s
}

// TestRemarksAreFoldedByPlace: what stands last counts, not what came last, and
// another copy gives a remark the archive's place.
func TestRemarksAreFoldedByPlace(t *testing.T) {
	const base = int64(1_800_000_000_000_000)
	edit := func(id, body string, ord int64, sid string) store.Remark {
		return store.Remark{Kind: store.RemarkEdit, Ref: "first-id", ID: id, Body: body, Ord: ord, StanzaID: sid, Archive: "alice@example.org"}
	}
	react := func(id string, ord int64, signs ...string) store.Remark {
		return store.Remark{Kind: store.RemarkReactions, Ref: "first-id", ID: id, Reactions: signs, Ord: ord}
	}
	retract := store.Remark{Kind: store.RemarkRetract, Ref: "first-id", ID: "r", Ord: base}
	tests := map[string]struct {
		remarks []store.Remark
		want    string
		texts   int // versions that the details have
	}{
		"in order":               {[]store.Remark{edit("a", "one", base+1, ""), edit("b", "two", base+2, "")}, "two edited", 3},
		"the older one later":    {[]store.Remark{edit("b", "two", base+2, ""), edit("a", "one", base+1, "")}, "two edited", 3},
		"live, then older":       {[]store.Remark{edit("b", "two", 0, ""), edit("a", "one", base-1e15, "sa")}, "two edited", 3},
		"live, then its archive": {[]store.Remark{edit("a", "one", 0, ""), edit("a", "one", base+5, "sa"), edit("a", "one", base+5, "sa")}, "one edited", 2},
		"the archive turns them": {[]store.Remark{edit("b", "two", 0, ""), edit("a", "one", 0, ""), edit("a", "one", base+1, "sa"), edit("b", "two", base+2, "sb")}, "two edited", 3},
		"an id for two texts":    {[]store.Remark{edit("a", "one", 0, ""), edit("a", "two", 0, "")}, "two edited", 3},
		"signs in order":         {[]store.Remark{react("a", base+1, "👍"), react("b", base+2, "🎉")}, "first 🎉1", 0},
		"older signs later":      {[]store.Remark{react("b", base+2, "🎉"), react("a", base+1, "👍")}, "first 🎉1", 0},
		"none, later":            {[]store.Remark{react("b", base+2), react("a", base+1, "👍")}, "first", 0},
		"gone before the edit":   {[]store.Remark{retract, edit("a", "one", base+9, "")}, "retract", 0},
		"gone, told twice":       {[]store.Remark{retract, retract, react("a", base+9, "👍")}, "retract", 0},
	}
	for name, test := range tests {
		for _, when := range []string{"after", "before"} {
			t.Run(name+", "+when+" the message", func(t *testing.T) {
				s := open(t)
				chat := bob(t, s)
				var id store.MessageID
				arrive := func() {
					write(t, s, func(tx *store.Tx) (err error) {
						id, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "first", ID: "first-id", StanzaID: "s1", By: "alice@example.org"})
						return err
					})
				}
				if when == "after" {
					arrive()
				}
				for _, r := range test.remarks {
					r.Chat, r.Sender, r.Author = chat, "bob@example.org", "bob@example.org"
					write(t, s, func(tx *store.Tx) error { _, _, err := tx.Remark(r); return err })
				}
				arrive()
				list, _, err := s.Page(t.Context(), chat, 0, 10)
				if err != nil || len(list) != 1 || words(list[0]) != test.want {
					t.Fatalf("got %d rows, %q (%v), want %q", len(list), words(list[0]), err, test.want)
				}
				x, err := s.Inspect(t.Context(), id)
				if err != nil || len(x.Versions) != test.texts {
					t.Errorf("got %d versions %+v (%v), want %d", len(x.Versions), x.Versions, err, test.texts)
				}
			})
		}
	}
}

// TestRemarksAreBounded: what waits of one sender, corrections of a message, people
// who react.
func TestRemarksAreBounded(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	write(t, s, func(tx *store.Tx) error {
		say := func(r store.Remark) store.Remarked {
			r.Chat, r.Sender = chat, "bob@example.org"
			if r.Author == "" {
				r.Author = r.Sender
			}
			what, _, err := tx.Remark(r)
			if err != nil {
				t.Error(err)
			}
			return what
		}
		for i := range 65 {
			want := store.RemarkWaits
			if i == 64 {
				want = store.RemarkTooMany
			}
			if got := say(store.Remark{Kind: store.RemarkEdit, Ref: fmt.Sprint("nothing", i), ID: fmt.Sprint(i), Body: "x"}); got != want {
				t.Errorf("waiting %d: got %d, want %d", i, got, want)
			}
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "first", ID: "first-id"}); err != nil {
			return err
		}
		for i := range 200 {
			say(store.Remark{Kind: store.RemarkEdit, Ref: "first-id", ID: fmt.Sprint("e", i), Body: fmt.Sprint("version ", i)})
		}
		for i := range 550 {
			say(store.Remark{Kind: store.RemarkReactions, Author: fmt.Sprint("somebody ", i), Ref: "first-id", Reactions: []string{"👍", string(rune(0x1F600 + i%70))}})
		}
		return nil
	})
	list, _, err := s.Page(t.Context(), chat, 0, 10)
	if err != nil || len(list) != 1 || list[0].Body != "version 199" || list[0].Fold.Reactions[0].N != 500 || len(list[0].Fold.Reactions) > 32 {
		t.Fatalf("got %+v (%v)", list, err)
	}
	x, err := s.Inspect(t.Context(), list[0].ID)
	if err != nil || len(x.Versions) != 65 || x.Versions[0].Body != "first" || x.Versions[1].Body != "version 136" {
		t.Errorf("got %d versions, first %+v (%v)", len(x.Versions), x.Versions[:2], err)
	}
}

// TestNothingKeepsARetractedText: not the file, once it was cleaned, nor what
// answers it.
func TestNothingKeepsARetractedText(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	say := func(r store.Remark) {
		r.Chat, r.Sender, r.Author = chat, "bob@example.org", "bob@example.org"
		write(t, s, func(tx *store.Tx) error { _, _, err := tx.Remark(r); return err })
	}
	arrive := func(a store.Arrival) {
		a.Chat, a.Sender = chat, "bob@example.org"
		write(t, s, func(tx *store.Tx) error { _, _, err := tx.Arrive(a); return err })
	}
	arrive(store.Arrival{Body: "xylophone", ID: "first-id"})
	say(store.Remark{Kind: store.RemarkEdit, Ref: "first-id", ID: "e1", Body: "xylophones"})
	arrive(store.Arrival{Body: "nice", ID: "second-id", Reply: &store.Reply{Ref: "first-id", Quote: "xylophone"}})
	say(store.Remark{Kind: store.RemarkRetract, Ref: "first-id", ID: "r1"})
	arrive(store.Arrival{Body: "late", ID: "third-id", Reply: &store.Reply{Ref: "first-id", Quote: "xylophone"}})
	list, _, err := s.Page(t.Context(), chat, 0, 10)
	if err != nil || len(list) != 3 {
		t.Fatal(len(list), err)
	}
	for _, m := range list {
		x, err := s.Inspect(t.Context(), m.ID)
		if all := fmt.Sprintf("%+v %+v %+v", x, x.Fold, m.Reply); err != nil || strings.Contains(all, "xylo") {
			t.Errorf("%s (%v)", all, err)
		}
	}
	if r := list[1].Reply; r == nil || !r.Found || !r.NoBody {
		t.Errorf("got %+v", r)
	}
}

// TestReplyKeepsWhatItAnswers through every change of it.
func TestReplyKeepsWhatItAnswers(t *testing.T) {
	s := open(t)
	chat := bob(t, s)
	write(t, s, func(tx *store.Tx) error {
		for i, a := range []store.Arrival{{Body: "second", ID: "id-of-second", Reply: &store.Reply{Ref: "id-of-first", Quote: "f…"}}, {Body: "first", ID: "id-of-first", Ord: 5, Below: true}} {
			a.Chat, a.Sender = chat, "bob@example.org"
			if _, fresh, err := tx.Arrive(a); err != nil || !fresh {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		return nil
	})
	list, rev, err := s.Page(t.Context(), chat, 0, 10)
	if err != nil || len(list) != 2 || list[1].Reply == nil || list[1].Reply.Body != "first" {
		t.Fatalf("got %+v (%v)", list, err)
	}
	write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Remark(store.Remark{Chat: chat, Kind: store.RemarkEdit, Ref: "id-of-first", ID: "e", Body: "1st", Sender: "bob@example.org", Author: "b"})
		return err
	})
	changed, _, err := s.Changed(t.Context(), chat, rev, 100)
	if err != nil || len(changed) != 2 || changed[1].Reply.Body != "1st" {
		t.Errorf("got %+v (%v)", changed, err)
	}
}
