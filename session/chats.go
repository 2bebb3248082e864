package session

import (
	"context"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// chat gives the row of a chat by id.
func (l *loop) chat(id store.ChatID) (store.Chat, bool) {
	if c, ok := l.chats[id]; ok {
		return c, true
	}
	c, err := l.st.Chat(context.WithoutCancel(l.ctx), id) // also for the last words
	if err != nil || c.Account != l.a.id {
		return store.Chat{}, false
	}
	l.keepChat(c)
	return c, true
}

// keepChat remembers what a chat is; its counters are the store's.
func (l *loop) keepChat(c store.Chat) {
	l.chats[c.ID] = c
	l.chatIDs[c.ChatKey] = c.ID
}

// chatFor finds or makes the chat of a key, inside a transaction.
func (l *loop) chatFor(tx *store.Tx, k store.ChatKey) (store.ChatID, error) {
	if id, ok := l.chatIDs[k]; ok {
		return id, nil
	}
	id, err := tx.EnsureChat(k)
	if err != nil {
		return 0, err
	}
	c, err := tx.Chat(id)
	if err != nil {
		return 0, err
	}
	// A rollback would leave the id without its row: remember after the commit.
	l.then = append(l.then, func() { l.keepChat(c) })
	return id, l.shownOfNew(tx, id, k)
}

// directKey is the chat with a bare address; with our own it is the chat with ourselves.
func (l *loop) directKey(bare wire.JID) store.ChatKey {
	k := store.ChatKey{Account: l.a.id, Kind: store.Direct, JID: bare.String()}
	if bare == l.self {
		k.Kind = store.Self
	}
	return k
}

// privateKey is the chat with an occupant: by occupant-id where the room
// announces them, else by nick.
func (l *loop) privateKey(room wire.JID, nick string) store.ChatKey {
	k := store.ChatKey{Account: l.a.id, Kind: store.Private, JID: room.String(), Occupant: nick}
	if r := l.rooms[room]; r != nil && r.hasIDs {
		if o := r.occupants[nick]; o != nil && o.OccupantID != "" {
			k.Occupant = o.OccupantID
		}
	}
	return k
}

func (l *loop) openDirect(s string) {
	j, ok := l.contactAddress(s)
	if !ok {
		return
	}
	if l.isRoom(j) {
		l.openKey(store.ChatKey{Account: l.a.id, Kind: store.Room, JID: j.String()}, "")
		return
	}
	l.openKey(l.directKey(j), "")
}

func (l *loop) openPrivate(room store.ChatID, nick string) {
	c, ok := l.chat(room)
	r := l.rooms[wire.Lenient(c.JID)]
	if !ok || r == nil || r.occupants[nick] == nil {
		l.tellProblem(room, Problem{Code: "no-occupant", Args: []string{nick}})
		return
	}
	l.openKey(l.privateKey(r.jid, nick), nick)
}

// openKey lists a chat and tells that it can be shown.
func (l *loop) openKey(k store.ChatKey, nick string) {
	l.openAlso(k, nick, func(*store.Tx) error { return nil })
}

// openAlso is openKey in one transaction with what also writes.
func (l *loop) openAlso(k store.ChatKey, nick string, also func(*store.Tx) error) {
	var id store.ChatID
	l.keep(func(tx *store.Tx) (err error) {
		if err := also(tx); err != nil {
			return err
		}
		if id, err = l.chatFor(tx, k); err != nil {
			return err
		}
		if nick != "" {
			if err := tx.SetChatNick(id, nick); err != nil {
				return err
			}
		}
		if err := l.release(tx, k.JID); err != nil {
			return err
		}
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		l.emit(Opened{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Key: k})
		return tx.SetOpen(id, true)
	})
}

func (l *loop) closeChat(id store.ChatID) {
	c, ok := l.chat(id)
	if !ok {
		return
	}
	if c.Kind == store.Room {
		l.leaveRoom(wire.Lenient(c.JID))
	}
	l.stopComposing(id)
	l.keep(func(tx *store.Tx) error {
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		return tx.SetOpen(id, false)
	})
}

func (l *loop) markRead(id store.ChatID, ord int64) {
	if _, ok := l.chat(id); !ok {
		return
	}
	l.keep(func(tx *store.Tx) error {
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		if err := tx.MarkRead(id, ord); err != nil {
			return err
		}
		if err := l.tellSeen(tx, id, ord); err != nil {
			return err
		}
		return l.dueShown(tx, id)
	})
}

func (l *loop) saveDraft(id store.ChatID, text string) {
	if _, ok := l.chat(id); !ok {
		return
	}
	l.keep(func(tx *store.Tx) error {
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		return tx.SetDraft(id, text)
	})
}

// setNotify changes what a chat may notify of, until a time unless that is zero.
func (l *loop) setNotify(id store.ChatID, rule string, until time.Time) {
	if _, ok := l.chat(id); !ok || !slices.Contains(store.NotifyRules, rule) {
		return
	}
	end := int64(0)
	if !until.IsZero() {
		end = until.UnixMicro()
	}
	l.keep(func(tx *store.Tx) error {
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		return tx.SetNotify(id, rule, end)
	})
	if c, ok := l.chat(id); ok && end == 0 { // bookmarks know no times
		l.markExtension(c, func(b *bookmark) { b.notify = rule })
	}
}
