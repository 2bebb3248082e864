package store

import (
	"context"
	"encoding/json"
	"strings"
)

// File is the file that a message brings, or one of ours that is on its way. What
// others say of a file is remote text and may be false.
type File struct {
	URL    string `json:"url,omitempty"`    // https, where it can be had; "": it is not uploaded yet
	Name   string `json:"name,omitempty"`   // as its sender calls it
	Size   int64  `json:"size,omitempty"`   // bytes; 0: not said
	Type   string `json:"type,omitempty"`   // media type
	SHA256 string `json:"sha256,omitempty"` // of its content, in lower case hexadecimal digits

	Path    string   `json:"path,omitempty"`    // ours: where it is read from
	Copy    bool     `json:"copy,omitempty"`    // ours: Path is a copy that belongs to the line
	Problem string   `json:"problem,omitempty"` // ours: why it was not uploaded, a word of the catalogue
	Args    []string `json:"args,omitempty"`    // of Problem

	Saved   string   `json:"saved,omitempty"`   // where it was saved to
	Checked bool     `json:"checked,omitempty"` // what was saved has the size and the sum that were told
	Picture *Picture `json:"picture,omitempty"` // it, made small, because somebody wanted to see it
	Version string   `json:"version,omitempty"` // by which its host knows the part that was fetched
}

func readFile(text string) *File {
	if text == "" {
		return nil
	}
	f := new(File)
	if json.Unmarshal([]byte(text), f) != nil {
		return nil
	}
	return f
}

func (f *File) text() string {
	if f == nil {
		return ""
	}
	b, err := json.Marshal(f)
	if err != nil {
		return ""
	}
	return string(b)
}

// Alone says that a message is nothing but its file: its text is the address, or
// the name of a file that has none yet.
func (m *Message) Alone() bool {
	return m.File != nil && (strings.TrimSpace(m.Body) == m.File.URL || m.File.URL == "")
}

// SetFile keeps what is known of the file of a message.
func (t *Tx) SetFile(id MessageID, f File) error {
	_, err := t.exec("UPDATE message SET file=?, rev=? WHERE id=?", f.text(), t.rev, id)
	return err
}

// Prepare stores a line of ours that has no stanza yet, because its file is not
// uploaded. Lines that are typed meanwhile do not wait for it.
func (t *Tx) Prepare(d Draft) (MessageID, error) {
	id, err := t.newLine(d, Preparing)
	if err != nil {
		return 0, err
	}
	if _, err := t.exec("UPDATE chat SET open=1, rev=? WHERE id=?", t.rev, d.Chat); err != nil {
		return 0, err
	}
	c, err := t.Chat(d.Chat)
	if err != nil {
		return 0, err
	}
	return id, t.MarkRead(d.Chat, c.LastOrd)
}

// Prepared puts a line into the outbox whose file is uploaded: behind all that was
// typed before now.
func (t *Tx) Prepared(id MessageID, d Draft) (OutboxID, error) {
	m, err := t.Message(id)
	if err != nil {
		return 0, err
	}
	ord, err := t.unusedOrd(unsentBase + t.now().UnixMicro())
	if err != nil {
		return 0, err
	}
	if err := t.place(m, ord); err != nil {
		return 0, err
	}
	if _, err := t.exec("UPDATE message SET body=?, digest=?, sender=?, nick=?, file=?, state=?, error='', rev=? WHERE id=?",
		d.Body, digest(d.Body, nil), d.Sender, d.Nick, d.File.text(), Queued, t.rev, id); err != nil {
		return 0, err
	}
	t.unindex(ord)
	t.index(d.Chat, ord, sought(d.Body, d.File))
	if err := t.step(id, "queued", ""); err != nil {
		return 0, err
	}
	return t.QueueStanza(d.Chat, id, "message", d.Bytes)
}

// PrepareAgain takes a line whose file was not uploaded up once more.
func (t *Tx) PrepareAgain(id MessageID, f File) error {
	if _, err := t.exec("UPDATE message SET state=?, error='', file=?, rev=? WHERE id=?", Preparing, f.text(), t.rev, id); err != nil {
		return err
	}
	return t.step(id, "again", "")
}

// Unprepared ends a line whose file was not uploaded; f says why.
func (t *Tx) Unprepared(id MessageID, f File) error {
	if err := t.SetFile(id, f); err != nil {
		return err
	}
	return t.SetState(id, Failed, "")
}

// Interrupted lists the lines of an account whose files were on their way when the
// program ended.
func (s *Store) Interrupted(ctx context.Context, a AccountID) (list []Message, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, "SELECT "+messageColumns+" FROM message WHERE state=? AND outgoing AND chat IN (SELECT id FROM chat WHERE account=?)", Preparing, a)
	return scan(rows, err, scanMessage)
}
