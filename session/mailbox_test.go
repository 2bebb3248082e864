package session

import (
	"strconv"
	"testing"

	"sotto/store"
)

func TestMailboxKeepsTheLatestOnly(t *testing.T) {
	m := newMailbox()
	for i := range 10_000 {
		m.post(PresenceChanged{JID: "a" + strconv.Itoa(i%3), Account: 1, Resources: make([]Resource, i%7)})
		m.post(ChatChanged{Chat: 5, Rev: uint64(i)})
	}
	<-m.Wake()
	list := m.Take()
	if len(list) != 4 {
		t.Fatalf("got %d events, want 3 presences and a chat", len(list))
	}
	if c, ok := list[3].(ChatChanged); !ok || c.Rev != 9999 {
		t.Errorf("got %#v last, want the newest rev of the chat", list[3])
	}
	if len(m.Take()) != 0 {
		t.Error("a taken event came again")
	}
}

func TestMailboxBoundsItsQueue(t *testing.T) {
	m := newMailbox()
	for i := range queueMax + 10 {
		m.post(Incoming{Message: store.MessageID(i)})
	}
	list := m.Take()
	if len(list) != queueMax || m.Lost() != 10 {
		t.Fatalf("got %d events and %d lost, want %d and 10", len(list), m.Lost(), queueMax)
	}
	if first, ok := list[0].(Incoming); !ok || first.Message != 10 {
		t.Errorf("got %#v first: the oldest should have gone", list[0])
	}
}
