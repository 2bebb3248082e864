package demo

import (
	"sotto/session/wire"
)

// Inject sends the connections of a user a stanza as it stands, under any sender
// and in any form: what no good server would let through. Any goroutine.
func (s *Server) Inject(local, stanza string) error {
	el, err := wire.ParseElement([]byte(stanza), wire.NSClient)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[local]; u != nil {
		for _, x := range u.sessions {
			if x.a == nil {
				s.send(x, el)
			}
		}
	}
	return nil
}
