package screen

import (
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
)

// input carries events from the inner screen to the application. One goroutine reads, one repairs and delivers:
//
//	inner.PollEvent ──raw──> repair (focus, Esc, paste) ──events──> PollEvent, ChannelEvents
//
// tcell's own goroutines block when nobody reads their events, and then Fini waits for them for ever; the reader goes on reading
// until the inner screen says nil, whatever the application does.
type input struct {
	raw    chan tcell.Event
	events chan tcell.Event
	quit   chan struct{}
	once   sync.Once
	wg     sync.WaitGroup

	hooks   sync.Mutex
	onFocus func(bool)
	onKey   func(*tcell.EventKey)
	onError func(error)
}

func (in *input) prepare() {
	in.raw = make(chan tcell.Event, 64)
	in.events = make(chan tcell.Event, 256)
	in.quit = make(chan struct{})
}

func (in *input) start(inner tcell.Screen, hold time.Duration) {
	in.wg.Add(2)
	go in.read(inner)
	go in.repair(hold)
}

func (in *input) stop() { in.once.Do(func() { close(in.quit) }) }
func (in *input) wait() { in.wg.Wait() }

// OnFocus sets what is called, on the input goroutine, when the terminal gains or loses the focus. tview drops these events.
func (in *input) OnFocus(f func(focused bool)) {
	in.hooks.Lock()
	defer in.hooks.Unlock()
	in.onFocus = f
}

// OnKey sets what is called, on the input goroutine, for each key before it is delivered, to know when the user was last active.
func (in *input) OnKey(f func(*tcell.EventKey)) {
	in.hooks.Lock()
	defer in.hooks.Unlock()
	in.onKey = f
}

// OnError sets what is called, on the input goroutine, when the terminal cannot be read any more. With it set the error event is not
// delivered: tview would stop at once, before anything could be put in order.
func (in *input) OnError(f func(error)) {
	in.hooks.Lock()
	defer in.hooks.Unlock()
	in.onError = f
}

func (in *input) read(inner tcell.Screen) {
	defer in.wg.Done()
	for {
		ev := inner.PollEvent()
		if ev == nil {
			in.stop()
			return
		}
		select {
		case in.raw <- ev:
		case <-in.quit:
		}
	}
}

// repair owns the state of Esc and paste. It ends with quit.
func (in *input) repair(hold time.Duration) {
	defer in.wg.Done()
	var (
		held    *tcell.EventKey // an Esc that waits for its rune
		timer   *time.Timer
		expired <-chan time.Time
		pasting bool
	)
	release := func() {
		if held != nil {
			timer.Stop()
			in.deliver(held)
			held, expired = nil, nil
		}
	}
	for {
		select {
		case <-in.quit:
			if timer != nil {
				timer.Stop()
			}
			return
		case <-expired:
			release()
		case ev := <-in.raw:
			key, isKey := ev.(*tcell.EventKey)
			if !isKey {
				release()
				if p, ok := ev.(*tcell.EventPaste); ok {
					pasting = p.Start()
				}
				in.deliver(ev)
				continue
			}
			switch {
			case pasting:
				// tview collects runes, Tab and Enter of a paste and drops the rest, line feeds too.
				if key.Key() == tcell.KeyLF || key.Key() == tcell.KeyCtrlJ {
					key = tcell.NewEventKey(tcell.KeyEnter, 0, tcell.ModNone)
				}
			case held != nil && joins(key):
				timer.Stop()
				held, expired = nil, nil
				key = tcell.NewEventKey(key.Key(), key.Rune(), key.Modifiers()|tcell.ModAlt)
			default:
				release()
				if hold > 0 && key.Key() == tcell.KeyEsc && key.Modifiers() == tcell.ModNone {
					held, timer = key, time.NewTimer(hold)
					expired = timer.C
					continue
				}
			}
			in.deliver(key)
		}
	}
}

// joins reports whether a key after Esc makes Alt+key: runes, Enter (Alt+Enter is a line break) and Backspace (delete a word).
func joins(key *tcell.EventKey) bool {
	if key.Modifiers()&^tcell.ModShift != 0 {
		return false
	}
	switch key.Key() {
	case tcell.KeyRune, tcell.KeyEnter, tcell.KeyBackspace, tcell.KeyBackspace2:
		return true
	}
	return false
}

// deliver runs the hook of an event and hands it over; it blocks while the application does not read.
func (in *input) deliver(ev tcell.Event) {
	in.hooks.Lock()
	onFocus, onKey, onError := in.onFocus, in.onKey, in.onError
	in.hooks.Unlock()
	switch ev := ev.(type) {
	case *tcell.EventFocus:
		if onFocus != nil {
			onFocus(ev.Focused)
		}
	case *tcell.EventKey:
		if onKey != nil {
			onKey(ev)
		}
	case *tcell.EventError:
		if onError != nil {
			onError(ev)
			return
		}
	}
	select {
	case in.events <- ev:
	case <-in.quit:
	}
}

// PollEvent waits for an event; nil means that the screen is finished.
func (in *input) PollEvent() tcell.Event {
	select {
	case <-in.quit: // before the events that nobody took
		return nil
	default:
	}
	select {
	case <-in.quit:
		return nil
	case ev := <-in.events:
		return ev
	}
}

// ChannelEvents sends events to ch until quit is closed or the screen is finished, and closes ch.
func (in *input) ChannelEvents(ch chan<- tcell.Event, quit <-chan struct{}) {
	defer close(ch)
	for {
		select {
		case <-quit:
			return
		case <-in.quit:
			return
		case ev := <-in.events:
			select {
			case <-quit:
				return
			case <-in.quit:
				return
			case ch <- ev:
			}
		}
	}
}

// HasPendingEvent reports whether PollEvent would not wait.
func (in *input) HasPendingEvent() bool { return len(in.events) > 0 }

// PostEvent adds an event of the application's own, or gives tcell.ErrEventQFull.
func (in *input) PostEvent(ev tcell.Event) error {
	select {
	case in.events <- ev:
		return nil
	default:
		return tcell.ErrEventQFull
	}
}

// PostEventWait adds an event and waits for room; never call it from the goroutine that polls.
func (in *input) PostEventWait(ev tcell.Event) {
	select {
	case in.events <- ev:
	case <-in.quit:
	}
}
