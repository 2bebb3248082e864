package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// gossip is a chat in which messages were corrected, answered, reacted to and
// taken back, by both.
func gossip(tx *store.Tx, a store.AccountID) error {
	if err := tx.PutContact(store.Contact{Account: a, JID: "bob@example.org", Name: "Bob", Subscription: "both"}); err != nil {
		return err
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	for i, line := range []struct {
		own   bool
		body  string
		reply string
		flag  string
	}{
		{body: "shall we meat tomorrow?"}, {own: true, body: "you mean meet", reply: "m0"}, {body: "I never said that"},
		{own: true, body: "a long answer that is wrapped wherever the pane is narrow, so that the words around it have to find their place"},
		{body: "of course", reply: "m3"}, {body: "what I meant", flag: store.FlagForeign}, {own: true, body: "see you"}, {body: "who?", reply: "nowhere"},
	} {
		arr := store.Arrival{Chat: bob, Outgoing: line.own, Sender: "bob@example.org", Body: line.body, ID: fmt.Sprint("m", i), Flag: line.flag,
			Stamp: noon.Add(-3600e9).UnixMicro() + int64(i)*60e6}
		if line.own {
			arr.Sender = "alice@example.org"
		}
		if line.reply != "" {
			arr.Reply = &store.Reply{Ref: line.reply, Quote: "what stood there"}
		}
		if _, _, err := tx.Arrive(arr); err != nil {
			return err
		}
	}
	for i, r := range []store.Remark{
		{Kind: store.RemarkEdit, Ref: "m0", Body: "shall we meet tomorrow?"},
		{Kind: store.RemarkRetract, Ref: "m2"},
		{Kind: store.RemarkReactions, Ref: "m3", Reactions: []string{"👍", "❤️"}},
		{Kind: store.RemarkReactions, Ref: "m3", Outgoing: true, Reactions: []string{"👍"}},
	} {
		r.Chat, r.Sender, r.Author, r.ID, r.Stamp = bob, "bob@example.org", fmt.Sprint(r.Outgoing), fmt.Sprint("r", i), noon.Add(-1800e9).UnixMicro()
		if what, _, err := tx.Remark(r); err != nil || what != store.RemarkApplied {
			return fmt.Errorf("remark %d: %d, %w", i, what, err)
		}
	}
	return tx.MarkRead(bob, 1<<60)
}

func TestTalkScreens(t *testing.T) {
	screens := map[string]func(r *rig){
		"talk":         func(*rig) {},
		"talk-edit":    func(r *rig) { r.line("/edit") },
		"talk-reply":   func(r *rig) { r.do("select"); r.press("r") },
		"talk-react":   func(r *rig) { r.do("select"); r.do("select.react"); r.write("hea") },
		"talk-retract": func(r *rig) { r.line("/retract") },
		"talk-select":  func(r *rig) { r.do("select"); r.press("Up", "Up", "Up") },
		"talk-details": func(r *rig) { r.do("select"); r.do("select.first"); r.do("inspect") },
		"talk-ascii":   func(r *rig) { r.a.look.ascii = true },
	}
	for name, do := range screens {
		for _, size := range sizes {
			full := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(full, func(t *testing.T) {
				r := newRig(t, size[0], size[1], gossip)
				do(r)
				r.golden(full)
			})
		}
	}
}

// outgoing is the last stanza that waits for the network.
func (r *rig) outgoing() string {
	r.t.Helper()
	list, err := r.st.Outbox(r.t.Context(), r.acc)
	if err != nil || len(list) == 0 {
		r.t.Fatalf("nothing waits (%v)", err)
	}
	return string(list[len(list)-1].Bytes)
}

// wait waits until a number of stanzas are in the outbox.
func (r *rig) waits(n int) {
	r.t.Helper()
	r.until("the stanza", func() bool {
		list, err := r.st.Outbox(r.t.Context(), r.acc)
		return err == nil && len(list) == n
	})
	r.pump()
}

// TestEditing: the text comes into the input, what stood there comes back.
func TestEditing(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], gossip)
		r.do("select")
		r.press("Up")
		r.do("select.edit")
		if got := r.a.composer.text(); got != "see you" {
			t.Fatalf("the input has %q", got)
		}
		r.sees("Editing, Esc ends")
		r.press("Esc")
		if r.a.composer.text() != "" || strings.Contains(r.screen(), "Editing") {
			t.Error("Esc did not end it")
		}
		r.do("select")
		r.press("Up", "e")
		r.write(" soon")
		r.do("send")
		r.waits(1)
		r.until("the new text", func() bool { return strings.Contains(r.screen(), "see you soon edited") })
		if got := r.outgoing(); !strings.Contains(got, "urn:xmpp:message-correct:0") || !strings.Contains(got, "m6") {
			t.Errorf("got %s", got)
		}
		if n := len(r.rows()); n != 8 {
			t.Errorf("an edit made a row: %d", n)
		}
	}
}

// TestEditIsNoDraft: what stood in the input stays the draft, through a change of chat.
func TestEditIsNoDraft(t *testing.T) {
	r := newRig(t, 120, 40, gossip)
	r.line("/edit")
	r.write("xyz")
	r.a.keepDraft()
	r.a.show(0)
	r.pump()
	if c, err := r.st.ChatsOf(t.Context(), r.acc); err != nil || c[0].Draft != "" || r.a.aim != nil {
		t.Errorf("got %+v (%v)", c, err)
	}
}

func TestReplying(t *testing.T) {
	r := newRig(t, 120, 40, gossip)
	r.write("half a line")
	r.do("scroll.end")
	r.press("Ctrl-U")
	r.do("select")
	r.do("select.first")
	r.do("select.reply")
	r.sees("Reply to Bob")
	r.line("gladly")
	r.waits(1)
	r.until("the answer", func() bool { return len(r.rows()) == 9 })
	r.sees("┃ Bob: shall we meet tomorrow?", "gladly")
	if got := r.outgoing(); !strings.Contains(got, "<reply xmlns='urn:xmpp:reply:0'") && !strings.Contains(got, `<reply xmlns="urn:xmpp:reply:0"`) || !strings.Contains(got, "&gt; shall we meet tomorrow?\ngladly") {
		t.Errorf("got %s", got)
	}
	if r.a.aim != nil || r.a.composer.text() != "" {
		t.Error("the input is still about it")
	}
}

func TestReacting(t *testing.T) {
	for _, way := range []func(r *rig){
		func(r *rig) {
			r.do("select")
			r.do("select.first")
			r.do("select.react")
			r.write(":party")
			r.press("Enter")
		},
	} {
		r := newRig(t, 80, 24, gossip)
		way(r)
		r.waits(1)
		r.until("the sign", func() bool { return r.rows()[0].Fold != nil && len(r.rows()[0].Fold.Reactions) == 1 })
		r.sees("🎉")
		way(r)
		r.waits(2)
		r.until("no sign", func() bool { return len(r.rows()[0].Fold.Reactions) == 0 })
	}
	r := newRig(t, 80, 24, gossip)
	r.line("/react :heart:")
	r.waits(1)
	if got := r.outgoing(); !strings.Contains(got, "❤️") || !strings.Contains(got, "m7") {
		t.Errorf("got %s", got)
	}
	r.line("/react hello")
	r.sees("is no sign")
}

// TestRetracting asks, and the text is gone from the screen, also where it is quoted.
func TestRetracting(t *testing.T) {
	r := newRig(t, 120, 40, gossip)
	r.do("select")
	for range 4 {
		r.press("Up")
	}
	r.do("select.drop")
	r.sees("Take this message back?")
	r.press("n")
	r.sees("a long answer")
	r.do("select")
	for range 4 {
		r.press("Up")
	}
	r.press("d", "y")
	r.waits(1)
	r.until("the sentence", func() bool { return strings.Count(r.screen(), "(message retracted)") == 2 })
	if strings.Contains(r.screen(), "a long answer") {
		t.Errorf("the text is still there:\n%s", r.screen())
	}
	r.do("select")
	r.press("Up", "Up", "Up")
	r.do("select.drop")
	r.sees("Only your own messages")
}

// TestOriginal marks the message that is answered.
func TestOriginal(t *testing.T) {
	r := newRig(t, 80, 24, gossip)
	r.do("select")
	r.press("Up", "Up", "Up", "p")
	if m, ok := r.a.selected(); !ok || !strings.HasPrefix(m.Body, "a long answer") {
		t.Errorf("got %+v", m)
	}
}

// TestOriginalFarAway reads it when it is not in memory.
func TestOriginalFarAway(t *testing.T) {
	r := newRig(t, 80, 24, func(tx *store.Tx, a store.AccountID) error {
		bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
		for i := range 1000 {
			arr := store.Arrival{Chat: bob, Sender: "bob@example.org", Body: fmt.Sprint("line ", i), ID: fmt.Sprint("m", i)}
			if i == 999 {
				arr.Reply = &store.Reply{Ref: "m10"}
			}
			if _, _, err := tx.Arrive(arr); err != nil {
				return err
			}
		}
		if err == nil {
			err = tx.MarkRead(bob, 1<<60)
		}
		return err
	})
	r.do("select")
	r.do("select.original")
	r.until("the original", func() bool { m, ok := r.a.selected(); return ok && m.Body == "line 10" })
	r.sees("line 10", "line 9")
	r.press("Esc", "Esc")
	r.until("the end", func() bool { return strings.Contains(r.screen(), "line 999") })
}

// TestRemarksInLines: what others do to a message is one line more, without the
// text that was taken back.
func TestRemarksInLines(t *testing.T) {
	r := newRig(t, 80, 24, gossip)
	c, _ := r.a.m.open()
	for want, e := range map[string]session.Remarked{
		"14:05 Bob: (edited) new\n      words":                                   {Kind: store.RemarkEdit, Body: "new\nwords", From: "Bob"},
		"14:05 Bob: (takes back the message of 13:05)":                           {Kind: store.RemarkRetract, From: "Bob"},
		"14:05 room: (a moderator removed the message of 13:05)":                 {Kind: store.RemarkModerate},
		"14:05 Bob: (reacts 👍 :thumbsup:, 🎉 :tada: to: shall we meet tomorrow?)": {Kind: store.RemarkReactions, Reactions: []string{"👍", "🎉"}, From: "Bob"},
		"14:05 Bob: (reacts no more to: shall we meet tomorrow?)":                {Kind: store.RemarkReactions, From: "Bob"},
	} {
		e.Message = r.rows()[0].ID
		if got := r.a.plainRemark(c, e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestModerating: a moderator is asked for a reason; nobody else is.
func TestModerating(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], func(tx *store.Tx, a store.AccountID) error {
			room, err := tx.EnsureChat(store.ChatKey{Account: a, Kind: store.Room, JID: "tea@rooms.example.org"})
			if err != nil {
				return err
			}
			if _, _, err = tx.Arrive(store.Arrival{Chat: room, Sender: "tea@rooms.example.org/mallory", Nick: "mallory", Body: "buy my pills\nnow", StanzaID: "s1", By: "tea@rooms.example.org"}); err != nil {
				return err
			}
			return tx.MarkRead(room, 1<<60)
		})
		r.do("select")
		r.press("d")
		r.sees("Only your own messages")
		r.a.m.occupants = []session.Occupant{{Nick: "alice", Self: true, Role: "moderator"}}
		r.press("d")
		r.write("no pills")
		r.golden(fmt.Sprintf("talk-moderate-%dx%d", size[0], size[1]))
		r.press("Enter")
		r.until("the answer", func() bool { return r.a.dialog == nil && r.a.note.open() }) // we are not in the room
		r.sees("You are not in this room.")
	}
}
