package session

import (
	"fmt"
	"strconv"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// A try to log in that we gave up may go on at the server: what we sent last is
// still on its way, or the server is slow. When it is completed there while a
// newer try is online, the server ends the newer one as if another program had
// taken its place (RFC 6120 §7.7.2.2, §4.9.3.3). That is a lost link like others;
// the next login ends the session that nobody uses.

const (
	// lateTime is how long after it was given up a try may still be completed.
	lateTime = 2 * time.Minute
	// lateMost is how often in a row that is believed: two programs with one
	// resource must not throw each other out for ever.
	lateMost = 2
)

// lateLogin is the newest try that was given up when the server may have been
// asked for the session already.
type lateLogin struct {
	at       time.Time
	resource string
	kicks    int // conflicts put down to it since the user connected or a link was steady
}

func (l *loop) lateKey() string { return fmt.Sprintf("late-%d", l.a.id) }

// loadLate reads when the program gave up a try in an earlier run.
func (l *loop) loadLate() {
	text, err := l.st.Meta(l.ctx, l.lateKey())
	if at, bad := strconv.ParseInt(text, 10, 64); err == nil && bad == nil {
		l.late.at, l.late.resource = time.UnixMicro(at), l.resource()
	}
}

// gaveUp notes the end of a try in state was. Before that state the server was
// asked for no session and will make none.
func (l *loop) gaveUp(was LinkState) {
	if was == Binding {
		l.late.at, l.late.resource = l.c.opt.Now(), l.resource()
		if l.saving {
			l.write(func(tx *store.Tx) error { return tx.SetMeta(l.lateKey(), strconv.FormatInt(l.late.at.UnixMicro(), 10)) })
		}
	}
}

// kickedByOwn says whether a conflict is the work of a try of our own. resource
// is that of the session which it ended.
func (l *loop) kickedByOwn(err error, resource string) bool {
	t := &l.late
	if wire.KindOf(err) != wire.Conflict || t.at.IsZero() || resource != t.resource || l.c.opt.Now().Sub(t.at) > lateTime || t.kicks >= lateMost {
		return false
	}
	t.kicks++
	return true
}
