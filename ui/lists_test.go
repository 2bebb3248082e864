package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// throng is a chat with many messages and a list with many people.
func throng(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	for i := range 40 {
		if err := tx.PutContact(store.Contact{Account: a, JID: fmt.Sprintf("person%02d@example.org", i), Subscription: "both", Groups: []string{"People"}}); err != nil {
			return err
		}
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	for i := range 40 {
		if err == nil {
			_, _, err = tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: fmt.Sprintf("line %02d", i), ID: fmt.Sprint("c", i)})
		}
	}
	return err
}

func viRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, 80, 24, throng)
	r.line("/set vi_keys on")
	r.until("the setting", func() bool { return r.a.viKeys })
	r.press("Esc")
	return r
}

// TestViInTheList: the keys move in the list, and its verbs stay what they are.
func TestViInTheList(t *testing.T) {
	r := viRig(t)
	r.do("pane.next")
	r.screen()
	r.press("g")
	half := r.a.roster.height / 2
	for _, step := range []struct {
		key  string
		want int
	}{{"j", 1}, {"j", 2}, {"k", 1}, {"Ctrl-D", 1 + half}, {"Ctrl-D", 1 + 2*half}, {"Ctrl-U", 1 + half}, {"G", len(r.a.roster.rows) - 1}, {"g", 0}} {
		if r.press(step.key); r.a.roster.cursor != step.want {
			t.Errorf("%s: row %d, want %d", step.key, r.a.roster.cursor, step.want)
		}
	}
	r.press("/")
	r.write("person07jk")
	if got := r.a.roster.find.text; got != "person07jk" {
		t.Errorf("the search has %q", got)
	}
	r.press("Ctrl-U", "Esc", "G", "a")
	if got := r.a.composer.text(); got != "/add " {
		t.Errorf("a is no verb any more: %q", got)
	}
}

// TestViOnMessages moves the mark, and finds.
func TestViOnMessages(t *testing.T) {
	r := viRig(t)
	r.screen()
	r.press("Up")
	at := func() int { i, _ := r.a.timeline.pickedAt(); return i }
	last := len(r.a.timeline.rows()) - 1
	r.press("G", "k", "k", "j")
	if at() != last-1 {
		t.Errorf("at %d, want %d", at(), last-1)
	}
	r.press("Ctrl-U")
	up := at()
	if up >= last-3 || up < last-1-r.a.timeline.h {
		t.Errorf("half a page up is %d of %d", up, last)
	}
	if r.press("Ctrl-D"); at() <= up {
		t.Errorf("half a page down is %d", at())
	}
	if r.press("g"); at() != 0 {
		t.Errorf("g is %d", at())
	}
	if r.press("Ctrl-U"); at() != 0 || r.a.focus != inSelection {
		t.Errorf("above the first: %d", at())
	}
	if r.press("G"); at() != last {
		t.Errorf("G is %d", at())
	}
	r.press("/")
	r.sees("Search", "in Bob Ross")
}

// TestViWhereTypingFinds: with the keys of vi letters move there, and / types.
func TestViWhereTypingFinds(t *testing.T) {
	r := viRig(t)
	for _, open := range []string{"/xeps", "/help"} {
		r.line(open)
		r.screen()
		top := func() int {
			if v, ok := r.a.dialog.(*viewer); ok {
				return v.at
			}
			return r.a.dialog.(*help).top
		}
		typed := func() string {
			if v, ok := r.a.dialog.(*viewer); ok {
				return v.field.text()
			}
			return r.a.dialog.(*help).field.text()
		}
		r.press("g")
		r.press("j", "j", "k")
		if top() != 1 {
			t.Errorf("%s: at %d, want 1", open, top())
		}
		if r.press("Ctrl-D"); top() < 3 {
			t.Errorf("%s: half a page is %d", open, top())
		}
		r.press("Ctrl-U", "x", "y")
		if typed() != "" {
			t.Errorf("%s: letters were typed: %q", open, typed())
		}
		r.sees("/ finds")
		r.press("/")
		r.write("jq")
		if typed() != "jq" {
			t.Errorf("%s: got %q", open, typed())
		}
		r.press("Backspace", "Backspace", "Enter", "G", "g", "q")
		if r.a.dialog != nil {
			t.Errorf("%s: q does not close it", open)
		}
	}
	r.line("/set vi_keys off")
	r.until("the setting", func() bool { return !r.a.viKeys })
	r.line("/help")
	r.write("jump")
	if got := r.a.dialog.(*help).field.text(); got != "jump" {
		t.Errorf("without the setting letters are typed; got %q", got)
	}
}

// TestViIsOff: what the setting adds is not there without it.
func TestViIsOff(t *testing.T) {
	r := newRig(t, 80, 24, throng)
	r.do("pane.next")
	r.screen()
	r.press("g", "Ctrl-D")
	if r.a.roster.cursor != 0 {
		t.Errorf("row %d", r.a.roster.cursor)
	}
	r.press("j")
	if r.a.roster.cursor != 1 {
		t.Errorf("row %d", r.a.roster.cursor)
	}
	r.press("Esc", "Up", "Ctrl-U")
	if r.a.focus == inSelection {
		t.Error("Ctrl-U moves the mark")
	}
}

// TestViInHelpAndConflicts: F1 lists the keys, and what clashes with a verb is told.
func TestViInHelpAndConflicts(t *testing.T) {
	r := viRig(t)
	r.do("help")
	r.press("/")
	r.write("half a page down")
	r.press("Enter")
	r.sees("Ctrl-D", "in lists: half a page down")
	r.press("q")
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := os.WriteFile(path, []byte("\"list.down\" = [\"d\", \"Down\", \"z\"]\n\"block.contact\" = \"G\"\n\"select.edit\" = \"Ctrl-D\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.a.opt.Keys = path
	r.line("/keys reload")
	s := strings.Join(strings.Fields(r.screen()), " ")
	for _, want := range []string{"d (for list.down) does something with a row", "G means both", "Ctrl-D means both select.half-down and select.edit"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not told:\n%s", want, r.screen())
		}
	}
	r.press("Esc")
	r.do("pane.next")
	r.screen()
	r.press("g", "z", "j")
	if r.a.roster.cursor != 1 {
		t.Errorf("row %d; z moves, j does not any more", r.a.roster.cursor)
	}
	if p, _ := r.a.m.account(r.acc); p.Presence.Show != session.Available {
		t.Error("something else happened")
	}
}
