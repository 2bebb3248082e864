package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringService is the name under which passwords lie in the system's keyring.
const keyringService = "sotto"

// keyringTime is how long a keyring may take: a locked one can wait for a
// dialog that nobody sees.
const keyringTime = 2 * time.Second

// ErrNoSecret says that no place holds a password for the account.
var ErrNoSecret = errors.New("no password is stored")

// CommandError says that password_command failed.
type CommandError struct {
	Command string
	Err     error
}

func (e *CommandError) Error() string { return fmt.Sprintf("%s: %v", e.Command, e.Err) }
func (e *CommandError) Unwrap() error { return e.Err }

// Place says where a password is.
type Place int

// The places. Unsaid is none: nothing was chosen, nothing is known.
const (
	Unsaid    Place = iota
	Asked           // nowhere: the user is asked each time
	InCommand       // password_command prints it
	InKeyring
	InVault
)

// Secrets finds and keeps passwords. Nothing of it writes a password to a file in clear.
type Secrets struct {
	Keyring Keyring         // nil: the system's, when a session bus is there
	Vault   *Vault          // nil: there is none
	Opener  *Opener         // opens the vault without a user; nil: nothing does
	Env     func() []string // the environment of password_command; nil: os.Environ
}

// Keyring is a place of the system for secrets.
type Keyring interface {
	Get(service, user string) (string, error)
	Set(service, user, password string) error
	Delete(service, user string) error
}

type systemKeyring struct{}

func (systemKeyring) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (systemKeyring) Set(service, user, password string) error {
	return keyring.Set(service, user, password)
}
func (systemKeyring) Delete(service, user string) error { return keyring.Delete(service, user) }

// Password asks password_command, if the account names one, else the keyring, else
// the vault, and says which it was. ErrNoSecret: none has it, ask the user;
// ErrVaultLocked, perhaps within an *OpenerError: the vault has it, ask for its
// passphrase. Any goroutine but the interface's.
func (s Secrets) Password(ctx context.Context, a AccountConfig) (string, Place, error) {
	if words := a.Command(); len(words) > 0 {
		line, err := firstLine(ctx, words, s.Env)
		return string(line), InCommand, err
	}
	if k := s.keyring(); k != nil {
		if p, err := within(ctx, func() (string, error) { return k.Get(keyringService, a.JID) }); err == nil && p != "" {
			return p, InKeyring, nil
		}
	}
	p, err := s.Vault.Password(a.JID)
	if errors.Is(err, ErrVaultLocked) && s.Opener != nil {
		if err := s.Opener.open(ctx, s.Vault); err != nil {
			return "", Unsaid, err
		}
		p, err = s.Vault.Password(a.JID)
	}
	return p, InVault, err
}

// OpenVault opens the vault where no user is asked: ErrVaultLocked, perhaps within an
// *OpenerError, when that is not to be. Any goroutine but the interface's.
func (s Secrets) OpenVault(ctx context.Context) error {
	if s.Opener == nil {
		return ErrVaultLocked
	}
	return s.Opener.open(ctx, s.Vault)
}

// Keep puts a password where it is to be and takes what is kept of the account
// anywhere else away: an older one would be found there.
func (s Secrets) Keep(ctx context.Context, jid, password string, place Place) error {
	switch place {
	case InKeyring:
		k := s.keyring()
		if k == nil {
			return ErrNoSecret
		}
		if _, err := within(ctx, func() (string, error) { return "", k.Set(keyringService, jid, password) }); err != nil {
			return err
		}
		return s.Vault.forgetAccount(jid)
	case InVault:
		if s.Vault == nil {
			return ErrVaultNone
		}
		if err := s.Vault.Put(jid, password); err != nil {
			return err
		}
		return s.forgetInKeyring(ctx, jid)
	case Asked:
		return s.Forget(ctx, jid)
	}
	return nil
}

// Forget removes a password from the keyring and from the vault.
func (s Secrets) Forget(ctx context.Context, jid string) error {
	return errors.Join(s.forgetInKeyring(ctx, jid), s.Vault.forgetAccount(jid))
}

func (s Secrets) forgetInKeyring(ctx context.Context, jid string) error {
	k := s.keyring()
	if k == nil {
		return nil
	}
	_, err := within(ctx, func() (string, error) { return "", k.Delete(keyringService, jid) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// HasKeyring says whether passwords can be remembered.
func (s Secrets) HasKeyring() bool { return s.keyring() != nil }

func (s Secrets) keyring() Keyring {
	if s.Keyring != nil {
		return s.Keyring
	}
	if !sessionBus() {
		return nil
	}
	return systemKeyring{}
}

// within runs fn and stops waiting after keyringTime. fn cannot be stopped:
// its goroutine ends when the keyring answers.
func within(ctx context.Context, fn func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, keyringTime)
	defer cancel()
	type answer struct {
		s   string
		err error
	}
	c := make(chan answer, 1)
	go func() {
		s, err := fn()
		c <- answer{s, err}
	}()
	select {
	case a := <-c:
		return a.s, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// firstLine runs a command without a shell and gives the first line that it
// writes; it may use the terminal's error output to ask. env nil: os.Environ. The
// error is a *CommandError.
func firstLine(ctx context.Context, words []string, env func() []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Env = os.Environ()
	if env != nil {
		c.Env = env()
	}
	c.WaitDelay = time.Second
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		return nil, &CommandError{words[0], err}
	}
	line, _, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil, &CommandError{words[0], errors.New("it printed no password")}
	}
	return line, nil
}
