package store

import "golang.org/x/crypto/chacha20poly1305"

// vaultDatabase is the key of a sealed database, sealed under the data key.
type vaultDatabase struct {
	Sealed []byte `json:"sealed"`
	On     bool   `json:"on"` // the database is to be sealed; false: it is to be no longer
}

// version is the one that a file with this in it has.
func (f *vaultFile) version() int {
	if f.Database != nil {
		return vaultSeals
	}
	return vaultVersion
}

// databaseBound is what is authenticated with the key of the database: nobody else
// can say that it is to be sealed no longer.
func databaseBound(on bool) []byte {
	if on {
		return []byte("sotto vault 2 database\x00sealed")
	}
	return []byte("sotto vault 2 database\x00open")
}

func (f *vaultFile) databaseKey(key *[chacha20poly1305.KeySize]byte) ([]byte, bool) {
	if f.Database == nil {
		return nil, false
	}
	k, ok := unseal(key[:], f.Database.Sealed, databaseBound(f.Database.On))
	return k, ok && len(k) == SealKeySize
}

// withDatabase gives a file that has this key of a database.
func (f *vaultFile) withDatabase(key *[chacha20poly1305.KeySize]byte, database []byte, on bool) *vaultFile {
	out := *f
	out.Database = &vaultDatabase{seal(key[:], database, databaseBound(on)), on}
	out.Version = out.version()
	return &out
}

// Seals says whether the vault has the key of a sealed database, and whether the
// database is to be sealed, or to be no longer. A vault that is locked says it too.
func (v *Vault) Seals() (has, on bool) {
	if v == nil {
		return false, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.file == nil || v.file.Database == nil {
		return false, false
	}
	return true, v.file.Database.On
}

// DatabaseKey is the key of the database, for who overwrites it then: ErrNoSecret
// without one, ErrVaultLocked, ErrVaultRefused when somebody changed it.
func (v *Vault) DatabaseKey() ([]byte, error) {
	if v == nil {
		return nil, ErrNoSecret
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.file == nil || v.file.Database == nil:
		return nil, ErrNoSecret
	case v.key == nil:
		return nil, ErrVaultLocked
	}
	k, ok := v.file.databaseKey(v.key)
	if !ok {
		return nil, ErrVaultRefused
	}
	return k, nil
}

// SealDatabase gives the key of a database that is to be sealed, and keeps it first:
// the one there is, else a new one. The vault must be open.
func (v *Vault) SealDatabase() ([]byte, error) {
	k, err := v.DatabaseKey()
	switch {
	case err == ErrNoSecret: //nolint:errorlint // our own
		k = newKey()[:]
	case err != nil:
		return nil, err
	}
	return k, v.keepDatabase(k, true)
}

// UnsealDatabase notes that the database is to be sealed no longer.
func (v *Vault) UnsealDatabase() error {
	k, err := v.DatabaseKey()
	if err != nil {
		return err
	}
	defer clear(k)
	return v.keepDatabase(k, false)
}

func (v *Vault) keepDatabase(key []byte, on bool) error {
	v.work.Lock()
	defer v.work.Unlock()
	f, err := v.changed(func(f *vaultFile) *vaultFile { return f.withDatabase(v.key, key, on) })
	if err != nil {
		return err
	}
	return v.write(f, nil)
}

// ForgetDatabase takes the key of the database out of the vault: what is sealed with
// it cannot be read any more. The vault need not be open.
func (v *Vault) ForgetDatabase() error {
	v.work.Lock()
	defer v.work.Unlock()
	v.mu.Lock()
	if v.file == nil || v.file.Database == nil {
		v.mu.Unlock()
		return nil
	}
	f := *v.file
	v.mu.Unlock()
	f.Database = nil
	f.Version = f.version()
	return v.write(&f, nil)
}
