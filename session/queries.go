package session

import (
	"strconv"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// inIQ answers the questions of others and takes roster pushes.
func (l *loop) inIQ(tx *store.Tx, o origin, st wire.Stanza) error {
	kind := st.Attr("type")
	if kind != "get" && kind != "set" {
		return nil // an answer to nothing we asked in this session
	}
	if kind == "set" && st.Child(nsRoster, "query") != nil {
		return l.rosterPush(tx, o, st)
	}
	if kind == "set" && o.by == byServer && (st.Child(nsBlocking, "block") != nil || st.Child(nsBlocking, "unblock") != nil) {
		return l.blockPush(tx, st)
	}
	for _, x := range table() {
		q := x.answer
		if q == nil || q.kind != kind || st.Child(q.space, q.name) == nil {
			continue
		}
		if !q.may(l, o) {
			break
		}
		payload, err := q.answer(l, o, st)
		if err != nil {
			l.sendError(st, "cancel", "item-not-found")
			return nil
		}
		e := wire.New(wire.NSClient, "iq").Set("type", "result").Set("to", st.Attr("from")).Set("id", st.Attr("id")).Add(payload)
		l.sendNow(e)
		return nil
	}
	l.sendError(st, "cancel", "service-unavailable")
	return nil
}

// toContacts: our own devices and people who may see our presence.
func (l *loop) toContacts(o origin) bool {
	return o.by == byOwn || o.by == byServer || o.by == byContact && l.seesUs(o.owner)
}

// toAcquainted: besides those, who shares a room with us or was told our
// presence: they have our capabilities hash and may ask what it means.
func (l *loop) toAcquainted(o origin) bool {
	if l.toContacts(o) {
		return true
	}
	if o.by == byOccupant || o.by == byRoom {
		return l.rooms[o.owner].joined
	}
	_, told := l.directed[o.owner.String()]
	return told
}

// toPresent: whoever may know that we are there.
func (l *loop) toPresent(o origin) bool { return l.toAcquainted(o) }

func (l *loop) answerPing(origin, wire.Stanza) (*wire.Element, error) { return nil, nil } //nolint:nilnil // an empty result

func (l *loop) answerVersion(origin, wire.Stanza) (*wire.Element, error) {
	return wire.New(nsVersion, "query").Add(wire.New(nsVersion, "name").SetText("sotto"),
		wire.New(nsVersion, "version").SetText(l.c.opt.Version)), nil
}

func (l *loop) answerTime(origin, wire.Stanza) (*wire.Element, error) {
	now := l.c.opt.Now()
	return wire.New(nsTime, "time").Add(wire.New(nsTime, "tzo").SetText(now.Format("-07:00")),
		wire.New(nsTime, "utc").SetText(now.UTC().Format("2006-01-02T15:04:05Z"))), nil
}

// answerLast says since when nobody typed (XEP-0012 §4).
func (l *loop) answerLast(origin, wire.Stanza) (*wire.Element, error) {
	return wire.New(nsLast, "query").Set("seconds", strconv.Itoa(int(l.c.idle().Seconds()))), nil
}

func (l *loop) answerInfo(_ origin, st wire.Stanza) (*wire.Element, error) {
	node := st.Child(nsDiscoInfo, "query").Attr("node")
	if node != "" && node != capsNode+"#"+ownVer() {
		return nil, errNoNode
	}
	return ownInfo().Set("node", node), nil
}

// Touch says that a key was pressed: the user is there. Any goroutine.
func (c *Client) Touch() {
	c.touched.Store(c.opt.Now().UnixNano())
	if !c.looked() {
		c.weigh()
	}
	if c.absence().show != Available {
		c.weighAbsence()
	}
}

// idle is how long nobody typed.
func (c *Client) idle() time.Duration {
	at := c.touched.Load()
	if at == 0 {
		return 0
	}
	return max(0, c.opt.Now().Sub(time.Unix(0, at)))
}
