package store

import (
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A VFS of SQLite (sqlite.org/vfs.html) that stands before the system's own and
// seals what passes. Names, locks, shared memory and the order of writes are the
// system's; only bytes, lengths and places differ. The shared memory beside a log
// holds numbers of pages and nothing of what is in them.

// sealedHandle is what SQLite holds of an open file; the system's own follows it.
// All of it is SQLite's memory: nothing of Go's is in it.
type sealedHandle struct {
	methods uintptr
	sealing uintptr // its number
	kind    uintptr
	_       uintptr // what follows is aligned
}

const sealedHandleSize = unsafe.Sizeof(sealedHandle{})

// sealings are those that SQLite knows, by their numbers.
var sealings = struct {
	sync.RWMutex
	all map[uintptr]*sealing
}{all: map[uintptr]*sealing{}}

var lastSealing atomic.Uint64

// at gives what stands at an address of SQLite's memory.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// funcAt gives a function of SQLite's by its address, funcOf the address of one of ours.
func funcAt[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

func funcOf[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

type (
	openFunc    = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	closeFunc   = func(*libc.TLS, uintptr) int32
	bytesFunc   = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	lengthFunc  = func(*libc.TLS, uintptr, int64) int32
	intFunc     = func(*libc.TLS, uintptr, int32) int32
	addressFunc = func(*libc.TLS, uintptr, uintptr) int32
	controlFunc = func(*libc.TLS, uintptr, int32, uintptr) int32
	shmMapFunc  = func(*libc.TLS, uintptr, int32, int32, int32, uintptr) int32
	shmLockFunc = func(*libc.TLS, uintptr, int32, int32, int32) int32
	barrierFunc = func(*libc.TLS, uintptr)
)

// sealedMethods is what SQLite calls. Version 2: there is a log, nothing is mapped.
var sealedMethods = sqlite3.Tsqlite3_io_methods{
	FiVersion:  2,
	FxClose:    funcOf[closeFunc](sealedClose),
	FxRead:     funcOf[bytesFunc](sealedRead),
	FxWrite:    funcOf[bytesFunc](sealedWrite),
	FxTruncate: funcOf[lengthFunc](sealedTruncate),
	FxSync: funcOf[intFunc](func(t *libc.TLS, f uintptr, flags int32) int32 {
		return funcAt[intFunc](under(f).FxSync)(t, below(f), flags)
	}),
	FxFileSize: funcOf[addressFunc](sealedSize),
	FxLock: funcOf[intFunc](func(t *libc.TLS, f uintptr, how int32) int32 {
		return funcAt[intFunc](under(f).FxLock)(t, below(f), how)
	}),
	FxUnlock: funcOf[intFunc](func(t *libc.TLS, f uintptr, how int32) int32 {
		return funcAt[intFunc](under(f).FxUnlock)(t, below(f), how)
	}),
	FxCheckReservedLock: funcOf[addressFunc](func(t *libc.TLS, f, out uintptr) int32 {
		return funcAt[addressFunc](under(f).FxCheckReservedLock)(t, below(f), out)
	}),
	FxFileControl:           funcOf[controlFunc](sealedControl),
	FxSectorSize:            funcOf[closeFunc](func(t *libc.TLS, f uintptr) int32 { return funcAt[closeFunc](under(f).FxSectorSize)(t, below(f)) }),
	FxDeviceCharacteristics: funcOf[closeFunc](sealedCharacteristics),
	FxShmMap: funcOf[shmMapFunc](func(t *libc.TLS, f uintptr, page, size, extend int32, out uintptr) int32 {
		return funcAt[shmMapFunc](under(f).FxShmMap)(t, below(f), page, size, extend, out)
	}),
	FxShmLock: funcOf[shmLockFunc](func(t *libc.TLS, f uintptr, off, n, flags int32) int32 {
		return funcAt[shmLockFunc](under(f).FxShmLock)(t, below(f), off, n, flags)
	}),
	FxShmBarrier: funcOf[barrierFunc](func(t *libc.TLS, f uintptr) { funcAt[barrierFunc](under(f).FxShmBarrier)(t, below(f)) }),
	FxShmUnmap: funcOf[intFunc](func(t *libc.TLS, f uintptr, remove int32) int32 {
		return funcAt[intFunc](under(f).FxShmUnmap)(t, below(f), remove)
	}),
}

// below is the system's file behind one of ours, under its methods.
func below(f uintptr) uintptr { return f + sealedHandleSize }

func under(f uintptr) *sqlite3.Tsqlite3_io_methods {
	return at[sqlite3.Tsqlite3_io_methods](at[sqlite3.Tsqlite3_file](below(f)).FpMethods)
}

// register makes the VFS known to SQLite; stop takes it away, when no file is open.
func (s *sealing) register() error {
	t := libc.NewTLS()
	defer t.Close()
	system := sqlite3.Xsqlite3_vfs_find(t, 0)
	if system == 0 {
		return errors.New("SQLite has no VFS")
	}
	number := uintptr(lastSealing.Add(1))
	s.name = "sotto-sealed-" + strconv.FormatUint(uint64(number), 10)
	name, err := libc.CString(s.name)
	if err != nil {
		return err
	}
	vfs := libc.Xmalloc(t, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if vfs == 0 {
		libc.Xfree(t, name)
		return errors.New("no memory")
	}
	v := at[sqlite3.Tsqlite3_vfs](vfs)
	*v = *at[sqlite3.Tsqlite3_vfs](system)
	v.FszOsFile += int32(sealedHandleSize)
	v.FpNext, v.FzName, v.FpAppData = 0, name, number
	v.FxOpen = funcOf[openFunc](sealedOpen)
	sealings.Lock()
	sealings.all[number] = s
	sealings.Unlock()
	s.stop = func() {
		t := libc.NewTLS()
		defer t.Close()
		sqlite3.Xsqlite3_vfs_unregister(t, vfs)
		sealings.Lock()
		delete(sealings.all, number)
		sealings.Unlock()
		libc.Xfree(t, vfs)
		libc.Xfree(t, name)
		clear(s.key[:])
	}
	if rc := sqlite3.Xsqlite3_vfs_register(t, vfs, 0); rc != sqlite3.SQLITE_OK {
		s.stop()
		return errors.New("SQLite takes no VFS")
	}
	return nil
}

func sealedOpen(t *libc.TLS, vfs, name, f uintptr, flags int32, outFlags uintptr) int32 {
	*at[sealedHandle](f) = sealedHandle{}
	at[sqlite3.Tsqlite3_file](below(f)).FpMethods = 0
	system := sqlite3.Xsqlite3_vfs_find(t, 0)
	rc := funcAt[openFunc](at[sqlite3.Tsqlite3_vfs](system).FxOpen)(t, system, name, below(f), flags, outFlags)
	if rc != sqlite3.SQLITE_OK {
		if at[sqlite3.Tsqlite3_file](below(f)).FpMethods != 0 {
			funcAt[closeFunc](under(f).FxClose)(t, below(f))
		}
		return rc
	}
	kind := sealedOther
	switch {
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0:
		kind = sealedDatabase
	case flags&sqlite3.SQLITE_OPEN_WAL != 0:
		kind = sealedLog
	}
	*at[sealedHandle](f) = sealedHandle{methods: uintptr(unsafe.Pointer(&sealedMethods)), sealing: at[sqlite3.Tsqlite3_vfs](vfs).FpAppData, kind: uintptr(kind)}
	return sqlite3.SQLITE_OK
}

func sealedClose(t *libc.TLS, f uintptr) int32 {
	return funcAt[closeFunc](under(f).FxClose)(t, below(f))
}

// sealedFileOf is an open file of SQLite's for Go.
func sealedFileOf(t *libc.TLS, f uintptr) (sealedFile, bool) {
	h := at[sealedHandle](f)
	sealings.RLock()
	s := sealings.all[h.sealing]
	sealings.RUnlock()
	return sealedFile{s, sqliteDisk{t, f}, sealKind(h.kind)}, s != nil
}

func sealedRead(t *libc.TLS, f, to uintptr, n int32, off int64) int32 {
	file, ok := sealedFileOf(t, f)
	if !ok {
		return sqlite3.SQLITE_IOERR_READ
	}
	p := unsafe.Slice(at[byte](to), int(n))
	have, err := file.read(p, off)
	clear(p[have:])
	if err != nil {
		return codeOf(err, sqlite3.SQLITE_IOERR_READ)
	}
	if have < len(p) {
		return sqlite3.SQLITE_IOERR_SHORT_READ
	}
	return sqlite3.SQLITE_OK
}

func sealedWrite(t *libc.TLS, f, from uintptr, n int32, off int64) int32 {
	file, ok := sealedFileOf(t, f)
	if !ok {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	return codeOf(file.write(unsafe.Slice(at[byte](from), int(n)), off), sqlite3.SQLITE_IOERR_WRITE)
}

func sealedTruncate(t *libc.TLS, f uintptr, size int64) int32 {
	file, ok := sealedFileOf(t, f)
	if !ok {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	return codeOf(file.cut(size), sqlite3.SQLITE_IOERR_TRUNCATE)
}

func sealedSize(t *libc.TLS, f, out uintptr) int32 {
	real, err := sqliteDisk{t, f}.size()
	if err == nil {
		*at[int64](out) = sealKind(at[sealedHandle](f).kind).size(real)
	}
	return codeOf(err, sqlite3.SQLITE_IOERR_FSTAT)
}

// sealedControl keeps to itself what speaks of lengths.
func sealedControl(t *libc.TLS, f uintptr, op int32, arg uintptr) int32 {
	switch op {
	case sqlite3.SQLITE_FCNTL_SIZE_HINT, sqlite3.SQLITE_FCNTL_CHUNK_SIZE:
		return sqlite3.SQLITE_OK
	case sqlite3.SQLITE_FCNTL_MMAP_SIZE:
		return sqlite3.SQLITE_NOTFOUND
	}
	return funcAt[controlFunc](under(f).FxFileControl)(t, below(f), op, arg)
}

// sealedCharacteristics promises nothing of blocks, whose places are others here;
// that a torn write harms only what it wrote holds for each piece.
func sealedCharacteristics(t *libc.TLS, f uintptr) int32 {
	const kept = sqlite3.SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN | sqlite3.SQLITE_IOCAP_SEQUENTIAL | sqlite3.SQLITE_IOCAP_IMMUTABLE
	return funcAt[closeFunc](under(f).FxDeviceCharacteristics)(t, below(f))&kept | sqlite3.SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

// codeError is what SQLite's own code for files said.
type codeError int32

func (e codeError) Error() string { return "SQLite's file says " + strconv.Itoa(int(e)) }

// codeOf is an error as SQLite is told it.
func codeOf(err error, other int32) int32 {
	var code codeError
	switch {
	case err == nil:
		return sqlite3.SQLITE_OK
	case errors.As(err, &code):
		return int32(code)
	case errors.Is(err, errDamaged):
		return sqlite3.SQLITE_CORRUPT
	}
	return other
}

// sqliteDisk is the system's file behind one of ours, used by whom SQLite lets.
type sqliteDisk struct {
	t *libc.TLS
	f uintptr
}

// p is never on a stack, which may move: it comes through an interface.
func (d sqliteDisk) readAt(p []byte, off int64) (int, error) {
	rc := funcAt[bytesFunc](under(d.f).FxRead)(d.t, below(d.f), uintptr(unsafe.Pointer(&p[0])), int32(len(p)), off) //nolint:gosec // one piece
	runtime.KeepAlive(p)
	switch rc {
	case sqlite3.SQLITE_OK:
		return len(p), nil
	case sqlite3.SQLITE_IOERR_SHORT_READ:
		size, err := d.size()
		return int(min(int64(len(p)), max(0, size-off))), err
	}
	return 0, codeError(rc)
}

func (d sqliteDisk) writeAt(p []byte, off int64) error {
	rc := funcAt[bytesFunc](under(d.f).FxWrite)(d.t, below(d.f), uintptr(unsafe.Pointer(&p[0])), int32(len(p)), off) //nolint:gosec // one piece
	runtime.KeepAlive(p)
	return d.is(rc)
}

func (d sqliteDisk) truncate(size int64) error {
	return d.is(funcAt[lengthFunc](under(d.f).FxTruncate)(d.t, below(d.f), size))
}

func (d sqliteDisk) size() (int64, error) {
	n := d.t.Alloc(8) // of SQLite's memory: what Go has may move with the stack of the goroutine
	defer d.t.Free(8)
	rc := funcAt[addressFunc](under(d.f).FxFileSize)(d.t, below(d.f), n)
	return *at[int64](n), d.is(rc)
}

func (sqliteDisk) is(rc int32) error {
	if rc == sqlite3.SQLITE_OK {
		return nil
	}
	return codeError(rc)
}
