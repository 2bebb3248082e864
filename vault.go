package main

import (
	"os"
	"strconv"

	"sotto/store"
)

// The variables that say how the vault is opened where no user is. Neither holds a
// secret itself, and no child gets them.
const (
	vaultFDVariable      = "SOTTO_VAULT_PASSPHRASE_FD"
	vaultCommandVariable = "SOTTO_VAULT_PASSPHRASE_COMMAND"
)

// secretsOf is where the passwords of a profile are. command is what the
// configuration says; the environment goes before it.
func secretsOf(paths store.Paths, command func() []string) store.Secrets {
	o := &store.Opener{Command: command}
	if words := store.SplitWords(os.Getenv(vaultCommandVariable)); len(words) > 0 {
		o.Command = func() []string { return words }
	}
	// 0, 1 and 2 are the terminal.
	if n, err := strconv.Atoi(os.Getenv(vaultFDVariable)); err == nil && n > 2 {
		o.From = inherited(n)
	}
	for _, v := range []string{vaultCommandVariable, vaultFDVariable} {
		_ = os.Unsetenv(v)
	}
	return store.Secrets{Vault: store.OpenVault(paths.Vault), Opener: o}
}
