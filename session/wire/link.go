package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// partLimit is how long a stream may take to end politely.
const partLimit = 2 * time.Second

// Link is a live, logged-in stream. All its methods may be called from any
// goroutine, but Take and Commit belong to one. It has ended when Done is closed;
// what was queued and not acknowledged is then for the caller to settle.
type Link struct {
	cfg    Config
	domain string
	me     JID
	bound  []binding // what the stream header declared
	conn   net.Conn
	raw    net.Conn // below TLS: closing TLS waits for a writer that is stuck
	dec    *decoder // the reader's

	ctx    context.Context
	cancel context.CancelFunc
	epoch  time.Time

	ready chan struct{} // cap 1: for the caller
	kick  chan struct{} // cap 1: there is something for the writer
	room  chan struct{} // cap 1: the caller took or committed something
	poke  chan struct{} // cap 1: the watchdog should look again
	done  chan struct{}
	wg    sync.WaitGroup

	mu        sync.Mutex
	in        inbox
	out       outbox
	questions questions
	pulse     pulse
	ackOwed   bool   // the server asked for our counter
	ackLow    bool   // we answered while something was not committed yet
	closing   bool   // Close was called: nothing new is accepted
	parting   []byte // last words, written instead of everything else
	parted    chan struct{}
	partedOK  bool // last words are out or cannot be said
	ended     bool
	err       error

	again   *Remains  // how the session can be resumed; nil: it cannot
	resumed time.Time // when this link took up an old session; zero: it is fresh
}

// newLink takes over the connection of a finished login and starts the link.
func newLink(s *stream, login *Login, early []*Element, old *Remains) *Link {
	l := &Link{
		cfg: *s.cfg, domain: s.domain, me: login.JID, conn: s.conn, raw: s.raw, dec: s.dec,
		bound: append([]binding(nil), s.dec.p.names.bound...),
		epoch: time.Now(),
		ready: make(chan struct{}, 1), kick: make(chan struct{}, 1), room: make(chan struct{}, 1), poke: make(chan struct{}, 1),
		done: make(chan struct{}), parted: make(chan struct{}),
		questions: questions{me: login.JID, byID: make(map[string]*pending)},
	}
	l.cfg.Password, l.cfg.Resume = nil, nil // not needed any more, so not kept
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.conn.SetDeadline(time.Time{})
	l.out.sm = login.SM
	for _, el := range early {
		l.stanza(el)
	}
	l.in.base = l.in.seq
	if old != nil {
		l.inherit(old)
	}
	l.dec.limit = maxStanza
	l.dec.large = l.expectsLarge
	l.dec.p.src.woke = func(int) { l.pulse.arrived.Store(int64(time.Since(l.epoch))) }
	l.pulse.arrived.Store(0)

	for _, f := range []func() error{l.read, l.write, l.watch} {
		l.wg.Add(1)
		go func() {
			defer l.wg.Done()
			l.fail(f())
		}()
	}
	go l.supervise()
	return l
}

// supervise waits for the end and cleans up; done closes last.
func (l *Link) supervise() {
	<-l.ctx.Done()
	l.raw.Close()
	l.wg.Wait()
	close(l.done)
	signal(l.ready)
}

// fail ends the link; the first reason counts. An end which Close asked for is no
// error.
func (l *Link) fail(err error) {
	l.mu.Lock()
	if !l.ended {
		l.ended = true
		if !l.closing {
			l.err = l.asError(err)
		}
	}
	l.mu.Unlock()
	l.cancel()
}

func (l *Link) asError(err error) error {
	var (
		e *Error
		f *fault
	)
	switch {
	case err == nil, errors.Is(err, errStreamEnd):
		return &Error{Kind: Closed, Host: l.domain, Err: io.EOF}
	case errors.As(err, &e):
		if e.Host == "" {
			e.Host = l.domain
		}
		return e
	case errors.As(err, &f):
		return f.asError(l.domain)
	}
	return ioError(context.Background(), l.domain, err)
}

// Ready signals that there is something to Take, or that Written or Acked moved,
// or that the link has ended. One signal may stand for many.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Done is closed when the link has ended and all its goroutines with it. What
// was received before can still be taken.
func (l *Link) Done() <-chan struct{} { return l.done }

// Err says why the link ended: an *Error, or nil while it lives and after Close.
func (l *Link) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Take returns at most max stanzas in the order in which they arrived, and never
// blocks. Stanzas not taken hold up the server in the end.
func (l *Link) Take(max int) []Stanza {
	l.mu.Lock()
	out := l.in.take(max)
	more := len(l.in.waiting) > 0
	l.mu.Unlock()
	if len(out) > 0 {
		signal(l.room)
	}
	if more {
		signal(l.ready)
	}
	return out
}

// Commit says that all stanzas up to seq are safe. Only these are acknowledged
// to the server; a number beyond what was taken counts for what was taken.
func (l *Link) Commit(seq uint64) {
	l.mu.Lock()
	before := l.in.handled
	l.in.commit(seq)
	moved := l.in.handled != before
	if moved && l.ackLow {
		// The server asked before this was safe and may not ask again soon.
		l.ackOwed = true
	}
	owed := l.ackOwed
	l.mu.Unlock()
	if moved {
		signal(l.room)
	}
	if owed {
		signal(l.kick)
	}
}

// Written returns the sequence number up to which everything was handed to the
// network.
func (l *Link) Written() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.written
}

// Acked returns the sequence number of the last stanza that the server had
// acknowledged (XEP-0198) before it sent what waits to be taken; 0 without that.
// A server answers in order, so what was taken until then is older than what is
// acknowledged, and the rest is newer.
func (l *Link) Acked() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.in.waiting) > 0 {
		return l.in.waiting[0].Acked
	}
	return l.out.acked
}

// Refused returns what was dropped since the last call, at most 64 of it;
// RefusedTotal counts the rest too.
func (l *Link) Refused() []Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.in.refused
	l.in.refused = nil
	return out
}

// RefusedTotal counts all refusals of this link.
func (l *Link) RefusedTotal() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.in.dropped
}

// Close ends the stream politely (RFC 6120 §4.4): what is queued is written, then
// our counter and the end tag; then it waits for the server's, two seconds at
// most or until ctx ends, and closes the connection. Nothing runs any more when
// it returns. Further calls wait likewise.
func (l *Link) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	signal(l.kick)
	t := time.NewTimer(partLimit)
	defer t.Stop()
	select {
	case <-l.done:
	case <-t.C:
	case <-ctx.Done():
	}
	l.fail(nil)
	<-l.done
	return nil
}

// part says last words to the server, waits briefly until they are out, and is
// called by the reader only.
func (l *Link) part(words []byte) {
	l.mu.Lock()
	if l.parting == nil {
		l.parting = words
	}
	l.mu.Unlock()
	signal(l.kick)
	t := time.NewTimer(partLimit)
	defer t.Stop()
	select {
	case <-l.parted:
	case <-l.ctx.Done():
	case <-t.C:
	}
}

// signal wakes whoever listens on a channel of capacity 1.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
