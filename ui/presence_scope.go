package ui

import (
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// presenceScope is whom a change of the presence is for: everybody of every
// account, everybody of one, or one address.
type presenceScope struct {
	scopeKey
	name string // safe to be drawn
}

// scopeKey tells a scope again.
type scopeKey struct {
	account store.AccountID // 0: all
	to      string          // a contact or a room; "": everybody
}

// scopes lists whom the presence can be changed for here.
func (a *App) scopes() []presenceScope {
	all := []presenceScope{{scopeKey{}, catalog.T("presence.everyone")}}
	if acc, ok := a.m.account(a.acting()); ok && len(a.m.accounts) > 1 {
		all = append(all, presenceScope{scopeKey{acc.ID, ""}, text.Name(acc.JID)})
	}
	if c, ok := a.m.open(); ok {
		if s, ok := a.scopeOf(c.Kind, who{c.Account, c.JID}); ok {
			all = append(all, s)
		}
	}
	return all
}

// scopeOf is the scope of one chat. An occupant of a room cannot be told alone,
// and nobody tells himself.
func (a *App) scopeOf(kind store.ChatKind, w who) (presenceScope, bool) {
	switch kind {
	case store.Direct:
		return presenceScope{scopeKey{w.account, w.jid}, a.m.name(w)}, true
	case store.Room, store.Private:
		return presenceScope{scopeKey{w.account, w.jid}, "#" + a.m.roomName(w)}, true
	}
	return presenceScope{}, false
}

// wasPresence is what a scope saw before a change.
type wasPresence struct {
	account  store.AccountID
	presence session.Presence
	until    time.Time
	after    session.Presence // what comes back then
	usual    bool             // of one address: what all see
}

// seenIn is what a scope sees of us.
func (a *App) seenIn(s presenceScope) session.Presence {
	if d, ok := a.directed(who{s.account, s.to}); ok {
		return d.Presence
	}
	id := s.account
	if id == 0 {
		id = a.acting()
	}
	acc, _ := a.m.account(id)
	return acc.Presence
}

// directed is what one address alone is told.
func (a *App) directed(w who) (session.Directed, bool) {
	for _, d := range a.m.directed[w.account] {
		if d.JID == w.jid {
			return d, true
		}
	}
	return session.Directed{}, false
}

// tellPresence changes what a scope sees, until a time unless that is zero. One
// address that is to see "online" without a text sees what all see.
func (a *App) tellPresence(s presenceScope, p session.Presence, until time.Time) {
	if why := a.noInvisible(s); why != "" && p.Show == session.Invisible {
		a.say(catalog.T(why))
		return
	}
	if s.to != "" {
		acc := a.c.Account(s.account)
		if acc == nil {
			return
		}
		was := wasPresence{account: s.account, usual: true}
		if d, ok := a.directed(who{s.account, s.to}); ok {
			was = wasPresence{account: s.account, presence: d.Presence, until: d.Until}
		}
		a.undo[s.scopeKey] = []wasPresence{was}
		if p == (session.Presence{}) && until.IsZero() {
			acc.SendPresence(s.to, nil, time.Time{})
		} else {
			acc.SendPresence(s.to, &p, until)
		}
		return
	}
	var was []wasPresence
	for _, acc := range a.c.Accounts() {
		if s.account != 0 && acc.ID() != s.account {
			continue
		}
		info, _ := a.m.account(acc.ID())
		was = append(was, wasPresence{acc.ID(), info.Presence, info.Until, info.After, false})
		q := p
		if p.Show == session.Invisible && !info.CanHide && s.account == 0 {
			continue // the others can
		}
		if q.Priority == 0 {
			q.Priority = info.Presence.Priority
		}
		acc.SetPresenceUntil(q, until)
	}
	a.undo[s.scopeKey] = was
	a.sayPresence(p, until)
}

// sayPresence says what others see now.
func (a *App) sayPresence(p session.Presence, until time.Time) {
	words := catalog.T("show." + showCode(p.Show))
	if u := a.until(until); u != "" {
		words += " " + u
	}
	if p.Text != "" {
		a.say(catalog.T("presence.now-text", words, p.Text))
		return
	}
	a.say(catalog.T("presence.now", words))
}

// undoPresence goes back to what a scope saw before its last change.
func (a *App) undoPresence(s presenceScope) {
	was := a.undo[s.scopeKey]
	if len(was) == 0 {
		a.say(catalog.T("presence.nothing-before"))
		return
	}
	alive := func(t time.Time) time.Time {
		if !t.IsZero() && !t.After(a.opt.Now()) {
			return time.Time{}
		}
		return t
	}
	if s.to != "" {
		w := was[0]
		if w.usual {
			w.presence = session.Presence{}
		}
		a.tellPresence(s, w.presence, alive(w.until))
		return
	}
	var now []wasPresence
	for _, w := range was {
		info, ok := a.m.account(w.account)
		acc := a.c.Account(w.account)
		if !ok || acc == nil {
			continue
		}
		now = append(now, wasPresence{w.account, info.Presence, info.Until, info.After, false})
		if !w.until.IsZero() && alive(w.until).IsZero() {
			w.presence, w.until = w.after, time.Time{} // it ended meanwhile
		}
		acc.RestorePresence(w.presence, w.until, w.after)
	}
	a.undo[s.scopeKey] = now
	if w := was[0]; !w.until.IsZero() && alive(w.until).IsZero() {
		a.sayPresence(w.after, time.Time{})
		return
	}
	a.sayPresence(was[0].presence, was[0].until)
}

// noInvisible says why a scope cannot be hidden from; "": it can.
func (a *App) noInvisible(s presenceScope) string {
	if s.to != "" {
		return "why.invisible-all"
	}
	for _, acc := range a.m.accounts {
		if (s.account == 0 || acc.ID == s.account) && acc.CanHide {
			return ""
		}
	}
	return "why.no-invisible"
}

// presenceOfSelected opens the menu for whom the cursor of a list is on, or the
// open chat.
func (a *App) presenceOfSelected() {
	scopes := a.scopes()
	if a.focus == inRoster {
		r, ok := a.roster.selected()
		kind := store.Direct
		if c, is := a.m.find(r.chat); r.kind == rowChat && is {
			kind = c.Kind
		}
		s, has := a.scopeOf(kind, r.who)
		if !ok || r.kind == rowGroup || !has {
			a.say(catalog.T("why.no-person"))
			return
		}
		scopes = []presenceScope{scopes[0], s}
	}
	m := a.openPresenceFor(scopes)
	m.scope = len(scopes) - 1
}
