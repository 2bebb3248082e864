package wire

// Limits of what is read. They bound memory and work per stanza whatever the
// other side sends; a stream that goes beyond one ends with policy-violation.
const (
	maxStanza        = 1 << 20  // bytes of a stanza
	maxAnswer        = 8 << 20  // bytes of an answer to a pending IQ of ours from our own account or server (a roster of 10,000 is 1.1 MB)
	maxBeforeLogin   = 64 << 10 // bytes of an element before authentication
	maxElements      = 1 << 16  // elements in a stanza: an element costs a hundred bytes here and four on the wire
	maxAnswerParts   = 1 << 18  // elements in such an answer
	maxDepth         = 64       // nesting, the stanza itself being 1
	maxAttributes    = 256      // attributes of one element, namespace declarations included
	maxDeclarations  = 256      // namespace declarations in force at one place: each name is looked up among them
	maxBufferedBytes = 4 << 20  // stanzas waiting for Take
	maxBuffered      = 10_000   // stanzas waiting for Take
	maxQueuedBytes   = 64 << 20 // bytes waiting to be written
	maxQueued        = 100_000  // stanzas waiting to be written
	maxPending       = 10_000   // questions without an answer
	maxRefusals      = 64       // refusals kept until Refused is called
)
