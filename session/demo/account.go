package demo

import (
	"fmt"
	"slices"

	"sotto/session/wire"
)

// user is an account. It belongs to the server's mutex.
type user struct {
	local, password string
	jid             wire.JID // bare
	salt            []byte
	sessions        []*session // in the order of their logins
	roster          roster
	requests        []*wire.Element // subscription requests nobody answered yet
	offline         []*wire.Element
	archive         archive
	nodes           map[string]*node         // XEP-0163
	private         map[string]*wire.Element // XEP-0049
}

func (s *Server) newUser(local string) *user {
	return &user{
		local: local, jid: wire.Lenient(local + "@" + s.domain), salt: fmt.Appendf(nil, "%016x", s.rng.Uint64()),
		roster: roster{items: map[wire.JID]*item{}, changed: map[wire.JID]int{}},
	}
}

// session returns the session with a resource, or nil.
func (u *user) session(resource string) *session {
	for _, x := range u.sessions {
		if x.jid.Resource() == resource {
			return x
		}
	}
	return nil
}

// available returns the sessions that told their presence. The list is a copy:
// sending may end sessions.
func (u *user) available() []*session {
	return slices.DeleteFunc(slices.Clone(u.sessions), func(x *session) bool { return x.presence == nil })
}

// userAt returns the account of an address, or nil.
func (s *Server) userAt(j wire.JID) *user {
	if j.Domain() != s.domain || j.Local() == "" {
		return nil
	}
	return s.users[j.Local()]
}
