package session

import (
	"encoding/json"
	"fmt"
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// Whom the user ignores in a room: their lines are kept, and neither told nor
// counted. It is kept on this disk alone; the room and they do not learn of it.

// Bounds on who is ignored.
const (
	ignoredMax      = 500 // over all rooms of an account
	ignoredNicksMax = 20  // of one person
)

// Ignored is somebody who is ignored in a room. The room's own name for a person
// counts before the real address, and that before the nick.
type Ignored struct {
	Room       string
	OccupantID string   `json:",omitempty"` // XEP-0421
	RealJID    string   `json:",omitempty"`
	Nicks      []string // under which they were seen, the first one first
}

// Is says whether a line of a room is of the person.
func (i Ignored) Is(occupantID, nick string) bool {
	if i.OccupantID != "" {
		return occupantID == i.OccupantID
	}
	return slices.Contains(i.Nicks, nick)
}

// IgnoredChanged lists whom an account ignores.
type IgnoredChanged struct {
	seal
	Account store.AccountID
	List    []Ignored
}

type ignoredKey struct{ a store.AccountID }

func (e IgnoredChanged) key() any { return ignoredKey{e.Account} }

// Ignore folds the lines of an occupant away, or shows them again.
func (a *Account) Ignore(room store.ChatID, nick string, on bool) {
	a.do(room, func(l *loop) { l.ignore(room, nick, on) })
}

func (l *loop) ignoredKey() string { return fmt.Sprintf("ignored-%d", l.a.id) }

func (l *loop) loadIgnored() {
	text, err := l.st.Meta(l.ctx, l.ignoredKey())
	if err != nil || text == "" || json.Unmarshal([]byte(text), &l.ignored) != nil {
		l.ignored = nil
	}
	if len(l.ignored) > 0 {
		l.emit(l.ignoredNow())
	}
}

func (l *loop) saveIgnored(tx *store.Tx) error {
	b, err := json.Marshal(l.ignored)
	if err != nil {
		return err
	}
	return tx.SetMeta(l.ignoredKey(), string(b))
}

func (l *loop) ignoredNow() IgnoredChanged {
	return IgnoredChanged{seal: localOrigin().seal(), Account: l.a.id, List: slices.Clone(l.ignored)}
}

// ignores says whether an occupant of a room, of whom no more may be known than
// the nick, is ignored.
func (l *loop) ignores(room wire.JID, occupantID, nick string) bool {
	return len(l.ignored) > 0 && slices.ContainsFunc(l.ignored, func(i Ignored) bool { return i.Room == room.String() && i.Is(occupantID, nick) })
}

// ignoresPrivately is ignores for a private message of an occupant.
func (l *loop) ignoresPrivately(o origin) bool {
	r := l.rooms[o.peer.Bare()]
	return r != nil && l.ignores(r.jid, r.idOf(o), o.nick())
}

func (l *loop) ignore(id store.ChatID, nick string, on bool) {
	c, ok := l.chat(id)
	if !ok || c.Kind != store.Room {
		l.tellProblem(id, Problem{Code: "no-room-here"})
		return
	}
	j := wire.Lenient(c.JID)
	var o Occupant
	if r := l.rooms[j]; r != nil && r.occupants[nick] != nil {
		o = *r.occupants[nick]
	}
	at := slices.IndexFunc(l.ignored, func(i Ignored) bool {
		return i.Room == c.JID && (slices.Contains(i.Nicks, nick) || o.OccupantID != "" && i.OccupantID == o.OccupantID)
	})
	old := l.ignored
	code := "ignored"
	switch {
	case on && o.Self:
		l.tellProblem(id, Problem{Code: "deed-self", Args: []string{nick}})
		return
	case on && at >= 0 && old[at].Is(o.OccupantID, nick):
		l.tell(id, "ignored", nick)
		return
	case on && o.Nick == "":
		l.tellProblem(id, Problem{Code: "no-occupant", Args: []string{nick}})
		return
	case on && len(old) >= ignoredMax:
		l.tellProblem(id, Problem{Code: "ignored-full"})
		return
	case on:
		l.ignored = append(slices.Clone(old), Ignored{Room: c.JID, OccupantID: o.OccupantID, RealJID: o.RealJID, Nicks: []string{nick}})
	case at < 0:
		l.tellProblem(id, Problem{Code: "not-ignored", Args: []string{nick}})
		return
	default:
		code = "unignored"
		l.ignored = slices.Delete(slices.Clone(old), at, at+1)
	}
	if !l.keep(l.saveIgnored) {
		l.ignored = old
		l.tellProblem(id, Problem{Code: "not-saved"})
		return
	}
	l.emit(l.ignoredNow())
	l.tell(id, code, nick)
}

// followIgnored keeps up with the nicks of who is ignored, where the room gives
// no better name: one is learned from the real address, and one that somebody
// else has now is unlearned.
func (l *loop) followIgnored(tx *store.Tx, r *room, o *Occupant) error {
	if o.RealJID == "" {
		return nil
	}
	var list []Ignored
	for n := range l.ignored {
		i := &l.ignored[n]
		if i.Room != r.jid.String() || i.OccupantID != "" || i.RealJID == "" {
			continue
		}
		has := slices.Contains(i.Nicks, o.Nick)
		if is := i.RealJID == o.RealJID; is == has || is && len(i.Nicks) >= ignoredNicksMax {
			continue
		}
		if list == nil {
			list = slices.Clone(l.ignored)
		}
		if has {
			list[n].Nicks = slices.DeleteFunc(slices.Clone(i.Nicks), func(s string) bool { return s == o.Nick })
		} else {
			list[n].Nicks = append(slices.Clone(i.Nicks), o.Nick)
		}
	}
	if list == nil {
		return nil
	}
	l.ignored = list
	l.emit(l.ignoredNow())
	return l.saveIgnored(tx)
}
