package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sotto/internal/pty"
	"sotto/store"
)

const sealPassphrase = "four words of mine"

// sealedProfile is a profile whose user sealed the history.
func sealedProfile(t *testing.T) (dir, config string) {
	t.Helper()
	dir = t.TempDir()
	config = profiled(t, dir)
	v := store.OpenVault(filepath.Join(dir, "vault.json"))
	if err := v.Create([]byte(sealPassphrase)); err != nil {
		t.Fatal(err)
	}
	key, err := v.SealDatabase()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Seal(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, config
}

// has says whether a file of the profile has these words.
func has(t *testing.T, dir, words string) bool {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(words)) {
			return true
		}
	}
	return false
}

// TestSealByCommand: /vault seal makes the vault, seals the history and says so; the
// next start asks for the passphrase, as often as it is wrong; /vault unseal ends it.
func TestSealByCommand(t *testing.T) {
	dir := t.TempDir()
	config := profiled(t, dir)
	if !has(t, dir, "the line of before") {
		t.Fatal("the words are not where they are sought")
	}
	p := sotto(t, dir, config)
	shows(t, p, "the line of before")
	p.Type("/vault seal\r")
	shows(t, p, "A vault for passwords")
	p.Type(sealPassphrase + "\r" + sealPassphrase + "\r")
	shows(t, p, "Seal the history under the vault")
	p.Type("y")
	shows(t, p, "The history is sealed. Keep")
	p.Type("a draft of mine")
	shows(t, p, "> a draft of mine")
	leave(t, p)
	for _, words := range []string{"the line of before", "a line on its way", "a draft of mine", "<message/>", "bob@example.org"} {
		if has(t, dir, words) {
			t.Errorf("%q is in a file", words)
		}
	}
	p = sotto(t, dir, config)
	shows(t, p, "is sealed", "Passphrase of the vault:")
	p.Type("four words of yours\r")
	shows(t, p, "That is not the passphrase of the vault.")
	p.Type(sealPassphrase + "\r")
	shows(t, p, "the line of before", "> a draft of mine")
	if strings.Contains(p.Text(), sealPassphrase) {
		t.Error("the passphrase was shown")
	}
	p.Type("\x15/vault delete\r")
	shows(t, p, "Delete the vault")
	p.Type("y")
	shows(t, p, "without it nobody could read it again")
	p.Type("/vault unseal\r")
	shows(t, p, "Store the history unsealed from now on?")
	p.Type("y")
	shows(t, p, "The history is no longer sealed.")
	leave(t, p)
	p = sotto(t, dir, config)
	shows(t, p, "the line of before")
	leave(t, p)
	if !has(t, dir, "the line of before") {
		t.Error("it is still sealed")
	}
}

// TestSealedStart: what opens the vault without a user opens the history, and a start
// without the passphrase changes nothing.
func TestSealedStart(t *testing.T) {
	dir, config := sealedProfile(t)
	before, err := os.ReadFile(filepath.Join(dir, "sotto.db"))
	if err != nil {
		t.Fatal(err)
	}
	p := sotto(t, dir, config)
	shows(t, p, "Passphrase of the vault:")
	p.Signal(unix.SIGTERM)
	if code := p.Wait(); code != exitFailed || !p.Given() {
		t.Errorf("exit code %d, terminal given back: %v", code, p.Given())
	}
	shows(t, p, "nothing was opened")
	if b, err := os.ReadFile(filepath.Join(dir, "sotto.db")); err != nil || !bytes.Equal(b, before) {
		t.Errorf("it was changed: %v", err)
	}
	p = sottoAt(t, dir, config, 120, 40, vaultCommandVariable+"=echo "+sealPassphrase)
	shows(t, p, "the line of before")
	leave(t, p)
	p = sottoAt(t, dir, config, 120, 40, vaultCommandVariable+"=echo another")
	shows(t, p, "What was given as the passphrase of the vault is not it.", "Passphrase of the vault:")
	p.Type(sealPassphrase + "\r")
	shows(t, p, "the line of before")
	leave(t, p)
}

// TestSealedPlain: in lines the next line is the passphrase.
func TestSealedPlain(t *testing.T) {
	dir, config := sealedProfile(t)
	p := sotto(t, dir, config, "--plain")
	shows(t, p, "Passphrase of the vault:")
	p.Type(sealPassphrase + "\r")
	shows(t, p, "sotto in lines")
	p.Type("/vault\r")
	shows(t, p, "The history is sealed")
	if strings.Contains(p.Text(), sealPassphrase) {
		t.Error("the passphrase was shown")
	}
	leave(t, p)
}

// TestSealedWithoutItsVault: the history is left alone, and another begins only if the
// user says so.
func TestSealedWithoutItsVault(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, path string){
		"no file": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"another vault": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			v := store.OpenVault(path)
			if err := v.Create([]byte(sealPassphrase)); err != nil {
				t.Fatal(err)
			}
			if _, err := v.SealDatabase(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, config := sealedProfile(t)
			before, err := os.ReadFile(filepath.Join(dir, "sotto.db"))
			if err != nil {
				t.Fatal(err)
			}
			lose(t, filepath.Join(dir, "vault.json"))
			start := func(answer string) *pty.Terminal {
				p := sotto(t, dir, config)
				if name == "another vault" {
					shows(t, p, "Passphrase of the vault:")
					p.Type(sealPassphrase + "\r")
				}
				shows(t, p, "Begin a new history")
				p.Type(answer + "\r")
				return p
			}
			p := start("n")
			if code := p.Wait(); code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			if b, err := os.ReadFile(filepath.Join(dir, "sotto.db")); err != nil || !bytes.Equal(b, before) {
				t.Errorf("it was changed: %v", err)
			}
			p = start("y")
			shows(t, p, "alice@example.org")
			leave(t, p)
			aside, err := filepath.Glob(filepath.Join(dir, "sotto.db.sealed-*"))
			if err != nil || len(aside) != 1 {
				t.Fatalf("got %q (%v)", aside, err)
			}
			if b, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(b, before) {
				t.Errorf("the sealed one is not what it was: %v", err)
			}
		})
	}
}
