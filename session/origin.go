package session

import "sotto/session/wire"

// authority is what a stanza's sender may speak for.
type authority int

const (
	byNobody   authority = iota // refused; why says the reason
	byProgram                   // sotto itself: link states, what was typed
	byServer                    // our account or its server: roster, our archive, our own nodes
	byOwn                       // another device of ours
	byContact                   // an address for itself, known or not
	byRoom                      // a room as such: state, subject, moderation
	byOccupant                  // somebody in a room, under the nick the room vouches for
)

// origin is the answer to "who speaks, and with what authority". Only the
// functions of this file make one, and only from one can an event be made.
type origin struct {
	by       authority
	owner    wire.JID      // bare: the address, or the room of byRoom and byOccupant
	full     wire.JID      // as it stood in from (the inner one of a carbon)
	peer     wire.JID      // messages: whom the chat is with; full for room privates
	outgoing bool          // messages: we said it
	carbon   bool          // messages: copied to us from another device
	private  bool          // messages: a room's private message
	query    *archiveQuery // messages: what asked the archive for this one; nil: it came by itself
	mamID    string        // its name in that archive
	when     int64         // µs, when that archive got it; 0: not said
	node     *pepNode      // messages: what they tell of a node; nil: nothing
	seq      uint64        // of the stanza, over its link
	el       *wire.Element // what to apply: the stanza, or what a carbon carried
	size     int           // messages of an archive: bytes
	why      string
}

func localOrigin() origin { return origin{by: byProgram} }

func (o origin) seal() seal { return seal{o} }

// nick is the room nick of an occupant.
func (o origin) nick() string { return o.full.Resource() }

// place is what origin must know of the account to judge.
type place struct {
	self   wire.JID                      // our bare address
	isRoom func(bare wire.JID) bool      // rooms we are in, enter or have entered
	query  func(id string) *archiveQuery // archive queries that run; nil: none
	node   func(name string) *pepNode    // nodes that features use; nil: none
	know   func(bare wire.JID) pepSenders
}

// origin decides. The rules, row by row (DESIGN "trust boundary"):
//
//	roster push                from absent or own bare address
//	block list push            from absent, own bare address or our server
//	carbon                     from absent or own bare address; one level; it names the account
//	archive result             while its query runs, from the archive asked; it names the account or the room
//	groupchat                  from a room we entered
//	chat, from a room we know  room itself, or the occupant privately
//	message, own address       another device of ours
//	event of a node of ours    from absent or own bare address
//	event of another's node    its bare address, as far as the node's feature listens to such people; never a room
//	presence                   the address itself; in rooms the occupant
//	anything else              the bare address, for itself only
//
// An absent from means our own account (RFC 6120 §8.1.2.1); one that could not
// be read never arrives here.
func (p place) origin(st wire.Stanza) origin {
	o := origin{by: byContact, owner: st.From.Bare(), full: st.From, peer: st.From.Bare(), el: st.Element, seq: st.Seq}
	own := st.From.IsZero() || st.From == p.self
	switch {
	case own, st.From.String() == p.self.Domain():
		o.by, o.owner = byServer, p.self
	case st.From.Bare() == p.self:
		o.by, o.owner = byOwn, p.self
	case p.isRoom(st.From.Bare()):
		o.by = byRoom
		if st.From.Resource() != "" {
			o.by = byOccupant
		}
	}
	switch st.Local {
	case "message":
		return p.message(o, st, own)
	case "iq":
		if st.Child(nsRoster, "query") != nil && st.Attr("type") == "set" && !own {
			return o.refuse("roster push")
		}
		if st.Attr("type") == "set" && o.by != byServer && (st.Child(nsBlocking, "block") != nil || st.Child(nsBlocking, "unblock") != nil) {
			return o.refuse("block push")
		}
	}
	return o
}

func (o origin) refuse(why string) origin {
	o.by, o.why = byNobody, why
	return o
}

func (p place) message(o origin, st wire.Stanza, own bool) origin {
	if c := st.Child(nsCarbons, ""); c != nil && c.Local != "private" {
		if !own {
			return o.refuse("carbon")
		}
		return p.carbon(o, c)
	}
	if r := st.Child(nsArchive, "result"); r != nil {
		return p.archived(o, st, r, own)
	}
	if n := p.eventOf(st); n != nil {
		if !own && (o.by != byContact || st.From.Resource() != "" || n.from == pepOwn || p.know == nil || p.know(o.owner) > n.from) {
			return o.refuse("pubsub event")
		}
		o.node = n
	}
	if st.Attr("type") == "groupchat" {
		if o.by != byRoom && o.by != byOccupant {
			return o.refuse("groupchat")
		}
		return o
	}
	switch o.by {
	case byOccupant:
		o.private, o.peer = true, st.From
	case byOwn:
		o.outgoing, o.peer = true, p.self
	case byServer:
		if own {
			o.peer = p.self
		}
	}
	return o
}

// eventOf finds the node that a message tells of; nil: none that we use. What is
// thrown back to us tells nothing.
func (p place) eventOf(st wire.Stanza) *pepNode {
	if name := eventNode(st.Element); name != "" && p.node != nil && st.Attr("type") != "error" {
		return p.node(name)
	}
	return nil
}

// carbon unwraps a copy (XEP-0280 §7, §8, §11). The wrapper came from our own
// account; what it carries must name the account, and carry no copy itself.
func (p place) carbon(o origin, c *wire.Element) origin {
	inner := c.Child(nsForward, "forwarded").Child(wire.NSClient, "message")
	if inner == nil || inner.Child(nsCarbons, "received") != nil || inner.Child(nsCarbons, "sent") != nil ||
		inner.Child(nsArchive, "result") != nil || inner.Attr("type") == "groupchat" {
		return o.refuse("carbon")
	}
	from, to := wire.Lenient(inner.Attr("from")), wire.Lenient(inner.Attr("to"))
	if from.Opaque() {
		return o.refuse("carbon")
	}
	o.el, o.carbon = inner, true
	switch {
	case c.Local == "sent" && from.Bare() == p.self:
		o.by, o.owner, o.full, o.peer, o.outgoing = byOwn, p.self, from, p.addressee(to), true
	case c.Local == "received" && (to.IsZero() || to.Bare() == p.self) && from.Bare() == p.self:
		// One device of ours wrote to another: some servers tell it by both ways.
		o.by, o.owner, o.full, o.peer, o.outgoing = byOwn, p.self, from, p.self, true
	case c.Local == "received" && (to.IsZero() || to.Bare() == p.self) && !from.IsZero():
		o.by, o.owner, o.full, o.peer = byContact, from.Bare(), from, from
	default:
		return o.refuse("carbon")
	}
	return p.privately(o)
}

// addressee is whom a message of ours was for: without an address ourselves (RFC 6120
// §8.1.1.1), as Prosody writes a note to our own account.
func (p place) addressee(to wire.JID) wire.JID {
	if to.IsZero() {
		return p.self
	}
	return to
}

// archived unwraps what an archive holds (XEP-0313 §4.2), which must be the one
// that was asked and say whose it is.
func (p place) archived(o origin, st wire.Stanza, r *wire.Element, own bool) origin {
	var q *archiveQuery
	if p.query != nil {
		q = p.query(r.Attr("queryid"))
	}
	inner := r.Child(nsForward, "forwarded").Child(wire.NSClient, "message")
	if q == nil || inner == nil || r.Attr("id") == "" || len(r.Attr("id")) > 256 || inner.Child(nsArchive, "result") != nil {
		return o.refuse("archive result")
	}
	from, to := wire.Lenient(inner.Attr("from")), wire.Lenient(inner.Attr("to"))
	o.el, o.query, o.mamID, o.when, o.size = inner, q, r.Attr("id"), archiveTime(r), len(st.Raw())
	if !q.room.IsZero() {
		if st.From != q.room || from.Bare() != q.room || inner.Attr("type") != "groupchat" {
			return o.refuse("archive result")
		}
		o.by, o.owner, o.full, o.peer = byOccupant, q.room, from, q.room
		if from.Resource() == "" {
			o.by = byRoom
		}
		return o
	}
	switch {
	case !own || from.Opaque() || inner.Attr("type") == "groupchat" || inner.Child(nsCarbons, "") != nil && inner.Child(nsCarbons, "private") == nil:
		return o.refuse("archive result")
	case from.Bare() == p.self:
		o.by, o.owner, o.full, o.peer, o.outgoing = byOwn, p.self, from, p.addressee(to), true
	case (to.IsZero() || to.Bare() == p.self) && !from.IsZero():
		o.by, o.owner, o.full, o.peer = byContact, from.Bare(), from, from
	default:
		return o.refuse("archive result")
	}
	return p.privately(o)
}

// privately tells a room's private message from one of the address itself.
func (p place) privately(o origin) origin {
	// By the room we know, or by its mark.
	if o.peer.Resource() != "" && (p.isRoom(o.peer.Bare()) || o.el.Child(nsMUCUser, "x") != nil) {
		o.private = true
		if !o.outgoing {
			o.by = byOccupant
		}
		return o
	}
	o.peer = o.peer.Bare()
	return o
}
