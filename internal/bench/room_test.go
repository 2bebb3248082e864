//go:build linux

package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/internal/pty"
	"sotto/internal/realserver"
	"sotto/session/wire"
)

const roomRuns = 5

// roomOf is the address of a room with so many people.
func roomOf(n int) string { return fmt.Sprintf("%d@%s", n, crowdDomain) }

// enter lets sotto enter a room and gives the time from Enter until it counts
// everybody and a key is seen in it.
func enter(c *pty.Terminal, n int) time.Duration {
	c.Type("/join " + roomOf(n) + " alice")
	c.Until("the command", has("/join "+roomOf(n)+" alice"))
	c.Quiet(200 * time.Millisecond)
	began := time.Now()
	c.Type("\r")
	here := fmt.Sprintf("%d here", n+1)
	c.Until(here, has(here))
	c.Type("ready")
	c.Until("a key", has("> ready"))
	took := time.Since(began)
	c.Type("\x15")
	return took
}

// forget takes the bookmark of the open room away, or the next start enters it.
func forget(c *pty.Terminal) {
	c.Type("/bookmark remove\r")
	c.Until("the end of the bookmark", has("not among your bookmarks"))
	c.Quiet(200 * time.Millisecond)
}

// nullJoin enters a room with a client that discards what comes, and gives the
// time until the subject, which is the last that a room tells.
func nullJoin(b *testing.B, s *realserver.Server, n int) time.Duration {
	b.Helper()
	x := newNull(b, s)
	defer x.close()
	x.available(b)
	began := time.Now()
	x.enter(b, n)
	return time.Since(began)
}

// enter waits until the room has told all.
func (n *null) enter(b *testing.B, people int) {
	b.Helper()
	if _, err := n.link.Send(wire.New(wire.NSClient, "presence").Set("to", roomOf(people)+"/alice").Add(wire.New("http://jabber.org/protocol/muc", "x"))); err != nil {
		b.Fatal(err)
	}
	n.until(b, 1)
}

// BenchmarkRoomJoin enters rooms of many people, next to a client that only takes
// what comes.
func BenchmarkRoomJoin(b *testing.B) {
	for _, n := range []int{200, 2000, 10000} {
		b.Run(fmt.Sprintf("occupants=%d", n), func(b *testing.B) {
			s, _ := newCrowd(b)
			var limit, ours, cpu []float64
			for b.Loop() {
				for range roomRuns {
					limit = append(limit, ms(nullJoin(b, s, n)))
					p := newProfile(b, s, twoChats)
					c := p.start(b)
					online(c)
					c.Quiet(time.Second)
					before := use(b, c.PID())
					ours = append(ours, ms(enter(c, n)))
					_, after := settle(b, c.PID(), c.Bytes)
					cpu = append(cpu, (after.cpu - before.cpu).Seconds())
					forget(c)
					leave(b, c)
				}
			}
			report(b, map[string]float64{"ms": median(ours), "ms-null": median(limit), "of-null": median(ours) / median(limit), "cpu-s": median(cpu)})
		})
	}
}

// BenchmarkRoomKey takes the time from a key to its letter in a room: at rest, while
// 1,000 presences a second come, and while everybody is told again in one go.
func BenchmarkRoomKey(b *testing.B) {
	for _, n := range []int{2000, 10000} {
		for _, what := range []string{"rest", "churn", "all"} {
			b.Run(fmt.Sprintf("occupants=%d/%s", n, what), func(b *testing.B) {
				s, room := newCrowd(b)
				p := newProfile(b, s, twoChats)
				c := p.start(b)
				online(c)
				c.Quiet(time.Second)
				enter(c, n)
				settle(b, c.PID(), c.Bytes)
				for b.Loop() {
					stop, done := make(chan struct{}), make(chan int)
					count := 300
					go func() {
						switch what {
						case "churn":
							done <- room.churn(stop, roomOf(n), room.entered(), n)
						case "all":
							room.say(occupants(roomOf(n), room.entered(), n))
							done <- n
						default:
							done <- 0
						}
					}()
					if what == "all" {
						count = 50
					}
					before, began := use(b, c.PID()), time.Now()
					took := keys(c, count)
					close(stop)
					figures := map[string]float64{"ms/key": median(took), "ms/key-p99": took[len(took)*99/100], "ms/key-most": took[len(took)-1],
						"stanzas/s": float64(<-done) / time.Since(began).Seconds(), "cpu-%": 100 * (use(b, c.PID()).cpu - before.cpu).Seconds() / time.Since(began).Seconds()}
					report(b, figures)
				}
				c.Quiet(time.Second)
				leave(b, c)
			})
		}
	}
}

// BenchmarkRoomIngest takes the time of 2,000 messages in a room of 200 people: to a
// client that only counts, and to the last on the screen, in turns. BenchmarkIngest
// without the archive is the same from one person.
func BenchmarkRoomIngest(b *testing.B) {
	s, room := newCrowd(b)
	p := newProfile(b, s, twoChats)
	var limit, ours, cpu []float64
	run := 0
	flood := func(last string) time.Time {
		var all strings.Builder
		run++
		for i := range ingestCount {
			body := sentence(run*ingestCount + i)
			if i == ingestCount-1 {
				body = last
			}
			fmt.Fprintf(&all, "<message from='%s/%s' to='%s' type='groupchat' id='run%d-message%d'><body>%s</body></message>", roomOf(200), personOf(i*31%200), room.entered(), run, i, body)
		}
		began := time.Now()
		room.say(all.String())
		return began
	}
	for b.Loop() {
		for range roomRuns {
			x := newNull(b, s)
			x.available(b)
			x.enter(b, 200)
			began := flood("the end")
			x.until(b, 1+ingestCount) // with the subject
			limit = append(limit, ingestCount/time.Since(began).Seconds())
			x.close()

			c := p.start(b)
			online(c)
			c.Quiet(time.Second)
			enter(c, 200)
			c.Quiet(time.Second)
			before := use(b, c.PID())
			last := fmt.Sprintf("end of run %d", run)
			at := flood(last)
			c.Until("the last message", has(last))
			took := time.Since(at)
			c.Quiet(300 * time.Millisecond)
			ours = append(ours, ingestCount/took.Seconds())
			cpu = append(cpu, (use(b, c.PID()).cpu-before.cpu).Seconds()*1000/ingestCount)
			forget(c)
			leave(b, c)
		}
	}
	report(b, map[string]float64{"msg/s": median(ours), "msg/s-null": median(limit), "of-null": median(ours) / median(limit), "cpu-s/1000": median(cpu)})
}
