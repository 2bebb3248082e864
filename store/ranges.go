package store

import (
	"context"
	"database/sql"
)

// Range is a part of an archive that we hold without a gap, both ends with it
// (XEP-0313). Its ends have the archive's names and our places.
type Range struct {
	ID       int64  // 0: not stored yet
	With     string // only messages with this address; "": all
	FirstID  string // "": it begins where the archive begins
	FirstOrd int64
	LastID   string
	LastOrd  int64
}

// Empty says that the archive had nothing when it was read, and nothing that it has
// since is held yet.
func (r Range) Empty() bool { return r.ID != 0 && r.LastID == "" }

const rangeColumns = "id, coalesce(with_jid,''), first_id, first_ord, last_id, last_ord"

func scanRange(r interface{ Scan(...any) error }) (x Range, err error) {
	err = r.Scan(&x.ID, &x.With, &x.FirstID, &x.FirstOrd, &x.LastID, &x.LastOrd)
	return x, err
}

const rangesOf = "SELECT " + rangeColumns + " FROM range WHERE account=? AND archive=? AND coalesce(with_jid,'')=? ORDER BY last_ord DESC, id DESC"

// Ranges lists what we hold of an archive, the newest range first. with "": of
// all of it; else of the part with that address alone.
func (t *Tx) Ranges(a AccountID, archive, with string) ([]Range, error) {
	rows, err := t.rows(rangesOf, a, archive, with)
	return scan(rows, err, scanRange)
}

// PutRange stores a range and gives it its ID when it is new.
func (t *Tx) PutRange(a AccountID, archive string, r Range) (Range, error) {
	if r.ID != 0 {
		_, err := t.exec("UPDATE range SET first_id=?, first_ord=?, last_id=?, last_ord=? WHERE id=?", r.FirstID, r.FirstOrd, r.LastID, r.LastOrd, r.ID)
		return r, err
	}
	with := sql.NullString{String: r.With, Valid: r.With != ""}
	id, err := t.insert("INSERT INTO range (account, archive, with_jid, first_id, first_ord, last_id, last_ord) VALUES (?,?,?,?,?,?,?)",
		a, archive, with, r.FirstID, r.FirstOrd, r.LastID, r.LastOrd)
	r.ID = id
	return r, err
}

// MoveRange moves the end of a range on.
func (t *Tx) MoveRange(id int64, lastID string, lastOrd int64) error {
	_, err := t.exec("UPDATE range SET last_id=?, last_ord=? WHERE id=? AND last_ord<?", lastID, lastOrd, id, lastOrd)
	return err
}

// DropRange forgets a range: it became part of another.
func (t *Tx) DropRange(id int64) error {
	_, err := t.exec("DELETE FROM range WHERE id=?", id)
	return err
}

// Gap is a part of a chat that we do not hold and that an archive may have.
type Gap struct {
	After  int64 // the ord behind which messages may be missing
	Before int64 // the ord before which they may be missing
	Gone   bool  // the archive does not have that time any more
}

// Coverage says how much of a chat we hold.
type Coverage struct {
	Gaps   []Gap // newest first
	Oldest bool  // nothing older is to be had from the archive
	Known  bool  // an archive was read at all
}

// gapsMax bounds the gaps told of one chat.
const gapsMax = 100

// Coverage reads how much of a chat we hold of its archive: the room's for a
// room, else our own account's.
func (s *Store) Coverage(ctx context.Context, chat ChatID) (cov Coverage, err error) {
	err = s.view(ctx, func(v view) error {
		var a AccountID
		var kind ChatKind
		var jid, nick, archive, with string
		row, err := v.query("SELECT c.account, c.kind, c.jid, c.nick, a.jid FROM chat c JOIN account a ON a.id=c.account WHERE c.id=?", chat)
		if err != nil {
			return err
		}
		found := row.Next()
		if found {
			err = row.Scan(&a, &kind, &jid, &nick, &archive)
		}
		_ = row.Close()
		if err != nil || !found {
			return err
		}
		switch kind {
		case Room:
			archive = jid
		case Private:
			with = jid + "/" + nick
		default:
			with = jid
		}
		rows, err := v.query(rangesOf, a, archive, "")
		all, err := scan(rows, err, scanRange)
		if err != nil || len(all) == 0 {
			return err
		}
		if n := len(all) - 1; n > 0 && all[n].Empty() {
			all = all[:n] // below the oldest line that is held nothing may be missing: it is asked for
		}
		var own []Range
		if with != "" {
			rows, err := v.query(rangesOf, a, archive, with)
			if own, err = scan(rows, err, scanRange); err != nil {
				return err
			}
		}
		cov = coverage(all, own)
		if bottom := all[len(all)-1]; !cov.Oldest && len(cov.Gaps) < gapsMax {
			// Lines that came by themselves before the archive was ever read.
			rows, err := v.query("SELECT ord FROM message WHERE chat=? AND ord<? AND kind=0 ORDER BY ord DESC LIMIT 1", chat, lowest(bottom, own))
			ords, err := scan(rows, err, func(r interface{ Scan(...any) error }) (o int64, err error) {
				err = r.Scan(&o)
				return o, err
			})
			if err != nil {
				return err
			}
			for _, o := range ords {
				cov.Gaps = append(cov.Gaps, Gap{After: o, Before: lowest(bottom, own)})
			}
		}
		return nil
	})
	return cov, err
}

// lowest is where begins what is held of a chat down from the oldest range.
func lowest(bottom Range, own []Range) int64 {
	ord := bottom.FirstOrd
	for _, r := range own {
		if r.LastOrd >= bottom.FirstOrd {
			ord = min(ord, r.FirstOrd)
		}
	}
	return ord
}

// Newest finds the newest message that an archive named; an empty ID: none.
func (s *Store) Newest(ctx context.Context, a AccountID, archive string) (r Range, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT r.value, m.ord FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.account=? AND r.kind=1 AND r.by=? ORDER BY m.ord DESC LIMIT 1`, a, archive).Scan(&r.LastID, &r.LastOrd)
	if err == sql.ErrNoRows {
		err = nil
	}
	r.FirstID, r.FirstOrd = r.LastID, r.LastOrd
	return r, err
}

// PlaceOf is where the message stands that an archive gave a name; 0: there is none.
func (s *Store) PlaceOf(ctx context.Context, a AccountID, archive, name string) (ord int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(m.ord),0) FROM message_ref r JOIN message m ON m.id=r.message
		WHERE r.chat IN (SELECT id FROM chat WHERE account=?) AND r.kind=1 AND r.value=? AND r.by=? AND m.ord<?`, a, name, archive, unsentBase).Scan(&ord)
	return ord, err
}

// coverage puts together what is held of everything and of one address alone.
func coverage(all, own []Range) (c Coverage) {
	c.Known = len(all) > 0
	covered := func(from, to int64) bool {
		for _, r := range own {
			if (r.FirstOrd <= from || r.FirstID == "") && r.LastOrd >= to {
				return true
			}
		}
		return false
	}
	for i := 0; i+1 < len(all); i++ {
		newer, older := all[i], all[i+1]
		if len(c.Gaps) < gapsMax && !covered(older.LastOrd, newer.FirstOrd) {
			c.Gaps = append(c.Gaps, Gap{After: older.LastOrd, Before: newer.FirstOrd, Gone: newer.FirstID == ""})
		}
	}
	if len(all) == 0 {
		return c
	}
	bottom := all[len(all)-1]
	c.Oldest = bottom.FirstID == ""
	for _, r := range own {
		c.Oldest = c.Oldest || r.FirstID == "" && r.LastOrd >= bottom.FirstOrd
	}
	return c
}

// Ranges lists what we hold of an archive, the newest range first.
func (s *Store) Ranges(ctx context.Context, a AccountID, archive, with string) ([]Range, error) {
	rows, err := s.read.QueryContext(ctx, rangesOf, a, archive, with)
	return scan(rows, err, scanRange)
}
