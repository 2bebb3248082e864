package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Whether a database is sealed is seen at its first bytes, so that a key is asked for
// before anything is opened; see sealed.go.

// SealedIn says whether the database below dir is sealed: it opens with a key only.
func SealedIn(dir string) bool {
	head, err := headOf(filepath.Join(dir, databaseName))
	return err == nil && isSealed(head)
}

// SealKeyFits says whether the sealed database below dir opens with a key, as far as
// that can be seen without opening it.
func SealKeyFits(dir string, key []byte) bool {
	s := &Store{path: filepath.Join(dir, databaseName)}
	err := s.takeKey(Options{Key: key})
	s.endSealing()
	return err == nil
}

// PutSealedAside gives the sealed database below dir another name, which it says, so
// that a new one can begin. No store may have it open.
func PutSealedAside(dir string) (string, error) {
	if !SealedIn(dir) {
		return "", fs.ErrNotExist
	}
	path := filepath.Join(dir, databaseName)
	to := path + ".sealed-" + time.Now().Format("20060102-150405")
	for exists(to) || exists(to+"-wal") {
		to += "x"
	}
	// The log goes first: the database is not left without it under its name.
	for _, name := range []string{"-wal", ""} {
		if err := os.Rename(path+name, to+name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	_ = os.Remove(path + "-shm")
	return to, syncFolder(dir)
}

// takeKey looks whether the database and the key go together.
func (s *Store) takeKey(opt Options) error {
	if opt.Memory {
		return nil
	}
	head, err := headOf(s.path)
	sealed := err == nil && isSealed(head)
	if opt.Key == nil {
		if sealed {
			return ErrSealed
		}
		return nil
	}
	seal, err := newSealing(opt.Key)
	switch {
	case err != nil:
		return err
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return nil // it is yet to be sealed
	case sealed && len(head) == sealHead && !seal.owns(head) && !seal.knows(s.path):
		return ErrSealed
	}
	if err := seal.register(); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	s.seal.Store(seal)
	return nil
}

// Sealed says whether what is written is sealed. Any goroutine.
func (s *Store) Sealed() bool { return s.seal.Load() != nil }

// endSealing forgets the key, behind the last who reads.
func (s *Store) endSealing() {
	if seal := s.seal.Swap(nil); seal != nil && s.read.ended(time.After(pauseTime)) {
		seal.stop()
	}
}

// knows says whether one of the first pages was sealed with this key, for a database
// whose first bytes are damaged.
func (s *sealing) knows(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	b := new([pageSize + sealMore]byte)
	for n := range int64(16) {
		plain, err := sealedFile{s, osDisk{f}, sealedDatabase}.open(b, sealedDatabase.piece(n*pageSize))
		if err == nil && bytes.ContainsFunc(plain, func(r rune) bool { return r != 0 }) {
			return true
		}
	}
	return false
}

// examineSeal looks at what stands in front of a sealed database.
func (s *Store) examineSeal() error {
	seal := s.seal.Load()
	if seal == nil {
		return nil
	}
	head, err := headOf(s.path)
	if err == nil && !seal.owns(head) {
		err = fmt.Errorf("%w: its seal", errDamaged)
	}
	return err
}

// begin makes an empty file one in which SQLite can begin a database, and closes it.
func (s *Store) begin(f *os.File) error {
	var err error
	if seal := s.seal.Load(); seal != nil {
		_, err = f.Write(seal.headBytes())
	}
	return errors.Join(err, f.Close())
}

// seen is a database as SQLite is to see it.
func (s *Store) seen(f *os.File) disk {
	if seal := s.seal.Load(); seal != nil {
		return sealedFile{seal, osDisk{f}, sealedDatabase}.seen()
	}
	return osDisk{f}
}

// seenFile is a sealed file for whom SQLite is not between.
type seenFile struct{ sealedFile }

func (f sealedFile) seen() disk { return seenFile{f} }

func (f seenFile) readAt(p []byte, off int64) (int, error) { return f.read(p, off) }
func (f seenFile) writeAt(p []byte, off int64) error       { return f.write(p, off) }
func (f seenFile) truncate(size int64) error               { return f.cut(size) }

func (f seenFile) size() (int64, error) {
	real, err := f.disk.size()
	return f.kind.size(real), err
}
