package session_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"sotto/internal/realserver"
)

// talker is another program, of testdata/talker.py, at an address.
type talker struct {
	t     *testing.T
	in    io.Writer
	heard *bufio.Scanner
	end   context.CancelFunc
	says  strings.Builder
}

// newTalker starts one and waits until it is there. The test skips only where
// slixmpp is not installed.
func newTalker(t *testing.T, s *realserver.Server, jid string) *talker {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), python, "-c", "import slixmpp").Run(); err != nil {
		t.Skip("slixmpp is not installed; make test installs it")
	}
	// It ends by itself with its input, and is ended when it hangs.
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, python, "testdata/talker.py", jid, realserver.Password, "127.0.0.1", strconv.Itoa(s.Port), s.CAFile)
	cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8", "PYTHONDONTWRITEBYTECODE=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	x := &talker{t: t, in: in, heard: bufio.NewScanner(out), end: cancel}
	cmd.Stderr = &x.says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		defer time.AfterFunc(patience, cancel).Stop()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
		cancel()
	})
	x.next("online")
	return x
}

// do gives an order; args are names and values in turn.
func (x *talker) do(order string, args ...any) {
	x.t.Helper()
	m := map[string]any{"do": order}
	for i := 0; i < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		x.t.Fatal(err)
	}
	_, _ = fmt.Fprintf(x.in, "%s\n", b)
}

// next waits until it heard this, and forgets what it heard before.
func (x *talker) next(want string) {
	x.t.Helper()
	defer time.AfterFunc(patience, x.end).Stop()
	var before []string
	for x.heard.Scan() {
		if x.heard.Text() == want {
			return
		}
		before = append(before, x.heard.Text())
	}
	x.t.Fatalf("waited in vain for %q; heard %q: %s", want, before, x.says.String())
}
