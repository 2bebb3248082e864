package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Files that SQLite does not have open, sealed and opened as a whole: the copies of
// damaged databases that are kept.

// kindOf is what a file of a database is by its name.
func kindOf(name string) sealKind {
	if strings.HasSuffix(name, "-wal") {
		return sealedLog
	}
	return sealedDatabase
}

// rescueFile copies a sealed file of a damaged database; the copy is sealed as if
// nothing in it were changed.
func (s *sealing) rescueFile(to, from string) error {
	return s.copyFile(to, from, func(in, out *os.File, kind sealKind) error {
		dst := sealedFile{s, osDisk{out}, kind}
		if kind == sealedDatabase {
			if _, err := out.Write(s.headBytes()); err != nil {
				return err
			}
		}
		return s.eachPiece(in, kind, func(plain []byte, at piece) error {
			return dst.put(new([pageSize + sealMore]byte), at, plain)
		})
	})
}

// eachPiece gives what a file holds, also what was changed by others.
func (s *sealing) eachPiece(in *os.File, kind sealKind, fn func(plain []byte, at piece) error) error {
	src := sealedFile{s, osDisk{in}, kind}
	b := new([pageSize + sealMore]byte)
	for off := int64(0); ; {
		at := kind.piece(off)
		plain, err := src.rescue(b, at)
		if len(plain) == 0 && (err == nil || errors.Is(err, errSealBroken)) {
			return nil // the end
		}
		if err == nil {
			err = fn(plain, at)
		}
		if err != nil {
			return err
		}
		off = at.start + int64(at.size)
	}
}

// sealFile copies a database that is not sealed, or its log, sealed; openFile the
// other way.
func (s *sealing) sealFile(to, from string) error {
	return s.copyFile(to, from, func(in, out *os.File, kind sealKind) error {
		if kind == sealedDatabase {
			if _, err := out.Write(s.headBytes()); err != nil {
				return err
			}
		}
		return copyPieces(sealedFile{s, osDisk{out}, kind}.seen(), bufio.NewReaderSize(in, 64<<10), kind)
	})
}

func (s *sealing) openFile(to, from string) error {
	return s.copyFile(to, from, func(in, out *os.File, kind sealKind) error {
		return s.eachPiece(in, kind, func(plain []byte, at piece) error {
			_, err := out.WriteAt(plain, at.start)
			return err
		})
	})
}

// copyPieces writes what in gives, piece by piece.
func copyPieces(to disk, in io.Reader, kind sealKind) error {
	b := make([]byte, pageSize)
	for off := int64(0); ; {
		n, err := io.ReadFull(in, b[:kind.piece(off).size])
		if n > 0 {
			if err := to.writeAt(b[:n], off); err != nil {
				return err
			}
			off += int64(n)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// copyFile opens both files for fn; the copy is on the disk when it returns.
func (s *sealing) copyFile(to, from string, fn func(in, out *os.File, kind sealKind) error) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err = fn(in, out, kindOf(from)); err != nil {
		err = fmt.Errorf("copy %s: %w", from, err)
	} else {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// turnCopies changes the copies of damaged databases that are kept.
func (s *Store) turnCopies(change func(to, from string) error, sealed bool) error {
	list, err := filepath.Glob(s.path + ".broken-*")
	if err != nil {
		return err
	}
	for _, path := range list {
		if strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, ".turn") {
			_ = os.Remove(path)
			continue
		}
		if is, err := sealedAt(path); err != nil || is != sealed {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.turnFile(change, path, !sealed); err != nil {
			return err
		}
	}
	return syncFolder(s.dir)
}

// sealedAt says whether a database, or its log, is sealed.
func sealedAt(path string) (bool, error) {
	head, err := headOf(path)
	if kindOf(path) == sealedLog {
		return len(head) > 0 && !bytes.HasPrefix(head, []byte{0x37, 0x7f, 0x06}), err
	}
	return isSealed(head), err
}

// turnFile puts a changed copy in the place of a file, which is overwritten if it is to be.
func (s *Store) turnFile(change func(to, from string) error, path string, wipe bool) error {
	to := path + ".turn"
	err := change(to, path)
	var old *os.File
	if err == nil && wipe && runtime.GOOS != "windows" {
		old, err = os.OpenFile(path, os.O_RDWR, 0)
	}
	if err == nil {
		err = os.Rename(to, path)
	}
	if old != nil {
		if err == nil {
			overwrite(old)
		} else {
			_ = old.Close()
		}
	}
	if err != nil {
		_ = os.Remove(to)
	}
	return err
}

// overwrite puts zeros over what a file had that has no name any more. Where a file
// system writes elsewhere what is written again, as many do, that is of no use.
func overwrite(f *os.File) {
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return
	}
	zeros := make([]byte, 64<<10)
	for off := int64(0); off < st.Size(); off += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros, off); err != nil {
			return
		}
	}
	_ = f.Sync()
	_ = f.Truncate(0)
}
