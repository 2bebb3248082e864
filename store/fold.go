package store

import (
	"encoding/json"
	"slices"
)

// Fold is what the annotations of a message come to. It must not be changed.
type Fold struct {
	Edited    int64      `json:"e,omitempty"` // µs: when the text shown was written; 0: it is the first one
	Removed   string     `json:"x,omitempty"` // [RemarkRetract] or [RemarkModerate]: the text is gone
	By        string     `json:"b,omitempty"` // moderate: the moderator's nick
	Reason    string     `json:"w,omitempty"`
	Reactions []Reaction `json:"r,omitempty"` // the most frequent first
	Flag      string     `json:"f,omitempty"` // [FlagForeign] or [FlagUnknown]
}

// Reaction counts who answered a message with a sign.
type Reaction struct {
	Sign string `json:"s"`
	N    int    `json:"n"`
	Own  bool   `json:"o,omitempty"`
}

// Why a correction is shown as a message of its own.
const (
	FlagForeign = "foreign" // its sender has no say over that message
	FlagUnknown = "unknown" // that message is not here
)

// signsMax is how many different reactions to a message are counted.
const signsMax = 32

func (f Fold) text() string {
	b, err := json.Marshal(f)
	if err != nil || string(b) == "{}" {
		return ""
	}
	return string(b)
}

func readFold(s string) *Fold {
	if s == "" {
		return nil
	}
	f := new(Fold)
	if json.Unmarshal([]byte(s), f) != nil {
		return nil
	}
	return f
}

// refold makes a message what its annotations come to, in the order of their
// places.
func (t *Tx) refold(id MessageID) error {
	m, err := t.Message(id)
	if err != nil {
		return err
	}
	rows, err := t.rows("SELECT "+keptColumns+" FROM annotation WHERE target=? AND kind IN "+remarkKinds+" ORDER BY ord, id", id)
	list, err := scan(rows, err, scanKept)
	if err == nil {
		list, err = t.newestSets(list)
	}
	if err != nil {
		return err
	}
	f := Fold{}
	if m.Fold != nil {
		f.Flag = m.Fold.Flag
	}
	var edits []kept
	counts := map[string]*Reaction{}
	var signs []*Reaction
	for _, k := range list {
		switch k.Kind {
		case RemarkEdit:
			edits = append(edits, k)
		case RemarkRetract, RemarkModerate:
			if f.Removed == "" {
				f.Removed, f.By, f.Reason = k.Kind, k.By, k.Reason
			}
		case RemarkReactions:
			for _, s := range k.Reactions {
				if counts[s] == nil {
					if len(signs) >= signsMax {
						continue
					}
					counts[s] = &Reaction{Sign: s}
					signs = append(signs, counts[s])
				}
				counts[s].N++
				counts[s].Own = counts[s].Own || k.Outgoing
			}
		}
	}
	slices.SortStableFunc(signs, func(a, b *Reaction) int { return b.N - a.N })
	for _, s := range signs {
		f.Reactions = append(f.Reactions, *s)
	}
	if m.Gone {
		return t.blank(m, Fold{}, edits)
	}
	if f.Removed != "" {
		f.Reactions = nil
		return t.blank(m, f, edits)
	}
	for len(edits) > editsMax {
		if _, err := t.exec("DELETE FROM annotation WHERE id=?", edits[0].id); err != nil {
			return err
		}
		edits = edits[1:]
	}
	return t.showNewest(m, f, edits)
}

// foldNewest is refold for a correction that stands behind all others: the rest of
// the fold stays, and need not be read. false: it is no such one.
func (t *Tx) foldNewest(m Message, r Remark) (bool, error) {
	if r.Kind != RemarkEdit || m.Gone || m.Fold != nil && m.Fold.Removed != "" {
		return false, nil
	}
	var edits int
	var last int64
	if err := t.row("SELECT count(*), max(ord) FROM annotation WHERE target=? AND kind='edit'", m.ID).Scan(&edits, &last); err != nil || last != r.Ord {
		return false, err
	}
	if edits > editsMax {
		if _, err := t.exec("DELETE FROM annotation WHERE id IN (SELECT id FROM annotation WHERE target=? AND kind='edit' ORDER BY ord, id LIMIT ?)", m.ID, edits-editsMax); err != nil {
			return false, err
		}
	}
	f := Fold{}
	if m.Fold != nil {
		f = *m.Fold
	}
	return true, t.showNewest(m, f, []kept{{Remark: r}})
}

// showNewest gives a message the text of its newest correction, or its first one
// back.
func (t *Tx) showNewest(m Message, f Fold, edits []kept) error {
	var first *string
	if err := t.row("SELECT original FROM message WHERE id=?", m.ID).Scan(&first); err != nil {
		return err
	}
	body, original := m.Body, any(nil)
	switch {
	case m.NoBody: // there is nothing to be corrected
		edits = nil
	case len(edits) > 0:
		last := edits[len(edits)-1]
		if first == nil {
			first = &body
		}
		original, f.Edited = *first, last.Stamp
		body = last.Body
	case first != nil:
		body = *first
	}
	if _, err := t.exec("UPDATE message SET fold=?, rev=? WHERE id=?", f.text(), t.rev, m.ID); err != nil {
		return err
	}
	if m.NoBody || body == m.Body && (first == nil) == (original == nil) {
		return nil
	}
	if _, err := t.exec("UPDATE message SET body=?, original=? WHERE id=?", body, original, m.ID); err != nil {
		return err
	}
	t.unindex(m.Ord)
	t.index(m.Chat, m.Ord, sought(body, m.File))
	return t.touchReplies(m.ID)
}

// blank takes the text of a message away, wherever it stands: its versions, the
// index, and what answers to it quote.
func (t *Tx) blank(m Message, f Fold, edits []kept) error {
	if _, err := t.exec("UPDATE message SET body=NULL, original=NULL, enc_error='', file='', link='', shape='', fold=?, rev=? WHERE id=?", f.text(), t.rev, m.ID); err != nil {
		return err
	}
	for _, k := range edits {
		if k.Body == "" {
			continue
		}
		k.Body = ""
		b, err := json.Marshal(k.Remark)
		if err != nil {
			return err
		}
		if _, err := t.exec("UPDATE annotation SET payload=? WHERE id=?", b, k.id); err != nil {
			return err
		}
	}
	if !m.NoBody {
		t.unindex(m.Ord)
	}
	if _, err := t.exec("UPDATE message SET reply_quote='', rev=? WHERE reply_target=?", t.rev, m.ID); err != nil {
		return err
	}
	return nil
}

// touchReplies shows the answers to a message anew: they quote it.
func (t *Tx) touchReplies(id MessageID) error {
	_, err := t.exec("UPDATE message SET rev=? WHERE reply_target=?", t.rev, id)
	return err
}

// newestSets keeps of each sender the set of reactions that stands last: each is
// all that they answer with (XEP-0444 §4.1). list is in the order of the places.
func (t *Tx) newestSets(list []kept) ([]kept, error) {
	last := map[string]int64{}
	for _, k := range list {
		if k.Kind == RemarkReactions {
			last[k.Author] = k.id
		}
	}
	var err error
	return slices.DeleteFunc(list, func(k kept) bool {
		if k.Kind != RemarkReactions || last[k.Author] == k.id || err != nil {
			return false
		}
		_, err = t.exec("DELETE FROM annotation WHERE id=?", k.id)
		return true
	}), err
}

// newestWaiting does the same with what waits for a message.
func (t *Tx) newestWaiting(r Remark) error {
	if r.Kind != RemarkReactions {
		return nil
	}
	list, err := t.remarksOf(r)
	if err == nil {
		_, err = t.newestSets(slices.DeleteFunc(list, func(k kept) bool { return k.target != 0 }))
	}
	return err
}
