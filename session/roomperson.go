package session

import (
	"errors"
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// An address that is typed as a room's may be a person's. It must not become a room
// then: what that person writes would be taken for the words of occupants.

// toldNobody are the ways in which servers do not tell strangers of their people.
var toldNobody = []string{"service-unavailable", "subscription-required", "forbidden", "not-authorized", "not-allowed"}

// askWhat looks, for a room that was never entered, at the answer to what it is, and
// asks its server where that says nothing; then goes on, unless it is a person.
func (l *loop) askWhat(r *room, el *wire.Element, err error, then func()) {
	if !r.untried {
		then()
		return
	}
	r.untried = false
	var e *wire.StanzaError
	switch {
	case err == nil && ofPeople(el, "account"):
		l.noRoom(r)
	case errors.As(err, &e) && slices.Contains(toldNobody, e.Condition):
		if !l.ask(iq("get", r.jid.Domain(), wire.New(nsDiscoInfo, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
			switch {
			case err == errLinkLost:
			case err == nil && ofPeople(el, "server"):
				l.then = append(l.then, func() { l.noRoom(r) })
			default:
				l.then = append(l.then, then)
			}
			return nil
		}) {
			l.joinEnded(r, &Problem{Code: "offline"})
		}
	default:
		then()
	}
}

// ofPeople says that what answered is of a category, and of no conference.
func ofPeople(el *wire.Element, category string) bool {
	info, found := el.Child(nsDiscoInfo, "query"), false
	for i := range info.All(nsDiscoInfo, "identity") {
		if i.Attr("category") == "conference" {
			return false
		}
		found = found || i.Attr("category") == category
	}
	return found && !hasFeature(info, nsMUC)
}

// noRoom forgets a room that is none.
func (l *loop) noRoom(r *room) {
	if !r.joining || r.joined {
		return
	}
	id := l.chatIDs[l.roomKey(r.jid)]
	l.joinEnded(r, &Problem{Code: "room-person", Args: []string{r.jid.String()}, Ask: true})
	r.nick, r.wish, r.password = "", "", ""
	l.keep(func(tx *store.Tx) error {
		if err := tx.PutRoom(store.RoomEntry{Account: l.a.id, JID: r.jid.String()}); err != nil {
			return err
		}
		l.emit(ChatsChanged{seal: localOrigin().seal()})
		if err := tx.SetOpen(id, false); err != nil {
			return err
		}
		return tx.PutBookmark(store.RoomEntry{Account: l.a.id, JID: r.jid.String()})
	})
	l.tellProblem(0, Problem{Code: "room-person", Args: []string{r.jid.String()}})
	l.forgetRoom(r)
}
