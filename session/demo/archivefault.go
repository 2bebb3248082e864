package demo

import (
	"slices"
	"time"

	"sotto/session/wire"
)

// ArchiveFaults are switches for archives (XEP-0313) that misbehave. The zero
// value is a good archive.
type ArchiveFaults struct {
	Seconds       bool   // stamps are whole seconds
	FalseComplete bool   // every page says that it is the last when one goes back
	Repeat        bool   // every page is the newest one
	Reverse       bool   // the messages of a page come newest first
	Silent        bool   // questions are not answered
	Refuse        string // condition with which questions are refused
	Page          int    // most messages of a page; 0: as a good archive
	NoCount       bool   // messages are not counted
}

// SetArchives changes the switches of all archives.
func (s *Server) SetArchives(f ArchiveFaults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archives = f
}

// Past puts a message of an earlier time into the archives of both sides, as if
// it had been delivered then to other devices.
func (s *Server) Past(from, to, body string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := s.addUser(from), s.addUser(to)
	el := line("chat", b.jid.String(), s.newID(), body).Set("from", a.jid.WithResource(actorResource).String())
	s.keepAt(&a.archive, el, b.jid, at)
	s.keepAt(&b.archive, el, a.jid, at)
}

// Expire takes what is older than at out of the archive of an account, as
// servers do that keep messages for a time.
func (s *Server) Expire(local string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[local]; u != nil {
		u.archive.entries = slices.DeleteFunc(u.archive.entries, func(e entry) bool { return e.at.Before(at) })
	}
}

// spoil applies the switches to a page.
func (f ArchiveFaults) spoil(all, page []entry, back bool, complete bool) ([]entry, bool) {
	if f.Repeat {
		page, complete = all[max(0, len(all)-max(1, len(page))):], false
	}
	if f.Reverse {
		page = slices.Clone(page)
		slices.Reverse(page)
	}
	return page, complete || f.FalseComplete && back
}

// stamped is the delay element of an archived message.
func (f ArchiveFaults) stamped(at time.Time) *wire.Element {
	if f.Seconds {
		return wire.New(nsDelay, "delay").Set("stamp", at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return delay("", at)
}
