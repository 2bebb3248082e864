package store

import (
	"encoding/json"
)

// The kinds of annotation that change how a message is shown.
const (
	RemarkEdit      = "edit"      // XEP-0308: its author writes it anew
	RemarkRetract   = "retract"   // XEP-0424: its author takes it back
	RemarkModerate  = "moderate"  // XEP-0425: the room takes it away
	RemarkReactions = "reactions" // XEP-0444: all that somebody answers it with
)

// ByArchive is the author of a remark that an archive makes of what it holds. It
// is no address.
const ByArchive = " archive"

// remarkKinds are those kinds, for queries.
const remarkKinds = "('edit','retract','moderate','reactions')"

const (
	// editsMax is how many corrections of a message are kept; the oldest go.
	editsMax = 64
	// waitingMax bounds what waits in a chat, of all senders.
	waitingMax = 5000
	// reactorsMax is of how many people the reactions to a message are kept.
	reactorsMax = 500
)

// Remark is what somebody says about a message, as it came, by whatever path,
// after it was decided who speaks.
type Remark struct {
	Chat       ChatID `json:"-"`
	Kind       string `json:"-"`
	Ref        string `json:"-"`            // the name of the message that is meant
	RefBy      string `json:"rb,omitempty"` // the archive that gave Ref; "": its author did
	Author     string `json:"-"`            // who, as long as one person in this chat is told from another
	Outgoing   bool   `json:"-"`
	Sender     string `json:"s,omitempty"` // as in [Arrival]
	Nick       string `json:"n,omitempty"`
	OccupantID string `json:"o,omitempty"`
	RealJID    string `json:"j,omitempty"`
	// Since is the place from which on the sender is known to have been the same
	// occupant, where no occupant-id tells: -1 not known, 0 the address tells.
	Since     int64    `json:"f,omitempty"`
	Body      string   `json:"b,omitempty"` // edit: the new text
	Lang      string   `json:"l,omitempty"`
	Enc       string   `json:"e,omitempty"`
	Reactions []string `json:"r,omitempty"`
	Reason    string   `json:"w,omitempty"` // moderate: why
	By        string   `json:"m,omitempty"` // moderate: the moderator's nick
	ID        string   `json:"i,omitempty"` // of its own stanza
	OriginID  string   `json:"g,omitempty"`
	StanzaID  string   `json:"a,omitempty"` // its name in the archive Archive
	Archive   string   `json:"h,omitempty"`
	Ord       int64    `json:"-"`           // from an archive page; 0: live
	Stamp     int64    `json:"t,omitempty"` // µs; 0: now
	Arrived   int64    `json:"c,omitempty"` // µs
	Via       string   `json:"v,omitempty"`
	Outbox    OutboxID `json:"-"` // ours: its stanza
}

// name is the id by which another copy of a remark is known.
func (r Remark) name() string {
	if r.OriginID != "" {
		return r.OriginID
	}
	return r.ID
}

// Remarked is what became of a remark.
type Remarked int

// What can become of one.
const (
	RemarkApplied Remarked = iota
	RemarkKnown            // it was here before
	RemarkWaits            // for a message that is not here
	RemarkForeign          // its sender has no say over that message; it was not stored
	RemarkTooMany          // its sender has too many waiting; it was not stored
)

// Remark stores what is said about a message and applies it to that message, or
// lets it wait for it. What is shown is a fold by place, whatever comes first.
func (t *Tx) Remark(r Remark) (Remarked, MessageID, error) {
	if r.Stamp == 0 {
		r.Stamp = t.now().UnixMicro()
	}
	r.Arrived = t.now().UnixMicro()
	alike, err := t.remarksAlike(r)
	if err != nil {
		return 0, 0, err
	}
	for _, h := range alike {
		if h.same(r) {
			return RemarkKnown, h.target, t.meetRemark(h, r)
		}
	}
	m, found, err := t.meant(r)
	switch {
	case err != nil:
		return 0, 0, err
	case found && m.ID == 0:
		return RemarkForeign, 0, nil
	}
	if many, err := t.tooMany(r, m.ID); many || err != nil {
		return RemarkTooMany, 0, err
	}
	if r.Ord, err = t.remarkPlace(r); err != nil {
		return 0, 0, err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return 0, 0, err
	}
	var target any
	if found {
		target = m.ID
	}
	if _, err := t.exec(`INSERT INTO annotation (chat, sender, kind, ref, ord, target, payload, rev, name, archived, outgoing, outbox) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		r.Chat, r.Author, r.Kind, r.Ref, r.Ord, target, b, t.rev, r.name(), r.StanzaID, r.Outgoing, r.Outbox); err != nil {
		return 0, 0, err
	}
	if !found {
		t.await(r.Chat, true)
		return RemarkWaits, 0, t.newestWaiting(r)
	}
	if done, err := t.foldNewest(m, r); done || err != nil {
		return RemarkApplied, m.ID, err
	}
	return RemarkApplied, m.ID, t.refold(m.ID)
}

// LiveOrd is the place of what happens in a chat now.
func (t *Tx) LiveOrd(chat ChatID) (int64, error) {
	var last int64
	err := t.row("SELECT last_ord FROM chat WHERE id=?", chat).Scan(&last)
	return max(t.serverNow(), last+1), err
}

// kept is a remark as it is stored.
type kept struct {
	id       int64
	ord      int64
	target   MessageID
	name     string
	archived string
	outbox   OutboxID
	Remark
}

const keptColumns = "id, chat, sender, kind, ref, ord, coalesce(target,0), payload, name, archived, outgoing, outbox"

func scanKept(r interface{ Scan(...any) error }) (k kept, err error) {
	var b []byte
	if err := r.Scan(&k.id, &k.Chat, &k.Author, &k.Kind, &k.Ref, &k.ord, &k.target, &b, &k.name, &k.archived, &k.Outgoing, &k.outbox); err != nil {
		return k, err
	}
	_ = json.Unmarshal(b, &k.Remark) // a damaged one says nothing
	k.Ord = k.ord
	return k, nil
}

// ofSame are the remarks of the same sender about the same name.
const ofSame = " FROM annotation WHERE chat=? AND sender=? AND kind=? AND ref=? "

// remarksOf lists what the same sender said of the same name.
func (t *Tx) remarksOf(r Remark) ([]kept, error) {
	rows, err := t.rows("SELECT "+keptColumns+ofSame+"ORDER BY ord", r.Chat, r.Author, r.Kind, r.Ref)
	return scan(rows, err, scanKept)
}

// remarksAlike lists those of them that may be r once more: there may be many others.
func (t *Tx) remarksAlike(r Remark) ([]kept, error) {
	rows, err := t.rows("SELECT "+keptColumns+ofSame+"AND (name=? OR archived<>'' AND archived=?) ORDER BY ord",
		r.Chat, r.Author, r.Kind, r.Ref, r.name(), r.StanzaID)
	return scan(rows, err, scanKept)
}

// remarkPlace finds where a new remark stands: a live one behind all others of its
// sender about that name, one of an archive where that says, and no two share a place.
func (t *Tx) remarkPlace(r Remark) (int64, error) {
	if r.Ord == 0 {
		ord, err := t.LiveOrd(r.Chat)
		if err != nil {
			return 0, err
		}
		var last int64
		err = t.row("SELECT coalesce(max(ord),0)"+ofSame, r.Chat, r.Author, r.Kind, r.Ref).Scan(&last)
		return max(ord, last+1), err
	}
	rows, err := t.rows("SELECT ord"+ofSame+"AND ord>=? ORDER BY ord", r.Chat, r.Author, r.Kind, r.Ref, r.Ord)
	taken, err := scan(rows, err, func(s interface{ Scan(...any) error }) (ord int64, err error) { err = s.Scan(&ord); return })
	for _, ord := range taken {
		if ord == r.Ord {
			r.Ord++
		}
	}
	return r.Ord, err
}

// same says whether an arrival is a stored remark once more: by the name that
// the archive gave it, else by its own id if it says the same.
func (k kept) same(r Remark) bool {
	if r.StanzaID != "" && k.archived != "" {
		return r.StanzaID == k.archived
	}
	if k.name != r.name() {
		return false
	}
	if len(k.Reactions) != len(r.Reactions) || k.Kind == RemarkEdit && k.Body != r.Body && k.Body != "" {
		return false
	}
	for i, x := range k.Reactions {
		if x != r.Reactions[i] {
			return false
		}
	}
	return true
}

// meetRemark gives a stored remark the names and the place of another copy.
func (t *Tx) meetRemark(k kept, r Remark) error {
	if k.outbox != 0 {
		if _, err := t.exec("DELETE FROM outbox WHERE id=?", k.outbox); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE annotation SET outbox=0 WHERE id=?", k.id); err != nil {
			return err
		}
	}
	if r.StanzaID != "" && k.archived == "" {
		if _, err := t.exec("UPDATE annotation SET archived=? WHERE id=?", r.StanzaID, k.id); err != nil {
			return err
		}
	}
	if r.Ord == 0 || r.Ord == k.ord {
		return nil
	}
	if _, err := t.exec("UPDATE OR IGNORE annotation SET ord=? WHERE id=?", r.Ord, k.id); err != nil || k.target == 0 {
		return err
	}
	return t.refold(k.target)
}

// meant finds the message that a remark is about. found and a zero message: there
// is one of that name, but its sender has no say over it.
func (t *Tx) meant(r Remark) (m Message, found bool, err error) {
	list, err := t.named(r)
	if err != nil {
		return m, false, err
	}
	for _, m := range list {
		if r.mayTouch(m) {
			return m, true, nil
		}
	}
	return Message{}, len(list) > 0, nil
}

// named lists the messages that have the name a remark gives, the newest first:
// also by the name of one of their corrections.
func (t *Tx) named(r Remark) ([]Message, error) {
	query, args := "SELECT "+messageColumns+` FROM message WHERE id IN (SELECT message FROM message_ref WHERE chat=? AND kind IN (2,3) AND value=?)
		ORDER BY ord DESC LIMIT 20`, []any{r.Chat, r.Ref}
	if r.RefBy != "" {
		query, args = "SELECT "+messageColumns+` FROM message WHERE id IN (SELECT message FROM message_ref WHERE chat=? AND kind IN (1,4) AND value=? AND by=?)
			ORDER BY ord DESC LIMIT 20`, append(args, r.RefBy)
	}
	rows, err := t.rows(query, args...)
	list, err := scan(rows, err, scanMessage)
	if err != nil || len(list) > 0 {
		return list, err
	}
	if r.RefBy != "" && r.Kind == RemarkRetract { // older programs name it as its author did
		r.RefBy = ""
		return t.named(r)
	}
	query = "SELECT " + messageColumns + " FROM message WHERE id IN (SELECT target FROM annotation WHERE chat=? AND name=? AND name<>'' AND kind='edit') LIMIT 20"
	if r.RefBy != "" {
		query = "SELECT " + messageColumns + " FROM message WHERE id IN (SELECT target FROM annotation WHERE chat=? AND archived=? AND archived<>'' AND kind='edit') LIMIT 20"
	}
	rows, err = t.rows(query, r.Chat, r.Ref)
	return scan(rows, err, scanMessage)
}

// mayTouch says whether the sender of a remark may say it of a message.
func (r Remark) mayTouch(m Message) bool {
	switch {
	case m.Kind != Text:
		return false
	case r.Kind == RemarkReactions:
		return true
	case r.Kind == RemarkModerate, r.Author == ByArchive:
		return r.RefBy != ""
	case r.Kind == RemarkEdit && r.Enc != m.Enc, r.Outgoing != m.Outgoing:
		return false
	case r.Outgoing:
		return true
	case r.OccupantID != "" || m.OccupantID != "":
		return r.OccupantID == m.OccupantID
	case r.Since != 0:
		return r.Sender == m.Sender && r.Since > 0 && m.Ord >= r.Since
	}
	return r.Sender == m.Sender
}
