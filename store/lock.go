package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// HeldError says that another program holds the profile.
type HeldError struct {
	Dir string
	PID int // 0: not known
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("the profile %s is held by process %d", e.Dir, e.PID)
}

// errHeld is what the system's lock says when another process has it.
var errHeld = errors.New("held")

// Lock holds a profile for this process until Close. The system drops it when
// the process ends, however it ends.
type Lock struct{ f *os.File } // nil: there is nothing that could be held

// Acquire takes the profile below dir, or returns a *HeldError. A folder in
// which nothing can be written needs no lock where there is none.
func Acquire(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		if failureOf(err) != nil {
			return &Lock{}, nil
		}
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil && failureOf(err) != nil {
		if f, err = os.Open(path); err != nil {
			return &Lock{}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		_ = f.Close()
		if errors.Is(err, errHeld) {
			pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
			return nil, &HeldError{dir, pid}
		}
		return nil, err
	}
	if err := writePID(f); err != nil && failureOf(err) == nil && !errors.Is(err, syscall.EBADF) && !errors.Is(err, syscall.EINVAL) {
		_ = f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

// writePID writes first and cuts off what is left of a longer number: cutting to
// nothing first makes ext4 flush the file, which takes a millisecond of the start.
func writePID(f *os.File) error {
	text := strconv.Itoa(os.Getpid()) + "\n"
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		return err
	}
	return f.Truncate(int64(len(text)))
}

// Close gives the profile back.
func (l *Lock) Close() error {
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}
