package session

import (
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// roomPresence follows who is in a room (XEP-0045 §7.2, §7.6, §9).
func (l *loop) roomPresence(tx *store.Tx, o origin, st wire.Stanza) error {
	r := l.rooms[o.owner]
	if o.by == byRoom {
		return nil // a room's avatar or such: nobody in it
	}
	x := st.Child(nsMUCUser, "x")
	codes := statusCodes(x)
	self := slices.Contains(codes, "110") || o.nick() == r.nick && r.joining && x != nil
	if st.Attr("type") == "unavailable" {
		return l.occupantLeft(tx, o, r, x, codes, self)
	}
	item := x.Child(nsMUCUser, "item")
	old := r.occupants[o.nick()]
	if old == nil && (len(r.occupants) >= occupantsMax || !r.joined && !r.joining) {
		return nil
	}
	occ := &Occupant{Nick: o.nick(), Role: item.Attr("role"), Affiliation: item.Attr("affiliation"), Presence: l.readPresence(st.Element),
		Self: self || r.joined && o.nick() == r.nick} // another device of ours under our nick is not marked with 110
	if r.hasIDs {
		occ.OccupantID = clip(st.Child(nsOccupantID, "occupant-id").Attr("id"), 256)
	}
	occ.Hats, occ.MoreHats = r.readHats(st.Element)
	if j := wire.Lenient(item.Attr("jid")); !j.IsZero() && !j.Opaque() {
		occ.RealJID = j.Bare().String()
	}
	if old != nil && (old.RealJID == occ.RealJID || occ.RealJID == "") {
		occ.since = old.since
	} else if err := l.cameIn(tx, r, occ); err != nil {
		return err
	}
	r.occupants[occ.Nick] = occ
	if occ.Role != "visitor" {
		l.dropVoices(r, occ.Nick)
	}
	if self && occ.Role != "moderator" {
		l.dropVoices(r, "")
	}
	if err := l.followIgnored(tx, r, occ); err != nil {
		return err
	}
	l.emit(OccupantsChanged{seal: o.seal(), Account: l.a.id, Room: r.jid.String()})
	if !self {
		if r.joined {
			l.tellRoom(r)
		}
		return nil
	}
	return l.selfPresence(tx, o, r, codes)
}

// cameIn notes from which place on an occupant has been there under a nick.
func (l *loop) cameIn(tx *store.Tx, r *room, occ *Occupant) (err error) {
	if !r.joined && r.floor != 0 {
		occ.since = r.floor // they were there before us
		return nil
	}
	chat, ok := l.chatIDs[l.roomKey(r.jid)]
	if !ok {
		occ.since = 1 // nothing was said yet
		return nil
	}
	occ.since, err = tx.LiveOrd(chat)
	if !r.joined {
		r.floor = occ.since
	}
	return err
}

// selfPresence says that we are in, under the nick the room gives us.
func (l *loop) selfPresence(tx *store.Tx, o origin, r *room, codes []string) error {
	first := !r.joined
	if !first && r.nick == o.nick() {
		// A resumption sends our entry twice where the server's count was behind, and
		// the room tells all again.
		r.told = nil
		return nil
	}
	for _, other := range r.occupants {
		other.Self = other.Nick == o.nick()
	}
	r.nick = o.nick()
	if own := r.occupants[r.nick]; own != nil && own.OccupantID != "" {
		r.ownID = own.OccupantID // it stays over visits, and what a link kept for us may come before the next
	}
	r.joined = true
	r.nickAsked = time.Time{}
	if err := tx.PutRoom(store.RoomEntry{Account: l.a.id, JID: r.jid.String(), Nick: r.nick, Name: r.name, Autojoin: r.auto}); err != nil {
		return err
	}
	l.then = append(l.then, func() { l.keepVisit(r) })
	chat, err := l.chatFor(tx, l.roomKey(r.jid))
	if err != nil {
		return err
	}
	if err := tx.SetOpen(chat, true); err != nil {
		return err
	}
	l.emit(ChatsChanged{seal: o.seal()})
	if !first {
		l.tellRoom(r)
		return nil
	}
	l.made(r, slices.Contains(codes, "201"))
	l.entered(r)
	l.joinEnded(r, nil) // private and room lines of ours may wait for this
	return nil
}

// acceptDefaults opens a room that we just made (XEP-0045 §10.1.2).
func (l *loop) acceptDefaults(r *room) {
	q := wire.New(nsMUCOwner, "query").Add(wire.New(nsData, "x").Set("type", "submit"))
	l.ask(iq("set", r.jid.String(), q), func(_ *store.Tx, _ *wire.Element, err error) error {
		id := l.chatIDs[l.roomKey(r.jid)]
		switch {
		case err == errLinkLost:
		case err != nil:
			l.tellProblem(id, stanzaProblem("room-refused", err, r.jid.String()))
		default:
			// It was nothing when it was asked what it offers.
			l.then = append(l.then, func() { l.askAnew(r, func() { l.tell(id, "room-made", r.jid.String()) }) })
		}
		return nil
	})
}

// occupantLeft follows somebody, or us, out of a room, or to another nick.
func (l *loop) occupantLeft(tx *store.Tx, o origin, r *room, x *wire.Element, codes []string, self bool) error {
	item := x.Child(nsMUCUser, "item")
	occ := r.occupants[o.nick()]
	self = self || occ != nil && occ.Self
	delete(r.occupants, o.nick())
	l.dropVoices(r, o.nick())
	l.emit(OccupantsChanged{seal: o.seal(), Account: l.a.id, Room: r.jid.String()})
	if id, ok := l.chatIDs[l.roomKey(r.jid)]; ok {
		l.typingEnds(id, o)
	}
	if slices.Contains(codes, "303") {
		nick := clip(item.Attr("nick"), 1023)
		if self && nick != "" {
			r.nick, r.nickAsked = nick, time.Time{}
			l.tellRoom(r)
			if err := tx.PutRoom(store.RoomEntry{Account: l.a.id, JID: r.jid.String(), Nick: nick, Autojoin: r.auto}); err != nil {
				return err
			}
			l.then = append(l.then, func() { l.keepVisit(r) })
		}
		if occ != nil && nick != "" {
			moved := *occ
			moved.Nick = nick
			if err := l.cameIn(tx, r, &moved); err != nil {
				return err
			}
			r.occupants[nick] = &moved
		}
		return nil
	}
	actor := item.Child(nsMUCUser, "actor")
	by := actor.Attr("nick")
	if by == "" {
		by = actor.Attr("jid")
	}
	notice := ""
	for _, k := range [][2]string{{"307", "kicked"}, {"301", "banned"}, {"321", "lost-affiliation"}, {"322", "members-only"}, {"332", "shutdown"}, {"333", "dropped-out"}} {
		if slices.Contains(codes, k[0]) {
			notice = k[1]
		}
	}
	if x.Child(nsMUCUser, "destroy") != nil {
		notice = "destroyed"
	}
	reason := clip(item.ChildText(nsMUCUser, "reason"), statusMax)
	if d := x.Child(nsMUCUser, "destroy"); d != nil {
		reason = clip(d.ChildText(nsMUCUser, "reason"), statusMax)
	}
	if !self {
		if r.joined {
			l.tellRoom(r)
		}
		if notice == "kicked" || notice == "banned" {
			return l.roomNotice(tx, o, r, notice, o.nick(), by, reason)
		}
		return nil
	}
	if !r.joined && (!r.joining || notice == "") {
		return nil // the goodbye of a visit before; we may be entering again already
	}
	if notice == "" {
		l.then = append(l.then, func() { l.rejoin(r) }) // we did not ask for that
		return nil
	}
	p := &Problem{Code: "room-" + notice, Text: reason, Args: []string{r.jid.String(), by}, Ask: notice != "shutdown" && notice != "dropped-out"}
	if p.Ask {
		// Not again before the user, here or on another device, says so.
		r.want, r.auto = false, false
		if err := tx.SetAutojoin(l.a.id, r.jid.String(), false); err != nil {
			return err
		}
	} else {
		l.then = append(l.then, func() { l.tryLater(r); l.tellRoom(r) })
	}
	l.outOfRoom(r, p)
	return l.roomNotice(tx, o, r, "you-"+notice, r.nick, by, reason)
}

// roomNotice puts an event into the room's history.
func (l *loop) roomNotice(tx *store.Tx, o origin, r *room, notice, nick, by, reason string) error {
	chat, err := l.chatFor(tx, l.roomKey(r.jid))
	if err != nil {
		return err
	}
	if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Kind: store.Notice, Notice: notice, Sender: r.jid.String(), Nick: clip(nick, 1023),
		RealJID: clip(by, 1023), Body: reason, Quiet: true}); err != nil {
		return err
	}
	l.emit(ChatChanged{seal: o.seal(), Account: l.a.id, Chat: chat, Rev: tx.Rev()})
	return nil
}

func statusCodes(x *wire.Element) (all []string) {
	for s := range x.All(nsMUCUser, "status") {
		all = append(all, s.Attr("code"))
	}
	return all
}

// occupants copies who is in a room.
func (l *loop) occupants(jid string) []Occupant {
	r := l.rooms[wire.Lenient(jid)]
	if r == nil {
		return nil
	}
	list := make([]Occupant, 0, len(r.occupants))
	for _, o := range r.occupants {
		list = append(list, *o)
	}
	return list
}

// roomMessage applies what is said in a room, or by it.
func (l *loop) roomMessage(tx *store.Tx, o origin) error {
	r := l.rooms[o.owner]
	if o.el.Attr("type") != "groupchat" {
		l.voiceWanted(o) // a room's words to us alone
		return nil
	}
	if configured(o) && r.joined {
		l.then = append(l.then, func() { l.askAnew(r, nil) })
	}
	chat, err := l.chatFor(tx, l.roomKey(r.jid))
	if err != nil {
		return err
	}
	body, enc, problem := l.readBody(o.el)
	_, lang := l.textOf(o.el, "body")
	if s := o.el.Child(wire.NSClient, "subject"); s != nil && o.el.Child(wire.NSClient, "body") == nil {
		if o.query != nil {
			return nil // what a room was once about
		}
		return l.newSubject(tx, o, r, clip(l.bestText(o.el, "subject"), 4096))
	}
	if o.by == byOccupant && o.query == nil && !l.ignores(r.jid, r.idOf(o), o.nick()) {
		l.typingState(chat, o)
	}
	if err := l.calledInRoom(tx, o, r, chat); err != nil {
		return err
	}
	rm := readRemark(o.el, o.by)
	if body == "" && problem == "" && rm.kind == "" && !isTombstone(o) {
		return nil
	}
	when, delayed := l.delay(o)
	delayed = delayed || o.query != nil
	own := o.by == byOccupant && o.nick() == r.nick
	if delayed {
		// Somebody else may have had our nick then: only our own ids tell, or the
		// room's word for who we are.
		own = r.ours(o.el)
		id := clip(o.el.Attr("id"), 256)
		ref, err := tx.OwnByRef(chat, id)
		if err == nil && ref == 0 && rm.kind != "" {
			var known bool
			if known, err = tx.OwnRemark(chat, id); known {
				ref = 1
			}
		}
		if err != nil {
			return err
		}
		own = own || ref != 0
	}
	a := store.Arrival{Chat: chat, Outgoing: own, Sender: o.full.String(), Nick: o.nick(), Body: body, Stamp: when, Lang: clip(lang, 35),
		ID: clip(o.el.Attr("id"), 256), OriginID: clip(o.el.Child(nsStanzaID, "origin-id").Attr("id"), 256), Enc: enc, EncError: problem}
	if body != "" {
		a.Payload = sameBody(o.el)
	}
	if o.by == byRoom {
		a.Kind, a.Notice = store.Notice, "room-says"
	}
	a.OccupantID = r.idOf(o)
	if o.query != nil {
		o.query.name(&a, o, r.jid)
	} else if r.hasSIDs {
		l.stanzaID(&a, o, r.jid)
	}
	a.Via = via(o, delayed)
	at := l.c.opt.Now()
	if when != 0 {
		at = time.UnixMicro(when)
	} else if o.when != 0 {
		at = time.UnixMicro(o.when)
	}
	a.Shape = l.readShape(o.el)
	l.readReply(o.el, r.jid.String(), &a)
	if rm.kind == "" {
		withFile(o.el, l.bestText(o.el, "body"), &a)
		withLink(o.el, &a)
	}
	if rm.kind != "" && delayed && own && !r.ours(o.el) {
		// Anybody could have taken the id of a line of ours. What we said about
		// messages is known already; more than that nobody may say for us.
		if known, err := tx.OwnRemark(chat, a.ID); known || err != nil {
			return err
		}
		a.Outgoing, own = false, false
	}
	if done, err := l.remarked(tx, o, &a, rm, l.presentSince(o, r, delayed)); done || err != nil {
		return err
	}
	if done, err := l.tombstone(tx, o, &a); done || err != nil {
		return err
	}
	body = a.Body
	if part, err := l.ownPart(tx, r, o, a, at); part || err != nil {
		return err
	}
	if a.Replayed = r.replayed(o); a.Replayed != 0 {
		a.ReplayedHere = a.Replayed - l.ahead.Microseconds()
		a.Told = r.answersFor(o.seq)
	}
	a.Mention = !own && l.mentioned(body, r.nick)
	// What a room replays at our first visit was said before we were there.
	a.Quiet = a.Quiet || delayed && !r.open && r.first
	a.Astray = o.query == nil && l.astray(r.jid.String())
	ignored := !own && o.by == byOccupant && l.ignores(r.jid, a.OccupantID, o.nick())
	if ignored {
		a.Mention, a.Quiet = false, true
	}
	id, fresh, err := tx.Arrive(a)
	if err != nil {
		return err
	}
	if a.Replayed != 0 {
		r.tell(id, o.seq)
	}
	if own && !fresh {
		m, err := tx.Message(id)
		if err != nil {
			return err
		}
		r.firstPart(id, m.Body, o, a, at)
	}
	l.chatMoved(chat, tx)
	if !tx.Copied() {
		o.query.saw(chat, id, tx.Placed(), fresh, tx.Named())
	}
	if o.query == nil {
		if delayed || a.Astray {
			if err := l.holdFirst(tx, a); err != nil {
				return err
			}
		}
		if !delayed {
			l.moveLive(a, tx)
		}
		l.typingEnds(chat, o)
	}
	if fresh && !own && !delayed && !ignored && a.Kind == store.Text && a.Removed == "" {
		l.emit(Incoming{seal: o.seal(), Account: l.a.id, Chat: chat, Message: id, From: o.nick(), Body: body, Spoiler: a.Shape.Hides(), Hint: a.Shape.Words(), Mention: a.Mention})
	}
	return nil
}

// idOf is the room's own name for who speaks (XEP-0421); "": it gives none.
func (r *room) idOf(o origin) string {
	if !r.hasIDs {
		return ""
	}
	return clip(o.el.Child(nsOccupantID, "occupant-id").Attr("id"), 256)
}

// ours says that a message bears our own occupant-id (XEP-0421): another device
// of ours said it, or we did in an earlier life.
func (r *room) ours(e *wire.Element) bool {
	return r.hasIDs && r.ownID != "" && e.Child(nsOccupantID, "occupant-id").Attr("id") == r.ownID
}

// newSubject follows the room's subject; the one told at entering is no event.
func (l *loop) newSubject(tx *store.Tx, o origin, r *room, subject string) error {
	_, delayed := l.delay(o)
	changed := subject != r.subject
	r.subject = subject
	if err := tx.SetSubject(l.a.id, r.jid.String(), subject); err != nil {
		return err
	}
	l.tellRoom(r)
	entering := r.joined && !r.open
	r.open = r.joined // the subject ends the replay (XEP-0045 §7.2.15); one kept from an earlier visit ends nothing
	if entering {
		l.then = append(l.then, func() { l.lookInRoom(r) })
	}
	if !changed || delayed || entering || o.nick() == "" {
		return nil
	}
	return l.roomNotice(tx, o, r, "subject", o.nick(), "", subject)
}
