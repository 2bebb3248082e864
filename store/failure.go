package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Reason is why the disk takes nothing.
type Reason int

// The reasons. All but Damaged may pass by themselves.
const (
	Failing  Reason = iota // it does not say why
	Full                   // no room is left
	ReadOnly               // it may not be written
	Locked                 // another program holds the database
	Damaged                // the database is not what it was; it is replaced at the next start
)

// Failure is the error of a write that the disk did not take, as opposed to one
// of the function that was to write: nothing of it is stored.
type Failure struct {
	Reason Reason
	Since  time.Time // when it began to refuse
	Err    error
	Over   <-chan struct{} // closed when writes are taken again; nil: they will not be

	over chan struct{}
}

func (f *Failure) Error() string { return fmt.Sprintf("the store takes nothing: %v", f.Err) }

// Unwrap gives the error of the system or of SQLite.
func (f *Failure) Unwrap() error { return f.Err }

// failureOf tells an error of the disk from one of the caller's; nil: it is none.
func failureOf(err error) *Failure {
	var f *Failure
	if err == nil || errors.As(err, &f) {
		return f
	}
	if r, ok := reasonOf(err); ok {
		return &Failure{Reason: r, Err: err}
	}
	return nil
}

func reasonOf(err error) (Reason, bool) {
	// What the system says is worth more than what SQLite makes of it.
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return Full, true
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ReadOnly, true
	case errors.Is(err, syscall.EIO), errors.Is(err, ErrClosed):
		return Failing, true
	case errors.Is(err, errDamaged):
		return Damaged, true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return Failing, false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return Full, true
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return ReadOnly, true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return Locked, true
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return Damaged, true
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return Failing, true
	}
	return Failing, false
}

// endsTransaction says whether SQLite may have taken a transaction back by
// itself with this error.
func endsTransaction(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
