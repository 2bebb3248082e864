package demo

import (
	"slices"

	"sotto/session/wire"
)

// subscription handles subscribe, subscribed, unsubscribe and unsubscribed from
// an account (RFC 6121 §3): its own roster first, then the other side's. i is the
// sender's item.
func (s *Server) subscription(u *user, to wire.JID, el *wire.Element, i *item) {
	kind := el.Attr("type")
	to = to.Bare()
	before := *i
	had := u.roster.items[to] != nil
	request := u.request(to)
	switch kind {
	case "subscribe":
		i.ask = !i.to
	case "unsubscribe":
		i.to, i.ask = false, false
	case "subscribed":
		switch {
		case request != nil:
			i.from = true
		case !i.from: // §3.4: beforehand
			i.approved = true
		}
		u.answered(to)
	case "unsubscribed":
		i.from, i.approved = false, false
		u.answered(to)
	}
	// Only asking and allowing make a contact; taking back leaves removed ones out.
	worth := kind == "subscribe" || kind == "subscribed"
	if before.subscription() != i.subscription() || before.ask != i.ask || before.approved != i.approved {
		if worth && !had {
			u.roster.items[to] = i
			had = true
		}
		if had {
			s.push(u, to)
		}
	}
	// A pre-approval is nobody else's business until the other side asks.
	if kind == "subscribed" && request == nil {
		return
	}
	if kind == "unsubscribed" && !before.from && request == nil {
		return
	}
	out := clone(el).Set("from", u.jid.String()).Set("to", to.String())
	if out.Attr("id") == "" {
		out.Set("id", s.newID())
	}
	other := s.userAt(to)
	if other == nil {
		if kind == "subscribe" {
			s.reply(u.jid, presenceOf(to.String(), u.jid.String(), "unsubscribed"))
			if own := u.roster.items[to]; own != nil {
				own.ask = false
				s.push(u, to)
			}
		}
		return
	}
	s.subscriptionIn(other, u, out)
	switch {
	case kind == "subscribed":
		for _, x := range u.available() {
			s.tell(other, x)
		}
	case kind == "unsubscribed" && before.from:
		for _, x := range u.available() {
			s.reply(other.jid, presenceOf(x.jid.String(), other.jid.String(), "unavailable"))
		}
	case kind == "unsubscribe" && before.to:
		for _, x := range other.available() {
			s.reply(u.jid, presenceOf(x.jid.String(), u.jid.String(), "unavailable"))
		}
	}
}

// subscriptionIn is the same on the other side's account.
func (s *Server) subscriptionIn(u, sender *user, el *wire.Element) {
	i := u.roster.items[sender.jid]
	switch el.Attr("type") {
	case "subscribe":
		if i != nil && (i.from || i.approved) {
			if !i.from {
				i.from, i.approved = true, false
				s.push(u, sender.jid)
			}
			// Answered for the user (§3.1.3, §3.4.2).
			s.subscriptionIn(sender, u, presenceOf(u.jid.String(), sender.jid.String(), "subscribed"))
			for _, x := range u.available() {
				s.tell(sender, x)
			}
			return
		}
		u.answered(sender.jid)
		u.requests = append(u.requests, el)
		s.reply(u.jid, el)
	case "subscribed":
		if i == nil || !i.ask {
			return
		}
		i.to, i.ask = true, false
		s.push(u, sender.jid)
		s.reply(u.jid, el)
	case "unsubscribe":
		asked := u.request(sender.jid) != nil
		u.answered(sender.jid)
		if i != nil && i.from {
			i.from = false
			s.push(u, sender.jid)
		} else if !asked {
			return
		}
		s.reply(u.jid, el)
	case "unsubscribed":
		if i == nil || !i.to && !i.ask {
			return
		}
		i.to, i.ask = false, false
		s.push(u, sender.jid)
		s.reply(u.jid, el)
	}
}

func (u *user) request(j wire.JID) *wire.Element {
	for _, r := range u.requests {
		if wire.Lenient(r.Attr("from")) == j {
			return r
		}
	}
	return nil
}

func (u *user) answered(j wire.JID) {
	u.requests = slices.DeleteFunc(u.requests, func(r *wire.Element) bool { return wire.Lenient(r.Attr("from")) == j })
}

func presenceOf(from, to, kind string) *wire.Element {
	return wire.New(wire.NSClient, "presence").Set("from", from).Set("to", to).Set("type", kind)
}

// reply sends a presence of the server's making to all available resources of an
// account, whoever it is from.
func (s *Server) reply(to wire.JID, el *wire.Element) {
	if u := s.userAt(to); u != nil {
		for _, x := range u.available() {
			s.send(x, el)
		}
	}
}
