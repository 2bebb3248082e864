package session

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Being invited into rooms: XEP-0249, and by a room XEP-0045 §7.8.2. Nothing is
// entered by itself: an invitation waits, on disk, until the user answers it.

// Bounds on the invitations that wait: over all, and from strangers and rooms.
const (
	invitationsMax      = 100
	strangeInvitesMax   = 20
	invitePasswordBytes = 1 << 10
	inviteAge           = 7 * 24 * time.Hour // after which one in an archive is no news
)

// Invitation is a wish that we enter a room. Reason is remote text. From is the
// room's word where it came through the room.
type Invitation struct {
	Room, From string // bare; From may be empty
	Reason     string `json:",omitempty"`
	Password   string `json:",omitempty"`
	Mediated   bool   `json:",omitempty"` // the room brought it, and takes an answer
	Stranger   bool   `json:",omitempty"` // who invites is not in the roster
}

// InvitationsChanged lists the invitations of an account that wait, the newest last.
type InvitationsChanged struct {
	seal
	Account store.AccountID
	List    []Invitation
}

type invitationsKey struct{ a store.AccountID }

func (e InvitationsChanged) key() any { return invitationsKey{e.Account} }

// AnswerInvitation enters the room of an invitation, or declines it.
func (a *Account) AnswerInvitation(i Invitation, join bool) {
	a.do(0, func(l *loop) { l.answerInvitation(i, join) })
}

func (l *loop) invitationsKey() string { return fmt.Sprintf("invitations-%d", l.a.id) }

func (l *loop) loadInvitations() {
	text, err := l.st.Meta(l.ctx, l.invitationsKey())
	if err != nil || text == "" || json.Unmarshal([]byte(text), &l.invitations) != nil {
		l.invitations = nil
	}
	if len(l.invitations) > 0 {
		l.emit(l.invitationsNow())
	}
}

func (l *loop) saveInvitations(tx *store.Tx) error {
	b, err := json.Marshal(l.invitations)
	if err != nil {
		return err
	}
	return tx.SetMeta(l.invitationsKey(), string(b))
}

func (l *loop) invitationsNow() InvitationsChanged {
	return InvitationsChanged{seal: localOrigin().seal(), Account: l.a.id, List: slices.Clone(l.invitations)}
}

// readInvitation finds the invitation in a message. One through a room is the
// room's own word; any address speaks for itself in a direct one.
func readInvitation(o origin) (i Invitation, ok bool) {
	if o.outgoing || o.by != byContact && o.by != byRoom || o.el.Attr("type") == "groupchat" {
		return i, false
	}
	if in := o.el.Child(nsMUCUser, "x").Child(nsMUCUser, "invite"); in != nil {
		from := wire.Lenient(in.Attr("from")).Bare()
		if o.full.Resource() != "" || o.owner.Local() == "" || from.Opaque() {
			return i, false
		}
		return Invitation{Room: o.owner.String(), From: from.String(), Reason: clip(in.ChildText(nsMUCUser, "reason"), statusMax),
			Password: clip(o.el.Child(nsMUCUser, "x").ChildText(nsMUCUser, "password"), invitePasswordBytes), Mediated: true}, true
	}
	x := o.el.Child(nsConference, "x")
	j, err := wire.Parse(x.Attr("jid"))
	if x == nil || err != nil || j.Local() == "" || o.by != byContact {
		return i, false
	}
	return Invitation{Room: j.Bare().String(), From: o.owner.String(), Reason: clip(x.Attr("reason"), statusMax), Password: clip(x.Attr("password"), invitePasswordBytes)}, true
}

// invited keeps an invitation; done: there is nothing else in the message.
func (l *loop) invited(tx *store.Tx, o origin) (done bool, err error) {
	i, ok := readInvitation(o)
	if !ok {
		return false, nil
	}
	done = i.Mediated || o.el.Child(wire.NSClient, "body") == nil
	if o.query != nil && l.c.opt.Now().Sub(micros(o.when)) > inviteAge {
		return done, nil // long ago
	}
	i.Stranger = l.contacts[i.From].JID == ""
	if r := l.rooms[wire.Lenient(i.Room)]; r != nil && r.joined || l.blocked(wire.Lenient(i.Room)) != "" || i.From != "" && l.blocked(wire.Lenient(i.From)) != "" || i.From == l.self.String() {
		return done, nil
	}
	strange := 0
	for _, k := range l.invitations {
		if k.Stranger || k.Mediated { // who invites through a room is the room's word alone
			strange++
		}
	}
	at := slices.IndexFunc(l.invitations, func(k Invitation) bool { return k.Room == i.Room && k.From == i.From && k.Mediated == i.Mediated })
	list := slices.Clone(l.invitations)
	switch {
	case at >= 0:
		list[at] = i
	case len(list) >= invitationsMax, (i.Stranger || i.Mediated) && strange >= strangeInvitesMax:
		return done, nil
	default:
		if !i.Stranger {
			if again, err := l.inviteLine(tx, o, i); again || err != nil {
				return done, err
			}
		}
		list = append(list, i)
		switch {
		case !i.Stranger && i.Mediated:
			l.tell(0, "invitation-through", i.From, i.Room)
		case !i.Stranger:
			l.tell(0, "invitation", i.From, i.Room)
		case strange == 0:
			l.tell(0, "invitation-stranger")
		}
	}
	l.invitations = list
	l.emit(l.invitationsNow())
	return done, l.saveInvitations(tx)
}

// inviteLine tells of an invitation in the chat with the contact who sent it. What
// a room says of somebody makes no chat. again: the archive brings one that was
// told, and maybe answered.
func (l *loop) inviteLine(tx *store.Tx, o origin, i Invitation) (again bool, err error) {
	k, notice := l.directKey(wire.Lenient(i.From)), store.NoticeInvited
	if i.Mediated {
		notice = store.NoticeInvitedThrough
		if known, err := tx.HasChat(k); !known || err != nil || !l.neighbour(wire.Lenient(i.Room), wire.Lenient(i.From)) {
			return false, err
		}
	}
	chat, err := l.chatFor(tx, k)
	if err != nil {
		return false, err
	}
	named := store.Arrival{StanzaID: o.mamID}
	if o.query == nil {
		l.stanzaID(&named, o, l.self)
	}
	name := i.Room + " " + cmp.Or(named.StanzaID, newID())
	if _, there, err := tx.NoticeOf(chat, i.From, name); there || err != nil {
		return there, err
	}
	from := i.From
	if c := l.contacts[i.From]; c.Name != "" {
		from = c.Name
	}
	_, err = l.noticed(tx, o, store.Arrival{Chat: chat, Kind: store.Notice, Notice: notice, Sender: i.From, Nick: clip(from, nameMax), RealJID: i.Room, Body: i.Reason}, i.From, name)
	return false, err
}

// neighbour says that a room is at our server or at that of a contact: any other
// could say anything of them, and says it among the strangers.
func (l *loop) neighbour(room, contact wire.JID) bool {
	at := func(domain string) bool {
		return room.Domain() == domain || strings.HasSuffix(room.Domain(), "."+domain)
	}
	return at(l.self.Domain()) || at(contact.Domain())
}

// invitePassword is what an invitation says opens a room; "": none does.
func (l *loop) invitePassword(room wire.JID) string {
	for _, i := range slices.Backward(l.invitations) {
		if i.Room == room.String() && i.Password != "" {
			return i.Password
		}
	}
	return ""
}

// forgetInvitations takes away those that were answered.
func (l *loop) forgetInvitations(is func(Invitation) bool) {
	old := l.invitations
	if !slices.ContainsFunc(old, is) {
		return
	}
	l.invitations = slices.DeleteFunc(slices.Clone(old), is)
	if !l.keep(l.saveInvitations) {
		l.invitations = old
		return
	}
	l.emit(l.invitationsNow())
}

func (l *loop) answerInvitation(i Invitation, join bool) {
	if !slices.Contains(l.invitations, i) {
		return
	}
	if l.state != Online {
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	if join {
		l.join(i.Room, "", i.Password)
		l.forgetInvitations(func(k Invitation) bool { return k.Room == i.Room })
		return
	}
	if i.Mediated && i.From != "" {
		l.sendNow(wire.New(wire.NSClient, "message").Set("to", i.Room).Set("id", newID()).
			Add(wire.New(nsMUCUser, "x").Add(wire.New(nsMUCUser, "decline").Set("to", i.From))))
	}
	l.forgetInvitations(func(k Invitation) bool { return k == i })
	l.tell(0, "invitation-declined", i.Room)
}
