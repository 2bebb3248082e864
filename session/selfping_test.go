package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const (
	stanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"
	selfPing     = "http://jabber.org/protocol/muc#self-ping-optimization"
	archived     = "urn:xmpp:mam:2"
)

// isPing says whether the client asks the room whether it is in it.
func isPing(el *wire.Element) bool {
	return el.Local == "iq" && el.Child("urn:xmpp:ping", "ping") != nil && el.Attr("to") == myRoom+"/alice"
}

// entering says whether the client enters the room.
func entering(el *wire.Element) bool {
	return el.Local == "presence" && el.Child("http://jabber.org/protocol/muc", "x") != nil
}

// what tells what the client did of its own accord, as words.
func (p *peer) what() string {
	p.mu.Lock()
	heard := p.heard
	p.heard = nil
	p.mu.Unlock()
	var all []string
	for _, el := range heard {
		switch {
		case isPing(el):
			all = append(all, "ping")
		case entering(el):
			all = append(all, "enter")
		case el.Child(archived, "query") != nil:
			all = append(all, "archive")
		}
	}
	return strings.Join(all, " ")
}

// TestSelfPing is what an answer means (XEP-0410 §3.2): nothing; ask again in at
// most half a minute; enter anew.
func TestSelfPing(t *testing.T) {
	fails := func(condition string) string {
		return "<error type='cancel'><" + condition + " xmlns='" + stanzaErrors + "'/></error>"
	}
	waits := func(condition string) string {
		return "<error type='wait'><" + condition + " xmlns='" + stanzaErrors + "'/></error>"
	}
	tests := map[string]struct {
		features []string
		answers  []string // "" a result; "-" none
		want     string   // what the client does within half a minute after each
	}{
		"in":                          {nil, []string{""}, ""},
		"a client without ping":       {nil, []string{fails("service-unavailable")}, ""},
		"another such":                {nil, []string{fails("feature-not-implemented")}, ""},
		"not in":                      {nil, []string{fails("not-acceptable")}, "enter"},
		"not in, in other words":      {nil, []string{fails("not-allowed")}, "enter"},
		"not in, in further words":    {nil, []string{fails("bad-request")}, "enter"},
		"nobody of that nick":         {nil, []string{fails("item-not-found"), ""}, "ping,"},
		"twice nobody of that nick":   {nil, []string{fails("item-not-found"), fails("item-not-found")}, "ping,enter"},
		"the server is away":          {nil, []string{fails("remote-server-timeout"), ""}, "ping,"},
		"the server is not found":     {nil, []string{fails("remote-server-not-found"), ""}, "ping,"},
		"the service is away":         {nil, []string{waits("service-unavailable"), fails("not-acceptable")}, "ping,enter"},
		"no answer":                   {nil, []string{"-", "-", ""}, ",,"},
		"the room would know itself":  {[]string{selfPing}, []string{fails("service-unavailable"), ""}, "ping,"},
		"the room knows itself":       {[]string{selfPing}, []string{fails("not-acceptable")}, "enter"},
		"back after a silence":        {[]string{archived}, []string{fails("remote-server-timeout"), ""}, "ping,archive"},
		"not back after a silence":    {[]string{archived}, []string{fails("remote-server-timeout"), fails("not-acceptable")}, "ping,enter"},
		"in, with an archive":         {[]string{archived}, []string{""}, ""},
		"an answer after the waiting": {nil, []string{"-late"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(t)
				p.offer(myRoom, test.features)
				p.hush(myRoom + "/alice")
				cl := p.login()
				p.enter(cl, "alice", "mira")
				if slices.Contains(test.features, archived) {
					p.await("the archive's question", func(el *wire.Element) bool { return el.Child(archived, "query") != nil })
				}
				p.took()
				cl.take()
				time.Sleep(9 * time.Minute)
				p.tells(line("mira", "<body>hi</body>"))
				time.Sleep(9 * time.Minute)
				synctest.Wait()
				cl.take()
				if got := p.what(); got != "" {
					t.Fatalf("it was not silent for ten minutes, and did %q", got)
				}
				var did []string
				for _, answer := range test.answers {
					ping := p.await("the question", isPing)
					switch answer {
					case "-":
					case "-late":
						time.Sleep(35 * time.Second)
						p.sendf("<iq type='result' id='%s' from='%s/alice'/>", ping.Attr("id"), myRoom)
					case "":
						p.sendf("<iq type='result' id='%s' from='%s/alice'/>", ping.Attr("id"), myRoom)
					default:
						p.sendf("<iq type='error' id='%s' from='%s/alice'>%s</iq>", ping.Attr("id"), myRoom, answer)
					}
					time.Sleep(31 * time.Second)
					synctest.Wait()
					p.mu.Lock()
					again := slices.IndexFunc(p.heard, isPing)
					var keep *wire.Element
					if again >= 0 {
						keep = p.heard[again]
					}
					p.mu.Unlock()
					did = append(did, p.what())
					if keep != nil {
						p.mu.Lock()
						p.heard = append(p.heard, keep)
						p.mu.Unlock()
					}
				}
				if got := strings.Join(did, ","); got != test.want {
					t.Errorf("did %q, want %q", got, test.want)
				}
				if list := events[session.RoomChanged](cl); strings.HasSuffix(test.want, "enter") == (len(list) == 0) {
					t.Errorf("told of the room: %v", list)
				}
				cl.c.Close()
			})
		})
	}
}

// TestLineRefusedByARoom: one that has lost us; the line goes again, the same
// bytes, once we are in, and never with the room's raw words.
func TestLineRefusedByARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		cl := p.login()
		chat := p.enter(cl, "alice", "mira")
		time.Sleep(2 * time.Minute)
		isLine := func(body string) func(*wire.Element) bool {
			return func(el *wire.Element) bool { return el.ChildText(wire.NSClient, "body") == body }
		}
		refuse := func(el *wire.Element) {
			p.sendf("<message type='error' id='%s' from='%s'><error type='cancel'><not-acceptable xmlns='%s'/></error></message>", el.Attr("id"), myRoom, stanzaErrors)
		}
		cl.a.Send(chat, "one")
		time.Sleep(time.Millisecond) // nobody types two lines in one instant
		cl.a.Send(chat, "two")
		first, second := p.await("a line", isLine("one")), p.await("a line", isLine("two"))
		refuse(first)
		p.await("the way back", entering)
		refuse(second)
		p.sync()
		for _, m := range cl.rows(chat) {
			if m.State != store.Queued {
				t.Errorf("%q is in state %d, want it to wait", m.Body, m.State)
			}
		}
		cl.a.Send(chat, "three")
		wait(cl, "the third line", func(e session.Accepted) bool { return e.Chat == chat })
		p.tells(occupant("mira", "", ""), occupant("alice", "", "", "110"), line("", "<subject/>"))
		var again []string
		for range 3 {
			el := p.await("a line again", func(el *wire.Element) bool { return el.Local == "message" && el.Attr("type") == "groupchat" })
			again = append(again, string(el.Bytes()))
			p.send(strings.Replace(string(el.Bytes()), "to='"+myRoom+"'", "from='"+myRoom+"/alice'", 1))
		}
		p.sync()
		if again[0] != string(first.Bytes()) || again[1] != string(second.Bytes()) || !strings.Contains(again[2], "three") {
			t.Errorf("got %q,\nwant first\n%s\n%s", again, first.Bytes(), second.Bytes())
		}
		want := []string{myRoom + ` room sent <alice> "one"`, myRoom + ` room sent <alice> "two"`, myRoom + ` room sent <alice> "three"`}
		if got := cl.said(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}

		time.Sleep(2 * time.Minute)
		// A room that says so of the same line again means the line.
		cl.a.Send(chat, "four")
		four := p.await("a line", isLine("four"))
		refuse(four)
		p.await("the way back", entering)
		p.tells(occupant("alice", "", "", "110"), line("", "<subject/>"))
		refuse(p.await("the line again", isLine("four")))
		p.sync()
		if got := cl.said(); !strings.Contains(got[3], "failed") {
			t.Errorf("got %q, want the last one failed", got)
		}
		cl.c.Close()
	})
}

// TestRoomsAreTriedAgain: with growing waits, told once, as long as we want; and
// never where somebody said no.
func TestRoomsAreTriedAgain(t *testing.T) {
	fails := func(kind, condition string) string {
		return "<presence from='" + myRoom + "/alice' type='error'><error type='" + kind + "'><" + condition + " xmlns='" + stanzaErrors + "'/></error></presence>"
	}
	tests := map[string]struct {
		xml   string // "": no answer
		code  string
		again bool
	}{
		"silent":           {"", "room-silent", true},
		"full":             {fails("wait", "service-unavailable"), "room-full", true},
		"no server":        {fails("cancel", "remote-server-not-found"), "room-no-server", true},
		"server is slow":   {fails("wait", "remote-server-timeout"), "room-no-server", true},
		"no room for us":   {fails("wait", "resource-constraint"), "room-refused", true},
		"wants a password": {fails("auth", "not-authorized"), "room-password", false},
		"banned":           {fails("auth", "forbidden"), "room-banned", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(t)
				cl := p.login()
				p.join(cl, "alice")
				last := time.Now()
				told := 0
				for try := range 8 {
					p.send(test.xml)
					var r session.RoomChanged
					limit := time.Now().Add(35 * time.Second)
					for !time.Now().After(limit) {
						time.Sleep(time.Second)
						synctest.Wait()
						for _, e := range events[session.RoomChanged](cl) {
							if e.Problem != nil && r.Problem == nil && try == 0 {
								told++
							}
							r = e
						}
						if r.Problem != nil && !r.Joining {
							break
						}
					}
					if r.Problem == nil || r.Problem.Code != test.code || r.Problem.Ask == test.again || r.RetryAt.IsZero() == test.again {
						t.Fatalf("try %d: got %+v with %+v, want %s, again: %v", try, r, r.Problem, test.code, test.again)
					}
					if !test.again {
						time.Sleep(time.Hour)
						synctest.Wait()
						if got := p.what(); got != "" {
							t.Errorf("it did %q", got)
						}
						break
					}
					top := min(10*time.Minute, 30*time.Second<<try)
					if wait := time.Until(r.RetryAt); wait < top/2-2*time.Second || wait > top {
						t.Errorf("try %d: the next one in %v, want between half of and all of %v", try, wait, top)
					}
					p.await("the next try", entering)
					if time.Since(last) < top/2 {
						t.Errorf("try %d came after %v", try, time.Since(last))
					}
					last = time.Now()
				}
				if test.again {
					// The reason stands there until we are in.
					p.tells(occupant("alice", "", "", "110"))
					if r := room(cl); !r.Joined || r.Problem != nil || !r.RetryAt.IsZero() {
						t.Errorf("got %+v, want it entered", r)
					}
				}
				if told != 1 {
					t.Errorf("told %d times", told)
				}
				cl.c.Close()
			})
		})
	}
}

// TestLostByTheRoomItself: gone without our asking is entered again, at once the
// first time, later when it goes on; a technical fault likewise; a kick is not.
func TestLostByTheRoomItself(t *testing.T) {
	tests := map[string]struct {
		xml        string
		soon, ever bool
	}{
		"gone without a word": {occupant("alice", "type='unavailable'", "", "110"), true, true},
		"technical fault":     {occupant("alice", "type='unavailable'", "", "110", "307", "333"), false, true},
		"shutdown":            {occupant("alice", "type='unavailable'", "", "110", "332"), false, true},
		"kicked":              {occupant("alice", "type='unavailable'", "", "110", "307"), false, false},
		"banned":              {occupant("alice", "type='unavailable'", "", "110", "301"), false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(t)
				cl := p.login()
				p.enter(cl, "alice", "mira")
				time.Sleep(2 * time.Minute)
				p.took()
				p.tells(test.xml)
				synctest.Wait()
				if got := p.what(); got == "enter" != test.soon {
					t.Errorf("did %q, want to enter at once: %v", got, test.soon)
				}
				if test.soon {
					// Again, right after we came in: with a wait now.
					p.tells(occupant("alice", "", "", "110"), line("", "<subject/>"), test.xml)
					synctest.Wait()
					if got := p.what(); got != "" {
						t.Errorf("did %q at once again", got)
					}
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := p.what(); got == "enter" != test.ever {
					t.Errorf("did %q, want to enter: %v", got, test.ever)
				}
				cl.c.Close()
			})
		})
	}
}

// TestLinesOfARoomThatComesBack: what is typed while a room is entered again waits
// for it; in a room that threw us out it is refused.
func TestLinesOfARoomThatComesBack(t *testing.T) {
	for code, waits := range map[string]bool{"332": true, "307": false} {
		p := newPeer(t)
		cl := p.login()
		chat := p.enter(cl, "alice", "mira")
		p.tells(occupant("alice", "type='unavailable'", "", "110", code))
		cl.a.Send(chat, "hello?")
		if waits {
			wait(cl, "the line", func(e session.Accepted) bool { return e.Chat == chat })
		} else {
			wait(cl, "the refusal", func(e session.Refused) bool { return e.Problem.Code == "not-in-room" && e.Body == "hello?" })
		}
	}
}

// TestSplitReflections: a gateway sends a line of ours back in parts.
func TestSplitReflections(t *testing.T) {
	long := strings.Repeat("word ", 100)
	long = strings.TrimSpace(long)
	type part struct{ body, nick string } // the first has our id
	tests := map[string]struct {
		typed string
		parts []part
		want  []string
	}{
		"whole":                  {"one\ntwo", []part{{"one\ntwo", "alice"}}, nil},
		"two lines":              {"one\ntwo", []part{{"one", "alice"}, {"two", "alice"}}, nil},
		"three with gaps":        {"one\n\n  two \n\nthree", []part{{"one", "alice"}, {"two", "alice"}, {"three", "alice"}}, nil},
		"somebody between":       {"one\ntwo", []part{{"one", "alice"}, {"hi", "mira"}, {"two", "alice"}}, []string{`room in <mira> "hi"`}},
		"the same twice":         {"ha\nha", []part{{"ha", "alice"}, {"ha", "alice"}, {"ha", "alice"}}, []string{`room sent <alice> "ha"`}},
		"a long one":             {long, []part{{long[:399], "alice"}, {long[400:], "alice"}}, nil},
		"another line of ours":   {"one\ntwo", []part{{"one", "alice"}, {"other", "alice"}, {"two", "alice"}}, []string{`room sent <alice> "other"`, `room sent <alice> "two"`}},
		"the same of another":    {"one\ntwo", []part{{"one", "alice"}, {"two", "mira"}, {"two", "alice"}}, []string{`room in <mira> "two"`}},
		"a beginning is no line": {"one\ntwo", []part{{"one", "alice"}, {"t", "alice"}}, []string{`room sent <alice> "t"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			chat := p.enter(cl, "alice", "mira")
			cl.a.Send(chat, test.typed)
			sent := p.await("the line", func(el *wire.Element) bool { return el.Child(wire.NSClient, "body") != nil })
			for i, part := range test.parts {
				id := fmt.Sprintf("part-of-it-%d", i)
				if i == 0 {
					id = sent.Attr("id")
				}
				body := wire.New(wire.NSClient, "body").SetText(part.body)
				p.send("<message type='groupchat' id='" + id + "' from='" + myRoom + "/" + part.nick + "'>" + string(body.Bytes()) + "</message>")
			}
			p.sync()
			rows := cl.rows(chat)
			if len(rows) == 0 || rows[0].Body != test.typed || rows[0].State != store.Sent {
				t.Fatalf("got %q, want the line first, sent", cl.said())
			}
			var rest []string
			for _, s := range cl.said()[1:] {
				rest = append(rest, strings.TrimPrefix(s, myRoom+" "))
			}
			if !slices.Equal(rest, test.want) {
				t.Errorf("got besides\n%s\nwant\n%s", strings.Join(rest, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestSplitReflectionTooLate: after ten seconds it is a line of its own.
func TestSplitReflectionTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		cl := p.login()
		chat := p.enter(cl, "alice", "mira")
		cl.a.Send(chat, "one\ntwo")
		sent := p.await("the line", func(el *wire.Element) bool { return el.Child(wire.NSClient, "body") != nil })
		p.tells("<message type='groupchat' id='" + sent.Attr("id") + "' from='" + myRoom + "/alice'><body>one</body></message>")
		time.Sleep(11 * time.Second)
		p.tells(line("alice", "<body>two</body>"))
		if n := len(cl.rows(chat)); n != 2 {
			t.Errorf("got %q, want two lines", cl.said())
		}
		cl.c.Close()
	})
}

// TestReplayWithoutNames: a room without archive and ids repeats what was said;
// what we have is recognised by its sender, words and time.
func TestReplayWithoutNames(t *testing.T) {
	start := time.Now().UTC().Truncate(time.Second)
	said := func(nick, body string, at time.Time) string {
		stamp := ""
		if !at.IsZero() {
			stamp = "<delay xmlns='urn:xmpp:delay' from='" + myRoom + "' stamp='" + at.UTC().Format("2006-01-02T15:04:05Z") + "'/>"
		}
		return line(nick, "<body>"+body+"</body>"+stamp)
	}
	live := start.Add(time.Hour) // stands for when it came
	ago := func(d time.Duration) time.Time { return start.Add(-d) }
	tests := map[string]struct {
		before, replay []string
		want           []string // bodies at the end
	}{
		"all known":                 {[]string{said("mira", "a", ago(9*time.Minute)), said("mira", "b", ago(8*time.Minute))}, []string{said("mira", "a", ago(9*time.Minute)), said("mira", "b", ago(8*time.Minute))}, []string{"a", "b"}},
		"a new one":                 {[]string{said("mira", "a", ago(9*time.Minute))}, []string{said("mira", "a", ago(9*time.Minute)), said("mira", "b", ago(8*time.Minute))}, []string{"a", "b"}},
		"what came live":            {[]string{said("mira", "a", time.Time{})}, []string{said("mira", "a", live)}, []string{"a"}},
		"the same words later":      {[]string{said("mira", "a", ago(9*time.Minute))}, []string{said("mira", "a", ago(9*time.Minute)), said("mira", "a", ago(8*time.Minute))}, []string{"a", "a"}},
		"of another":                {[]string{said("mira", "a", ago(9*time.Minute))}, []string{said("jonas", "a", ago(9*time.Minute))}, []string{"a", "a"}},
		"twice in one second":       {[]string{said("mira", "a", ago(9*time.Minute)), said("mira", "a", ago(9*time.Minute))}, []string{said("mira", "a", ago(9*time.Minute)), said("mira", "a", ago(9*time.Minute))}, []string{"a", "a"}},
		"once more in that second":  {[]string{said("mira", "a", ago(9*time.Minute))}, []string{said("mira", "a", ago(9*time.Minute)), said("mira", "a", ago(9*time.Minute))}, []string{"a", "a"}},
		"without a stamp it is new": {[]string{said("mira", "a", time.Time{})}, []string{said("mira", "a", time.Time{})}, []string{"a", "a"}},
		"a stamp of somebody else's": {[]string{said("mira", "a", ago(9*time.Minute))},
			[]string{line("mira", "<body>a</body><delay xmlns='urn:xmpp:delay' from='mira@evil.example' stamp='"+ago(9*time.Minute).Format("2006-01-02T15:04:05Z")+"'/>")}, []string{"a", "a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.join(cl, "alice")
			// Twice in a row within one visit are two lines.
			p.tells(append(append([]string{occupant("mira", "", ""), occupant("jonas", "", ""), occupant("alice", "", "", "110")}, test.before...), line("", "<subject/>"))...)
			chat := cl.chat(store.Room, myRoom).ID
			came := time.UnixMicro(cl.rows(chat)[0].Stamp).UTC().Format("2006-01-02T15:04:05Z")
			for i, s := range test.replay {
				test.replay[i] = strings.Replace(s, live.Format("2006-01-02T15:04:05Z"), came, 1)
			}
			cl.a.Leave(chat)
			p.await("the goodbye", func(el *wire.Element) bool { return el.Attr("type") == "unavailable" })
			p.join(cl, "alice")
			p.tells(append(append([]string{occupant("mira", "", ""), occupant("jonas", "", ""), occupant("alice", "", "", "110")}, test.replay...), line("", "<subject/>"))...)
			var got []string
			for _, m := range cl.rows(chat) {
				got = append(got, m.Body)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestEntryHeardTwice: a room that takes our entry a second time tells again what was
// said, and each line stays one.
func TestEntryHeardTwice(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.join(cl, "alice")
	stamp := "<delay xmlns='urn:xmpp:delay' from='" + myRoom + "' stamp='" + time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04:05Z") + "'/>"
	all := []string{occupant("mira", "", ""), occupant("alice", "", "", "110"), line("mira", "<body>a</body>"+stamp), line("mira", "<body>a</body>"+stamp), line("", "<subject/>")}
	p.tells(all...)
	p.tells(all...)
	if rows := speech(cl.rows(cl.chat(store.Room, myRoom).ID)); len(rows) != 2 {
		t.Errorf("got %+v, want the two lines", rows)
	}
}
