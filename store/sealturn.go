package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"modernc.org/sqlite"
)

// A database becomes sealed, or ceases to be, as a copy: SQLite copies page by page
// into a new file while the store goes on, what is written meanwhile goes into both,
// and at the end one rename puts the copy in its place. Whenever that is interrupted,
// the database that has the name is whole.

const (
	turnPages = 100                   // are copied at once
	turnTime  = 10 * time.Millisecond // of copying, before whoever waits to write has a turn
	turnTries = 3
)

// errTurn says that a copy was given up: the database was opened anew, or somebody
// reads without end.
var errTurn = errors.New("the database was in use")

// turn is a change between sealed and not sealed.
type turn struct {
	to    *sealing // nil: not sealed
	reply chan error
	copy  *sqlite.Backup
	old   *os.File // what had the place, to be overwritten; nil: that cannot be
}

// always is a channel from which something comes at any time.
var always = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

// goesOn never says anything of no turn.
func (t *turn) goesOn() <-chan struct{} {
	if t == nil {
		return nil
	}
	return always
}

// Seal seals the database under a key and returns when nothing that is in it lies on
// the disk in clear: the old file is overwritten, as far as the system lets one, and
// copies of damaged databases are sealed too. Writing and reading go on meanwhile. A
// sealed database is left as it is. Any goroutine but the interface's.
func (s *Store) Seal(ctx context.Context, key []byte) error {
	if s.Sealed() {
		return s.turnCopies(s.seal.Load().sealFile, false)
	}
	t, err := s.turnTo(ctx, key)
	if err != nil {
		return err
	}
	if t.old != nil {
		overwrite(t.old)
	}
	return s.turnCopies(t.to.sealFile, false)
}

// Unseal makes the database one that anybody can read who has its file. Any goroutine
// but the interface's.
func (s *Store) Unseal(ctx context.Context) error {
	seal := s.seal.Load()
	if seal == nil {
		return nil
	}
	// Its copies first: with the database the key is given up.
	if err := s.turnCopies(seal.openFile, true); err != nil {
		return err
	}
	_, err := s.turnTo(ctx, nil)
	return err
}

// turnTo tries a few times, for who reads long. nil: not sealed.
func (s *Store) turnTo(ctx context.Context, key []byte) (t *turn, err error) {
	for range turnTries {
		t = &turn{reply: make(chan error, 1)}
		if key != nil {
			if t.to, err = newSealing(key); err == nil {
				err = t.to.register()
			}
			if err != nil {
				return nil, err
			}
		}
		if err = s.turnNow(ctx, t); !errors.Is(err, errTurn) {
			break
		}
	}
	return t, err
}

func (s *Store) turnNow(ctx context.Context, t *turn) error {
	select {
	case s.turns <- t:
	case <-s.closing:
		t.drop()
		return &Failure{Err: ErrClosed}
	case <-ctx.Done():
		t.drop()
		return ctx.Err()
	}
	select {
	case err := <-t.reply:
		return err
	case <-s.done:
		select {
		case err := <-t.reply:
			return err
		default:
			return &Failure{Err: ErrClosed}
		}
	}
}

// drop forgets the key of a turn that did not happen.
func (t *turn) drop() {
	if t.to != nil {
		t.to.stop()
	}
}

// beginTurn begins to copy. The writer's goroutine, as all that follows.
func (s *Store) beginTurn(t *turn) {
	fail := func(err error) {
		_ = os.Remove(s.path + ".new")
		t.drop()
		t.reply <- err
	}
	switch f := s.bad.Load(); {
	case f != nil:
		fail(f)
		return
	case s.turn != nil:
		fail(errTurn)
		return
	case s.opened.How != OnDisk || s.conn == nil:
		fail(&Failure{Err: errTurn})
		return
	}
	path := s.path + ".new"
	_ = os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		fail(err)
		return
	}
	if t.to != nil {
		_, err = f.Write(t.to.headBytes())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		// Without a journal: half a copy is thrown away.
		uri := uriOf(path, t.to) + "_pragma=journal_mode(OFF)&_pragma=synchronous(FULL)"
		err = s.conn.Raw(func(c any) (err error) {
			copier, ok := c.(interface {
				NewBackup(uri string) (*sqlite.Backup, error)
			})
			if !ok {
				return errors.ErrUnsupported
			}
			t.copy, err = copier.NewBackup(uri)
			return err
		})
	}
	if err != nil {
		fail(err)
		return
	}
	s.turn = t
}

// endTurn gives a turn up, if there is one.
func (s *Store) endTurn(why error) {
	t := s.turn
	if t == nil {
		return
	}
	s.turn = nil
	if t.copy != nil {
		_ = s.conn.Raw(func(any) error { return t.copy.Finish() })
	}
	_ = os.Remove(s.path + ".new")
	t.drop()
	t.reply <- why
}

// stepTurn copies some pages, and ends the turn behind the last.
func (s *Store) stepTurn() {
	if f := s.bad.Load(); f != nil { // accounts go on beside the disk meanwhile
		s.endTurn(f)
		return
	}
	t, more, began := s.turn, true, time.Now()
	err := s.conn.Raw(func(any) (err error) {
		for more && err == nil && time.Since(began) < turnTime {
			more, err = t.copy.Step(turnPages)
		}
		return err
	})
	if err == nil && !more {
		err = s.conn.Raw(func(any) error { return t.copy.Finish() })
		t.copy = nil
		if err == nil {
			err = s.finishTurn(t)
		}
	}
	switch {
	case err != nil:
		s.turn = t
		s.endTurn(err)
	case !more:
		s.turn = nil
		t.reply <- nil
	}
}

// finishTurn puts the copy in the place of the database. Nothing is written meanwhile.
func (s *Store) finishTurn(t *turn) error {
	ctx := context.Background()
	if err := s.examineCopy(ctx, t); err != nil {
		return err
	}
	if err := s.at(PointCopied); err != nil {
		return err
	}
	if !s.read.pause() {
		return errTurn
	}
	var busy, frames, done int
	err := s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done)
	s.turn = nil // closing the writer does not end it
	err = errors.Join(err, s.closeWriter())
	if err == nil && s.hasLog() {
		err = errTurn // its log would be played into the copy
	}
	was := s.seal.Load()
	if err == nil {
		if was == nil && runtime.GOOS != "windows" { // there an open file cannot be replaced
			t.old, _ = os.OpenFile(s.path, os.O_RDWR, 0)
		}
		_ = os.Remove(s.path + "-shm")
		if err = s.at(PointTurn); err == nil {
			err = os.Rename(s.path+".new", s.path)
		}
	}
	if err == nil {
		s.seal.Store(t.to)
		_ = syncFolder(s.dir)
		_ = s.at(PointTurned)
		if was != nil {
			was.stop()
		}
	} else if t.old != nil {
		_ = t.old.Close()
		t.old = nil
	}
	// Whatever came of it, what has the name is open again.
	if e := s.openAgain(ctx); e != nil {
		_ = s.failed("reopen", e, time.Now())
		if s.bad.Load() == nil {
			s.refuse(Failing, e, time.Now())
		}
	}
	return err
}

// openAgain opens the database and lets those who wait read.
func (s *Store) openAgain(ctx context.Context) error {
	// The readers are at rest: openWriter gives them their connections itself.
	err := s.openWriter(ctx)
	if err != nil {
		_ = s.closeWriter()
		_ = s.read.use(s.dsn(s.path, true)) // they see for themselves
	}
	s.read.resume()
	return err
}

// examineCopy reads the copy as the next start would.
func (s *Store) examineCopy(ctx context.Context, t *turn) error {
	db, err := sql.Open("sqlite", uriOf(s.path+".new", t.to)+"immutable=1&"+pragmas(true).Encode())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := examine(ctx, c, true); err != nil {
		return fmt.Errorf("the copy: %w", err)
	}
	const counted = "SELECT (SELECT value FROM meta WHERE key='rev') || ' ' || (SELECT count(*) FROM message) || ' ' || (SELECT count(*) FROM outbox)"
	var is, was string
	if err := c.QueryRowContext(ctx, counted).Scan(&is); err != nil {
		return err
	}
	if err := syncFile(s.path + ".new"); err != nil {
		return err
	}
	if err := s.conn.QueryRowContext(ctx, counted).Scan(&was); err != nil {
		return err
	}
	if is != was {
		return fmt.Errorf("the copy has %s, not %s", is, was) //nolint:goerr113 // a fault of ours
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
