package session

import (
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// What a room says again: our own lines, and those of others when we enter.

const (
	// splitTime is how long the parts of a line may take.
	splitTime = 10 * time.Second
	// longLine is from where a part may end inside a line: gateways to IRC cut there.
	longLine = 300
	// replayBack is how much before the last line that we have a replay begins.
	replayBack = time.Minute
)

// replay is what was said again during a visit.
type replay struct {
	told  map[store.MessageID]uint64 // rows that a replayed line was, by the number of its stanza
	split *split
}

// split is a line of ours that a gateway sends back in parts: the first bears its
// id, the others have ids that we never saw.
type split struct {
	message store.MessageID
	nick    string
	rest    string // what is still to come
	until   time.Time
	query   *archiveQuery
}

// answersFor says which row was told by a replayed line other than that of seq.
// The same words twice are two lines; the replay tells each once.
func (r *replay) answersFor(seq uint64) func(store.MessageID) bool {
	return func(id store.MessageID) bool { return r.told[id] != 0 && r.told[id] != seq }
}

func (r *replay) tell(id store.MessageID, seq uint64) {
	if r.told == nil {
		r.told = map[store.MessageID]uint64{}
	}
	r.told[id] = seq
}

// nextPart gives the message whose next part an arrival is; 0: it is none.
func (r *replay) nextPart(o origin, a store.Arrival, at time.Time) store.MessageID {
	s := r.split
	if s == nil || s.query != o.query || s.nick != o.nick() || a.Body == "" {
		return 0
	}
	rest, ok := cutPart(s.rest, a.Body)
	if !ok || at.After(s.until) {
		r.split = nil
		return 0
	}
	if s.rest = rest; rest == "" {
		r.split = nil
	}
	return s.message
}

// firstPart remembers that only a part of a line of ours came back.
func (r *replay) firstPart(id store.MessageID, whole string, o origin, a store.Arrival, at time.Time) {
	if rest, ok := cutPart(lines(whole), a.Body); ok && rest != "" {
		r.split = &split{message: id, nick: o.nick(), rest: rest, until: at.Add(splitTime), query: o.query}
	}
}

// lines is a text without what a gateway leaves out: empty lines, and white space
// at the ends of the others.
func lines(s string) string {
	var all []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return strings.Join(all, "\n")
}

// cutPart takes a part off the front of what is to come: one or more whole lines,
// or the beginning of a long one.
func cutPart(rest, part string) (string, bool) {
	part = lines(part)
	after, ok := strings.CutPrefix(rest, part)
	switch {
	case !ok || part == "":
		return rest, false
	case after == "":
		return "", true
	case after[0] == '\n':
		return after[1:], true
	case len(part) >= longLine:
		return strings.TrimLeft(after, " "), true
	}
	return rest, false
}

// ownPart swallows a further part of a line of ours; false: it is none.
func (l *loop) ownPart(tx *store.Tx, r *room, o origin, a store.Arrival, at time.Time) (bool, error) {
	if a.ID != "" {
		if own, err := tx.OwnByRef(a.Chat, a.ID); own != 0 || err != nil {
			return false, err // a line for itself
		}
	}
	id := r.nextPart(o, a, at)
	if id == 0 {
		return false, nil
	}
	l.chatMoved(a.Chat, tx)
	if err := tx.Also(id, a); err != nil {
		return false, err
	}
	o.query.saw(a.Chat, id, tx.Placed(), false, false)
	if o.query == nil {
		l.moveLive(a, tx)
	}
	return true, nil
}

// replayed says when a line that a room repeats was said, by the room's own word
// and clock; µs, 0: it repeats nothing.
func (r *room) replayed(o origin) int64 {
	for d := range o.el.All(nsDelay, "delay") {
		if t := stamp(d.Attr("stamp")); o.query == nil && !t.IsZero() && wire.Lenient(d.Attr("from")) == r.jid {
			return t.UnixMicro()
		}
	}
	return 0
}
