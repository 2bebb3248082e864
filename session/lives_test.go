package session_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sotto/internal/sound"
	"sotto/store"
)

// lives is a client that dies and is started again, in processes of its own, and
// the one that it talks with.
type lives struct {
	t         *testing.T
	job       crashJob
	bob       *client
	withAlice store.ChatID
	said      map[int]bool // lines of alice that her program said are stored
	theirs    int          // lines that bob typed
}

// live runs the child once. last: the peer says nothing meanwhile. kill: it is
// killed when so many of its lines are stored; 0: it is not. done: it ended in order.
func (k *lives) live(last bool, kill int) (done bool) {
	k.t.Helper()
	k.job.theirs = k.theirs
	cmd := exec.CommandContext(k.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), k.job.env())
	out, err := cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	// Some of the peer's lines come while nobody is there.
	say := func() {
		if !last {
			k.bob.a.Send(k.withAlice, fmt.Sprintf("line of bob %d", k.theirs))
			k.theirs++
		}
	}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		no, typed := strings.CutPrefix(lines.Text(), "accepted ")
		if typed {
			n, _ := strconv.Atoi(no)
			k.said[n] = true
			say()
			if kill--; kill == 0 {
				_ = cmd.Process.Kill()
			}
		}
		done = done || lines.Text() == "done"
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && (!errors.As(err, &exit) || stderr.Len() > 0) {
		k.t.Fatalf("the child: %v\n%s", err, stderr.String())
	}
	say()
	return done
}

// begin is a first life in order: until something was stored of an archive, what
// it has is no news.
func (k *lives) begin() {
	k.t.Helper()
	k.job.lines = 2
	if !k.live(false, 0) {
		k.t.Fatal("the first life did not end in order")
	}
}

// end is the last life, and says what is wrong with what is left.
func (k *lives) end() {
	t := k.t
	t.Helper()
	k.job.point, k.job.n = "", 0
	if !k.live(true, 0) {
		t.Fatal("the last life did not end in order")
	}
	k.bob.until("all of alice's lines", func() bool {
		got, _ := k.bob.lines(k.withAlice, false, "line of alice ")
		return len(got) >= k.job.lines
	})
	k.bob.until("the fate of all lines", func() bool {
		out, err := k.bob.st.Outbox(t.Context(), k.bob.a.ID())
		return err == nil && len(out) == 0
	})
	got, _ := k.bob.lines(k.withAlice, false, "line of alice ")
	k.compare("alice's lines at bob's", got, "line of alice ", k.job.lines)
	st, err := store.Open(t.Context(), store.Options{Dir: k.job.dir})
	if err != nil {
		t.Fatal(err)
	}
	alice := &client{t: t, st: st}
	chats, _, err := st.Chats(t.Context())
	if err != nil || len(chats) != 1 {
		t.Fatalf("got %d chats (%v)", len(chats), err)
	}
	own, states := alice.lines(chats[0].ID, true, "line of alice ")
	k.compare("alice's own lines", own, "line of alice ", k.job.lines)
	if states[store.Sent]+states[store.Delivered]+states[store.Displayed] != k.job.lines {
		t.Errorf("their states: %v", states)
	}
	heard, _ := alice.lines(chats[0].ID, false, "line of bob ")
	k.compare("bob's lines at alice's", heard, "line of bob ", k.theirs)
	for n := range k.said {
		if !slices.Contains(own, fmt.Sprintf("line of alice %d", n)) {
			t.Errorf("line %d was accepted and is not there", n)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	sound.Check(t, k.job.dir)
}

// compare wants n lines, each once.
func (k *lives) compare(what string, got []string, prefix string, n int) {
	k.t.Helper()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprint(prefix, i))
	}
	slices.Sort(want)
	got = slices.Clone(got)
	if slices.Sort(got); !slices.Equal(got, want) {
		k.t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}
