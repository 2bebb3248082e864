package session

import (
	"sotto/session/wire"
	"sotto/store"
)

// Invisible: XEP-0186 1, where our server offers it. Nobody is told that we are
// there but who is told alone (RFC 6121 §4.6), and the rooms that we are in.

const nsInvisible = "urn:xmpp:invisible:1"

// askServer learns after a login what the server can do for us.
func (l *loop) askServer() {
	l.ask(iq("get", l.self.Domain(), wire.New(nsDiscoInfo, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		if err == errLinkLost {
			return nil
		}
		info := el.Child(nsDiscoInfo, "query")
		l.then = append(l.then, func() { l.knowBlocking(info) })
		for f := range info.All(nsDiscoInfo, "feature") {
			if f.Attr("var") == nsInvisible && !l.canHide {
				l.canHide = true
				l.then = append(l.then, l.announceAccount)
			}
		}
		return nil
	})
}

// hide asks the server to hide us. Refused, we stay without a presence: the user
// did not want to be seen.
func (l *loop) hide() {
	l.hidden = true
	l.ask(iq("set", "", wire.New(nsInvisible, "invisible").Set("probe", "true")), func(_ *store.Tx, _ *wire.Element, err error) error {
		if err == nil || err == errLinkLost {
			return nil
		}
		l.tellProblem(0, stanzaProblem("invisible-refused", err))
		return nil
	})
}

// unhide makes us visible again; the presence that shows us follows.
func (l *loop) unhide() {
	l.hidden = false
	l.ask(iq("set", "", wire.New(nsInvisible, "visible")), func(*store.Tx, *wire.Element, error) error { return nil })
}
