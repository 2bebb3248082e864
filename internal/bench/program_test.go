//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sotto/internal/pty"
	"sotto/internal/realserver"
	"sotto/store"
)

const (
	width, height = 120, 40
	aliceJID      = "alice@" + realserver.Domain
	bobJID        = "bob@" + realserver.Domain
)

var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binary builds sotto as `make build` does, once.
func binary(b *testing.B) string {
	b.Helper()
	if p := os.Getenv("SOTTO_BINARY"); p != "" { // another build, to compare
		return p
	}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "sotto-bench-"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(built.dir, "sotto"), "sotto").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		b.Fatalf("build sotto: %v", built.err)
	}
	return filepath.Join(built.dir, "sotto")
}

// profile is a folder with a configuration and a history.
type profile struct{ dir string }

// newProfile makes a profile of alice. s nil: no server is there.
func newProfile(b *testing.B, s *realserver.Server, fill func(*store.Tx, store.AccountID) error) profile {
	b.Helper()
	p := profile{b.TempDir()}
	port, ca := 1, ""
	if s != nil {
		port, ca = s.Direct, s.CAFile
	}
	config := fmt.Sprintf("[[account]]\njid = %q\nhost = \"127.0.0.1\"\nport = %d\ntls = \"direct\"\nca_file = %q\npassword_command = [\"echo\", %q]\n",
		aliceJID, port, ca, realserver.Password)
	if err := os.WriteFile(filepath.Join(p.dir, "config.toml"), []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	p.write(b, fill)
	return p
}

// write changes the history while sotto does not run.
func (p profile) write(b *testing.B, fill func(*store.Tx, store.AccountID) error) {
	b.Helper()
	st, err := store.Open(b.Context(), store.Options{Dir: p.dir})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := st.Write(b.Context(), func(tx *store.Tx) error {
		a, err := tx.EnsureAccount(aliceJID)
		if err != nil || fill == nil {
			return err
		}
		return fill(tx, a.ID)
	}); err != nil {
		b.Fatal(err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// start runs sotto on the profile.
func (p profile) start(b *testing.B) *pty.Terminal {
	b.Helper()
	return pty.Start(b, []string{binary(b), "--config", filepath.Join(p.dir, "config.toml"), "--data", p.dir},
		[]string{"HOME=" + p.dir, "XDG_STATE_HOME=" + p.dir, "PATH=/usr/bin:/bin"}, width, height)
}

// leave ends a program in order.
func leave(b *testing.B, c *pty.Terminal) {
	b.Helper()
	c.Signal(syscall.SIGTERM)
	if code := c.Wait(); code != 0 {
		b.Fatalf("got exit code %d, want 0:\n%s", code, c.Text())
	}
}

// online waits until the header says so.
func online(c *pty.Terminal) time.Duration {
	return c.Until("being online", func(s string) bool {
		first, _, _ := strings.Cut(s, "\n")
		return strings.Contains(first, "online")
	})
}

func has(text string) func(string) bool {
	return func(s string) bool { return strings.Contains(s, text) }
}

// usage is what a process took so far.
type usage struct {
	cpu      time.Duration
	rss      float64 // MB
	switches int     // of context, of all its threads
}

// use reads the usage of a process.
func use(b *testing.B, pid int) (u usage) {
	b.Helper()
	dir := fmt.Sprintf("/proc/%d", pid)
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		return string(text)
	}
	_, stat, _ := strings.Cut(read("stat"), ") ")
	f := strings.Fields(stat)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	u.cpu = time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
	u.rss = float64(number(read("status"), "VmRSS:")) / 1024
	tasks, err := os.ReadDir(filepath.Join(dir, "task"))
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range tasks {
		text, err := os.ReadFile(filepath.Join(dir, "task", t.Name(), "status"))
		if err == nil { // a thread may have ended
			u.switches += number(string(text), "voluntary_ctxt_switches:") + number(string(text), "nonvoluntary_ctxt_switches:")
		}
	}
	return u
}

func number(status, key string) int {
	_, rest, _ := strings.Cut("\n"+status, "\n"+key)
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(f[0])
	return n
}

// median of figures; it sorts them.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// report puts figures out in the place of the time of the loop, which means nothing here.
func report(b *testing.B, figures map[string]float64) {
	b.ReportMetric(0, "ns/op")
	for unit, n := range figures {
		b.ReportMetric(n, unit)
	}
}
