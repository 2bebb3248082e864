package demo

import (
	"slices"
	"strings"
	"time"

	"sotto/session/wire"
)

const (
	livelyFor = time.Minute     // after the user entered
	calmGap   = 9 * time.Second // at least, between two lines, from then on
)

// lounge is the room where people talk. One goroutine speaks for all of them, so
// that the room never gets louder than it should.
type lounge struct {
	st      *stage
	luck    *chance
	people  map[string]*Actor // by nick
	heard   chan Message
	entered chan struct{} // cap 1: the user came in
	next    int           // in the script
}

// openLounge makes the room, its past and its people.
func (st *stage) openLounge() {
	l := &lounge{st: st, luck: st.chance(), people: map[string]*Actor{}, heard: make(chan Message, 16), entered: make(chan struct{}, 1)}
	r := st.s.OpenRoom(loungeLocal, "The Lounge", "Sit down, talk, try things: nobody here is real")
	for _, nick := range loungeNicks() {
		local := strings.ToLower(nick)
		l.people[nick] = st.s.Script(local)
	}
	l.addPast(r)
	for _, nick := range loungeNicks() {
		a := l.people[nick]
		a.Presence("", "")
		a.Join(st.room, nick)
	}
	st.s.Room(st.room).Affiliate(l.people["Kaia"].JID().Bare().String(), "owner")
	ear := l.people["Kaia"]
	ear.OnMessage(func(m Message) {
		if !m.Room || m.Delayed || l.people[m.From.Resource()] != nil || m.From.Bare().String() != st.room {
			return
		}
		select {
		case l.heard <- m:
		default:
		}
	})
	ear.OnPresence(func(from wire.JID, available bool) {
		if available && from.Bare().String() == st.room && l.people[from.Resource()] == nil {
			signal(l.entered)
		}
	})
	_ = st.s.spawn(l.live)
}

// addPast puts yesterday's and today's talk into the room's archive.
func (l *lounge) addPast(handle *Room) {
	s := l.st.s
	handle.with(func(r *room) {
		at := s.now().Add(-25 * time.Hour)
		past := loungePast()
		for i, line := range past {
			if i == len(past)/2 {
				at = s.now().Add(-2 * time.Hour)
			}
			at = at.Add(l.luck.between(20*time.Second, 3*time.Minute))
			who := l.people[line.nick]
			el := wire.New(wire.NSClient, "message").Set("type", "groupchat").Set("id", s.newID()).
				Add(wire.New(wire.NSClient, "body").SetText(line.body))
			r.reflect(r.address(line.nick), who.sess.u.jid, el, at)
		}
	})
}

func (l *lounge) live() {
	var (
		since time.Time // when the user came, by the clock of timers
		last  = time.Now()
		t     = time.NewTimer(l.luck.between(15*time.Second, 40*time.Second))
		owed  []Message
	)
	defer t.Stop()
	for {
		select {
		case <-l.entered:
			since = time.Now()
			t.Reset(l.luck.between(time.Second, 3*time.Second))
			continue
		case m := <-l.heard:
			if len(owed) < 4 {
				owed = append(owed, m)
			}
			if soon := l.luck.between(2*time.Second, 4*time.Second); len(owed) == 1 {
				t.Reset(max(soon, l.quiet(since)-time.Since(last)))
			}
			continue
		case <-t.C:
		case <-l.st.ctx.Done():
			return
		}
		if len(owed) > 0 {
			l.reply(owed[0])
			owed = owed[1:]
		} else {
			script := loungeScript()
			line := script[l.next%len(script)]
			l.next++
			l.people[line.nick].SayRoom(l.st.room, line.body)
		}
		last = time.Now()
		t.Reset(l.gap(since))
	}
}

// quiet is the least time between two lines.
func (l *lounge) quiet(since time.Time) time.Duration {
	if !since.IsZero() && time.Since(since) < livelyFor {
		return 2 * time.Second
	}
	return calmGap
}

// gap is the time until the next line: seconds at first, then more and more.
func (l *lounge) gap(since time.Time) time.Duration {
	switch here := time.Since(since); {
	case since.IsZero():
		return l.luck.between(30*time.Second, 90*time.Second)
	case here < livelyFor:
		return l.luck.between(2*time.Second, 5*time.Second)
	case here < 5*livelyFor:
		return l.luck.between(calmGap, 3*calmGap)
	}
	return l.luck.between(3*calmGap, 9*calmGap)
}

// reply answers the user: who is spoken to, or somebody.
func (l *lounge) reply(m Message) {
	nick := ""
	for _, n := range loungeNicks() {
		if strings.Contains(words(m.Body), words(n)) {
			nick = n
		}
	}
	if nick == "" {
		nick = l.luck.pick(loungeNicks())
	}
	you := m.From.Resource()
	var lines []string
	said := words(m.Body)
	switch {
	case containsAny(said, "hello", "hi", "hey", "morning"):
		lines = []string{"Hello " + you + "!", "Welcome, " + you + ".", you + ": hi, take a seat"}
	case containsAny(said, "help", "key", "keys"):
		lines = []string{you + ": Ctrl-K jumps anywhere, F4 shows who is here, Alt-a takes you to what is unread",
			you + ": type the first letters of a name and press Tab"}
	case containsAny(said, "bye", "goodbye"):
		lines = []string{"Bye " + you + "!", "See you, " + you + "."}
	case strings.HasSuffix(strings.TrimSpace(m.Body), "?"):
		lines = []string{you + ": good question", you + ": I think so, yes", you + ": ask Kaia, she knows such things"}
	default:
		lines = []string{you + ": true", "What " + you + " said.", you + ": go on", "Ha!"}
	}
	l.people[nick].SayRoom(l.st.room, l.luck.pick(lines))
}

func containsAny(text string, list ...string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(text, " "+w+" ") })
}
