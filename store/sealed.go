package store

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
)

// A sealed database is an SQLite database of which every piece that is written is
// sealed with XChaCha20-Poly1305 under the key of the database: each page of the
// file, each frame header and each page of the write-ahead log, and whatever else
// SQLite writes beside them. A piece has its nonce in front and its tag behind it;
// what kind of file it is of and its place in that are authenticated with it, so
// that no piece can stand for another. SQLite sees none of this (sealedvfs.go): words,
// index, addresses and times are sealed alike. What stays to be seen is how large
// the database is, how much is written and when.

// SealKeySize is the length of the key of a sealed database.
const SealKeySize = chacha20poly1305.KeySize

// ErrSealed says that the database is sealed and that the key given, if one was, is
// not that of this database. Nothing of it was touched.
var ErrSealed = errors.New("the database is sealed")

// errSealBroken says that a piece was not written by us under this key at this place.
var errSealBroken = fmt.Errorf("%w: a sealed piece cannot be opened", errDamaged)

const (
	sealMagic = "sotto sealed 1\r\n"
	sealHead  = 128 // bytes in front of the first page: the magic and what the key is known by
	sealMore  = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// sealing is a key as it is used.
type sealing struct {
	aead cipher.AEAD
	key  [SealKeySize]byte
	name string       // of SQLite's VFS that seals with it
	stop func()       // takes that away
	head sync.RWMutex // page 1, of which SQLite reads a part without any lock
}

func newSealing(key []byte) (*sealing, error) {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	return &sealing{aead: a, key: [SealKeySize]byte(key)}, nil
}

// sealKind is what a file is; it says where its pieces are.
type sealKind byte

const (
	sealedDatabase sealKind = 'd'
	sealedLog      sealKind = 'w' // the write-ahead log, whose frames are pieces: a torn one harms no other
	sealedOther    sealKind = 'j' // rollback journals and the like: nothing of them outlives a crash
)

// Of the write-ahead log (sqlite.org/fileformat.html §4.1).
const (
	logHead  = 32
	logFrame = 24
)

// piece is a part of a file that is sealed as one.
type piece struct {
	n     int64 // its number, which is authenticated
	start int64 // where it begins for SQLite
	size  int   // for SQLite
	at    int64 // where it begins in the file
}

// piece gives the one that holds an offset of SQLite's.
func (k sealKind) piece(off int64) piece {
	switch {
	case k == sealedLog && off < logHead:
		return piece{0, 0, logHead, 0}
	case k == sealedLog:
		const frame = logFrame + pageSize
		f := (off - logHead) / frame
		start, at := logHead+f*frame, logHead+sealMore+f*(frame+2*sealMore)
		if off-start < logFrame {
			return piece{1 + 2*f, start, logFrame, at}
		}
		return piece{2 + 2*f, start + logFrame, pageSize, at + logFrame + sealMore}
	}
	n := off / pageSize
	return piece{n, n * pageSize, pageSize, k.front() + n*(pageSize+sealMore)}
}

// front is how many bytes of the file stand before its pieces.
func (k sealKind) front() int64 {
	if k == sealedDatabase {
		return sealHead
	}
	return 0
}

// size is how long a file is for SQLite that has so many bytes.
func (k sealKind) size(real int64) int64 {
	part := func(n int64) int64 { return max(0, n-sealMore) }
	if k == sealedLog {
		const head, frame = logHead + sealMore, logFrame + pageSize + 2*sealMore
		if real <= head {
			return part(real)
		}
		full, rest := (real-head)/frame, (real-head)%frame
		return logHead + full*(logFrame+pageSize) + part(min(rest, logFrame+sealMore)) + part(max(0, rest-logFrame-sealMore))
	}
	real = max(0, real-k.front())
	return real/(pageSize+sealMore)*pageSize + part(real%(pageSize+sealMore))
}

// disk is a file as it is. readAt gives fewer bytes than asked for only at its end.
type disk interface {
	readAt(p []byte, off int64) (int, error)
	writeAt(p []byte, off int64) error
	truncate(size int64) error
	size() (int64, error)
}

// sealedFile is a file of a sealed database as SQLite is to see it.
type sealedFile struct {
	*sealing
	disk disk
	kind sealKind
}

// scratch holds buffers for one piece.
var scratch = sync.Pool{New: func() any { return new([pageSize + sealMore]byte) }}

// bound is what is authenticated with a piece.
func (f sealedFile) bound(b *[9]byte, p piece) []byte {
	b[0] = byte(f.kind)
	binary.BigEndian.PutUint64(b[1:], uint64(p.n)) //nolint:gosec // never negative
	return b[:]
}

// open reads a piece into b and gives what it holds: nothing behind the end of the
// file. What was never written, because SQLite had no use for a page, is zeros.
func (f sealedFile) open(b *[pageSize + sealMore]byte, p piece) ([]byte, error) {
	sealed := b[:p.size+sealMore]
	n, err := f.disk.readAt(sealed, p.at)
	if err != nil || n == 0 {
		return nil, err
	}
	if sealed = sealed[:n]; n <= sealMore {
		return nil, errSealBroken
	}
	nonce, rest := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	if f.kind == sealedDatabase && len(bytes.TrimLeft(sealed, "\x00")) == 0 {
		return sealed[:n-sealMore], nil
	}
	var bound [9]byte
	plain, err := f.aead.Open(rest[:0], nonce, rest, f.bound(&bound, p))
	if err != nil {
		return sealed[:n-sealMore], errSealBroken
	}
	return plain, nil
}

// put seals a piece and writes it.
func (f sealedFile) put(b *[pageSize + sealMore]byte, p piece, plain []byte) error {
	const front = chacha20poly1305.NonceSizeX
	fillRandom(b[:front])
	copy(b[front:], plain) // they may be the same bytes
	var bound [9]byte
	sealed := f.aead.Seal(b[front:front], b[:front], b[front:front+len(plain)], f.bound(&bound, p))
	return f.disk.writeAt(b[:front+len(sealed)], p.at)
}

// read fills p with what stands at off and says how much there is. Where SQLite
// looks for the end of the log, which a crash may have torn, a piece that cannot be
// opened is zeros: its own sums end the log there.
func (f sealedFile) read(p []byte, off int64) (n int, err error) {
	b := scratch.Get().(*[pageSize + sealMore]byte)
	defer scratch.Put(b)
	torn := f.kind == sealedLog && f.kind.piece(off).size != pageSize
	for n < len(p) {
		at := f.kind.piece(off + int64(n))
		if at.n == 0 && f.kind == sealedDatabase {
			f.head.RLock()
		}
		plain, err := f.open(b, at)
		if at.n == 0 && f.kind == sealedDatabase {
			f.head.RUnlock()
		}
		if torn && errors.Is(err, errSealBroken) {
			clear(plain)
		} else if err != nil {
			return n, err
		}
		from := int(off + int64(n) - at.start)
		if from >= len(plain) {
			return n, nil
		}
		n += copy(p[n:], plain[from:])
		if len(plain) < at.size {
			return n, nil
		}
	}
	return n, nil
}

// write writes p at off.
func (f sealedFile) write(p []byte, off int64) error {
	b := scratch.Get().(*[pageSize + sealMore]byte)
	defer scratch.Put(b)
	if f.kind == sealedOther {
		if err := f.fill(off); err != nil {
			return err
		}
	}
	for len(p) > 0 {
		at := f.kind.piece(off)
		from := int(off - at.start)
		n := min(len(p), at.size-from)
		if at.n == 0 && f.kind == sealedDatabase {
			f.head.Lock()
		}
		err := f.change(b, at, from, p[:n])
		if at.n == 0 && f.kind == sealedDatabase {
			f.head.Unlock()
		}
		if err != nil {
			return err
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// change writes a part of a piece, or all of it.
func (f sealedFile) change(b *[pageSize + sealMore]byte, at piece, from int, p []byte) error {
	if from == 0 && len(p) == at.size {
		return f.put(b, at, p)
	}
	old, err := f.open(b, at)
	if err != nil {
		return err
	}
	plain := make([]byte, max(len(old), from+len(p)))
	copy(plain, old)
	copy(plain[from:], p)
	return f.put(b, at, plain)
}

// fill makes a file as long as off.
func (f sealedFile) fill(off int64) error {
	real, err := f.disk.size()
	if err != nil {
		return err
	}
	for size := f.kind.size(real); size < off; {
		n := min(off-size, pageSize-size%pageSize)
		b := scratch.Get().(*[pageSize + sealMore]byte)
		at := f.kind.piece(size)
		err := f.change(b, at, int(size-at.start), make([]byte, n))
		scratch.Put(b)
		if err != nil {
			return err
		}
		size += n
	}
	return nil
}

// cut makes a file so long.
func (f sealedFile) cut(size int64) error {
	at := f.kind.piece(size)
	if at.start == size {
		return f.disk.truncate(at.at)
	}
	b := scratch.Get().(*[pageSize + sealMore]byte)
	defer scratch.Put(b)
	plain, err := f.open(b, at)
	if err != nil {
		return err
	}
	n := min(len(plain), int(size-at.start))
	if err := f.put(b, at, bytes.Clone(plain[:n])); err != nil {
		return err
	}
	return f.disk.truncate(at.at + int64(n) + sealMore)
}

// rescue opens a piece without asking whether it was changed, for a database that is
// damaged anyway: what is wrong in it is then where the damage is.
func (f sealedFile) rescue(b *[pageSize + sealMore]byte, p piece) ([]byte, error) {
	plain, err := f.open(b, p)
	if !errors.Is(err, errSealBroken) || plain == nil {
		return plain, err
	}
	sealed := make([]byte, len(plain)+sealMore)
	if _, err := f.disk.readAt(sealed, p.at); err != nil {
		return nil, err
	}
	c, err := chacha20.NewUnauthenticatedCipher(f.key[:], sealed[:chacha20.NonceSizeX])
	if err != nil {
		return nil, err
	}
	c.SetCounter(1) // the first block makes the tag's key, RFC 8439 §2.8
	c.XORKeyStream(plain, sealed[chacha20.NonceSizeX:len(sealed)-chacha20poly1305.Overhead])
	return plain, nil
}

// headBytes are what stands in front of a sealed database.
func (s *sealing) headBytes() []byte {
	b := append(make([]byte, 0, sealHead), sealMagic...)
	b = append(b, seal(s.key[:], nil, []byte(sealMagic))...)
	return b[:sealHead]
}

// owns says whether a sealed database is sealed with this key.
func (s *sealing) owns(head []byte) bool {
	if len(head) < sealHead || !isSealed(head) {
		return false
	}
	_, ok := unseal(s.key[:], head[len(sealMagic):len(sealMagic)+sealMore], []byte(sealMagic))
	return ok
}

func isSealed(head []byte) bool { return bytes.HasPrefix(head, []byte(sealMagic)) }

// headOf reads what stands in front of a database.
func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, sealHead)
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:n], err
}

// osDisk is a file of the system.
type osDisk struct{ f *os.File }

func (d osDisk) readAt(p []byte, off int64) (int, error) {
	n, err := d.f.ReadAt(p, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (d osDisk) writeAt(p []byte, off int64) error {
	_, err := d.f.WriteAt(p, off)
	return err
}

func (d osDisk) truncate(size int64) error { return d.f.Truncate(size) }

func (d osDisk) size() (int64, error) {
	st, err := d.f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}
