package store_test

import (
	"testing"
	"time"

	"sotto/store"
)

// TestAnswerElsewhere: a line that a page brings in front of an answer from another
// device was read there, unless the archive says that the answer is older.
func TestAnswerElsewhere(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(s int) int64 { return noon.Add(time.Duration(s) * time.Second).UnixMicro() }
	for name, test := range map[string]struct {
		via   string
		stamp int64
		want  int
	}{
		"older in the archive, and brought to the end": {"archive", at(10), 1},
		"of the same time":       {"archive", at(20), 0},
		"newer":                  {"archive", at(30), 0},
		"live, by another clock": {"live", at(10), 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			chat := bob(t, s)
			write(t, s, func(tx *store.Tx) error {
				_, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "alice@example.org", Outgoing: true, Body: "mine", StanzaID: "2", By: "alice@example.org",
					Ord: at(60), Stamp: test.stamp, Via: test.via})
				if err != nil {
					return err
				}
				_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "theirs", StanzaID: "1", By: "alice@example.org",
					Ord: at(30), Stamp: at(20), Newer: at(40), Via: "archive"})
				return err
			})
			if c, err := s.Chat(t.Context(), chat); err != nil || c.Unread != test.want {
				t.Errorf("%d are unread (%v), want %d", c.Unread, err, test.want)
			}
		})
	}
}
