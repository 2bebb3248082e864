package session

import (
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// What a bookmark of XEP-0402 says besides the room: that it stands first
// (XEP-0469), and what it may notify of (XEP-0492).

const (
	nsPinned = "urn:xmpp:bookmarks-pinning:0"     // XEP-0469
	nsNotify = "urn:xmpp:notification-settings:1" // XEP-0492
)

// notifyNames are the settings as XEP-0492 calls them.
var notifyNames = map[string]string{store.NotifyAll: "always", store.NotifyMention: "on-mention", store.NotifyNone: "never"}

// readExtensions reads them; of a room without a setting the rule is the usual one.
func readExtensions(e *wire.Element) (pinned bool, rule string) {
	x := e.Child(nsBookmarks, "extensions")
	if c := notifyFor(x.Child(nsNotify, "notify")); c != nil {
		for r, name := range notifyNames {
			if name == c.Local {
				rule = r
			}
		}
	}
	return x.Child(nsPinned, "pinned") != nil, rule
}

// notifyFor finds the setting that is meant for a program such as this one (XEP-0492
// §3): the most specific one; nil: none.
func notifyFor(n *wire.Element) (best *wire.Element) {
	most := 0
	for c := range n.All(nsNotify, "") {
		category, kind, score := c.Attr("identity-category"), c.Attr("identity-type"), 0
		switch {
		case c.Local != "always" && c.Local != "on-mention" && c.Local != "never":
		case category == "client" && kind == "console":
			score = 3
		case category == "client" && kind == "":
			score = 2
		case category == "" && kind == "":
			score = 1
		}
		if score > most {
			most, best = score, c
		}
	}
	return best
}

// changeExtensions writes pin and rule into <extensions/>; all else in it stays byte
// for byte. x may be nil. The second result is an element to be added instead.
func (b bookmark) changeExtensions(x *wire.Element, was bookmark) ([]byte, *wire.Element) {
	var add []*wire.Element
	if b.pinned && x.Child(nsPinned, "pinned") == nil {
		add = append(add, wire.New(nsPinned, "pinned"))
	}
	n := x.Child(nsNotify, "notify")
	if n == nil && b.notify != was.notify {
		add = append(add, wire.New(nsNotify, "notify").Add(wire.New(nsNotify, notifyNames[b.notify])))
	}
	if x == nil {
		return nil, wire.New(nsBookmarks, "extensions").Add(add...)
	}
	return x.Rewrite(nil, func(c *wire.Element) []byte {
		switch {
		case c.Is(nsPinned, "pinned") && !b.pinned:
			return []byte{}
		case c == n && b.notify != was.notify:
			return changeNotify(n, b.notify)
		}
		return nil
	}, add...), nil
}

// changeNotify writes a rule into <notify/>: into the setting that is meant for us.
// What programs keep in <advanced/> stays (XEP-0492 §3).
func changeNotify(n *wire.Element, rule string) []byte {
	best := notifyFor(n)
	var add []*wire.Element
	var instead *wire.Element
	switch {
	case rule == store.NotifyUsual:
	case best == nil:
		add = append(add, wire.New(nsNotify, notifyNames[rule]))
	default:
		instead = wire.New(nsNotify, notifyNames[rule])
		instead.Attrs = slices.Clone(best.Attrs)
		for _, c := range best.Children {
			if v, err := wire.Verbatim(c.Standalone()); err == nil {
				instead.Add(v)
			}
		}
		fallback := slices.ContainsFunc(n.Children, func(c *wire.Element) bool { return len(c.Attrs) == 0 && c.Space == nsNotify })
		if len(best.Attrs) > 0 && !fallback {
			add = append(add, wire.New(nsNotify, notifyNames[rule]))
		}
	}
	return n.Rewrite(nil, func(c *wire.Element) []byte {
		switch {
		case c == best && instead != nil:
			return instead.Standalone()
		case c == best && len(c.Children) == 0:
			return []byte{}
		case instead != nil && c.Is(nsNotify, instead.Local) && slices.Equal(c.Attrs, instead.Attrs) && len(c.Children) == 0:
			return []byte{} // it would stand there twice
		}
		return nil
	}, add...)
}

// followExtensions brings a chat to what another device wrote into its bookmark.
func (l *loop) followExtensions(tx *store.Tx, m marked, old *bookmark) error {
	if !m.extended || old != nil && (!old.extended || old.pinned == m.pinned && old.notify == m.notify) || old == nil && !m.pinned && m.notify == store.NotifyUsual {
		return nil
	}
	chat, err := l.chatFor(tx, l.roomKey(m.room))
	if err != nil {
		return err
	}
	l.emit(ChatsChanged{seal: localOrigin().seal()})
	if old == nil && m.pinned || old != nil && old.pinned != m.pinned {
		if err := tx.SetPinned(chat, m.pinned); err != nil {
			return err
		}
	}
	if old == nil && m.notify != store.NotifyUsual || old != nil && old.notify != m.notify {
		return tx.SetNotify(chat, m.notify, 0)
	}
	return nil
}

// Pin lets a chat stand first in the list, or no more; a room that is bookmarked on
// all our devices.
func (a *Account) Pin(chat store.ChatID, on bool) { a.do(chat, func(l *loop) { l.pinChat(chat, on) }) }

func (l *loop) pinChat(id store.ChatID, on bool) {
	c, ok := l.chat(id)
	if !ok {
		return
	}
	l.keep(func(tx *store.Tx) error {
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		return tx.SetPinned(id, on)
	})
	l.markExtension(c, func(b *bookmark) { b.pinned = on })
}

// markExtension writes into the bookmark of a room that has one.
func (l *loop) markExtension(c store.Chat, change func(b *bookmark)) {
	if r := l.rooms[wire.Lenient(c.JID)]; c.Kind == store.Room && r != nil && r.mark != nil && r.mark.extended {
		l.markRoom(r, change)
	}
}
