package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sotto/internal/pty"
	"sotto/store"
)

// profiled makes a profile with a history; its account stays offline.
func profiled(t *testing.T, dir string) (config string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		chat, err := tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		if err != nil {
			return err
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "the line of before", ID: "an-id-of-bob"}); err != nil {
			return err
		}
		_, _, err = tx.Queue(store.Draft{Chat: chat, Sender: "alice@example.org", Body: "a line on its way", LocalID: "local-id", Bytes: []byte("<message/>")})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	config = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(config, []byte("[[account]]\njid = \"alice@example.org\"\nenabled = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// sotto starts the program on a terminal of its own.
func sotto(t *testing.T, dir, config string, more ...string) *pty.Terminal {
	t.Helper()
	return sottoWith(t, dir, config, 120, 40, more, nil)
}

// sottoAt is sotto at a size, with variables of the environment besides.
func sottoAt(t *testing.T, dir, config string, w, h int, env ...string) *pty.Terminal {
	t.Helper()
	return sottoWith(t, dir, config, w, h, nil, env)
}

func sottoWith(t *testing.T, dir, config string, w, h int, more, env []string) *pty.Terminal {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sotto") // testscript.Main knows us by this name
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pty.Start(t, append([]string{path, "--config", config, "--data", dir}, more...), append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...), w, h)
}

// shows waits until the screen has all of these words.
func shows(t *testing.T, p *pty.Terminal, words ...string) {
	t.Helper()
	p.Until(strings.Join(words, ", "), func(s string) bool {
		for _, w := range words {
			if !strings.Contains(s, w) {
				return false
			}
		}
		return true
	})
}

func leave(t *testing.T, p *pty.Terminal) {
	t.Helper()
	p.Signal(unix.SIGTERM)
	if code := p.Wait(); code != exitOK || !p.Given() {
		t.Errorf("exit code %d, terminal given back: %v", code, p.Given())
	}
}

// mounted is a small file system of the test's own.
func mounted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("no file system of its own: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func readOnly(t *testing.T, dir string, on bool) {
	t.Helper()
	flags := uintptr(unix.MS_REMOUNT)
	if on {
		flags |= unix.MS_RDONLY
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, ""); err != nil {
		t.Fatal(err)
	}
}

// TestStartOnAReadOnlyDisk: the history is shown, it is told that nothing is
// saved, and a draft is saved once the disk takes it.
func TestStartOnAReadOnlyDisk(t *testing.T) {
	dir := mounted(t)
	config := profiled(t, dir)
	readOnly(t, dir, true)
	p := sotto(t, dir, config)
	shows(t, p, "the line of before", "NOT SAVED: read-only")
	p.Type("half a thought")
	shows(t, p, "> half a thought")
	readOnly(t, dir, false)
	p.Until("the end of it", func(s string) bool {
		return !strings.Contains(s, "NOT SAVED") && strings.Contains(s, "> half a thought")
	})
	leave(t, p)
	drafted(t, dir, "half a thought")
}

// drafted fails unless this is the draft of the one chat.
func drafted(t *testing.T, dir, want string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if chats, _, err := s.Chats(t.Context()); err != nil || len(chats) != 1 || chats[0].Draft != want {
		t.Errorf("got %+v (%v), want the draft %q", chats, err, want)
	}
}

// TestSignalSavesTheDraft: what stands in the input is on the disk, whatever
// ends the program in order.
func TestSignalSavesTheDraft(t *testing.T) {
	for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGHUP} {
		dir := t.TempDir()
		p := sotto(t, dir, profiled(t, dir))
		shows(t, p, "the line of before")
		p.Type(s.String())
		shows(t, p, "> "+s.String())
		p.Signal(s)
		p.Wait()
		drafted(t, dir, s.String())
	}
}

// TestEndOnAReadOnlyDisk: what is lost with the program is told when it ends.
func TestEndOnAReadOnlyDisk(t *testing.T) {
	dir := mounted(t)
	config := profiled(t, dir)
	readOnly(t, dir, true)
	p := sotto(t, dir, config)
	shows(t, p, "NOT SAVED: read-only")
	p.Type("half a thought")
	shows(t, p, "> half a thought")
	leave(t, p)
	shows(t, p, "the disk took nothing to the end", "drafts: 1")
}

// TestStartWithoutADisk: it works all the same and says that nothing is kept.
func TestStartWithoutADisk(t *testing.T) {
	dir := mounted(t)
	config := profiled(t, t.TempDir())
	readOnly(t, dir, true)
	p := sotto(t, dir, config)
	shows(t, p, "alice@example.org", "NOT SAVED", "Nothing of what happens now is")
	leave(t, p)
}

// TestStartAfterDamage: it is told what became of the history, and where it is.
func TestStartAfterDamage(t *testing.T) {
	for name, hurt := range map[string]struct {
		do    func([]byte) []byte
		words []string
	}{
		"header":   {func(b []byte) []byte { b[0] = 0; return b }, []string{"messages 2, unsent lines 1, drafts 0", "the line of before", "a line on its way"}},
		"no bytes": {func([]byte) []byte { return nil }, []string{"messages 0, unsent lines 0, drafts 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config := profiled(t, dir)
			path := filepath.Join(dir, "sotto.db")
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, hurt.do(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			p := sotto(t, dir, config)
			shows(t, p, append(hurt.words, "The history on the disk was damaged", "sotto.db.broken-", "archive")...)
			leave(t, p)
			// The next start has nothing to tell.
			p = sotto(t, dir, config)
			shows(t, p, "alice@example.org")
			leave(t, p)
			if strings.Contains(p.Text(), "damaged") {
				t.Errorf("it is told again:\n%s", p.Text())
			}
		})
	}
}

// TestLinkArgument: a link of the command line is shown, and what is wrong with one.
func TestLinkArgument(t *testing.T) {
	dir := t.TempDir()
	config := profiled(t, dir)
	p := sotto(t, dir, config, "xmpp:zoe@example.org?message;body=Hello%0A%1B%5D0;evil%07")
	shows(t, p, "The link names zoe@example.org.", "are not sent", "Hello")
	leave(t, p)
	p = sotto(t, dir, config, "xmpp:zoe@example.org?unregister")
	shows(t, p, "asks for “unregister”", "Ctrl-K and zoe@example.org")
	leave(t, p)
}

// TestStartsThatAreRefused: with a sentence, and nothing is touched.
func TestStartsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	config := profiled(t, dir)
	start := func(args ...string) (code int, said string) {
		var out, stderr strings.Builder
		code = run(append([]string{"--config", config, "--data", dir}, args...), &out, &stderr)
		return code, out.String() + stderr.String()
	}
	lock, err := store.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if code, said := start(); code != exitHeld || !strings.Contains(said, strconv.Itoa(os.Getpid())) || !strings.Contains(said, dir) {
		t.Errorf("held: exit code %d, %q", code, said)
	}
	if code, said := start("xmpp:bob@example.org"); code != exitHeld || !strings.Contains(said, strconv.Itoa(os.Getpid())) || !strings.Contains(said, "/link") {
		t.Errorf("held, with a link: exit code %d, %q", code, said)
	}
	// A second one that was killed holds nothing.
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sotto.db"))
	if err == nil {
		_, err = db.Exec(fmt.Sprintf("PRAGMA user_version=%d", 1000))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if code, said := start(); code != exitFailed || !strings.Contains(said, "newer sotto") {
		t.Errorf("newer: exit code %d, %q", code, said)
	}
	list, err := os.ReadDir(dir)
	for _, f := range list {
		if strings.Contains(f.Name(), "broken") {
			t.Errorf("%s was moved", f.Name())
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestSecondProcess: the first one, a process of its own, is named.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	config := profiled(t, dir)
	p := sotto(t, dir, config)
	shows(t, p, "the line of before")
	var stderr strings.Builder
	if code := run([]string{"--config", config, "--data", dir}, &stderr, &stderr); code != exitHeld || !strings.Contains(stderr.String(), strconv.Itoa(p.PID())) {
		t.Errorf("exit code %d, %q; the first is process %d", code, stderr.String(), p.PID())
	}
	p.Signal(unix.SIGKILL)
	p.Wait()
	// The system gave the profile back with its life.
	lock, err := store.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = lock.Close()
}
