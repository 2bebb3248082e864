package screen

import (
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
)

// Options adjust a Screen. The zero value is right for a local terminal.
type Options struct {
	// EscHold is how long a lone Esc waits for the rune that makes it Alt+rune. Over SSH the two bytes of Alt+rune may arrive apart;
	// 150 ms joins them. 0 delivers Esc at once.
	EscHold time.Duration
	// MaxCombining is how many combining runes one cell may carry; 0 means 8.
	MaxCombining int
	// Remote says that the terminal is at the other end of an SSH link; see PixelsAuto.
	Remote bool
}

// Screen is a tcell.Screen that sends its inner screen changed cells only. See the package comment. The interface is implemented
// method by method, not by embedding: a method that tcell adds must be thought about, or text could pass beside the filter.
type Screen struct {
	inner  tcell.Screen
	tty    *Tty // the byte filter below, nil when there is none
	opts   Options
	notice string

	mu    sync.Mutex
	back  grid // what the application wants
	front grid // what inner was told; unknown where nothing may be assumed

	base        tcell.Style // stands for tcell.StyleDefault
	seen, clean tcell.Style // the last style that came in and what the filter made of it
	title       string

	curX, curY     int  // the cursor the application wants; -1, -1 hides it
	shownX, shownY int  // the cursor inner was told
	restyled       bool // the cursor changed its looks since the last frame
	pending        bool // a frame was skipped because the terminal was busy
	resync         bool // the next frame must repaint the terminal from nothing
	noScroll       bool // the terminal's frames cannot be told apart, see scroll
	hold           bool // the next Show is not wanted
	ready          bool // Init has succeeded
	onDrained      func()
	pictures       images
	pixels         Pixels
	cellW, cellH   int  // the size of a cell in pixels as the line tells, 0: it does not
	asked          bool // the terminal was asked what it can do
	work           sync.WaitGroup

	input
}

var _ tcell.Screen = (*Screen)(nil)

// New wraps a screen that has not been initialised yet. When inner writes to a *Tty, frames are skipped while it has unsent bytes.
func New(inner tcell.Screen, opts Options) *Screen {
	if opts.MaxCombining <= 0 {
		opts.MaxCombining = 8
	}
	s := &Screen{inner: inner, opts: opts, curX: -1, curY: -1, shownX: -2, shownY: -2}
	s.input.prepare()
	if t, ok := inner.Tty(); ok {
		if tty, ok := t.(*Tty); ok {
			s.tty = tty
			tty.afterDrain(s.drained)
		}
	}
	return s
}

// OnDrained sets what is called, on the writing goroutine, when the terminal has taken everything and a frame was skipped meanwhile.
// The function asks the owner of the widgets to call Show (or to draw). Without one the wrapper shows the skipped frame itself.
func (s *Screen) OnDrained(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onDrained = f
}

// Busy reports whether the terminal has not taken all bytes yet; Show would skip the frame.
func (s *Screen) Busy() bool { return s.tty != nil && s.tty.Busy() }

// slack is how many unsent bytes do not make the terminal busy for a frame. A mode, a title or a typed letter is out before the next
// key; a frame that were skipped for them would come a thirtieth of a second late.
const slack = 256

// behind reports whether a frame drawn now would only queue up behind another.
func (s *Screen) behind() bool { return s.tty != nil && s.tty.Unsent() > slack }

// Init initialises the inner screen and starts the input goroutines, which end with Fini. Called again it does nothing: tview
// initialises what it is given and drops the error, so the caller does it first.
func (s *Screen) Init() error {
	s.mu.Lock()
	ready := s.ready
	s.mu.Unlock()
	if ready {
		return nil
	}
	if err := s.inner.Init(); err != nil {
		return err
	}
	s.mu.Lock()
	s.ready = true
	s.fit()
	s.erased()
	s.mu.Unlock()
	s.input.start(s.inner, s.opts.EscHold)
	return nil
}

// Fini restores the terminal and ends the input goroutines. It may be called more than once, from any goroutine but a hook.
func (s *Screen) Fini() {
	s.mu.Lock()
	ready := s.ready
	if ready {
		s.dropImages()
	}
	s.ready = false
	s.mu.Unlock()
	if !ready { // tcell panics when a screen that never was initialised is finished
		return
	}
	s.input.stop() // first: tcell waits for goroutines that wait for a reader of their events
	s.inner.Fini()
	s.input.wait()
	s.work.Wait()
}

// Suspend gives the terminal back until Resume.
func (s *Screen) Suspend() error {
	s.mu.Lock()
	s.dropImages()
	s.mu.Unlock()
	return s.inner.Suspend()
}

// Resume takes the terminal again; the next Show repaints everything.
func (s *Screen) Resume() error {
	if err := s.inner.Resume(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.front.forget()
	s.erased()
	clear(s.pictures.has) // they went with the other screen of the terminal
	s.shownX, s.shownY = -2, -2
	return nil
}

// erased notes that tcell has just taken a terminal and erased it, so that blanks need not be sent. Screens that are no terminals
// (simulations) get theirs. The caller holds mu.
func (s *Screen) erased() {
	if s.tty != nil {
		s.front.fill(blank, tcell.StyleDefault)
	}
}

// drained is called by the Tty when it has sent everything. lost says that it had to throw bytes away.
func (s *Screen) drained(lost bool) {
	s.mu.Lock()
	if lost {
		s.resync, s.pending = true, true
		clear(s.pictures.has)
	}
	pending, ready, f := s.pending, s.ready, s.onDrained
	s.mu.Unlock()
	switch {
	case !pending || !ready || s.Busy(): // busy again: a later drain will tell
	case f != nil:
		f()
	default:
		s.Show()
	}
}

// fit adopts the inner screen's size. The caller holds mu.
func (s *Screen) fit() {
	w, h := s.inner.Size()
	if w == s.back.w && h == s.back.h {
		return
	}
	s.back.resize(w, h)
	s.front.resize(w, h)
	s.front.forget()
	s.measure()
	if s.asked {
		s.tty.askCell()
	}
	s.shownX, s.shownY = -2, -2
}

// Size gives the size in cells.
func (s *Screen) Size() (width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		s.fit()
	}
	return s.back.w, s.back.h
}
