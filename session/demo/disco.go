package demo

import (
	"strings"

	"sotto/session/wire"
)

// ownQuery answers questions to the own account.
func (s *Server) ownQuery(x *session, el *wire.Element) {
	q := el.Children[0]
	set := el.Attr("type") == "set"
	switch {
	case q.Is(nsRoster, "query"):
		s.rosterQuery(x, el)
	case q.Is(nsCarbons, "enable") && set, q.Is(nsCarbons, "disable") && set:
		x.carbons = q.Local == "enable"
		s.succeed(x, el)
	case q.Is(nsArchive, "query") && s.opt.NoArchive:
		s.fail(x, el, "cancel", "service-unavailable")
	case q.Is(nsArchive, "query") && set:
		s.archiveQuery(x, el, &x.u.archive, "")
	case q.Is(nsArchive, "query"):
		s.archiveForm(x, el)
	case q.Is(wire.NSSession, "session") && set:
		s.succeed(x, el)
	case q.Is(wire.NSBind, "bind"):
		s.fail(x, el, "cancel", "not-allowed")
	case q.Is(wire.NSPing, "ping"):
		s.succeed(x, el)
	case q.Is(nsDiscoInfo, "query") && !set && q.Attr("node") == "":
		s.succeed(x, el, s.accountInfo())
	case q.Space == nsPubSub || q.Space == nsPubSubOwner:
		s.pubsub(x, x.u, el)
	case q.Is(nsPrivate, "query"):
		s.privateQuery(x, el)
	case q.Is(nsDiscoItems, "query") && !set:
		s.succeed(x, el, wire.New(nsDiscoItems, "query"))
	case el.Attr("to") == "":
		// RFC 6120 §10.3.3: without an address the server is meant too.
		s.serverQuery(x, el)
	default:
		s.fail(x, el, "cancel", "service-unavailable")
	}
}

// serverQuery answers questions to the domain.
func (s *Server) serverQuery(x *session, el *wire.Element) {
	q := el.Children[0]
	get := el.Attr("type") == "get"
	switch {
	case q.Is(wire.NSPing, "ping"):
		s.succeed(x, el)
	case q.Is(nsRegister, "query") && !get && s.signup != nil:
		s.ownAccount(x, el)
	case q.Is(nsVersion, "query") && get:
		s.succeed(x, el, wire.New(nsVersion, "query").Add(
			wire.New(nsVersion, "name").SetText("sotto demo server"), wire.New(nsVersion, "version").SetText("1")))
	case q.Is(nsTime, "time") && get:
		s.succeed(x, el, wire.New(nsTime, "time").Add(wire.New(nsTime, "tzo").SetText("Z"), wire.New(nsTime, "utc").SetText(stampOf(s.now()))))
	case q.Is(nsDiscoInfo, "query") && get && q.Attr("node") == "":
		s.succeed(x, el, info("server", "im", "sotto demo server", nsDiscoInfo, nsDiscoItems, nsCarbons, "urn:xmpp:carbons:rules:0", wire.NSPing, nsVersion, nsTime, nsCommands))
	case q.Is(nsDiscoInfo, "query") && get:
		s.fail(x, el, "cancel", "item-not-found")
	case q.Is(nsCommands, "command") && !get:
		s.command(x, el)
	case q.Is(nsDiscoItems, "query") && get && q.Attr("node") == nsCommands:
		s.succeed(x, el, s.commandItems())
	case q.Is(nsDiscoItems, "query") && get:
		items := wire.New(nsDiscoItems, "query").Add(wire.New(nsDiscoItems, "item").Set("jid", s.roomDomain()).Set("name", "Rooms"))
		if s.opt.Slot != nil {
			items.Add(wire.New(nsDiscoItems, "item").Set("jid", s.uploadDomain()).Set("name", "Files"))
		}
		s.succeed(x, el, items)
	default:
		s.fail(x, el, "cancel", "service-unavailable")
	}
}

// accountQuery answers questions to somebody else's bare address: who sees their
// presence learns that the account exists, all others nothing (XEP-0030 §8).
func (s *Server) accountQuery(x *session, u *user, el *wire.Element) {
	q := el.Children[0]
	if i := u.roster.items[x.u.jid]; i != nil && i.from && el.Attr("type") == "get" && q.Is(nsDiscoInfo, "query") && q.Attr("node") == "" {
		s.succeed(x, el, info("account", "registered", "", nsDiscoInfo))
		return
	}
	if q.Is(nsPubSub, "pubsub") {
		s.pubsub(x, u, el)
		return
	}
	s.fail(x, el, "cancel", "service-unavailable")
}

// info is a disco#info answer.
func info(category, kind, name string, features ...string) *wire.Element {
	q := wire.New(nsDiscoInfo, "query").Add(
		wire.New(nsDiscoInfo, "identity").Set("category", category).Set("type", kind).Set("name", name))
	for _, f := range features {
		q.Add(wire.New(nsDiscoInfo, "feature").Set("var", f))
	}
	return q
}

// roomDomain is the address of the rooms' service.
func (s *Server) roomDomain() string { return "rooms." + strings.TrimPrefix(s.domain, "rooms.") }
