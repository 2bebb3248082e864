package wire

import (
	"strconv"
	"time"
)

// strictTime is how long after a resumption a link that does not answer is dead
// even while bytes arrive: a server that took up a broken stream swallows what
// we send and goes on talking.
const strictTime = 30 * time.Second

// Remains is what an ended link leaves for the next one, so that the server can
// take up the same session (XEP-0198 §5): what it has not acknowledged, what is
// still to be sent, the questions that are open, and the counters. It can be
// used for one login at a time.
type Remains struct {
	id        string
	max       time.Duration // how long the server keeps the session; 0: not said
	until     time.Time
	me        JID
	handled   uint64 // of what arrived
	base      uint64
	out       outbox
	acked     uint64 // of out, when the link ended: a login that takes it up moves it
	questions questions
}

// JID is the full address of the session.
func (r *Remains) JID() JID { return r.me }

// Until is when the server may have forgotten the session; zero: it did not say.
func (r *Remains) Until() time.Time { return r.until }

// Acked is the sequence number of the last stanza that the server acknowledged.
func (r *Remains) Acked() uint64 { return r.acked }

// Remains returns what can be resumed of a link that has ended; it waits for
// the end. nil: nothing can, because the server does not offer it, the stream
// ended in order, or what happened would only happen again: a session that was
// sick is not resumed. What was taken and not committed comes again. What is
// sent to the link until then is part of it.
func (l *Link) Remains() *Remains {
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.again == nil || l.closing || !l.out.sm {
		return nil
	}
	switch KindOf(l.err) {
	case Closed, Timeout, Unreachable, Refused, Other:
	default:
		return nil
	}
	if KindOf(l.err) == Timeout && !l.resumed.IsZero() && time.Since(l.resumed) < strictTime {
		return nil
	}
	r := l.again
	l.again = nil
	if r.max > 0 {
		r.until = time.Now().Add(r.max)
	}
	r.me, r.handled, r.base = l.me, l.in.handled, l.in.base
	r.out, r.acked = l.out, l.out.acked
	r.questions = l.questions
	r.questions.reopen(r.handled)
	// Calls ended with the link; what was asked goes on waiting.
	for _, p := range l.questions.byID {
		if p.answer != nil {
			r.questions.abandon(p)
		}
	}
	return r
}

// resume asks the server to take up an old session (§5). false: it cannot, and
// a fresh login has to follow; what the server says it had got is noted.
func (s *stream) resume(r *Remains) (bool, error) {
	in := inbox{handled: r.handled, base: r.base}
	if err := s.send(New(NSManagement, "resume").Set("previd", r.id).Set("h", strconv.FormatUint(uint64(in.h()), 10))); err != nil {
		return false, err
	}
	el, err := s.read()
	if err != nil {
		return false, err
	}
	h, numErr := strconv.ParseUint(el.Attr("h"), 10, 32)
	switch {
	case el.Is(NSManagement, "resumed"):
		if numErr != nil || !r.out.acknowledge(uint32(h)) {
			return false, s.failed(&fault{cond: "undefined-condition", text: "acknowledged what was never sent", kind: StreamError})
		}
		return true, nil
	case el.Is(NSManagement, "failed"):
		if numErr == nil {
			r.out.acknowledge(uint32(h)) // out of range: the server lost count, and nothing is known
		}
		return false, nil
	}
	return false, s.failed(&fault{cond: "unsupported-stanza-type", text: "no answer to resume"})
}

// inherit gives a new link what the old one left. What was not acknowledged goes
// first, in its order and under its old numbers. The link does not run yet.
func (l *Link) inherit(r *Remains) {
	l.in.seq, l.in.handled, l.in.base = r.handled, r.handled, r.base
	l.out = r.out
	l.out.queue = append(append(make([]item, 0, len(r.out.unacked)+len(r.out.queue)), r.out.unacked...), r.out.queue...)
	l.out.bytes += l.out.inFlight
	l.out.unacked, l.out.inFlight = nil, 0
	l.out.sentH, l.out.askedH = l.out.ackedH, l.out.ackedH
	l.questions = r.questions
	l.again = &Remains{id: r.id, max: r.max}
	l.resumed = time.Now()
	signal(l.kick)
}

// allowResume notes how the session of a link can be resumed.
func (l *Link) allowResume(r *Remains) {
	l.mu.Lock()
	l.again = r
	l.mu.Unlock()
}

// Resumable says whether the server would take up the session of this link again
// when it breaks, and for how long; 0: it did not say.
func (l *Link) Resumable() (ok bool, most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.again == nil {
		return false, 0
	}
	return true, l.again.max
}

// manage switches XEP-0198 on, with resumption where the server offers it.
// Stanzas that arrive before <enabled/> are not counted by it (§3) and are
// returned.
func (s *stream) manage() (on bool, again *Remains, early []*Element, err error) {
	if err := s.send(New(NSManagement, "enable").Set("resume", "true")); err != nil {
		return false, nil, nil, err
	}
	for len(early) < 1000 {
		el, err := s.read()
		if err != nil {
			return false, nil, nil, err
		}
		switch {
		case el.Is(NSManagement, "enabled"):
			if v := el.Attr("resume"); (v == "true" || v == "1") && el.Attr("id") != "" {
				again = &Remains{id: el.Attr("id")}
				if n, err := strconv.Atoi(el.Attr("max")); err == nil && n > 0 {
					again.max = time.Duration(n) * time.Second
				}
			}
			return true, again, early, nil
		case el.Is(NSManagement, "failed"):
			return false, nil, early, nil
		case el.Space == NSClient:
			early = append(early, el)
		default:
			return false, nil, nil, s.failed(&fault{cond: "unsupported-stanza-type", text: "no answer to enable"})
		}
	}
	return false, nil, nil, s.failed(&fault{cond: "policy-violation", text: "no answer to enable"})
}
