package session

import (
	"sotto/store"
)

// overdueSoon looks, after a while, for corrections whose message did not come.
func (l *loop) overdueSoon() {
	if l.overdue {
		return
	}
	l.overdue = true
	l.after(editWait, func(l *loop) {
		l.overdue = false
		left := 0
		l.write(func(tx *store.Tx) (err error) {
			list, err := tx.Overdue(l.a.id, l.c.opt.Now().Add(-editWait).UnixMicro())
			if err != nil {
				return err
			}
			for _, a := range list {
				id, fresh, err := tx.Arrive(a)
				if err != nil {
					return err
				}
				l.chatMoved(a.Chat, tx)
				if c, ok := l.chat(a.Chat); ok && fresh && !a.Outgoing && a.Via == "live" {
					l.emit(Incoming{seal: localOrigin().seal(), Account: l.a.id, Chat: a.Chat, Message: id, From: from(a, c), Body: a.Body, Direct: c.Kind != store.Room})
				}
			}
			left, err = tx.Waiting(l.a.id)
			return err
		})
		if left > 0 {
			l.overdueSoon()
		}
	})
}

// from names who said what is shown late.
func from(a store.Arrival, c store.Chat) string {
	if a.Nick != "" {
		return a.Nick
	}
	return c.JID
}
