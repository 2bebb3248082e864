package demo

import (
	"context"
	crand "crypto/rand"
	"time"

	"sotto/session/wire"
)

// Demo is a populated server and the account to log in with.
type Demo struct {
	Server        *Server
	JID, Password string
	Room          string // the room where people talk
}

// Start makes a server with the demo's people and begins their day. They stop
// with ctx; the server ends with its Close.
func Start(ctx context.Context, opt Options) (*Demo, error) {
	s, err := NewServer(opt)
	if err != nil {
		return nil, err
	}
	if err := s.openShelf(); err != nil {
		s.Close()
		return nil, err
	}
	d := &Demo{Server: s, JID: "you@" + s.domain, Password: crand.Text(), Room: loungeLocal + "@" + s.roomDomain()}
	s.AddUser("you", d.Password)
	s.SetSignup(&Signup{}) // so that making an account can be tried, too
	Populate(ctx, s, "you")
	return d, nil
}

// loungeLocal names the room of the demo.
const loungeLocal = "lounge"

// Populate gives an account contacts with a past, a room with people in it and a
// request that waits, and lets them live until ctx or the server ends.
func Populate(ctx context.Context, s *Server, me string) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	st := &stage{ctx: ctx, s: s, me: wire.Lenient(me + "@" + s.domain), room: loungeLocal + "@" + s.roomDomain()}
	st.addPast()
	for _, c := range cast() {
		s.Befriend(me, c.local, c.name, c.groups...)
		p := newPerson(st, c)
		_ = s.spawn(p.live)
	}
	st.openLounge()
	s.Script("signe").Subscribe(st.me.String(), "Signe", "Hello, this is Signe from the lounge. May I add you?")
	_ = s.spawn(func() {
		<-ctx.Done()
		stop()
		cancel()
	})
}

// stage is what all characters share.
type stage struct {
	ctx  context.Context
	s    *Server
	me   wire.JID
	room string
}

// chance returns a source of its own for one character, so that what one does
// does not depend on when another one acts.
func (st *stage) chance() *chance {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return newChance(st.s.rng.Uint64())
}

// wait lets time pass; false: the demo is over.
func (st *stage) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-st.ctx.Done():
		return false
	}
}
