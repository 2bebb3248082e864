// Package faultproxy is a TCP proxy for tests. It stands between a client and a
// real server and breaks what networks break: connections that are reset, that
// only one side knows to be dead, that swallow bytes or deliver them late, that
// are slow. Each fault happens now or behind an exact number of bytes, so that a
// seed repeats it as far as the two sides repeat their bytes. It knows nothing of
// what the bytes mean.
//
// All methods may be called from any goroutine.
package faultproxy

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// Direction is which way bytes go.
type Direction int

// The directions.
const (
	Up   Direction = iota // from the client to the server
	Down                  // from the server to the client
)

// Fault is a way in which a connection breaks. What is on its way at that moment
// is lost.
type Fault int

// The faults.
const (
	Reset  Fault = iota // both sides get an RST
	Lost                // the client gets an RST, the server is not told: a network change. Its side stays open and silent
	Finish              // both sides get a FIN
	Vanish              // bytes vanish both ways, nobody is told
)

// String names the fault for logs.
func (f Fault) String() string { return [...]string{"reset", "lost", "finish", "vanish"}[f] }

// Line is how bytes travel in one direction. The zero value is as fast as it goes.
type Line struct {
	Rate  int           // bytes per second; 0: no limit
	Delay time.Duration // from when a byte comes until it goes on
}

// ErrRefused is what Dial returns while the proxy refuses.
var ErrRefused = errors.New("the network is away")

// Proxy passes connections on to one server.
type Proxy struct {
	target   string
	listener net.Listener
	ctx      context.Context //nolint:containedctx // its end closes the proxy
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	mu       sync.Mutex // guards all below; taken before a Conn's
	conns    []*Conn
	opened   int
	refusing bool
	lines    [2]Line
	passed   [2]int64
	triggers [2][]*trigger
}

// trigger runs when so many more bytes went in its direction.
type trigger struct {
	left int64
	fire func(*Conn)
}

// New starts a proxy on a free port of loopback for the server at target
// (host:port). Nothing is dialled before a client comes.
func New(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: l}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.wg.Go(p.serve)
	return p, nil
}

// Addr is where clients of other processes find the proxy: host:port. When the
// server cannot be reached they are reset.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Dial connects through the proxy, whatever the address asked for, and fails as
// dialling the server fails. It fits session.Options.Dial.
func (p *Proxy) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	server, err := p.reach(ctx)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := pair()
	if err != nil {
		_ = server.Close()
		return nil, err
	}
	p.join(theirs, server)
	return ours, nil
}

// Close ends all connections with a reset and returns when nothing runs any more.
func (p *Proxy) Close() {
	p.cancel()
	_ = p.listener.Close()
	for _, c := range p.Conns() {
		c.abandon()
	}
	p.wg.Wait()
}

// Conns are the connections that have not ended, the oldest first. Those of which
// one side does not know that they are dead are among them.
func (p *Proxy) Conns() []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.conns)
}

// Opened counts the connections that reached the server so far.
func (p *Proxy) Opened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// Passed counts the bytes that went on in a direction so far.
func (p *Proxy) Passed(d Direction) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed[d]
}

// Cut breaks all connections that are whole, and says how many these were.
func (p *Proxy) Cut(f Fault) (n int) {
	for _, c := range p.Conns() {
		if c.Cut(f) {
			n++
		}
	}
	return n
}

// CutAfter breaks the connection over which the nth byte from now on goes in a
// direction: that byte still goes on, the next does not. The channel is closed
// when it happened.
func (p *Proxy) CutAfter(d Direction, n int64, f Fault) <-chan struct{} {
	done := make(chan struct{})
	p.After(d, n, func(c *Conn) { c.Cut(f); close(done) })
	return done
}

// After calls fn once, behind the nth byte from now on in a direction, with the
// connection over which it went. The bytes behind it wait for fn. n is 1 at least.
func (p *Proxy) After(d Direction, n int64, fn func(*Conn)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.triggers[d] = append(p.triggers[d], &trigger{max(n, 1), fn})
}

// Forget drops what CutAfter and After asked for and did not happen yet, and says
// how much that was.
func (p *Proxy) Forget() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.triggers[Up]) + len(p.triggers[Down])
	p.triggers = [2][]*trigger{}
	return n
}

// Hold stops the bytes of all present connections both ways. They are kept, up to
// 1,024 reads each way, and nobody is told; connections made later are free.
func (p *Proxy) Hold() {
	for _, c := range p.Conns() {
		c.Hold()
	}
}

// Release lets all bytes go that are held, however late, and what ended
// meanwhile end behind them.
func (p *Proxy) Release() {
	for _, c := range p.Conns() {
		c.Release()
	}
}

// SetLine changes how bytes travel, in present and later connections.
func (p *Proxy) SetLine(up, down Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = [2]Line{up, down}
}

// Refuse makes new connections fail (true) or work again. Present ones live on.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = refuse
}

// serve takes clients that dialled the port.
func (p *Proxy) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		client := c.(*net.TCPConn)
		p.wg.Go(func() {
			server, err := p.reach(p.ctx)
			if err != nil {
				reset(client)
				return
			}
			p.join(client, server)
		})
	}
}

// reach dials the server.
func (p *Proxy) reach(ctx context.Context) (*net.TCPConn, error) {
	p.mu.Lock()
	refusing := p.refusing
	p.mu.Unlock()
	if refusing {
		return nil, ErrRefused
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", p.target)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// join puts a connection together.
func (p *Proxy) join(client, server *net.TCPConn) {
	c := newConn(p, client, server)
	p.mu.Lock()
	if p.ctx.Err() != nil {
		p.mu.Unlock()
		reset(client)
		reset(server)
		return
	}
	p.conns = append(p.conns, c)
	p.opened++
	c.start()
	p.mu.Unlock()
}

// left forgets a connection that has ended.
func (p *Proxy) left(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = slices.DeleteFunc(p.conns, func(x *Conn) bool { return x == c })
}

func (p *Proxy) line(d Direction) Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[d]
}

// take says how many of the next n bytes go on before something has to happen,
// and what.
func (p *Proxy) take(d Direction, n int) (int, []*trigger) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.triggers[d] {
		n = min(n, int(min(t.left, int64(n))))
	}
	p.passed[d] += int64(n)
	var due []*trigger
	p.triggers[d] = slices.DeleteFunc(p.triggers[d], func(t *trigger) bool {
		if t.left -= int64(n); t.left > 0 {
			return false
		}
		due = append(due, t)
		return true
	})
	return n, due
}

// pair makes two connected ends.
func pair() (ours, theirs *net.TCPConn, err error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = l.Close() }()
	// The kernel completes the connection before anybody accepts it.
	if ours, err = net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr)); err != nil {
		return nil, nil, err
	}
	for {
		if theirs, err = l.AcceptTCP(); err != nil {
			_ = ours.Close()
			return nil, nil, err
		}
		if theirs.RemoteAddr().String() == ours.LocalAddr().String() {
			return ours, theirs, nil
		}
		_ = theirs.Close() // a stranger
	}
}

// reset closes a connection with an RST.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
