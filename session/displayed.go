package session

import (
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// How far our devices showed each chat (XEP-0490): an item for each chat in a node
// of our own. It only moves forward; what another device told is read here too.

const (
	// shownEvery is the least time between two items that are published.
	shownEvery = 3 * time.Second
	// shownRest lets what is read in one go become one item.
	shownRest = 500 * time.Millisecond
	// shownMost bounds the items that are read after a login.
	shownMost = 5000
)

var displayedNode = pepNode{name: nsDisplayed, from: pepOwn, notify: true, access: "whitelist", keep: "max", last: "never",
	items: shownMost, size: 8 << 10}

// display is what an account publishes over one link.
type display struct {
	ready   bool // the node was read: nothing goes there before
	waiting bool // a timer runs, or an item is on its way
	last    time.Time

	unknown map[store.ChatKey]shownName // of chats that are not here yet
}

// shownName is a message as its archive calls it.
type shownName struct{ id, by string }

// readDisplayed reads the node after a login. XEP-0490 §8: nothing is published
// where publish-options cannot keep it from others.
func (l *loop) readDisplayed() {
	if !l.home.pep || !l.home.options {
		return
	}
	l.fetch(&displayedNode, wire.JID{}, func(items []pepItem, err error) {
		if err == errLinkLost {
			return
		}
		l.keep(func(tx *store.Tx) error { return l.takeDisplayed(tx, items) })
		if err == nil || absent(err) {
			l.display.ready = true
			l.shownSoon()
		}
	})
}

func (l *loop) shownLost() { l.display.ready, l.display.unknown = false, nil }

// displayedEvent takes what another device showed. That items are gone says nothing.
func (l *loop) displayedEvent(_ *store.Tx, e pepEvent) error {
	// Behind the burst: a chat that came in it is known then.
	l.then = append(l.then, func() { l.keep(func(tx *store.Tx) error { return l.takeDisplayed(tx, e.items) }) })
	return nil
}

func (l *loop) takeDisplayed(tx *store.Tx, items []pepItem) error {
	for _, i := range items {
		if !i.payload.Is(nsDisplayed, "displayed") {
			continue
		}
		s := i.payload.Child(nsStanzaID, "stanza-id")
		name := shownName{s.Attr("id"), wire.Lenient(s.Attr("by")).String()}
		j := wire.Lenient(i.id)
		if name.id == "" || len(name.id) > 256 || j.IsZero() || j.Opaque() {
			continue
		}
		for _, k := range l.shownKeys(j) {
			if id, ok := l.chatIDs[k]; ok {
				if err := l.takeShown(tx, id, k, name); err != nil {
					return err
				}
			} else if len(l.display.unknown) < 2*shownMost {
				l.then = append(l.then, func() {
					if l.display.unknown == nil {
						l.display.unknown = map[store.ChatKey]shownName{}
					}
					l.display.unknown[k] = name
				})
			}
		}
	}
	return nil
}

func (l *loop) takeShown(tx *store.Tx, id store.ChatID, k store.ChatKey, name shownName) error {
	if name.by != l.archiveName(k) {
		return nil
	}
	l.emit(ChatsChanged{seal: localOrigin().seal()})
	if l.unsorted[id] != 0 || l.astray(name.by) {
		return tx.ShownLater(id, name.id) // what stands in front of it is not known yet
	}
	return tx.ShownBy(id, name.by, name.id)
}

// shownOfNew takes what was told of a chat before it was here.
func (l *loop) shownOfNew(tx *store.Tx, id store.ChatID, k store.ChatKey) error {
	name, ok := l.display.unknown[k]
	if !ok {
		return nil
	}
	return l.takeShown(tx, id, k, name)
}

// shownKeys says which chats an item can be about (XEP-0490 §4.1); none is made.
func (l *loop) shownKeys(j wire.JID) []store.ChatKey {
	if j.Resource() != "" {
		return []store.ChatKey{l.privateKey(j.Bare(), j.Resource())}
	}
	return []store.ChatKey{l.roomKey(j), l.directKey(j)}
}

// archiveName is who names the messages of a chat: its room, else our server.
func (l *loop) archiveName(c store.ChatKey) string {
	if c.Kind == store.Room {
		return c.JID
	}
	return l.self.String()
}

// dueShown notes that a chat was read here.
func (l *loop) dueShown(tx *store.Tx, id store.ChatID) error {
	c, ok := l.chat(id)
	if !ok {
		return nil
	}
	due, err := tx.ShowDue(id, l.archiveName(c.ChatKey))
	if due {
		l.then = append(l.then, l.shownSoon)
	}
	return err
}

// shownSoon publishes, one chat at a time.
func (l *loop) shownSoon() {
	if l.display.waiting || !l.display.ready {
		return
	}
	l.display.waiting = true
	wait := max(shownRest, shownEvery-l.c.opt.Now().Sub(l.display.last))
	l.after(min(wait, shownEvery), func(l *loop) {
		l.display.waiting = false
		l.publishShown()
	})
}

func (l *loop) publishShown() {
	if !l.display.ready || l.state != Online || !l.saving {
		return // the next login
	}
	var next store.Shown
	found := false
	if !l.write(func(tx *store.Tx) (err error) {
		next, found, err = tx.NextShown(l.a.id, func(c store.Chat) string { return l.archiveName(c.ChatKey) })
		return err
	}) || !found {
		return
	}
	if next.Chat.ShownID != "" && len(l.queries) > 0 {
		l.shownSoon() // another device may be further: the archive tells
		return
	}
	item := next.Chat.JID
	if next.Chat.Kind == store.Private {
		item += "/" + next.Chat.Nick
	}
	if !l.write(func(tx *store.Tx) error { return tx.Telling(next) }) {
		return // the next login
	}
	e := wire.New(nsDisplayed, "displayed").Add(wire.New(nsStanzaID, "stanza-id").Set("by", next.Archive).Set("id", next.ID))
	l.display.waiting, l.display.last = true, l.c.opt.Now()
	l.publish(&displayedNode, item, e, func(err error) {
		l.display.waiting = false
		switch {
		case err == errLinkLost:
			return
		case err != nil:
			l.display.ready = false // it takes none; the next login tries again
			return
		}
		if l.write(func(tx *store.Tx) error { return tx.ToldShown(next) }) {
			l.shownSoon()
		}
	})
}
