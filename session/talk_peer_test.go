package session_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/store"
)

// TestAnotherProgram talks with slixmpp over a Prosody: what each says about
// messages the other understands.
func TestAnotherProgram(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), python, "-c", "import slixmpp").Run(); err != nil {
		t.Skip("slixmpp is not installed")
	}
	s := realserver.Prosody(t)
	alice := newClient(t, s, "alice", true)
	alice.online()
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, python, "testdata/talker.py", bobJID, realserver.Password, "127.0.0.1", strconv.Itoa(s.Port), s.CAFile, aliceJID)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var says strings.Builder
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	heard := bufio.NewScanner(out)
	t.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	next := func(want string) {
		t.Helper()
		for heard.Scan() {
			if heard.Text() == want {
				return
			}
			t.Logf("heard %q", heard.Text())
		}
		t.Fatalf("waited in vain for %q: %s", want, says.String())
	}
	obey := func(line string) { _, _ = fmt.Fprintln(in, line) }
	next("online")

	chat := alice.open(bobJID)
	same := func(what string, want ...string) {
		t.Helper()
		alice.until(what, func() bool { return slices.Equal(alice.talk(chat), want) })
	}
	alice.a.Send(chat, "shall we meat?")
	alice.until("the line", func() bool { return alice.has(chat, "shall we meat?", store.Sent) })
	m := alice.rows(chat)[0]
	next("message " + m.LocalID + " shall we meat?")
	alice.a.Edit(m.ID, "shall we meet?")
	next("correction " + m.LocalID + " shall we meet?")

	obey("reactions - " + m.LocalID + " 👍🎉")
	same("the signs", `own "shall we meet?" edited 👍1 🎉1`)
	obey("reply answer-one " + m.LocalID + " gladly")
	obey("message mistake-one - teh end")
	obey("correction mistake-two mistake-one the end")
	obey("message secret-one - a secret")
	same("all he said", `own "shall we meet?" edited 👍1 🎉1`, `[re "shall we meet?"] "gladly"`, `"the end" edited`, `"a secret"`)
	obey("retract - secret-one")
	same("it is taken back", `own "shall we meet?" edited 👍1 🎉1`, `[re "shall we meet?"] "gladly"`, `"the end" edited`, `"" retract`)

	his := alice.rows(chat)[2]
	alice.a.React(his.ID, []string{"❤️"})
	next("reactions mistake-one ❤️")
	alice.a.SendReply(chat, "no", his.ID)
	next("reply mistake-one > the end|no")
}
