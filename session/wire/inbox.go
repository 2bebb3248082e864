package wire

// Stanza is one message, presence or IQ as it arrived.
type Stanza struct {
	*Element

	// From and To are the addresses, parsed once and leniently. A zero From means
	// that there was no from attribute, so that our own account or server speaks
	// (RFC 6120 §8.1.2.1); From is never opaque, To may be.
	From, To JID

	Seq     uint64 // position among all that arrived, from 1; for Commit
	Answers uint64 // ticket of the Ask which this answers, else 0
	Acked   uint64 // up to here the server had acknowledged what we sent when this arrived
}

// Refusal is a stanza that was dropped here, because it claimed to come from
// whom it did not.
type Refusal struct {
	Reason         RefusalReason
	From, Name, ID string // as written by the sender: remote text
}

// RefusalReason says why a stanza was dropped.
type RefusalReason int

// Reasons in a [Refusal].
const (
	UnparsableSender RefusalReason = iota // from is no address
	WrongSender                           // answers a question that went to somebody else
	Unasked                               // answers nothing we asked
)

// String names the reason for logs and tests.
func (r RefusalReason) String() string {
	return [...]string{"unparsable sender", "wrong sender", "unasked answer"}[r]
}

// inbox is what arrived and is not yet settled; the Link's mutex guards it.
type inbox struct {
	waiting []Stanza // not yet taken
	bytes   int      // their size on the wire
	seq     uint64   // of the newest stanza
	handled uint64   // up to here all is on disk or needs no disk
	auto    []span   // settled by ourselves beyond handled, ascending
	base    uint64   // seq when XEP-0198 began to count

	refused []Refusal
	dropped uint64 // all refusals ever
}

// span is a run of sequence numbers, both ends included.
type span struct{ first, last uint64 }

func (b *inbox) full() bool { return b.bytes >= maxBufferedBytes || len(b.waiting) >= maxBuffered }

func (b *inbox) push(s Stanza) {
	b.waiting = append(b.waiting, s)
	b.bytes += len(s.Raw())
}

func (b *inbox) take(n int) []Stanza {
	n = min(n, len(b.waiting))
	if n <= 0 {
		return nil
	}
	out := b.waiting[:n:n]
	for _, s := range out {
		b.bytes -= len(s.Raw())
	}
	if b.waiting = b.waiting[n:]; len(b.waiting) == 0 {
		b.waiting = nil
	}
	return out
}

// settle marks seq as handled without a Commit: it went to a caller, or nowhere.
// XEP-0198 counts it in order, that is once all before it are committed.
func (b *inbox) settle(seq uint64) {
	if n := len(b.auto); n > 0 && b.auto[n-1].last+1 == seq {
		b.auto[n-1].last = seq
	} else {
		b.auto = append(b.auto, span{seq, seq})
	}
	b.advance()
}

// commit marks all up to seq as handled, but nothing that nobody has taken.
func (b *inbox) commit(seq uint64) {
	limit := b.seq
	if len(b.waiting) > 0 {
		limit = b.waiting[0].Seq - 1
	}
	b.handled = max(b.handled, min(seq, limit))
	b.advance()
}

func (b *inbox) advance() {
	for len(b.auto) > 0 && b.auto[0].first <= b.handled+1 {
		b.handled = max(b.handled, b.auto[0].last)
		b.auto = b.auto[1:]
	}
}

// h is the counter for XEP-0198 §4, modulo 2^32.
func (b *inbox) h() uint32 {
	if b.handled < b.base {
		return 0
	}
	return uint32(b.handled - b.base)
}

// settled reports that everything received has been handled.
func (b *inbox) settled() bool { return b.handled == b.seq }

func (b *inbox) refuse(why RefusalReason, el *Element) {
	b.dropped++
	if len(b.refused) < maxRefusals {
		b.refused = append(b.refused, Refusal{why, clip(el.Attr("from"), 256), el.Local, clip(el.Attr("id"), 256)})
	}
}
