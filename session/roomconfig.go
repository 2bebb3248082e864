package session

import (
	"errors"
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// The configuration of a room: XEP-0045 §10.1 and §10.2.

// RoomForm is the form in which an owner configures a room. Answer it with
// [Account.SubmitConfig] or [Account.CancelConfig].
type RoomForm struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Form    Form
	Problem *Problem // the room refused what was filled in; nil: the form is as the room gave it
}

func (RoomForm) key() any { return nil }

// Preset is a kind of room to be made.
type Preset string

// The presets.
const (
	PublicRoom  Preset = "public"  // found and entered by all, who do not see each other's addresses
	PrivateRoom Preset = "private" // for members, who see each other's addresses; not listed
)

// presets gives the values of the fields of a form that make a room of a kind.
var presets = map[Preset][][2]string{
	PublicRoom: {{"muc#roomconfig_persistentroom", "1"}, {"muc#roomconfig_publicroom", "1"}, {"muc#roomconfig_membersonly", "0"},
		{"muc#roomconfig_moderatedroom", "0"}, {"muc#roomconfig_whois", "moderators"}},
	PrivateRoom: {{"muc#roomconfig_persistentroom", "1"}, {"muc#roomconfig_publicroom", "0"}, {"muc#roomconfig_membersonly", "1"},
		{"muc#roomconfig_whois", "anyone"}},
}

// Configure asks a room for the form of its configuration. It answers with
// [RoomForm] or the [Answer] of a problem.
func (a *Account) Configure(room store.ChatID) { a.do(room, func(l *loop) { l.askConfig(room) }) }

// SubmitConfig gives the form back; only the fields that changed are sent.
func (a *Account) SubmitConfig(room store.ChatID, f Form) {
	a.do(room, func(l *loop) { l.submitConfig(room, f) })
}

// CancelConfig says that nothing is to be changed.
func (a *Account) CancelConfig(room store.ChatID) {
	a.do(room, func(l *loop) { l.cancelConfig(room) })
}

// Create enters a room that does not exist yet, and configures it. An [Answer]
// tells what came of it; one that exists is only entered.
func (a *Account) Create(room string, p Preset) { a.do(0, func(l *loop) { l.create(room, p) }) }

func ownerQuery(child ...*wire.Element) *wire.Element {
	q := wire.New(nsMUCOwner, "query")
	for _, c := range child {
		q.Add(c)
	}
	return q
}

func (l *loop) askConfig(id store.ChatID) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	l.askForm(r, func(f Form, err error) {
		switch {
		case err == errLinkLost:
			l.tellProblem(id, Problem{Code: "offline"})
		case err != nil:
			l.tellProblem(id, configProblem("config-refused", err, r))
		case len(f.Fields) == 0:
			l.tellProblem(id, Problem{Code: "config-none", Args: []string{r.jid.String()}})
		default:
			given := f
			given.Fields = slices.Clone(f.Fields) // the other one is filled in
			r.form = &given
			l.emit(RoomForm{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Form: f})
		}
	})
}

// askForm asks for the form; without fields: there is none.
func (l *loop) askForm(r *room, then func(f Form, err error)) {
	if !l.ask(iq("get", r.jid.String(), ownerQuery()), func(_ *store.Tx, el *wire.Element, err error) error {
		f := Form{}
		if err == nil {
			f, _ = formOf(el.Child(nsMUCOwner, "query"))
		}
		then(f, err)
		return nil
	}) {
		then(Form{}, errLinkLost)
	}
}

func configProblem(code string, err error, r *room) Problem {
	p := stanzaProblem(code, err, r.jid.String())
	var e *wire.StanzaError
	if errors.As(err, &e) && (e.Condition == "forbidden" || e.Condition == "not-allowed") {
		p.Code = "config-forbidden"
	}
	return p
}

func (l *loop) submitConfig(id store.ChatID, f Form) {
	r := l.roomOf(id)
	if r == nil || r.form == nil {
		return
	}
	changed := f.changed(r.form)
	if len(changed.Fields) == 0 {
		l.cancelConfig(id)
		l.tell(id, "config-same", r.jid.String())
		return
	}
	if !l.ask(iq("set", r.jid.String(), ownerQuery(changed.submit())), func(_ *store.Tx, _ *wire.Element, err error) error {
		switch {
		case err == errLinkLost:
			l.tellProblem(id, Problem{Code: "config-unsure", Args: []string{r.jid.String()}})
		case err != nil:
			p := configProblem("config-refused", err, r)
			l.emit(RoomForm{seal: localOrigin().seal(), Account: l.a.id, Chat: id, Form: f, Problem: &p})
		default:
			r.form = nil
			l.tell(id, "config-saved", r.jid.String())
			l.then = append(l.then, func() { l.askAnew(r, nil) })
		}
		return nil
	}) {
		l.tellProblem(id, Problem{Code: "offline"})
	}
}

// changed is the form with the fields that differ from what was given, and those
// that must be there; without fields: nothing differs.
func (f *Form) changed(was *Form) Form {
	out, any := Form{}, false
	for _, d := range f.Fields {
		i := was.index(d.Var)
		if d.Var == "" || i < 0 || d.Type == Fixed {
			continue
		}
		differs := !slices.Equal(d.Values, was.Fields[i].Values)
		any = any || differs
		if differs || d.Type == Hidden || d.Required {
			out.Fields = append(out.Fields, d)
		}
	}
	if !any {
		return Form{}
	}
	return out
}

func (l *loop) cancelConfig(id store.ChatID) {
	c, _ := l.chat(id)
	r := l.rooms[wire.Lenient(c.JID)]
	if r == nil || r.form == nil {
		return
	}
	r.form = nil
	// Whatever it answers, nothing changes.
	l.ask(iq("set", r.jid.String(), ownerQuery(wire.New(nsData, "x").Set("type", "cancel"))), func(*store.Tx, *wire.Element, error) error { return nil })
}

func (l *loop) create(s string, p Preset) {
	if l.state != Online {
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	l.join(s, "", "")
	r := l.rooms[wire.Lenient(s).Bare()]
	switch {
	case r == nil:
	case r.joined:
		l.tell(l.chatIDs[l.roomKey(r.jid)], "room-existed", r.jid.String())
	case r.joining && presets[p] != nil:
		r.preset = p
	}
}

// made follows our entering of a room that is to be made: created says that it
// did not exist.
func (l *loop) made(r *room, created bool) {
	p := r.preset
	r.preset = ""
	switch {
	case created && p != "":
		l.then = append(l.then, func() { l.applyPreset(r, p) })
	case created:
		l.acceptDefaults(r)
	case p != "":
		l.tell(l.chatIDs[l.roomKey(r.jid)], "room-existed", r.jid.String())
	}
}

// applyPreset configures a room that we just made by the form that it offers;
// where that cannot be, the room is opened as the server makes it.
func (l *loop) applyPreset(r *room, p Preset) {
	id := l.chatIDs[l.roomKey(r.jid)]
	l.askForm(r, func(f Form, err error) {
		if err == errLinkLost {
			return
		}
		missing := err != nil || len(f.Fields) == 0
		for _, v := range presets[p] {
			missing = !f.set(v[0], v[1]) || missing
		}
		if err != nil || len(f.Fields) == 0 {
			l.tellProblem(id, Problem{Code: "preset-partly", Args: []string{r.jid.String()}})
			l.acceptDefaults(r)
			return
		}
		l.ask(iq("set", r.jid.String(), ownerQuery(f.submit())), func(_ *store.Tx, _ *wire.Element, err error) error {
			switch {
			case err == errLinkLost:
			case err != nil:
				l.tellProblem(id, Problem{Code: "preset-partly", Args: []string{r.jid.String()}})
				l.acceptDefaults(r)
			case missing:
				l.tellProblem(id, Problem{Code: "preset-partly", Args: []string{r.jid.String()}})
				l.then = append(l.then, func() { l.askAnew(r, nil) })
			default:
				code := "room-made-" + string(p)
				l.then = append(l.then, func() { l.askAnew(r, func() { l.tell(id, code, r.jid.String()) }) })
			}
			return nil
		})
	})
}

// set fills a field in where the form lets it have the value.
func (f *Form) set(name, value string) bool {
	i := f.index(name)
	if i < 0 {
		return false
	}
	was := f.Fields[i].Values
	f.Fields[i].Values = []string{value}
	if f.Fields[i].Wrong() != "" {
		f.Fields[i].Values = was
		return false
	}
	return true
}
