package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"sotto/session/wire"
)

// Options say what a server is like. The zero value is a good server.
type Options struct {
	Seed   uint64           // of everything that is left to chance but cryptography
	Now    func() time.Time // nil: time.Now
	Domain string           // "" for demo.sotto.example
	Faults *Faults          // nil: none

	// Heard is told each stanza of a client, by its resource; nil: nobody is. It is
	// called with the server's mutex held.
	Heard func(from wire.JID, stanza *wire.Element)

	// Taken is told what a client sent, and whether it was inside TLS; nil: nobody is.
	// It is called by the readers of the connections, at the same time.
	Taken func(b []byte, secure bool)

	// SASL is told what both sides say to log in, as it goes over the wire; nil: nobody is.
	SASL func(text string)

	NoArchive     bool // accounts have none (XEP-0313), and no stanza-ids (XEP-0359)
	NoRoomArchive bool // rooms have none; they replay what was said last

	// Slot answers who asks where a file goes (XEP-0363) with a slot, or with an
	// error; nil: there is no service for files. SlotMost is the size it tells, 0: none.
	// It is called with the server's mutex held.
	Slot     func(request *wire.Element) *wire.Element
	SlotMost int64

	// Sleep is how long a session without a connection waits to be resumed
	// (XEP-0198 §5); 0: a minute, negative: none does.
	Sleep time.Duration
}

const defaultDomain = "demo.sotto.example"

// Server is a whole XMPP service in memory. All methods may be called from any
// goroutine, but not from within each other's locks: there is one mutex.
type Server struct {
	opt    Options
	now    func() time.Time
	domain string
	ca     *authority
	sleep  time.Duration
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // every goroutine of the server

	mu       sync.Mutex // all below, and all state reachable from it
	rng      *rand.Rand
	faults   Faults
	signup   *Signup // nil: no accounts are made
	archives ArchiveFaults
	certs    map[CertFault]tls.Certificate
	shown    []*x509.Certificate // of CertGood, see shownOnce
	users    map[string]*user    // by local part
	rooms    map[string]*room    // by bare address
	conns    map[*connection]struct{}

	resumable map[string]*session // by the id of XEP-0198
	over      map[string]uint32   // of those that have ended: how far they came
	down      bool
	closed    bool
	serial    int
	dialled   int
	sentOn    int // how often somebody was sent to another host
	pep       pepService
	shelf     *shelf // nil: none of its own
}

// NewServer makes a server with its own certificate authority and no accounts.
func NewServer(opt Options) (*Server, error) {
	s := &Server{
		opt: opt, now: opt.Now, domain: opt.Domain, rng: rand.New(rand.NewPCG(opt.Seed, 0x736f74746f)),
		certs: map[CertFault]tls.Certificate{}, users: map[string]*user{}, rooms: map[string]*room{}, conns: map[*connection]struct{}{},
		resumable: map[string]*session{}, over: map[string]uint32{}, sleep: opt.Sleep,
	}
	if s.sleep == 0 {
		s.sleep = usualSleep
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.domain == "" {
		s.domain = defaultDomain
	}
	if _, err := wire.Parse(s.domain); err != nil {
		return nil, fmt.Errorf("domain of the demo server: %w", err)
	}
	if opt.Faults != nil {
		s.faults = *opt.Faults
	}
	var err error
	if s.ca, err = newAuthority(); err != nil {
		return nil, err
	}
	if s.certs[CertGood], err = s.ca.certificate(s.domain, CertGood); err != nil {
		return nil, err
	}
	if s.shown, err = s.ca.shownOnce(s.certs[CertGood], s.domain); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Domain is what the server is called.
func (s *Server) Domain() string { return s.domain }

// RootCAs is the pool that verifies the server's certificate.
func (s *Server) RootCAs() *x509.CertPool { return s.ca.pool.Clone() }

// Dial hands out an in-memory connection. It fits wire.Config.Dial. Port 5223
// speaks TLS from the first byte, every other one STARTTLS; the host does not
// matter.
func (s *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return s.dial(ctx, network, addr, nil, func(*pipeEnd) {})
}

// dial is Dial with what the network does to the connection; faults nil: the
// server's.
func (s *Server) dial(ctx context.Context, network, addr string, faults *Faults, bend func(server *pipeEnd)) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: pipeAddr(addr), Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || s.closed {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: pipeAddr(addr), Err: syscall.ECONNREFUSED}
	}
	if faults == nil {
		f := s.faults
		faults = &f
	}
	near, far := newPipe()
	if s.toShelf(addr, far) {
		return near, nil
	}
	faults.apply(far, s.rng)
	bend(far)
	c := &connection{s: s, raw: far, conn: far, direct: strings.HasSuffix(addr, ":5223"), faults: *faults,
		kick: make(chan struct{}, 1), written: make(chan struct{})}
	c.out = &queue{c: c}
	c.tap()
	s.dialled++
	c.number = s.dialled
	s.conns[c] = struct{}{}
	s.wg.Add(1)
	go c.serve()
	return near, nil
}

// certificate returns the certificate which a connection is to show.
func (s *Server) certificate(fault CertFault) (tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.certs[fault]; ok {
		return c, nil
	}
	c, err := s.ca.certificate(s.domain, fault)
	if err == nil {
		s.certs[fault] = c
	}
	return c, err
}

// AddUser makes an account, or gives one another password.
func (s *Server) AddUser(local, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addUser(local).password = password
}

func (s *Server) addUser(local string) *user {
	u := s.users[local]
	if u == nil {
		u = s.newUser(local)
		s.users[local] = u
	}
	return u
}

// Stop takes the server down: connections end with system-shutdown and new ones
// are refused until Start. Every session is over; what it did not acknowledge
// waits for the next one. Accounts, archives and rooms stay; actors stay too.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	for _, c := range s.connections() {
		if c.sess == nil {
			c.raw.Close()
			continue
		}
		c.finish(streamErrorBytes("system-shutdown"))
	}
	for _, x := range s.clients() {
		s.drop(x)
	}
}

// Kill is Stop as by a power cut: nobody is told, and what sessions had not
// acknowledged is lost but for the archives.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	for _, c := range s.connections() {
		c.end(CutReset)
	}
	list := s.clients()
	for _, x := range list {
		x.over = true
	}
	for _, x := range list {
		s.leaveAll(x)
		s.goOffline(x, wire.New(wire.NSClient, "presence").Set("type", "unavailable"))
		s.bury(x)
	}
	clear(s.over)
}

// clients lists every session but those of actors.
func (s *Server) clients() (list []*session) {
	for _, name := range sortedKeys(s.users) {
		for _, x := range s.users[name].sessions {
			if x.a == nil {
				list = append(list, x)
			}
		}
	}
	return list
}

// Start brings the server up again after Stop.
func (s *Server) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
}

// Restart is Stop and Start.
func (s *Server) Restart() {
	s.Stop()
	s.Start()
}

// Close ends every connection, actor and scenario. Nothing of the server runs
// any more when it returns. It must not be called from a callback of an actor.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for _, c := range s.connections() {
		c.raw.Close()
	}
	for _, x := range s.clients() {
		x.sm.stop()
	}
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
}

// errClosed is what a scenario gets from a server that has ended.
var errClosed = errors.New("demo server is closed")

// spawn runs f as a goroutine of the server.
func (s *Server) spawn(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		f()
	}()
	return nil
}

// newID makes an id that occurs once; the mutex is held.
func (s *Server) newID() string {
	s.serial++
	return fmt.Sprintf("%08x-%d", s.rng.Uint32(), s.serial)
}
