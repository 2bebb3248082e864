package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Searching on the server (XEP-0431): an archive whose form has the field finds
// words in messages that are not on this device.

const (
	nsFulltext = "urn:xmpp:fulltext:0"
	// fulltextField is the field of the archive's form (XEP-0431 §3).
	fulltextField = "{" + nsFulltext + "}fulltext"
	// soughtMax bounds the words that are sent, bytes.
	soughtMax = 500
)

// ArchiveSearch says whether the archive of a chat can be searched on its server.
type ArchiveSearch struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Offered bool
}

// ArchiveHits is what an archive found, the newest first, one page at most. Hits
// that are on this device have their ID; the others have none, and are not stored.
type ArchiveHits struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Words   string
	Hits    []store.Message
	Problem *Problem // nil: it answered
}

type (
	archiveSearchKey struct{ c store.ChatID }
	archiveHitsKey   struct{ c store.ChatID }
)

func (e ArchiveSearch) key() any { return archiveSearchKey{e.Chat} }
func (e ArchiveHits) key() any   { return archiveHitsKey{e.Chat} }

// FindArchiveSearch asks whether the archive of a chat can be searched on its
// server; [ArchiveSearch] answers.
func (a *Account) FindArchiveSearch(chat store.ChatID) {
	a.do(chat, func(l *loop) { l.findArchiveSearch(chat) })
}

// SearchArchive looks for words in the archive of a chat; [ArchiveHits] answers.
func (a *Account) SearchArchive(chat store.ChatID, words string) {
	a.do(chat, func(l *loop) { l.searchArchive(chat, words) })
}

// findArchiveSearch reads the form of an archive, once in a session (XEP-0313 §4.1.5).
func (l *loop) findArchiveSearch(id store.ChatID) {
	c, ok := l.chat(id)
	if !ok {
		return
	}
	tell := func(offered bool) {
		l.emit(ArchiveSearch{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Offered: offered})
	}
	room, offered := l.archiveAt(c)
	if !offered {
		tell(false)
		return
	}
	name := l.archiveOf(room)
	if has, known := l.fulltext[name]; known {
		tell(has)
		return
	}
	to := ""
	if !room.IsZero() {
		to = room.String()
	}
	l.ask(iq("get", to, wire.New(nsArchive, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		has := false
		if err == nil {
			for f := range el.Child(nsArchive, "query").Child(nsData, "x").All(nsData, "field") {
				has = has || f.Attr("var") == fulltextField
			}
		}
		l.then = append(l.then, func() {
			if l.fulltext == nil {
				l.fulltext = map[string]bool{}
			}
			l.fulltext[name] = has
			tell(has)
		})
		return nil
	})
}

// archiveAt is which archive has a chat; zero: our own. false: none that can be asked.
func (l *loop) archiveAt(c store.Chat) (room wire.JID, ok bool) {
	if c.Kind != store.Room {
		return room, l.link != nil && l.hasArchive
	}
	r := l.rooms[wire.Lenient(c.JID)]
	if r == nil {
		return room, false
	}
	return r.jid, l.link != nil && r.joined && r.hasArchive
}

// searchArchive asks for the newest page of what has the words.
func (l *loop) searchArchive(id store.ChatID, words string) {
	c, ok := l.chat(id)
	room, offered := l.archiveAt(c)
	words = clip(strings.TrimSpace(words), soughtMax)
	e := ArchiveHits{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Words: words}
	fail := func() {
		e.Problem = &Problem{Code: "archive-search", Args: []string{l.archiveOf(room)}}
		l.emit(e)
	}
	if !ok || !offered || !l.fulltext[l.archiveOf(room)] || words == "" {
		fail()
		return
	}
	q := &archiveQuery{room: room, words: words, back: true, quiet: true}
	switch c.Kind {
	case store.Private:
		q.with = c.JID + "/" + c.Nick
	case store.Direct, store.Self:
		q.with = c.JID
	}
	q.found = func(tx *store.Tx, items []origin) error {
		for i := len(items) - 1; i >= 0; i-- {
			m, ok, err := l.soughtHit(tx, c, items[i])
			if err != nil {
				return err
			}
			if ok {
				e.Hits = append(e.Hits, m)
			}
		}
		return nil
	}
	q.done = func(*store.Tx, bool) error {
		if q.err != nil {
			fail()
			return nil
		}
		l.emit(e)
		return nil
	}
	l.askArchive(q)
}

// soughtHit makes a hit of a result. false: it is of another chat, of somebody who
// is blocked, or no text.
func (l *loop) soughtHit(tx *store.Tx, c store.Chat, o origin) (m store.Message, ok bool, err error) {
	body, _, problem := l.readBody(o.el)
	rm := readRemark(o.el, o.by)
	if body == "" || problem != "" || rm.kind != "" && rm.kind != store.RemarkEdit || l.shutOut(o, "message") {
		return m, false, nil
	}
	m = store.Message{Chat: c.ID, Outgoing: o.outgoing, Sender: o.owner.String(), Body: body, Stamp: o.when, State: store.Received, Shape: l.readShape(o.el)}
	archive := l.self
	switch {
	case c.Kind == store.Room:
		archive, m.Nick, m.Sender = o.owner, o.nick(), o.full.String()
		m.Outgoing = o.nick() != "" && o.nick() == l.nickIn(o.owner)
	case c.Kind == store.Private:
		if o.peer.Bare().String() != c.JID {
			return m, false, nil
		}
	case o.private || o.peer.Bare().String() != c.JID:
		return m, false, nil
	}
	known, err := tx.Known(store.Arrival{Chat: c.ID, StanzaID: o.mamID, By: archive.String()})
	if err != nil || known == 0 {
		return m, err == nil, err
	}
	here, err := tx.Message(known)
	return here, err == nil && !here.Gone && !here.NoBody, err
}
