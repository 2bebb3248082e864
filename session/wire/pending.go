package wire

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
)

// pending is a question of ours without an answer yet.
type pending struct {
	id     string
	to     JID // as asked; zero: nobody in particular, that is our account
	own    bool
	ticket uint64         // of Ask; 0 for a call
	answer func(*Element) // of a call: takes the answer on the reader's goroutine, must not block
}

// questions are all pending questions; the Link's mutex guards them.
type questions struct {
	me      JID // full
	byID    map[string]*pending
	own     int // of these, to our own account or server
	tickets uint64
	gone    []string // ids that nobody waits for any more, newest last
	taken   []taken  // answered, and the answer is not committed yet
}

// taken is a question whose answer was handed out. A session that is resumed before
// the answer is committed brings it again.
type taken struct {
	*pending
	seq uint64
}

var (
	errNotRequest  = errors.New("not an IQ of type get or set")
	errTwice       = errors.New("id is in use")
	errManyAsked   = errors.New("too many questions without an answer")
	errOpaqueAsked = errors.New("address of the question is not valid")
)

// newPending checks a request and gives it an id if it has none.
func newPending(iq *Element, me JID) (*pending, error) {
	t := iq.Attr("type")
	if !iq.Is(NSClient, "iq") || (t != "get" && t != "set") {
		return nil, errNotRequest
	}
	if iq.Attr("id") == "" {
		iq.Set("id", randomID())
	}
	p := &pending{id: iq.Attr("id"), to: Lenient(iq.Attr("to"))}
	if p.to.Opaque() {
		return nil, errOpaqueAsked
	}
	p.own = p.to.IsZero() || isOwn(p.to, me)
	return p, nil
}

// isOwn reports that j is our account, this very connection, or our server.
func isOwn(j, me JID) bool {
	return j == me || j == me.Bare() || (j.Local() == "" && j.Resource() == "" && j.Domain() == me.Domain())
}

func (q *questions) add(p *pending) error {
	if q.byID[p.id] != nil {
		return errTwice
	}
	if len(q.byID) >= maxPending {
		return &Error{Kind: Busy, Err: errManyAsked}
	}
	q.byID[p.id] = p
	if p.own {
		q.own++
	}
	return nil
}

// remove forgets p and reports whether it was still waiting.
func (q *questions) remove(p *pending) bool {
	if q.byID[p.id] != p {
		return false
	}
	delete(q.byID, p.id)
	if p.own {
		q.own--
	}
	return true
}

// answered is remove for a question whose answer, the stanza of that number, is
// handed out; up to handled all is committed.
func (q *questions) answered(p *pending, seq, handled uint64) {
	q.remove(p)
	q.taken = append(slices.DeleteFunc(q.taken, func(t taken) bool { return t.seq <= handled }), taken{p, seq})
}

// reopen lets the questions wait again whose answers were not committed.
func (q *questions) reopen(handled uint64) {
	for _, t := range q.taken {
		if t.seq > handled {
			_ = q.add(t.pending) // its id is its own, and it had its place
		}
	}
	q.taken = nil
}

// abandon is remove for a question whose answer may still come: it is dropped
// then without being called a forgery.
func (q *questions) abandon(p *pending) {
	if !q.remove(p) {
		return
	}
	if q.gone = append(q.gone, p.id); len(q.gone) > 256 {
		q.gone = q.gone[128:]
	}
}

// match finds the question that an answer belongs to: by id and by sender, since
// ids are no secret and everybody may send us an IQ. A question to nobody is
// answered by our account in any of the forms servers use; any other only by the
// address that was asked, where no from at all stands for our own account and
// server (RFC 6120 §8.1.2.1). stranger reports an answer with the right id from
// somebody else; the question goes on waiting.
func (q *questions) match(id string, from JID) (p *pending, stranger bool) {
	p = q.byID[id]
	if p == nil {
		return nil, false
	}
	switch {
	case p.to.IsZero():
		if from.IsZero() || isOwn(from, q.me) {
			return p, false
		}
	case from == p.to, from.IsZero() && p.own:
		return p, false
	}
	return nil, true
}

// forgotten reports, once, that id belonged to an abandoned question.
func (q *questions) forgotten(id string) bool {
	for i, g := range q.gone {
		if g == id {
			q.gone = append(q.gone[:i:i], q.gone[i+1:]...)
			return true
		}
	}
	return false
}

var idEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// randomID returns 80 bits that nobody can guess: whoever guesses an id can try
// to answer in another's place.
func randomID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return strings.ToLower(idEncoding.EncodeToString(b[:]))
}
