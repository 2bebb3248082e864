package session

import "sotto/store"

// forget takes messages away from this device alone.
func (l *loop) forget(list []store.MessageID) {
	byChat := map[store.ChatID][]store.MessageID{}
	for _, id := range list {
		m, err := l.st.Message(l.ctx, id)
		if err != nil || m.Gone {
			continue
		}
		if c, ok := l.chat(m.Chat); !ok || c.Account != l.a.id {
			continue
		}
		if m.Outgoing && (m.State < store.Sent || m.State > store.Displayed) {
			l.drop(id)
		}
		byChat[m.Chat] = append(byChat[m.Chat], id)
	}
	for chat, ids := range byChat {
		if p := l.savingProblem(); p != nil {
			l.tellProblem(chat, *p)
			return
		}
		l.write(func(tx *store.Tx) error {
			l.chatMoved(chat, tx)
			return tx.Forget(ids)
		})
	}
}
