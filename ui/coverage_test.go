package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// torn is a chat in which a part of the archive was never read.
func torn(gone bool) func(*store.Tx, store.AccountID) error {
	return func(tx *store.Tx, a store.AccountID) error {
		bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
		if err != nil {
			return err
		}
		base := noon.Add(-2 * 3600e9).UnixMicro()
		for i := range 6 {
			at := base + int64(i)*60e6
			if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: fmt.Sprint("line ", i), Stamp: at, Ord: at,
				StanzaID: fmt.Sprint("s", i), By: "alice@example.org"}); err != nil {
				return err
			}
		}
		upper := store.Range{FirstID: "s3", FirstOrd: base + 3*60e6, LastID: "s5", LastOrd: base + 5*60e6}
		if gone {
			upper.FirstID = ""
		}
		for _, r := range []store.Range{{FirstID: "s0", FirstOrd: base, LastID: "s2", LastOrd: base + 2*60e6}, upper} {
			if _, err := tx.PutRange(a, "alice@example.org", r); err != nil {
				return err
			}
		}
		return tx.MarkRead(bob, base+5*60e6)
	}
}

// between gives what stands between two lines of the screen.
func between(screen, a, b string) string {
	_, rest, ok := strings.Cut(screen, a)
	if !ok {
		return "(no " + a + ")"
	}
	mid, _, ok := strings.Cut(rest, b)
	if !ok {
		return "(no " + b + ")"
	}
	return mid
}

// TestGapIsSeenAndFilled: where messages are missing a line says so and what to
// press; while they come it says that; what is gone for good has no key.
func TestGapIsSeenAndFilled(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		r := newRig(t, size[0], size[1], torn(false))
		if got := between(r.screen(), "line 2", "line 3"); !strings.Contains(got, "missing") {
			t.Errorf("%v: no gap is seen:\n%s", size, r.screen())
		}
		for _, pair := range [][2]string{{"line 1", "line 2"}, {"line 3", "line 4"}} {
			if got := between(r.screen(), pair[0], pair[1]); strings.Contains(got, "missing") {
				t.Errorf("%v: a gap is seen where there is none:\n%s", size, r.screen())
			}
		}
		r.press("Enter")
		if !strings.Contains(r.screen(), "archive cannot be asked") {
			t.Errorf("%v: Enter without a connection says nothing:\n%s", size, r.screen())
		}
		r.press("Esc")
		r.a.handle(session.ArchiveChanged{Account: r.acc, Archive: "alice@example.org", Loading: true, Done: 120, About: 500})
		r.pump()
		if got := between(r.screen(), "line 2", "line 3"); !strings.Contains(got, "loading") {
			t.Errorf("%v: the loading is not seen:\n%s", size, r.screen())
		}
		if size[0] >= 80 && !strings.Contains(r.screen(), "120 of about 500") {
			t.Errorf("%v: the progress is not seen:\n%s", size, r.screen())
		}
		r.a.handle(session.ArchiveChanged{Account: r.acc, Archive: "alice@example.org", Problem: &session.Problem{Code: "archive-broken", Args: []string{"alice@example.org"}}})
		r.pump()
		if s := r.screen(); !strings.Contains(s, "contradicts") || !strings.Contains(between(s, "line 2", "line 3"), "missing") {
			t.Errorf("%v: the end is not told:\n%s", size, s)
		}

		r = newRig(t, size[0], size[1], torn(true))
		if got := between(r.screen(), "line 2", "line 3"); !strings.Contains(got, "server does not") && !strings.Contains(got, "server") {
			t.Errorf("%v: what is gone is not told:\n%s", size, r.screen())
		}
	}
}
