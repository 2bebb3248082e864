//go:build linux

package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/internal/realserver"
)

// BenchmarkRoster logs in with nothing cached and takes the time from the start
// of the process until all contacts are counted on the screen, until the header
// says online, and until the screen and the processor are quiet.
func BenchmarkRoster(b *testing.B) {
	for _, n := range []int{20, 1000, 10000} {
		b.Run(fmt.Sprintf("contacts=%d", n), func(b *testing.B) {
			s := realserver.Prosody(b)
			plant(b, s, n)
			var limit, shown, on, settled, cpu, bytes []float64
			for b.Loop() {
				for range 3 {
					calm(b, s)
					limit = append(limit, ms(nullRoster(b, s)))
					calm(b, s)
					p := newProfile(b, s, nil)
					c := p.start(b)
					total := fmt.Sprintf("/%d)", n+1)
					var shownAt, onAt time.Duration
					began := time.Now()
					c.Until("the roster and being online", func(s string) bool {
						first, rest, _ := strings.Cut(s, "\n")
						if shownAt == 0 && strings.Contains(rest, total) {
							shownAt = time.Since(began)
						}
						if onAt == 0 && strings.Contains(first, " online") {
							onAt = time.Since(began)
						}
						return shownAt > 0 && onAt > 0
					})
					shown, on = append(shown, ms(shownAt)), append(on, ms(onAt))
					d, u := settle(b, c.PID(), c.Bytes)
					settled = append(settled, ms(d))
					cpu = append(cpu, u.cpu.Seconds())
					bytes = append(bytes, float64(c.Bytes()))
					leave(b, c)
				}
			}
			report(b, map[string]float64{"ms/null": median(limit), "ms/shown": median(shown), "ms/online": median(on), "ms/after-online": median(settled), "cpu-s": median(cpu), "B/tty": median(bytes)})
		})
	}
}

// settle waits until a process has used no processor and written nothing for a
// second, and says how long it was busy before.
func settle(b *testing.B, pid int, written func() int) (time.Duration, usage) {
	b.Helper()
	began, last := time.Now(), time.Now()
	was, bytes := use(b, pid), written()
	for time.Since(last) < time.Second {
		<-time.After(50 * time.Millisecond)
		if now, n := use(b, pid), written(); now.cpu != was.cpu || n != bytes {
			was, bytes, last = now, n, time.Now()
		}
	}
	return last.Sub(began), was
}
