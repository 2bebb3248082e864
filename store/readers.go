package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"
)

// readersMax is how many may read at the same time.
const readersMax = 4

// readers are the connections that read. What is behind them changes when a
// database that could only be read can be written again.
type readers struct {
	now  atomic.Pointer[reading]
	gate sync.RWMutex // held while nobody may begin to read
}

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
	r.gate.RLock()
	defer r.gate.RUnlock()
	return r.now.Load().QueryContext(ctx, query, args...)
}

func (r *readers) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	r.gate.RLock()
	defer r.gate.RUnlock()
	return r.now.Load().QueryRowContext(ctx, query, args...)
}

func (r *readers) BeginTx(ctx context.Context, opt *sql.TxOptions) (*sql.Tx, error) {
	r.gate.RLock()
	defer r.gate.RUnlock()
	return r.now.Load().BeginTx(ctx, opt)
}

// pauseTime is how long who reads may take until the readers are at rest.
const pauseTime = 3 * time.Second

// pause lets nobody begin to read and waits for those who do; who begins meanwhile
// waits for resume. false: they took too long, and everything is as it was.
func (r *readers) pause() bool {
	until := time.NewTimer(pauseTime)
	defer until.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !r.gate.TryLock() {
		select {
		case <-look.C:
		case <-until.C:
			return false
		}
	}
	old := r.now.Load()
	_ = old.Close() // those who read go on, their connections end behind them
	if !r.ended(until.C) {
		_ = r.use(old.dsn)
		r.gate.Unlock()
		return false
	}
	return true
}

// resume is the end of a pause.
func (r *readers) resume() { r.gate.Unlock() }

// ended waits until the last connection of closed readers is closed; false: it took
// too long.
func (r *readers) ended(until <-chan time.Time) bool {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for db := r.now.Load(); db != nil && db.Stats().OpenConnections > 0; {
		select {
		case <-look.C:
		case <-until:
			return false
		}
	}
	return true
}

// Close ends them.
func (r *readers) Close() error {
	if db := r.now.Load(); db != nil {
		return db.Close()
	}
	return nil
}
