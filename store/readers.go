package store

import (
	"context"
	"database/sql"
	"sync/atomic"
)

// readersMax is how many may read at the same time.
const readersMax = 4

// readers are the connections that read. What is behind them changes when a
// database that could only be read can be written again.
type readers struct{ now atomic.Pointer[reading] }

type reading struct {
	*sql.DB
	dsn string
}

// use puts other connections in the place of those there are, which end when
// the last one that reads is done.
func (r *readers) use(dsn string) error {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(readersMax)
	db.SetMaxIdleConns(readersMax)
	if old := r.now.Swap(&reading{db, dsn}); old != nil {
		return old.Close()
	}
	return nil
}

func (r *readers) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.now.Load().QueryContext(ctx, query, args...)
}

func (r *readers) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.now.Load().QueryRowContext(ctx, query, args...)
}

func (r *readers) BeginTx(ctx context.Context, opt *sql.TxOptions) (*sql.Tx, error) {
	return r.now.Load().BeginTx(ctx, opt)
}

// Close ends them.
func (r *readers) Close() error {
	if db := r.now.Load(); db != nil {
		return db.Close()
	}
	return nil
}
