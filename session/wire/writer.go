package wire

import (
	"strconv"
	"time"
)

// write is the writer: the only goroutine that writes to the connection.
func (l *Link) write() error {
	var buf []byte
	for {
		select {
		case <-l.ctx.Done():
			return l.ctx.Err()
		case <-l.kick:
		}
		for {
			b := l.gather(buf[:0])
			if len(b.bytes) == 0 {
				break
			}
			for _, shown := range b.shown {
				l.cfg.Console(true, shown)
			}
			signal(l.poke) // a Write that hangs has to be noticed too
			_, err := l.conn.Write(b.bytes)
			l.wrote(b, err)
			if err != nil {
				l.linger()
				return err
			}
			if buf = b.bytes; cap(buf) > 64<<10 {
				buf = nil
			}
		}
	}
}

// linger gives the reader a moment after a failed write: the server may have said
// why it closed the connection, and that is worth more than "broken pipe".
func (l *Link) linger() {
	t := time.NewTimer(partLimit)
	defer t.Stop()
	select {
	case <-l.ctx.Done():
	case <-t.C:
	}
}

// batch is what goes out in one Write.
type batch struct {
	bytes []byte
	shown [][]byte // for the console
	last  uint64   // sequence number of the last element, 0 for none
	probe bool     // the server has to answer
	final bool
}

func (l *Link) add(b *batch, el []byte) {
	b.bytes = append(b.bytes, el...)
	if l.cfg.Console != nil {
		b.shown = append(b.shown, maskedBytes(el))
	}
}

// gather makes the next batch, empty when there is nothing to write now: last
// words before all else, then our counter, then stanzas as far as the window
// goes, and a question for the server's counter behind them.
func (l *Link) gather(buf []byte) batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := batch{bytes: buf}
	if l.partedOK {
		return b
	}
	if l.parting != nil {
		l.add(&b, l.parting)
		b.final = true
		return b
	}
	if l.out.sm && (l.ackOwed || (l.closing && l.in.h() > 0)) {
		l.add(&b, []byte("<a xmlns='"+NSManagement+"' h='"+strconv.FormatUint(uint64(l.in.h()), 10)+"'/>"))
		l.ackLow = !l.in.settled()
		l.ackOwed = false
	}
	for {
		it, ok := l.out.next(len(b.bytes), l.closing)
		if !ok {
			break
		}
		l.add(&b, it.b)
		b.last = it.seq
	}
	switch {
	case l.closing && len(l.out.queue) == 0:
		l.add(&b, []byte("</stream:stream>"))
		b.final = true
	case l.closing:
	case l.out.sm:
		if !l.pulse.asked && (l.out.sentH > l.out.askedH || l.pulse.wanted) {
			l.add(&b, []byte("<r xmlns='"+NSManagement+"'/>"))
			l.out.askedH = l.out.sentH
			b.probe = true
		}
	case l.pulse.wanted && !l.pulse.asked:
		b.probe = l.ping(&b)
	}
	if len(b.bytes) > 0 {
		l.pulse.writing(time.Now(), b.probe, len(b.bytes)+l.out.inFlight)
	}
	return b
}

// ping asks the server for a sign of life where XEP-0198 is missing (XEP-0199).
// Any answer is one, an error too.
func (l *Link) ping(b *batch) bool {
	iq := New(NSClient, "iq").Set("type", "get").Set("to", l.domain).Add(New(NSPing, "ping"))
	p, err := newPending(iq, l.me)
	if err != nil {
		return false
	}
	p.answer = func(*Element) {
		l.mu.Lock()
		l.pulse.answered(time.Now(), true)
		l.mu.Unlock()
		signal(l.poke)
	}
	if l.questions.add(p) != nil {
		return false
	}
	l.add(b, iq.Bytes())
	return true
}

// wrote takes note of a finished Write.
func (l *Link) wrote(b batch, err error) {
	l.mu.Lock()
	l.pulse.wrote(time.Now(), b.probe)
	if b.last > 0 {
		// After an error too: a part of it may be on its way.
		l.out.written = b.last
	}
	if b.final || err != nil {
		if !l.partedOK {
			l.partedOK = true
			close(l.parted)
		}
	}
	l.mu.Unlock()
	if b.last > 0 {
		signal(l.ready)
	}
	signal(l.poke)
}
