package screen_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// feed starts a screen whose inner one gives the events posted to it.
func feed(t *testing.T, hold time.Duration) (s *screen.Screen, post func(...tcell.Event), next func() string) {
	inner := tcell.NewSimulationScreen("UTF-8")
	s = screen.New(inner, screen.Options{EscHold: hold})
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	post = func(evs ...tcell.Event) {
		for _, ev := range evs {
			if err := inner.PostEvent(ev); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
	}
	next = func() string {
		var names []string
		for s.HasPendingEvent() {
			names = append(names, name(s.PollEvent()))
		}
		return strings.Join(names, " ")
	}
	return s, post, next
}

func name(ev tcell.Event) string {
	switch ev := ev.(type) {
	case *tcell.EventKey:
		return ev.Name()
	case *tcell.EventPaste:
		return fmt.Sprintf("paste:%v", ev.Start())
	case *tcell.EventFocus:
		return fmt.Sprintf("focus:%v", ev.Focused)
	}
	return fmt.Sprintf("%T", ev)
}

func key(k tcell.Key, r rune) *tcell.EventKey { return tcell.NewEventKey(k, r, tcell.ModNone) }

func TestEsc(t *testing.T) {
	esc, a := key(tcell.KeyEsc, 0), key(tcell.KeyRune, 'a')
	tests := map[string]struct {
		hold time.Duration
		in   []tcell.Event
		now  string // delivered at once
		then string // delivered when the hold is over
	}{
		"local":         {0, []tcell.Event{esc, a}, "Esc Rune[a]", ""},
		"remote alone":  {150, []tcell.Event{esc}, "", "Esc"},
		"remote joined": {150, []tcell.Event{esc, a}, "Alt+Rune[a]", ""},
		"alt enter":     {150, []tcell.Event{esc, key(tcell.KeyEnter, 0)}, "Alt+Enter", ""},
		"twice":         {150, []tcell.Event{esc, esc}, "Esc", "Esc"},
		"then arrow":    {150, []tcell.Event{esc, key(tcell.KeyUp, 0)}, "Esc Up", ""},
		"then focus":    {150, []tcell.Event{esc, tcell.NewEventFocus(true), a}, "Esc focus:true Rune[a]", ""},
		"in a paste":    {150, []tcell.Event{tcell.NewEventPaste(true), esc, a}, "paste:true Esc Rune[a]", ""},
	}
	for label, tt := range tests {
		t.Run(label, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, post, next := feed(t, tt.hold*time.Millisecond)
				defer s.Fini()
				post(tt.in...)
				if got := next(); got != tt.now {
					t.Errorf("at once: got %q, want %q", got, tt.now)
				}
				time.Sleep(149 * time.Millisecond)
				synctest.Wait()
				if got := next(); got != "" {
					t.Errorf("before the hold is over: got %q", got)
				}
				time.Sleep(2 * time.Millisecond)
				synctest.Wait()
				if got := next(); got != tt.then {
					t.Errorf("after the hold: got %q, want %q", got, tt.then)
				}
			})
		})
	}
}

// TestEscSplit: a link that parts the two bytes of Alt-a by 100 ms does not make
// two keys of them over SSH.
func TestEscSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, post, next := feed(t, 150*time.Millisecond)
		defer s.Fini()
		post(key(tcell.KeyEsc, 0))
		time.Sleep(100 * time.Millisecond)
		post(key(tcell.KeyRune, 'a'))
		if got := next(); got != "Alt+Rune[a]" {
			t.Errorf("got %q", got)
		}
		post(key(tcell.KeyEsc, 0))
		time.Sleep(151 * time.Millisecond)
		post(key(tcell.KeyRune, 'a'))
		if got := next(); got != "Esc Rune[a]" {
			t.Errorf("after the hold: got %q", got)
		}
	})
}

func TestPasteKeepsLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, post, next := feed(t, 0)
		defer s.Fini()
		lf := func() tcell.Event { return tcell.NewEventKey(tcell.KeyRune, '\n', tcell.ModNone) }
		post(lf(), tcell.NewEventPaste(true), key(tcell.KeyRune, 'a'), lf(), tcell.NewEventKey(tcell.KeyCtrlJ, 'j', tcell.ModCtrl),
			key(tcell.KeyEnter, 0), tcell.NewEventPaste(false), lf())
		if got, want := next(), "Ctrl+Key[10,106] paste:true Rune[a] Enter Enter Enter paste:false Ctrl+Key[10,106]"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, post, next := feed(t, 0)
		defer s.Fini()
		var seen []string
		s.OnFocus(func(in bool) { seen = append(seen, fmt.Sprint("focus ", in)) })
		s.OnKey(func(ev *tcell.EventKey) { seen = append(seen, ev.Name()) })
		s.OnError(func(err error) { seen = append(seen, err.Error()) })
		post(tcell.NewEventFocus(false), key(tcell.KeyRune, 'x'), tcell.NewEventError(errors.New("gone")))
		if got, want := strings.Join(seen, ", "), "focus false, Rune[x], gone"; got != want {
			t.Errorf("hooks: got %q, want %q", got, want)
		}
		if got, want := next(), "focus:false Rune[x]"; got != want { // tview would stop on the error
			t.Errorf("delivered: got %q, want %q", got, want)
		}
	})
}

func TestFiniWhileNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := tcell.NewSimulationScreen("UTF-8")
		s := screen.New(inner, screen.Options{EscHold: time.Second})
		if err := s.Init(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 2000 {
				//lint:ignore SA1019 it must block here, as a real terminal does
				inner.PostEventWait(key(tcell.KeyRune, 'x'))
			}
		}()
		synctest.Wait()
		s.Fini()
		s.Fini() // harmless
		if ev := s.PollEvent(); ev != nil {
			t.Errorf("PollEvent after Fini: got %v, want nil", ev)
		}
		<-done
		s.Show() // harmless
	})
}

func TestOwnEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, post, _ := feed(t, 0)
		ch, quit := make(chan tcell.Event), make(chan struct{})
		go s.ChannelEvents(ch, quit)
		if err := s.PostEvent(tcell.NewEventInterrupt(1)); err != nil {
			t.Fatal(err)
		}
		if got := name(<-ch); got != "*tcell.EventInterrupt" {
			t.Errorf("got %s", got)
		}
		post(key(tcell.KeyRune, 'x'))
		if got := name(<-ch); got != "Rune[x]" {
			t.Errorf("got %s", got)
		}
		s.Fini()
		if _, open := <-ch; open {
			t.Error("the channel is open after Fini")
		}
		full := 0
		for range 300 {
			if s.PostEvent(tcell.NewEventInterrupt(1)) == tcell.ErrEventQFull {
				full++
			}
		}
		if full != 300-256 {
			t.Errorf("got %d events refused, want 44", full)
		}
	})
}
