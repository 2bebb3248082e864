package session

import (
	"cmp"
	"context"
	"slices"

	"sotto/session/wire"
	"sotto/store"
)

// The block list (XEP-0191). What the server keeps is fetched at each login and
// followed by its pushes; what it does not keep, or not yet, is kept on this
// machine alone. Here the whole of it is enforced, whatever the server lets
// through.

// blockedMax bounds a block list.
const blockedMax = 10_000

// blocklist is what an account knows of whom it blocks.
type blocklist struct {
	list    map[string]bool // by address; true: this machine alone knows
	offered bool            // the server keeps a list
	reports bool            // and takes reports (XEP-0377)
	known   bool            // the server said what it offers
}

func (l *loop) loadBlocked() {
	list, err := l.st.Blocked(l.ctx, l.a.id)
	if err != nil {
		l.c.opt.Log.Error("load block list", "error", err)
	}
	for _, b := range list {
		l.blocks.list[b.JID] = b.Here
	}
}

// blocked gives the entry that blocks an address (XEP-0191 §5), the nearest
// first; "": none. Our own account and its devices are never blocked (§4).
func (l *loop) blocked(j wire.JID) string {
	if len(l.blocks.list) == 0 || j.IsZero() || j.Opaque() || j.Bare() == l.self || j.String() == l.self.Domain() {
		return ""
	}
	names := []string{j.String(), j.Bare().String(), j.Domain()}
	if j.Resource() != "" {
		names = slices.Insert(names, 2, j.Domain()+"/"+j.Resource())
	}
	for _, name := range names {
		if _, ok := l.blocks.list[name]; ok {
			return name
		}
	}
	return ""
}

// shutOut says whether a stanza comes from somebody who is blocked. The presence
// of occupants passes, so that the list of a room stays true, and so do errors:
// they tell what became of lines of ours.
func (l *loop) shutOut(o origin, local string) bool {
	switch {
	case o.by != byContact && o.by != byRoom && o.by != byOccupant || o.outgoing:
		return false
	case local == "presence" && o.by != byContact, local == "message" && o.el.Attr("type") == "error":
		return false
	}
	return l.blocked(o.full) != ""
}

// knowBlocking takes what disco#info says of the server, and asks for the list.
func (l *loop) knowBlocking(info *wire.Element) {
	b := &l.blocks
	b.known, b.offered, b.reports = true, false, false
	for f := range info.All(nsDiscoInfo, "feature") {
		switch f.Attr("var") {
		case nsBlocking:
			b.offered = true
		case nsReporting:
			b.reports = true
		}
	}
	l.tellBlocked()
	if b.offered {
		l.askBlocked()
	}
}

// blockingLost: another link may lead to another server.
func (l *loop) blockingLost() {
	l.blocks.known, l.blocks.offered, l.blocks.reports = false, false, false
}

// askBlocked fetches the list (§3.1), and hands the server what only this
// machine knows.
func (l *loop) askBlocked() {
	l.ask(iq("get", "", wire.New(nsBlocking, "blocklist")), func(tx *store.Tx, el *wire.Element, err error) error {
		if err != nil {
			return nil // what was known goes on to hold
		}
		if err := tx.ClearBlocked(l.a.id, false); err != nil {
			return err
		}
		here := l.blockedHere()
		list := blockItems(el.Child(nsBlocking, "blocklist"))
		for _, jid := range list {
			if err := tx.PutBlocked(l.a.id, store.Blocked{JID: jid}); err != nil {
				return err
			}
		}
		l.then = append(l.then, func() {
			clear(l.blocks.list)
			for _, jid := range here {
				l.blocks.list[jid] = true
			}
			for _, jid := range list {
				l.nowBlocked(jid, false)
			}
			l.unseeBlocked()
			l.tellBlocked()
			l.handOverBlocked()
		})
		return nil
	})
}

// handOverBlocked gives the server what only this machine knows.
func (l *loop) handOverBlocked() {
	for _, jid := range l.blockedHere() {
		l.askBlock(jid, "", nil, "")
	}
}

// blockedHere lists what only this machine knows.
func (l *loop) blockedHere() (list []string) {
	for jid, here := range l.blocks.list {
		if here {
			list = append(list, jid)
		}
	}
	slices.Sort(list)
	return list
}

// blockItems reads the addresses of an element with items, each once.
func blockItems(el *wire.Element) (list []string) {
	seen := map[string]bool{}
	for item := range el.All(nsBlocking, "item") {
		j := wire.Lenient(item.Attr("jid"))
		if s := j.String(); !j.IsZero() && !j.Opaque() && !seen[s] && len(list) < blockedMax {
			seen[s] = true
			list = append(list, s)
		}
	}
	return list
}

// blockPush follows what another device of ours changed, or we did (§3.2 to
// §3.4). Who sent it was checked by origin.
func (l *loop) blockPush(tx *store.Tx, st wire.Stanza) error {
	l.sendNow(wire.New(wire.NSClient, "iq").Set("type", "result").Set("to", st.Attr("from")).Set("id", st.Attr("id")))
	if el := st.Child(nsBlocking, "block"); el != nil {
		for _, jid := range blockItems(el) {
			if err := tx.PutBlocked(l.a.id, store.Blocked{JID: jid}); err != nil {
				return err
			}
			if err := l.forgetAsked(tx, jid); err != nil {
				return err
			}
			l.then = append(l.then, func() { l.nowBlocked(jid, false); l.unseeBlocked(); l.tellBlocked() })
		}
		return nil
	}
	el := st.Child(nsBlocking, "unblock")
	list := blockItems(el)
	if el.Child(nsBlocking, "item") == nil { // §3.4: all of them
		if err := tx.ClearBlocked(l.a.id, false); err != nil {
			return err
		}
		for jid, here := range l.blocks.list {
			if !here {
				list = append(list, jid)
			}
		}
	}
	for _, jid := range list {
		if err := tx.DeleteBlocked(l.a.id, jid); err != nil {
			return err
		}
	}
	l.then = append(l.then, func() {
		for _, jid := range list {
			delete(l.blocks.list, jid)
		}
		l.tellBlocked()
	})
	return nil
}

// nowBlocked enforces an entry from now on.
func (l *loop) nowBlocked(jid string, here bool) {
	if _, ok := l.blocks.list[jid]; !ok && len(l.blocks.list) >= blockedMax {
		return
	}
	l.blocks.list[jid] = here
}

// unseeBlocked forgets the presence of who is blocked.
func (l *loop) unseeBlocked() {
	for bare := range l.present {
		if l.blocked(wire.Lenient(bare)) != "" {
			l.setResources(bare, nil)
		}
	}
}

// forgetAsked takes who was blocked out of the requests.
func (l *loop) forgetAsked(tx *store.Tx, jid string) error {
	if err := tx.ForgetAsked(l.a.id, jid); err != nil {
		return err
	}
	l.emit(RosterChanged{seal: localOrigin().seal(), Account: l.a.id})
	return nil
}

// BlockedChanged is the block list of an account as it is now.
type BlockedChanged struct {
	seal
	Account store.AccountID
	List    []store.Blocked // by address
	Known   bool            // the server said what it offers
	Offered bool            // it keeps the list; else this machine alone enforces it
	Reports bool            // it takes reports
}

type blockedKey struct{ a store.AccountID }

func (e BlockedChanged) key() any { return blockedKey{e.Account} }

func (l *loop) blockedNow() BlockedChanged {
	b := &l.blocks
	e := BlockedChanged{seal: localOrigin().seal(), Account: l.a.id, Known: b.known, Offered: b.offered, Reports: b.reports}
	for jid, here := range b.list {
		e.List = append(e.List, store.Blocked{JID: jid, Here: here})
	}
	slices.SortFunc(e.List, func(a, b store.Blocked) int { return cmp.Compare(a.JID, b.JID) })
	return e
}

func (l *loop) tellBlocked() { l.emit(l.blockedNow()) }

// Blocked is the block list of an account as it is now. It waits for the loop:
// not for the interface's goroutine.
func (a *Account) Blocked(ctx context.Context) (e BlockedChanged, err error) {
	err = a.ask(ctx, func(l *loop) { e = l.blockedNow() })
	return e, err
}
