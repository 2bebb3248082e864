package session

import (
	"errors"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// lookBack is how long before its time an unsettled line is looked for: clocks
// differ, also when they were compared.
const lookBack = 5 * time.Minute

// lookUp finds out what became of lines that an ended link took: what the
// archive has was sent; what it does not have goes again, the same bytes. Lines
// to rooms wait until we are in.
func (l *loop) lookUp(unsure []store.Out) {
	byChat := map[store.ChatID][]store.Out{}
	for _, o := range unsure {
		byChat[o.Chat] = append(byChat[o.Chat], o)
	}
	for id, rows := range byChat {
		c, ok := l.chat(id)
		if !ok {
			continue
		}
		l.looking[id]++
		if c.Kind == store.Room || c.Kind == store.Private && !l.inRoom(c.JID) {
			l.lookLater[wire.Lenient(c.JID)] = append(l.lookLater[wire.Lenient(c.JID)], rows...)
			continue
		}
		l.askFor(c, rows, 0)
	}
}

// lookInRoom looks for lines to a room once we are in it and its replay, in
// which they may stand, is over.
func (l *loop) lookInRoom(r *room) {
	if !l.saving {
		return // when the disk takes what comes of it
	}
	rows := l.lookLater[r.jid]
	delete(l.lookLater, r.jid)
	byChat := map[store.ChatID][]store.Out{}
	for _, o := range rows {
		byChat[o.Chat] = append(byChat[o.Chat], o)
	}
	for id, rows := range byChat {
		if c, ok := l.chat(id); ok {
			l.askFor(c, rows, 0)
		}
	}
}

const (
	// lookAgain is how long an archive is left alone that did not answer.
	lookAgain = 15 * time.Second
	// looksMost is how often it is asked. A link that carries nothing any more ends
	// before that, and the next one begins anew.
	looksMost = 4
)

// askFor asks the archive of a chat for the lines since the oldest of rows.
func (l *loop) askFor(c store.Chat, rows []store.Out, try int) {
	q := &archiveQuery{start: l.serverTime(time.UnixMicro(rows[0].Created)).Add(-lookBack), with: c.JID}
	entitled := l.hasArchive
	switch c.Kind {
	case store.Room:
		r := l.rooms[wire.Lenient(c.JID)]
		q.room, q.with = wire.Lenient(c.JID), ""
		entitled = r != nil && r.hasArchive
	case store.Private:
		q.with = c.JID + "/" + c.Nick
	}
	q.done = func(tx *store.Tx, complete bool) error {
		silent := errors.Is(q.err, errArchiveSilent) && try < looksMost
		life := l.life
		l.then = append(l.then, func() {
			if !silent {
				l.lookedUp(c, rows, complete)
				return
			}
			l.after(lookAgain, func(l *loop) {
				if l.life == life {
					l.askFor(c, rows, try+1)
				}
			})
		})
		return nil
	}
	if !entitled {
		l.lookedUp(c, rows, false)
		return
	}
	l.askArchive(q) // at once or when the session is resumed; a fresh login looks anew
}

// lookedUp decides about the lines that are still unsettled. complete: the
// archive was seen whole and does not have them.
func (l *loop) lookedUp(c store.Chat, rows []store.Out, complete bool) {
	if l.looking[c.ID]--; l.looking[c.ID] <= 0 {
		delete(l.looking, c.ID)
	}
	if l.link == nil {
		return // the next login looks again
	}
	var again []outRow
	done := l.write(func(tx *store.Tx) error {
		again = nil
		for _, o := range rows {
			pending, err := tx.Pending(o.ID)
			if err != nil {
				return err
			}
			switch {
			case !pending:
			case complete, c.Kind == store.Direct && o.Tries < 2, o.Message == 0 && o.Tries < 2:
				now, err := tx.Chat(o.Chat)
				if err != nil {
					return err
				}
				again = append(again, outRow{id: o.ID, chat: o.Chat, message: o.Message, bytes: o.Bytes, handed: true,
					at: l.c.opt.Now().UnixMicro(), last: now.LastOrd})
			case o.Message == 0:
				if err := tx.Settle(o.ID); err != nil { // a receipt is not worth a question
					return err
				}
			default:
				if err := tx.SetOutbox(o.ID, store.OutAsk); err != nil {
					return err
				}
				l.chatMoved(o.Chat, tx)
			}
		}
		return nil
	})
	if !done {
		return
	}
	// What was typed first goes first.
	l.outbox.rows = append(again, l.outbox.rows...)
	l.pump()
}
