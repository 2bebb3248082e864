package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Saved counts what could be read of a damaged database.
type Saved struct {
	Messages int
	Unsent   int // lines of ours that no server has
	Drafts   int
	Lost     int // unsent lines of which only a part could be read: they cannot be sent
}

// salvageTime bounds how long a start may take for it.
const salvageTime = 30 * time.Second

// salvage copies what can be read of the damaged database into a new one. What
// cannot be read is passed over; an error is one of the new database.
func (s *Store) salvage(ctx context.Context, to *sql.Conn) (Saved, error) {
	var saved Saved
	old, end := s.openDamaged(ctx)
	defer end()
	if old == nil {
		return saved, nil
	}
	until, cancel := context.WithTimeout(ctx, salvageTime)
	defer cancel()
	// Each part stands in the new one before what it belongs to can be missing.
	if _, err := to.ExecContext(ctx, "PRAGMA foreign_keys=0"); err != nil {
		return saved, err
	}
	sqlTx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return saved, err
	}
	defer func() { _ = sqlTx.Rollback() }()
	parts, err := salvageParts(ctx, to)
	if err != nil {
		return saved, err
	}
	whole := true
	for _, p := range parts {
		all, err := p.copy(until, old, to)
		if err != nil {
			return saved, err
		}
		whole = whole && all
	}
	if !whole {
		// What is missing may lie inside what an archive is held of: it fills that.
		if _, err := to.ExecContext(ctx, "DELETE FROM range"); err != nil {
			return saved, err
		}
	}
	st := newStatements(to)
	tx := &Tx{ctx: ctx, sql: st, rev: 1, now: s.now, out: &s.out}
	saved, err = tx.join()
	if err == nil {
		err = tx.finish()
	}
	if err == nil {
		err = sqlTx.Commit()
	}
	return saved, errors.Join(err, st.close())
}

// salvageParts lists the tables that are copied: all but what is made anew.
func salvageParts(ctx context.Context, c *sql.Conn) ([]salvagePart, error) {
	rows, err := c.QueryContext(ctx, `SELECT t.name, coalesce((SELECT group_concat(name, ', ') FROM
		(SELECT name FROM pragma_table_info(t.name) WHERE pk>0 ORDER BY pk)), ''), t.wr FROM pragma_table_list t
		WHERE t.schema='main' AND t.type='table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'search%'
		AND t.name NOT IN ('caps', 'quarantine') ORDER BY t.name`)
	return scan(rows, err, func(r interface{ Scan(...any) error }) (p salvagePart, err error) {
		var noRowid bool
		if err = r.Scan(&p.table, &p.sorted, &noRowid); !noRowid {
			p.sorted = ""
		}
		return p, err
	})
}

// join takes out what has lost what it belongs to, and makes the rest agree.
func (t *Tx) join() (saved Saved, err error) {
	if err := t.row("SELECT 1+max((SELECT coalesce(max(rev), 0) FROM message), (SELECT coalesce(max(rev), 0) FROM chat))").Scan(&t.rev); err != nil {
		return saved, err
	}
	for _, q := range []string{
		"DELETE FROM chat WHERE account NOT IN (SELECT id FROM account)",
		"DELETE FROM message WHERE chat NOT IN (SELECT id FROM chat)",
		// A message without its names would come a second time from the archive.
		"DELETE FROM message WHERE kind=0 AND id NOT IN (SELECT message FROM message_ref)",
		"UPDATE annotation SET target=NULL WHERE target NOT IN (SELECT id FROM message)",
		"UPDATE account SET roster_ver=''", // the whole roster comes at the next login
	} {
		if _, err := t.exec(q); err != nil {
			return saved, err
		}
	}
	res, err := t.exec("DELETE FROM outbox WHERE message NOT IN (SELECT id FROM message)")
	if err != nil {
		return saved, err
	}
	lost, err := res.RowsAffected()
	if err != nil {
		return saved, err
	}
	// A line whose stanza is gone must not look as if it were on its way.
	if res, err = t.exec(`UPDATE message SET state=?, error='' WHERE outgoing AND state IN (?,?,?)
		AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT NULL)`, Failed, Queued, Preparing, Written); err != nil {
		return saved, err
	}
	failed, err := res.RowsAffected()
	if err != nil {
		return saved, err
	}
	saved.Lost = int(lost + failed)
	if err := t.dropOrphans(); err != nil {
		return saved, err
	}
	for _, c := range []struct {
		to    *int
		query string
	}{{&saved.Messages, "SELECT count(*) FROM message"}, {&saved.Unsent, "SELECT count(*) FROM outbox WHERE message IS NOT NULL"},
		{&saved.Drafts, "SELECT count(*) FROM chat WHERE draft<>''"}} {
		if err := t.row(c.query).Scan(c.to); err != nil {
			return saved, err
		}
	}
	chats, err := column[ChatID](t.rows("SELECT id FROM chat"))
	if err != nil {
		return saved, err
	}
	for _, id := range chats {
		if _, err := t.exec("UPDATE chat SET last_ord=coalesce((SELECT max(ord) FROM message WHERE chat=?1 AND ord<?2), 0) WHERE id=?1", id, unsentBase); err != nil {
			return saved, err
		}
		if err := t.recount(id); err != nil {
			return saved, err
		}
	}
	return saved, t.indexAll()
}

// dropOrphans deletes what refers to rows that are not there, as the deletion of
// those would have.
func (t *Tx) dropOrphans() error {
	type reference struct{ table, column, parent, key string }
	rows, err := t.rows(`SELECT t.name, f."from", f."table", coalesce(f."to", 'id') FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f
		WHERE t.schema='main' AND t.type='table'`)
	refs, err := scan(rows, err, func(r interface{ Scan(...any) error }) (x reference, err error) {
		err = r.Scan(&x.table, &x.column, &x.parent, &x.key)
		return x, err
	})
	if err != nil {
		return err
	}
	for gone := int64(1); gone > 0; { // what is deleted may leave others behind
		gone = 0
		for _, x := range refs {
			res, err := t.exec(fmt.Sprintf("DELETE FROM %[1]s WHERE %[2]s IS NOT NULL AND %[2]s NOT IN (SELECT %[4]s FROM %[3]s)", x.table, x.column, x.parent, x.key))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			gone += n
		}
	}
	return nil
}

// indexAll puts every text into the search index.
func (t *Tx) indexAll() error {
	rows, err := t.rows("SELECT chat, ord, body, file FROM message WHERE kind=0 AND body IS NOT NULL")
	list, err := scan(rows, err, func(r interface{ Scan(...any) error }) (d document, err error) {
		var file string
		err = r.Scan(&d.chat, &d.ord, &d.body, &file)
		d.body = sought(d.body, readFile(file))
		return d, err
	})
	for _, d := range list {
		t.index(d.chat, d.ord, d.body)
	}
	return err
}

// salvagePart is a table of which the rows are copied that can be read.
type salvagePart struct {
	table  string
	sorted string // its key, where it has no rowid
}

// copy copies a table and says whether all of it could be read. An error is one of to.
func (p salvagePart) copy(ctx context.Context, from *sql.DB, to *sql.Conn) (whole bool, err error) {
	known, err := column[string](to.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", p.table))
	if err != nil {
		return false, err
	}
	c := copying{ctx: ctx, to: to, table: p.table, known: known}
	if p.sorted != "" {
		// From both ends: what is unreadable is in between.
		if c.run(from, "SELECT * FROM "+p.table+" ORDER BY "+p.sorted); c.unreadable && c.err == nil {
			c.run(from, "SELECT * FROM "+p.table+" ORDER BY "+strings.ReplaceAll(p.sorted, ",", " DESC,")+" DESC")
		}
		return !c.unreadable, c.err
	}
	// The newest first. Behind what is unreadable it goes on with ever wider steps.
	below, step, broken := int64(1<<63-1), int64(1), false
	for below > 0 && ctx.Err() == nil && c.err == nil {
		c.last, c.unreadable = 0, false
		c.run(from, "SELECT rowid, * FROM "+p.table+" WHERE rowid<? ORDER BY rowid DESC", below)
		if !c.unreadable {
			return !broken, c.err
		}
		broken = true
		if c.last != 0 && c.last < below {
			below, step = c.last, 1
			continue
		}
		if below == 1<<63-1 {
			// The end of the table is gone: numbers are small, but those above 2^61 are none.
			below = 1 << 40
			continue
		}
		below, step = below-step, step*2
	}
	return false, c.err
}

// copying inserts what queries of one table give.
type copying struct {
	ctx        context.Context //nolint:containedctx // the life of the copy
	to         *sql.Conn
	table      string
	known      []string // its columns in the new database
	last       int64    // the rowid of the last row copied
	unreadable bool     // a query ended before its end
	err        error    // of the new database
}

func (c *copying) run(from *sql.DB, query string, args ...any) {
	rows, err := from.QueryContext(c.ctx, query, args...)
	if err != nil {
		c.unreadable = true
		return
	}
	defer func() { _ = rows.Close() }()
	cols, err := rows.Columns()
	if err != nil {
		c.unreadable = true
		return
	}
	var names, marks []string
	var at []int // of the columns that both have
	skip := 0
	if len(args) > 0 {
		skip = 1
	}
	if len(cols)-skip == len(c.known) {
		copy(cols[skip:], c.known) // by their place: a name may be damaged
	}
	for i, name := range cols {
		if i >= skip && slices.Contains(c.known, name) {
			names, marks, at = append(names, `"`+name+`"`), append(marks, "?"), append(at, i)
		}
	}
	if len(at) == 0 {
		return
	}
	insert, err := c.to.PrepareContext(c.ctx, "INSERT OR IGNORE INTO "+c.table+" ("+strings.Join(names, ",")+") VALUES ("+strings.Join(marks, ",")+")") //nolint:gosec // our own names
	if err != nil {
		c.err = err
		return
	}
	defer func() { _ = insert.Close() }()
	values, into, row := make([]any, len(cols)), make([]any, len(cols)), make([]any, len(at))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			c.unreadable = true
			return
		}
		for i, j := range at {
			row[i] = values[j]
		}
		if _, err := insert.ExecContext(c.ctx, row...); err != nil {
			if f := failureOf(err); f != nil {
				c.err = err
				return
			}
			continue // it breaks a rule of the schema: it was damaged
		}
		if id, ok := values[0].(int64); ok && skip == 1 {
			c.last = id
		}
	}
	c.unreadable = c.unreadable || rows.Err() != nil
}

// openDamaged opens the damaged database for reading, without changing it. nil:
// nothing can be read of it. end closes what was opened.
func (s *Store) openDamaged(ctx context.Context) (db *sql.DB, end func()) {
	open := func(path string) *sql.DB {
		db, err := sql.Open("sqlite", s.uri(path)+"mode=ro&_pragma=query_only(1)")
		if err != nil {
			return nil
		}
		var n int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name='message'").Scan(&n); err != nil || n == 0 {
			_ = db.Close()
			return nil
		}
		return db
	}
	if st, err := os.Stat(s.path); err == nil && st.Size() > 0 {
		if db := open(s.path); db != nil {
			return db, func() { _ = db.Close() }
		}
	}
	// Its first bytes may be all that is wrong, or that it is too short.
	path := s.path + ".mend"
	remove := func() {
		for _, name := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + name)
		}
	}
	if err := copyMended(path, s.path, s.seal.Load()); err != nil {
		remove()
		return nil, func() {}
	}
	if db = open(path); db == nil {
		remove()
		return nil, func() {}
	}
	return db, func() { _ = db.Close(); remove() }
}

// pageSize is that of every database that this program made.
const pageSize = 4096

// copyMended copies a database with its log and writes the header anew that
// every database of this program has (sqlite.org/fileformat.html §1.3).
func copyMended(to, from string, seal *sealing) error {
	for _, name := range []string{"", "-wal"} {
		copied := copyFile
		if seal != nil {
			copied = seal.rescueFile
		}
		if err := copied(to+name, from+name); err != nil && (name == "" || !errors.Is(err, os.ErrNotExist)) {
			return err
		}
	}
	f, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if seal != nil {
		err = mendHeader(sealedFile{seal, osDisk{f}, sealedDatabase}.seen())
	} else {
		err = mendHeader(osDisk{f})
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func mendHeader(f disk) error {
	size, err := f.size()
	if err != nil {
		return err
	}
	pages := max(1, (size+pageSize-1)/pageSize)
	if err := f.truncate(pages * pageSize); err != nil {
		return err
	}
	h := make([]byte, 100)
	if _, err := f.readAt(h, 0); err != nil {
		return err
	}
	copy(h, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(h[16:], pageSize)
	h[18], h[19] = 2, 2 // WAL
	h[20] = 0
	h[21], h[22], h[23] = 64, 32, 32
	binary.BigEndian.PutUint32(h[28:], uint32(pages)) //nolint:gosec // below 2^32 pages
	copy(h[92:96], h[24:28])                          // the count is good for this size
	for i := 32; i < 40; i++ {
		h[i] = 0 // no free pages: nothing is written
	}
	binary.BigEndian.PutUint32(h[44:], 4) // schema format
	binary.BigEndian.PutUint32(h[56:], 1) // UTF-8
	for i := 52; i < 56; i++ {
		h[i] = 0 // no auto-vacuum
	}
	for i := 64; i < 92; i++ {
		h[i] = 0
	}
	return f.writeAt(h, 0)
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil {
		err = fmt.Errorf("copy %s: %w", from, err)
	}
	return errors.Join(err, out.Close())
}
