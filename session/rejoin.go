package session

import (
	"math/rand/v2"
	"time"
)

// Getting back into rooms: those that cannot be entered just now, and those that
// lost us without telling.

const (
	// retryFirst and retryMost bound the waits between two tries; each is twice the
	// one before, with jitter.
	retryFirst = 30 * time.Second
	retryMost  = 10 * time.Minute
	// steadyVisit is how long a visit lasts that is no failed try.
	steadyVisit = time.Minute
)

// attempts are the tries to get into a room.
type attempts struct {
	failures int
	retry    *time.Timer // of the next one; nil: none is due
	retryAt  time.Time
	retries  int       // numbers the timers
	entered  time.Time // when we got in last
}

// retryWait is how long to wait after so many failures: between half of it and all.
func retryWait(failures int) time.Duration {
	top := min(retryMost, retryFirst<<min(failures, 10))
	return top/2 + time.Duration(rand.Int64N(int64(top/2))) //nolint:gosec // jitter is no secret
}

// tryLater enters a room again after a while, as long as we want to be in it.
func (l *loop) tryLater(r *room) {
	if !r.want {
		return
	}
	l.clearRetry(r)
	wait := retryWait(r.failures)
	r.failures++
	r.retryAt = l.c.opt.Now().Add(wait)
	no := r.retries
	r.retry = l.after(wait, func(l *loop) {
		if r.retries != no || r.retry == nil {
			return // the user was faster, or left it
		}
		l.clearRetry(r)
		if r.want {
			l.queueJoin(r)
		}
	})
}

func (l *loop) clearRetry(r *room) {
	if r.retry != nil {
		r.retry.Stop()
	}
	r.retry, r.retryAt = nil, time.Time{}
	r.retries++
}

// stopTrying forgets the tries so far.
func (l *loop) stopTrying(r *room) {
	l.clearRetry(r)
	r.failures = 0
}

// rejoin enters again a room that does not know us any more: at once, unless it
// lost us just now already.
func (l *loop) rejoin(r *room) {
	if !r.joined {
		return
	}
	if !r.want {
		l.outOfRoom(r, nil)
		return
	}
	if l.c.opt.Now().Sub(r.attempts.entered) > steadyVisit {
		r.failures = 0
		l.outOfRoom(r, nil)
		l.queueJoin(r)
		return
	}
	l.outOfRoom(r, &Problem{Code: "room-dropped-out", Args: []string{r.jid.String()}})
	l.tryLater(r)
	l.tellRoom(r)
}
