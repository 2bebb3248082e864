package wire

import "errors"

const (
	burst  = 3500 // bytes written at once: one TLS record of whole stanzas
	window = 2500 // bytes unacknowledged while more is waiting
)

// item is one element waiting to be written.
type item struct {
	b       []byte
	seq     uint64
	counted bool // a stanza, as XEP-0198 counts them
}

// outbox is what is to be written and what is not acknowledged yet; the Link's
// mutex guards it.
//
//	Send ─> queue ─> (writer) ─> unacked ─> acknowledged
type outbox struct {
	queue   []item
	bytes   int    // in queue
	seq     uint64 // of the newest item
	written uint64
	acked   uint64

	sm       bool
	unacked  []item // stanzas written and not acknowledged
	inFlight int    // bytes in unacked
	sentH    uint64 // stanzas written since XEP-0198 began
	ackedH   uint64 // of these, acknowledged
	askedH   uint64 // sentH when we last asked
}

var errQueueFull = errors.New("send queue is full")

func (o *outbox) push(b []byte, counted bool) (uint64, error) {
	if len(o.queue) >= maxQueued || o.bytes+len(b) > maxQueuedBytes {
		return 0, &Error{Kind: Busy, Err: errQueueFull}
	}
	o.seq++
	o.queue = append(o.queue, item{b, o.seq, counted})
	o.bytes += len(b)
	return o.seq, nil
}

// next returns what may be written behind n bytes of the same burst. With
// XEP-0198 the window keeps bulk from piling up in front of what matters, and
// from being lost or doubled when the link breaks; it is one stanza at least,
// however large. flush ignores it.
func (o *outbox) next(n int, flush bool) (item, bool) {
	if len(o.queue) == 0 {
		return item{}, false
	}
	it := o.queue[0]
	if n > 0 && n+len(it.b) > burst {
		return item{}, false
	}
	if o.sm && !flush && o.inFlight > 0 && o.inFlight+len(it.b) > window {
		return item{}, false
	}
	o.queue[0] = item{}
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = nil
	}
	o.bytes -= len(it.b)
	if o.sm && it.counted {
		// Counted before it is written: the acknowledgement may be read before
		// the write returns.
		o.unacked = append(o.unacked, it)
		o.inFlight += len(it.b)
		o.sentH++
	}
	return it, true
}

// acknowledge takes the server's counter (XEP-0198 §4). It reports false for one
// the server cannot have reached; such a server has lost count, or lies, and
// would make us forget what it never got.
func (o *outbox) acknowledge(h uint32) bool {
	n := h - uint32(o.ackedH) // modulo 2^32
	if uint64(n) > uint64(len(o.unacked)) {
		return false
	}
	for i, it := range o.unacked[:n] {
		o.inFlight -= len(it.b)
		o.acked = it.seq
		o.unacked[i] = item{} // the bytes may go
	}
	o.ackedH += uint64(n)
	o.written = max(o.written, o.acked) // the answer was faster than our own Write
	if o.unacked = o.unacked[n:]; len(o.unacked) == 0 {
		o.unacked = nil
	}
	return true
}
