package session

import (
	"time"

	"sotto/store"
)

// Event is what changed. Events hold plain values that the receiver may keep.
// The interface is sealed: only the session makes events, and only from the
// result of origin.
type Event interface {
	// key tells which earlier event this one replaces in a mailbox; nil: none.
	key() any
	from() origin
}

// seal carries the origin of an event. Its zero value does not seal.
type seal struct{ o origin }

func (s seal) from() origin { return s.o }

// AccountChanged gives the state of an account as it is now.
type AccountChanged struct {
	seal
	AccountInfo
}

// AccountInfo is an account as a screen shows it.
type AccountInfo struct {
	ID        store.AccountID
	JID       string // bare
	Resource  string // while online
	Link      LinkState
	Problem   *Problem    // why it is not online, if something went wrong
	RetryAt   time.Time   // Waiting: when it tries again
	Presence  Presence    // our own, as chosen
	Until     time.Time   // when Presence ends by itself; zero: it does not
	After     Presence    // and what comes back then
	Kept      store.Place // where the password is, as far as is known
	CanHide   bool        // the server offers to make us invisible
	Absent    Show        // what is told instead, because nobody is at the machine; Available: nothing
	Mechanism string
	Binding   string
	TLS       string // such as "TLS 1.3"
	Secure    bool
	Roster    int  // contacts
	Removed   bool // the account is gone
}

// Shown is the state that others see.
func (i AccountInfo) Shown() Show {
	if i.Absent != Available {
		return i.Absent
	}
	return i.Presence.Show
}

// LinkState is how far the connection of an account is.
type LinkState int

// The states of a link, in the order of a login.
const (
	Offline LinkState = iota // not wanted, or stopped after a problem that needs the user
	Resolving
	Connecting
	Securing
	Authenticating
	Binding
	Syncing
	Online
	Waiting // until RetryAt
)

// ChatChanged says that rows of a chat changed; the screen reads them by rev.
type ChatChanged struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Rev     uint64
}

// RosterChanged says that the contacts or the requests of an account changed.
type RosterChanged struct {
	seal
	Account store.AccountID
}

// PresenceChanged gives all resources of a bare address as they are now. None: offline.
type PresenceChanged struct {
	seal
	Account   store.AccountID
	JID       string
	Resources []Resource // the one that would be written to first
}

// Resource is one device of a contact.
type Resource struct {
	Name     string // may be empty
	Presence Presence
	Since    time.Time // when it took its state; zero: not known
	Client   string    // name from its capabilities, empty: not known
	Device   string    // disco type: phone, pc, web, bot, console, …
	Idle     time.Time // idle since (XEP-0319), zero: not said
}

// Show is a presence state (RFC 6121 §4.7.2.1).
type Show string

// The states. Unavailable stands for type='unavailable'.
const (
	Available   Show = ""
	FreeForChat Show = "chat"
	Away        Show = "away"
	ExtAway     Show = "xa"
	Busy        Show = "dnd"
	Unavailable Show = "unavailable"
	Invisible   Show = "invisible" // our own only: no state that is sent
)

// Presence is a state with its text and priority.
type Presence struct {
	Show     Show
	Text     string
	Priority int
}

// TypingChanged says whether the other side of a chat is typing. In rooms Who
// names all who do.
type TypingChanged struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Who     []string // nicks; empty: nobody
}

// RoomChanged gives the state of a room as it is now.
type RoomChanged struct {
	seal
	Account store.AccountID
	RoomInfo
}

// RoomInfo is a room as a screen shows it.
type RoomInfo struct {
	JID       string
	Chat      store.ChatID
	Joined    bool
	Joining   bool
	Nick      string
	Name      string
	Subject   string
	Occupants int
	Problem   *Problem  // why we are not in it
	RetryAt   time.Time // when it is tried again; zero: it is not

	Bookmarked bool
	Autojoin   bool   // of the bookmark: all our devices enter it
	Label      string // what the bookmark calls it, remote text

	Removed bool // nothing is known of it any more
}

// OccupantsChanged says that the list of a room's occupants changed; read it
// with [Account.Occupants].
type OccupantsChanged struct {
	seal
	Account store.AccountID
	Room    string
}

// Occupant is somebody in a room.
type Occupant struct {
	Nick        string
	OccupantID  string
	RealJID     string // bare, when the room tells
	Role        string // moderator, participant, visitor
	Affiliation string // owner, admin, member, none
	Presence    Presence
	Self        bool
	Hats        []string // titles, remote text; not to be changed
	MoreHats    int      // how many there are besides

	photo string // what their presence names as their picture (XEP-0153)
	since int64  // the place in the chat from which on they were there under this nick
}

// Incoming says that a message came, for us: the ground of a notification.
// History, own devices and replays make none. Mention says that a room's line, or
// one to us alone, names us.
type Incoming struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Message store.MessageID
	From    string // contact's name or nick
	Body    string
	Spoiler bool   // Body is not to be shown unasked (XEP-0382)
	Hint    string // what is said of it meanwhile; may be empty
	Mention bool
	Direct  bool
	Stored  bool // it waited on the server for us
}

// Remarked says that somebody corrected, took back or reacted to a message, live:
// for screens that cannot show it in place.
type Remarked struct {
	seal
	Account   store.AccountID
	Chat      store.ChatID
	Message   store.MessageID
	Kind      string // of package store: RemarkEdit, RemarkRetract, RemarkModerate, RemarkReactions
	From      string // empty: the room
	Body      string // edit: the new text; empty where that is a spoiler
	Reactions []string
}

// Accepted says that a line of ours is on disk: the composer's copy may go.
type Accepted struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	LocalID string
}

// Refused says that a line of ours was not taken; the text is the composer's again.
type Refused struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	LocalID string
	Body    string
	Problem Problem
}

// Answer is what came of a command, to be shown next to the input.
type Answer struct {
	seal
	Account store.AccountID
	Chat    store.ChatID // 0: no chat
	Problem *Problem     // nil: it went well
	Code    string       // a word of the catalogue
	Args    []string
	Facts   []Fact // such as a whois
}

// Fact is a line of an answer: a word of the catalogue and remote text.
type Fact struct{ Code, Text string }

// Opened says that a chat is in the list and can be shown, because a method of
// [Account] asked for it.
type Opened struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Key     store.ChatKey
}

// ChatsChanged says that the list of chats, its counts or a draft changed.
type ChatsChanged struct{ seal }

// Prompt asks the user something that the account needs to go on. Answer it
// with [Account.Reply]; a later prompt of the account replaces it.
type Prompt struct {
	seal
	Account     store.AccountID
	JID         string
	ID          uint64
	Kind        PromptKind
	Problem     *Problem
	Certificate *Certificate
	Mechanism   string // AskWeaker: the best that the server offers now
	Floor       string // AskWeaker: the strongest there was
}

// PromptKind is what is asked.
type PromptKind int

// The kinds of question.
const (
	AskPassword PromptKind = iota
	AskCertificate
	AskWeaker     // whether a weaker way to log in than before is good enough; any Trust but TrustNo says yes
	AskPassphrase // of the vault; [Client.OpenVault] answers for all accounts
)

// Certificate is what a server showed and why it was not believed. All texts are remote.
type Certificate struct {
	Reason            string // expired, not-yet, name, authority, pin
	Subject, Issuer   string
	Names             []string
	NotBefore         time.Time
	NotAfter          time.Time
	SHA256, OldSHA256 string
	LastSHA256        string // of the last login; may be empty
}

// ArchiveChanged says how far the reading of an archive is, and that the gaps of
// its chats may have changed (store.Coverage).
type ArchiveChanged struct {
	seal
	Account store.AccountID
	Archive string       // our own bare address, or the room's
	Room    string       // the room whose archive it is; "": our own
	Chat    store.ChatID // the older messages of this chat were asked for; 0: what is missing
	Loading bool
	Done    int      // messages read
	About   int      // how many were missing, as the server counts; 0: it does not say
	Problem *Problem // why it ended
}

// SecurityCount says how many stanzas were refused so far in this run.
type SecurityCount struct {
	seal
	Account store.AccountID
	Refused int
}

// Saving says whether the store takes what arrives.
type Saving struct {
	seal
	OK      bool
	Problem *Problem
	Kept    int // OK: how many stanzas were stored that had been kept in memory
}

// Problem is what went wrong, as a word of the catalogue with its arguments,
// so that the screen can make a sentence, a hint and a key of it.
type Problem struct {
	Code string   // such as auth-failed
	Host string   // the server meant, may be remote text
	Text string   // the server's own words: remote text
	Args []string // what else the sentence needs
	Ask  bool     // it does not try again by itself
}

type (
	accountKey  struct{ a store.AccountID }
	chatKey     struct{ c store.ChatID }
	rosterKey   struct{ a store.AccountID }
	presenceKey struct {
		a store.AccountID
		j string
	}
	typingKey struct{ c store.ChatID }
	roomKey   struct {
		a store.AccountID
		j string
	}
	occupantsKey struct {
		a store.AccountID
		j string
	}
	promptKey   struct{ a store.AccountID }
	securityKey struct{ a store.AccountID }
	archiveKey  struct {
		a store.AccountID
		j string
		c store.ChatID
	}
	savingKey struct{}
	chatsKey  struct{}
)

func (e AccountChanged) key() any   { return accountKey{e.ID} }
func (e ChatChanged) key() any      { return chatKey{e.Chat} }
func (e RosterChanged) key() any    { return rosterKey{e.Account} }
func (e PresenceChanged) key() any  { return presenceKey{e.Account, e.JID} }
func (e TypingChanged) key() any    { return typingKey{e.Chat} }
func (e RoomChanged) key() any      { return roomKey{e.Account, e.JID} }
func (e OccupantsChanged) key() any { return occupantsKey{e.Account, e.Room} }
func (e Prompt) key() any           { return promptKey{e.Account} }
func (e ArchiveChanged) key() any   { return archiveKey{e.Account, e.Archive, e.Chat} }
func (e SecurityCount) key() any    { return securityKey{e.Account} }
func (ChatsChanged) key() any       { return chatsKey{} }
func (Opened) key() any             { return nil }
func (Saving) key() any             { return savingKey{} }
func (Incoming) key() any           { return nil }
func (Remarked) key() any           { return nil }
func (Accepted) key() any           { return nil }
func (Refused) key() any            { return nil }
func (Answer) key() any             { return nil }
