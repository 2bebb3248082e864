package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A database that is not what it was is never mended in place: what can be read
// of it goes into a new one, and the old one stays beside it for whoever wants
// to look.

// errDamaged says that the database is not what it was.
var errDamaged = errors.New("the database is damaged")

const (
	// asideMax is how many damaged databases are kept.
	asideMax = 3
	// wholeMax is the size up to which a database that was not closed in order is
	// read as a whole at the start: 7 ms for each MB.
	wholeMax = 64 << 20
	// checkTime bounds the look at a larger one.
	checkTime = time.Second
)

// Beside sotto.db there may stand:
//
//	sotto.db-wal, -shm          SQLite's own
//	sotto.db.new                a database that is being made
//	sotto.db.ready              one that is whole, and waits for the damaged one to go
//	sotto.db.suspect            damage was met while the program ran
//	sotto.db.broken-<date>      a damaged one, with its -wal

// settle ends what an earlier start began.
func (s *Store) settle() error {
	for _, name := range []string{".new", ".new-journal", ".mend", ".mend-wal", ".mend-shm"} {
		if err := os.Remove(s.path + name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	_, err := os.Lstat(s.path)
	if err == nil {
		_ = os.Remove(s.path + ".ready") // the damaged one is in its place still: begin again
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	// A log without its database would be played into the next one.
	if s.hasLog() {
		if err := s.aside(); err != nil {
			return err
		}
	}
	_ = os.Remove(s.path + "-wal")
	_ = os.Remove(s.path + "-shm")
	if err := os.Rename(s.path+".ready", s.path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// suspect says whether the database must be looked at: it was not closed in
// order, or damage was met.
func (s *Store) suspect() bool {
	return s.hasLog() || exists(s.path+".suspect")
}

// hasLog says whether a write-ahead log is there and has something.
func (s *Store) hasLog() bool {
	st, err := os.Stat(s.path + "-wal")
	return err == nil && st.Size() > 0
}

func (s *Store) noteDamage() {
	if s.memory == "" {
		_ = os.WriteFile(s.path+".suspect", nil, 0o600)
	}
}

func (s *Store) forgetDamage() { _ = os.Remove(s.path + ".suspect") }

// doubt looks at an error of a reader.
func (s *Store) doubt(err error) error {
	if f := failureOf(err); f != nil && f.Reason == Damaged {
		s.refuse(Damaged, err, time.Now())
	}
	return err
}

// examineHeader looks at the numbers of the file's first bytes that SQLite
// believes until it is too late (sqlite.org/fileformat.html §1.3).
func (s *Store) examineHeader() error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	d := s.seen(f)
	size, err := d.size()
	if err != nil {
		return err
	}
	h := make([]byte, 100)
	if n, err := d.readAt(h, 0); err != nil || n < len(h) {
		return errors.Join(err, fmt.Errorf("%w: it is too short", errDamaged))
	}
	pages := uint32(size / pageSize) //nolint:gosec // below 2^32 pages
	trunk, free := binary.BigEndian.Uint32(h[32:]), binary.BigEndian.Uint32(h[36:])
	if size%pageSize != 0 || h[18] > 2 || h[19] > 2 || trunk > pages || free >= pages || (trunk == 0) != (free == 0) {
		return fmt.Errorf("%w: its header", errDamaged)
	}
	return nil
}

// examine looks whether a database is one of ours and whole: always at what
// costs nothing, at all of it when it is suspect.
func examine(ctx context.Context, c *sql.Conn, suspect bool) error {
	have, err := schemaOf(ctx, c)
	if err != nil {
		return err
	}
	if suspect {
		if err := examineAll(ctx, c); err != nil {
			return err
		}
	}
	if have == 0 {
		return fmt.Errorf("%w: it has no schema", errDamaged)
	}
	if err := checkSchema(ctx, c); err != nil {
		return err
	}
	for _, table := range []string{"account", "chat", "message", "message_ref", "annotation", "outbox", "range", "roster_item", "request", "blocked", "room", "meta"} {
		if _, err := c.ExecContext(ctx, "SELECT 1 FROM "+table+" LIMIT 1"); err != nil { //nolint:gosec // our own names
			return fmt.Errorf("%w: %s: %w", errDamaged, table, err)
		}
	}
	return nil
}

func examineAll(ctx context.Context, c *sql.Conn) error {
	var pages, size int64
	if err := c.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size); err != nil {
		return err
	}
	query := "PRAGMA integrity_check(1)" // of the search index too
	if pages*size > wholeMax {
		query = "PRAGMA quick_check(1)"
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, checkTime)
		defer cancel()
	}
	var verdict string
	err := c.QueryRowContext(ctx, query).Scan(&verdict)
	switch {
	case ctx.Err() != nil && pages*size > wholeMax:
		return nil // no damage so far; should there be some, it will be met
	case err != nil:
		return err
	case verdict != "ok":
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return nil
}

// create makes a database in one step: a name that is there is a database that
// is whole. fill puts into it what it begins with; nil: nothing.
func (s *Store) create(ctx context.Context, fill func(*sql.Conn) error) (err error) {
	path := s.path + ".new"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := s.begin(f); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
			_ = os.Remove(path + "-journal")
		}
	}()
	db, err := sql.Open("sqlite", s.uri(path)+pragmas(false).Encode())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err == nil {
		if err = migrate(ctx, c, s.at); err == nil && fill != nil {
			err = fill(c)
		}
		err = errors.Join(err, c.Close())
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := s.at(PointMade); err != nil {
		return err
	}
	to := s.path
	if fill != nil {
		to += ".ready"
	}
	if err := os.Rename(path, to); err != nil {
		return err
	}
	return syncFolder(s.dir)
}

// replace puts a new database in the place of a damaged one, with what can be
// read of that. Whenever it is interrupted, the next start can do it again.
func (s *Store) replace(ctx context.Context) error {
	var saved Saved
	if err := s.create(ctx, func(c *sql.Conn) (err error) { saved, err = s.salvage(ctx, c); return err }); err != nil {
		return err
	}
	if err := s.at(PointSaved); err != nil {
		return err
	}
	if err := s.aside(); err != nil {
		return err
	}
	s.opened.Saved = saved
	if err := s.at(PointAside); err != nil {
		return err
	}
	s.forgetDamage()
	return nil // openWriter puts the new one in its place
}

// aside renames the database and its log, and keeps the last few of them.
func (s *Store) aside() error {
	var to string
	for when := s.now(); to == "" || exists(to) || exists(to+"-wal"); when = when.Add(time.Millisecond) {
		to = s.path + ".broken-" + when.Format("20060102-150405.000") // the names sort by age
	}
	// The log goes last: without its database it is known for what it is.
	for _, name := range []string{"", "-wal"} {
		if err := os.Rename(s.path+name, to+name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	_ = os.Remove(s.path + "-shm")
	s.opened.Moved = to
	old, err := filepath.Glob(s.path + ".broken-*")
	if err != nil {
		return err
	}
	var names []string // each once, with or without its log
	for _, name := range old {
		if name = strings.TrimSuffix(strings.TrimSuffix(name, "-wal"), "-shm"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-asideMax)] {
		_ = os.Remove(name)
		_ = os.Remove(name + "-wal")
		_ = os.Remove(name + "-shm")
	}
	return syncFolder(s.dir)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// syncFolder makes a rename outlive a loss of power, where the system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // not every system syncs a folder
	return f.Close()
}
