package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// bodiesOf lists what was said in the open chat, as the disk has it.
func (r *rig) bodiesOf() (all []string) {
	r.t.Helper()
	list, _, err := r.st.Page(r.t.Context(), r.a.m.chat, 0, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range list {
		all = append(all, m.Body)
	}
	return all
}

func (r *rig) lastBody() string {
	r.t.Helper()
	all := r.bodiesOf()
	return all[len(all)-1]
}

func TestPasteIsOneDraftAndNoCommand(t *testing.T) {
	for name, text := range map[string]string{
		"code with a command in it": "func main() {\n/status set dnd\n/quit\n}",
		"a command alone":           "/quit",
		"forty lines":               strings.Repeat("a line\n", 40),
		"carriage returns":          "one\r\ntwo\rthree",
		"control characters":        "a\x1b[31mb\x00\x07c",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 80, 24, village)
			before := len(r.bodiesOf())
			r.paste(text)
			if n := len(r.bodiesOf()); n != before {
				t.Fatalf("a paste sent %d lines by itself", n-before)
			}
			got := r.a.composer.text()
			if strings.ContainsAny(got, "\x1b\x00\x07\r") {
				t.Errorf("the draft has control characters: %q", got)
			}
			if p, _ := r.a.m.account(r.acc); p.Presence.Show != session.Available {
				t.Error("a pasted line changed the presence")
			}
			r.do("send")
			select {
			case <-r.a.quit:
				t.Fatal("a pasted line ended the program")
			default:
			}
			if n := len(r.bodiesOf()); n != before+1 {
				t.Fatalf("got %d new messages, want one", n-before)
			}
			if r.a.composer.text() != "" {
				t.Error("the draft is still there")
			}
		})
	}
}

func TestSlashLines(t *testing.T) {
	r := newRig(t, 80, 24, village)
	before := len(r.bodiesOf())
	r.line("/awya gone")
	r.sees("There is no command /awya; did you mean /away?")
	if got := r.a.composer.text(); got != "/awya gone" {
		t.Errorf("the line is gone: %q", got)
	}
	r.press("Ctrl-U")
	r.line("//etc/hosts is a file")
	if got := r.lastBody(); got != "/etc/hosts is a file" {
		t.Errorf("got %q", got)
	}
	r.line("/me waves")
	if got := r.lastBody(); got != "/me waves" {
		t.Errorf("got %q", got)
	}
	r.write("/away")
	r.write("\nis a line here")
	r.do("send")
	if got := r.lastBody(); got != "/away\nis a line here" {
		t.Errorf("got %q", got)
	}
	if n := len(r.bodiesOf()) - before; n != 3 {
		t.Errorf("got %d messages, want 3", n)
	}
}

func TestPresenceIsTwoKeys(t *testing.T) {
	r := newRig(t, 80, 24, village)
	presence := func() session.Presence { p, _ := r.a.m.account(r.acc); return p.Presence }
	r.do("presence.menu")
	r.press("d")
	if got := presence(); got.Show != session.Busy {
		t.Fatalf("got %+v, want busy", got)
	}
	r.do("presence.menu")
	r.press("A")
	r.write("gone for lunch")
	r.press("Enter")
	if got := presence(); got.Show != session.Away || got.Text != "gone for lunch" {
		t.Fatalf("got %+v", got)
	}
	r.do("presence.menu")
	r.press("u")
	if got := presence(); got.Show != session.Busy || got.Text != "" {
		t.Fatalf("got %+v, want what was before", got)
	}
	// The text used last with a state stands there again.
	r.do("presence.menu")
	r.press("A")
	r.pump()
	r.press("Enter")
	if got := presence(); got.Text != "gone for lunch" {
		t.Fatalf("got %+v, want the text of before", got)
	}
	for line, want := range map[string]session.Presence{
		"/away back at 14:00":           {Show: session.Away, Text: "back at 14:00"},
		"/status set dnd \"two words\"": {Show: session.Busy, Text: "two words"},
		"/status xa on the moon":        {Show: session.ExtAway, Text: "on the moon"},
		"/online":                       {},
		"/back":                         {},
		"/chat come in":                 {Show: session.FreeForChat, Text: "come in"},
	} {
		r.line(line)
		if got := presence(); got != want {
			t.Errorf("%s: got %+v, want %+v", line, got, want)
		}
	}
}

func TestDraftsStayWithTheirChats(t *testing.T) {
	r := newRig(t, 120, 40, village)
	r.write("for bob")
	r.do("chat.next")
	if got := r.a.composer.text(); got != "" {
		t.Errorf("the draft came along: %q", got)
	}
	r.write("for the room")
	r.do("chat.last")
	if got := r.a.composer.text(); got != "for bob" {
		t.Errorf("got %q, want bob's draft", got)
	}
	r.do("chat.last")
	if got := r.a.composer.text(); got != "for the room" {
		t.Errorf("got %q, want the room's draft", got)
	}
}

func TestJumpBoxGoesAnywhere(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.do("jump")
	r.write("carol")
	r.press("Enter")
	r.pump()
	if c, ok := r.a.m.open(); !ok || c.JID != "carol@example.net" {
		t.Errorf("got %+v, want carol", c)
	}
	r.do("jump")
	r.write("#goph")
	r.press("Enter")
	if c, ok := r.a.m.open(); !ok || c.Kind != store.Room {
		t.Errorf("got %+v, want the room", c)
	}
	r.do("jump")
	r.write("new@example.com")
	r.sees("write to this address", "enter this room")
	r.press("Enter")
	if c, ok := r.a.m.open(); !ok || c.JID != "new@example.com" {
		t.Errorf("got %+v, want a chat with the address", c)
	}
	r.do("jump")
	r.write(">help")
	r.press("Enter")
	r.sees("Keys and commands")
}

// TestUnreadFlow: mentions first, then people, then rooms, then back.
func TestUnreadFlow(t *testing.T) {
	r := newRig(t, 80, 24, func(tx *store.Tx, a store.AccountID) error {
		if err := village(tx, a); err != nil {
			return err
		}
		carol, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "carol@example.net"})
		if err != nil {
			return err
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: carol, Sender: "carol@example.net", Body: "psst"}); err != nil {
			return err
		}
		bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
		if err != nil {
			return err
		}
		_, _, err = tx.Arrive(store.Arrival{Chat: bob, Outgoing: true, Sender: "alice@example.org", Body: "bye"})
		return err
	})
	start := r.a.m.chat
	r.screen()
	var seen []string
	for range 3 {
		r.do("chat.next-unread")
		c, _ := r.a.m.open()
		seen = append(seen, c.JID)
		r.screen() // on the screen: read
	}
	if got := strings.Join(seen[:2], " "); got != "gophers@rooms.example.org carol@example.net" {
		t.Errorf("got %s", got)
	}
	if r.a.m.chat != start {
		t.Errorf("the third time should go back to where it began")
	}
	r.do("chat.next-unread")
	r.sees("Nothing is unread.")
}

// TestHostileTextIsOnlyText: what others call themselves and say is drawn, never obeyed.
func TestHostileTextIsOnlyText(t *testing.T) {
	const evil = "[red]x[-] [:::https://evil.example]ok\x1b]0;own\x07 \u202egnp\u202c\u009b31m"
	r := newRig(t, 120, 40, func(tx *store.Tx, a store.AccountID) error {
		if err := tx.PutContact(store.Contact{Account: a, JID: "eve@evil.example", Name: evil, Subscription: "both", Groups: []string{evil}}); err != nil {
			return err
		}
		if err := tx.PutRequest(store.Request{Account: a, JID: "mallory@evil.example", Nick: evil, Text: evil}); err != nil {
			return err
		}
		if err := tx.PutRoom(store.RoomEntry{Account: a, JID: "r@rooms.evil.example", Nick: "x", Subject: evil}); err != nil {
			return err
		}
		for _, k := range []store.ChatKey{{Account: a, JID: "eve@evil.example"}, {Account: a, Kind: store.Room, JID: "r@rooms.evil.example"}} {
			chat, err := tx.EnsureChat(k)
			if err != nil {
				return err
			}
			if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: k.JID, Nick: evil, Body: evil + "\n14:05 alice@example.org I owe you"}); err != nil {
				return err
			}
		}
		return nil
	})
	r.do("chat.next")
	for i := range 3 {
		got := r.screen()
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\u009b", "\n14:05 alice"} {
			if strings.Contains(got, bad) {
				t.Errorf("screen %d has %q:\n%s", i, bad, got)
			}
		}
		if !strings.Contains(got, "[red]x[-]") {
			t.Errorf("screen %d lost text:\n%s", i, got)
		}
		r.do("chat.next")
	}
	cells, _, _ := r.s.GetContents()
	for _, c := range cells {
		if url := fmt.Sprintf("%+v", c.Style); strings.Contains(url, "evil.example") {
			t.Fatalf("text of others became a link: %s", url)
		}
	}
}

// TestOfflineLineIsQueuedAndKept: what is typed without a network is on the disk.
func TestOfflineLineIsQueuedAndKept(t *testing.T) {
	r := newRig(t, 40, 20, village)
	r.line("are you there?")
	r.sees("are you there?", "◌")
	list, err := r.st.Outbox(t.Context(), r.acc)
	if err != nil || len(list) != 1 || !strings.Contains(string(list[0].Bytes), "are you there?") {
		t.Errorf("got %+v (%v), want the line in the outbox", list, err)
	}
	r.line("/drop")
	r.sees("You took this line back")
	if list, _ := r.st.Outbox(t.Context(), r.acc); len(list) != 0 {
		t.Errorf("got %+v, want an empty outbox", list)
	}
}

// TestEveryCommandAnswersOrActs: no command of the table does nothing.
func TestEveryCommandAnswersOrActs(t *testing.T) {
	args := map[string]string{"msg": "bob@example.org hi", "join": "tea@rooms.example.org", "nick": "al", "topic": "tea", "private": "bob",
		"whois": "bob@example.org", "add": "new@example.org", "remove": "bob@example.org", "rename": "bob@example.org Bobby", "group": "bob@example.org A, B",
		"presence": "bob@example.org away", "theme": "light", "keys": "", "set": "bell off", "account": "use alice@example.org"}
	for _, x := range makeActions() {
		if x.command == "" || x.command == "quit" {
			continue
		}
		t.Run(x.command, func(t *testing.T) {
			r := newRig(t, 80, 24, village)
			before := r.screen()
			r.line(strings.TrimSpace("/" + x.command + " " + args[x.command]))
			// Some answer from a goroutine of their own.
			r.until("an answer", func() bool { return r.screen() != before })
		})
	}
}

// TestTableIsWhole: every action has its words, and no key two meanings at one place.
func TestTableIsWhole(t *testing.T) {
	r := newRig(t, 80, 24, nil)
	keys, commands := map[string]string{}, map[string]string{}
	for _, x := range r.a.actions {
		if !catalog.Has("action." + x.name) {
			t.Errorf("the catalogue does not know %s", x.name)
		}
		if x.hint && x.hints == nil && !catalog.Has("hint."+x.name) {
			t.Errorf("the catalogue has no hint for %s", x.name)
		}
		for _, k := range x.keys {
			at := fmt.Sprint(k, " ", x.where)
			if other := keys[at]; other != "" {
				t.Errorf("%s is %s and %s", k, other, x.name)
			}
			keys[at] = x.name
		}
		for _, c := range append([]string{x.command}, x.aliases...) {
			if other := commands[c]; c != "" && other != "" {
				t.Errorf("/%s is %s and %s", c, other, x.name)
			}
			commands[c] = x.name
		}
	}
}
