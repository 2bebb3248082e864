package demo

import (
	"slices"
	"strconv"
	"time"

	"sotto/session/wire"
)

const (
	// maxUnacked bounds what is kept for a client that never acknowledges.
	maxUnacked = 10_000
	// ackEvery is after how many stanzas the server asks for an acknowledgement.
	ackEvery = 5
	// ackLimit is how long a client may take to answer that. A network that lost
	// the client does not tell the server, so this is how it learns.
	ackLimit = 60 * time.Second
	// usualSleep is how long a session without a connection is kept.
	usualSleep = 60 * time.Second
	// maxOver bounds the sessions of which only the counter is known.
	maxOver = 1000
)

// manage is XEP-0198 of one session.
type manage struct {
	on      bool
	id      string // by which it can be resumed, "": it cannot
	handled uint32 // stanzas from the client
	told    uint32 // the last count that the client was told
	sent    uint32
	acked   uint32
	asked   bool
	unacked []unacked
	limit   *time.Timer // of the answer to our question
	wake    *time.Timer // ends the sleep of a session without a connection
	asks    int         // how often the client asked
}

// unacked is what the client has not confirmed and when it was sent.
type unacked struct {
	el *wire.Element
	at time.Time
}

func (m *manage) stop() {
	for _, t := range []*time.Timer{m.limit, m.wake} {
		if t != nil {
			t.Stop()
		}
	}
	m.limit, m.wake = nil, nil
}

// asleep says that a session waits for its client to come back.
func (x *session) asleep() bool { return !x.gone && x.a == nil && x.out == nil }

// keepUnacked remembers a stanza until it is confirmed; false: too many.
func (s *Server) keepUnacked(x *session, el *wire.Element) bool {
	at := s.now()
	if x.asleep() && el.Local == "message" && el.Child(nsArchive, "") == nil && el.Child(nsCarbons, "") == nil {
		el = s.delayed(el, s.domain) // §5: when it came
	}
	x.sm.sent++
	x.sm.unacked = append(x.sm.unacked, unacked{el, at})
	return len(x.sm.unacked) <= maxUnacked
}

// askAck asks the client how far it is, once at a time.
func (s *Server) askAck(x *session) {
	if x.sm.asked || x.out == nil {
		return
	}
	x.sm.asked = true
	x.out.push(wire.New(wire.NSManagement, "r"))
	c := x.out.c
	if x.sm.limit != nil {
		x.sm.limit.Stop()
	}
	x.sm.limit = time.AfterFunc(ackLimit, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if x.sm.asked && x.out != nil && x.out.c == c {
			c.cut(CutReset)
		}
	})
}

// manageStanza handles XEP-0198 §3 and §4 after binding.
func (s *Server) manageStanza(x *session, el *wire.Element) {
	f := x.out.c.faults
	switch el.Local {
	case "enable":
		if x.sm.on || f.NoManagement {
			x.out.push(wire.New(wire.NSManagement, "failed").Add(wire.New(wire.NSStanzaErr, "unexpected-request")))
			return
		}
		x.sm.on = true
		enabled := wire.New(wire.NSManagement, "enabled")
		if v := el.Attr("resume"); (v == "true" || v == "1") && !f.NoResume && s.sleep > 0 {
			x.sm.id = s.newID()
			s.resumable[x.sm.id] = x
			enabled.Set("id", x.sm.id).Set("resume", "true").Set("max", strconv.Itoa(int(s.sleep/time.Second)))
		}
		x.out.push(enabled)
	case "r":
		s.answerAck(x, f)
	case "a":
		h, err := strconv.ParseUint(el.Attr("h"), 10, 32)
		before := x.sm.acked
		if err != nil || !x.sm.acknowledge(uint32(h)) {
			x.out.c.finish(streamErrorBytes("undefined-condition"))
			s.drop(x)
			return
		}
		// Asking again a client that has not moved would go round for ever.
		if x.sm.acked != before && len(x.sm.unacked) >= ackEvery {
			s.askAck(x)
		}
	}
}

// acknowledge takes the client's counter. false: it cannot have got so far.
func (m *manage) acknowledge(h uint32) bool {
	n := h - m.acked
	if int64(n) > int64(len(m.unacked)) {
		return false
	}
	m.acked += n
	m.unacked = slices.Clone(m.unacked[n:])
	m.asked = false
	if m.limit != nil {
		m.limit.Stop()
	}
	return true
}

// answerAck tells the client our counter, or does it wrong.
func (s *Server) answerAck(x *session, f Faults) {
	x.sm.asks++
	if f.AckDrop > 0 && x.sm.asks%f.AckDrop == 0 {
		return
	}
	h := x.sm.handled
	if f.AckHigh {
		h += 1000
	} else if f.AckLow > 0 {
		h = max(x.sm.told, h-min(h, uint32(f.AckLow)))
	}
	say := func() {
		if !f.AckHigh {
			x.sm.told = max(x.sm.told, h)
		}
		x.out.push(wire.New(wire.NSManagement, "a").Set("h", strconv.FormatUint(uint64(h), 10)))
	}
	if f.AckDelay <= 0 {
		say()
		return
	}
	c := x.out.c
	time.AfterFunc(f.AckDelay, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if x.out != nil && x.out.c == c && h >= x.sm.told {
			say()
		}
	})
}

// part ends the connection of a session, which waits for its client if it can be
// resumed.
func (s *Server) part(x *session) {
	if x == nil || x.gone || x.out == nil {
		return
	}
	if x.sm.id == "" || s.closed || s.down {
		s.drop(x)
		return
	}
	x.out = nil
	x.sm.asked = false
	x.sm.stop()
	x.sm.wake = time.AfterFunc(s.sleep, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if x.asleep() {
			s.drop(x)
		}
	})
}

// resume gives an old session to a new connection (§5). false: it has to log in
// afresh.
func (s *Server) resume(c *connection, el *wire.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := func(h uint32, known bool) bool {
		no := wire.New(wire.NSManagement, "failed").Add(wire.New(wire.NSStanzaErr, "item-not-found"))
		if known && !c.faults.ForgetCount {
			no.Set("h", strconv.FormatUint(uint64(h), 10))
		}
		c.out.push(no)
		return false
	}
	id := el.Attr("previd")
	x := s.resumable[id]
	if x == nil || x.u != c.u {
		h, known := s.over[id]
		return failed(h, known && x == nil)
	}
	if c.faults.RefuseResume {
		return failed(x.sm.handled, true)
	}
	h, err := strconv.ParseUint(el.Attr("h"), 10, 32)
	if err != nil || !x.sm.acknowledge(uint32(h)) {
		c.finish(streamErrorBytes("undefined-condition"))
		s.detach(x)
		s.drop(x)
		return false
	}
	s.detach(x)
	x.sm.stop()
	x.out, c.sess = c.out, x
	told := x.sm.handled
	switch {
	case c.faults.ResumeHigh:
		told += 1000
	case c.faults.ResumeLow > 0:
		// It handled more than it counted, and goes on from its count.
		told = max(x.sm.told, told-min(told, uint32(c.faults.ResumeLow)))
		x.sm.handled = told
	}
	if !c.faults.ResumeHigh {
		x.sm.told = told
	}
	x.out.push(wire.New(wire.NSManagement, "resumed").Set("previd", id).Set("h", strconv.FormatUint(uint64(told), 10)))
	c.deaf = c.faults.Poison
	if c.faults.Shuffle {
		s.shuffle(x.sm.unacked)
	}
	for _, old := range x.sm.unacked {
		x.out.push(old.el)
	}
	if len(x.sm.unacked) > 0 {
		s.askAck(x)
	}
	return true
}

// detach takes a session from the connection it has, which ends.
func (s *Server) detach(x *session) {
	if x.out == nil {
		return
	}
	old := x.out.c
	x.out = nil
	old.finish(streamErrorBytes("conflict"))
}

// shuffle brings what people said out of order, as servers do that keep what
// came during the sleep apart from what was sent before it.
func (s *Server) shuffle(list []unacked) {
	var said []int
	for i, old := range list {
		if old.el.Local == "message" && old.el.Child(wire.NSClient, "body") != nil {
			said = append(said, i)
		}
	}
	s.rng.Shuffle(len(said), func(i, j int) { list[said[i]], list[said[j]] = list[said[j]], list[said[i]] })
}

// drop ends a session: everybody who saw it learns that it is gone, and what it
// did not acknowledge finds another way.
func (s *Server) drop(x *session) {
	if x == nil || x.gone || x.over {
		return
	}
	x.over = true
	s.leaveAll(x)
	s.goOffline(x, wire.New(wire.NSClient, "presence").Set("type", "unavailable"))
	s.bury(x)
	for _, old := range x.sm.unacked {
		s.again(x.u, old)
	}
	x.sm.unacked = nil
}

// bury takes a session that is over out of the tables. Its counter stays known.
func (s *Server) bury(x *session) {
	x.gone = true
	x.sm.stop()
	x.u.sessions = slices.DeleteFunc(x.u.sessions, func(o *session) bool { return o == x })
	if x.sm.id == "" {
		return
	}
	delete(s.resumable, x.sm.id)
	if len(s.over) >= maxOver {
		clear(s.over)
	}
	s.over[x.sm.id] = x.sm.handled
}

// again delivers a message that a session never acknowledged (XEP-0198 §4).
func (s *Server) again(u *user, old unacked) {
	el := old.el
	kind := el.Attr("type")
	if el.Local != "message" || kind == "groupchat" || kind == "error" || kind == "headline" ||
		el.Child(nsCarbons, "") != nil || el.Child(nsArchive, "") != nil || !worthKeeping(el) {
		return
	}
	if el.Child(nsDelay, "delay") == nil {
		el = clone(el).Add(delay(s.domain, old.at))
	}
	s.spread(u, u.jid, el)
}
