package wire

import (
	"errors"
	"strconv"
	"time"
)

// holdLimit is how long a full buffer is put up with.
const holdLimit = 60 * time.Second

// read is the reader: the only goroutine that reads the connection. It waits for
// the network and, when the buffer is full, for the caller; never for the writer.
func (l *Link) read() error {
	for {
		if err := l.hold(); err != nil {
			return err
		}
		el, err := l.dec.next()
		if err == nil {
			if l.cfg.Console != nil {
				l.cfg.Console(false, masked(el))
			}
			err = l.receive(el)
		}
		var f *fault
		switch {
		case err == nil:
			continue
		case errors.As(err, &f):
			l.part(streamFault(f))
		case errors.Is(err, errStreamEnd):
			l.part([]byte("</stream:stream>"))
		}
		return err
	}
}

// hold waits while the buffer is full. TCP holds the server meanwhile.
func (l *Link) hold() error {
	l.mu.Lock()
	full := l.in.full()
	l.pulse.held = full
	l.mu.Unlock()
	if !full {
		return nil
	}
	t := time.NewTimer(holdLimit)
	defer t.Stop()
	for full {
		select {
		case <-l.room:
			t.Reset(holdLimit)
		case <-t.C:
			return &Error{Kind: Closed, Condition: "held", Err: errors.New("nothing was taken or committed for 60 s while the buffer was full")}
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
		l.mu.Lock()
		full = l.in.full()
		l.mu.Unlock()
	}
	l.mu.Lock()
	l.pulse.held = false
	l.mu.Unlock()
	// Silence of our own making does not count against the server.
	l.pulse.arrived.Store(int64(time.Since(l.epoch)))
	signal(l.poke)
	return nil
}

// receive sorts one top-level element.
func (l *Link) receive(el *Element) error {
	switch el.Space {
	case NSClient:
		l.mu.Lock()
		call := l.stanza(el)
		l.mu.Unlock()
		if call != nil {
			call(el)
		}
		return nil
	case NSManagement:
		return l.management(el)
	case NSStream:
		if el.Local == "error" {
			return streamError(el, l.domain, true)
		}
	}
	return &fault{cond: "unsupported-stanza-type", text: "not after login"}
}

// management handles XEP-0198 §4.
func (l *Link) management(el *Element) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.out.sm {
		return &fault{cond: "unsupported-stanza-type", text: "stream management is not on"}
	}
	switch el.Local {
	case "r":
		l.ackOwed = true
		signal(l.kick)
	case "a":
		h, err := strconv.ParseUint(el.Attr("h"), 10, 32)
		before := l.out.ackedH
		if err != nil || !l.out.acknowledge(uint32(h)) {
			return &fault{cond: "undefined-condition", text: "acknowledged what was never sent", kind: StreamError}
		}
		l.pulse.answered(time.Now(), l.out.ackedH != before || len(l.out.unacked) == 0)
		signal(l.kick)
		signal(l.ready)
		signal(l.poke)
	}
	return nil
}

// stanza gives a stanza its number and its place. It returns the function which
// takes it, if it answers a call. The mutex is held.
func (l *Link) stanza(el *Element) (call func(*Element)) {
	l.in.seq++
	s := Stanza{Element: el, Seq: l.in.seq, To: Lenient(el.Attr("to")), Acked: l.out.acked}
	for _, a := range el.Attrs {
		if a.Space == "" && a.Local == "from" {
			// An empty or unparsable from is somebody who hides, never the
			// server; no from at all is the server.
			if s.From = Lenient(a.Value); s.From.IsZero() || s.From.Opaque() {
				l.in.refuse(UnparsableSender, el)
				l.in.settle(s.Seq)
				return nil
			}
		}
	}
	if t := el.Attr("type"); el.Local == "iq" && (t == "result" || t == "error") {
		p, stranger := l.questions.match(el.Attr("id"), s.From)
		switch {
		case stranger:
			l.in.refuse(WrongSender, el)
		case p == nil && l.questions.forgotten(el.Attr("id")):
		case p == nil:
			l.in.refuse(Unasked, el)
		case p.answer != nil:
			l.questions.remove(p)
			l.in.settle(s.Seq)
			return p.answer
		default:
			l.questions.answered(p, s.Seq, l.in.handled)
			s.Answers = p.ticket
		}
		if p == nil {
			l.in.settle(s.Seq)
			return nil
		}
	}
	l.in.push(s)
	signal(l.ready)
	return nil
}

// expectsLarge lets an answer of our own account or server be as large as a
// roster, while we wait for one. Called by the decoder on the reader's goroutine.
func (l *Link) expectsLarge(root *Element) bool {
	if !root.Is(NSClient, "iq") || root.Attr("type") != "result" {
		return false
	}
	from := Lenient(root.Attr("from"))
	l.mu.Lock()
	defer l.mu.Unlock()
	p, _ := l.questions.match(root.Attr("id"), from)
	return p != nil && p.own
}
