package session

import (
	"fmt"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// clockTime is how long an answer may take that says what time it is to the second
// or two. A later one counts when what we believe cannot be true by it.
const clockTime = 4 * time.Second

// askClock learns how far the server's clock and ours lie apart (XEP-0202): what
// is asked of an archive by time is asked in the server's.
func (l *loop) askClock() {
	asked := l.c.opt.Now()
	l.ask(iq("get", l.self.Domain(), wire.New(nsTime, "time")), func(tx *store.Tx, el *wire.Element, err error) error {
		took := l.c.opt.Now().Sub(asked)
		told, bad := time.Parse(time.RFC3339Nano, clip(el.Child(nsTime, "time").ChildText(nsTime, "utc"), 40))
		if err == nil && bad == nil && took >= 0 {
			ahead := told.Sub(asked.Add(took / 2))
			if took < clockTime || (ahead-l.ahead).Abs() > took/2 {
				known := (ahead - l.ahead).Abs() < time.Second
				l.ahead = ahead
				if !known {
					return tx.SetMeta(l.aheadKey(), ahead.String())
				}
			}
		}
		return nil // without it clocks are taken to agree
	})
}

func (l *loop) aheadKey() string { return fmt.Sprintf("ahead-%d", l.a.id) }

// loadAhead reads how far the clocks lay apart in the session before: a wrong clock
// is wrong after a restart too, and lines get their places before the server said
// what time it is.
func (l *loop) loadAhead() {
	if text, err := l.st.Meta(l.ctx, l.aheadKey()); err == nil && text != "" {
		if ahead, err := time.ParseDuration(text); err == nil {
			l.ahead = ahead
		}
	}
}

// serverTime is a time of our clock by the server's.
func (l *loop) serverTime(t time.Time) time.Time { return t.Add(l.ahead) }

// begin tells a transaction where what comes live takes its place.
func (l *loop) begin(tx *store.Tx) {
	tx.Ahead(l.ahead)
	for _, top := range l.tops {
		if len(top.ranges) > 0 {
			tx.Behind(top.ranges[0].LastOrd)
		}
	}
}
