package demo

import (
	"slices"
	"strconv"
	"time"

	"sotto/session/wire"
)

const (
	maxArchive = 60_000
	maxPage    = 250
)

// archive is what was said, oldest first (XEP-0313).
type archive struct{ entries []entry }

// entry is one archived message. The element is never changed.
type entry struct {
	id   string
	at   time.Time
	with wire.JID // the other side
	el   *wire.Element
}

func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func delay(by string, at time.Time) *wire.Element {
	return wire.New(nsDelay, "delay").Set("from", by).Set("stamp", stampOf(at))
}

// keep archives a message and returns the id it has there.
func (s *Server) keep(a *archive, el *wire.Element, with wire.JID) string {
	return s.keepAt(a, el, with, s.now())
}

// keepAt is keep for a message of an earlier time; entries stay in order.
func (s *Server) keepAt(a *archive, el *wire.Element, with wire.JID, at time.Time) string {
	e := entry{id: s.newID(), at: at, with: with, el: el}
	i := len(a.entries)
	for i > 0 && a.entries[i-1].at.After(at) {
		i--
	}
	a.entries = slices.Insert(a.entries, i, e)
	if over := len(a.entries) - maxArchive; over > 0 {
		a.entries = slices.Clone(a.entries[over:])
	}
	return e.id
}

// Archived lists the bodies that the archive of an account or a room holds, as
// it holds them: oldest first, and twice what came twice.
func (s *Server) Archived(address string) (bodies []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := wire.Lenient(address)
	var a archive
	if r := s.rooms[address]; r != nil {
		a = r.archive
	} else if u := s.userAt(j); u != nil {
		a = u.archive
	}
	for _, e := range a.entries {
		if b := e.el.ChildText(wire.NSClient, "body"); b != "" {
			bodies = append(bodies, b)
		}
	}
	return bodies
}

// filter is what a query asks for.
type filter struct {
	with       wire.JID
	start, end time.Time
	bad        bool
}

func readFilter(q *wire.Element) (f filter) {
	for field := range q.Child(nsData, "x").All(nsData, "field") {
		value := field.ChildText(nsData, "value")
		var err error
		switch field.Attr("var") {
		case "with":
			f.with = wire.Lenient(value)
			f.bad = f.bad || f.with.Opaque()
		case "start":
			f.start, err = time.Parse(time.RFC3339, value)
		case "end":
			f.end, err = time.Parse(time.RFC3339, value)
		}
		f.bad = f.bad || err != nil
	}
	return f
}

func (f filter) takes(e entry) bool {
	switch {
	case !f.start.IsZero() && e.at.Before(f.start), !f.end.IsZero() && e.at.After(f.end):
		return false
	case f.with.IsZero():
		return true
	case f.with.Resource() != "":
		return e.with == f.with
	}
	return e.with.Bare() == f.with
}

// archiveQuery answers a page of an archive (XEP-0313 §4, XEP-0059 §2): the
// messages first, then the result.
func (s *Server) archiveQuery(x *session, iq *wire.Element, a *archive, kind string) {
	q := iq.Children[0]
	f := readFilter(q)
	set := q.Child(nsPages, "set")
	bad := s.archives
	switch {
	case f.bad:
		s.fail(x, iq, "modify", "bad-request")
		return
	case bad.Silent:
		return
	case bad.Refuse != "":
		s.fail(x, iq, "cancel", bad.Refuse)
		return
	}
	var all []entry
	for _, e := range a.entries {
		if f.takes(e) {
			all = append(all, e)
		}
	}
	size, most := maxPage, maxPage
	if bad.Page > 0 {
		size, most = bad.Page, bad.Page
	}
	if m := set.Child(nsPages, "max"); m != nil {
		n, err := strconv.Atoi(m.Text)
		if err != nil || n < 0 {
			s.fail(x, iq, "modify", "bad-request")
			return
		}
		size = min(n, most)
	}
	from, to := 0, len(all)
	after, before := set.Child(nsPages, "after"), set.Child(nsPages, "before")
	if after != nil && after.Text != "" {
		i := slices.IndexFunc(all, func(e entry) bool { return e.id == after.Text })
		if i < 0 {
			s.fail(x, iq, "cancel", "item-not-found")
			return
		}
		from = i + 1
	}
	if before != nil && before.Text != "" {
		i := slices.IndexFunc(all, func(e entry) bool { return e.id == before.Text })
		if i < 0 {
			s.fail(x, iq, "cancel", "item-not-found")
			return
		}
		to = max(i, from)
	}
	complete := to-from <= size
	if before != nil {
		from = max(from, to-size)
	} else {
		to = min(to, from+size)
	}
	page, complete := bad.spoil(all, all[from:to], before != nil, complete)
	for _, e := range page {
		s.send(x, wire.New(wire.NSClient, "message").Set("from", iq.Attr("to")).Set("to", x.jid.String()).Set("type", kind).Add(
			wire.New(nsArchive, "result").Set("queryid", q.Attr("queryid")).Set("id", e.id).Add(
				wire.New(nsForward, "forwarded").Add(bad.stamped(e.at), e.el))))
	}
	answer := wire.New(nsPages, "set")
	if len(page) > 0 {
		answer.Add(wire.New(nsPages, "first").Set("index", strconv.Itoa(from)).SetText(page[0].id),
			wire.New(nsPages, "last").SetText(page[len(page)-1].id))
	}
	if !bad.NoCount {
		answer.Add(wire.New(nsPages, "count").SetText(strconv.Itoa(len(all))))
	}
	fin := wire.New(nsArchive, "fin")
	if complete {
		fin.Set("complete", "true")
	}
	s.succeed(x, iq, fin.Add(answer))
}

// archiveForm lists the fields of a query (XEP-0313 §4.1.5).
func (s *Server) archiveForm(x *session, iq *wire.Element) {
	form := wire.New(nsData, "x").Set("type", "form").Add(
		wire.New(nsData, "field").Set("type", "hidden").Set("var", "FORM_TYPE").Add(wire.New(nsData, "value").SetText(nsArchive)))
	for _, f := range [][2]string{{"jid-single", "with"}, {"text-single", "start"}, {"text-single", "end"}} {
		form.Add(wire.New(nsData, "field").Set("type", f[0]).Set("var", f[1]))
	}
	s.succeed(x, iq, wire.New(nsArchive, "query").Add(form))
}
