package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"sotto/session"
	"sotto/store"
	"sotto/ui"
	"sotto/ui/catalog"
)

// sealKey gives the key of a sealed history, before anything of it is opened: by the
// command or the descriptor that opens the vault, else by who sits at the terminal.
// nil: it is not sealed. false: the program ends with that exit code.
func sealKey(ctx context.Context, p program, secrets store.Secrets, say func(string)) (key []byte, code int, ok bool) {
	v, dir := secrets.Vault, p.paths.Data
	sealed := store.SealedIn(dir)
	has, on := v.Seals()
	switch {
	case !sealed && !has:
		return nil, exitOK, true
	case !sealed && !on:
		_ = v.ForgetDatabase() // it was unsealed, and the program ended before that
		return nil, exitOK, true
	}
	q := questions(p.plain)
	if !has {
		say(catalog.T("start.seal-lost", dir, v.Path()))
		return nil, exitFailed, anew(ctx, q, dir, say)
	}
	if err := secrets.OpenVault(ctx); err != nil {
		var failed *store.OpenerError
		if errors.As(err, &failed) {
			say(catalog.Problem(openerProblem(failed), "").Text)
		}
		say(catalog.T("start.seal-asks", dir))
		if !q.can() {
			say(catalog.T("start.seal-no"))
			return nil, exitTerminal, false
		}
	}
	for v.State() != store.VaultOpen {
		line, err := q.secret(ctx, catalog.T("start.seal-pass"))
		if err != nil {
			say(catalog.T("start.seal-no"))
			return nil, exitFailed, false
		}
		passphrase := []byte(line)
		if err := v.Unlock(passphrase); err != nil {
			q.print(catalog.Problem(session.Problem{Code: "vault-passphrase"}, "").Text + "\n")
		}
		clear(passphrase)
	}
	key, err := v.DatabaseKey()
	if err == nil && sealed && !store.SealKeyFits(dir, key) {
		err = store.ErrSealed
	}
	if err != nil {
		say(catalog.T("start.seal-other", dir))
		return nil, exitFailed, anew(ctx, q, dir, say)
	}
	return key, exitOK, true
}

// anew puts a history away that nobody can open, if the user wants that.
func anew(ctx context.Context, q asker, dir string, say func(string)) bool {
	if !q.can() {
		return false
	}
	line, err := q.line(ctx, catalog.T("start.seal-new"))
	if line = strings.ToLower(strings.TrimSpace(line)); err != nil || line != "y" && line != "yes" {
		return false
	}
	to, err := store.PutSealedAside(dir)
	if err != nil {
		say(catalog.T("start.data", dir))
		return false
	}
	say(catalog.T("start.seal-aside", to))
	return true
}

func openerProblem(failed *store.OpenerError) session.Problem {
	switch {
	case errors.Is(failed.Err, store.ErrPassphrase):
		return session.Problem{Code: "vault-opener-wrong"}
	case failed.Command == "":
		return session.Problem{Code: "vault-opener-fd"}
	}
	return session.Problem{Code: "vault-opener", Args: []string{failed.Command}}
}

// asker asks at the terminal while there is no screen.
type asker struct {
	in    *os.File // nil: nobody can be asked
	out   io.Writer
	typed bool // in is a terminal
}

// questions finds where questions can be asked. In lines that is where lines come from.
func questions(lines *ui.Plain) asker {
	if lines != nil {
		f, ok := lines.In.(*os.File)
		if !ok {
			return asker{}
		}
		return asker{in: f, out: lines.Out, typed: term.IsTerminal(int(f.Fd()))} //nolint:gosec // a descriptor
	}
	if term.IsTerminal(int(os.Stdin.Fd())) { //nolint:gosec // a descriptor
		return asker{in: os.Stdin, out: os.Stderr, typed: true}
	}
	return asker{}
}

func (q asker) can() bool { return q.in != nil }

func (q asker) print(text string) { _, _ = io.WriteString(q.out, text) }

// line asks for a line, secret for one that is not shown.
func (q asker) line(ctx context.Context, question string) (string, error) {
	q.print(question)
	return q.wait(ctx, func() (string, error) { return firstLineOf(q.in) })
}

func (q asker) secret(ctx context.Context, question string) (string, error) {
	if !q.typed {
		return q.line(ctx, question)
	}
	fd := int(q.in.Fd()) //nolint:gosec // a descriptor
	shown, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	echoOf(q.in)(false) // before the question: who is fast types nothing that is seen
	q.print(question)
	line, err := q.wait(ctx, func() (string, error) {
		b, err := term.ReadPassword(fd)
		defer clear(b)
		return string(b), err
	})
	_ = term.Restore(fd, shown) // a signal leaves the reading behind
	q.print("\n")
	return line, err
}

// wait reads beside a signal that ends the program; what reads then ends with it.
func (q asker) wait(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		line string
		err  error
	}
	c := make(chan answer, 1)
	go func() {
		line, err := read()
		c <- answer{line, err}
	}()
	select {
	case a := <-c:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// firstLineOf reads a line and nothing behind it: that is for who reads next.
func firstLineOf(in io.Reader) (string, error) {
	var line []byte
	defer func() { clear(line) }()
	for b := make([]byte, 1); len(line) <= store.PassphraseMax; {
		n, err := in.Read(b)
		if n == 1 && b[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		if n == 1 {
			line = append(line, b[0])
		}
		if err != nil {
			if len(line) > 0 {
				return string(line), nil
			}
			return "", err
		}
	}
	return "", io.ErrShortBuffer
}
