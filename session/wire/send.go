package wire

import (
	"context"
	"errors"
	"time"
)

// Send queues one element, usually a stanza, and returns its sequence number. It
// never blocks; the order of calls is the order on the wire. The error is an
// *Error: Busy when the queue is full, otherwise why the link has ended.
func (l *Link) Send(e *Element) (seq uint64, err error) {
	return l.enqueue(e.Bytes(), isStanza(e), nil)
}

// SendBytes is Send for one element that was serialised before, for a client
// stream. What is not exactly one whole element is refused: it would end the
// link, and again each time it is sent.
func (l *Link) SendBytes(b []byte) (seq uint64, err error) {
	e, err := ParseElement(b, NSClient)
	if err != nil {
		return 0, err
	}
	return l.enqueue(append([]byte(nil), b...), isStanza(e), nil)
}

// isStanza reports that XEP-0198 counts e.
func isStanza(e *Element) bool {
	return e.Space == NSClient && (e.Local == "message" || e.Local == "presence" || e.Local == "iq")
}

// Probe asks the server for a sign of life: the machine slept, or its network is
// another one. A link over which nothing at all arrives within five seconds is
// dead. It never blocks.
func (l *Link) Probe() {
	l.mu.Lock()
	l.pulse.hurry = time.Now()
	if !l.pulse.asked {
		l.pulse.wanted = true
	}
	l.mu.Unlock()
	signal(l.kick)
	signal(l.poke)
}

// Ask sends an IQ of type get or set. The answer comes in order through Take,
// with the returned ticket in Answers. An IQ without an id is given one. When the
// link ends there is no answer.
func (l *Link) Ask(iq *Element) (ticket uint64, err error) {
	p, err := newPending(iq, l.me)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	l.questions.tickets++
	p.ticket = l.questions.tickets
	l.mu.Unlock()
	_, err = l.enqueue(iq.Bytes(), true, p)
	return p.ticket, err
}

// Call sends an IQ of type get or set and waits for the answer; one of type
// error is returned as *StanzaError. It ends with ctx and with the link. It must
// not run on the goroutine which calls Take: with a full buffer the answer would
// never be read. An IQ without an id is given one.
func (l *Link) Call(ctx context.Context, iq *Element) (*Element, error) {
	p, err := newPending(iq, l.me)
	if err != nil {
		return nil, err
	}
	answer := make(chan *Element, 1)
	p.answer = func(el *Element) { answer <- el }
	if _, err := l.enqueue(iq.Bytes(), true, p); err != nil {
		return nil, err
	}
	select {
	case el := <-answer:
		return verdict(el)
	case <-ctx.Done():
		err = ctx.Err()
	case <-l.ctx.Done():
		err = l.gone()
	}
	l.mu.Lock()
	l.questions.abandon(p)
	l.mu.Unlock()
	select {
	case el := <-answer: // both at once
		return verdict(el)
	default:
		return nil, err
	}
}

func verdict(el *Element) (*Element, error) {
	if se := ErrorOf(el); se != nil {
		return nil, se
	}
	return el, nil
}

// gone is what calls get after the end.
func (l *Link) gone() error {
	if err := l.Err(); err != nil {
		return err
	}
	return &Error{Kind: Closed, Host: l.domain, Err: errors.New("link was closed")}
}

// enqueue hands bytes to the writer and registers the question they ask, both or
// none.
func (l *Link) enqueue(b []byte, counted bool, p *pending) (uint64, error) {
	l.mu.Lock()
	// What is sent to a link that has just ended goes with its Remains.
	if l.closing || l.ended && (l.again == nil || p != nil && p.answer != nil) {
		l.mu.Unlock()
		return 0, l.gone()
	}
	if p != nil {
		if err := l.questions.add(p); err != nil {
			l.mu.Unlock()
			return 0, err
		}
	}
	seq, err := l.out.push(b, counted)
	if err != nil && p != nil {
		l.questions.remove(p)
	}
	l.mu.Unlock()
	signal(l.kick)
	return seq, err
}
