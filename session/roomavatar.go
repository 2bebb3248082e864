package session

import (
	"encoding/base64"
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// The picture of a room: XEP-0486. It is told by the room's own presence, or by
// what it says of itself, lies in its vcard-temp and is fetched like the pictures
// of people.

// avatarHashField is the field of the room's information (XEP-0486 §3.3).
const avatarHashField = "muc#roominfo_avatarhash"

// SetRoomAvatar gives a room the picture of a file; "" takes it away. What else
// stands in the room's card stays. Only its owners may.
func (a *Account) SetRoomAvatar(room store.ChatID, path string) {
	a.do(room, func(l *loop) { l.setRoomAvatar(room, path) })
}

// roomPhoto notes which picture a room has.
func (l *loop) roomPhoto(r *room, hash string) {
	if r.photo == hash {
		return
	}
	r.photo = hash
	l.emit(AvatarChanged{seal: localOrigin().seal(), Account: l.a.id, JID: r.jid.String()}) // a screen that shows it asks
}

// photoTold reads it from what a room says of itself; a room that says nothing of
// pictures leaves what its presence told.
func (l *loop) photoTold(r *room, info *wire.Element) {
	for x := range info.All(nsData, "x") {
		f := parseForm(x)
		if i := f.index(avatarHashField); f.Value("FORM_TYPE") == nsRoomInfo && i >= 0 {
			l.roomPhoto(r, avatarHash(f.Value(avatarHashField)))
			return
		}
	}
}

func (l *loop) setRoomAvatar(id store.ChatID, path string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	if r.self().Affiliation != "owner" {
		l.tellProblem(id, Problem{Code: "deed-owner"})
		return
	}
	if path == "" {
		l.putRoomPhoto(id, r, nil)
		return
	}
	l.dials.Go(func() {
		defer l.c.guard()
		b, _, err := ownAvatar(l.ctx, l.c.pictures, path)
		l.soon(func(l *loop) {
			if err != nil {
				l.tellProblem(id, *pictureProblem(err, path))
			} else {
				l.putRoomPhoto(id, r, b)
			}
			l.flush()
		})
	})
}

// putRoomPhoto writes it into the room's card; nil takes it out.
func (l *loop) putRoomPhoto(id store.ChatID, r *room, b []byte) {
	refused := func(err error) {
		if err == errLinkLost {
			l.tellProblem(id, Problem{Code: "offline"})
			return
		}
		l.tellProblem(id, stanzaProblem("room-avatar-refused", err, r.jid.String()))
	}
	if !l.askCard(r.jid, func(card *wire.Element, err error) {
		if err != nil {
			refused(err)
			return
		}
		card.Children = slices.DeleteFunc(slices.Clone(card.Children), func(e *wire.Element) bool { return e.Is(nsVCard, "PHOTO") })
		code := "room-avatar-off"
		if b != nil {
			code = "room-avatar-set"
			card.Add(wire.New(nsVCard, "PHOTO").Add(wire.New(nsVCard, "TYPE").SetText("image/png"), wire.New(nsVCard, "BINVAL").SetText(base64.StdEncoding.EncodeToString(b))))
		}
		if !l.ask(iq("set", r.jid.String(), card), func(_ *store.Tx, _ *wire.Element, err error) error {
			if err != nil {
				refused(err)
				return nil
			}
			l.tell(id, code, r.jid.String())
			l.then = append(l.then, func() { l.askAnew(r, nil) })
			return nil
		}) {
			refused(errLinkLost)
		}
	}) {
		refused(errLinkLost)
	}
}
