package session

import (
	"slices"
	"strconv"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Presence in and out: RFC 6121 §4.

// Bounds on what presences may make us keep.
const (
	statusMax    = 1000
	resourcesMax = 64
	strangersMax = 2000 // addresses outside the roster whose presence is kept
)

// inPresence applies a presence.
func (l *loop) inPresence(tx *store.Tx, o origin, st wire.Stanza) error {
	switch st.Attr("type") {
	case "subscribe":
		if o.by != byContact {
			return nil
		}
		if err := l.inSubscribe(tx, o, st); err != nil {
			return err
		}
		l.checkMoved(o, st)
		return nil
	case "subscribed", "unsubscribe", "unsubscribed":
		return nil // the roster push that goes with it tells
	case "probe":
		return nil
	case "error":
		if o.by == byRoom || o.by == byOccupant {
			return l.roomRefused(tx, o, st)
		}
		l.setResources(o.owner.String(), nil)
		l.alertSeen(o.owner.String())
		return nil
	case "", "unavailable":
	default:
		return nil // RFC 6121 §4.7.1 knows no other
	}
	if o.by == byRoom || o.by == byOccupant {
		if err := l.roomPresence(tx, o, st); err != nil {
			return err
		}
		return l.photoSeen(tx, o, st)
	}
	if err := l.photoSeen(tx, o, st); err != nil {
		return err
	}
	if o.full == l.fullJID() {
		return nil // our own, reflected
	}
	l.inAvailability(o, st)
	l.alertSeen(o.owner.String())
	return nil
}

func (l *loop) fullJID() wire.JID {
	if l.login == nil {
		return wire.JID{}
	}
	return l.login.JID
}

// readPresence reads state, text and priority (RFC 6121 §4.7.2).
func (l *loop) readPresence(e *wire.Element) Presence {
	p := Presence{Text: clip(l.bestText(e, "status"), statusMax)}
	if n, err := strconv.Atoi(e.ChildText(wire.NSClient, "priority")); err == nil && n >= -128 && n <= 127 {
		p.Priority = n
	}
	switch s := Show(e.ChildText(wire.NSClient, "show")); s {
	case FreeForChat, Away, ExtAway, Busy:
		p.Show = s
	}
	if e.Attr("type") == "unavailable" {
		p.Show = Unavailable
	}
	return p
}

// inAvailability keeps the view of each resource of a contact.
func (l *loop) inAvailability(o origin, st wire.Stanza) {
	bare, name := o.owner.String(), st.From.Resource()
	old := l.present[bare]
	if old == nil {
		if _, ok := l.contacts[bare]; !ok && o.by == byContact && len(l.present) >= len(l.contacts)+strangersMax {
			return
		}
	}
	// Events hold the old slice: never change it in place.
	list := slices.DeleteFunc(slices.Clone(old), func(r Resource) bool { return r.Name == name })
	p := l.readPresence(st.Element)
	if p.Show == Unavailable {
		if name == "" {
			list = nil
		}
		delete(l.caps.of, st.From)
		l.setResources(bare, list)
		return
	}
	r := Resource{Name: clip(name, nameMax), Presence: p, Since: l.since(old, name, p, st), Idle: stamp(st.Child(nsIdle, "idle").Attr("since"))}
	known := slices.ContainsFunc(old, func(r Resource) bool { return r.Name == name })
	if len(list) < resourcesMax {
		list = append(list, r)
	}
	l.setResources(bare, list)
	if !known {
		l.tellIdleTo(st.From)
	}
	l.seenCaps(st.From, st.Element)
}

// since is when a resource took its state, as far as is known. Who is there when
// we log in took it before; a delay stamp (XEP-0203) may tell when.
func (l *loop) since(old []Resource, name string, p Presence, st wire.Stanza) time.Time {
	for _, r := range old {
		if r.Name == name && r.Presence.Show == p.Show {
			return r.Since
		}
	}
	now := l.c.opt.Now()
	if t := stamp(st.Child(nsDelay, "delay").Attr("stamp")); !t.IsZero() && t.Before(now) {
		return t
	}
	known := slices.ContainsFunc(old, func(r Resource) bool { return r.Name == name })
	if !known && now.Sub(l.readyAt) < floodTime {
		return time.Time{}
	}
	return now
}

// setResources stores and tells the resources of an address, best first.
func (l *loop) setResources(bare string, list []Resource) {
	slices.SortStableFunc(list, func(a, b Resource) int {
		if a.Presence.Priority != b.Presence.Priority {
			return b.Presence.Priority - a.Presence.Priority
		}
		if ra, rb := showRank(a.Presence.Show), showRank(b.Presence.Show); ra != rb {
			return ra - rb
		}
		return b.Since.Compare(a.Since)
	})
	if len(list) == 0 {
		if _, ok := l.present[bare]; !ok {
			return
		}
		delete(l.present, bare)
	} else {
		l.present[bare] = list
	}
	l.emit(PresenceChanged{seal: localOrigin().seal(), Account: l.a.id, JID: bare, Resources: list})
}

func showRank(s Show) int {
	return slices.Index([]Show{FreeForChat, Available, Away, ExtAway, Busy, Unavailable}, s)
}

// stamp reads an XEP-0082 time; what cannot be one, or lies outside 1970 to a
// day from now, is zero.
func stamp(s string) time.Time {
	if s == "" || len(s) > 40 {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.After(time.Now().Add(24*time.Hour)) {
		return time.Time{}
	}
	return t
}

// presencesLost: without a link nobody's presence is known.
func (l *loop) presencesLost() {
	l.rememberHere()
	for bare := range l.present {
		l.setResources(bare, nil)
	}
}

// inSubscribe keeps a request until the user answers it.
func (l *loop) inSubscribe(tx *store.Tx, o origin, st wire.Stanza) error {
	bare := o.owner.String()
	if o.owner.Opaque() {
		return nil
	}
	rule := l.policy.Rule(SeePresence, l.whom(o.owner)).Choice
	if c, ok := l.contacts[bare]; ok && (c.ToUs() || c.Approved || rule == ChoiceYes) {
		l.sendNow(presenceTo(bare, "subscribed")) // the user said yes before
		return nil
	}
	if wanted, err := l.redeem(tx, bare, st); err != nil || wanted {
		return err
	}
	if rule == ChoiceNo {
		l.emit(RequestsChanged{seal: o.seal(), Account: l.a.id})
		return tx.CountUnkept(l.a.id)
	}
	l.emit(RosterChanged{seal: o.seal(), Account: l.a.id})
	return tx.PutRequest(store.Request{Account: l.a.id, JID: bare, Nick: clip(st.ChildText(nsNick, "nick"), nameMax),
		Text: clip(l.bestText(st.Element, "status"), statusMax)})
}

// presenceStanza is our presence for everybody or one address.
func (l *loop) presenceStanza(to string, p Presence) *wire.Element {
	e := wire.New(wire.NSClient, "presence").Set("to", to)
	if p.Show == Unavailable {
		e.Set("type", "unavailable")
	} else if p.Show != Available && p.Show != Invisible {
		e.Add(wire.New(wire.NSClient, "show").SetText(string(p.Show)))
	}
	if p.Text != "" {
		e.Add(wire.New(wire.NSClient, "status").SetText(p.Text))
	}
	if p.Show == Unavailable {
		return e
	}
	if p.Priority != 0 {
		e.Add(wire.New(wire.NSClient, "priority").SetText(strconv.Itoa(p.Priority)))
	}
	return l.idleSince(e.Add(ownCaps()), to, p)
}

func (l *loop) sendPresence() {
	p := l.shown()
	if p.Show == Invisible {
		l.hide()
		return
	}
	if l.hidden {
		l.unhide()
	}
	l.sendNow(l.presenceStanza("", p))
	l.tellIdle()
}

// announcePresence tells everybody, and every room, how we are now.
func (l *loop) announcePresence() {
	l.changed = l.link == nil
	l.absenceOver()
	if l.state == Online {
		l.sendPresence()
		l.sendAllDirected(true)
		for _, r := range l.rooms {
			if r.joined {
				l.sendNow(l.presenceStanza(r.jid.WithResource(r.nick).String(), l.roomShow(r)))
			}
		}
	}
	l.announceAccount()
}

// roomShow is what a room sees: what was said to it alone, else what all see.
func (l *loop) roomShow(r *room) Presence {
	if d, ok := l.directed[r.jid.String()]; ok {
		return d.Presence
	}
	return l.shown()
}
