//go:build linux

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sotto/internal/pty"
	"sotto/internal/realserver"
)

// starts is how often each program is started, in turns.
const starts = 15

// BenchmarkFirstFrame takes the time from the start of the process to the frame
// that shows the last message of the last chat, next to mcabber's first frame.
func BenchmarkFirstFrame(b *testing.B) {
	for _, up := range []bool{true, false} {
		for _, n := range []int{200, 10000} {
			b.Run(fmt.Sprintf("server=%v/contacts=%d", up, n), func(b *testing.B) { firstFrame(b, up, n) })
		}
	}
}

func firstFrame(b *testing.B, up bool, n int) {
	var s *realserver.Server
	if up {
		s = realserver.Prosody(b)
		plant(b, s, n)
	}
	p := newProfile(b, s, village(n, 100))
	peer := mcabber(b, s)
	warm := p.start(b) // brings the files into memory
	warm.Until("the last message", has(lastLine))
	leave(b, warm)
	var ours, theirs, on []float64
	for b.Loop() {
		for range starts {
			if up {
				calm(b, s)
			}
			c := p.start(b)
			ours = append(ours, ms(c.Until("the last message", has(lastLine))))
			if up {
				on = append(on, ms(online(c)))
			}
			leave(b, c)
			if peer != nil {
				theirs = append(theirs, ms(peer()))
			}
		}
	}
	figures := map[string]float64{"ms/frame": median(ours), "ms/frame-max": ours[len(ours)-1]}
	if up {
		figures["ms/online"] = median(on)
	}
	if peer != nil {
		figures["ms/mcabber"] = median(theirs)
		figures["x-mcabber"] = median(ours) / median(theirs)
	}
	report(b, figures)
}

// mcabber gives what starts an mcabber and takes the time to its first frame;
// nil where it is not installed.
func mcabber(b *testing.B, s *realserver.Server) func() time.Duration {
	b.Helper()
	bin, err := exec.LookPath("mcabber")
	if err != nil {
		return nil
	}
	dir := b.TempDir()
	port, ca := 1, "/dev/null"
	if s != nil {
		port, ca = s.Direct, s.CAFile
	}
	config := filepath.Join(dir, "mcabberrc")
	text := fmt.Sprintf("set jid = %s\nset password = \"%s\"\nset server = 127.0.0.1\nset port = %d\nset tls = 0\nset ssl = 1\nset ssl_ca = %s\nset ssl_ignore_checks = 1\nset logging = 0\n",
		"carol@"+realserver.Domain, realserver.Password, port, ca)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return func() time.Duration {
		c := pty.Start(b, []string{bin, "-f", config}, []string{"HOME=" + dir, "PATH=/usr/bin:/bin"}, width, height)
		d := c.Until("mcabber", func(s string) bool { return strings.Contains(s, "MCabber") || strings.Contains(s, "[---]") })
		c.Signal(syscall.SIGKILL)
		c.Wait()
		return d
	}
}
