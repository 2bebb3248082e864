package session

import (
	"testing"
	"time"
)

// TestJumped: a look that comes much later than it should, or before the one
// before it, tells that the machine slept or its clock was set.
func TestJumped(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]bool{
		lookEvery: false, lookEvery + 9*time.Second: false, lookEvery + 11*time.Second: true, 8 * time.Hour: true, -time.Second: false, -time.Minute: true,
	} {
		if got := jumped(at, at.Add(after)); got != want {
			t.Errorf("%v after the last look: %v, want %v", after, got, want)
		}
	}
}
