package session

import (
	"errors"
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Keeping a nick in a room for oneself: XEP-0045 §7.10, and asking which one is
// kept: §7.12.

// roomUserNode is the node that tells a reserved nick.
const roomUserNode = "x-roomuser-item"

// RoomRegistration is the form with which a room registers us and our nick. Answer
// it with [Account.SubmitRegistration].
type RoomRegistration struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Form    Form
	Problem *Problem // the room refused what was filled in; nil: the form is as the room gave it
	legacy  bool     // it is made of fields, not of a form
}

func (RoomRegistration) key() any { return nil }

// RegisterInRoom asks a room what it wants to know to keep a nick for us. It
// answers with [RoomRegistration] or an [Answer].
func (a *Account) RegisterInRoom(room store.ChatID) {
	a.do(room, func(l *loop) { l.askRegistration(room) })
}

// SubmitRegistration gives the filled form back; e is what came with it. An
// [Answer] or another [RoomRegistration] tells what came of it.
func (a *Account) SubmitRegistration(e RoomRegistration, f Form) {
	a.do(e.Chat, func(l *loop) { l.submitRegistration(e, f) })
}

// UnregisterInRoom gives our nick in a room up, and the membership with it.
func (a *Account) UnregisterInRoom(room store.ChatID) {
	a.do(room, func(l *loop) { l.unregister(room) })
}

func (l *loop) askRegistration(id store.ChatID) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	if !l.ask(iq("get", r.jid.String(), wire.New(nsRegister, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		if err != nil {
			l.tellProblem(id, registrationProblem(err, r))
			return nil
		}
		q := el.Child(nsRegister, "query")
		if q.Child(nsRegister, "registered") != nil {
			nick := strings.TrimSpace(q.ChildText(nsRegister, "username"))
			if nick == "" {
				nick = r.nick
			}
			l.tell(id, "nick-registered-already", clip(nick, 1023), r.jid.String())
			return nil
		}
		f, legacy, ok := wanted(el)
		if !ok {
			l.tellProblem(id, Problem{Code: "nick-register-none", Args: []string{r.jid.String()}})
			return nil
		}
		for i := range f.Fields {
			d := &f.Fields[i]
			name := strings.TrimPrefix(d.Var, "muc#register_")
			if (name == "roomnick" || legacy && (name == "username" || name == "nick")) && (len(d.Values) == 0 || d.Values[0] == "") {
				d.Values = []string{r.nick}
			}
		}
		l.emit(RoomRegistration{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Form: f, legacy: legacy})
		return nil
	}) {
		l.tellProblem(id, Problem{Code: "offline"})
	}
}

func (l *loop) submitRegistration(e RoomRegistration, f Form) {
	r := l.roomOf(e.Chat)
	if r == nil {
		return
	}
	nick := ""
	for _, name := range []string{"muc#register_roomnick", "roomnick", "username", "nick"} {
		if nick == "" {
			nick = strings.TrimSpace(f.Value(name))
		}
	}
	if !l.ask(iq("set", r.jid.String(), filledIn(&f, e.legacy)), func(_ *store.Tx, _ *wire.Element, err error) error {
		var refusal *wire.StanzaError
		switch {
		case errors.As(err, &refusal) && slices.Contains([]string{"conflict", "not-acceptable", "bad-request", "jid-malformed"}, refusal.Condition):
			p := registrationProblem(err, r)
			l.emit(RoomRegistration{seal: localOrigin().seal(), Account: l.a.id, Chat: e.Chat, Form: f, Problem: &p, legacy: e.legacy})
		case err != nil:
			l.tellProblem(e.Chat, registrationProblem(err, r))
		case nick == "":
			l.tell(e.Chat, "room-registered", r.jid.String())
		default:
			l.tell(e.Chat, "nick-registered", clip(nick, 1023), r.jid.String())
			if _, err := wire.Parse(r.jid.String() + "/" + nick); err == nil && nick != r.nick && r.joined {
				r.wish = nick
				l.then = append(l.then, func() { l.askNick(r, nick, false) })
			}
		}
		return nil
	}) {
		l.tellProblem(e.Chat, Problem{Code: "offline"})
	}
}

func (l *loop) unregister(id store.ChatID) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	if !l.ask(iq("set", r.jid.String(), wire.New(nsRegister, "query").Add(wire.New(nsRegister, "remove"))), func(_ *store.Tx, _ *wire.Element, err error) error {
		if err != nil {
			l.tellProblem(id, registrationProblem(err, r))
			return nil
		}
		l.tell(id, "nick-unregistered", r.jid.String())
		return nil
	}) {
		l.tellProblem(id, Problem{Code: "offline"})
	}
}

// registrationProblem says why a room does not register us, or no more.
func registrationProblem(err error, r *room) Problem {
	if err == errLinkLost {
		return Problem{Code: "nick-register-unsure", Args: []string{r.jid.String()}}
	}
	p := stanzaProblem("nick-register-refused", err, r.jid.String())
	var e *wire.StanzaError
	if errors.As(err, &e) {
		switch e.Condition {
		case "conflict":
			p.Code = "nick-register-taken"
		case "not-allowed", "forbidden", "not-authorized", "registration-required":
			p.Code = "nick-register-forbidden"
		case "feature-not-implemented", "service-unavailable", "item-not-found":
			p.Code = "nick-register-none"
		}
	}
	return p
}

// askReserved learns which nick a room keeps for us, then goes on; where the user
// chose one it is not asked.
func (l *loop) askReserved(r *room, then func()) {
	if !r.unnamed {
		then()
		return
	}
	r.unnamed = false
	q := iq("get", r.jid.String(), wire.New(nsDiscoInfo, "query").Set("node", roomUserNode))
	if !l.ask(q, func(_ *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		info := el.Child(nsDiscoInfo, "query")
		if nick := strings.TrimSpace(info.Child(nsDiscoInfo, "identity").Attr("name")); err == nil && info.Attr("node") == roomUserNode && r.joining && nick != "" && nick != r.nick && len(nick) <= 1023 {
			if _, err := wire.Parse(r.jid.String() + "/" + nick); err == nil {
				r.nick = nick
				l.tell(l.chatIDs[l.roomKey(r.jid)], "nick-reserved", nick, r.jid.String())
			}
		}
		l.then = append(l.then, then)
		return nil
	}) {
		l.joinEnded(r, &Problem{Code: "offline"})
	}
}
