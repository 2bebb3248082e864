package screen_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	_ "github.com/gdamore/tcell/v2/terminfo/base"

	"sotto/ui/screen"
	"sotto/ui/screen/vt"
)

// fakeTty is a terminal line that ends in a model. Reads wait until it is drained or closed; writes wait while it is blocked.
type fakeTty struct {
	mu      sync.Mutex
	w, h    int
	term    *vt.Terminal
	bytes   int
	last    []byte
	gate    chan struct{} // nil: open
	err     error
	resized func()
	woken   chan struct{}
	once    *sync.Once
	stopped bool
	typed   chan []byte // what the terminal sends; nil: nothing
}

func newFakeTty(w, h int) *fakeTty {
	return &fakeTty{w: w, h: h, term: vt.New(w, h), typed: make(chan []byte, 1)}
}

func (f *fakeTty) Start() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.woken, f.once = make(chan struct{}), new(sync.Once)
	return nil
}

func (f *fakeTty) Drain() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.once.Do(func() { close(f.woken) })
	return nil
}

func (f *fakeTty) Stop() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	return nil
}

func (f *fakeTty) Close() error { return nil }

func (f *fakeTty) Read(p []byte) (int, error) {
	f.mu.Lock()
	woken := f.woken
	f.mu.Unlock()
	select {
	case b := <-f.typed:
		return copy(p, b), nil
	case <-woken:
		return 0, io.EOF
	}
}

func (f *fakeTty) Write(p []byte) (int, error) {
	f.mu.Lock()
	gate := f.gate
	f.mu.Unlock()
	if gate != nil {
		<-gate
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return 0, f.err
	}
	f.bytes += len(p)
	f.last = append(f.last, p...)
	return f.term.Write(p)
}

func (f *fakeTty) WindowSize() (tcell.WindowSize, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return tcell.WindowSize{Width: f.w, Height: f.h}, nil
}

func (f *fakeTty) NotifyResize(cb func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.resized = cb
}

// resize changes the size quietly: the next Show finds out.
func (f *fakeTty) resize(w, h int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.w, f.h = w, h
	f.term.Resize(w, h)
}

func (f *fakeTty) block() (open func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	gate := make(chan struct{})
	f.gate = gate
	return func() {
		f.mu.Lock()
		f.gate = nil
		f.mu.Unlock()
		close(gate)
	}
}

func (f *fakeTty) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// take gives the bytes since the last call.
func (f *fakeTty) take() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.last
	f.last = nil
	return p
}

var errGone = errors.New("input/output error")

// rig is a Screen and a Tty on a model, started.
type rig struct {
	*screen.Screen
	tty  *screen.Tty
	fake *fakeTty
}

func newRig(tb testing.TB, w, h int, opts screen.TtyOptions) *rig {
	tb.Helper()
	r := quietRig(tb, w, h, opts, screen.Options{})
	tb.Cleanup(r.Fini)
	return r
}

// quietRig is a rig in an environment that says nothing; the caller ends it.
func quietRig(tb testing.TB, w, h int, opts screen.TtyOptions, more screen.Options) *rig {
	tb.Helper()
	tb.Setenv("LANG", "C.UTF-8")
	tb.Setenv("LC_ALL", "")
	tb.Setenv("LC_CTYPE", "")
	tb.Setenv("NO_COLOR", "")
	tb.Setenv("LINES", "")
	tb.Setenv("COLUMNS", "")
	return openRigAs(tb, w, h, opts, more)
}

// openRig is newRig without the environment and the clean-up, for fuzzing.
func openRig(tb testing.TB, w, h int, opts screen.TtyOptions) *rig {
	tb.Helper()
	return openRigAs(tb, w, h, opts, screen.Options{})
}

func openRigAs(tb testing.TB, w, h int, opts screen.TtyOptions, more screen.Options) *rig {
	tb.Helper()
	fake := newFakeTty(w, h)
	tty := screen.NewTty(fake, opts)
	r := &rig{screen.New(direct(tb, tty), more), tty, fake}
	if err := r.Init(); err != nil {
		tb.Fatal(err)
	}
	r.settle(tb)
	return r
}

// direct gives tcell's own screen on a terminal.
func direct(tb testing.TB, tty tcell.Tty) tcell.Screen {
	tb.Helper()
	info, err := tcell.LookupTerminfo("xterm-256color")
	if err != nil {
		tb.Fatal(err)
	}
	copied := *info
	inner, err := tcell.NewTerminfoScreenFromTtyTerminfo(tty, &copied)
	if err != nil {
		tb.Fatal(err)
	}
	return inner
}

// settle waits until the model has every byte and gives those since the last call.
func (r *rig) settle(tb testing.TB) []byte {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.tty.Wait(ctx); err != nil {
		tb.Fatal("terminal did not drain")
	}
	return r.fake.take()
}

// frame shows and gives the bytes it took.
func (r *rig) frame(tb testing.TB) []byte {
	tb.Helper()
	before := r.settle(tb) // modes may be on their way, and a busy terminal skips frames
	r.Show()
	return append(before, r.settle(tb)...)
}
