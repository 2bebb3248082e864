package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session/demo"
	"sotto/session/wire"
)

// bubble runs a test in a bubble where time is free, with a server of its own
// and a network for ann.
func bubble(t *testing.T, do func(t *testing.T, s *demo.Server, net *demo.Line)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, demo.Faults{KickOld: true})
		s.Befriend("ann", "bob", "Bob")
		do(t, s, s.NewLine(1))
		s.Close()
	})
}

// back connects again with what is left of a link.
func back(t *testing.T, s *demo.Server, net *demo.Line, old *peer) *peer {
	t.Helper()
	cfg := configOf(s, "ann")
	cfg.Resource, cfg.Dial = "desk", net.Dial
	if old != nil {
		<-old.link.Done()
		cfg.Resume = old.link.Remains()
	}
	p := connectWith(t, cfg)
	return p
}

// ann logs in and becomes available over a network.
func ann(t *testing.T, s *demo.Server, net *demo.Line) *peer {
	t.Helper()
	p := back(t, s, net, nil)
	p.ask("get", "", "<query xmlns='jabber:iq:roster'/>")
	p.send("<presence/>")
	p.sync()
	p.now()
	return p
}

// bodies are the lines that have arrived by now.
func bodies(p *peer) (all []string) {
	for _, st := range p.now() {
		if b := st.ChildText(wire.NSClient, "body"); b != "" {
			all = append(all, b)
		}
	}
	return all
}

// TestResume: what was said to a session without a connection waits for it and
// says when it came; nobody saw it leave.
func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
		bob := s.Script("bob")
		left := false
		bob.OnPresence(func(from wire.JID, available bool) { left = left || !available })
		bob.Presence("", "")
		p := ann(t, s, net)
		net.Strike(demo.Break{Cut: demo.CutReset})
		<-p.link.Done()
		synctest.Wait() // the server has noticed too
		bob.Say("ann@example.org", "while away")
		time.Sleep(30 * time.Second)
		p = back(t, s, net, p)
		if !p.login.Resumed {
			t.Fatal("not resumed")
		}
		m := p.message("while away")
		if d := m.Child(nsDelay, "delay"); d.Attr("from") != "example.org" {
			t.Errorf("got %s, want a delay", m.Bytes())
		}
		p.send("<message to='bob@example.org'><body>back</body></message>")
		p.sync()
		if synctest.Wait(); left {
			t.Error("bob saw ann leave")
		}
	})
}

// TestResumeTooLate: a session that waited in vain is over, everybody knows, and
// what it missed waits for the next one. Its counter is still known.
func TestResumeTooLate(t *testing.T) {
	bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
		bob := s.Script("bob")
		gone := make(chan bool, 8)
		bob.OnPresence(func(_ wire.JID, available bool) { gone <- !available })
		bob.Presence("", "")
		p := ann(t, s, net)
		last, err := p.link.SendBytes([]byte("<message to='bob@example.org'><body>said before</body></message>"))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // handled
		net.Strike(demo.Break{Cut: demo.CutReset})
		bob.Say("ann@example.org", "while away")
		for !<-gone {
		}
		p = back(t, s, net, p)
		if p.login.Resumed || p.login.LostAcked < last {
			t.Errorf("got %+v, want a fresh login that knows %d", p.login, last)
		}
		p.send("<presence/>")
		if got := bodies(p); !slices.Equal(got, []string{"while away"}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestNewLoginEndsTheSleep: one account, one resource, one session.
func TestNewLoginEndsTheSleep(t *testing.T) {
	bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
		p := ann(t, s, net)
		net.Strike(demo.Break{Cut: demo.CutReset})
		<-p.link.Done()
		s.Script("bob").Say("ann@example.org", "while away")
		again := ann(t, s, net)
		if again.login.JID != p.login.JID {
			t.Errorf("got %v, want %v", again.login.JID, p.login.JID)
		}
		if back(t, s, s.NewLine(2), p).login.Resumed {
			t.Error("a session that was replaced could be resumed")
		}
	})
}

// TestTroubledResumption: what a server can do wrong, and what the client makes
// of it.
func TestTroubledResumption(t *testing.T) {
	lines := []string{"1", "2", "3", "4", "5", "6", "7", "8"}
	tests := map[string]struct {
		faults demo.Faults
		check  func(t *testing.T, p *peer)
	}{
		"refused": {demo.Faults{RefuseResume: true}, func(t *testing.T, p *peer) {
			if p.login.Resumed {
				t.Error("resumed")
			}
		}},
		"forgotten": {demo.Faults{RefuseResume: true, ForgetCount: true}, func(t *testing.T, p *peer) {
			if p.login.Resumed {
				t.Error("resumed")
			}
		}},
		"out of order": {demo.Faults{Shuffle: true}, func(t *testing.T, p *peer) {
			got := bodies(p)
			if slices.Equal(got, lines) {
				t.Errorf("got %q, in order", got)
			}
			if slices.Sort(got); !slices.Equal(got, lines) {
				t.Errorf("got %q", got)
			}
		}},
		"poisoned": {demo.Faults{Poison: true}, func(t *testing.T, p *peer) {
			p.message("8")
			p.send("<presence/>")
			if <-p.link.Done(); wire.KindOf(p.link.Err()) != wire.Timeout || p.link.Remains() != nil {
				t.Errorf("got %v, want a time-out after which nothing is resumed", p.link.Err())
			}
		}},
		"handled and not counted": {demo.Faults{ResumeLow: 1}, func(t *testing.T, p *peer) {
			p.sync() // the counters agree again
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
				p := ann(t, s, net)
				p.send("<message to='bob@example.org'><body>counted</body></message>")
				synctest.Wait()
				net.Strike(demo.Break{Cut: demo.CutReset})
				<-p.link.Done()
				for _, l := range lines {
					s.Script("bob").Say("ann@example.org", l)
				}
				f := tt.faults
				f.KickOld = true
				net.SetFaults(&f)
				tt.check(t, back(t, s, net, p))
			})
		})
	}
}

// TestCountBeyond: a server that counts what was never sent has lost count, and
// the login does not go on.
func TestCountBeyond(t *testing.T) {
	bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
		p := ann(t, s, net)
		net.Strike(demo.Break{Cut: demo.CutReset})
		<-p.link.Done()
		net.SetFaults(&demo.Faults{ResumeHigh: true})
		cfg := configOf(s, "ann")
		cfg.Dial, cfg.Resume = net.Dial, p.link.Remains()
		if _, _, err := wire.Connect(t.Context(), cfg); wire.KindOf(err) != wire.StreamError {
			t.Errorf("got %v, want a stream error", err)
		}
	})
}

// TestAcknowledgementsGoneWrong: late, too low and lost ones end nothing for
// ever; one that cannot be ends the link.
func TestAcknowledgementsGoneWrong(t *testing.T) {
	tests := map[string]struct {
		faults demo.Faults
		kind   wire.Kind // Other: the link lives and all is acknowledged
	}{
		"late":    {demo.Faults{AckDelay: 3 * time.Second}, wire.Other},
		"too low": {demo.Faults{AckLow: 1}, wire.Other},
		"lost":    {demo.Faults{AckDrop: 1}, wire.Timeout},
		"beyond":  {demo.Faults{AckHigh: true}, wire.StreamError},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
				net.SetFaults(&tt.faults)
				p := back(t, s, net, nil)
				seq, err := p.link.SendBytes([]byte("<message to='bob@example.org'><body>x</body></message>"))
				if err != nil {
					t.Fatal(err)
				}
				if tt.kind != wire.Other {
					if <-p.link.Done(); wire.KindOf(p.link.Err()) != tt.kind {
						t.Errorf("got %v, want kind %v", p.link.Err(), tt.kind)
					}
					return
				}
				for i := 0; p.link.Acked() < seq; i++ {
					if p.send("<presence/>"); i > 100 {
						t.Fatal("never acknowledged")
					}
					time.Sleep(time.Second)
					p.link.Take(1000)
				}
			})
		})
	}
}

// TestBreaks: each way in which a network ends a connection, at each of some
// bytes, and how client and server come to know.
func TestBreaks(t *testing.T) {
	for _, kind := range []demo.Cut{demo.CutEOF, demo.CutReset, demo.CutNear, demo.CutUp, demo.CutDown, demo.CutBoth} {
		for _, up := range []bool{false, true} {
			for _, after := range []int{0, 1, 57, 400, 1500} {
				t.Run(fmt.Sprint(kind, up, after), func(t *testing.T) {
					bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
						net.Delay(10*time.Millisecond, 50*time.Millisecond)
						p := ann(t, s, net)
						net.Strike(demo.Break{Cut: kind, Up: up, After: after, Late: 5 * time.Second})
						body := strings.Repeat("x", 600)
						for i := range 5 {
							if _, err := p.link.SendBytes(fmt.Appendf(nil, "<message to='ann@example.org'><body>%d %s</body></message>", i, body)); err != nil {
								break // it has ended already
							}
						}
						start := time.Now()
						<-p.link.Done()
						if d := time.Since(start); d > 4*time.Minute {
							t.Errorf("noticed after %v", d)
						}
						next := back(t, s, net, p)
						next.sync()
					})
				})
			}
		}
	}
}

// TestLateBytes: what a client said before its network went away reaches the
// server after it has come back. A session that has another connection does not
// hear it twice.
func TestLateBytes(t *testing.T) {
	for _, kick := range []bool{true, false} {
		t.Run(fmt.Sprint(kick), func(t *testing.T) {
			bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
				net.SetFaults(&demo.Faults{KickOld: kick})
				heard := 0
				bob := s.Script("bob")
				bob.OnMessage(func(demo.Message) { heard++ })
				bob.Presence("", "")
				net.Delay(time.Second, time.Second)
				p := ann(t, s, net)
				p.send("<message to='bob@example.org'><body>late</body></message>")
				synctest.Wait() // it is under way
				net.Strike(demo.Break{Cut: demo.CutNear, Late: 30 * time.Second})
				p = ann(t, s, net)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if want := map[bool]int{true: 0, false: 1}[kick]; heard != want {
					t.Errorf("heard %d times, want %d", heard, want)
				}
				p.sync()
			})
		})
	}
}

// TestKill: after a power cut of the server no session is left, and the archive
// has what was said.
func TestKill(t *testing.T) {
	bubble(t, func(t *testing.T, s *demo.Server, net *demo.Line) {
		p := ann(t, s, net)
		p.send("<message to='bob@example.org'><body>kept</body></message>")
		p.sync()
		s.Kill()
		<-p.link.Done()
		s.Start()
		p = back(t, s, net, p)
		if p.login.Resumed {
			t.Error("resumed")
		}
		if _, err := p.ask("set", "", "<query xmlns='urn:xmpp:mam:2' queryid='q'/>"); err != nil {
			t.Fatal(err)
		}
		if n := count(p.now(), func(st wire.Stanza) bool { return strings.Contains(string(st.Raw()), "kept") }); n != 1 {
			t.Errorf("got it %d times", n)
		}
	})
}
