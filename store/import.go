package store

import (
	"database/sql"
	"encoding/json"
	"errors"
)

// ViaImport says of a message that a file brought it.
const ViaImport = "import"

// Imported is a message that a file tells of. What is in it was checked and bounded.
type Imported struct {
	Arrival   // Chat, Outgoing, Sender, Nick, RealJID, Body, Lang, Kind, Notice, Stamp, Mention, Enc, Reply, File, Shape, Flag, Removed
	NoBody    bool
	State     State
	Error     string
	Refs      []Ref     // all its names; the kinds as [Inspection] has them
	Versions  []Version // the first one first; empty: it was not edited
	Reactors  []Reactor
	RemovedBy string
	Reason    string
}

// ImportChat finds the chat of a message of a file, a private one by its nick too, or
// makes it.
func (t *Tx) ImportChat(k ChatKey) (ChatID, error) {
	var id ChatID
	err := t.row("SELECT id FROM chat WHERE account=? AND kind=? AND jid=? AND (occupant=? OR kind=? AND nick=?) ORDER BY id LIMIT 1",
		k.Account, k.Kind, k.JID, k.Occupant, Private, k.Occupant).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return t.EnsureChat(k)
	}
	return id, err
}

// Import stores a message that a file tells of, unless it is here, by its names or, if
// it has none that tell, by its time, its sender and its text. It stands behind what is
// older by its stamp and behind after, the place of the line that was taken before it. It
// counts as read, and nothing is sent for it. fresh says that it is new.
func (t *Tx) Import(m Imported, after int64) (at int64, fresh bool, err error) {
	c, err := t.Chat(m.Chat)
	if err != nil {
		return 0, false, err
	}
	a := m.Arrival
	if len(m.Versions) > 0 {
		a.Body = m.Versions[0].Body
	}
	for _, r := range m.Refs {
		switch {
		case r.Kind == "stanza-id" && a.StanzaID == "":
			a.StanzaID, a.By = r.Value, r.By
		case r.Kind == "origin-id" && a.OriginID == "":
			a.OriginID = r.Value
		case r.Kind == "id" && a.ID == "":
			a.ID = r.Value
		}
	}
	dig := digest(a.Body, nil)
	id, err := t.known(a, dig)
	if err == nil && id == 0 {
		id, err = t.oneRef("SELECT id FROM message WHERE chat=? AND stamp=? AND sender=? AND nick=? AND outgoing=? AND kind=? AND notice=? AND (digest=? OR ? OR body IS NULL)",
			a.Chat, a.Stamp, a.Sender, a.Nick, a.Outgoing, a.Kind, a.Notice, dig, m.NoBody)
	}
	if err != nil {
		return 0, false, err
	}
	if id != 0 {
		return after, false, nil
	}
	ord, err := t.importPlace(a.Chat, a.Stamp, after)
	if err != nil {
		return 0, false, err
	}
	local := ""
	if a.Outgoing {
		local = a.OriginID
	}
	body := sql.NullString{String: a.Body, Valid: !m.NoBody}
	fold := Fold{Flag: a.Flag}
	if a.Removed != "" {
		fold.Removed, fold.By, fold.Reason = a.Removed, m.RemovedBy, m.Reason
	}
	n, err := t.insert(`INSERT INTO message (chat, ord, outgoing, kind, sender, nick, occupant_id, real_jid, body, lang, notice,
		stamp, state, error, mention, digest, local_id, enc, rev, arrived, via, fold, file, shape) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		a.Chat, ord, a.Outgoing, a.Kind, a.Sender, a.Nick, a.OccupantID, a.RealJID, body, a.Lang, a.Notice,
		a.Stamp, m.State, m.Error, a.Mention, dig, local, a.Enc, t.rev, t.now().UnixMicro(), ViaImport, fold.text(), a.File.text(), a.Shape.text())
	if err != nil {
		return 0, false, err
	}
	id = MessageID(n)
	for _, r := range m.Refs {
		kind, sender := map[string]int{"stanza-id": refStanza, "origin-id": refOrigin, "id": refID, "about": refNotice, "": refCopy}[r.Kind], a.Sender
		if kind == refStanza || kind == refCopy || kind == refNotice {
			sender = ""
		}
		if _, err := t.exec("INSERT OR IGNORE INTO message_ref VALUES (?,?,?,?,?,?,?)", c.Account, a.Chat, kind, r.By, sender, r.Value, id); err != nil {
			return 0, false, err
		}
	}
	if a.Kind == Text && body.Valid {
		t.index(a.Chat, ord, sought(a.Body, a.File))
	}
	if _, err := t.exec("UPDATE chat SET last_ord=max(last_ord,?), open=open OR (held=0 AND kind IN (?,?)), rev=? WHERE id=?", ord, Direct, Self, t.rev, c.ID); err != nil {
		return 0, false, err
	}
	if err := t.answers(id, a); err != nil {
		return 0, false, err
	}
	if err := t.importRemarks(id, m, a, ord); err != nil {
		return 0, false, err
	}
	return ord, true, t.settleRemarks(id, a)
}

// importPlace finds where a message of a file stands.
func (t *Tx) importPlace(chat ChatID, stamp, after int64) (int64, error) {
	var older sql.NullInt64
	if err := t.row("SELECT max(ord) FROM message WHERE chat=? AND stamp<=? AND ord<?", chat, stamp, unsentBase).Scan(&older); err != nil {
		return 0, err
	}
	at := max(older.Int64, after)
	if at == 0 {
		var first sql.NullInt64
		if err := t.row("SELECT min(ord) FROM message WHERE chat=?", chat).Scan(&first); err != nil {
			return 0, err
		}
		if first.Valid && first.Int64 <= stamp {
			return t.unusedBelow(first.Int64 - 1)
		}
		return t.unusedOrd(stamp)
	}
	var next sql.NullInt64
	if err := t.row("SELECT min(ord) FROM message WHERE chat=? AND ord>?", chat, at).Scan(&next); err != nil {
		return 0, err
	}
	if stamp > at && (!next.Valid || stamp < next.Int64) {
		return t.unusedOrd(stamp)
	}
	return t.unusedOrd(at + 1)
}

// importRemarks stores the versions of a message, who reacted and who took it back.
func (t *Tx) importRemarks(id MessageID, m Imported, a Arrival, ord int64) error {
	n := int64(0)
	add := func(r Remark) error {
		n++
		r.Via = ViaImport
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		_, err = t.exec(`INSERT INTO annotation (chat, sender, kind, ref, ord, target, payload, rev, name, archived, outgoing, outbox) VALUES (?,?,?,?,?,?,?,?,'','',?,0)`,
			a.Chat, r.Author, r.Kind, "", ord+n, id, b, t.rev, r.Outgoing)
		return err
	}
	var err error
	for _, v := range m.Versions[min(1, len(m.Versions)):] {
		err = errors.Join(err, add(Remark{Kind: RemarkEdit, Author: a.Sender, Sender: a.Sender, Nick: a.Nick, Outgoing: a.Outgoing, Body: v.Body, Stamp: v.At}))
	}
	seen := map[string]bool{}
	for _, r := range m.Reactors {
		if seen[r.Name] {
			continue // one person has one set
		}
		seen[r.Name] = true
		err = errors.Join(err, add(Remark{Kind: RemarkReactions, Author: r.Name, Nick: r.Name, Outgoing: r.Outgoing, Reactions: r.Signs, Stamp: a.Stamp}))
	}
	if a.Removed != "" {
		err = errors.Join(err, add(Remark{Kind: a.Removed, Author: a.Sender, Sender: a.Sender, By: m.RemovedBy, Reason: m.Reason, Stamp: a.Stamp}))
	}
	if err != nil || n == 0 {
		return err
	}
	return t.refold(id)
}
