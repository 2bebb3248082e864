package session_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// away is a client that was here before, and a server on which bob went on
// talking to it.
type away struct {
	*client
	s    *demo.Server
	dir  string
	skew time.Duration // of the client's clock
	want []string      // what alice must have of bob, in order
}

const bob = "bob@demo.sotto.example"

// leave lets alice read one line of bob, and leave.
func leave(t *testing.T, skew time.Duration) *away {
	t.Helper()
	a := &away{s: newDemo(t, "alice", "bob"), dir: t.TempDir(), skew: skew}
	a.s.Befriend("alice", "bob", "Bob")
	a.start(t)
	a.s.Script("bob").Say("alice@"+a.s.Domain(), "before")
	a.want = []string{"before"}
	a.until("the line", func() bool { return slices.Equal(a.lines(), a.want) })
	a.read()
	time.Sleep(5 * time.Second) // the receipt is acknowledged; else it would be looked for in the archive
	a.stop(t)
	return a
}

func (a *away) start(t *testing.T) {
	t.Helper()
	st, err := store.Open(context.Background(), store.Options{Dir: a.dir})
	if err != nil {
		t.Fatal(err)
	}
	opt := optionsFor(a.s, "alice")
	opt.Store = st
	opt.Now = func() time.Time { return time.Now().Add(a.skew) }
	a.client = run(t, opt, at(a.s, "alice"))
	a.online()
	t.Cleanup(func() { _ = st.Close() })
}

func (a *away) stop(t *testing.T) {
	t.Helper()
	a.c.Close()
	if err := a.st.Close(); err != nil {
		t.Fatal(err)
	}
}

// talk lets bob say n lines to alice while she is away, step apart, up to now.
func (a *away) talk(n int, step time.Duration) {
	from := time.Now().Add(-time.Duration(n) * step)
	for i := range n {
		body := fmt.Sprintf("away %d", len(a.want)+i)
		a.s.Past("bob", "alice", body, from.Add(time.Duration(i)*step))
	}
	for i := range n {
		a.want = append(a.want, fmt.Sprintf("away %d", len(a.want)+0*i))
	}
}

func (a *away) withBob() store.Chat { return a.chat(store.Direct, bob) }

func (a *away) lines() (all []string) {
	list, _, err := a.st.Page(context.Background(), a.withBob().ID, 0, 100_000)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, m := range list {
		all = append(all, m.Body)
	}
	return all
}

func (a *away) coverage() store.Coverage {
	c, err := a.st.Coverage(context.Background(), a.withBob().ID)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// read marks all that is here as read.
func (a *away) read() {
	a.t.Helper()
	rows := a.rows(a.withBob().ID)
	a.a.MarkRead(a.withBob().ID, rows[len(rows)-1].Ord)
	a.until("read", func() bool { return a.withBob().Unread == 0 })
}

// settled waits until the archive was read, and gives how that ended.
func (a *away) settled() session.ArchiveChanged {
	a.t.Helper()
	return wait(a.client, "the end of the reading", func(e session.ArchiveChanged) bool { return e.Chat == 0 && !e.Loading })
}

func (a *away) whole() {
	a.t.Helper()
	got := a.lines()
	if len(got) != len(a.want) {
		a.t.Errorf("%d lines are here, want %d", len(got), len(a.want))
	}
	for i := range min(len(got), len(a.want)) {
		if got[i] != a.want[i] {
			a.t.Fatalf("line %d is %q, want %q", i, got[i], a.want[i])
		}
	}
	if c := a.coverage(); len(c.Gaps) != 0 || !c.Known {
		a.t.Errorf("gaps are left: %+v", c)
	}
}

// TestNewestPageFirst: after a long absence the newest page is there first, with
// a gap above it; then the gap is read backwards, each line once and in order,
// whatever the clocks and however coarse the archive's stamps.
func TestNewestPageFirst(t *testing.T) {
	for name, c := range map[string]struct {
		skew   time.Duration
		faults demo.ArchiveFaults
		step   time.Duration
	}{
		"good":              {step: time.Minute},
		"seconds":           {step: time.Millisecond, faults: demo.ArchiveFaults{Seconds: true}},
		"clock ahead":       {step: time.Second, skew: 3 * time.Hour},
		"clock behind":      {step: time.Second, skew: -3 * time.Hour},
		"small pages":       {step: time.Minute, faults: demo.ArchiveFaults{Page: 7, NoCount: true}},
		"says it is whole":  {step: time.Minute, faults: demo.ArchiveFaults{FalseComplete: true}},
		"newest come first": {step: time.Minute, faults: demo.ArchiveFaults{Reverse: true, Page: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := leave(t, c.skew)
				time.Sleep(20 * time.Hour)
				a.s.SetArchives(c.faults)
				a.talk(700, c.step)
				a.start(t)
				e := wait(a.client, "the reading", func(session.ArchiveChanged) bool { return true })
				if got := a.lines(); got[len(got)-1] != a.want[len(a.want)-1] {
					t.Errorf("the newest page is not here while the rest is read (%d lines, done %d)", len(got), e.Done)
				}
				if e.Loading {
					e = a.settled()
				}
				if e.Problem != nil {
					t.Errorf("it ended with %+v", e.Problem)
				}
				synctest.Wait()
				a.whole()
				if n := a.withBob().Unread; n != 700 {
					t.Errorf("%d are unread, want 700", n)
				}
				// What comes now stands at the end, and nothing comes twice.
				a.s.Script("bob").Say("alice@"+a.s.Domain(), "live")
				a.want = append(a.want, "live")
				a.until("the live line", func() bool { return slices.Contains(a.lines(), "live") })
				a.read()
				a.stop(t)
				a.start(t)
				a.settled()
				synctest.Wait()
				a.whole()
				if n := a.withBob().Unread; n != 0 {
					t.Errorf("%d are unread after they were read", n)
				}
				a.stop(t)
			})
		})
	}
}

// slow is a link over which an archive takes its time.
var slow = demo.Faults{SlowBytes: 2000, SlowTick: 10 * time.Millisecond}

// TestGapAfterCut: what a cut leaves unread is seen as a gap and read at the
// next login, also when more was said meanwhile.
func TestGapAfterCut(t *testing.T) {
	for _, after := range []time.Duration{120, 200, 300, 600, 1000, 1500} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := leave(t, 0)
				time.Sleep(20 * time.Hour)
				a.talk(900, time.Minute)
				a.s.SetArchives(demo.ArchiveFaults{Page: 50})
				a.s.SetFaults(slow)
				a.start(t)
				time.Sleep(after * time.Millisecond)
				synctest.Wait()
				a.s.Stop()
				synctest.Wait()
				if got := len(a.lines()); got < 2 || got == len(a.want) {
					t.Errorf("the cut found %d of %d lines here", got, len(a.want))
				}
				a.stop(t)
				a.s.SetFaults(demo.Faults{})
				time.Sleep(time.Hour)
				a.talk(100, time.Second)
				a.s.Start()
				a.start(t)
				a.settled()
				synctest.Wait()
				a.whole()
				a.stop(t)
			})
		})
	}
}

// TestBadArchives end in a clear state: a gap that is seen, with the reason,
// and that can be filled once the archive is good again.
func TestBadArchives(t *testing.T) {
	for name, c := range map[string]struct {
		faults demo.ArchiveFaults
		code   string
	}{
		"the same page again": {demo.ArchiveFaults{Repeat: true}, "archive-broken"},
		"refused":             {demo.ArchiveFaults{Refuse: "forbidden"}, "archive-refused"},
		"silent":              {demo.ArchiveFaults{Silent: true}, "archive-silent"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := leave(t, 0)
				time.Sleep(20 * time.Hour)
				a.talk(300, time.Minute)
				a.s.SetFaults(slow)
				a.start(t)
				e := wait(a.client, "the newest page", func(e session.ArchiveChanged) bool { return true })
				if !e.Loading {
					t.Fatalf("nothing is read: %+v %+v", e, e.Problem)
				}
				a.s.SetArchives(c.faults)
				e = a.settled()
				if e.Problem == nil || e.Problem.Code != c.code {
					t.Errorf("it ended with %+v, want %s", e.Problem, c.code)
				}
				synctest.Wait()
				gaps := a.coverage().Gaps
				if len(gaps) != 1 || gaps[0].Gone {
					t.Fatalf("the gap is told as %+v", gaps)
				}
				a.s.SetArchives(demo.ArchiveFaults{})
				a.a.FillGap(a.withBob().ID, gaps[0].Before)
				wait(a.client, "the reading", func(e session.ArchiveChanged) bool { return e.Loading })
				if e := a.settled(); e.Problem != nil {
					t.Errorf("it ended with %+v", e.Problem)
				}
				synctest.Wait()
				a.whole()
				a.stop(t)
			})
		})
	}
}

// TestExpiredArchive: what the server does not keep any more is told as gone.
func TestExpiredArchive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := leave(t, 0)
		time.Sleep(20 * time.Hour)
		a.talk(300, time.Minute)
		a.s.Expire("alice", time.Now().Add(-100*time.Minute-time.Second))
		a.want = append([]string{"before"}, a.want[len(a.want)-100:]...)
		a.start(t)
		a.settled()
		synctest.Wait()
		if got := a.lines(); !slices.Equal(got, a.want) {
			t.Errorf("%d lines are here, want %d: %.200q", len(got), len(a.want), got)
		}
		c := a.coverage()
		if len(c.Gaps) != 1 || !c.Gaps[0].Gone {
			t.Errorf("the gap is told as %+v", c.Gaps)
		}
		a.stop(t)
	})
}

// TestOlderMessages: a first login brings the newest page; what is older comes
// page by page when it is asked for, and says when it is all.
func TestOlderMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob", "carol")
		s.Befriend("alice", "bob", "Bob")
		a := &away{s: s, dir: t.TempDir()}
		a.talk(400, time.Minute)
		for i := range 120 {
			s.Past("carol", "alice", fmt.Sprint("carol ", i), time.Now().Add(time.Duration(i-120)*time.Second))
		}
		a.start(t)
		a.settled()
		chat := a.open(bob)
		before := len(a.rows(chat))
		for range 20 {
			if a.coverage().Oldest {
				break
			}
			a.a.LoadOlder(chat)
			e := wait(a.client, "older messages", func(e session.ArchiveChanged) bool { return e.Chat == chat && !e.Loading })
			if e.Problem != nil {
				t.Fatalf("it ended with %+v", e.Problem)
			}
		}
		got := a.lines()
		if before >= 400 || !slices.Equal(got, a.want) {
			t.Errorf("%d, then %d lines are here, want %d: %.300q", before, len(got), len(a.want), got)
		}
		if !a.coverage().Oldest {
			t.Error("it does not say that this is all")
		}
		if n := a.withBob().Unread; n != 0 {
			t.Errorf("%d old lines count as unread", n)
		}
		a.stop(t)
	})
}

// TestLedger: the comparison with the archive says that all is here once, or
// what differs.
func TestLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := leave(t, 0)
		a.start(t)
		a.settled()
		chat := a.open(bob)
		for i := range 30 {
			a.a.Send(chat, fmt.Sprint("mine ", i))
			a.s.Script("bob").Say("alice@"+a.s.Domain(), fmt.Sprint("yours ", i))
		}
		a.until("all", func() bool { return len(a.rows(chat)) == 61 })
		synctest.Wait()
		check := func(what, want string) {
			t.Helper()
			a.a.Ledger(chat, what == "all")
			e := wait(a.client, "the answer", func(e session.Answer) bool { return e.Code == "ledger" || e.Problem != nil })
			var got []string
			for _, f := range e.Facts {
				got = append(got, strings.Join(strings.Fields(f.Code+" "+f.Text), " "))
			}
			if s := strings.Join(got, "; "); e.Problem != nil || !strings.Contains(s, want) || want == "" && len(got) > 0 {
				t.Errorf("%s: it says %q %+v %+v, want %q", what, s, e.Args, e.Problem, want)
			}
		}
		check("this chat", "")
		check("all", "")
		a.s.Past("bob", "alice", "never delivered", time.Now())
		check("one more there", "ledger-missing 1")
		check("and now it is here", "")
		a.s.Expire("alice", time.Now().Add(time.Hour))
		a.s.Past("bob", "alice", "after the purge", time.Now().Add(-2*time.Hour))
		check("fewer there", "ledger-alone")
		a.stop(t)
	})
}

// BenchmarkCatchUp reads 20,000 messages that were said while the program was
// away: "newest" is when the newest page was there, ns/op when all was.
func BenchmarkCatchUp(b *testing.B) {
	const n = 20_000
	for b.Loop() {
		b.StopTimer()
		s := newDemo(b, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		dir := b.TempDir()
		st, err := store.Open(b.Context(), store.Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		opt := optionsFor(s, "alice")
		opt.Store = st
		s.Past("bob", "alice", "before", time.Now().Add(-48*time.Hour))
		cl := run(b, opt, at(s, "alice"))
		cl.online()
		wait(cl, "the archive", func(e session.ArchiveChanged) bool { return !e.Loading })
		cl.c.Close()
		for i := range n {
			s.Past("bob", "alice", fmt.Sprintf("line %d of what was said while nobody was here to read it", i), time.Now().Add(time.Duration(i-n)*time.Second))
		}
		b.StartTimer()
		start := time.Now()
		cl = run(b, opt, at(s, "alice"))
		wait(cl, "the newest page", func(e session.ArchiveChanged) bool { return true })
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "newest-ms")
		wait(cl, "all", func(e session.ArchiveChanged) bool { return !e.Loading })
		b.StopTimer()
		if got, _, err := st.Page(b.Context(), cl.chat(store.Direct, bob).ID, 0, 30_000); err != nil || len(got) != n+1 {
			b.Fatalf("%d messages are here (%v)", len(got), err)
		}
		cl.c.Close()
		_ = st.Close()
		s.Close()
		b.StartTimer()
	}
}
