package session

import (
	"context"
	"strconv"
	"time"

	"sotto/store"
)

// Messages that leave this device: a chat that is cleared, and what is older than
// the user wants to keep. The rows stay, blank, so that no archive brings them again
// (store.Tx.Forget).

const (
	// sweepBatch is how many messages go in one transaction.
	sweepBatch = 200
	// sweepEvery is how often it is looked for what is too old.
	sweepEvery = 24 * time.Hour
)

// Clear takes all messages of a chat away from this device that are there now; an
// [Answer] tells when they are gone. What the server, others and our other devices
// keep stays there.
func (a *Account) Clear(chat store.ChatID) {
	a.do(chat, func(l *loop) { l.clearChat(chat) })
}

// DeleteChat is Clear, and takes the chat off the list with its draft; a room
// is left, and keeps its bookmark.
func (a *Account) DeleteChat(chat store.ChatID) {
	a.do(chat, func(l *loop) {
		if p := l.savingProblem(); p != nil {
			l.tellProblem(chat, *p)
			return
		}
		l.saveDraft(chat, "")
		l.closeChat(chat)
		l.clearChat(chat)
	})
}

func (l *loop) clearChat(id store.ChatID) {
	if _, ok := l.chat(id); !ok {
		return
	}
	if p := l.savingProblem(); p != nil {
		l.tellProblem(id, *p)
		return
	}
	newest, err := l.st.NewestID(l.ctx)
	if err != nil {
		l.storeFailed(err)
		return
	}
	l.sweep(sweep{old: store.Old{Account: l.a.id, Chat: id, Newest: newest}, over: func(l *loop, n int) {
		l.tell(id, "cleared", strconv.Itoa(n))
		l.flush()
	}})
}

// sweep is a work of many transactions, between which the account goes on.
type sweep struct {
	old  store.Old
	n    int
	over func(l *loop, n int) // all is done
	end  func(l *loop)        // it is over in any case; nil: nobody waits
}

// sweep reads beside the loop what goes next.
func (l *loop) sweep(s sweep) {
	st := l.c.opt.Store
	l.dials.Go(func() {
		defer l.c.guard()
		list, err := st.OldMessages(context.WithoutCancel(l.ctx), s.old, sweepBatch)
		if l.ctx.Err() != nil {
			return
		}
		l.soon(func(l *loop) { l.swept(s, list, err) })
	})
}

func (l *loop) swept(s sweep, list []store.MessageID, err error) {
	switch {
	case err != nil:
		l.storeFailed(err)
	case len(list) > 0:
		l.forget(list)
	case s.over != nil:
		s.over(l, s.n)
	}
	// A disk that takes nothing is told of; what is left goes another time.
	if err != nil || len(list) == 0 || !l.saving {
		if s.end != nil {
			s.end(l)
		}
		return
	}
	s.n += len(list)
	s.old.After = list[len(list)-1]
	l.sweep(s)
}

// retain lets go what is older than the settings say, now and once a day.
func (l *loop) retain() {
	if l.retention != nil {
		l.retention.Stop()
		l.retention = nil
	}
	days := l.c.Settings().RetentionDays()
	if days == 0 {
		return
	}
	l.retention = l.after(sweepEvery, (*loop).retain)
	if l.sweeping || !l.saving {
		return
	}
	l.sweeping = true
	before := l.c.opt.Now().AddDate(0, 0, -days).UnixMicro()
	l.sweep(sweep{old: store.Old{Account: l.a.id, Before: before}, end: func(l *loop) { l.sweeping = false }})
}
