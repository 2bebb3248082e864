package ui

import (
	"fmt"
	"testing"

	"sotto/session"
	"sotto/store"
)

// withHappenings is the village with what is no message in it.
func withHappenings(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	at := noon.UnixMicro()
	for i, x := range []store.Arrival{
		{Kind: store.Notice, Notice: store.CallNotice(false, store.CallMissed), Nick: "Bob Ross", Body: "video"},
		{Kind: store.Notice, Notice: store.CallNotice(true, store.CallEnded), Body: "audio"},
		{Kind: store.Notice, Notice: store.NoticeAttention, Nick: "Bob\x1b[31m Ross"},
		{Body: "look at https://a.example/x", Link: &store.Link{URL: "https://a.example/x", Title: "The best page\x1b]0;x\a", About: "which says a good deal more about itself than anybody could want to read in two lines of a terminal"}},
		{Kind: store.Notice, Notice: store.NoticeMoved, Nick: "Bob Ross", RealJID: "bob@new.example"},
		{Kind: store.Notice, Notice: store.NoticeInvited, Nick: "Bob Ross", RealJID: "tea@rooms.example.org", Body: "now\n14:05 forge"},
	} {
		x.Chat, x.Sender, x.Stamp, x.Quiet, x.ID = bob, "bob@example.org", at+int64(i)*1e6, true, fmt.Sprint("happened-", i)
		if _, _, err := tx.Arrive(x); err != nil {
			return err
		}
	}
	return nil
}

// TestHappeningsScreens: each is a line that keeps its place, and the key for
// addresses leads on from an invitation and from a new address.
func TestHappeningsScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], withHappenings)
		r.line("/msg bob@example.org")
		r.until("the chat", func() bool { return r.a.m.window.loaded && len(r.a.m.window.rows) > 6 })
		r.golden(fmt.Sprintf("happened-%dx%d", size[0], size[1]))
		r.press("Up", "o")
		r.sees("tea@rooms.example.org")
		r.press("Esc")
		r.press("Up", "Up", "o")
		r.sees("bob@new.example")
		r.press("Esc")
		r.press("Up", "Up", "Up", "Up", "o")
		if r.a.dialog != nil {
			t.Error("a wish for attention opens something")
		}
		r.press("Esc")
	}
}

// TestNoticed: a call is told at once, with words that are all ours but for a name.
func TestNoticed(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.a.handle(session.Noticed{Account: r.acc, Chat: 99, From: "Bob\x1b[2J", JID: "bob@example.org", What: store.CallNotice(false, store.CallOffered)})
	r.sees("calls you")
	r.a.handle(session.Noticed{Account: r.acc, Chat: 99, From: "Bob", JID: "bob@example.org", What: store.NoticeAttention})
	r.sees("Bob wants your attention.")
}
