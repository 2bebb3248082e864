package session

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sotto/store"
)

// Alerts: the user is told once when somebody comes. Somebody comes who was not
// available when that was last known, and is now: who was there all along does
// not come by our logging in.

const (
	// alertsMax bounds the people an account waits for.
	alertsMax = 200
	// floodTime is how long after a login the presences of those who are there
	// may take; who told nothing until then is away.
	floodTime = time.Minute
)

// waited is what is known of somebody the user waits for.
type waited struct {
	Here bool `json:",omitempty"` // available, as far as was known last
}

func (l *loop) alertsKey() string { return fmt.Sprintf("alerts-%d", l.a.id) }

func (l *loop) loadAlerts() {
	text, err := l.st.Meta(l.ctx, l.alertsKey())
	if err != nil || text == "" || json.Unmarshal([]byte(text), &l.alerts) != nil || l.alerts == nil {
		l.alerts = map[string]waited{}
	}
}

func (l *loop) saveAlerts(tx *store.Tx) error {
	b, err := json.Marshal(l.alerts)
	if err != nil {
		return err
	}
	return tx.SetMeta(l.alertsKey(), string(b))
}

// here says whether somebody can be talked to now.
func here(list []Resource) bool {
	return slices.ContainsFunc(list, func(r Resource) bool { return r.Presence.Show == Available || r.Presence.Show == FreeForChat })
}

// setAlert waits for somebody, or no more.
func (l *loop) setAlert(s string, on bool) {
	j, ok := l.contactAddress(s)
	if !ok {
		return
	}
	bare := j.String()
	old, had := l.alerts[bare]
	code := "alert-on"
	switch c := l.contacts[bare]; {
	case !on && !had:
		l.tellProblem(0, Problem{Code: "no-alert", Args: []string{bare}})
		return
	case !on:
		delete(l.alerts, bare)
		code = "alert-off"
	case c.Subscription != "to" && c.Subscription != "both":
		l.tellProblem(0, Problem{Code: "alert-unseen", Args: []string{bare}})
		return
	case !had && len(l.alerts) >= alertsMax:
		l.tellProblem(0, Problem{Code: "busy"})
		return
	default:
		is := here(l.present[bare]) || l.lastHere[bare]
		l.alerts[bare] = waited{is}
		if is {
			code = "alert-on-here"
		}
	}
	if !l.keep(l.saveAlerts) {
		delete(l.alerts, bare)
		if had {
			l.alerts[bare] = old
		}
		return
	}
	l.emit(l.alertsNow())
	l.tell(0, code, bare)
}

// alertSeen looks, once a presence is applied, whether somebody came.
func (l *loop) alertSeen(bare string) {
	delete(l.lastHere, bare)
	if _, ok := l.alerts[bare]; !ok {
		return
	}
	l.then = append(l.then, func() {
		w, ok := l.alerts[bare]
		is := here(l.present[bare])
		switch {
		case !ok || w.Here == is:
			return
		case is:
			delete(l.alerts, bare)
			l.emit(Came{seal: localOrigin().seal(), Account: l.a.id, JID: bare})
			l.emit(l.alertsNow())
		default:
			l.alerts[bare] = waited{}
		}
		l.keep(l.saveAlerts)
	})
}

// alertsAfterLogin takes who told nothing for a while after a login for away:
// servers need not tell who is.
func (l *loop) alertsAfterLogin() {
	link := l.link
	l.after(floodTime, func(l *loop) {
		if l.link != link {
			return
		}
		clear(l.lastHere)
		changed := false
		for bare, w := range l.alerts {
			if w.Here && !here(l.present[bare]) {
				l.alerts[bare] = waited{}
				changed = true
			}
		}
		if changed {
			l.keep(l.saveAlerts)
		}
	})
}

// rememberHere keeps who was there when the link ended.
func (l *loop) rememberHere() {
	for bare, list := range l.present {
		if here(list) {
			l.lastHere[bare] = true
		}
	}
}

// Came says that somebody the user waited for is available now. He waits no more.
type Came struct {
	seal
	Account store.AccountID
	JID     string
}

func (Came) key() any { return nil }

// AlertsChanged lists whom the user of an account waits for, by address.
type AlertsChanged struct {
	seal
	Account store.AccountID
	JIDs    []string
}

func (l *loop) alertsNow() AlertsChanged {
	e := AlertsChanged{seal: localOrigin().seal(), Account: l.a.id}
	for bare := range l.alerts {
		e.JIDs = append(e.JIDs, bare)
	}
	slices.Sort(e.JIDs)
	return e
}

type alertsKey struct{ a store.AccountID }

func (e AlertsChanged) key() any { return alertsKey{e.Account} }
