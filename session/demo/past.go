package demo

import (
	"time"

	"sotto/session/wire"
)

// addPast fills the archives with yesterday, and puts what was said today while
// nobody was there where a client finds it at its login.
func (st *stage) addPast() {
	s := st.s
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	me := s.addUser(st.me.Local())
	for i, c := range cast() {
		u := s.addUser(c.local)
		at := now.Add(-26*time.Hour - time.Duration(i)*40*time.Minute)
		for _, l := range c.past {
			at = at.Add(time.Duration(20+10*len(l.body)%90) * time.Second)
			from, to := u, me
			if l.mine {
				from, to = me, u
			}
			el := st.line(from, to, l.body)
			s.keepAt(&from.archive, el, to.jid, at)
			s.keepAt(&to.archive, el, from.jid, at)
		}
		at = now.Add(-3*time.Hour + time.Duration(i)*35*time.Minute)
		for _, body := range c.today {
			at = at.Add(time.Duration(1+len(body)%4) * time.Minute)
			el := st.line(u, me, body)
			s.keepAt(&u.archive, el, me.jid, at)
			id := s.keepAt(&me.archive, el, u.jid, at)
			me.offline = append(me.offline, named(el, me.jid, id).Add(delay(s.domain, at)))
		}
	}
}

func (st *stage) line(from, to *user, body string) *wire.Element {
	return line("chat", to.jid.String(), st.s.newID(), body).Set("from", from.jid.WithResource(actorResource).String())
}
