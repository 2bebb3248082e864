package store

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// What a vault says no with.
var (
	ErrVaultLocked  = errors.New("the vault is locked")
	ErrVaultNone    = errors.New("there is no vault")
	ErrPassphrase   = errors.New("that is not the vault's passphrase")
	ErrVaultSeals   = errors.New("the vault has the key of the sealed database")
	ErrVaultRefused = errors.New("the vault does not take that") // too short, too long, too many, or the file is not ours
)

// PassphraseMin and PassphraseMax bound a passphrase, in bytes.
const (
	PassphraseMin = 8
	PassphraseMax = 1024
)

// VaultState is how a vault is.
type VaultState int

// The states. Only one that is open gives passwords and takes them.
const (
	VaultNone   VaultState = iota // there is no file
	VaultLocked                   // the passphrase is needed
	VaultOpen
	VaultUnreadable // the file cannot be read, or a newer sotto wrote it; it is left alone
)

// Vault is a file of passwords under one passphrase. All methods may be called
// from any goroutine; those that take a passphrase or write take their time, up
// to a second, the others never wait for them.
type Vault struct {
	path  string
	aside string // where a broken file was moved; "": none was

	work sync.Mutex // one that derives or writes at a time

	mu   sync.Mutex // guards what follows; nothing waits while it is held
	file *vaultFile // replaced, never changed in place; nil: none
	bad  bool
	key  *[chacha20poly1305.KeySize]byte // nil: locked
	shut bool                            // locked by the user
}

// OpenVault reads the vault at path, locked; a file that is not there is an empty
// vault. A file that is no vault, or a broken one, is moved aside, see Broken.
func OpenVault(path string) *Vault {
	v := &Vault{path: path}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return v
	}
	if err != nil {
		v.bad = true
		return v
	}
	b, err := io.ReadAll(io.LimitReader(f, vaultFileMax+1))
	_ = f.Chmod(0o600)
	_ = f.Close()
	if err != nil {
		v.bad = true
		return v
	}
	v.file, err = parseVault(b)
	switch {
	case errors.Is(err, errVaultNewer):
		v.bad = true
	case err != nil:
		v.aside, err = moveAside(path)
		v.bad = err != nil
	}
	return v
}

// moveAside renames a file to a name that nothing has.
func moveAside(path string) (string, error) {
	to := path + ".broken-" + time.Now().Format("20060102-150405")
	for {
		if _, err := os.Lstat(to); errors.Is(err, os.ErrNotExist) {
			return to, os.Rename(path, to)
		}
		to += "x"
	}
}

// Broken is where a file lies that could not be read when the vault was opened;
// "": there was none.
func (v *Vault) Broken() string { return v.aside }

// Path is where the vault's file is.
func (v *Vault) Path() string { return v.path }

// State is how the vault is now. A nil vault has no file.
func (v *Vault) State() VaultState {
	if v == nil {
		return VaultNone
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.bad:
		return VaultUnreadable
	case v.file == nil:
		return VaultNone
	case v.key == nil:
		return VaultLocked
	}
	return VaultOpen
}

// Accounts lists whose passwords are in the vault, in the order in which they came.
func (v *Vault) Accounts() (list []string) {
	if v == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.file != nil {
		for _, e := range v.file.Entries {
			list = append(list, e.Account)
		}
	}
	return list
}

// Holds says whether the vault has a password of the account, locked or not.
func (v *Vault) Holds(jid string) bool {
	if v == nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.file != nil && v.file.find(jid) >= 0
}

// Password is the password of an account: ErrNoSecret without one, ErrVaultLocked.
func (v *Vault) Password(jid string) (string, error) {
	if v == nil {
		return "", ErrNoSecret
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.file == nil {
		return "", ErrNoSecret
	}
	i := v.file.find(jid)
	switch {
	case i < 0:
		return "", ErrNoSecret
	case v.key == nil:
		return "", ErrVaultLocked
	}
	p, ok := v.file.open(v.key, i)
	if !ok || p == "" {
		return "", ErrNoSecret
	}
	return p, nil
}

// Create makes an empty vault and opens it. It replaces none.
func (v *Vault) Create(passphrase []byte) error {
	v.work.Lock()
	defer v.work.Unlock()
	if v.State() != VaultNone || !usablePassphrase(passphrase) {
		return ErrVaultRefused
	}
	if _, err := os.Lstat(v.path); !errors.Is(err, os.ErrNotExist) {
		return ErrVaultRefused // it came meanwhile: nobody's file is overwritten
	}
	key := newKey()
	f := &vaultFile{Version: vaultVersion, Entries: []vaultEntry{}}
	f.wrap(passphrase, key)
	return v.write(f, key)
}

// Unlock opens the vault: ErrPassphrase when it is another one. An open vault
// checks it all the same.
func (v *Vault) Unlock(passphrase []byte) error {
	v.work.Lock()
	defer v.work.Unlock()
	key, err := v.unwrap(passphrase)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	v.key, v.shut = key, false
	return nil
}

// Rekey gives the vault another passphrase, and another data key: who had the old
// passphrase and the old file opens nothing of the new one. It is open then.
func (v *Vault) Rekey(old, passphrase []byte) error {
	v.work.Lock()
	defer v.work.Unlock()
	if !usablePassphrase(passphrase) {
		return ErrVaultRefused
	}
	was, err := v.unwrap(old)
	if err != nil {
		return err
	}
	defer clear(was[:])
	v.mu.Lock()
	f := v.file
	v.mu.Unlock()
	key := newKey()
	out := f.rekeyed(was, key, passphrase)
	if out == nil {
		clear(key[:])
		return ErrVaultRefused
	}
	return v.write(out, key)
}

// Put keeps the password of an account, in place of another one. The vault must
// be open.
func (v *Vault) Put(jid, password string) error {
	v.work.Lock()
	defer v.work.Unlock()
	if password == "" || len(password) > vaultSecretMax || strings.Contains(password, "\x00") || jid == "" || len(jid) > vaultNameMax {
		return ErrVaultRefused
	}
	f, err := v.changed(func(f *vaultFile) *vaultFile { return f.with(v.key, jid, password) })
	if err != nil {
		return err
	}
	if len(f.Entries) > vaultEntriesMax {
		return ErrVaultRefused
	}
	return v.write(f, nil)
}

// changed gives what fn makes of the file, which is left as it is. The vault must be
// open, and the caller holds work.
func (v *Vault) changed(fn func(*vaultFile) *vaultFile) (*vaultFile, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.file == nil:
		return nil, ErrVaultNone
	case v.key == nil:
		return nil, ErrVaultLocked
	}
	return fn(v.file), nil
}

// Remove takes an account out of the vault; it need not be open for that.
func (v *Vault) Remove(jid string) error {
	if !v.Holds(jid) {
		return nil
	}
	v.work.Lock()
	defer v.work.Unlock()
	v.mu.Lock()
	if v.file == nil {
		v.mu.Unlock()
		return nil
	}
	f := v.file.without(jid)
	v.mu.Unlock()
	return v.write(f, nil)
}

// forgetAccount is Remove of a vault that may be nil.
func (v *Vault) forgetAccount(jid string) error {
	if v == nil {
		return nil
	}
	return v.Remove(jid)
}

// Delete removes the vault with all that is in it: ErrVaultSeals where the database
// could not be read without it.
func (v *Vault) Delete() error {
	v.work.Lock()
	defer v.work.Unlock()
	if s := v.State(); s == VaultNone || s == VaultUnreadable {
		return ErrVaultNone
	}
	if has, _ := v.Seals(); has {
		return ErrVaultSeals
	}
	if err := os.Remove(v.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	v.file = nil
	return nil
}

// Lock forgets the data key. Nothing but a passphrase that a user types opens the
// vault again in this run; see Shut.
func (v *Vault) Lock() {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forget()
	v.shut = v.file != nil
}

// Shut says that the user locked the vault: no command may open it.
func (v *Vault) Shut() bool {
	if v == nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shut
}

// forget overwrites the data key; v.mu is held.
func (v *Vault) forget() {
	if v.key != nil {
		clear(v.key[:])
		v.key = nil
	}
}

// unwrap opens the data key of the file; v.work is held.
func (v *Vault) unwrap(passphrase []byte) (*[chacha20poly1305.KeySize]byte, error) {
	v.mu.Lock()
	f := v.file
	v.mu.Unlock()
	if f == nil {
		return nil, ErrVaultNone
	}
	if len(passphrase) == 0 || len(passphrase) > PassphraseMax {
		return nil, ErrPassphrase
	}
	key, ok := f.unwrap(passphrase)
	if !ok {
		return nil, ErrPassphrase
	}
	return key, nil
}

// write puts a file on the disk and takes it, with the data key if there is
// another; v.work is held.
func (v *Vault) write(f *vaultFile, key *[chacha20poly1305.KeySize]byte) error {
	b, err := f.bytes()
	if err == nil {
		err = WriteFile(v.path, b)
	}
	if err != nil {
		if key != nil {
			clear(key[:])
		}
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.file = f
	if key != nil {
		v.forget()
		v.key, v.shut = key, false
	}
	return nil
}

func newKey() *[chacha20poly1305.KeySize]byte {
	key := new([chacha20poly1305.KeySize]byte)
	fillRandom(key[:])
	return key
}

func usablePassphrase(p []byte) bool { return len(p) >= PassphraseMin && len(p) <= PassphraseMax }
