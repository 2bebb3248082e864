package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// Tx is the writer's transaction as a function handed to [Store.Write] sees
// it. It must not be kept after that function returns.
type Tx struct {
	ctx      context.Context //nolint:containedctx // the life of the transaction
	sql      *statements
	rev      uint64
	now      func() time.Time
	ahead    time.Duration // see Ahead
	behind   int64         // see Behind
	out      *int64        // see QueueStanza
	dirty    bool
	depth    int
	at       int64           // the place of the last arrival
	waits    map[ChatID]bool // chats in which something may wait for a message; see awaited
	copied   bool            // it was there already, under another name
	byName   bool            // see Named
	overtook bool            // it passed others, see Overtook
	docs     []document      // for the search index, written by finish
	lost     error           // SQLite took the whole transaction back: nothing more may be done in it
}

// At says when what follows in this transaction happened, where that is not now.
func (t *Tx) At(when time.Time) { t.now = func() time.Time { return when } }

// Now is the time that this transaction goes by.
func (t *Tx) Now() time.Time { return t.now() }

// Rev is the number that this commit will have.
func (t *Tx) Rev() uint64 { return t.rev }

// Ahead says how far the server's clock is before ours: places in a chat are
// times of the server, so that an archive's agree with those of what comes live.
func (t *Tx) Ahead(d time.Duration) { t.ahead = d }

// behindMost bounds how far before the server's clock live messages go, µs.
const behindMost = 3_600_000_000

// Behind says that what comes live stands behind a place: an archive was read up to
// there, and what it brings later of the time before lies in front of it.
func (t *Tx) Behind(ord int64) { t.behind = max(t.behind, ord) }

// serverNow is the place of what comes live: the time by the server's clock, µs.
func (t *Tx) serverNow() int64 {
	now := t.now().Add(t.ahead).UnixMicro()
	if t.behind >= now && t.behind < now+behindMost {
		return t.behind + ordStep
	}
	return now
}

// Try runs fn inside a SAVEPOINT: an error or a panic of fn takes back what it
// did and is returned, the transaction goes on.
func (t *Tx) Try(fn func(*Tx) error) error { return t.run(fn) }

func (t *Tx) run(fn func(*Tx) error) (err error) {
	name := "s" + strconv.Itoa(t.depth)
	if _, err := t.do("SAVEPOINT " + name); err != nil {
		return err
	}
	t.depth++
	docs := len(t.docs)
	defer func() {
		t.depth--
		if err != nil {
			t.docs, t.waits = t.docs[:docs], nil
			_, _ = t.do("ROLLBACK TO " + name)
		}
		if _, e := t.do("RELEASE " + name); err == nil {
			err = e
		}
	}()
	return guarded(t, fn)
}

// guarded makes a panic of fn an error.
func guarded(t *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return fn(t)
}

// finish writes the search index and the new rev, if anything was touched.
func (t *Tx) finish() error {
	if t.lost != nil {
		return t.lost
	}
	if err := t.writeIndex(); err != nil {
		return err
	}
	if !t.dirty {
		return nil
	}
	_, err := t.do("UPDATE meta SET value=? WHERE key='rev'", strconv.FormatUint(t.rev, 10))
	return err
}

func (t *Tx) exec(query string, args ...any) (sql.Result, error) {
	t.dirty = true
	return t.do(query, args...)
}

// insert adds a row and gives its number.
func (t *Tx) insert(query string, args ...any) (int64, error) {
	res, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

func (t *Tx) do(query string, args ...any) (sql.Result, error) {
	st, err := t.compiled(query)
	if err != nil {
		return nil, err
	}
	r, err := st.ExecContext(t.ctx, args...)
	t.look(err)
	return r, err
}

func (t *Tx) compiled(query string) (*sql.Stmt, error) {
	if t.lost != nil {
		return nil, t.lost
	}
	return t.sql.get(t.ctx, query)
}

// look notices an error with which SQLite may have ended the transaction by
// itself. What came after it would each be a transaction of its own, on disk
// although the caller is told that nothing is.
func (t *Tx) look(err error) {
	if endsTransaction(err) {
		t.lost = err
	}
}

// row reads one row. sql.ErrNoRows when there is none.
func (t *Tx) row(query string, args ...any) row {
	st, err := t.compiled(query)
	if err != nil {
		return row{err: err}
	}
	r := st.QueryRowContext(t.ctx, args...)
	t.look(r.Err())
	return row{Row: r}
}

// row is a *sql.Row that may have failed before it was asked for.
type row struct {
	*sql.Row
	err error
}

// Scan is that of sql.Row.
func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.Row.Scan(dest...)
}

func (t *Tx) rows(query string, args ...any) (*sql.Rows, error) {
	st, err := t.compiled(query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(t.ctx, args...)
}

// Meta reads a small setting of the profile; absent is "".
func (t *Tx) Meta(key string) (string, error) {
	var v string
	err := t.row("SELECT value FROM meta WHERE key=?", "x-"+key).Scan(&v)
	if err == sql.ErrNoRows {
		return "", nil
	}
	return v, err
}

// RaiseMeta keeps a setting unless the one that is kept begins with the same or more;
// the first twenty signs count.
func (t *Tx) RaiseMeta(key, value string) error {
	_, err := t.exec("INSERT INTO meta VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value WHERE substr(value,1,20)<substr(excluded.value,1,20)", "x-"+key, value)
	return err
}

// SetMeta keeps a small setting of the profile.
func (t *Tx) SetMeta(key, value string) error {
	_, err := t.exec("INSERT INTO meta VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value", "x-"+key, value)
	return err
}
