package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
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

// Secrets finds and keeps passwords. Nothing of it writes a password to a file.
type Secrets struct {
	Keyring Keyring         // nil: the system's, when a session bus is there
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

// Password asks password_command, if the account names one, else the keyring.
// ErrNoSecret: neither has it, ask the user. Any goroutine but the interface's.
func (s Secrets) Password(ctx context.Context, a AccountConfig) (string, error) {
	if words := a.Command(); len(words) > 0 {
		return s.run(ctx, words)
	}
	k := s.keyring()
	if k == nil {
		return "", ErrNoSecret
	}
	p, err := within(ctx, func() (string, error) { return k.Get(keyringService, a.JID) })
	if err != nil || p == "" {
		return "", ErrNoSecret
	}
	return p, nil
}

// Remember keeps a password in the keyring.
func (s Secrets) Remember(ctx context.Context, jid, password string) error {
	k := s.keyring()
	if k == nil {
		return ErrNoSecret
	}
	_, err := within(ctx, func() (string, error) { return "", k.Set(keyringService, jid, password) })
	return err
}

// Forget removes a password from the keyring.
func (s Secrets) Forget(ctx context.Context, jid string) error {
	k := s.keyring()
	if k == nil {
		return nil
	}
	_, err := within(ctx, func() (string, error) { return "", k.Delete(keyringService, jid) })
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

// run starts password_command without a shell. Its first line is the password;
// it may use the terminal's error output to ask.
func (s Secrets) run(ctx context.Context, words []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Env = os.Environ()
	if s.Env != nil {
		c.Env = s.Env()
	}
	c.WaitDelay = time.Second
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		return "", &CommandError{words[0], err}
	}
	line, _, _ := strings.Cut(out.String(), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", &CommandError{words[0], errors.New("it printed no password")}
	}
	return line, nil
}
