package store

import (
	"context"
	"database/sql"
	"errors"
)

// OutboxID numbers a stanza that waits to be known to the server.
type OutboxID int64

// The states of an outbox row.
const (
	OutQueued  = 0 // to be written
	OutWritten = 1 // given to a link: the server may have it
	OutAsk     = 2 // may have arrived; waits for the user
)

// Out is a stanza of the outbox.
type Out struct {
	ID      OutboxID
	Account AccountID
	Chat    ChatID
	Message MessageID // 0: none, such as a receipt
	Kind    string
	Bytes   []byte
	State   int
	Tries   int
	Created int64
}

// Draft is a line of ours to be stored and sent.
type Draft struct {
	Chat     ChatID
	Sender   string // our bare JID; in rooms room@service/nick
	Nick     string
	Body     string
	Lang     string
	LocalID  string // random: id and origin-id of the stanza
	Bytes    []byte // the stanza
	Reply    *Reply // what it answers; nil: nothing
	File     *File  // what it brings; nil: nothing
	Shape    *Shape // how its text is to be shown; nil: as it is
	KeepText bool   // the composer's text is another one and stays
	ByItself bool   // nobody typed it: what stands above was not read for that
	Handed   bool   // it goes to a link right behind this transaction
}

// Queue stores a line of ours with its stanza and takes the draft of the chat
// away, all in this transaction: from here on it cannot be lost.
func (t *Tx) Queue(d Draft) (MessageID, OutboxID, error) {
	id, err := t.newLine(d, Queued)
	if err != nil {
		return 0, 0, err
	}
	c, err := t.Chat(d.Chat)
	if err != nil {
		return 0, 0, err
	}
	out, err := t.QueueStanza(d.Chat, id, "message", d.Bytes)
	if err != nil {
		return 0, 0, err
	}
	if d.Handed {
		if err := t.HandOver(out); err != nil {
			return 0, 0, err
		}
	}
	if _, err := t.exec("UPDATE chat SET draft=CASE WHEN ? THEN draft ELSE '' END, open=1, rev=? WHERE id=?", d.KeepText, t.rev, d.Chat); err != nil {
		return 0, 0, err
	}
	if d.ByItself {
		return id, out, nil
	}
	// Who answers has read all that stands above.
	return id, out, t.MarkRead(d.Chat, c.LastOrd)
}

// newLine stores a line of ours behind all others.
func (t *Tx) newLine(d Draft, state State) (MessageID, error) {
	now := t.now().UnixMicro()
	ord, err := t.unusedOrd(unsentBase + now)
	if err != nil {
		return 0, err
	}
	n, err := t.insert(`INSERT INTO message (chat, ord, outgoing, sender, nick, body, lang, stamp, state, digest, local_id, rev, file, shape)
		VALUES (?,?,1,?,?,?,?,?,?,?,?,?,?,?)`, d.Chat, ord, d.Sender, d.Nick, d.Body, d.Lang, now, state, digest(d.Body, nil), d.LocalID, t.rev, d.File.text(), d.Shape.text())
	if err != nil {
		return 0, err
	}
	id := MessageID(n)
	c, err := t.Chat(d.Chat)
	if err != nil {
		return 0, err
	}
	if err := t.addRefs(id, c.Account, Arrival{Chat: d.Chat, Sender: d.Sender, OriginID: d.LocalID, ID: d.LocalID}); err != nil {
		return 0, err
	}
	t.index(d.Chat, ord, sought(d.Body, d.File))
	if err := t.answers(id, Arrival{Chat: d.Chat, Reply: d.Reply}); err != nil {
		return 0, err
	}
	return id, t.step(id, stepWords[state], "")
}

// HandOver notes, before a stanza is given to a link, that from now on the
// server may have it: it must not be sent again without a look.
func (t *Tx) HandOver(id OutboxID) error {
	_, err := t.exec("UPDATE outbox SET state=? WHERE id=?", OutWritten, id)
	return err
}

// Pending says whether a stanza is still not known to be on the server.
func (t *Tx) Pending(id OutboxID) (bool, error) {
	var n int
	err := t.row("SELECT count(*) FROM outbox WHERE id=?", id).Scan(&n)
	return n > 0, err
}

// QueueStanza stores a message stanza of any kind to be sent. message may be 0.
// Its number was never used before.
func (t *Tx) QueueStanza(chat ChatID, message MessageID, kind string, b []byte) (OutboxID, error) {
	var m any
	if message != 0 {
		m = message
	}
	// The number is a time, and above all numbers given out by this process: one that
	// was used before could still be meant by who follows a row that is gone.
	now := t.now().UnixMicro()
	*t.out = max(now, *t.out+1)
	id, err := t.insert(`INSERT INTO outbox (id, account, chat, message, kind, bytes, created)
		SELECT max(?1, (SELECT coalesce(max(id),0)+1 FROM outbox)), account, id, ?2, ?3, ?4, ?5 FROM chat WHERE id=?6`, *t.out, m, kind, b, now, chat)
	if err != nil {
		return 0, err
	}
	*t.out = id
	return OutboxID(id), nil
}

const outColumns = "id, account, chat, coalesce(message,0), kind, bytes, state, tries, created"

func scanOut(r interface{ Scan(...any) error }) (o Out, err error) {
	err = r.Scan(&o.ID, &o.Account, &o.Chat, &o.Message, &o.Kind, &o.Bytes, &o.State, &o.Tries, &o.Created)
	return o, err
}

// Outbox lists the stanzas of an account that are not known to be on the
// server, oldest first.
func (s *Store) Outbox(ctx context.Context, a AccountID) (list []Out, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, "SELECT "+outColumns+" FROM outbox WHERE account=? ORDER BY id", a)
	return scan(rows, err, scanOut)
}

// SetOutbox notes the state of a stanza; written ones count a try, and their
// message is written too.
func (t *Tx) SetOutbox(id OutboxID, state int) error {
	tries := 0
	if state == OutWritten {
		tries = 1
	}
	if _, err := t.exec("UPDATE outbox SET state=?, tries=tries+? WHERE id=?", state, tries, id); err != nil {
		return err
	}
	o, err := scanOut(t.row("SELECT "+outColumns+" FROM outbox WHERE id=?", id))
	if err != nil || o.Message == 0 {
		return err
	}
	switch state {
	case OutWritten:
		return t.SetState(o.Message, Written, "")
	case OutAsk:
		return t.SetState(o.Message, Unsure, "")
	}
	return nil
}

// Settle removes a stanza from the outbox: the server has it.
func (t *Tx) Settle(id OutboxID) error {
	o, err := scanOut(t.row("SELECT "+outColumns+" FROM outbox WHERE id=?", id))
	if err != nil {
		return err
	}
	if o.Message != 0 {
		if err := t.SetState(o.Message, Sent, ""); err != nil {
			return err
		}
	}
	_, err = t.exec("DELETE FROM outbox WHERE id=?", id)
	return err
}

// Requeue puts a failed or unsure line back into the outbox. When its stanza is
// there still the stored bytes stay; else b takes their place.
func (t *Tx) Requeue(id MessageID, b []byte) (out OutboxID, err error) {
	m, err := t.Message(id)
	if err != nil {
		return 0, err
	}
	err = t.row("SELECT id FROM outbox WHERE message=?", id).Scan(&out)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if out, err = t.QueueStanza(m.Chat, id, "message", b); err != nil {
			return 0, err
		}
	case err != nil:
		return 0, err
	default:
		if _, err := t.exec("UPDATE outbox SET state=? WHERE id=?", OutQueued, out); err != nil {
			return 0, err
		}
	}
	if _, err = t.exec("UPDATE message SET state=?, error='', rev=? WHERE id=?", Queued, t.rev, id); err != nil {
		return 0, err
	}
	return out, t.step(id, "again", "")
}

// Drop takes an unsent or failed line away for good. What the server has stays.
func (t *Tx) Drop(id MessageID) error {
	m, err := t.Message(id)
	if err != nil {
		return err
	}
	if !m.Outgoing || m.State >= Sent && m.State <= Displayed {
		return nil
	}
	t.unindex(m.Ord)
	if _, err := t.exec("DELETE FROM outbox WHERE message=?", id); err != nil {
		return err
	}
	if _, err = t.exec("UPDATE message SET body=NULL, notice='dropped', kind=?, state=?, rev=? WHERE id=?", Notice, Failed, t.rev, id); err != nil {
		return err
	}
	return t.step(id, "dropped", "")
}
