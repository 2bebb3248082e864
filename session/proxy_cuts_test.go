package session_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"sotto/internal/faultproxy"
	"sotto/internal/realserver"
	"sotto/session"
)

// blow is one thing that a network does to a connection.
type blow int

const (
	reset  blow = iota // both sides get an RST
	lost               // the client gets an RST, the server is not told
	finish             // both sides get a FIN
	stall              // nothing passes for a moment
	vanish             // nothing passes any more, nobody is told
	late               // the same, and what was held goes on once there is a newer connection
)

func (b blow) String() string {
	return [...]string{"reset", "lost", "finish", "stall", "vanish", "late"}[b]
}

// blows are what strikes the clients, in turn. Vanish and late cost the time that a
// watchdog waits: each client has one of them.
var blows = [2][]blow{
	{reset, lost, finish, reset, stall, lost, vanish, finish, reset, lost},
	{lost, reset, stall, finish, lost, reset, late, finish, lost, reset},
}

// storm strikes the connections of one client again and again: each time some bytes
// behind the time before, in either direction, wherever that falls.
type storm struct {
	cl     *proxied
	chance *rand.Rand
	blows  []blow
	apart  int64 // bytes between two blows, on average
	total  int
	mu     sync.Mutex
	left   int
	held   *faultproxy.Conn // to be released over a newer connection
	log    []string         // what struck
}

// breakOut starts a storm of n blows, about apart bytes of one direction from one
// another. Some come so soon that they meet the next login.
func breakOut(cl *proxied, chance *rand.Rand, blows []blow, n int, apart int64) *storm {
	s := &storm{cl: cl, blows: blows, chance: rand.New(rand.NewPCG(chance.Uint64(), 2)), apart: apart, total: n, left: n}
	s.next()
	return s
}

func (s *storm) next() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 && s.held == nil {
		return
	}
	dir := faultproxy.Direction(s.chance.IntN(2))
	what := s.blows[(s.total-s.left)%len(s.blows)]
	bytes := 1 + s.chance.Int64N(2*s.apart)
	if s.chance.IntN(4) == 0 {
		bytes = 1 + s.chance.Int64N(4000)
	}
	s.cl.proxy.After(dir, bytes, func(c *faultproxy.Conn) {
		s.strike(c, what, fmt.Sprintf("%v after %d bytes %s", what, bytes, [...]string{"up", "down"}[dir]))
		s.next()
	})
}

func (s *storm) strike(c *faultproxy.Conn, what blow, note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil && s.held != c {
		s.held.Release()
		s.held = nil
	}
	if s.left == 0 {
		return
	}
	s.left--
	s.log = append(s.log, note)
	switch what {
	case reset:
		c.Cut(faultproxy.Reset)
	case lost:
		c.Cut(faultproxy.Lost)
	case finish:
		c.Cut(faultproxy.Finish)
	case vanish:
		c.Cut(faultproxy.Vanish)
	case stall:
		c.Hold()
		time.AfterFunc(time.Duration(s.chance.IntN(1500))*time.Millisecond, c.Release)
	case late:
		c.Hold()
		s.held = c
	}
}

// over says whether all cuts were made.
func (s *storm) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left == 0 && s.held == nil
}

// hurry lets a client that waits for its next try try now, as the user's key or a
// change of the network does. The first waits it sits out.
func (s *storm) hurry() {
	s.mu.Lock()
	made := s.total - s.left
	s.mu.Unlock()
	if made > 3 && s.cl.log.state() == session.Waiting {
		s.cl.c.Hurry()
	}
}

// weather makes the sides of a talk type while storms rage over it, and returns
// when both are over and everything arrived.
func (k *talk) weather(chance *rand.Rand, lines int, storms []*storm) {
	over := func() bool {
		all := true
		for _, s := range storms {
			s.hurry()
			all = all && s.over()
		}
		return all
	}
	for typed := false; !typed; over() {
		typed = true
		for i := range k.sides {
			k.typeLines(i, min(chance.IntN(20), lines-k.lines[i]))
			typed = typed && k.lines[i] == lines
		}
	}
	for {
		k.arrived(func() { over() })
		if over() {
			return
		}
		for i := range k.sides { // the cuts want more bytes
			k.typeLines(i, 20)
		}
	}
}

// TestTalkOverCuts: two people talk while their connections are cut, behind any
// byte and in both ways. Each line of both arrives once and in order, and its
// sender knows.
func TestTalkOverCuts(t *testing.T) {
	t.Parallel()
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		converse(t, s).overCuts(talkLines, talkCuts)
	})
}

// TestRoomOverCuts is the same for three in a room.
func TestRoomOverCuts(t *testing.T) {
	t.Parallel()
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		meet(t, s).overCuts(roomLines, roomCuts)
	})
}

// overCuts lets each side type so many lines while there are so many cuts.
func (k *talk) overCuts(lines, cuts int) {
	t := k.sides[0].t
	chance := seedOf(t)
	begin := time.Now()
	var storms []*storm
	for i, cl := range k.sides {
		storms = append(storms, breakOut(cl, chance, blows[i%2], cuts/len(k.sides), int64(lines*500/cuts)))
	}
	k.weather(chance, lines, storms)
	t.Logf("%d lines of each, %d cuts: all there after %v", lines, cuts, time.Since(begin))
	k.judge()
	for _, s := range storms {
		t.Logf("%s: %q", s.cl.a.JID(), s.log)
	}
}
