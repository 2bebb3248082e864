package demo

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"
)

// Line is the network between one machine and the server: its Dial fits
// wire.Config.Dial as [Server.Dial] does, but bytes take their time on it and it
// can break. What is left to chance comes from its seed. All methods may be
// called from any goroutine.
type Line struct {
	s *Server

	mu     sync.Mutex
	rng    *rand.Rand
	least  time.Duration // of the delay of each way
	most   time.Duration
	faults *Faults
	next   []Break
	live   []*pipeEnd // the server's ends of what was dialled
	dead   bool
}

// NewLine makes a good network without a delay.
func (s *Server) NewLine(seed uint64) *Line {
	return &Line{s: s, rng: rand.New(rand.NewPCG(seed, 0x6c696e65))}
}

// Break is something that happens to a connection.
type Break struct {
	Cut   Cut           // CutHalf and CutError are the server's, and no use here
	Up    bool          // After counts the client's bytes, else the server's
	After int           // bytes, below TLS; 0: at once
	Late  time.Duration // CutNear: how long the client's last bytes are under way
}

// Delay sets how long bytes take each way, for connections from now on.
func (l *Line) Delay(least, most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.least, l.most = least, most
}

// SetFaults makes the server misbehave on connections dialled from now on, and
// only on this line. nil: as the server is.
func (l *Line) SetFaults(f *Faults) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = f
}

// Strike breaks the connections that there are.
func (l *Line) Strike(b Break) {
	l.mu.Lock()
	live := append([]*pipeEnd(nil), l.live...)
	l.mu.Unlock()
	for _, e := range live {
		b.arm(e)
	}
}

// StrikeNext breaks the next connection, which may be during its login.
func (l *Line) StrikeNext(b Break) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = append(l.next, b)
}

// Cut takes the machine off the network for good: its connections carry nothing
// any more and nobody is told, as when it loses its power.
func (l *Line) Cut() {
	l.mu.Lock()
	l.dead = true
	live := l.live
	l.mu.Unlock()
	for _, e := range live {
		e.cut(CutBoth, 0)
	}
}

// Dial connects to the server.
func (l *Line) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	l.mu.Lock()
	delay, dead, faults := l.delay(), l.dead, l.faults
	l.mu.Unlock()
	if dead {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: pipeAddr(addr), Err: syscall.ENETUNREACH}
	}
	if delay > 0 {
		t := time.NewTimer(2 * delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	return l.s.dial(ctx, network, addr, faults, l.bend)
}

// bend makes a connection one of this line.
func (l *Line) bend(e *pipeEnd) {
	l.mu.Lock()
	if l.most > 0 {
		for _, f := range []*flow{e.in, e.out} {
			f.latency = l.chance()
		}
	}
	live := l.live[:0:0]
	for _, old := range l.live {
		if !old.closed() {
			live = append(live, old)
		}
	}
	l.live = append(live, e)
	next := l.next
	l.next = nil
	dead := l.dead
	l.mu.Unlock()
	for _, b := range next {
		b.arm(e)
	}
	if dead {
		e.cut(CutBoth, 0)
	}
}

// delay is one draw of the way's delay; the mutex is held.
func (l *Line) delay() time.Duration {
	if l.most <= l.least {
		return l.least
	}
	return l.least + time.Duration(l.rng.Int64N(int64(l.most-l.least)))
}

// chance is the delay of one direction, from a source of its own: what one says
// does not change when the other is heard.
func (l *Line) chance() func() time.Duration {
	rng := rand.New(rand.NewPCG(l.rng.Uint64(), 1))
	least, most := l.least, l.most
	return func() time.Duration {
		if most <= least {
			return least
		}
		return least + time.Duration(rng.Int64N(int64(most-least)))
	}
}

// arm lets a break happen at its byte.
func (b Break) arm(e *pipeEnd) {
	f := e.out
	if b.Up {
		f = e.in
	}
	f.arm(b.After, func() { e.cut(b.Cut, b.Late) })
}

// closed says that nothing goes to the server through this end any more.
func (e *pipeEnd) closed() bool {
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	return e.in.readErr != nil
}
