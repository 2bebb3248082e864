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
	ctx   context.Context
	tx    *sql.Tx
	rev   uint64
	now   func() time.Time
	dirty bool
	depth int
}

// Rev is the number that this commit will have.
func (t *Tx) Rev() uint64 { return t.rev }

// Try runs fn inside a SAVEPOINT: an error or a panic of fn takes back what it
// did and is returned, the transaction goes on.
func (t *Tx) Try(fn func(*Tx) error) error { return t.run(fn) }

func (t *Tx) run(fn func(*Tx) error) (err error) {
	name := "s" + strconv.Itoa(t.depth)
	if _, err := t.tx.ExecContext(t.ctx, "SAVEPOINT "+name); err != nil {
		return err
	}
	t.depth++
	defer func() {
		t.depth--
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			_, _ = t.tx.ExecContext(t.ctx, "ROLLBACK TO "+name)
		}
		if _, e := t.tx.ExecContext(t.ctx, "RELEASE "+name); err == nil {
			err = e
		}
	}()
	return fn(t)
}

// finish writes the new rev, if anything was touched.
func (t *Tx) finish() error {
	if !t.dirty {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, "UPDATE meta SET value=? WHERE key='rev'", strconv.FormatUint(t.rev, 10))
	return err
}

func (t *Tx) exec(query string, args ...any) (sql.Result, error) {
	t.dirty = true
	return t.tx.ExecContext(t.ctx, query, args...)
}

func (t *Tx) row(query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(t.ctx, query, args...)
}

func (t *Tx) rows(query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(t.ctx, query, args...)
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

// SetMeta keeps a small setting of the profile.
func (t *Tx) SetMeta(key, value string) error {
	_, err := t.exec("INSERT INTO meta VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value", "x-"+key, value)
	return err
}
