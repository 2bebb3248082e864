package store

import (
	"context"
	"database/sql"
	"strings"
)

// MessageID numbers a message of the profile.
type MessageID int64

// State is where an outgoing message is. Incoming ones are Received, or Displayed
// when they were read and something that was not stands before them.
type State int

// The states, in the order in which a message goes through them. Failed can be
// reached from any of them up to Sent.
const (
	Received  State = iota
	Queued          // on disk
	Preparing       // keys or an upload are awaited
	Written         // given to the network
	Sent            // the server has it
	Delivered       // a device of the peer has it
	Displayed       // the peer saw it
	Failed          // the server refused it, see Error
	Unsure          // may have arrived: the user decides whether to send it again
)

// MessageKind tells speech from events.
type MessageKind int

// The kinds of row in a chat.
const (
	Text   MessageKind = iota
	Notice             // something happened: Notice says what, Body holds the words given
)

// ordStep is kept between rows that would stand at the same time, so that an
// archive's find their place between them.
const ordStep = 1000

// unsentBase lifts the ord of rows that no server has yet above all others.
const unsentBase = int64(1) << 61

// Message is a row of a chat.
type Message struct {
	ID         MessageID
	Chat       ChatID
	Ord        int64
	Outgoing   bool
	Kind       MessageKind
	Sender     string // bare JID; in rooms room@service/nick
	Nick       string
	OccupantID string
	RealJID    string
	Body       string
	NoBody     bool // cleared, retracted or not readable
	Lang       string
	Notice     string
	Stamp      int64 // µs, when it says it was sent
	State      State
	Error      string
	Mention    bool
	LocalID    string
	Enc        string
	EncError   string
	Rev        uint64
	Fold       *Fold  // what is said about it; nil: nothing
	Reply      *Reply // what it answers; nil: nothing
	File       *File  // what it brings; nil: nothing
	Link       *Link  // what its sender says of an address in it; nil: nothing
	Shape      *Shape // how its text is shown; nil: as it is
	Gone       bool   // the user took it away from this device: it is shown no more
}

const messageColumns = "id, chat, ord, outgoing, kind, sender, nick, occupant_id, real_jid, body, lang, notice, stamp, state, error, mention, local_id, enc, enc_error, rev, fold, reply_ref, reply_quote, reply_target, file, shape, gone, link"

func scanMessage(r interface{ Scan(...any) error }) (m Message, err error) {
	var body sql.NullString
	var fold, file, shape, link string
	var reply Reply
	var target sql.NullInt64
	err = r.Scan(&m.ID, &m.Chat, &m.Ord, &m.Outgoing, &m.Kind, &m.Sender, &m.Nick, &m.OccupantID, &m.RealJID, &body, &m.Lang, &m.Notice, &m.Stamp, &m.State, &m.Error, &m.Mention, &m.LocalID, &m.Enc, &m.EncError, &m.Rev,
		&fold, &reply.Ref, &reply.Quote, &target, &file, &shape, &m.Gone, &link)
	m.Body, m.NoBody, m.Fold, m.Shape = body.String, !body.Valid, readFold(fold), readShape(shape)
	if file != "" && body.Valid {
		m.File = readFile(file)
		if m.Fold != nil && m.Fold.Edited != 0 && (m.File == nil || !strings.Contains(m.Body, m.File.URL)) {
			m.File = nil // its author put something else in its place
		}
	}
	if body.Valid {
		m.Link = readLink(link, m.Body)
	}
	if reply.Ref != "" {
		reply.Target = MessageID(target.Int64)
		m.Reply = &reply
	}
	return m, err
}

// Page reads up to limit messages of a chat with ord < before (0: the newest),
// in the order of the view, oldest first, with the rev they were read at.
func (s *Store) Page(ctx context.Context, chat ChatID, before int64, limit int) (list []Message, rev uint64, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	err = s.view(ctx, func(v view) error {
		rev = v.rev
		rows, err := v.query("SELECT "+messageColumns+" FROM message WHERE chat=? AND ord<? AND NOT gone ORDER BY ord DESC LIMIT ?", chat, before, limit)
		if list, err = scan(rows, err, scanMessage); err != nil {
			return err
		}
		return v.quotes(list)
	})
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, rev, err
}

// PageAfter reads up to limit messages of a chat with ord > after, oldest first.
func (s *Store) PageAfter(ctx context.Context, chat ChatID, after int64, limit int) (list []Message, rev uint64, err error) {
	err = s.view(ctx, func(v view) error {
		rev = v.rev
		rows, err := v.query("SELECT "+messageColumns+" FROM message WHERE chat=? AND ord>? AND NOT gone ORDER BY ord LIMIT ?", chat, after, limit)
		if list, err = scan(rows, err, scanMessage); err != nil {
			return err
		}
		return v.quotes(list)
	})
	return list, rev, err
}

// Changed reads the rows of a chat touched after rev since, oldest change
// first, those that are gone too. When limit of them or more come there may be more: ask again from the
// Rev of the last. It can be more than limit, because a commit is not divided:
// what is behind its Rev would be asked for by nobody.
func (s *Store) Changed(ctx context.Context, chat ChatID, since uint64, limit int) (list []Message, rev uint64, err error) {
	err = s.view(ctx, func(v view) error {
		rev = v.rev
		rows, err := v.query("SELECT "+messageColumns+` FROM message WHERE chat=?1 AND rev>?2
			AND rev<=ifnull((SELECT rev FROM message WHERE chat=?1 AND rev>?2 ORDER BY rev LIMIT 1 OFFSET ?3-1), 1<<62) ORDER BY rev, ord`, chat, since, limit)
		if list, err = scan(rows, err, scanMessage); err != nil {
			return err
		}
		return v.quotes(list)
	})
	return list, rev, err
}

// Message reads one message. sql.ErrNoRows when there is none.
func (s *Store) Message(ctx context.Context, id MessageID) (Message, error) {
	return scanMessage(s.read.QueryRowContext(ctx, "SELECT "+messageColumns+" FROM message WHERE id=?", id))
}

// Message reads one message inside a transaction.
func (t *Tx) Message(id MessageID) (Message, error) {
	return scanMessage(t.row("SELECT "+messageColumns+" FROM message WHERE id=?", id))
}

// SetState moves a message to a state. Sent, Delivered and Displayed never go
// back, but what our server has can still be refused by the addressee's. Failed
// keeps the words of the refusal in text. A row that the server has, or will not
// have, gets its place among the others: at the time of the server's word, which
// stands in the stream behind all that is older.
func (t *Tx) SetState(id MessageID, state State, text string) error {
	m, err := t.Message(id)
	if err != nil {
		return err
	}
	if m.State >= Sent && m.State <= Displayed && (state <= m.State || state > Displayed) && (m.State != Sent || state != Failed) {
		return nil
	}
	if m.Ord >= unsentBase && state >= Sent {
		if err := t.leaveUnsent(m); err != nil {
			return err
		}
	}
	if _, err = t.exec("UPDATE message SET state=?, error=?, rev=? WHERE id=?", state, text, t.rev, id); err != nil || state == m.State {
		return err
	}
	return t.step(id, stepWords[state], text)
}

// leaveUnsent gives a row its place among the others, and those that were typed
// before it in this chat theirs in front of it: they went before it, but for those
// whose files are on their way.
func (t *Tx) leaveUnsent(m Message) error {
	rows, err := t.rows("SELECT "+messageColumns+" FROM message WHERE chat=? AND ord>=? AND ord<=? AND (state<>? OR id=?) ORDER BY ord", m.Chat, unsentBase, m.Ord, Preparing, m.ID)
	list, err := scan(rows, err, scanMessage)
	if err != nil {
		return err
	}
	for _, m := range list {
		ord, err := t.freeOrd(m.Chat, t.serverNow())
		if err != nil {
			return err
		}
		if err := t.place(m, ord); err != nil {
			return err
		}
	}
	return nil
}

// freeOrd makes an ord for a live row: not before at, behind all of the chat.
func (t *Tx) freeOrd(chat ChatID, at int64) (int64, error) {
	var last int64
	if err := t.row("SELECT last_ord FROM chat WHERE id=?", chat).Scan(&last); err != nil {
		return 0, err
	}
	return t.unusedOrd(max(at, last+ordStep))
}

// unusedOrd is the first ord from at on that no row of any chat has.
func (t *Tx) unusedOrd(at int64) (int64, error) {
	// One query for the usual case, and for a burst in which many want the same
	// microsecond: the first row from at on that has no neighbour.
	var free int64
	err := t.row(`SELECT CASE WHEN EXISTS (SELECT 1 FROM message WHERE ord=?1)
		THEN (SELECT m.ord+1 FROM message m WHERE m.ord>=?1 AND NOT EXISTS (SELECT 1 FROM message n WHERE n.ord=m.ord+1) ORDER BY m.ord LIMIT 1)
		ELSE ?1 END`, at).Scan(&free)
	return free, err
}

// unusedBelow is the last ord up to at that no row of any chat has.
func (t *Tx) unusedBelow(at int64) (int64, error) {
	var free int64
	err := t.row(`SELECT CASE WHEN EXISTS (SELECT 1 FROM message WHERE ord=?1)
		THEN (SELECT m.ord-1 FROM message m WHERE m.ord<=?1 AND NOT EXISTS (SELECT 1 FROM message n WHERE n.ord=m.ord-1) ORDER BY m.ord DESC LIMIT 1)
		ELSE ?1 END`, at).Scan(&free)
	return free, err
}

// place moves a row to ord and the search document with it.
func (t *Tx) place(m Message, ord int64) error {
	if m.Ord == ord {
		return nil
	}
	if _, err := t.exec("UPDATE message SET ord=?, rev=? WHERE id=?", ord, t.rev, m.ID); err != nil {
		return err
	}
	if ord < unsentBase {
		if _, err := t.exec("UPDATE chat SET last_ord=max(last_ord,?), rev=? WHERE id=?", ord, t.rev, m.Chat); err != nil {
			return err
		}
	}
	if m.Kind != Text || m.NoBody {
		return nil
	}
	t.unindex(m.Ord)
	t.index(m.Chat, ord, sought(m.Body, m.File))
	return nil
}
