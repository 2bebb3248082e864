//go:build linux

package bench

import (
	"fmt"
	"testing"
	"time"

	"sotto/internal/pty"
	"sotto/internal/realserver"
)

// BenchmarkRest takes what sotto needs while nothing happens: memory, switches
// of context, processor time and bytes to the terminal over 20 s, online.
func BenchmarkRest(b *testing.B) {
	for _, size := range [][2]int{{20, 100}, {10000, 100}, {20, 100000}} {
		b.Run(fmt.Sprintf("contacts=%d/messages=%d", size[0], size[1]), func(b *testing.B) {
			s := realserver.Prosody(b)
			plant(b, s, size[0])
			p := newProfile(b, s, village(size[0], size[1]))
			c := p.start(b)
			online(c)
			settle(b, c.PID(), c.Bytes)
			rest(b, c)
			leave(b, c)
		})
	}
}

func rest(b *testing.B, c *pty.Terminal) {
	const length = 20 * time.Second
	for b.Loop() {
		before, written := use(b, c.PID()), c.Bytes()
		<-time.After(length)
		after := use(b, c.PID())
		report(b, map[string]float64{"MB": after.rss, "switches/s": float64(after.switches-before.switches) / length.Seconds(),
			"cpu-%": 100 * (after.cpu - before.cpu).Seconds() / length.Seconds(), "B": float64(c.Bytes() - written)})
	}
}

// repeat is how long the keyboard waits when a key is held down.
const repeat = 33 * time.Millisecond

// BenchmarkPageUp opens a chat and pages up in it with the key held down, with few and with many
// messages behind: the length must not matter.
func BenchmarkPageUp(b *testing.B) {
	for _, n := range []int{100, 1000, 100000} {
		b.Run(fmt.Sprintf("messages=%d", n), func(b *testing.B) {
			p := newProfile(b, nil, village(20, n))
			var open, page []float64
			var grown float64
			for b.Loop() {
				c := p.start(b)
				open = append(open, ms(c.Until("the last message", has(lastLine))))
				began := use(b, c.PID())
				for range min(n/20, 200) {
					<-time.After(repeat)
					was := middleOf(c.Text())
					at := time.Now()
					c.Type(pageUp)
					c.Until("an older page", func(s string) bool { return middleOf(s) != was })
					page = append(page, ms(time.Since(at)))
				}
				grown = use(b, c.PID()).rss - began.rss
				leave(b, c)
			}
			report(b, map[string]float64{"ms/open": median(open), "ms/page": median(page), "ms/page-p99": page[len(page)*99/100], "MB-grown": grown})
		})
	}
}
