package session

import (
	"errors"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Contacts that moved to another address: XEP-0283. The new address says so with
// its request; only what the old one published makes it true. It is told, and
// nothing follows from it by itself.

const (
	nsMoved = "urn:xmpp:moved:1"
	// movesMax bounds the statements that are asked for at a time.
	movesMax = 8
)

var movedNode = pepNode{name: nsMoved, items: 4, size: 4 << 10}

// checkMoved looks, when a request for our presence says that a contact moved,
// whether that contact says so too.
func (l *loop) checkMoved(o origin, st wire.Stanza) {
	m := st.Child(nsMoved, "moved")
	if m == nil || o.by != byContact {
		return
	}
	old, err := wire.Parse(strings.TrimSpace(m.ChildText(nsMoved, "old-jid")))
	fresh := o.owner
	if err != nil || old.Resource() != "" || old.String() == fresh.String() || old.String() == l.self.String() || fresh.Opaque() {
		return
	}
	if s := l.contacts[old.String()].Subscription; s != "from" && s != "both" {
		return // XEP-0283 §4.3: ignored entirely
	}
	if l.moves[old.String()] || len(l.moves) >= movesMax {
		return
	}
	l.then = append(l.then, func() {
		if l.moves == nil {
			l.moves = map[string]bool{}
		}
		l.moves[old.String()] = l.fetch(&movedNode, old, func(items []pepItem, err error) {
			delete(l.moves, old.String())
			if movedTo(items, err) == fresh.String() {
				l.moved(old, fresh)
			}
		})
		if !l.moves[old.String()] {
			delete(l.moves, old.String())
		}
	})
}

// movedTo is the address to which an account says that it moved; "": it does not.
func movedTo(items []pepItem, err error) string {
	said := ""
	var e *wire.StanzaError
	if errors.As(err, &e) && e.Condition == "gone" && e.El != nil {
		if u, wrong := ParseURI(strings.TrimSpace(e.El.ChildText(wire.NSStanzaErr, "gone"))); wrong == nil {
			said = u.JID
		}
	}
	for _, i := range items {
		if i.payload.Is(nsMoved, "moved") && (i.id == "current" || len(items) == 1) {
			said = strings.TrimSpace(i.payload.ChildText(nsMoved, "new-jid"))
		}
	}
	if j, err := wire.Parse(said); err == nil && said != "" {
		return j.Bare().String()
	}
	return ""
}

// moved tells, in the chat with the old address, where its owner is now.
func (l *loop) moved(old, fresh wire.JID) {
	l.keep(func(tx *store.Tx) error {
		chat, err := l.chatFor(tx, l.directKey(old))
		if err != nil {
			return err
		}
		if _, there, err := tx.NoticeOf(chat, old.String(), fresh.String()); there || err != nil {
			return err
		}
		name := old.String()
		if c := l.contacts[name]; c.Name != "" {
			name = c.Name
		}
		id, _, err := tx.Arrive(store.Arrival{Chat: chat, Kind: store.Notice, Notice: store.NoticeMoved, Sender: old.String(), Nick: clip(name, nameMax),
			RealJID: fresh.String(), Quiet: true, Via: "live"})
		if err != nil {
			return err
		}
		l.chatMoved(chat, tx)
		l.tell(chat, "moved", name, fresh.String())
		return tx.NameNotice(id, old.String(), fresh.String())
	})
}
