package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestVaultHasTheKeyOfTheDatabase: it outlives another passphrase, goes with nobody's
// delete, cannot be exchanged or turned off by who writes to the file, and a program
// that does not know it leaves the file alone.
func TestVaultHasTheKeyOfTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.json")
	v := OpenVault(path)
	if err := v.Create(passPhrase); err != nil {
		t.Fatal(err)
	}
	if _, err := v.DatabaseKey(); !errors.Is(err, ErrNoSecret) {
		t.Errorf("there is none: %v", err)
	}
	key, err := v.SealDatabase()
	if err != nil || len(key) != SealKeySize {
		t.Fatal(len(key), err)
	}
	if again, err := v.SealDatabase(); err != nil || !bytes.Equal(again, key) {
		t.Errorf("another key the second time: %v", err)
	}
	if err := v.Put("alice@example.org", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if err := v.Delete(); !errors.Is(err, ErrVaultSeals) {
		t.Errorf("delete: %v", err)
	}
	other := []byte("quite another passphrase")
	if err := v.Rekey(passPhrase, other); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, key) || !bytes.Contains(b, []byte(`"sotto_vault": 2`)) {
		t.Fatalf("the file is %s (%v)", b, err)
	}
	v = OpenVault(path)
	if has, on := v.Seals(); !has || !on {
		t.Errorf("locked: %v, %v", has, on)
	}
	if _, err := v.DatabaseKey(); !errors.Is(err, ErrVaultLocked) {
		t.Errorf("locked: %v", err)
	}
	if err := v.Unlock(other); err != nil {
		t.Fatal(err)
	}
	if got, err := v.DatabaseKey(); err != nil || !bytes.Equal(got, key) {
		t.Errorf("behind another passphrase: %v", err)
	}
	for name, change := range map[string]func(f *vaultFile){
		"turned off": func(f *vaultFile) { f.Database.On = false },
		"exchanged":  func(f *vaultFile) { f.Database.Sealed = f.Key },
		"flipped":    func(f *vaultFile) { f.Database.Sealed[40] ^= 1 },
	} {
		f := new(vaultFile)
		if err := json.Unmarshal(b, f); err != nil {
			t.Fatal(err)
		}
		change(f)
		forged, err := f.bytes()
		if err == nil {
			err = os.WriteFile(path, forged, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		v := OpenVault(path)
		if err := v.Unlock(other); err != nil {
			t.Fatal(err)
		}
		if _, err := v.DatabaseKey(); !errors.Is(err, ErrVaultRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if err := v.UnsealDatabase(); !errors.Is(err, ErrVaultRefused) {
			t.Errorf("%s, unseal: %v", name, err)
		}
		if err := v.Rekey(other, passPhrase); !errors.Is(err, ErrVaultRefused) {
			t.Errorf("%s, another passphrase: %v", name, err)
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	v = OpenVault(path)
	if err := v.ForgetDatabase(); err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile(path); err != nil || !bytes.Contains(b, []byte(`"sotto_vault": 1`)) || bytes.Contains(b, []byte("database")) {
		t.Errorf("forgotten: %s (%v)", b, err)
	}
	if err := v.Unlock(other); err != nil {
		t.Fatal(err)
	}
	if p, err := v.Password("alice@example.org"); p != "correct horse" {
		t.Errorf("the password is %q (%v)", p, err)
	}
}
