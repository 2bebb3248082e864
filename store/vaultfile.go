package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// The vault's file is JSON. A random data key is sealed under a key that Argon2id
// makes of the passphrase, each password under the data key; both with
// XChaCha20-Poly1305, nonces in front. What stands in clear (the parameters, the
// address of an account) is authenticated with it, so that nothing of it can be
// weakened or exchanged. How many passwords there are, and of whom, is seen.

// vaultVersion is the version of the file that is written, and vaultSeals that of one
// with the key of a sealed database; a program that does not know that leaves it alone.
const (
	vaultVersion = 1
	vaultSeals   = 2
)

// What is spent on a passphrase: half a second and 64 MiB.
const (
	vaultMemory  = 64 << 10 // KiB
	vaultTime    = 3
	vaultThreads = 2
)

// What a file may ask for, hostile ones too, and how much of it is read.
const (
	vaultMemoryMin  = 8 << 10 // KiB
	vaultMemoryMax  = 256 << 10
	vaultTimeMax    = 10
	vaultThreadsMax = 8
	vaultFileMax    = 1 << 20
	vaultEntriesMax = 1000
	vaultNameMax    = 3071 // of an address, RFC 7622
	vaultSecretMax  = 4 << 10
	vaultSalt       = 16
	vaultPad        = 32 // what is sealed is a multiple of it: lengths tell less
)

var (
	errVaultBroken = errors.New("the vault's file cannot be read")
	errVaultNewer  = errors.New("the vault's file is of a newer version")
)

// vaultFile is the file.
type vaultFile struct {
	Version  int            `json:"sotto_vault"`
	KDF      vaultKDF       `json:"kdf"`
	Key      []byte         `json:"key"` // the data key, sealed
	Entries  []vaultEntry   `json:"entries"`
	Database *vaultDatabase `json:"database,omitempty"` // nil: the database is not sealed
}

// vaultKDF is how the passphrase becomes a key.
type vaultKDF struct {
	Name    string `json:"name"` // argon2id
	Memory  uint32 `json:"memory_kib"`
	Time    uint32 `json:"time"`
	Threads uint8  `json:"threads"`
	Salt    []byte `json:"salt"`
}

// vaultEntry is the password of an account, sealed.
type vaultEntry struct {
	Account string `json:"account"`
	Sealed  []byte `json:"sealed"`
}

// parseVault reads a file within bounds. The errors are errVaultBroken and
// errVaultNewer.
func parseVault(b []byte) (*vaultFile, error) {
	if len(b) > vaultFileMax {
		return nil, errVaultBroken
	}
	var head struct {
		Version int `json:"sotto_vault"`
	}
	if json.Unmarshal(b, &head) == nil && head.Version > vaultSeals {
		return nil, errVaultNewer
	}
	f := new(vaultFile)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(f) != nil || f.Version != f.version() || !f.fits() {
		return nil, errVaultBroken
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errVaultBroken
	}
	return f, nil
}

// fits says whether a file asks for nothing out of bounds.
func (f *vaultFile) fits() bool {
	k := f.KDF
	if k.Name != "argon2id" || k.Memory < vaultMemoryMin || k.Memory > vaultMemoryMax || k.Time < 1 || k.Time > vaultTimeMax ||
		k.Threads < 1 || k.Threads > vaultThreadsMax || len(k.Salt) != vaultSalt {
		return false
	}
	if len(f.Key) != chacha20poly1305.NonceSizeX+chacha20poly1305.KeySize+chacha20poly1305.Overhead || len(f.Entries) > vaultEntriesMax {
		return false
	}
	if f.Database != nil && len(f.Database.Sealed) != chacha20poly1305.NonceSizeX+SealKeySize+chacha20poly1305.Overhead {
		return false
	}
	seen := map[string]bool{}
	for _, e := range f.Entries {
		if e.Account == "" || len(e.Account) > vaultNameMax || e.Account != strings.ToLower(e.Account) || seen[e.Account] ||
			len(e.Sealed) > chacha20poly1305.NonceSizeX+vaultSecretMax+vaultPad+chacha20poly1305.Overhead {
			return false
		}
		seen[e.Account] = true
	}
	return true
}

// bytes is the file as it is written.
func (f *vaultFile) bytes() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// find gives the place of an account; -1: it has none.
func (f *vaultFile) find(jid string) int {
	for i, e := range f.Entries {
		if e.Account == strings.ToLower(jid) {
			return i
		}
	}
	return -1
}

// newKDF is the present cost with a new salt.
func newKDF() vaultKDF {
	k := vaultKDF{Name: "argon2id", Memory: vaultMemory, Time: vaultTime, Threads: vaultThreads, Salt: make([]byte, vaultSalt)}
	fillRandom(k.Salt)
	return k
}

// key makes the key of a passphrase; it takes as long as it costs.
func (k vaultKDF) key(passphrase []byte) []byte {
	return argon2.IDKey(passphrase, k.Salt, k.Time, k.Memory, k.Threads, chacha20poly1305.KeySize)
}

// bound is what is authenticated with the data key.
func (k vaultKDF) bound() []byte {
	b := append([]byte("sotto vault 1 key\x00"), k.Name...)
	b = binary.BigEndian.AppendUint32(append(b, 0), k.Memory)
	b = binary.BigEndian.AppendUint32(b, k.Time)
	return append(append(b, k.Threads), k.Salt...)
}

// wrap seals the data key under a passphrase.
func (f *vaultFile) wrap(passphrase []byte, key *[chacha20poly1305.KeySize]byte) {
	f.KDF = newKDF()
	k := f.KDF.key(passphrase)
	defer clear(k)
	f.Key = seal(k, key[:], f.KDF.bound())
}

// unwrap opens the data key; false: it is another passphrase.
func (f *vaultFile) unwrap(passphrase []byte) (key *[chacha20poly1305.KeySize]byte, ok bool) {
	k := f.KDF.key(passphrase)
	defer clear(k)
	b, ok := unseal(k, f.Key, f.KDF.bound())
	if !ok {
		return nil, false
	}
	defer clear(b)
	return (*[chacha20poly1305.KeySize]byte)(bytes.Clone(b)), true
}

// entryBound is what is authenticated with a password.
func entryBound(jid string) []byte { return []byte("sotto vault 1 entry\x00" + strings.ToLower(jid)) }

// with gives a file that has this password too. The file itself is not changed.
func (f *vaultFile) with(key *[chacha20poly1305.KeySize]byte, jid, password string) *vaultFile {
	plain := make([]byte, (len(password)/vaultPad+1)*vaultPad)
	defer clear(plain)
	copy(plain, password)
	out := f.without(jid)
	out.Entries = append(out.Entries, vaultEntry{strings.ToLower(jid), seal(key[:], plain, entryBound(jid))})
	return out
}

// without gives a file that has no password of an account.
func (f *vaultFile) without(jid string) *vaultFile {
	out := *f
	out.Entries = make([]vaultEntry, 0, len(f.Entries)+1)
	for _, e := range f.Entries {
		if e.Account != strings.ToLower(jid) {
			out.Entries = append(out.Entries, e)
		}
	}
	return &out
}

// open gives the i-th password; false: it was changed by somebody.
func (f *vaultFile) open(key *[chacha20poly1305.KeySize]byte, i int) (string, bool) {
	plain, ok := unseal(key[:], f.Entries[i].Sealed, entryBound(f.Entries[i].Account))
	defer clear(plain)
	return string(bytes.TrimRight(plain, "\x00")), ok
}

// rekeyed seals all anew under another data key and a passphrase. An entry that
// cannot be opened is of no use and is left out; nil: that is the key of the database.
func (f *vaultFile) rekeyed(was, key *[chacha20poly1305.KeySize]byte, passphrase []byte) *vaultFile {
	out := &vaultFile{Version: vaultVersion, Entries: []vaultEntry{}}
	out.wrap(passphrase, key)
	for i, e := range f.Entries {
		if p, ok := f.open(was, i); ok {
			out = out.with(key, e.Account, p)
		}
	}
	if f.Database != nil {
		k, ok := f.databaseKey(was)
		if !ok {
			return nil
		}
		defer clear(k)
		out = out.withDatabase(key, k, f.Database.On)
	}
	return out
}

func seal(key, plain, bound []byte) []byte {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only a key of another length
	}
	nonce := make([]byte, a.NonceSize(), a.NonceSize()+len(plain)+a.Overhead())
	fillRandom(nonce)
	return a.Seal(nonce, nonce, plain, bound)
}

func unseal(key, sealed, bound []byte) ([]byte, bool) {
	a, err := chacha20poly1305.NewX(key)
	if err != nil || len(sealed) < a.NonceSize() {
		return nil, false
	}
	plain, err := a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], bound)
	return plain, err == nil
}

func fillRandom(b []byte) { _, _ = rand.Read(b) } // it never fails
