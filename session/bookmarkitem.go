package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

const (
	// bookmarksMax bounds the bookmarks of an account.
	bookmarksMax = 1000
	// nickMax is the longest resource of an address.
	nickMax = 1023
)

// bookmark is a room as the account keeps it on its server: a <conference/> of
// XEP-0402 §2 or of XEP-0048 §2.1.
type bookmark struct {
	raw                  []byte // the element as it came or was written, with all that others put into it
	auto                 bool   // to be entered
	name, nick, password string

	extended bool   // XEP-0402: it can hold what follows
	pinned   bool   // it stands first
	notify   string // what it may notify of, one of store.NotifyRules
}

// readBookmark reads a <conference/>. Texts are cut for our use; raw keeps them.
func readBookmark(e *wire.Element) bookmark {
	b := bookmark{raw: e.Standalone(), name: clip(strings.TrimSpace(e.Attr("name")), nameMax)}
	switch e.Attr("autojoin") {
	case "true", "1":
		b.auto = true
	}
	b.nick = clip(strings.TrimSpace(e.ChildText(e.Space, "nick")), nickMax)
	b.password = clip(e.ChildText(e.Space, "password"), nickMax)
	if b.extended = e.Space == nsBookmarks; b.extended {
		b.pinned, b.notify = readExtensions(e)
	}
	return b
}

// loadBookmark reads what the store kept; nil: nothing that can be read.
func loadBookmark(raw []byte) *bookmark {
	if raw == nil {
		return nil
	}
	e, err := wire.ParseElement(raw, "")
	if err != nil || e.Local != "conference" {
		return nil
	}
	b := readBookmark(e)
	return &b
}

// differs says in what another bookmark of the room differs.
func (b bookmark) differs(o bookmark) (what store.BookmarkChange) {
	if b.auto != o.auto {
		what |= store.BookmarkAutojoin
	}
	if b.name != o.name {
		what |= store.BookmarkName
	}
	if b.nick != o.nick {
		what |= store.BookmarkNick
	}
	if b.pinned != o.pinned {
		what |= store.BookmarkPinned
	}
	if b.notify != o.notify {
		what |= store.BookmarkNotify
	}
	return what
}

// take takes from o what was changed there; the rest is newer here.
func (b *bookmark) take(o bookmark, what store.BookmarkChange) {
	if what&store.BookmarkAutojoin != 0 {
		b.auto = o.auto
	}
	if what&store.BookmarkName != 0 {
		b.name = o.name
	}
	if what&store.BookmarkNick != 0 {
		b.nick = o.nick
	}
	if what&store.BookmarkPinned != 0 {
		b.pinned = o.pinned
	}
	if what&store.BookmarkNotify != 0 {
		b.notify = o.notify
	}
}

// write gives the element of XEP-0402 with these values. Of what came, only that
// is changed which differs; all else stays byte for byte (§3.4).
func (b bookmark) write() []byte {
	e, err := wire.ParseElement(b.raw, "")
	if err != nil || !e.Is(nsBookmarks, "conference") {
		e = wire.New(nsBookmarks, "conference")
		if b.password != "" {
			e.Add(wire.New(nsBookmarks, "password").SetText(b.password)) // of an older store
		}
		if e, err = wire.ParseElement(e.Standalone(), ""); err != nil {
			return nil
		}
	}
	return b.change(e)
}

// change writes these values into a <conference/> as it came.
func (b bookmark) change(e *wire.Element) []byte {
	was := readBookmark(e)
	var set []wire.Attr
	if b.auto != was.auto {
		set = append(set, wire.Attr{Local: "autojoin", Value: map[bool]string{true: "true", false: "false"}[b.auto]})
	}
	if b.name != was.name {
		set = append(set, wire.Attr{Local: "name", Value: b.name})
	}
	var add []*wire.Element
	var extensions []byte
	x := e.Child(nsBookmarks, "extensions")
	if was.extended && (b.pinned != was.pinned || b.notify != was.notify) {
		var fresh *wire.Element
		if extensions, fresh = b.changeExtensions(x, was); fresh != nil {
			add = append(add, fresh)
		}
	}
	nick := wire.New(e.Space, "nick").SetText(b.nick)
	if b.nick != was.nick && e.Child(e.Space, "nick") == nil {
		add = append(add, nick)
	}
	first := true
	return e.Rewrite(set, func(c *wire.Element) []byte {
		switch {
		case c == x:
			return extensions
		case b.nick == was.nick || !c.Is(e.Space, "nick"):
			return nil
		}
		if !first || b.nick == "" {
			return []byte{}
		}
		first = false
		return nick.Standalone()
	}, add...)
}

// marked is a bookmark as a store of the server told it.
type marked struct {
	bookmark
	room wire.JID
	id   string // the room's address as it is written there
}

// readMarked reads a bookmark of the room id. false: it is not used. What is no
// address of a room, our own, or somebody of the roster is never entered; it stays
// on the server as it is.
func (l *loop) readMarked(id string, e *wire.Element) (marked, bool) {
	if e == nil || e.Local != "conference" || len(e.Raw()) > pepSize {
		return marked{}, false
	}
	j := wire.Lenient(id)
	if j.IsZero() || j.Opaque() || j.Local() == "" || j.Resource() != "" || j == l.self || l.contacts[j.String()].JID != "" {
		return marked{}, false
	}
	return marked{readBookmark(e), j, id}, true
}

// readMarks reads items of the node of XEP-0402.
func (l *loop) readMarks(items []pepItem) (all []marked) {
	for _, i := range items {
		if !i.payload.Is(nsBookmarks, "conference") {
			continue
		}
		if m, ok := l.readMarked(i.id, i.payload); ok {
			all = append(all, m)
		}
	}
	return all
}

// markEntry is what the store keeps of a room's bookmark.
func (l *loop) markEntry(r *room) store.RoomEntry {
	e := store.RoomEntry{Account: l.a.id, JID: r.jid.String(), Autojoin: r.auto, Source: r.source, Pending: r.pending}
	if r.mark != nil {
		e.Bookmark = r.mark.raw
	}
	return e
}
