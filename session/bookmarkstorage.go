package session

import (
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// Bookmarks of XEP-0048: all in one element, which is read before each writing, so
// that what other clients put there stays.

// storageNode holds one item with all bookmarks (XEP-0048 §3).
var storageNode = pepNode{name: nsStorage, from: pepOwn, notify: true, access: "whitelist", keep: "1", last: "never",
	items: 1, size: storageMax}

// storageMax bounds the element with all bookmarks.
const storageMax = 512 << 10

// readStorage looks for rooms in the older stores and takes those that it finds;
// else runs, told whether there is private XML storage.
func (l *loop) readStorage(otherwise func(private bool)) {
	private := func() {
		l.askStorage(storePrivate, func(_ string, e *wire.Element, err error) {
			switch list := l.storedMarks(e); {
			case err == errLinkLost:
			case len(list) > 0:
				l.bookmarksRead(storePrivate, list, true)
			default:
				otherwise(err == nil)
			}
		})
	}
	if !l.home.pep {
		private()
		return
	}
	l.askStorage(storeStorage, func(_ string, e *wire.Element, err error) {
		switch list := l.storedMarks(e); {
		case err == errLinkLost:
		case len(list) > 0:
			l.bookmarksRead(storeStorage, list, true)
		default:
			private()
		}
	})
}

// askStorage reads the element of an older store; nil without an error: none yet.
func (l *loop) askStorage(place string, then func(id string, e *wire.Element, err error)) {
	if place == storeStorage {
		l.fetch(&storageNode, wire.JID{}, func(items []pepItem, err error) {
			switch {
			case absent(err), err == nil && len(items) == 0:
				then("current", nil, nil)
			case err != nil:
				then("", nil, err)
			case !items[0].payload.Is(nsStorage, "storage"):
				then("", nil, errPepBroke)
			default:
				then(items[0].id, items[0].payload, nil)
			}
		})
		return
	}
	q := wire.New(nsPrivate, "query").Add(wire.New(nsStorage, "storage"))
	l.askPubSub(iq("get", "", q), func(el *wire.Element, err error) {
		e := el.Child(nsPrivate, "query").Child(nsStorage, "storage")
		if err == nil && e != nil && len(e.Raw()) > storageMax {
			err = errPepBroke
		}
		then("", e, err)
	})
}

// storedMarks reads the rooms of <storage/>.
func (l *loop) storedMarks(storage *wire.Element) (all []marked) {
	for c := range storage.All(nsStorage, "conference") {
		if m, ok := l.readMarked(c.Attr("jid"), c); ok && len(all) < bookmarksMax {
			all = append(all, m)
		}
	}
	return all
}

// storageEvent takes the bookmarks of another device of ours.
func (l *loop) storageEvent(_ *store.Tx, e pepEvent) error {
	if len(e.items) != 1 || !e.items[0].payload.Is(nsStorage, "storage") {
		return nil
	}
	list := l.storedMarks(e.items[0].payload)
	l.then = append(l.then, func() {
		if l.marks.place != storeStorage {
			l.movedWhileReading()
			return
		}
		l.followAll(list, true, true)
	})
	return nil
}

// pushing is a change on its way.
type pushing struct {
	r      *room
	change int
}

// writeStorage brings all changes of ours into the older store: it reads, changes
// and writes the element, one such at a time.
func (l *loop) writeStorage() {
	if l.marks.writing {
		return
	}
	l.marks.writing = true
	place := l.marks.place
	l.askStorage(place, func(id string, e *wire.Element, err error) {
		var batch []pushing
		for _, r := range l.rooms {
			if r.pending != 0 {
				batch = append(batch, pushing{r, r.change})
			}
		}
		done := func(err error) {
			if err == errLinkLost {
				return
			}
			l.marks.writing = false
			again := false
			for _, p := range batch {
				again = again || p.r.change != p.change
				l.pushed(p.r, p.change, err)
			}
			if again && err == nil {
				l.writeStorage()
			}
		}
		if err != nil {
			done(err)
			return
		}
		e = changeStorage(e, batch)
		if place == storeStorage {
			l.publish(&storageNode, id, e, done)
			return
		}
		q := wire.New(nsPrivate, "query").Add(e)
		if !l.askPubSub(iq("set", "", q), func(_ *wire.Element, err error) { done(err) }) {
			done(errLinkLost)
		}
	})
}

// changeStorage writes changes into <storage/>; what it does not know stays.
func changeStorage(e *wire.Element, batch []pushing) *wire.Element {
	if e == nil {
		e = wire.New(nsStorage, "storage")
	}
	whole, err := wire.Verbatim(e.Standalone())
	if err != nil {
		return e
	}
	at := map[wire.JID]*room{}
	for _, p := range batch {
		at[p.r.jid] = p.r
	}
	written := map[wire.JID]bool{}
	raw := whole.Rewrite(nil, func(c *wire.Element) []byte {
		r := at[wire.Lenient(c.Attr("jid"))]
		if !c.Is(nsStorage, "conference") || r == nil {
			return nil
		}
		if r.pending == store.BookmarkRemove || written[r.jid] {
			return []byte{}
		}
		written[r.jid] = true
		b := readBookmark(c)
		b.take(*r.mark, r.pending)
		return b.change(c)
	}, missing(batch, whole)...)
	if whole, err = wire.Verbatim(raw); err != nil {
		return e
	}
	return whole
}

// missing makes the elements of rooms that are not in the storage yet.
func missing(batch []pushing, storage *wire.Element) (all []*wire.Element) {
	for _, p := range batch {
		there := slices.ContainsFunc(storage.Children, func(c *wire.Element) bool {
			return c.Is(nsStorage, "conference") && wire.Lenient(c.Attr("jid")) == p.r.jid
		})
		if there || p.r.pending == store.BookmarkRemove {
			continue
		}
		b := p.r.mark
		c := wire.New(nsStorage, "conference").Set("jid", p.r.jid.String()).Set("name", b.name).Set("autojoin", map[bool]string{true: "true", false: "false"}[b.auto])
		if b.name == "" {
			c.Set("name", p.r.jid.Local()) // XEP-0048 wants one
		}
		if b.nick != "" {
			c.Add(wire.New(nsStorage, "nick").SetText(b.nick))
		}
		all = append(all, c)
	}
	return all
}
