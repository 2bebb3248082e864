package session

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// commandsMax bounds what waits for an account loop; a screen that outruns it
// is refused.
const commandsMax = 256

// ErrEnded says that the account was closed.
var ErrEnded = errors.New("the account is closed")

// Account is the handle of one account. Its methods may be called from any
// goroutine, the interface's too, and never block but where they say so; what
// comes of them arrives as an event.
type Account struct {
	id   store.AccountID
	jid  string
	c    *Client
	cmds chan func(*loop)
	done chan struct{} // closed when the loop has ended

	shadow atomic.Pointer[store.Store] // what stands in for the store while it takes nothing; nil: nothing
}

// ID numbers the account.
func (a *Account) ID() store.AccountID { return a.id }

// JID is the bare address.
func (a *Account) JID() string { return a.jid }

// do hands fn to the loop; when too much waits the user is told.
func (a *Account) do(chat store.ChatID, fn func(*loop)) bool {
	select {
	case <-a.done:
		return false
	default:
	}
	select {
	case a.cmds <- fn:
		return true
	default:
		a.c.publish(Answer{seal: localOrigin().seal(), Account: a.id, Chat: chat, Problem: &Problem{Code: "busy"}})
		return false
	}
}

// ask runs fn on the loop and waits for it. Not for the interface's goroutine.
func (a *Account) ask(ctx context.Context, fn func(*loop)) error {
	ran := make(chan struct{})
	select {
	case a.cmds <- func(l *loop) { fn(l); close(ran) }:
	case <-a.done:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-ran:
		return nil
	case <-a.done:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Connect brings the account online, at once if it waits for its next try.
func (a *Account) Connect() { a.do(0, (*loop).connect) }

// Disconnect takes the account offline until Connect.
func (a *Account) Disconnect() { a.do(0, (*loop).disconnect) }

// Send stores a line of a chat and sends it when the link allows. The answer
// is an [Accepted] or a [Refused] with the same id; false: refused at once.
func (a *Account) Send(chat store.ChatID, body string) (localID string, ok bool) {
	localID = rand.Text()
	return localID, a.do(chat, func(l *loop) { l.send(chat, localID, body, 0, nil) })
}

// SendSpoiler is Send for a line that others hide until they ask for it; hint is
// what they see of it, or empty (XEP-0382).
func (a *Account) SendSpoiler(chat store.ChatID, hint, body string) (localID string, ok bool) {
	localID = rand.Text()
	s := &store.Shape{Spoiler: true, Hint: clip(strings.TrimSpace(hint), hintMax)}
	return localID, a.do(chat, func(l *loop) { l.send(chat, localID, body, 0, s) })
}

// SendReply is Send for a line that answers a message of the chat.
func (a *Account) SendReply(chat store.ChatID, body string, to store.MessageID) (localID string, ok bool) {
	localID = rand.Text()
	return localID, a.do(chat, func(l *loop) { l.send(chat, localID, body, to, nil) })
}

// Edit gives a message of ours that the server has another text. A [Refused] with
// the same id brings the text back.
func (a *Account) Edit(m store.MessageID, body string) (localID string, ok bool) {
	localID = rand.Text()
	return localID, a.do(0, func(l *loop) { l.edit(m, localID, body) })
}

// React answers a message with these signs and no others; none takes all back.
func (a *Account) React(m store.MessageID, signs []string) {
	a.do(0, func(l *loop) { l.react(m, signs) })
}

// ToggleReaction adds a sign to those we answer a message with, or takes it away.
func (a *Account) ToggleReaction(m store.MessageID, sign string) {
	a.do(0, func(l *loop) { l.toggleReaction(m, sign) })
}

// Retract takes a message of ours back that the server has.
func (a *Account) Retract(m store.MessageID) { a.do(0, func(l *loop) { l.retractMessage(m) }) }

// Moderate asks a room to take a message of another away; reason may be empty.
func (a *Account) Moderate(m store.MessageID, reason string) {
	a.do(0, func(l *loop) { l.moderate(m, reason) })
}

// Resend sends a failed or unsure line again, with the same id.
func (a *Account) Resend(m store.MessageID) { a.do(0, func(l *loop) { l.resend(m) }) }

// Forget takes messages away from this device alone; they do not come again from
// an archive. A line that was not sent will not be.
func (a *Account) Forget(list []store.MessageID) {
	list = slices.Clone(list)
	a.do(0, func(l *loop) { l.forget(list) })
}

// Drop takes a failed, unsure or queued line away.
func (a *Account) Drop(m store.MessageID) { a.do(0, func(l *loop) { l.drop(m) }) }

// Composing says that the user types in a chat (true) or stopped or emptied
// the input (false). Call it on every change of the input; the session sends
// what XEP-0085 wants.
func (a *Account) Composing(chat store.ChatID, active bool) {
	a.do(chat, func(l *loop) { l.composing(chat, active) })
}

// OpenChat lists the chat with a bare address and answers with [Opened].
func (a *Account) OpenChat(jid string) { a.do(0, func(l *loop) { l.openDirect(jid) }) }

// OpenPrivate lists the private chat with an occupant of a room and answers with [Opened].
func (a *Account) OpenPrivate(room store.ChatID, nick string) {
	a.do(room, func(l *loop) { l.openPrivate(room, nick) })
}

// CloseChat takes a chat off the list; a room is left too. History stays.
func (a *Account) CloseChat(chat store.ChatID) { a.do(chat, func(l *loop) { l.closeChat(chat) }) }

// MarkRead says that all up to ord was on a screen that somebody looks at.
func (a *Account) MarkRead(chat store.ChatID, ord int64) {
	a.do(chat, func(l *loop) { l.markRead(chat, ord) })
}

// SetNotify changes what a chat may notify of (one of store.NotifyRules), until
// a time unless that is zero.
func (a *Account) SetNotify(chat store.ChatID, rule string, until time.Time) {
	a.do(chat, func(l *loop) { l.setNotify(chat, rule, until) })
}

// SaveDraft keeps what stands in the composer of a chat.
func (a *Account) SaveDraft(chat store.ChatID, text string) {
	a.do(chat, func(l *loop) { l.saveDraft(chat, text) })
}

// LoadOlder asks the archive for the messages of a chat before the oldest that
// we hold. [ArchiveChanged] with the chat tells how far it is.
func (a *Account) LoadOlder(chat store.ChatID) { a.do(chat, func(l *loop) { l.loadOlder(chat) }) }

// FillGap asks the archive for what is missing in front of a place: the Before
// of a store.Gap. [ArchiveChanged] tells how far it is.
func (a *Account) FillGap(chat store.ChatID, before int64) {
	a.do(chat, func(l *loop) { l.fillGap(chat, before) })
}

// Ledger compares what we hold of a chat, or of all direct chats, with the
// archive, and answers with an [Answer] of facts.
func (a *Account) Ledger(chat store.ChatID, all bool) {
	a.do(chat, func(l *loop) { l.ledger(chat, all) })
}

// Join enters a room; an empty nick is the one of the room, the settings or
// the address. It answers with [Opened] and [RoomChanged].
func (a *Account) Join(room, nick, password string) {
	a.do(0, func(l *loop) { l.join(room, nick, password) })
}

// Look says which chat is on the screen; 0: none. A room that waits to be entered
// comes first then.
func (a *Account) Look(chat store.ChatID) { a.do(chat, func(l *loop) { l.look(chat) }) }

// Leave leaves a room and keeps its chat in the list, and its bookmark.
func (a *Account) Leave(chat store.ChatID) { a.do(chat, func(l *loop) { l.leave(chat) }) }

// ChangeNick asks a room for another nick.
func (a *Account) ChangeNick(chat store.ChatID, nick string) {
	a.do(chat, func(l *loop) { l.changeNick(chat, nick) })
}

// SetSubject asks a room for another subject; empty removes it.
func (a *Account) SetSubject(chat store.ChatID, text string) {
	a.do(chat, func(l *loop) { l.setSubject(chat, text) })
}

// AddContact puts an address into the roster and asks to see its presence.
func (a *Account) AddContact(jid, name string, groups []string) {
	a.do(0, func(l *loop) { l.addContact(jid, name, groups) })
}

// Welcome is AddContact for an address that gave us a token (XEP-0379): it is
// sent with the request, and their request is let through beforehand.
func (a *Account) Welcome(jid, name string, groups []string, token string) {
	a.do(0, func(l *loop) { l.welcome(jid, name, groups, token) })
}

// RemoveContact takes an address off the roster and ends both subscriptions.
func (a *Account) RemoveContact(jid string) { a.do(0, func(l *loop) { l.removeContact(jid) }) }

// RenameContact changes the name and, unless nil, the groups of a contact.
func (a *Account) RenameContact(jid, name string, groups []string) {
	a.do(0, func(l *loop) { l.renameContact(jid, name, groups) })
}

// Approve lets an address see our presence, now or beforehand.
func (a *Account) Approve(jid string) { a.do(0, func(l *loop) { l.approve(jid) }) }

// Deny refuses a request, or takes back that an address sees our presence.
func (a *Account) Deny(jid string) { a.do(0, func(l *loop) { l.deny(jid) }) }

// SetPresence changes our own presence, now and at later logins.
func (a *Account) SetPresence(p Presence) { a.SetPresenceUntil(p, time.Time{}) }

// SetPresenceUntil changes our own presence until a time, when what was before
// comes back by itself, also after a restart. Zero: for good.
func (a *Account) SetPresenceUntil(p Presence, until time.Time) {
	a.do(0, func(l *loop) { l.setPresence(p, until) })
}

// RestorePresence is SetPresenceUntil with what comes back then, to take a change
// back.
func (a *Account) RestorePresence(p Presence, until time.Time, after Presence) {
	a.do(0, func(l *loop) {
		if until.IsZero() {
			l.setPresence(p, until)
			return
		}
		l.takePresence(p, until, after, true)
	})
}

// SendPresence sends a presence to one address only (a contact, or a room). It
// is sent again after a reconnect and a restart until cleared with nil or, unless
// that is zero, until a time. [DirectedChanged] lists all.
func (a *Account) SendPresence(to string, p *Presence, until time.Time) {
	a.do(0, func(l *loop) { l.sendDirected(to, p, until) })
}

// Alert waits for a contact to come, or no more. [Came] tells once;
// [AlertsChanged] lists whom the account waits for.
func (a *Account) Alert(jid string, on bool) { a.do(0, func(l *loop) { l.setAlert(jid, on) }) }

// Whois asks what is known of an address, which may be a full one or an
// occupant's, and answers with an [Answer] of facts.
func (a *Account) Whois(chat store.ChatID, jid string) {
	a.do(chat, func(l *loop) { l.whois(chat, jid) })
}

// Occupants lists who is in a room, in no order. It waits for the loop: not for
// the interface's goroutine.
func (a *Account) Occupants(ctx context.Context, room string) (list []Occupant, err error) {
	err = a.ask(ctx, func(l *loop) { list = l.occupants(room) })
	return list, err
}

// Reply answers a [Prompt].
func (a *Account) Reply(id uint64, r Reply) { a.do(0, func(l *loop) { l.reply(id, r) }) }

// Reply is what the user said to a [Prompt].
type Reply struct {
	Password string
	Keep     store.Place // where the password is to be kept; Unsaid: as it is
	Trust    Trust       // of a certificate
}

// Trust is the answer to a certificate question. Its zero value is no.
type Trust int

// The answers.
const (
	TrustNo Trust = iota
	TrustOnce
	TrustAlways // written to the configuration
)

// ValidAddress says whether s is an address that a person can have: name@server.
func ValidAddress(s string) bool {
	j, err := wire.Parse(s)
	return err == nil && j.Local() != "" && j.Domain() != "" && j.Resource() == ""
}
