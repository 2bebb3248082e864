package store

import (
	"context"
	"database/sql"
	"errors"
)

// ChatID numbers a chat of the profile.
type ChatID int64

// ChatKind is what a chat is with.
type ChatKind int

// The kinds of chat. A room's private messages are chats of their own, locked
// to one occupant; everything else is locked to the bare address.
const (
	Direct ChatKind = iota
	Room
	Private
	Self
)

// ChatKey names a chat by what it is.
type ChatKey struct {
	Account  AccountID
	Kind     ChatKind
	JID      string // bare
	Occupant string // Private: the occupant-id where the room has them, else the nick
}

// Chat is a row of the chat list.
type Chat struct {
	ID ChatID
	ChatKey
	Nick     string // Private: the nick last seen
	Open     bool
	LastOrd  int64
	ReadOrd  int64 // all up to here was read
	Unread   int
	Mentions int
	Draft    string
	Rev      uint64

	Notify      string // what it may notify of; see Notifies
	NotifyUntil int64  // when that ends, µs; 0: it does not

	ShownOrd int64  // how far our devices showed it, as the server knows
	ShownID  string // a message that it told and that is not here

	Pinned bool // it stands first in the list

	Held Held // it is with a stranger, and in no list
}

// EnsureChat finds the chat or makes it, closed.
func (t *Tx) EnsureChat(k ChatKey) (ChatID, error) {
	var id ChatID
	err := t.row("SELECT id FROM chat WHERE account=? AND kind=? AND jid=? AND occupant=?", k.Account, k.Kind, k.JID, k.Occupant).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	n, err := t.insert("INSERT INTO chat (account, kind, jid, occupant, nick, rev) VALUES (?,?,?,?,?,?)",
		k.Account, k.Kind, k.JID, k.Occupant, k.Occupant, t.rev)
	return ChatID(n), err
}

// SetOpen lists the chat or takes it off the list; nothing of it is lost.
func (t *Tx) SetOpen(id ChatID, open bool) error {
	_, err := t.exec("UPDATE chat SET open=?, rev=? WHERE id=? AND open<>?", open, t.rev, id, open)
	return err
}

// SetChatNick keeps the nick under which a private chat's occupant was last seen.
func (t *Tx) SetChatNick(id ChatID, nick string) error {
	_, err := t.exec("UPDATE chat SET nick=?, rev=? WHERE id=? AND nick<>?", nick, t.rev, id, nick)
	return err
}

// SetPinned lets a chat stand first in the list, or no more.
func (t *Tx) SetPinned(id ChatID, on bool) error {
	_, err := t.exec("UPDATE chat SET pinned=?1, rev=?2 WHERE id=?3 AND pinned<>?1", on, t.rev, id)
	return err
}

// SetDraft keeps what stands in the composer of a chat.
func (t *Tx) SetDraft(id ChatID, text string) error {
	_, err := t.exec("UPDATE chat SET draft=?, rev=? WHERE id=? AND draft<>?", text, t.rev, id, text)
	return err
}

const chatColumns = "id, account, kind, jid, occupant, nick, open, last_ord, read_ord, unread, mentions, draft, rev, notify, notify_until, held, shown_ord, shown_id, pinned"

func scanChat(r interface{ Scan(...any) error }) (c Chat, err error) {
	err = r.Scan(&c.ID, &c.Account, &c.Kind, &c.JID, &c.Occupant, &c.Nick, &c.Open, &c.LastOrd, &c.ReadOrd, &c.Unread, &c.Mentions, &c.Draft, &c.Rev, &c.Notify, &c.NotifyUntil, &c.Held, &c.ShownOrd, &c.ShownID, &c.Pinned)
	return c, err
}

// Chats lists the open chats, the pinned ones and the newest first, with the rev they were read at.
func (s *Store) Chats(ctx context.Context) (list []Chat, rev uint64, err error) {
	err = s.view(ctx, func(v view) error {
		rev = v.rev
		rows, err := v.query("SELECT " + chatColumns + " FROM chat WHERE open ORDER BY pinned DESC, last_ord DESC, id DESC")
		list, err = scan(rows, err, scanChat)
		return err
	})
	return list, rev, err
}

// ChatsOf lists all chats of an account, the closed ones too.
func (s *Store) ChatsOf(ctx context.Context, a AccountID) (list []Chat, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, "SELECT "+chatColumns+" FROM chat WHERE account=?", a)
	return scan(rows, err, scanChat)
}

// Chat reads one chat. sql.ErrNoRows when there is none.
func (s *Store) Chat(ctx context.Context, id ChatID) (c Chat, err error) {
	return scanChat(s.read.QueryRowContext(ctx, "SELECT "+chatColumns+" FROM chat WHERE id=?", id))
}

// Chat reads one chat inside a transaction.
func (t *Tx) Chat(id ChatID) (Chat, error) {
	return scanChat(t.row("SELECT "+chatColumns+" FROM chat WHERE id=?", id))
}

// HasChat says whether there is a chat.
func (t *Tx) HasChat(k ChatKey) (bool, error) {
	var n int
	err := t.row("SELECT count(*) FROM chat WHERE account=? AND kind=? AND jid=? AND occupant=?", k.Account, k.Kind, k.JID, k.Occupant).Scan(&n)
	return n > 0, err
}
