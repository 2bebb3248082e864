//go:build linux

package bench

import (
	"fmt"
	"testing"
	"time"

	"sotto/internal/realserver"
)

const (
	ingestCount = 2000
	ingestRuns  = 7
)

// BenchmarkIngest takes the time from the first byte of 2,000 messages at the
// sender to the last at a client that only counts, and to the last on the
// screen of sotto, in turns.
func BenchmarkIngest(b *testing.B) {
	b.Run("archive=true", func(b *testing.B) { ingest(b, true) })
	b.Run("archive=false", func(b *testing.B) { ingest(b, false) })
}

func ingest(b *testing.B, on bool) {
	s := realserver.Prosody(b)
	plant(b, s, 20)
	p := newProfile(b, s, village(20, 100))
	var limit, ours, cpu, bytes, grown []float64
	run := 0
	for b.Loop() {
		for range ingestRuns {
			archive(b, s, on)
			bob := newBlaster(b, s, "bob")
			run++
			n := newNull(b, s)
			n.available(b)
			began := time.Now()
			bob.blast(b, run, ingestCount, "the end")
			n.until(b, ingestCount)
			limit = append(limit, ingestCount/time.Since(began).Seconds())
			n.close()

			run++
			c := p.start(b)
			online(c)
			c.Quiet(300 * time.Millisecond)
			before, written := use(b, c.PID()), c.Bytes()
			last := fmt.Sprintf("end of run %d", run)
			at := time.Now()
			bob.blast(b, run, ingestCount, last)
			c.Until("the last message", has(last))
			took := time.Since(at)
			c.Quiet(300 * time.Millisecond)
			after := use(b, c.PID())
			ours = append(ours, ingestCount/took.Seconds())
			cpu = append(cpu, (after.cpu-before.cpu).Seconds()*1000/ingestCount)
			bytes = append(bytes, float64(c.Bytes()-written)/ingestCount)
			grown = append(grown, after.rss-before.rss)
			leave(b, c)
		}
	}
	report(b, map[string]float64{"msg/s": median(ours), "msg/s-null": median(limit), "of-null": median(ours) / median(limit),
		"cpu-s/1000": median(cpu), "B/msg": median(bytes), "MB-grown": median(grown)})
}
