package store

import (
	"context"
	"database/sql"
)

// Step is a state that a message reached.
type Step struct {
	At     int64  // µs
	Step   string // queued, written, sent, delivered, displayed, failed, unsure, again, dropped
	Detail string // who said so, or why; may be remote text
}

// stepsMax bounds the steps kept of one message.
const stepsMax = 50

var stepWords = map[State]string{Queued: "queued", Preparing: "preparing", Written: "written", Sent: "sent", Delivered: "delivered",
	Displayed: "displayed", Failed: "failed", Unsure: "unsure"}

// step notes what happened to a line of ours.
func (t *Tx) step(id MessageID, step, detail string) error {
	_, err := t.exec("INSERT INTO message_step (message, at, step, detail) SELECT ?1,?2,?3,?4 WHERE (SELECT count(*) FROM message_step WHERE message=?1)<?5",
		id, t.now().UnixMicro(), step, detail, stepsMax)
	return err
}

// Ref is a name by which servers or peers know a message.
type Ref struct {
	Kind   string // stanza-id, origin-id, id
	By     string // stanza-id: the archive that gave it
	Sender string
	Value  string
}

// Inspection is all that is known of a message.
type Inspection struct {
	Message
	Arrived  int64  // µs, when it came here; 0: not known
	Via      string // how: live, carbon, archive, offline, replay; "" for what was typed here
	Refs     []Ref
	Steps    []Step
	Versions []Version
	Reactors []Reactor
	Waiting  bool // its stanza is in the outbox still
	Tries    int  // how often it was given to a link
}

// Version is a text that a message has or had.
type Version struct {
	At   int64 // µs, when it was written
	Body string
}

// Reactor is who answered a message with signs.
type Reactor struct {
	Name     string // nick or address
	Outgoing bool
	Signs    []string
}

// remarks reads the versions of a message, the first one first, and who reacted.
func (v view) remarks(x *Inspection) error {
	rows, err := v.query("SELECT "+keptColumns+" FROM annotation WHERE target=? AND kind IN ('edit','reactions') ORDER BY ord LIMIT 1500", x.ID)
	list, err := scan(rows, err, scanKept)
	if err != nil {
		return err
	}
	for _, k := range list {
		x.remark(k)
	}
	if len(x.Versions) == 0 {
		return nil
	}
	var first sql.NullString
	if err := v.tx.QueryRowContext(v.ctx, "SELECT original FROM message WHERE id=?", x.ID).Scan(&first); err != nil {
		return err
	}
	x.Versions = append([]Version{{x.Stamp, first.String}}, x.Versions...)
	return nil
}

// Inspect reads all that is known of a message. sql.ErrNoRows when there is none.
func (s *Store) Inspect(ctx context.Context, id MessageID) (x Inspection, err error) {
	err = s.view(ctx, func(v view) error {
		row := v.tx.QueryRowContext(v.ctx, "SELECT "+messageColumns+" FROM message WHERE id=?", id)
		if x.Message, err = scanMessage(row); err != nil {
			return err
		}
		if err := v.tx.QueryRowContext(v.ctx, "SELECT arrived, via FROM message WHERE id=?", id).Scan(&x.Arrived, &x.Via); err != nil {
			return err
		}
		rows, err := v.query("SELECT kind, by, sender, value FROM message_ref WHERE message=? ORDER BY kind, by, value LIMIT 20", id)
		if x.Refs, err = scan(rows, err, scanRef); err != nil {
			return err
		}
		rows, err = v.query("SELECT at, step, detail FROM message_step WHERE message=? ORDER BY rowid", id)
		if x.Steps, err = scan(rows, err, func(r interface{ Scan(...any) error }) (s Step, err error) {
			err = r.Scan(&s.At, &s.Step, &s.Detail)
			return s, err
		}); err != nil {
			return err
		}
		if err := v.remarks(&x); err != nil {
			return err
		}
		rows, err = v.query("SELECT tries FROM outbox WHERE message=?", id)
		tries, err := scan(rows, err, func(r interface{ Scan(...any) error }) (n int, err error) {
			err = r.Scan(&n)
			return n, err
		})
		if len(tries) > 0 {
			x.Waiting, x.Tries = true, tries[0]
		}
		return err
	})
	return x, err
}

func scanRef(r interface{ Scan(...any) error }) (x Ref, err error) {
	var kind int
	err = r.Scan(&kind, &x.By, &x.Sender, &x.Value)
	x.Kind = map[int]string{refStanza: "stanza-id", refOrigin: "origin-id", refID: "id", refNotice: "about"}[kind]
	return x, err
}
