package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the SQLite engine, in Go
)

// Limits of one shared transaction: so many functions, or so much time.
const (
	burstMax  = 500
	burstTime = 50 * time.Millisecond
)

// How soon a store that failed looks whether it can be written again, and how
// often after that.
const (
	probeSoon = 100 * time.Millisecond
	probeTime = time.Second
)

// ErrClosed is what a [Failure] of a store wraps once [Store.Close] was called.
var ErrClosed = errors.New("the store is closed")

// Options say where and how a store opens.
type Options struct {
	Dir    string           // the folder of this profile; made with mode 0700
	Memory bool             // nothing is kept: Dir is not touched
	Key    []byte           // of a sealed database, SealKeySize bytes; one that is made is sealed with it. nil: not sealed
	Now    func() time.Time // nil: time.Now

	// At is for tests; nil: nothing. It is called on the writer's goroutine at
	// each step of a commit, by the names of the constants Point…; an error is
	// taken for the disk's.
	At func(point string) error
}

// The points at which [Options.At] is called.
const (
	PointMade      = "made"      // a new database is whole and not yet in its place
	PointMigrate   = "migrate"   // before each step of a migration is committed
	PointBegin     = "begin"     // before BEGIN
	PointChange    = "change"    // after each function of a transaction
	PointCommit    = "commit"    // before COMMIT
	PointCommitted = "committed" // after COMMIT, before anybody is told
	PointTold      = "told"      // after the callers were told
	PointProbe     = "probe"     // before a store that failed tries again
	PointSaved     = "saved"     // what could be read of a damaged database is saved
	PointAside     = "aside"     // the damaged one is moved aside, the new one not yet in its place
	PointCopied    = "copied"    // a database that is to take the place of this one, sealed or no longer so, is whole
	PointTurn      = "turn"      // before it is renamed
	PointTurned    = "turned"    // it has the place, and is not yet open
	PointClose     = "close"     // before the files are closed
)

// Store is one profile's database.
type Store struct {
	dir     string
	path    string // of the database
	now     func() time.Time
	hook    func(point string) error
	memory  string // the name of a database in memory
	opened  Opened
	looked  bool // the database was examined
	partial bool // of a shadow: not all that it stands for could be read

	seal  atomic.Pointer[sealing] // nil: the database is not sealed
	turns chan *turn
	turn  *turn // that is on its way; the writer's goroutine has it

	// The writer's goroutine has these; they are nil while the database can only be read.
	write *sql.DB
	conn  *sql.Conn
	sql   *statements
	out   int64 // the last number of an outbox row

	read    readers
	jobs    chan job
	rev     atomic.Uint64
	bad     atomic.Pointer[Failure] // nil: writes are taken
	shadows atomic.Int32            // made so far

	closing chan struct{}
	done    chan struct{}
	once    sync.Once
}

type job struct {
	fn    func(*Tx) error
	reply chan result
}

type result struct {
	rev uint64
	err error
}

// Rev is the number of the last commit. Any goroutine.
func (s *Store) Rev() uint64 { return s.rev.Load() }

// Dir is the folder of this profile.
func (s *Store) Dir() string { return s.dir }

// Failing says why the store takes nothing at present; nil: it takes what
// comes. It looks again by itself. Any goroutine.
func (s *Store) Failing() *Failure {
	select {
	case <-s.closing:
		return &Failure{Err: ErrClosed}
	default:
		return s.bad.Load()
	}
}

func (s *Store) at(point string) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(point)
}

// Write runs fn in the writer's transaction and returns when it is on disk,
// with the commit's number. Functions that arrive together share a commit; an
// error or a panic of fn takes back what fn did and nothing else. When the disk
// does not take it the error is a [*Failure], and until it does again that comes
// at once. Any goroutine but the interface's.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) (uint64, error) {
	if f := s.bad.Load(); f != nil {
		return 0, f
	}
	j := job{fn: fn, reply: make(chan result, 1)}
	select {
	case s.jobs <- j:
	case <-s.closing:
		return 0, &Failure{Err: ErrClosed}
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case r := <-j.reply:
		return r.rev, r.err
	case <-s.done:
		select {
		case r := <-j.reply:
			return r.rev, r.err
		default:
			return 0, &Failure{Err: ErrClosed}
		}
	}
}

func (s *Store) run() {
	defer close(s.done)
	var probe <-chan time.Time
	wait := probeSoon
	for {
		switch {
		case s.bad.Load() == nil:
			wait = probeSoon
		case probe == nil:
			probe, wait = time.After(wait), probeTime
		}
		select {
		case j := <-s.jobs:
			s.burst(j)
		case t := <-s.turns:
			s.beginTurn(t)
		case <-s.turn.goesOn():
			s.stepTurn()
		case <-probe:
			probe = nil
			s.probe()
		case <-s.closing:
			s.endTurn(&Failure{Err: ErrClosed})
			for {
				select {
				case j := <-s.jobs:
					s.burst(j)
				default:
					return
				}
			}
		}
	}
}

// burst commits j and whatever else waits, in one transaction.
func (s *Store) burst(first job) {
	if f := s.bad.Load(); f != nil {
		first.reply <- result{err: f}
		return
	}
	began := time.Now()
	ctx := context.Background()
	err := s.at(PointBegin)
	var sqlTx *sql.Tx
	if err == nil {
		sqlTx, err = s.conn.BeginTx(ctx, nil)
	}
	if err != nil {
		first.reply <- result{err: s.failed("begin", err, began)}
		return
	}
	tx := &Tx{ctx: ctx, sql: s.sql, rev: s.rev.Load() + 1, now: s.now, out: &s.out}
	// The first one has the transaction to itself: what it did goes with all of
	// it, which spares the SAVEPOINT around a burst of messages.
	err = guarded(tx, first.fn)
	if tx.lost == nil {
		tx.lost = s.at(PointChange)
	}
	if err != nil {
		_ = sqlTx.Rollback()
		if tx.lost != nil {
			err = s.failed("write", tx.lost, began)
		}
		first.reply <- result{err: err}
		return
	}
	type waiting struct {
		job
		err error
	}
	all := []waiting{{first, nil}}
	end := time.Now().Add(burstTime)
	for more := true; more && len(all) < burstMax && time.Now().Before(end); {
		select {
		case j := <-s.jobs:
			all = append(all, waiting{j, tx.run(j.fn)})
			if tx.lost == nil {
				tx.lost = s.at(PointChange)
			}
		default:
			more = false
		}
	}
	if err = tx.finish(); err == nil {
		err = s.at(PointCommit)
	}
	if err == nil {
		err = sqlTx.Commit()
	} else {
		_ = sqlTx.Rollback()
	}
	if err != nil {
		err = s.failed("commit", err, began)
	} else {
		s.rev.Store(tx.rev)
		_ = s.at(PointCommitted)
	}
	for _, w := range all {
		if err != nil {
			w.err = err // nothing of any of them is stored
		}
		w.reply <- result{tx.rev, w.err}
	}
	_ = s.at(PointTold)
}

// failed notes that the disk refused; an error of another kind changes nothing.
func (s *Store) failed(what string, err error, since time.Time) error {
	f := failureOf(s.diagnose(err))
	if f == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s.refuse(f.Reason, fmt.Errorf("%s: %w", what, f.Err), since)
	return s.bad.Load()
}

// refuse notes why nothing is taken. The writer's goroutine, or before it runs.
func (s *Store) refuse(r Reason, err error, since time.Time) {
	f := &Failure{Reason: r, Since: since, Err: err, over: make(chan struct{})}
	for {
		old := s.bad.Load()
		if old != nil {
			f.Since, f.over = old.Since, old.over
			if old.Reason == Damaged {
				return
			}
		}
		f.Over = f.over
		if s.bad.CompareAndSwap(old, f) {
			break
		}
	}
	if r == Damaged {
		s.noteDamage()
	}
}

// probe looks whether the disk takes writes again. The writer's goroutine.
func (s *Store) probe() {
	f := s.bad.Load()
	if f == nil || f.Reason == Damaged {
		return // a damaged database is replaced at the next start, not while its rows are in use
	}
	err := s.at(PointProbe)
	if err == nil && s.opened.How != InMemory && (s.conn == nil || f.Reason != Full && f.Reason != Locked) {
		// A file that was opened where nothing may be written stays so.
		err = s.reopen(context.Background())
	}
	if err == nil {
		err = s.tryWrite(context.Background())
	}
	if err != nil {
		_ = s.failed("probe", err, f.Since)
		return
	}
	// A reader may have met damage meanwhile.
	if s.bad.CompareAndSwap(f, nil) {
		close(f.over)
	}
}

// tryWrite writes what changes nothing, and does not wait for a lock: the
// accounts only look whether the store works, nobody waits for this.
func (s *Store) tryWrite(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, "PRAGMA busy_timeout=100"); err != nil {
		return err
	}
	defer func() { _, _ = s.conn.ExecContext(ctx, "PRAGMA busy_timeout=5000") }()
	// As large as a burst, so that the last free page of a disk does not call it well.
	_, err := s.conn.ExecContext(ctx, `INSERT INTO meta VALUES ('probe', hex(zeroblob(60000))) ON CONFLICT (key) DO UPDATE SET value=excluded.value`)
	if _, e := s.conn.ExecContext(ctx, "DELETE FROM meta WHERE key='probe'"); err == nil {
		err = e
	}
	return err
}

// Close waits for what was handed to Write and closes the files.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.closing) })
	<-s.done
	_ = s.at(PointClose)
	err := errors.Join(s.read.Close(), s.closeWriter())
	s.endSealing()
	return err
}

func (s *Store) closeWriter() error {
	if s.write == nil {
		return nil
	}
	s.endTurn(errTurn)
	var err error
	if s.conn != nil {
		err = errors.Join(s.sql.close(), s.conn.Close())
	}
	err = errors.Join(err, s.write.Close())
	s.write, s.conn, s.sql = nil, nil, nil
	return err
}
