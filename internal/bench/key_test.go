//go:build linux

package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sotto/internal/pty"
	"sotto/internal/realserver"
)

// typing is how far apart somebody who is quick presses keys.
const typing = 60 * time.Millisecond

// BenchmarkKey takes the time from a key to its letter on a terminal of 120x40:
// at rest, and while 1,000 messages a second arrive in another chat and in the
// open one. Reading the terminal's bytes is part of it.
func BenchmarkKey(b *testing.B) {
	s := realserver.Prosody(b)
	plant(b, s, 20)
	archive(b, s, false)
	p := newProfile(b, s, twoChats)
	from := map[string]*blaster{"other-chat": newBlaster(b, s, "carol"), "open-chat": newBlaster(b, s, "bob")}
	for _, name := range []string{"rest", "other-chat", "open-chat"} {
		b.Run(name, func(b *testing.B) {
			c := p.start(b)
			online(c)
			c.Quiet(time.Second)
			c.Type("\x1b1")
			c.Quiet(still)
			for b.Loop() {
				ctx, stop := context.WithCancel(b.Context())
				done := make(chan int)
				go func() { done <- from[name].flood(ctx) }()
				began := time.Now()
				took := keys(c, 300)
				stop()
				sent := <-done
				figures := map[string]float64{"ms/key": median(took), "ms/key-p99": took[len(took)*99/100], "ms/key-most": took[len(took)-1]}
				if sent > 0 {
					figures["stanzas/s"] = float64(sent) / time.Since(began).Seconds()
				}
				report(b, figures)
			}
			c.Quiet(time.Second)
			leave(b, c)
		})
	}
}

// keys types letters and gives how long each took to be seen, sorted, in ms.
func keys(c *pty.Terminal, n int) (took []float64) {
	typed := ""
	for i := range n {
		letter := string(rune('a' + i%26))
		typed += letter
		at := time.Now()
		c.Type(letter)
		c.Until(typed, has("> "+typed))
		took = append(took, ms(time.Since(at)))
		<-time.After(typing)
		if len(typed) == 26 {
			c.Type("\x15") // Ctrl-U
			c.Until("an empty line", func(s string) bool { return !strings.Contains(s, "> "+typed) })
			typed = ""
		}
	}
	c.Type("\x15")
	slices.Sort(took)
	return took
}

// flood sends 1,000 messages a second until it is told to stop, and says how many.
func (s *blaster) flood(ctx context.Context) (sent int) {
	if s == nil {
		return 0
	}
	const at, n = 20 * time.Millisecond, 20
	tick := time.NewTicker(at)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return sent
		case <-tick.C:
		}
		var all strings.Builder
		for range n {
			sent++
			fmt.Fprintf(&all, "<message to='%s' type='chat' id='flood%d-%d'><body>%s</body></message>", aliceJID, time.Now().UnixNano(), sent, sentence(sent))
		}
		if _, err := s.conn.Write([]byte(all.String())); err != nil {
			return sent
		}
	}
}
