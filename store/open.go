package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// databaseName is the file of a profile's database.
const databaseName = "sotto.db"

// How a store is open.
type How int

// The ways, from the best to the worst.
const (
	OnDisk     How = iota
	Unwritable     // the database can be read and not be written; it is tried again
	InMemory       // there is none that could be used: nothing outlives the program
)

// Opened says how a store came to be open.
type Opened struct {
	How   How
	Why   *Failure // of Unwritable and InMemory
	Moved string   // a damaged database was found and is kept here; empty: none was
	Saved Saved    // what could be read of it
}

// Opened says how the store came to be open. Any goroutine.
func (s *Store) Opened() Opened { return s.opened }

// Open opens the database below opt.Dir and makes it when it is not there. One
// that is damaged is moved aside and replaced; where the disk cannot be written
// the store is open all the same, see [Store.Opened]. [ErrNewer] when the
// database belongs to a newer program.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Store{dir: opt.Dir, path: filepath.Join(opt.Dir, databaseName), now: opt.Now, hook: opt.At, jobs: make(chan job, 64), turns: make(chan *turn),
		closing: make(chan struct{}), done: make(chan struct{})}
	err := s.takeKey(opt)
	if err != nil {
		return nil, err
	}
	if opt.Memory {
		err = s.openMemory(ctx)
		s.opened.How = InMemory
	} else {
		err = s.openDisk(ctx)
	}
	if err != nil {
		_ = s.read.Close()
		_ = s.closeWriter()
		s.endSealing()
		return nil, err
	}
	go s.run()
	return s, nil
}

// openDisk opens the database, or what can stand in for it.
func (s *Store) openDisk(ctx context.Context) error {
	err := os.MkdirAll(s.dir, 0o700)
	if err == nil {
		err = s.openWriter(ctx)
	}
	if f := failureOf(err); f != nil && f.Reason == Damaged {
		_ = s.closeWriter()
		if err = s.replace(ctx); err == nil {
			err = s.openWriter(ctx)
		}
	}
	if err == nil {
		return nil
	}
	_ = s.closeWriter()
	f := failureOf(s.diagnose(err))
	if f == nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	if f.Reason == Locked || f.Reason == Damaged {
		return f
	}
	s.opened.Why = f
	s.opened.How = Unwritable
	if s.openReadOnly(ctx) == nil {
		s.refuse(f.Reason, f.Err, time.Now())
		return nil
	}
	s.opened.How = InMemory
	return s.openMemory(ctx)
}

// openWriter opens the database to be read and written.
func (s *Store) openWriter(ctx context.Context) error {
	if err := s.settle(); err != nil {
		return err
	}
	switch st, err := os.Lstat(s.path); {
	case errors.Is(err, os.ErrNotExist) && s.looked:
		return err // somebody took it away; another one has other numbers
	case errors.Is(err, os.ErrNotExist):
		if err := s.create(ctx, nil); err != nil {
			return err
		}
	case err == nil && st.Size() == 0:
		// It is never made empty. SQLite would throw the log away.
		return fmt.Errorf("%w: it is empty", errDamaged)
	}
	if !s.looked {
		if err := s.examineSeal(); err != nil {
			return err
		}
	}
	suspect := s.suspect()
	if !suspect && !s.looked { // what a log holds may be newer
		if err := s.examineHeader(); err != nil {
			return err
		}
	}
	if err := s.connect(ctx, s.dsn(s.path, false)); err != nil {
		return err
	}
	if err := examine(ctx, s.conn, suspect && !s.looked); err != nil {
		return err
	}
	s.looked = true // while it is ours nobody else writes to it
	if err := migrate(ctx, s.conn, s.at); err != nil {
		var e *sqlite.Error
		if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR {
			return fmt.Errorf("%w: its schema is not what it says: %w", errDamaged, err)
		}
		return err
	}
	if err := s.readRev(s.conn.QueryRowContext(ctx, revQuery)); err != nil {
		return err
	}
	if suspect {
		s.forgetDamage()
	}
	return s.read.use(s.dsn(s.path, true))
}

// connect opens the writer's connection.
func (s *Store) connect(ctx context.Context, dsn string) (err error) {
	if s.write, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if s.conn, err = s.write.Conn(ctx); err != nil {
		return err
	}
	s.sql = newStatements(s.conn)
	return nil
}

// reopen opens the database again to be written.
func (s *Store) reopen(ctx context.Context) error {
	_ = s.closeWriter()
	err := s.openWriter(ctx)
	if err != nil {
		_ = s.closeWriter()
	}
	return err
}

// openReadOnly opens the database without writing anything beside it. What
// stands in a write-ahead log cannot be seen so: that would be half the truth.
func (s *Store) openReadOnly(ctx context.Context) error {
	// A log can be read only if its index is there, since none can be made.
	from := s.dsn(s.path, true)
	if !s.hasLog() {
		from = s.uri(s.path) + "immutable=1&" + pragmas(true).Encode()
	}
	if err := s.read.use(from); err != nil {
		return err
	}
	var have int
	if err := s.read.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if newest, err := newestSchema(); err != nil || have != newest {
		return fmt.Errorf("schema %d cannot be read as it is: %w", have, err)
	}
	return s.readRev(s.read.QueryRowContext(ctx, revQuery))
}

// openMemory makes a database that ends with the store.
func (s *Store) openMemory(ctx context.Context) error {
	s.memory = "file:/sotto-" + rand.Text() + "?vfs=memdb&"
	if err := s.connect(ctx, s.memory+pragmas(false).Encode()); err != nil {
		return err
	}
	if err := migrate(ctx, s.conn, s.at); err != nil {
		return err
	}
	return s.read.use(s.memory + pragmas(true).Encode())
}

const revQuery = "SELECT value FROM meta WHERE key='rev'"

func (s *Store) readRev(row *sql.Row) error {
	var text string
	if err := row.Scan(&text); err != nil {
		return err
	}
	rev, err := strconv.ParseUint(text, 10, 64)
	if err == nil {
		s.rev.Store(rev)
	}
	return err
}

// pragmas are what every connection must set. FULL: a commit that returned is
// on the disk.
func pragmas(readOnly bool) url.Values {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(5000)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "foreign_keys(1)")
	q.Add("_pragma", "temp_store(MEMORY)")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return q
}

// dsn names the database of a file. WAL: who reads and who writes do not wait
// for each other.
func (s *Store) dsn(path string, readOnly bool) string {
	q := pragmas(readOnly)
	q.Add("_pragma", "journal_mode(WAL)")
	return s.uri(path) + q.Encode()
}

// uri names a file of the database for SQLite; parameters follow.
func (s *Store) uri(path string) string { return uriOf(path, s.seal.Load()) }

func uriOf(path string, seal *sealing) string {
	uri := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	if seal != nil {
		uri += "vfs=" + seal.name + "&"
	}
	return uri
}

// diagnose finds out what the system says where SQLite only says that it cannot.
func (s *Store) diagnose(err error) error {
	f := failureOf(err)
	if f == nil || f.Reason != Failing || s.memory != "" || errors.Is(err, ErrClosed) {
		return err
	}
	file, oserr := os.OpenFile(s.path, os.O_RDWR, 0)
	if oserr == nil {
		_ = file.Close()
	}
	if oserr == nil || errors.Is(oserr, os.ErrNotExist) {
		oserr = s.tryFile()
	}
	if oserr == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", oserr, err)
}

// tryFile writes a file as large as the smallest that SQLite needs.
func (s *Store) tryFile() error {
	f, err := os.CreateTemp(s.dir, "try-")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 64<<10))
	if e := f.Close(); err == nil {
		err = e
	}
	if e := os.Remove(f.Name()); err == nil {
		err = e
	}
	return err
}
