package ui

import (
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

func mayRig(t *testing.T, size [2]int) *rig {
	r := newRig(t, size[0], size[1], village)
	r.c.Accounts()[0].SetMay(session.Scope{Line: session.LineGroup, Name: "Work"}, session.SeeTyping, session.ChoiceNo)
	r.pump()
	return r
}

func TestWhoMayScreens(t *testing.T) {
	for _, size := range sizes {
		r := mayRig(t, size)
		r.line("/who-may")
		r.golden(sized("who-may", size))
		r.press("Left", "Left", "Down", "Down")
		r.golden(sized("who-may-rooms", size))
	}
}

// policy is what was decided of the account.
func (r *rig) policy() session.Policy { return r.a.m.policies[r.acc].Policy }

// goTo puts the cursor of the screen on a cell.
func (r *rig) goTo(s session.Scope, th session.Thing) {
	r.t.Helper()
	d := r.a.dialog.(*whoMay)
	for i, x := range d.scopes {
		if x == s {
			d.column = i
		}
	}
	for i, x := range session.Things {
		if x == th {
			d.cursor = i
		}
	}
	if d.scopes[d.column] != s {
		r.t.Fatalf("no column %+v in %+v", s, d.scopes)
	}
}

// TestWhoMayChanges: a key takes the next choice, the sentence says what it means and
// by whose word; it holds in the session, and d leaves it to the wider line.
func TestWhoMayChanges(t *testing.T) {
	bob := session.Scope{Line: session.LinePerson, Name: "bob@example.org"}
	friends := session.Scope{Line: session.LineGroup, Name: "Friends"}
	all := session.Scope{Line: session.LineContacts}
	r := mayRig(t, [2]int{120, 40})
	r.line("/who-may")
	r.goTo(bob, session.SeeTyping)
	r.sees("Bob Ross: may see that you type", "As for all contacts.")
	r.goTo(friends, session.SeeTyping)
	r.press("Space", "Space")
	if got := r.policy().Of(friends, session.SeeTyping); got != session.ChoiceNo {
		t.Errorf("Friends: %q", got)
	}
	r.goTo(bob, session.SeeTyping)
	r.sees("Bob Ross: not told that you type", "So says the group Friends.")
	r.press("Enter")
	if got := r.policy().Of(bob, session.SeeTyping); got != session.ChoiceYes {
		t.Errorf("Bob: %q", got)
	}
	r.press("d")
	if got := r.policy().Of(bob, session.SeeTyping); got != session.ChoiceUnset {
		t.Errorf("Bob after d: %q", got)
	}
	r.goTo(all, session.SendFiles)
	r.press("Space")
	if got := r.policy().Of(all, session.SendFiles); got != session.ChoiceAsk {
		t.Errorf("files: %q", got)
	}
	r.goTo(session.Scope{Line: session.LineStrangers}, session.AskTime)
	r.press("Space")
	r.sees("who does not see your presence is told nothing of this")
	if len(r.policy().Strangers) > 0 {
		t.Errorf("strangers: %+v", r.policy().Strangers)
	}
	r.press("w")
	r.sees("Who sees your presence")
	r.press("Esc")
	r.line("/who-may eve@evil.example")
	r.goTo(session.Scope{Line: session.LinePerson, Name: "eve@evil.example"}, session.WriteToUs)
	r.sees("eve: what they write waits among the requests")
	r.press("Esc")
	r.line("/msg Eve@evil.example")
	r.line("/who-may")
	r.goTo(session.Scope{Line: session.LinePerson, Name: "eve@evil.example"}, session.WriteToUs)
	r.sees("eve: may write to you")
	r.press("Esc")
}

// TestWhoMayAsks: what others notice at once is asked first, and n leaves all as it was.
func TestWhoMayAsks(t *testing.T) {
	bob := session.Scope{Line: session.LinePerson, Name: "bob@example.org"}
	all := session.Scope{Line: session.LineContacts}
	r := mayRig(t, [2]int{80, 24})
	r.line("/who-may bob@example.org")
	r.goTo(bob, session.SeePresence)
	r.sees("Bob Ross: sees your presence")
	r.press("Space")
	r.sees("Shall Bob Ross (bob@example.org) not see your")
	r.press("n")
	r.goTo(bob, session.WriteToUs)
	r.press("Space")
	r.sees("Block bob@example.org?")
	r.press("y")
	r.sees("Bob Ross: blocked")
	r.press("Space")
	r.sees("Bob Ross: may write to you")
	r.goTo(all, session.WriteToUs)
	r.press("Space")
	r.sees("It is for: Contacts.")
	r.press("n")
	if c := r.policy().Of(all, session.WriteToUs); c != session.ChoiceUnset {
		t.Errorf("not asked for: %q", c)
	}
	r.press("Space", "y")
	if c := r.policy().Of(all, session.WriteToUs); c != session.ChoiceNo {
		t.Errorf("said yes: %q", c)
	}
}

// TestWhoMayFromLists: the key of the list opens it for the selected one.
func TestWhoMayFromLists(t *testing.T) {
	r := mayRig(t, [2]int{120, 40})
	r.do("pane.next")
	r.screen()
	r.do("who-may.contact")
	d, ok := r.a.dialog.(*whoMay)
	if !ok || d.person != "bob@example.org" || d.scopes[d.column].Name != d.person {
		t.Fatalf("got %+v", r.a.dialog)
	}
	r.press("Esc")
	r.do("pane.next")
	r.do("who-may.person")
	if d, ok := r.a.dialog.(*whoMay); !ok || d.person != "bob@example.org" {
		t.Errorf("got %+v", r.a.dialog)
	}
}

// TestWhoMayWords: every cell that there can be has its sentences.
func TestWhoMayWords(t *testing.T) {
	for _, th := range session.Things {
		codes := []string{"may.thing-" + string(th)}
		for _, l := range []session.Line{session.LineStrangers, session.LineRooms, session.LineContacts, session.LineGroup, session.LinePerson} {
			for _, c := range session.ChoicesOf(th, l) {
				codes = append(codes, "may."+string(c))
				if th == session.SeePresence && l == session.LinePerson {
					codes = append(codes, "may.presence-person-"+string(c))
				} else {
					codes = append(codes, "may."+string(th)+"-"+string(c))
				}
			}
		}
		for _, code := range codes {
			if !catalog.Has(code) {
				t.Errorf("no words for %s", code)
			}
		}
	}
}

// filed has files of a contact and of a stranger who was accepted.
func filed(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	for _, jid := range []string{"bob@example.org", "eve@evil.example"} {
		chat, err := tx.EnsureChat(store.ChatKey{Account: a, JID: jid})
		if err == nil {
			err = tx.SetOpen(chat, true)
		}
		if err == nil {
			url := "https://files.example.org/secret.png"
			_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: jid, Body: url, ID: "f", File: &store.File{URL: url, Name: "secret.png", Type: "image/png"}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TestFilesNotTaken: a file is hidden behind a question, or altogether; a change shows
// at once in the chat that is open.
func TestFilesNotTaken(t *testing.T) {
	bob := session.Scope{Line: session.LinePerson, Name: "bob@example.org"}
	r := newRig(t, 120, 40, filed)
	r.sees("secret.png")
	acc := r.c.Accounts()[0]
	for _, c := range []session.Choice{session.ChoiceAsk, session.ChoiceNo} {
		acc.SetMay(bob, session.SendFiles, c)
		r.pump()
		if s := r.screen(); strings.Contains(s, "secret.png") || strings.Contains(s, "files.example.org") || !strings.Contains(s, "A file") {
			t.Errorf("%s: the file shows:\n%s", c, s)
		}
		r.line("/save")
		if c == session.ChoiceAsk {
			r.sees("Take a file of Bob Ross: secret.png, from")
			r.press("n")
		} else {
			r.sees("You take no files of")
		}
	}
	acc.SetMay(bob, session.SendFiles, session.ChoiceUnset)
	r.pump()
	r.sees("secret.png")
	r.line("/msg eve@evil.example")
	r.sees("A file, hidden")
}

func TestAutoReplyCommand(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/auto-reply")
	r.sees("Nobody is answered by itself.")
	r.line("/auto-reply back on Monday")
	r.sees("each contact who writes is told once:", "back on Monday")
	r.press("Esc")
	r.line("/auto-reply")
	r.sees("told once: back on Monday")
	r.line("/auto-reply off")
	r.sees("Nobody is answered by itself any more.")
}

// TestAccountOfStranger: what a server says of a stranger's account stands beside it.
func TestAccountOfStranger(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/requests")
	r.press("i")
	r.sees("This needs a connection.")
	for _, x := range []struct {
		e    session.AccountTold
		want string
	}{
		{session.AccountTold{}, "Its server says nothing of the account."},
		{session.AccountTold{Kind: "registered", Since: noon.AddDate(0, 0, -2)}, "Account: made by anybody who wanted one, made on 2026-11-20"},
		{session.AccountTold{Kind: "admin"}, "Account: of an administrator, says its server."},
	} {
		x.e.Account, x.e.JID = r.acc, "frank@example.com"
		r.a.handle(x.e)
		r.sees(x.want)
	}
}
