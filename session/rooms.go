package session

import (
	"strconv"
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Rooms: XEP-0045 §6 and §7, the occupant's use cases.

const (
	joinsAtOnce = 4
	// joinTime ends the wait for a room that never answers.
	joinTime = 30 * time.Second
	// subjectTime ends the wait for the subject that follows a room's replay.
	subjectTime = 10 * time.Second
	// historyMax is how many earlier lines a room may replay.
	historyMax   = 50
	occupantsMax = 50_000
)

// room is a room that the account entered or wants to enter.
type room struct {
	jid        wire.JID
	name       string
	nick       string // the one we have, or ask for
	password   string
	subject    string
	want       bool // enter it at login
	joining    bool
	joined     bool
	hasIDs     bool // it announces XEP-0421
	hasSIDs    bool // it announces XEP-0359
	hasArchive bool // it announces XEP-0313
	occupants  map[string]*Occupant
	problem    *Problem
	wait       *time.Timer
	tried      int  // nicks tried because of a conflict
	open       bool // its replay at entering is over
}

func (r *room) info(l *loop) RoomInfo {
	return RoomInfo{JID: r.jid.String(), Chat: l.chatIDs[l.roomKey(r.jid)], Joined: r.joined, Joining: r.joining, Nick: r.nick, Name: r.name,
		Subject: r.subject, Occupants: len(r.occupants), Problem: r.problem}
}

func (l *loop) roomKey(j wire.JID) store.ChatKey {
	return store.ChatKey{Account: l.a.id, Kind: store.Room, JID: j.String()}
}

func (l *loop) loadRoom(e store.RoomEntry) {
	j := wire.Lenient(e.JID)
	l.rooms[j] = &room{jid: j, name: e.Name, nick: e.Nick, password: e.Password, subject: e.Subject, want: e.Autojoin, occupants: map[string]*Occupant{}}
}

func (l *loop) tellRoom(r *room) {
	l.emit(RoomChanged{seal: localOrigin().seal(), Account: l.a.id, RoomInfo: r.info(l)})
}

func (l *loop) inRoom(jid string) bool {
	r := l.rooms[wire.Lenient(jid)]
	return r != nil && r.joined
}

func (l *loop) nickIn(j wire.JID) string {
	if r := l.rooms[j]; r != nil {
		return r.nick
	}
	return ""
}

// occupantNick finds under which nick the other side of a private chat is
// present now; empty: gone.
func (l *loop) occupantNick(j wire.JID, c store.Chat) string {
	r := l.rooms[j]
	if r == nil {
		return ""
	}
	for nick, o := range r.occupants {
		if o.OccupantID != "" && o.OccupantID == c.Occupant {
			return nick
		}
	}
	if r.occupants[c.Occupant] != nil {
		return c.Occupant
	}
	return ""
}

// ownNick is the nick we ask a room for.
func (l *loop) ownNick(r *room, nick string) string {
	for _, n := range []string{nick, r.nick, l.c.Settings().Nick, l.self.Local()} {
		if n != "" {
			return n
		}
	}
	return "sotto"
}

// join enters a room because the user said so.
func (l *loop) join(s, nick, password string) {
	j, err := wire.Parse(s)
	if err != nil || j.Local() == "" {
		l.tellProblem(0, Problem{Code: "bad-room", Args: []string{s}})
		return
	}
	if nick == "" {
		nick = j.Resource()
	}
	j = j.Bare()
	r := l.rooms[j]
	if r == nil {
		r = &room{jid: j, occupants: map[string]*Occupant{}}
		l.rooms[j] = r
	}
	want := l.ownNick(r, nick)
	if r.joined && want == r.nick {
		l.openKey(l.roomKey(j), "")
		return
	}
	if r.joined {
		l.openKey(l.roomKey(j), "")
		l.askNick(r, want)
		return
	}
	r.nick, r.want, r.tried, r.problem = want, true, 0, nil
	if password != "" {
		r.password = password
	}
	l.write(func(tx *store.Tx) error {
		return tx.PutRoom(store.RoomEntry{Account: l.a.id, JID: j.String(), Nick: r.nick, Password: r.password, Autojoin: true})
	})
	l.openKey(l.roomKey(j), "")
	l.queueJoin(r)
}

// joinAll enters, after a login, every room we were in.
func (l *loop) joinAll() {
	l.joinQueue, l.joining = nil, 0
	for _, r := range l.rooms {
		if r.want {
			l.queueJoin(r)
		}
	}
}

// queueJoin enters a room when fewer than joinsAtOnce are being entered.
func (l *loop) queueJoin(r *room) {
	if r.joining || r.joined {
		return
	}
	if l.state != Online {
		l.tellRoom(r)
		return
	}
	r.joining, r.problem = true, nil
	l.tellRoom(r)
	l.joinQueue = append(l.joinQueue, r.jid)
	l.nextJoin()
}

func (l *loop) nextJoin() {
	for l.joining < joinsAtOnce && len(l.joinQueue) > 0 {
		r := l.rooms[l.joinQueue[0]]
		l.joinQueue = l.joinQueue[1:]
		if r == nil || !r.joining {
			continue
		}
		l.joining++
		l.askFeatures(r)
		r.wait = l.after(joinTime, func(l *loop) {
			if r.joining {
				// An answer that comes after all must not leave us half in it.
				l.sendNow(presenceTo(r.jid.WithResource(r.nick).String(), "unavailable"))
				l.joinEnded(r, &Problem{Code: "room-silent", Args: []string{r.jid.String()}})
			}
		})
	}
}

// askFeatures learns what the room offers before entering: whether its
// occupant-ids and stanza-ids may be believed.
func (l *loop) askFeatures(r *room) {
	q := iq("get", r.jid.String(), wire.New(nsDiscoInfo, "query"))
	if !l.ask(q, func(_ *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		r.hasIDs, r.hasSIDs, r.hasArchive = false, false, false
		info := el.Child(nsDiscoInfo, "query")
		for f := range info.All(nsDiscoInfo, "feature") {
			switch f.Attr("var") {
			case nsOccupantID:
				r.hasIDs = true
			case nsStanzaID:
				r.hasSIDs = true
			case nsArchive:
				r.hasSIDs, r.hasArchive = true, true
			}
		}
		if n := info.Child(nsDiscoInfo, "identity").Attr("name"); n != "" {
			r.name = clip(n, nameMax)
		}
		l.then = append(l.then, func() { l.enter(r) })
		return nil
	}) {
		l.joinEnded(r, &Problem{Code: "offline"})
	}
}

// enter sends the presence that enters a room. Lines are replayed from the last
// one we have.
func (l *loop) enter(r *room) {
	if !r.joining {
		return
	}
	x := wire.New(nsMUC, "x")
	if r.password != "" {
		x.Add(wire.New(nsMUC, "password").SetText(r.password))
	}
	h := wire.New(nsMUC, "history")
	if r.hasArchive {
		h.Set("maxstanzas", "0") // the archive tells it better
	} else {
		h.Set("maxstanzas", strconv.Itoa(historyMax))
		if since := l.lastLine(r); !since.IsZero() {
			h.Set("since", since.UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	x.Add(h)
	l.sendNow(l.presenceStanza(r.jid.WithResource(r.nick).String(), l.roomShow(r)).Add(x))
}

// lastLine is when the last line we have of a room was said; zero: none.
func (l *loop) lastLine(r *room) time.Time {
	id, ok := l.chatIDs[l.roomKey(r.jid)]
	if !ok {
		if !l.write(func(tx *store.Tx) (err error) { id, err = l.chatFor(tx, l.roomKey(r.jid)); return err }) {
			return time.Time{}
		}
	}
	list, _, err := l.st.Page(l.ctx, id, 0, 1)
	if err != nil || len(list) == 0 {
		return time.Time{}
	}
	return time.UnixMicro(list[0].Stamp)
}

// joinEnded follows the end of an attempt; p nil: we are in.
func (l *loop) joinEnded(r *room, p *Problem) {
	if !r.joining {
		return
	}
	r.joining, r.problem = false, p
	if r.wait != nil {
		r.wait.Stop()
		r.wait = nil
	}
	l.joining = max(0, l.joining-1)
	if p != nil && p.Ask {
		r.want = false
	}
	l.tellRoom(r)
	l.then = append(l.then, l.nextJoin)
	if p == nil {
		l.then = append(l.then, l.pump)
		if r.hasArchive {
			l.then = append(l.then, func() { l.catchUp(r.jid) })
		}
		// A room that tells no subject must not hold back what waits for it.
		l.after(subjectTime, func(l *loop) {
			if r.joined && !r.open {
				r.open = true
				l.lookInRoom(r)
			}
		})
	}
}

// roomRefused takes an error presence of a room: entering or a nick was refused.
func (l *loop) roomRefused(tx *store.Tx, o origin, st wire.Stanza) error {
	r := l.rooms[o.owner]
	e := wire.ErrorOf(st.Element)
	if r.joined {
		p := stanzaProblem("nick-refused", e, r.jid.String())
		if e.Condition == "conflict" {
			p = Problem{Code: "nick-taken", Args: []string{o.nick()}}
		}
		l.tellProblem(l.chatIDs[l.roomKey(r.jid)], p)
		return nil
	}
	if !r.joining {
		return nil
	}
	if e.Condition == "conflict" && r.tried < 3 {
		// XEP-0045 §7.2.8: the nick is taken; take the next one and say so.
		r.tried++
		r.nick += "_"
		l.then = append(l.then, func() { l.enter(r) })
		return nil
	}
	code := map[string]string{"not-authorized": "room-password", "forbidden": "room-banned", "registration-required": "room-members-only",
		"item-not-found": "room-locked", "not-allowed": "room-no-create", "not-acceptable": "room-nick-locked", "service-unavailable": "room-full",
		"conflict": "nick-taken", "remote-server-not-found": "room-no-server", "remote-server-timeout": "room-no-server",
		"jid-malformed": "bad-room", "gone": "room-gone"}[e.Condition]
	if code == "" {
		code = "room-refused"
	}
	p := stanzaProblem(code, e, r.jid.String())
	p.Ask = e.Type != "wait" && code != "room-no-server" && code != "room-full"
	l.joinEnded(r, &p)
	return tx.SetAutojoin(l.a.id, r.jid.String(), r.want)
}

func (l *loop) leave(id store.ChatID) {
	c, ok := l.chat(id)
	if !ok || c.Kind != store.Room {
		l.tellProblem(id, Problem{Code: "no-room-here"})
		return
	}
	l.leaveRoom(wire.Lenient(c.JID))
}

// leaveRoom leaves a room for good, until the user enters it again.
func (l *loop) leaveRoom(j wire.JID) {
	r := l.rooms[j]
	if r == nil {
		return
	}
	r.want = false
	if r.joined || r.joining {
		l.sendNow(presenceTo(r.jid.WithResource(r.nick).String(), "unavailable"))
	}
	if r.joining {
		l.joinEnded(r, nil)
	}
	l.outOfRoom(r, nil)
	l.write(func(tx *store.Tx) error { return tx.SetAutojoin(l.a.id, j.String(), false) })
}

// outOfRoom forgets who is in a room that we are not in any more.
func (l *loop) outOfRoom(r *room, p *Problem) {
	r.joined, r.joining, r.open, r.problem = false, false, false, p
	r.occupants = map[string]*Occupant{}
	delete(l.tops, r.jid.String()) // what is said now we do not hear
	l.tellRoom(r)
	l.emit(OccupantsChanged{seal: localOrigin().seal(), Account: l.a.id, Room: r.jid.String()})
}

func (l *loop) roomsLost() {
	l.joinQueue, l.joining = nil, 0
	for _, r := range l.rooms {
		if r.wait != nil {
			r.wait.Stop()
			r.wait = nil
		}
		if r.joined || r.joining {
			l.outOfRoom(r, nil)
		}
	}
}

func (l *loop) changeNick(id store.ChatID, nick string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	nick = strings.TrimSpace(nick)
	if _, err := wire.Parse(r.jid.String() + "/" + nick); err != nil || nick == "" {
		l.tellProblem(id, Problem{Code: "bad-nick", Args: []string{nick}})
		return
	}
	l.askNick(r, nick)
}

func (l *loop) askNick(r *room, nick string) {
	l.sendNow(l.presenceStanza(r.jid.WithResource(nick).String(), l.roomShow(r)))
}

// setSubject asks for another subject (XEP-0045 §8.1).
func (l *loop) setSubject(id store.ChatID, text string) {
	if r := l.roomOf(id); r != nil {
		l.sendNow(wire.New(wire.NSClient, "message").Set("to", r.jid.String()).Set("type", "groupchat").Set("id", newID()).
			Add(wire.New(wire.NSClient, "subject").SetText(clip(text, 4096))))
	}
}

// roomOf is the room of a chat that we are in; else the user is told.
func (l *loop) roomOf(id store.ChatID) *room {
	c, ok := l.chat(id)
	if !ok || c.Kind != store.Room {
		l.tellProblem(id, Problem{Code: "no-room-here"})
		return nil
	}
	r := l.rooms[wire.Lenient(c.JID)]
	if r == nil || !r.joined {
		l.tellProblem(id, Problem{Code: "not-in-room"})
		return nil
	}
	return r
}
