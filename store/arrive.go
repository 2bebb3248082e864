package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
)

// Arrival is a message as it came, by whatever path, after it was decided who
// speaks. One check ([Tx.Arrive]) decides whether it is new.
type Arrival struct {
	Chat       ChatID
	Outgoing   bool   // ours, from another device or reflected
	Sender     string // bare JID; in rooms room@service/nick
	Nick       string
	OccupantID string
	RealJID    string
	Body       string
	Lang       string
	Kind       MessageKind
	Notice     string
	Stamp      int64 // µs; 0: now
	StanzaID   string
	By         string // the archive that gave StanzaID, checked to be entitled
	OriginID   string
	ID         string
	Ord        int64 // from an archive page; 0: live
	Below      bool  // Ord: it stands in front of what is there, not behind
	ByItself   bool  // of ours, but nobody typed it: nothing was read for it
	Astray     bool  // live, but in which order is the archive's to say: it comes, see [Tx.Answered]
	Newer      int64 // Ord: what stands from here on is newer for sure; 0: the place of nothing is sure
	Mention    bool
	Via        string // how it came: live, carbon, archive, offline, replay
	Quiet      bool   // does not count as unread: notices, replays, what another device of ours read
	Enc        string
	EncKey     string
	EncError   string
	Payload    []byte // what identity compares instead of Body, if set
	Reply      *Reply // what it answers; nil: nothing
	File       *File  // what it brings; nil: nothing
	Link       *Link  // what its sender says of an address in it; nil: nothing
	Shape      *Shape // how its text is to be shown; nil: as it is
	Flag       string // a correction that is shown for itself: why
	Removed    string // an archive says that its text was taken away: [RemarkRetract] or [RemarkModerate]

	Replayed     int64                // µs: a room repeats what was said then by its own clock; 0: it does not
	ReplayedHere int64                // Replayed by our own clock, which what came live is stamped with; 0: the same
	Told         func(MessageID) bool // Replayed: another line of the same replay was that row; nil: none
}

// The kinds of message_ref.
const (
	refStanza = 1
	refOrigin = 2
	refID     = 3
	refCopy   = 4 // the name of a second copy in the same archive
)

// randomLength is from where an origin-id is taken for random: that of a UUID
// without dashes is 32, of 128 bits in base 32 it is 26.
const randomLength = 20

// Arrive stores an arrival, or recognises it and adds its new names and its
// place to the row that is there. fresh says that the row is new.
func (t *Tx) Arrive(a Arrival) (id MessageID, fresh bool, err error) {
	dig := digest(a.Body, a.Payload)
	t.copied, t.overtook = false, false
	if a.Stamp == 0 {
		a.Stamp = t.now().UnixMicro()
	}
	if id, err = t.known(a, dig); err != nil {
		return 0, false, err
	}
	if id == 0 && a.Replayed != 0 {
		if id, err = t.replayed(a, dig); err != nil {
			return 0, false, err
		}
	}
	c, err := t.Chat(a.Chat)
	if err != nil {
		return 0, false, err
	}
	if id != 0 {
		if err := t.meet(id, c.Account, a); err != nil {
			return id, false, err
		}
		return id, false, t.shownNow(c, a, t.at)
	}
	ord := a.Ord
	if ord == 0 {
		ord = max(t.serverNow(), c.LastOrd+ordStep)
	}
	if a.Below {
		ord, err = t.unusedBelow(ord)
	} else {
		ord, err = t.unusedOrd(ord)
	}
	if err != nil {
		return 0, false, err
	}
	t.at = ord
	state := Received
	if a.Outgoing {
		state = Sent
	}
	body := sql.NullString{String: a.Body, Valid: a.EncError == "" && a.Removed == ""}
	fold := Fold{Flag: a.Flag, Removed: a.Removed}
	n, err := t.insert(`INSERT INTO message (chat, ord, outgoing, kind, sender, nick, occupant_id, real_jid, body, lang, notice,
		stamp, state, mention, digest, enc, enc_key, enc_error, rev, arrived, via, fold, file, shape, link) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		a.Chat, ord, a.Outgoing, a.Kind, a.Sender, a.Nick, a.OccupantID, a.RealJID, body, a.Lang, a.Notice,
		a.Stamp, state, a.Mention, dig, a.Enc, a.EncKey, a.EncError, t.rev, t.now().UnixMicro(), a.Via, fold.text(), a.File.text(), a.Shape.text(), a.Link.text())
	if err != nil {
		return 0, false, err
	}
	id = MessageID(n)
	if err := t.addRefs(id, c.Account, a); err != nil {
		return 0, false, err
	}
	if a.Kind == Text && body.Valid {
		t.index(a.Chat, ord, sought(a.Body, a.File))
	}
	if err := t.counted(c, ord, a); err != nil {
		return 0, false, err
	}
	if err := t.answers(id, a); err != nil {
		return 0, false, err
	}
	if err := t.settleRemarks(id, a); err != nil {
		return 0, false, err
	}
	if err := t.shownNow(c, a, ord); err != nil {
		return 0, false, err
	}
	return id, true, t.resolve(a.Chat, id, a)
}

// Copied says that the last arrival of this transaction is the same message once
// more, under another name of the same archive: its place is the first one's.
func (t *Tx) Copied() bool { return t.copied }

// Named says that the last arrival of this transaction was here under the name that
// its archive gives it: what is here under others only may stand anywhere.
func (t *Tx) Named() bool { return t.byName }

// Overtook says that the last arrival of this transaction is a line of ours that
// its archive named for the first time, and that it passed others on its way to
// the place that follows from that. What passed what, the archive has to say.
func (t *Tx) Overtook() bool { return t.overtook }

// Placed is the ord at which the last arrival of this transaction stands.
func (t *Tx) Placed() int64 { return t.at }

// known finds the row that an arrival is, if we have it.
func (t *Tx) known(a Arrival, dig int64) (MessageID, error) {
	t.byName = false
	if a.StanzaID != "" && a.By != "" {
		id, err := t.oneRef("SELECT message FROM message_ref WHERE chat=? AND kind IN (?,?) AND value=? AND by=?",
			a.Chat, refStanza, refCopy, a.StanzaID, a.By)
		if id != 0 || err != nil {
			t.byName = id != 0
			return id, err
		}
	}
	if a.Outgoing {
		// Our origin-id is random: it suffices.
		for _, v := range []string{a.OriginID, a.ID} {
			if v == "" {
				continue
			}
			id, err := t.oneRef(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message
				WHERE r.chat=? AND r.kind=? AND r.value=? AND m.outgoing AND m.local_id=r.value`, a.Chat, refOrigin, v)
			if id != 0 || err != nil {
				return id, err
			}
		}
	}
	// An origin-id as long as a random one is no bot's counter: the sender's
	// program sent the same line again because it could not know better.
	if len(a.OriginID) >= randomLength {
		id, err := t.oneRef(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message
			WHERE r.chat=? AND r.kind=? AND r.value=? AND r.sender=? AND m.outgoing=? AND m.digest=?`,
			a.Chat, refOrigin, a.OriginID, a.Sender, a.Outgoing, dig)
		if id != 0 || err != nil {
			return id, err
		}
	}
	// An archive keeps a note to ourselves twice, as sent and as received; older
	// programs give it no origin-id.
	if len(a.ID) >= randomLength && a.Outgoing {
		id, err := t.oneRef(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message JOIN chat c ON c.id=m.chat
			WHERE r.chat=? AND c.kind=? AND r.kind=? AND r.value=? AND m.digest=?`, a.Chat, Self, refID, a.ID, dig)
		if id != 0 || err != nil {
			return id, err
		}
	}
	// A live stanza without an archive's name cannot be a replay, and bots
	// reuse ids: only what an archive named is matched by its sender's ids.
	for _, r := range []struct {
		kind  int
		value string
	}{{refOrigin, a.OriginID}, {refID, a.ID}} {
		if r.value == "" || a.StanzaID == "" && len(r.value) < 8 {
			continue
		}
		id, err := t.oneRef(`SELECT r.message FROM message_ref r JOIN message m ON m.id=r.message
			WHERE r.chat=?1 AND r.kind=?2 AND r.value=?3 AND r.sender=?4 AND m.outgoing=?5 AND m.digest=?6
			AND (?7='' OR NOT EXISTS (SELECT 1 FROM message_ref s WHERE s.message=m.id AND s.kind=1 AND s.by=?7))`,
			a.Chat, r.kind, r.value, a.Sender, a.Outgoing, dig, a.By)
		if id != 0 || err != nil {
			return id, err
		}
	}
	return 0, nil
}

func (t *Tx) oneRef(query string, args ...any) (id MessageID, err error) {
	err = t.row(query+" LIMIT 1", args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// meet gives the row that is there the arrival's names. Its place is not
// touched unless it had none: [Tx.Arrange] brings what an archive named into its
// order.
func (t *Tx) meet(id MessageID, account AccountID, a Arrival) error {
	heard, err := t.heard(id, a)
	if err != nil {
		return err
	}
	other, err := t.oneRef("SELECT message FROM message_ref WHERE message=? AND kind=? AND by=? AND value<>?", id, refStanza, a.By, a.StanzaID)
	if err != nil {
		return err
	}
	t.copied = a.By != "" && other != 0
	named, err := t.oneRef("SELECT message FROM message_ref WHERE message=? AND kind=? AND by=?", id, refStanza, a.By)
	if err != nil {
		return err
	}
	if err := t.addRefs(id, account, a); err != nil {
		return err
	}
	if err := t.settleRemarks(id, a); err != nil {
		return err
	}
	m, err := t.Message(id)
	if err != nil {
		return err
	}
	if heard && m.Ord < unsentBase {
		ord, err := t.freeOrd(m.Chat, t.serverNow())
		if err != nil {
			return err
		}
		if err := t.place(m, ord); err != nil {
			return err
		}
		if m, err = t.Message(id); err != nil {
			return err
		}
	}
	// The place of a line of ours was a guess until its archive named it. One that is
	// too early lies in front of what the archive does not name now, and cannot be
	// exchanged with what it does.
	unsent := m.Ord >= unsentBase && (m.State < Sent || m.State == Failed || m.State == Unsure)
	if a.Outgoing && a.Ord != 0 && (unsent || named == 0 && m.Ord < a.Ord) {
		free := t.unusedOrd
		if a.Below {
			free = t.unusedBelow
		}
		ord, err := free(a.Ord)
		if err != nil {
			return err
		}
		passed, err := t.oneRef("SELECT id FROM message WHERE chat=? AND ord>? AND ord<? AND kind=0", m.Chat, m.Ord, ord)
		if err != nil {
			return err
		}
		t.overtook = passed != 0
		if err := t.place(m, ord); err != nil {
			return err
		}
		if m, err = t.Message(id); err != nil {
			return err
		}
	}
	if a.Outgoing && (m.State < Sent || m.State == Failed || m.State == Unsure) {
		if err := t.SetState(id, Sent, ""); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM outbox WHERE message=?", id); err != nil {
			return err
		}
		if m, err = t.Message(id); err != nil {
			return err
		}
	}
	t.at = m.Ord
	return nil
}

// heard says that an arrival is the first reflection of a line of ours in a room:
// only now everybody heard it, also when it was acknowledged before.
func (t *Tx) heard(id MessageID, a Arrival) (bool, error) {
	if !a.Outgoing || a.Ord != 0 || a.By == "" {
		return false, nil
	}
	c, err := t.Chat(a.Chat)
	if err != nil || c.Kind != Room {
		return false, err
	}
	named, err := t.oneRef("SELECT message FROM message_ref WHERE message=? AND kind=? AND by=?", id, refStanza, a.By)
	return named == 0, err
}

// addRefs gives a message of a chat the names of an arrival.
func (t *Tx) addRefs(id MessageID, account AccountID, a Arrival) error {
	add := func(kind int, by, sender, value string) error {
		if value == "" {
			return nil
		}
		_, err := t.exec("INSERT OR IGNORE INTO message_ref VALUES (?,?,?,?,?,?,?)", account, a.Chat, kind, by, sender, value, id)
		return err
	}
	if a.By != "" {
		kind := refStanza
		if t.copied {
			kind = refCopy
		}
		if err := add(kind, a.By, "", a.StanzaID); err != nil {
			return err
		}
	}
	if err := add(refOrigin, "", a.Sender, a.OriginID); err != nil {
		return err
	}
	return add(refID, "", a.Sender, a.ID)
}

func digest(body string, payload []byte) int64 {
	b := payload
	if b == nil {
		b = []byte(body)
	}
	sum := sha256.Sum256(b)
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // all 64 bits are wanted
}
