package session

import (
	"crypto/sha256"
	"encoding/hex"
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
	l.lastCert, _ = l.st.Meta(l.ctx, l.certKey()) // none: nothing to compare with
}

func (l *loop) certKey() string { return fmt.Sprintf("certificate-%d", l.a.id) }

// noteCertificate keeps the fingerprint of a login, so that a question about
// another certificate can show both.
func (l *loop) noteCertificate(login *wire.Login) {
	if len(login.TLS.PeerCertificates) == 0 {
		return
	}
	sum := sha256.Sum256(login.TLS.PeerCertificates[0].Raw)
	if made := hex.EncodeToString(sum[:]); made != l.lastCert {
		l.lastCert = made
		if l.saving {
			l.write(func(tx *store.Tx) error { return tx.SetMeta(l.certKey(), made) })
		}
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
