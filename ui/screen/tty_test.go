package screen_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

func TestBlockedTerminalNeverBlocks(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	drained := make(chan struct{}, 16)
	r.OnDrained(func() { drained <- struct{}{} })

	open := r.fake.block()
	put(r, 0, 0, "first", tcell.StyleDefault)
	r.Show() // in flight
	for i := range 1000 {
		r.Clear()
		put(r, 0, i%24, "frame "+strings.Repeat("x", i%40), tcell.StyleDefault)
		put(r, 0, 23, "newest", tcell.StyleDefault)
		r.Show()
	}
	if !r.Busy() {
		t.Error("Busy: got false while the terminal is blocked")
	}
	r.Sync() // waits like Show
	open()
	// The first frames went out before the terminal was behind: the newest is known
	// by its own line.
	newest := "frame " + strings.Repeat("x", 999%40)
	for r.fakeLine(999%24) != newest {
		<-drained
		r.Show()
		r.settle(t)
	}
	if got := r.fake.term.Line(23); got != "newest" {
		t.Errorf("last line: got %q, want the newest frame", got)
	}
	if r.fake.bytes > 20_000 {
		t.Errorf("got %d bytes, want one skipped flood", r.fake.bytes)
	}
}

func TestSkippedFrameIsShownWithoutHook(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	open := r.fake.block()
	put(r, 0, 0, "first", tcell.StyleDefault)
	r.Show()
	put(r, 0, 1, "second", tcell.StyleDefault)
	r.Show()
	open()
	for r.fakeLine(1) != "second" { // the wrapper shows it by itself
		r.settle(t)
	}
}

func (r *rig) fakeLine(y int) string {
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	return r.fake.term.Line(y)
}

func TestOverflowRepaints(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{Limit: 100})
	open := r.fake.block()
	put(r, 0, 0, "on the way", tcell.StyleDefault)
	r.Show()
	if err := r.tty.WriteRaw([]byte(strings.Repeat("\x1b]2;title\a", 30))); err != nil {
		t.Fatal(err)
	}
	put(r, 0, 1, "later", tcell.StyleDefault)
	open()
	for r.fakeLine(1) != "later" {
		r.settle(t)
	}
	if r.fake.term.Title != "" {
		t.Error("what did not fit was sent")
	}
}

func TestTerminalGone(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	got := make(chan error, 8)
	r.tty.OnError(func(err error) { got <- err })
	r.fake.fail(errGone)
	for i := range 5 {
		put(r, 0, i, "text", tcell.StyleDefault)
		r.Show()
	}
	if err := <-got; !errors.Is(err, errGone) {
		t.Errorf("OnError: got %v, want %v", err, errGone)
	}
	r.settle(t)
	if len(got) > 0 {
		t.Error("OnError was called twice")
	}
	if r.Busy() {
		t.Error("Busy: got true for a terminal that is gone")
	}
	if _, err := r.tty.Write([]byte("x")); !errors.Is(err, errGone) {
		t.Errorf("Write: got %v, want %v", err, errGone)
	}
}

func TestStopLosesPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeTty(80, 24)
		tty := screen.NewTty(fake, screen.TtyOptions{})
		if err := tty.Start(); err != nil {
			t.Fatal(err)
		}
		open := fake.block()
		if _, err := tty.Write([]byte("never sent")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_ = fake.Drain()
		before := time.Now()
		if err := tty.Close(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); took != 500*time.Millisecond || !fake.stopped {
			t.Errorf("Close took %v, stopped %v; want 500ms, true", took, fake.stopped)
		}
		open() // let the goroutine go
	})
}

func TestStopSendsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeTty(80, 24)
		tty := screen.NewTty(fake, screen.TtyOptions{})
		for range 2 { // as Suspend and Resume do
			if err := tty.Start(); err != nil {
				t.Fatal(err)
			}
			fake.take()
			_, _ = tty.Write([]byte("\x1b[?2026h\x1b[Hopen frame"))
			if err := tty.Stop(); err != nil {
				t.Fatal(err)
			}
			if got := string(fake.take()); got != "\x1b[Hopen frame" {
				t.Errorf("got %q, want the frame", got)
			}
		}
		if _, err := tty.Write([]byte("x")); err == nil {
			t.Error("Write after Stop: got no error")
		}
	})
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFakeTty(80, 24)
		tty := screen.NewTty(fake, screen.TtyOptions{})
		if err := tty.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = tty.Write([]byte(strings.Repeat("x", 2000)))
		synctest.Wait()
		if tty.Rate() != 0 || tty.BytesWritten() != 2000 {
			t.Errorf("fast terminal: got rate %v, %d bytes; want 0, 2000", tty.Rate(), tty.BytesWritten())
		}
		open := fake.block()
		_, _ = tty.Write([]byte(strings.Repeat("x", 960)))
		time.Sleep(time.Second)
		open()
		synctest.Wait()
		if got := tty.Rate(); got != 960 {
			t.Errorf("9600 bps: got %v bytes/s, want 960", got)
		}
		_ = tty.Close()
	})
}

func TestRawIsOrdered(t *testing.T) {
	r := newRig(t, 80, 24, screen.TtyOptions{})
	_, _ = r.tty.Write([]byte("\x1b[?2026h\x1b[3;1Hab"))
	_ = r.tty.WriteRaw([]byte("\a\x1b]52;c;eA==\x1b\\"))
	_, _ = r.tty.Write([]byte("c\x1b[?2026l"))
	if got := string(r.settle(t)); !strings.HasSuffix(got, "abc\a\x1b]52;c;eA==\x1b\\") {
		t.Errorf("got %q, want the raw bytes after the frame", got)
	}
	_ = r.tty.WriteRaw([]byte("\x1b]2;two\a"))
	_, _ = r.tty.Write([]byte("d"))
	if got := string(r.settle(t)); got != "\x1b]2;two\ad" {
		t.Errorf("got %q: a title costs knowledge", got)
	}
}

// What the filter does not know passes unchanged, and nothing is taken for known afterwards.
func TestTracker(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"repeated attributes": {"\x1b[m\x1b[1ma\x1b[m\x1b[1mb", "\x1b[0;1mab"},
		"attributes added":    {"\x1b[ma\x1b[1mb\x1b[4mc", "\x1b[ma\x1b[1mb\x1b[4mc"},
		"attributes joined":   {"\x1b[m\x1b[38;5;9m\x1b[1m\x1b[4ma", "\x1b[0;38;5;9;1;4ma"},
		"colons go alone":     {"\x1b[m\x1b[58:5:4m\x1b[4m\x1b[4:3m\x1b[3ma", "\x1b[0m\x1b[58:5:4m\x1b[4m\x1b[4:3m\x1b[3ma"},
		"move not needed":     {"\x1b[5;5Ha\x1b[5;6Hb", "\x1b[5;5Hab"},
		"move back":           {"\x1b[5;5Hab\x1b[5;6Hc", "\x1b[5;5Hab\bc"},
		"move forward":        {"\x1b[5;5Ha\x1b[5;9Hb", "\x1b[5;5Ha\x1b[3Cb"},
		"move down":           {"\x1b[5;5Ha\x1b[6;6Hb", "\x1b[5;5Ha\x1b[Bb"},
		"first column":        {"\x1b[5;5Ha\x1b[5;1Hb", "\x1b[5;5Ha\rb"},
		"last column":         {"\x1b[1;80Ha\x1b[1;80Hb", "\x1b[1;80Ha\x1b[1;80Hb"},
		"moves in a row":      {"\x1b[3;3H\x1b[4;4H\x1b[5;5Ha", "\x1b[5;5Ha"},
		"uncertain width":     {"\x1b[5;5H👍\x1b[5;7Hb", "\x1b[5;5H👍\x1b[5;7Hb"},
		"combining":           {"\x1b[5;5He\u0301\x1b[5;6Hb", "\x1b[5;5He\u0301\x1b[5;6Hb"},
		"certain wide":        {"\x1b[5;5H世\x1b[5;7Hb", "\x1b[5;5H世b"},
		"unknown sequence":    {"\x1b[5;5Ha\x1b[2S\x1b[5;6Hb", "\x1b[5;5Ha\x1b[2S\x1b[5;6Hb"},
		"unknown with style":  {"\x1b[m\x1b[1ma\x1b[?1049hb", "\x1b[0;1ma\x1b[?1049h\x1b[0;1mb"},
		"split sequence":      {"\x1b[5;|5Ha\x1b|[1mb\xe4|\xb8\x96", "\x1b[5;5Ha\x1b[1mb世"},
		"erase in colour":     {"\x1b[m\x1b[44m\x1b[2J", "\x1b[0;44m\x1b[2J"},
		"rest of the row":     {"\x1b[m\x1b[5;70Ha          \x1b[6;1Hb", "\x1b[5;70H\x1b[ma\x1b[K\x1b[6Hb"},
		"bold spaces":         {"\x1b[m\x1b[1m\x1b[5;75H      ", "\x1b[5;75H\x1b[0;1m      "},
		"line drawing":        {"\x1b(0q\x1b(Bq\x1b(0q", "\x1b(0q\x1b(Bq\x1b(0q"},
		"cursor on twice":     {"\x1b[?25h|\x1b[?25l|\x1b[?25h\x1b[?25l\x1b[?25h|\x1b[?25h", "\x1b[?25h\x1b[?25l\x1b[?25h"},
		"link":                {"\x1b]8;;http://a\x1b\\a\x1b]8;;\x1b\\\x1b]8;;http://a\x1b\\b\x1b]8;;\x1b\\c", "\x1b]8;;http://a\x1b\\ab\x1b]8;;\x1b\\c"},
		"link left open":      {"\x1b[?25l\x1b]8;;http://a\x1b\\a|\x1b[?25lb", "\x1b]8;;http://a\x1b\\a\x1b[?25l\x1b]8;;\x1b\\b"},
		"sub-parameters":      {"\x1b[0;1ma\x1b[1mb", "\x1b[0;1ma\x1b[1mb"},
		"device control":      {"\x1bP1;2|x\x1b\\a", "\x1bP1;2x\x1b\\a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &rig{fake: newFakeTty(80, 24)}
			r.tty = screen.NewTty(r.fake, screen.TtyOptions{})
			if err := r.tty.Start(); err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Split(tt.in, "|") {
				_, _ = r.tty.Write([]byte(part))
			}
			got := string(r.settle(t))
			_ = r.tty.Close()
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}
