package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Destroy ends a room for good (XEP-0045 §10.9); instead, a room to go to, and
// reason may be empty. An [Answer] tells what came of it.
func (a *Account) Destroy(room store.ChatID, instead, reason string) {
	a.do(room, func(l *loop) { l.destroyRoom(room, instead, reason) })
}

func (l *loop) destroyRoom(id store.ChatID, instead, reason string) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	el := wire.New(nsMUCOwner, "destroy")
	if instead = strings.TrimSpace(instead); instead != "" {
		j, err := wire.Parse(instead)
		if err != nil || j.Local() == "" {
			l.tellProblem(id, Problem{Code: "bad-room", Args: []string{instead}})
			return
		}
		el.Set("jid", j.Bare().String())
	}
	if reason = strings.TrimSpace(reason); reason != "" {
		el.Add(wire.New(nsMUCOwner, "reason").SetText(clip(reason, statusMax)))
	}
	if !l.ask(iq("set", r.jid.String(), ownerQuery(el)), func(_ *store.Tx, _ *wire.Element, err error) error {
		switch {
		case err == errLinkLost:
			l.tellProblem(id, Problem{Code: "destroy-unsure", Args: []string{r.jid.String()}})
		case err != nil:
			l.tellProblem(id, configProblem("destroy-refused", err, r))
		default:
			l.tell(id, "room-destroyed", r.jid.String())
		}
		return nil
	}) {
		l.tellProblem(id, Problem{Code: "offline"})
	}
}
