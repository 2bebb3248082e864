package ui

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

// lines is a run of the interface in lines.
type lines struct {
	t    *testing.T
	in   *io.PipeWriter
	done chan error
	st   *store.Store
	a    *App

	mu    sync.Mutex
	out   strings.Builder
	news  chan struct{}
	echos []bool
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.out.Write(p)
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *lines) say(line string) {
	l.t.Helper()
	if _, err := io.WriteString(l.in, line+"\n"); err != nil {
		l.t.Fatal(err)
	}
}

// hear waits for words that were printed after those it heard last.
func (l *lines) hear(words string) string {
	l.t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		l.mu.Lock()
		text := l.out.String()
		if i := strings.Index(text, words); i >= 0 {
			rest := text[i+len(words):]
			l.out.Reset()
			l.out.WriteString(rest)
			l.mu.Unlock()
			return text[:i]
		}
		l.mu.Unlock()
		select {
		case <-l.news:
		case <-limit.C:
			l.t.Fatalf("waited in vain for %q in\n%s", words, text)
		}
	}
}

func runLines(t *testing.T, cfg store.Config, seed func(*store.Tx, store.AccountID) error) *lines {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Accounts) > 0 {
		if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
			acc, err := tx.EnsureAccount(cfg.Accounts[0].JID)
			if err != nil {
				return err
			}
			return seed(tx, acc.ID)
		}); err != nil {
			t.Fatal(err)
		}
	}
	c := session.New(session.Options{Store: st, Config: cfg})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	term, err := PlainTerminal()
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	l := &lines{t: t, in: w, done: make(chan error, 1), st: st, news: make(chan struct{}, 1)}
	l.a = New(term, Options{Client: c, Store: st})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		l.done <- l.a.RunPlain(ctx, Plain{In: r, Out: l, Echo: func(on bool) {
			l.mu.Lock()
			l.echos = append(l.echos, on)
			l.mu.Unlock()
		}})
	}()
	t.Cleanup(func() {
		cancel()
		_ = r.Close()
		c.Close()
		_ = st.Close()
	})
	return l
}

func offline() store.Config {
	off := false
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@example.org", Enabled: &off}}
	return cfg
}

// TestPlain: the same commands in lines; questions are answered by the next one,
// and what others wrote stays inside its line.
func TestPlain(t *testing.T) {
	l := runLines(t, offline(), func(tx *store.Tx, a store.AccountID) error {
		if err := village(tx, a); err != nil {
			return err
		}
		bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
		if err == nil {
			_, _, err = tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: "one\n14:00 carol: forged\x1b[2J\u202e"})
		}
		return err
	})
	l.hear("sotto in lines")
	l.hear("* chat with Bob Ross (bob@example.org, offline)")
	if got := l.hear("forged"); !strings.Contains(got, "Bob Ross: one\n      14:00 carol: ") || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("a line of others reads %q", got)
	}
	l.say("/nothing of the kind")
	l.hear("* ")
	l.say("/help")
	if got := l.hear("/quit: leave sotto"); !strings.Contains(got, "/msg address|nick [text]: write to somebody") {
		t.Errorf("the help has no /msg: %s", got)
	}
	l.say("/remove carol@example.org")
	l.hear("? Remove carol@example.org")
	l.say("n")
	l.say("/join nowhere")
	l.hear("* ")
	l.say("hello bob")
	l.say("/search soup")
	l.hear("Nothing was found")
	l.say("esc")
	l.say("/set typing off")
	l.hear("* ")
	l.say("/quit")
	select {
	case err := <-l.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end")
	}
	found, err := l.st.Find(t.Context(), store.Search{Text: "hello bob", Mine: true}, 0, 5)
	if err != nil || len(found) != 1 {
		t.Errorf("what was said: %v (%v)", found, err)
	}
}

// TestPlainEndOfInput ends the run, as in a pipe.
func TestPlainEndOfInput(t *testing.T) {
	l := runLines(t, store.DefaultConfig(), nil)
	l.hear("? ")
	l.say("not an address")
	l.hear("? ")
	if err := l.in.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-l.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the end of the input does not end it")
	}
	if len(l.echos) != 1 || !l.echos[0] {
		t.Errorf("echo was set %v, want on at the end, and never off for an address", l.echos)
	}
}

// TestPlainPassword is not echoed.
func TestPlainPassword(t *testing.T) {
	l := runLines(t, store.DefaultConfig(), nil)
	l.hear("? ")
	l.say("alice@127.0.0.1")
	l.hear("alice@127.0.0.1")
	l.hear("? ")
	l.say("Esc")
	l.hear("? ")
	l.mu.Lock()
	got := append([]bool(nil), l.echos...)
	l.mu.Unlock()
	if len(got) != 1 || got[0] {
		t.Errorf("echo was set %v, want off once", got)
	}
}
