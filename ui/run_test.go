package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/screen"
	"sotto/ui/screen/vt"
)

// fakeTTY is a terminal: keys go in as bytes, and what is drawn is kept by a model.
type fakeTTY struct {
	mu    sync.Mutex
	term  *vt.Terminal
	w, h  int
	bytes int
	news  chan struct{}
	keys  chan []byte
	stop  chan struct{}
	once  sync.Once
	gate  chan struct{} // nil: it takes all at once
}

func newFakeTTY(w, h int) *fakeTTY {
	return &fakeTTY{term: vt.New(w, h), w: w, h: h, news: make(chan struct{}, 1), keys: make(chan []byte, 16), stop: make(chan struct{})}
}

func (f *fakeTTY) Start() error        { return nil }
func (f *fakeTTY) Drain() error        { f.once.Do(func() { close(f.stop) }); return nil }
func (f *fakeTTY) Stop() error         { return nil }
func (f *fakeTTY) Close() error        { return nil }
func (f *fakeTTY) NotifyResize(func()) {}
func (f *fakeTTY) WindowSize() (tcell.WindowSize, error) {
	return tcell.WindowSize{Width: f.w, Height: f.h}, nil
}

func (f *fakeTTY) Read(p []byte) (int, error) {
	select {
	case b := <-f.keys:
		return copy(p, b), nil
	case <-f.stop:
		return 0, io.EOF
	}
}

func (f *fakeTTY) Write(p []byte) (int, error) {
	f.mu.Lock()
	if gate := f.gate; gate != nil {
		f.mu.Unlock()
		<-gate
		f.mu.Lock()
	}
	_, _ = f.term.Write(p)
	f.bytes += len(p)

	f.mu.Unlock()
	select {
	case f.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (f *fakeTTY) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bytes
}

// text is what the terminal shows.
func (f *fakeTTY) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.term.Text()
}

// until waits until the terminal shows something.
func (f *fakeTTY) until(t *testing.T, what string, ok func(text string) bool) {
	t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		text := f.text()
		if ok(text) {
			return
		}
		select {
		case <-f.news:
		case <-limit.C:
			t.Fatalf("waited in vain for %s:\n%s", what, text)
		}
	}
}

// runApp runs the whole interface on a terminal of its own.
func runApp(t *testing.T, w, h int, seed func(*store.Tx, store.AccountID) error) (f *fakeTTY, a *App, end func() error) {
	t.Helper()
	return runAppOn(t, screen.Env{}, w, h, seed)
}

// runAppOn is runApp where the environment says more of the terminal.
func runAppOn(t *testing.T, env screen.Env, w, h int, seed func(*store.Tx, store.AccountID) error) (f *fakeTTY, a *App, end func() error) {
	t.Helper()
	env.Term, env.Lang = "xterm-256color", "C.UTF-8"
	off := false
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@example.org", Enabled: &off}}
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
		acc, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		return seed(tx, acc.ID)
	}); err != nil {
		t.Fatal(err)
	}
	c := session.New(session.Options{Store: st, Config: cfg})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	f = newFakeTTY(w, h)
	scr, tty, err := screen.OpenOn(f, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := scr.Init(); err != nil {
		t.Fatal(err)
	}
	a = New(Terminal{Screen: scr, Colors: 256, OnDrain: scr.OnDrained, OnError: func(fn func()) { tty.OnError(func(error) { fn() }) }},
		Options{Client: c, Store: st})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Errorf("panic: %v", r)
			}
		}()
		done <- a.Run(ctx)
	}()
	end = func() error {
		cancel()
		err := <-done
		scr.Fini()
		c.Close()
		return errors.Join(err, st.Close())
	}
	return f, a, end
}

// fullChat fills the open chat far beyond a screen.
func fullChat(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	words := strings.Fields("many lines long enough to fill the pane from one side to the other and on to the next 日本 so that each has other words in other places")
	for i := range 300 {
		var body []string
		for j := range 18 {
			body = append(body, words[(i*7+j*(i%5+1))%len(words)])
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Quiet: true,
			Body: fmt.Sprintf("line %d %s", i, strings.Join(body, " "))}); err != nil {
			return err
		}
	}
	return nil
}

// TestBytesPerKey is the budget of the slow line: two bytes for a typed
// character in a full chat, none when nothing happens.
func TestBytesPerKey(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			f, _, end := runApp(t, size[0], size[1], fullChat)
			f.until(t, "the chat", func(s string) bool { return strings.Contains(s, "line 299") })
			f.keys <- []byte("a")
			f.until(t, "the first letter", func(s string) bool { return strings.Contains(s, "> a") })
			before := f.written()
			typed := "a"
			for _, c := range "bcdefghijklmnopqrst" {
				typed += string(c)
				f.keys <- []byte(string(c))
				f.until(t, typed, func(s string) bool { return strings.Contains(s, "> "+typed) })
			}
			if n := f.written() - before; n > 2*19 {
				t.Errorf("19 characters took %d bytes, want at most 38", n)
			}
			if err := end(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestKeyBehindAFrame: a letter typed while the terminal still takes a frame is seen
// as soon as it has it, not a frame later.
func TestKeyBehindAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, a, end := runApp(t, 120, 40, fullChat)
		time.Sleep(time.Second)
		gate := make(chan struct{})
		f.mu.Lock()
		f.gate = gate
		f.mu.Unlock()
		a.bridge.results <- func(a *App) { a.timeline.page(-1) }
		time.Sleep(time.Second) // it is drawn, and one more frame may be at once
		a.bridge.redraw()
		synctest.Wait() // that was it: the next has to wait
		f.keys <- []byte("k")
		synctest.Wait()
		f.mu.Lock()
		f.gate = nil
		f.mu.Unlock()
		close(gate)
		synctest.Wait()
		f.mu.Lock()
		text := f.term.Text()
		f.mu.Unlock()
		if !strings.Contains(text, "> k") {
			t.Errorf("the letter is not there:\n%s", text)
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

// TestEndsInOrder: whatever ends the run, it ends, the terminal is given back
// and what was typed is on the disk.
func TestEndsInOrder(t *testing.T) {
	for name, hurt := range map[string]func(*fakeTTY, *App){
		"the end of the context": func(*fakeTTY, *App) {},
		"Ctrl-C twice":           func(f *fakeTTY, _ *App) { f.keys <- []byte("\x03\x03\x03") },
		"a panic":                func(_ *fakeTTY, a *App) { a.bridge.results <- func(*App) { panic("a test") } },
	} {
		t.Run(name, func(t *testing.T) {
			f, a, end := runApp(t, 80, 24, village)
			f.until(t, "the chat", func(s string) bool { return strings.Contains(s, "Bob Ross") })
			f.keys <- []byte("half a thou")
			f.until(t, "the draft", func(s string) bool { return strings.Contains(s, "half a thou") })
			hurt(f, a)
			if name != "the end of the context" {
				<-a.quit
			}
			if err := end(); (err != nil) != (name == "a panic") {
				t.Fatal(err)
			}
			f.mu.Lock()
			if f.term.Alt {
				t.Error("the terminal was not given back")
			}
			f.mu.Unlock()
			if name == "Ctrl-C twice" {
				return // the first one emptied the input, into its history
			}
			st, err := store.Open(t.Context(), store.Options{Dir: a.st.Dir()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			chats, _, err := st.Chats(t.Context())
			if err != nil || !slices.ContainsFunc(chats, func(c store.Chat) bool { return c.Draft == "half a thou" }) {
				t.Errorf("the draft is not on the disk: %+v (%v)", chats, err)
			}
		})
	}
}
