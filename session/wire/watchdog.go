package wire

import (
	"errors"
	"sync/atomic"
	"time"
)

// Limits of the watchdog. Together they notice a dead link within 30 s of the
// first byte that should have been answered.
const (
	answerMin   = 5 * time.Second   // an answer may always take this long
	answerMax   = 15 * time.Second  // and never longer, while nothing at all arrives
	answerBusy  = 120 * time.Second // while other bytes arrive
	idleLimit   = 60 * time.Second  // silence before we ask
	unsureLimit = 15 * time.Second  // silence after a write before we ask, without XEP-0198
	askAgain    = 5 * time.Second   // after an answer that did not cover what was sent
	slowest     = 1500              // bytes per second of the slowest line that counts as alive
)

// pulse is what the watchdog knows; the Link's mutex guards all but arrived.
type pulse struct {
	arrived atomic.Int64 // when the last bytes came, since the link's epoch

	asked    bool      // a probe is out and not answered
	hurry    time.Time // since when the link must prove that it lives; zero: it need not
	askedAt  time.Time // since when
	wanted   bool      // a probe should be sent
	held     bool      // the reader waits for the caller
	inWrite  bool      // a Write is running
	writeAt  time.Time // since when
	unsure   time.Time // first write since the last byte arrived
	load     int       // bytes that may be under way
	rtt      time.Duration
	answerAt time.Time // last answer
	stuck    time.Time // first of the answers in a row that acknowledged nothing though something was due
}

func (p *pulse) writing(now time.Time, probe bool, load int) {
	p.inWrite, p.writeAt, p.load = true, now, load
	if p.unsure.IsZero() {
		p.unsure = now
	}
	if probe {
		p.asked, p.askedAt, p.wanted = true, now, false
	}
}

func (p *pulse) wrote(now time.Time, probe bool) {
	p.inWrite = false
	if probe && p.asked {
		p.askedAt = now // only now it is on its way
	}
}

// answered takes note of an answer to a probe; progress says that it covered
// something, or that there was nothing to cover.
func (p *pulse) answered(now time.Time, progress bool) {
	if p.asked {
		sample := now.Sub(p.askedAt)
		if p.rtt == 0 {
			p.rtt = sample
		} else {
			p.rtt += (sample - p.rtt) / 8 // RFC 6298 §2
		}
	}
	p.asked, p.answerAt, p.unsure, p.hurry = false, now, time.Time{}, time.Time{}
	if progress {
		p.stuck = time.Time{}
	} else if p.stuck.IsZero() {
		p.stuck = now
	}
}

// patience is how long an answer may take while nothing arrives. What goes
// beyond one burst is on its way for as long as a slow line needs for it.
func (p *pulse) patience() time.Duration {
	d := min(max(answerMin, 4*p.rtt), answerMax)
	if extra := p.load - burst; extra > 0 {
		d += time.Duration(extra) * time.Second / slowest
	}
	return d
}

var (
	errDead  = errors.New("no answer")
	errStuck = errors.New("nothing was acknowledged")
)

// watch is the watchdog.
func (l *Link) watch() error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return l.ctx.Err()
		case <-l.poke:
		case <-t.C:
		}
		now := time.Now()
		l.mu.Lock()
		at, err, probe := l.judge(now)
		if probe {
			l.pulse.wanted = true
		}
		l.mu.Unlock()
		if err != nil {
			return &Error{Kind: Timeout, Host: l.domain, Err: err}
		}
		if probe {
			signal(l.kick)
		}
		t.Reset(max(at.Sub(now), time.Millisecond))
	}
}

// judge says when to look again, whether the link is dead, and whether to ask.
// The mutex is held.
func (l *Link) judge(now time.Time) (at time.Time, dead error, probe bool) {
	p := &l.pulse
	last := l.epoch.Add(time.Duration(p.arrived.Load()))
	if p.held {
		return now.Add(idleLimit), nil, false
	}
	if !p.hurry.IsZero() && !p.held {
		if last.After(p.hurry) {
			p.hurry = time.Time{} // it lives
		} else if quiet := p.hurry.Add(answerMin); !now.Before(quiet) {
			return now, errDead, false
		} else {
			return quiet, nil, p.wanted && !p.asked
		}
	}
	if p.asked || p.inWrite {
		since := p.writeAt
		if p.asked {
			since = p.askedAt
		}
		if !l.resumed.IsZero() && now.Sub(l.resumed) < strictTime {
			last = since // bytes that arrive are no excuse
		}
		quiet := later(since, last).Add(p.patience())
		if end := since.Add(max(answerBusy, p.patience())); end.Before(quiet) {
			quiet = end
		}
		if !now.Before(quiet) {
			return now, errDead, false
		}
		return quiet, nil, false
	}
	if p.wanted {
		return now.Add(askAgain), nil, true
	}
	at = last.Add(idleLimit)
	if p.answerAt.After(last) {
		at = p.answerAt.Add(idleLimit)
	}
	switch {
	case l.out.sm && len(l.out.unacked) > 0 && !p.answerAt.IsZero():
		// The server answers, but does not count what it got.
		if !p.stuck.IsZero() && !now.Before(p.stuck.Add(answerBusy)) {
			return now, errStuck, false
		}
		at = p.answerAt.Add(askAgain)
	case !l.out.sm && !p.unsure.IsZero():
		if last.After(p.unsure) {
			p.unsure = time.Time{}
		} else {
			at = p.unsure.Add(unsureLimit)
		}
	}
	if now.Before(at) {
		return at, nil, false
	}
	return now.Add(askAgain), nil, true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
