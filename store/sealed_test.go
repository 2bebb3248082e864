package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestSealedFileIsAFile: whatever is written, cut and read at any place, a sealed file
// gives back what a file would.
func TestSealedFileIsAFile(t *testing.T) {
	key := bytes.Repeat([]byte{3}, SealKeySize)
	for _, kind := range []sealKind{sealedDatabase, sealedLog, sealedOther} {
		for seed := range uint64(6) {
			rng := rand.New(rand.NewPCG(seed, uint64(kind)))
			f, err := os.Create(filepath.Join(t.TempDir(), "file"))
			if err != nil {
				t.Fatal(err)
			}
			s, err := newSealing(key)
			if err != nil {
				t.Fatal(err)
			}
			d := sealedFile{s, osDisk{f}, kind}.seen()
			var want []byte
			for range 400 {
				switch n := rng.IntN(10); {
				case n < 5:
					off := rng.IntN(len(want) + 1)
					if kind == sealedDatabase { // SQLite writes whole pages there, also behind its end
						off = rng.IntN(len(want)/pageSize+3) * pageSize
					} else if kind == sealedOther {
						off += rng.IntN(2) * rng.IntN(10_000)
					}
					p := make([]byte, 1+rng.IntN(9000))
					if kind == sealedDatabase {
						p = make([]byte, pageSize)
					}
					for i := range p {
						p[i] = byte(rng.Uint32())
					}
					if err := d.writeAt(p, int64(off)); err != nil {
						t.Fatal(err)
					}
					want = append(want, make([]byte, max(0, off+len(p)-len(want)))...)
					copy(want[off:], p)
				case n < 6:
					size := rng.IntN(len(want) + 1)
					if kind == sealedDatabase {
						size = size / pageSize * pageSize
					}
					if err := d.truncate(int64(size)); err != nil {
						t.Fatal(err)
					}
					want = want[:size:size]
				default:
					off := rng.IntN(len(want) + 100)
					p := make([]byte, 1+rng.IntN(9000))
					n, err := d.readAt(p, int64(off))
					if err != nil {
						t.Fatal(err)
					}
					part := want[min(off, len(want)):min(off+len(p), len(want))]
					if !bytes.Equal(p[:n], part) {
						t.Fatalf("%c, seed %d: %d bytes at %d are not those of %d", kind, seed, n, off, len(part))
					}
				}
				if size, err := d.size(); err != nil || size != int64(len(want)) {
					t.Fatalf("%c, seed %d: %d bytes, not %d (%v)", kind, seed, size, len(want), err)
				}
			}
			_ = f.Close()
		}
	}
}

// TestSealedPiecesCannotMove: a piece at another place, of another kind of file or
// changed is not opened.
func TestSealedPiecesCannotMove(t *testing.T) {
	s, err := newSealing(bytes.Repeat([]byte{3}, SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte) []byte{
		"exchanged": func(b []byte) []byte {
			p := len(b) / 3
			return append(append(append([]byte{}, b[:p]...), b[2*p:]...), b[p:2*p]...)
		},
		"flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"cut":     func(b []byte) []byte { return b[:len(b)-1] },
	} {
		f, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		file := sealedFile{s, osDisk{f}, sealedOther}
		if err := file.write(bytes.Repeat([]byte("x"), 3*pageSize), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := file.read(make([]byte, 3*pageSize), 0); err != nil {
			t.Fatal(err)
		}
		other := file
		other.kind = sealedLog
		if _, err := other.read(make([]byte, pageSize), logHead+logFrame); !errors.Is(err, errSealBroken) {
			t.Errorf("of another kind: %v", err)
		}
		b, err := os.ReadFile(f.Name())
		if err == nil {
			b = change(b)
			err = errors.Join(os.Truncate(f.Name(), int64(len(b))), os.WriteFile(f.Name(), b, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.read(make([]byte, 3*pageSize), 0); !errors.Is(err, errSealBroken) {
			t.Errorf("%s: %v", name, err)
		}
		_ = f.Close()
	}
}
