package session

import (
	"cmp"
	"slices"
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
	jid         wire.JID
	name        string
	nick        string // the one we have, or ask for
	password    string
	subject     string
	want        bool   // be in it, after each login of this run too
	auto        bool   // enter it at the next start
	wish        string // the nick that the user typed
	joining     bool
	joined      bool
	hasIDs      bool   // it announces XEP-0421
	hasSIDs     bool   // it announces XEP-0359
	hasArchive  bool   // it announces XEP-0313
	photo       string // what it names as its picture
	hasHats     bool   // it announces XEP-0317
	ownID       string // our own occupant-id, of the last visit
	membersOnly bool   // only members enter it
	moderates   string // the namespace of XEP-0425 that it announces
	pingable    bool   // it answers itself what XEP-0410 asks
	asked       bool   // what it offers is being asked again
	occupants   map[string]*Occupant
	problem     *Problem
	wait        *time.Timer
	tried       int   // nicks tried because of a conflict
	open        bool  // its replay at entering is over
	first       bool  // nothing of it was here when we entered
	floor       int64 // the place in the chat at which we entered; 0: not yet
	visit       int   // numbers the times that we entered

	unnamed    bool   // nobody chose the nick: the room may keep one for us
	untried    bool   // never entered: its address may be a person's
	voiceAsked string // our request to speak

	form   *Form  // of its configuration, as it was given; nil: nobody fills it in
	preset Preset // what it is to be, if entering makes it

	attempts
	watch
	replay

	// What is known of its bookmark.
	mark     *bookmark // nil: in no store
	source   string    // the store that had it
	item     string    // its address as it stands there
	pending  store.BookmarkChange
	change   int         // counts our changes
	pushing  bool        // one is on its way
	later    *markChange // what was told meanwhile
	goodbye  []byte      // what it says before it is taken away
	unlisted bool        // the user took it out: nothing puts it back by itself
}

func (r *room) info(l *loop) RoomInfo {
	i := RoomInfo{JID: r.jid.String(), Chat: l.chatIDs[l.roomKey(r.jid)], Joined: r.joined, Joining: r.joining, Nick: r.nick, Name: r.name,
		Subject: r.subject, Occupants: len(r.occupants), Problem: r.problem, RetryAt: r.retryAt}
	if r.mark != nil {
		i.Bookmarked, i.Autojoin, i.Label = true, r.mark.auto, r.mark.name
	}
	return i
}

// isRoom says whether an address is that of a room: one that we entered, or that
// stands among the bookmarks.
func (l *loop) isRoom(j wire.JID) bool {
	r := l.rooms[j]
	return r != nil && (r.nick != "" || r.mark != nil && l.contacts[j.String()].JID == "")
}

func (l *loop) roomKey(j wire.JID) store.ChatKey {
	return store.ChatKey{Account: l.a.id, Kind: store.Room, JID: j.String()}
}

func (l *loop) loadRoom(e store.RoomEntry) {
	j := wire.Lenient(e.JID)
	l.rooms[j] = &room{jid: j, name: e.Name, nick: e.Nick, password: e.Password, subject: e.Subject, want: e.Autojoin, auto: e.Autojoin,
		occupants: map[string]*Occupant{}, mark: loadBookmark(e.Bookmark), source: e.Source, pending: e.Pending}
}

func (l *loop) tellRoom(r *room) {
	l.emit(RoomChanged{seal: localOrigin().seal(), Account: l.a.id, RoomInfo: r.info(l)})
}

func (l *loop) inRoom(jid string) bool {
	r := l.rooms[wire.Lenient(jid)]
	return r != nil && r.joined
}

// willBeIn says whether a room is entered by itself: what is typed waits.
func (l *loop) willBeIn(jid string) bool {
	r := l.rooms[wire.Lenient(jid)]
	return r != nil && r.want
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

// ownNick is the nick we ask a room for: the one typed, the one that all our
// devices share, the last one here.
func (l *loop) ownNick(r *room, nick string) string {
	shared := ""
	if r.mark != nil && (l.c.Settings().Bookmarks || r.nick == "") {
		shared = r.mark.nick
	}
	for _, n := range []string{nick, shared, r.nick, l.c.Settings().Nick, l.self.Local()} {
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
	if p := l.barred(j); p != nil {
		l.tellProblem(0, *p)
		return
	}
	r := l.roomAt(j)
	want := l.ownNick(r, nick)
	r.untried = r.nick == "" && r.mark == nil
	r.unnamed = nick == "" && r.nick == "" && (r.mark == nil || r.mark.nick == "")
	if nick != "" {
		r.wish = nick
	}
	if r.joined && want == r.nick {
		l.openKey(l.roomKey(j), "")
		return
	}
	if r.joined {
		l.openKey(l.roomKey(j), "")
		l.askNick(r, want, false)
		return
	}
	r.nick, r.want, r.auto, r.unlisted, r.tried, r.problem = want, true, true, false, 0, nil
	l.stopTrying(r)
	if password == "" {
		password = l.invitePassword(j)
	}
	if password != "" {
		r.password = password
	}
	l.queueJoin(r) // it tells what it offers while the disk is written; it is entered after both
	l.openAlso(l.roomKey(j), "", func(tx *store.Tx) error {
		return tx.PutRoom(store.RoomEntry{Account: l.a.id, JID: j.String(), Nick: r.nick, Password: r.password, Autojoin: true})
	})
}

// roomAt gives the room of an address, a new one if need be.
func (l *loop) roomAt(j wire.JID) *room {
	r := l.rooms[j]
	if r == nil {
		r = &room{jid: j, occupants: map[string]*Occupant{}}
		l.rooms[j] = r
	}
	return r
}

// joinAll enters, after a login, every room we are to be in: the one on the screen
// first, then those where something was said last.
func (l *loop) joinAll() {
	var list []*room
	for _, r := range l.rooms {
		if r.want && !r.joining && !r.joined && r.retry == nil {
			list = append(list, r)
		}
	}
	l.byRank(list)
	for _, r := range list {
		r.tried = 0
		r.nick = l.ownNick(r, "")
		l.queueJoin(r)
	}
}

func (l *loop) byRank(list []*room) {
	slices.SortFunc(list, func(a, b *room) int {
		return cmp.Or(cmp.Compare(l.joinRank(b), l.joinRank(a)), strings.Compare(a.jid.String(), b.jid.String()))
	})
}

// joinRank orders rooms by how soon somebody wants to look at them.
func (l *loop) joinRank(r *room) int64 {
	id, ok := l.chatIDs[l.roomKey(r.jid)]
	if ok && id == l.visible {
		return 1<<63 - 1
	}
	return l.chats[id].LastOrd
}

// look notes which chat is on the screen; a room that waits to be entered comes first.
func (l *loop) look(id store.ChatID) {
	l.visible = id
	c, ok := l.chat(id)
	if !ok || c.Kind != store.Room {
		return
	}
	if i := slices.Index(l.joinQueue, wire.Lenient(c.JID)); i > 0 {
		l.joinQueue = slices.Insert(slices.Delete(l.joinQueue, i, i+1), 0, wire.Lenient(c.JID))
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
	if r.nick == "" {
		r.nick = l.ownNick(r, "")
	}
	l.clearRetry(r)
	r.joining, r.floor = true, 0
	r.visit++
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

// enter sends the presence that enters a room. Lines are replayed from the last
// one we have.
func (l *loop) enter(r *room) {
	if !r.joining {
		return
	}
	x := wire.New(nsMUC, "x")
	if p := r.password; p != "" {
		x.Add(wire.New(nsMUC, "password").SetText(p))
	} else if r.mark != nil && r.mark.password != "" {
		x.Add(wire.New(nsMUC, "password").SetText(r.mark.password))
	}
	h := wire.New(nsMUC, "history")
	if r.hasArchive {
		h.Set("maxstanzas", "0") // the archive tells it better
	} else {
		h.Set("maxstanzas", strconv.Itoa(historyMax))
		since := l.lastLine(r)
		if r.first = since.IsZero(); !r.first {
			h.Set("since", since.Add(-replayBack).UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	x.Add(h)
	l.sendNow(l.presenceStanza(r.jid.WithResource(r.nick).String(), l.roomShow(r)).Add(x))
}

// lastLine is when the last line we have of a room was said; zero: none.
func (l *loop) lastLine(r *room) time.Time {
	id, ok := l.chatIDs[l.roomKey(r.jid)]
	if !ok {
		if !l.keep(func(tx *store.Tx) (err error) { id, err = l.chatFor(tx, l.roomKey(r.jid)); return err }) {
			return time.Time{}
		}
	}
	list, _, err := l.st.Page(l.ctx, id, 0, 50)
	for i := len(list) - 1; i >= 0 && err == nil; i-- {
		// A line of ours that still waits says nothing of what the room said.
		if m := list[i]; !m.Outgoing || m.State >= store.Sent && m.State <= store.Displayed {
			// By whichever clock it was stamped: what is repeated is known again.
			at := time.UnixMicro(m.Stamp)
			if s := l.serverTime(at); s.Before(at) {
				return s
			}
			return at
		}
	}
	return time.Time{}
}

// joinEnded follows the end of an attempt; p nil: we are in.
func (l *loop) joinEnded(r *room, p *Problem) {
	if !r.joining {
		return
	}
	r.joining, r.problem, r.preset = false, p, ""
	if r.wait != nil {
		r.wait.Stop()
		r.wait = nil
	}
	l.joining = max(0, l.joining-1)
	switch {
	case p == nil:
	case p.Ask:
		r.want, r.auto = false, false
	case p.Code != "offline":
		l.tryLater(r)
	}
	l.tellRoom(r)
	l.then = append(l.then, l.nextJoin)
	if p == nil && r.joined {
		l.then = append(l.then, l.pump)
		if r.hasArchive {
			l.then = append(l.then, func() { l.catchUp(r.jid); l.sortSoon() })
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
		r.nickAsked = time.Time{}
		p := stanzaProblem("nick-refused", e, r.jid.String())
		if e.Condition == "conflict" {
			p = Problem{Code: "nick-taken", Args: []string{o.nick()}}
		}
		if !r.nickQuiet {
			l.tellProblem(l.chatIDs[l.roomKey(r.jid)], p)
		}
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
	return tx.SetAutojoin(l.a.id, r.jid.String(), r.auto)
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
	r.auto = false
	l.partRoom(r)
	l.keep(func(tx *store.Tx) error { return tx.SetAutojoin(l.a.id, j.String(), false) })
	l.keepLeave(r)
}

// partRoom leaves a room, or ends what would bring us into it.
func (l *loop) partRoom(r *room) {
	if !r.want && !r.joined && !r.joining {
		return
	}
	r.want = false
	l.stopTrying(r)
	if r.joined || r.joining {
		l.sendNow(presenceTo(r.jid.WithResource(r.nick).String(), "unavailable"))
	}
	if r.joining {
		l.joinEnded(r, nil)
	}
	l.outOfRoom(r, nil)
}

// outOfRoom forgets who is in a room that we are not in any more.
func (l *loop) outOfRoom(r *room, p *Problem) {
	r.joined, r.joining, r.open, r.problem = false, false, false, p
	r.voiceAsked = ""
	l.dropVoices(r, "")
	r.occupants = map[string]*Occupant{}
	delete(l.tops, r.jid.String()) // what is said now we do not hear
	l.forgetHeard(r.jid.String())
	r.stopWatch()
	l.then = append(l.then, l.nextPing)
	l.tellRoom(r)
	l.emit(OccupantsChanged{seal: localOrigin().seal(), Account: l.a.id, Room: r.jid.String()})
}

func (l *loop) roomsLost() {
	l.joinQueue, l.joining, l.pingQueue = nil, 0, nil
	for _, r := range l.rooms {
		if r.wait != nil {
			r.wait.Stop()
			r.wait = nil
		}
		waits := r.retry != nil
		l.stopTrying(r)
		if r.joined || r.joining || waits {
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
	r.wish = nick
	l.askNick(r, nick, false)
}

// askNick asks for another nick. quiet: a refusal is not told, for nobody here
// asked for it.
func (l *loop) askNick(r *room, nick string, quiet bool) {
	r.nickAsked, r.nickQuiet = l.c.opt.Now(), quiet
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
