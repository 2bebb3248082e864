package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
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

// ErrClosed is returned once [Store.Close] was called.
var ErrClosed = errors.New("the store is closed")

// Options say where and how a store opens.
type Options struct {
	Dir string           // the folder of this profile; made with mode 0700
	Now func() time.Time // nil: time.Now
}

// Store is one profile's database.
type Store struct {
	dir   string
	now   func() time.Time
	write *sql.DB
	conn  *sql.Conn // the writer's
	sql   *statements
	read  *sql.DB
	jobs  chan job
	rev   atomic.Uint64

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

// Open opens the database below opt.Dir and makes it when it is not there.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", opt.Dir, err)
	}
	path := filepath.Join(opt.Dir, "sotto.db")
	// SQLite gives -wal and -shm the mode of the database, so make it first.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	s := &Store{dir: opt.Dir, now: opt.Now, jobs: make(chan job, 64),
		closing: make(chan struct{}), done: make(chan struct{})}
	if s.write, err = sql.Open("sqlite", dsn(path, false)); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if s.conn, err = s.write.Conn(ctx); err != nil {
		_ = s.write.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err = s.prepare(ctx, path); err != nil {
		_ = s.conn.Close()
		_ = s.write.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s.sql = newStatements(s.conn)
	go s.run()
	return s, nil
}

func (s *Store) prepare(ctx context.Context, path string) error {
	if err := migrate(ctx, s.conn); err != nil {
		return err
	}
	var text string
	if err := s.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE key='rev'").Scan(&text); err != nil {
		return err
	}
	rev, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return err
	}
	s.rev.Store(rev)
	if s.read, err = sql.Open("sqlite", dsn(path, true)); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	return nil
}

// dsn names the database with what every connection must set. FULL: a commit
// that returned is on the disk.
func dsn(path string, readOnly bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(5000)")
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "foreign_keys(1)")
	q.Add("_pragma", "temp_store(MEMORY)")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Rev is the number of the last commit. Any goroutine.
func (s *Store) Rev() uint64 { return s.rev.Load() }

// Write runs fn in the writer's transaction and returns when it is on disk,
// with the commit's number. Functions that arrive together share a commit; an
// error or a panic of fn takes back what fn did and nothing else. Any goroutine
// but the interface's.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) (uint64, error) {
	j := job{fn: fn, reply: make(chan result, 1)}
	select {
	case s.jobs <- j:
	case <-s.closing:
		return 0, ErrClosed
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
			return 0, ErrClosed
		}
	}
}

func (s *Store) run() {
	defer close(s.done)
	for {
		select {
		case j := <-s.jobs:
			s.burst(j)
		case <-s.closing:
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
	ctx := context.Background()
	sqlTx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		first.reply <- result{err: fmt.Errorf("begin: %w", err)}
		return
	}
	tx := &Tx{ctx: ctx, sql: s.sql, rev: s.rev.Load() + 1, now: s.now}
	// The first one has the transaction to itself: what it did goes with all of
	// it, which spares the SAVEPOINT around a burst of messages.
	if err := guarded(tx, first.fn); err != nil {
		_ = sqlTx.Rollback()
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
		default:
			more = false
		}
	}
	if err = tx.finish(); err == nil {
		err = sqlTx.Commit()
	} else {
		_ = sqlTx.Rollback()
	}
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
	} else {
		s.rev.Store(tx.rev)
	}
	for _, w := range all {
		if w.err == nil {
			w.err = err
		}
		w.reply <- result{tx.rev, w.err}
	}
}

// Close waits for what was handed to Write and closes the files.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.closing) })
	<-s.done
	return errors.Join(s.read.Close(), s.sql.close(), s.conn.Close(), s.write.Close())
}

// Dir is the folder of this profile.
func (s *Store) Dir() string { return s.dir }
