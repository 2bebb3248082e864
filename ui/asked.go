package ui

import (
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// asked is what a client told of itself when the user asked (i, /whois): its
// version (XEP-0092) and the time where it is (XEP-0202). Nobody is asked by himself.
type asked struct {
	version string         // remote text
	zone    *time.Location // nil: not told
}

// askedMax bounds what is remembered of it.
const askedMax = 200

// keepAsked remembers the answers of a client, for the people pane.
func (a *App) keepAsked(e session.Answer) {
	if len(e.Args) < 2 || e.Args[1] == "" {
		return
	}
	told := asked{}
	for _, f := range e.Facts {
		switch f.Code {
		case "version":
			told.version = f.Text
		case "time":
			if t, err := time.Parse("15:04 -07:00", f.Text); err == nil {
				_, offset := t.Zone()
				told.zone = time.FixedZone("", offset)
			}
		}
	}
	if told == (asked{}) {
		return
	}
	if len(a.m.asked) >= askedMax {
		clear(a.m.asked)
	}
	a.m.asked[who{e.Account, e.Args[1]}] = told
}

// localTime words what the clock shows where a device is.
func (l *look) localTime(zone *time.Location) string {
	return catalog.T("people.time", l.now().In(zone).Format("15:04"))
}

// askPerson asks the client of the open chat's other side.
func (a *App) askPerson() {
	if c, ok := a.m.open(); ok && (c.Kind == store.Direct || c.Kind == store.Private) {
		a.cmdWhois("")
	}
}
