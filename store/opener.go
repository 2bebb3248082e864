package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// Opener opens a vault where no user is: with a passphrase from a file descriptor
// or from a command. It tries once in a run.
type Opener struct {
	From    *os.File        // read to its end once, then closed; nil: none
	Command func() []string // a program with arguments, whose first line counts; nil: none
	Env     func() []string // its environment; nil: os.Environ

	mu    sync.Mutex
	tried bool
}

// OpenerError says that an Opener did not open the vault. It is an ErrVaultLocked.
type OpenerError struct {
	Command string // empty: the file descriptor
	Err     error  // ErrPassphrase: it was another passphrase
}

func (e *OpenerError) Error() string   { return "open the vault: " + e.Err.Error() }
func (e *OpenerError) Unwrap() []error { return []error{ErrVaultLocked, e.Err} }

// openerTime is how long the passphrase may take to come.
const openerTime = time.Minute

// open opens the vault. Where nothing is to be tried, any more, or the user has
// locked it, the error is ErrVaultLocked.
func (o *Opener) open(ctx context.Context, v *Vault) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case v.State() == VaultOpen: // another account was first
		return nil
	case o.tried || v.Shut():
		return ErrVaultLocked
	}
	var words []string
	if o.Command != nil {
		words = o.Command()
	}
	if o.From == nil && len(words) == 0 {
		return ErrVaultLocked
	}
	o.tried = true
	var passphrase []byte
	var err error
	name := ""
	if o.From != nil {
		passphrase, err = o.read(ctx)
	} else {
		name = words[0]
		passphrase, err = firstLine(ctx, words, o.Env)
	}
	defer clear(passphrase)
	if err == nil {
		err = v.Unlock(passphrase)
	}
	if err != nil {
		return &OpenerError{name, err}
	}
	return nil
}

// read takes the first line of From and closes it.
func (o *Opener) read(ctx context.Context) ([]byte, error) {
	f := o.From
	o.From = nil
	type answer struct {
		b   []byte
		err error
	}
	c := make(chan answer, 1)
	go func() { // ends when the other side has written or closed
		b, err := io.ReadAll(io.LimitReader(f, PassphraseMax+2))
		_ = f.Close()
		c <- answer{b, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, openerTime)
	defer cancel()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a := <-c:
		if a.err != nil {
			return nil, a.err
		}
		line, _, _ := bytes.Cut(a.b, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			return nil, errors.New("nothing came")
		}
		return line, nil
	}
}

// Close gives a file up that was not needed.
func (o *Opener) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.From != nil {
		_ = o.From.Close()
		o.From = nil
	}
}
