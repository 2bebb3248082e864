package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
type Lock struct{ f *os.File }

// Acquire takes the profile below dir, or returns a *HeldError.
func Acquire(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
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
	if err := errors.Join(f.Truncate(0), writePID(f)); err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

func writePID(f *os.File) error {
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// Close gives the profile back.
func (l *Lock) Close() error { return l.f.Close() }
