package session

import "sync"

// queueMax bounds the events of a mailbox that replace no other.
const queueMax = 256

// Mailbox collects what changed for one subscriber: a set of the latest
// values, so it never fills however slow the subscriber is. Events that replace
// no other (lines taken or refused, answers, notifications) queue, 256 at
// most; beyond that the oldest are dropped and counted: the store has the
// truth. Any goroutine may post; one takes.
type Mailbox struct {
	mu    sync.Mutex
	at    map[any]int
	list  []Event // nil entries were replaced
	queue int
	lost  int
	wake  chan struct{}
}

func newMailbox() *Mailbox {
	return &Mailbox{at: map[any]int{}, wake: make(chan struct{}, 1)}
}

// Wake receives when there is something to take. It is never closed.
func (m *Mailbox) Wake() <-chan struct{} { return m.wake }

// Take empties the mailbox, in the order in which the values became what they are.
func (m *Mailbox) Take() []Event {
	m.mu.Lock()
	list := m.list
	m.list, m.queue = nil, 0
	clear(m.at)
	m.mu.Unlock()
	n := 0
	for _, e := range list {
		if e != nil {
			list[n] = e
			n++
		}
	}
	return list[:n]
}

// Lost counts the queued events that were dropped since the start.
func (m *Mailbox) Lost() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lost
}

func (m *Mailbox) post(e Event) {
	m.mu.Lock()
	k := e.key()
	if k == nil {
		if m.queue == queueMax {
			m.dropOldest()
		}
		m.queue++
	} else {
		if i, ok := m.at[k]; ok {
			m.list[i] = nil
		}
		m.at[k] = len(m.list)
	}
	m.list = append(m.list, e)
	// Replaced entries must not pile up while nobody takes.
	if len(m.list) > 2*(len(m.at)+m.queue)+64 {
		m.compact()
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Mailbox) dropOldest() {
	for i, e := range m.list {
		if e != nil && e.key() == nil {
			m.list[i] = nil
			m.queue--
			m.lost++
			return
		}
	}
}

func (m *Mailbox) compact() {
	n := 0
	for _, e := range m.list {
		if e == nil {
			continue
		}
		m.list[n] = e
		if k := e.key(); k != nil {
			m.at[k] = n
		}
		n++
	}
	clear(m.list[n:])
	m.list = m.list[:n]
}
