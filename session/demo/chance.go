package demo

import (
	"math/rand/v2"
	"time"
)

// chance is a seeded source for one character. One goroutine at a time.
type chance struct{ r *rand.Rand }

func newChance(seed uint64) *chance { return &chance{rand.New(rand.NewPCG(seed, seed>>1))} }

// between is a time from a to b.
func (c *chance) between(a, b time.Duration) time.Duration {
	return a + time.Duration(c.r.Int64N(int64(b-a)+1))
}

// pick chooses one of a list.
func (c *chance) pick(list []string) string { return list[c.r.IntN(len(list))] }

// typing is how long somebody types a text, with a ceiling for patience's sake.
func (c *chance) typing(text string, perSecond int) time.Duration {
	d := time.Duration(len(text)) * time.Second / time.Duration(max(perSecond, 1))
	return min(max(d, 800*time.Millisecond), 6*time.Second) + c.between(0, 700*time.Millisecond)
}
