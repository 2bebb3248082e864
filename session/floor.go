package session

import (
	"errors"
	"fmt"

	"sotto/session/wire"
	"sotto/store"
)

// Whoever gets between us and the server with a certificate that passes would take
// the strong mechanisms from its list. So the strongest with which a login of the
// account ever succeeded is kept, over restarts too: a weaker SCRAM needs the
// server's signature (XEP-0474) or the user's yes, and PLAIN, which would hand the
// password over, is never used again (XEP-0474 §7) unless the configuration says so.

func (l *loop) floorKey() string { return fmt.Sprintf("floor-%d", l.a.id) }

func (l *loop) loadFloor() {
	if m, err := l.st.Meta(l.ctx, l.floorKey()); err == nil && wire.Stronger(m, "") {
		l.floor = m
	}
}

// raiseFloor notes what a login used.
func (l *loop) raiseFloor(mechanism string) {
	if wire.Stronger(mechanism, l.floor) {
		l.setFloor(mechanism)
	}
}

func (l *loop) setFloor(mechanism string) {
	l.floor = mechanism
	if l.saving {
		l.write(func(tx *store.Tx) error { return tx.SetMeta(l.floorKey(), mechanism) })
	}
}

// sentOn notes where the end of a link sends us (RFC 6120 §4.9.3.19).
func (l *loop) sentOn(err error) {
	var e *wire.Error
	if errors.As(err, &e) && e.Kind == wire.SeeOtherHost {
		l.detour = &wire.Detour{To: e.Host, From: l.login.Remote, Direct: l.login.Direct}
	}
}
