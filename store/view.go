package store

import (
	"context"
	"database/sql"
	"strconv"
)

// view is a read transaction: everything read through it is of one commit.
type view struct {
	ctx context.Context
	tx  *sql.Tx
	rev uint64
}

func (s *Store) view(ctx context.Context, fn func(view) error) (err error) {
	defer func() { _ = s.doubt(err) }()
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	v := view{ctx: ctx, tx: tx}
	var text string
	if err := tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key='rev'").Scan(&text); err != nil {
		return err
	}
	if v.rev, err = strconv.ParseUint(text, 10, 64); err != nil {
		return err
	}
	return fn(v)
}

func (v view) query(q string, args ...any) (*sql.Rows, error) {
	return v.tx.QueryContext(v.ctx, q, args...)
}

// scan reads every row with one and closes rows. Its first two arguments are a
// query's results.
func scan[T any](rows *sql.Rows, err error, one func(interface{ Scan(...any) error }) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		v, err := one(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// Meta reads a small setting of the profile; absent is "". Any goroutine but the interface's.
func (s *Store) Meta(ctx context.Context, key string) (string, error) {
	var v string
	err := s.read.QueryRowContext(ctx, "SELECT value FROM meta WHERE key=?", "x-"+key).Scan(&v)
	if err == sql.ErrNoRows {
		return "", nil
	}
	return v, err
}
