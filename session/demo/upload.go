package demo

import (
	"strconv"

	"sotto/session/wire"
)

const nsUpload = "urn:xmpp:http:upload:0" // XEP-0363

// uploadDomain is the address of the service that takes files, where there is one.
func (s *Server) uploadDomain() string { return "upload." + s.domain }

// uploadQuery answers questions to that service: what it is, and where a file goes.
func (s *Server) uploadQuery(x *session, el *wire.Element) {
	q := el.Children[0]
	switch {
	case q.Is(nsDiscoInfo, "query"):
		a := info("store", "file", "files", nsDiscoInfo, nsUpload)
		if s.opt.SlotMost > 0 {
			field := func(name, value string) *wire.Element {
				return wire.New(nsData, "field").Set("var", name).Add(wire.New(nsData, "value").SetText(value))
			}
			a.Add(wire.New(nsData, "x").Set("type", "result").Add(field("FORM_TYPE", nsUpload), field("max-file-size", strconv.FormatInt(s.opt.SlotMost, 10))))
		}
		s.succeed(x, el, a)
	case q.Is(nsUpload, "request"):
		a := s.opt.Slot(clone(q))
		if a.Local != "error" {
			s.succeed(x, el, a)
			return
		}
		s.send(x, wire.New(wire.NSClient, "iq").Set("type", "error").Set("id", el.Attr("id")).
			Set("from", el.Attr("to")).Set("to", x.jid.String()).Add(a))
	default:
		s.fail(x, el, "cancel", "service-unavailable")
	}
}
