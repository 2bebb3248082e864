package screen

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"
)

// TtyOptions adjust a Tty. The zero value is right for a terminal.
type TtyOptions struct {
	// Patience is how long Stop and Close wait for a terminal that does not take bytes; 0 means 500 ms.
	Patience time.Duration
	// Limit is how many unsent bytes are kept; 0 means 1 MB. What comes beyond is thrown away, and the next frame repaints everything.
	Limit int
	// Now is the clock that measures throughput; nil means time.Now.
	Now func() time.Time
}

// Tty is a tcell.Tty that sends the terminal only what it does not know yet, and never blocks. See the package comment.
// All methods may be called from any goroutine.
type Tty struct {
	inner tcell.Tty
	opts  TtyOptions

	mu      sync.Mutex
	track   tracker
	height  int    // rows when last asked
	raw     []byte // WriteRaw during a frame, sent after it
	line    *line  // nil while stopped
	written uint64
	rate    float64
	keep    bool // frames are kept back, see begin
	mute    bool // frames are swallowed
	muted   int  // so many were
	failed  error
	drained func(lost bool)
	onError func(error)
	idle    chan struct{} // closed when everything is sent; nil while nobody waits

	can     atomic.Pointer[abilities] // what the terminal has answered; nil: nothing yet
	reading sync.Mutex                // guards what follows
	answers answers
	keys    []byte // read and not asked for yet
	told    func() // of answers
	asked   time.Time
}

var _ tcell.Tty = (*Tty)(nil)

// line is the sending side between Start and Stop. After a Stop that lost patience its goroutine may still hang in a write; the next
// Start makes a new line and leaves that one alone.
type line struct {
	unsent []byte
	flying int  // bytes the goroutine is writing now
	lost   bool // bytes were thrown away since the last drain
	ended  bool
	wake   chan struct{} // one token: look again
	done   chan struct{} // closed when the goroutine has ended
}

// errStopped is what Write answers while the terminal is not started.
var errStopped = errors.New("terminal is stopped")

// chunk is the size in bytes of one write: small enough for Stop to get between on a slow line.
const chunk = 4096

// NewTty wraps a terminal that has not been started.
func NewTty(inner tcell.Tty, opts TtyOptions) *Tty {
	if opts.Patience <= 0 {
		opts.Patience = 500 * time.Millisecond
	}
	if opts.Limit <= 0 {
		opts.Limit = 1 << 20
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Tty{inner: inner, opts: opts}
}

// OnError sets what is called once, on the writing goroutine, when the terminal refuses bytes: it is gone.
func (t *Tty) OnError(f func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onError = f
}

// afterDrain sets what is called, on the writing goroutine, whenever the terminal has taken everything.
func (t *Tty) afterDrain(f func(lost bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drained = f
}

// Start takes the terminal and starts the writing goroutine, which ends with Stop.
func (t *Tty) Start() error {
	if err := t.inner.Start(); err != nil {
		return err
	}
	size, err := t.inner.WindowSize()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.track.reset() // somebody else may have used the terminal
	if err == nil {
		t.track.width, t.height = size.Width, size.Height
	}
	t.line = &line{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go t.send(t.line)
	return nil
}

// Drain wakes the reader; it says nothing about output. tcell calls it before it restores the terminal and calls Stop.
func (t *Tty) Drain() error { return t.inner.Drain() }

// Stop gives the terminal Patience to take the unsent bytes and then gives it back, whether it took them or not.
func (t *Tty) Stop() error {
	t.mu.Lock()
	l := t.line
	if l != nil {
		t.track.open = false
		t.commit()
	}
	t.mu.Unlock()
	if l == nil {
		return t.inner.Stop()
	}

	ctx, cancel := context.WithTimeout(context.Background(), t.opts.Patience)
	defer cancel()
	sent := t.Wait(ctx) == nil

	t.mu.Lock()
	t.line = nil
	l.ended = true
	l.unsent = nil
	t.mu.Unlock()
	l.poke()
	if sent {
		select {
		case <-l.done:
		case <-ctx.Done(): // a hook that hangs must not keep the terminal
		}
	}
	return t.inner.Stop()
}

// Close stops the terminal if need be and closes it.
func (t *Tty) Close() error {
	t.mu.Lock()
	started := t.line != nil
	t.mu.Unlock()
	if started {
		_ = t.Stop() // the caller wants it closed in any case
	}
	return t.inner.Close()
}

// Read reads keys. Answers of the terminal are taken out; then 0 bytes and no error may come.
func (t *Tty) Read(p []byte) (int, error) {
	t.reading.Lock()
	if len(t.keys) == 0 {
		t.reading.Unlock()
		n, err := t.inner.Read(p)
		t.reading.Lock()
		if t.answers.opened && t.opts.Now().Sub(t.asked) > askWait {
			t.answers.opened = false
		}
		if n > 0 {
			t.keys = append(t.keys[:0], t.answers.feed(p[:n])...)
		}
		if err != nil {
			t.reading.Unlock()
			return 0, err
		}
	}
	n := copy(p, t.keys)
	t.keys = t.keys[n:]
	var told func()
	if t.answers.news {
		t.answers.news = false
		can := t.answers.can
		t.can.Store(&can)
		told = t.told
	}
	t.reading.Unlock()
	if told != nil {
		told()
	}
	return n, nil
}

// askWait is how long an Esc at the end of a read may be the start of an answer. Later answers are taken out too, unless they are cut
// behind their first byte.
const askWait = 2 * time.Second

// ask asks the terminal what it can do; told is called on the reading goroutine when it has answered, and when it answers otherwise
// later.
func (t *Tty) ask(what string, told func()) {
	t.reading.Lock()
	t.answers.opened, t.asked, t.told = true, t.opts.Now(), told
	t.reading.Unlock()
	_ = t.WriteRaw([]byte(what)) // a terminal that is gone does not answer
}

// askCell asks how large a cell is now, if that was ever answered. Until it is answered again nobody knows.
func (t *Tty) askCell() {
	t.reading.Lock()
	known := t.answers.can.cellW > 0
	if known {
		t.answers.can.cellW, t.answers.can.cellH = 0, 0
		can := t.answers.can
		t.can.Store(&can)
	}
	t.reading.Unlock()
	if known {
		_ = t.WriteRaw([]byte(questionCell))
	}
}

// WindowSize gives the size of the terminal. When it has changed, nothing is taken for known.
func (t *Tty) WindowSize() (tcell.WindowSize, error) {
	size, err := t.inner.WindowSize()
	if err == nil {
		t.mu.Lock()
		if size.Width != t.track.width || size.Height != t.height {
			t.track.width, t.height = size.Width, size.Height
			t.track.forget()
		}
		t.mu.Unlock()
	}
	return size, err
}

// NotifyResize sets what is called when the size changes; nil ends it.
func (t *Tty) NotifyResize(f func()) {
	if f == nil {
		t.inner.NotifyResize(nil)
		return
	}
	t.inner.NotifyResize(func() {
		t.Forget()
		f()
	})
}

// Forget takes nothing for known about the terminal, as when another program wrote on it.
func (t *Tty) Forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.track.forget()
}

// Write takes a piece of the stream and never blocks. A synchronized frame is sent when it has ended.
func (t *Tty) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.line == nil {
		return 0, errStopped
	}
	if t.failed != nil {
		return 0, t.failed
	}
	if t.mute {
		t.muted += bytes.Count(p, hideCursor)
		return len(p), nil
	}
	t.track.write(p)
	if t.track.done() && !t.keep {
		t.commit()
	}
	return len(p), nil
}

// hideCursor begins every frame of tcell, for every terminal that can hide its cursor.
var hideCursor = []byte("\x1b[?25l")

// swallow begins and ends a time in which frames are not sent. It gives the number of those swallowed since the last call.
func (t *Tty) swallow(on bool) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.muted
	t.mute, t.muted = on, 0
	return n
}

// begin keeps what is written until end, which adds to it and sends it all.
func (t *Tty) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep = true
}

func (t *Tty) end(more []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep = false
	if t.line != nil {
		t.track.write(more)
		t.commit()
	}
}

// scroll moves rows of the terminal, as the first part of the next frame.
func (t *Tty) scroll(sh shift) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.track.scroll(sh)
}

// WriteRaw sends whole sequences of the caller's own (title, bell, OSC 52) in order with the frames, never inside one. What it sends
// must be safe: the text filter is above this.
func (t *Tty) WriteRaw(p []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.line == nil {
		return errStopped
	}
	if t.failed != nil {
		return t.failed
	}
	t.raw = append(t.raw, p...)
	if t.track.done() && !t.keep {
		t.commit()
	}
	return nil
}

// commit hands what the tracker made to the writing goroutine. The caller holds mu, and line is not nil.
func (t *Tty) commit() {
	l := t.line
	out := t.track.take()
	if len(t.raw) > 0 {
		raw := t.raw
		t.raw = nil
		t.track.write(raw)
		out = append(out, t.track.take()...)
	}
	if len(out) == 0 || t.failed != nil {
		return
	}
	if waiting := len(l.unsent) + l.flying; waiting > 0 && waiting+len(out) > t.opts.Limit {
		l.lost = true
		t.track.forget()
		return
	}
	l.unsent = append(l.unsent, out...)
	l.poke()
}

func (l *line) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// send is the writing goroutine of one line.
func (t *Tty) send(l *line) {
	defer close(l.done)
	for range l.wake {
		since := t.opts.Now()
		total := 0
		for {
			t.mu.Lock()
			if l.ended {
				t.mu.Unlock()
				return
			}
			if len(l.unsent) == 0 {
				notify := t.settleLine(l, total, t.opts.Now().Sub(since))
				t.mu.Unlock()
				if notify != nil {
					notify()
				}
				break
			}
			batch := l.unsent
			l.unsent = nil
			l.flying = len(batch)
			t.mu.Unlock()
			total += t.push(l, batch)
		}
	}
}

// push writes a batch in chunks and gives the number of bytes the terminal took.
func (t *Tty) push(l *line, batch []byte) int {
	total := 0
	for len(batch) > 0 {
		n, err := t.inner.Write(batch[:min(len(batch), chunk)])
		if n == 0 && err == nil {
			err = io.ErrNoProgress
		}
		batch = batch[n:]
		total += n
		t.mu.Lock()
		t.written += uint64(n)
		l.flying -= n
		ended := l.ended
		var report func(error)
		if err != nil && !ended {
			if t.failed == nil {
				t.failed = err
				report = t.onError
			}
			l.unsent, l.flying = nil, 0
		}
		t.mu.Unlock()
		if report != nil {
			report(err)
		}
		if err != nil || ended {
			break
		}
	}
	return total
}

// settleLine notes that everything is sent: it measures throughput, wakes those who wait, and gives the function to call without the
// lock. The caller holds mu.
func (t *Tty) settleLine(l *line, bytes int, took time.Duration) func() {
	// A terminal that takes bytes at once says nothing about its speed.
	if bytes >= 64 && took >= 20*time.Millisecond {
		now := float64(bytes) / took.Seconds()
		if t.rate == 0 {
			t.rate = now
		}
		t.rate += (now - t.rate) / 4
	}
	if t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
	lost := l.lost
	l.lost = false
	if f := t.drained; f != nil && t.failed == nil {
		return func() { f(lost) }
	}
	return nil
}

// Busy reports whether the terminal has not taken all bytes yet.
func (t *Tty) Busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy()
}

func (t *Tty) busy() bool { return t.unsent() > 0 }

// Unsent counts the bytes the terminal has not taken yet.
func (t *Tty) Unsent() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unsent()
}

func (t *Tty) unsent() int {
	if t.line == nil {
		return 0
	}
	return len(t.line.unsent) + t.line.flying
}

// Wait blocks until the terminal has taken all bytes, or ctx is done.
func (t *Tty) Wait(ctx context.Context) error {
	for {
		t.mu.Lock()
		if !t.busy() {
			t.mu.Unlock()
			return nil
		}
		if t.idle == nil {
			t.idle = make(chan struct{})
		}
		idle := t.idle
		t.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// BytesWritten counts the bytes the terminal has taken.
func (t *Tty) BytesWritten() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.written
}

// Rate is the measured speed of the terminal in bytes per second, 0 while it has taken everything at once.
func (t *Tty) Rate() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rate
}
