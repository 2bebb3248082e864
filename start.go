package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui"
	"sotto/ui/catalog"
	"sotto/ui/screen"
)

// program is what a start is made of.
type program struct {
	paths      store.Paths
	cfg        store.Config
	plain      *ui.Plain // in lines; nil: on a screen
	configPath string    // empty: nothing is written
	uri        string    // an xmpp: link to be followed; empty: none
	account    string    // to act for first
	password   string    // of the demo's account
	dial       func(ctx context.Context, network, addr string) (net.Conn, error)
	roots      *x509.CertPool
	lookup     func(ctx context.Context, network, host string) ([]netip.Addr, error)
	ready      func(*store.Store) error // fills a new store
}

// start runs the program on this process's terminal until it is left.
func start(ctx context.Context, p program, stderr io.Writer) (code int) {
	say := func(text string) { _, _ = fmt.Fprintln(stderr, "sotto: "+text) }
	lock, err := store.Acquire(p.paths.Data)
	var held *store.HeldError
	if errors.As(err, &held) {
		say(catalog.T("start.held", held.Dir, strconv.Itoa(held.PID)))
		if p.uri != "" {
			_, _ = fmt.Fprintln(stderr, catalog.T("link.running"))
		}
		return exitHeld
	}
	if err != nil {
		say(catalog.T("start.data", p.paths.Data))
		return exitFailed
	}
	defer func() { _ = lock.Close() }()
	var client *session.Client
	secrets := secretsOf(p.paths, func() []string {
		if client == nil {
			return p.cfg.VaultWords() // for a sealed database
		}
		return client.Settings().VaultWords()
	})
	defer secrets.Opener.Close()
	key, code, ok := sealKey(ctx, p, secrets, say)
	if !ok {
		return code
	}
	st, err := openStore(ctx, p, key)
	clear(key)
	if err != nil {
		code := "start.data"
		var f *store.Failure
		switch {
		case errors.Is(err, store.ErrSealed):
			code = "start.seal-other"
		case errors.Is(err, store.ErrNewer):
			code = "start.newer"
		case errors.As(err, &f) && f.Reason == store.Locked:
			code = "start.locked"
		}
		say(catalog.T(code, p.paths.Data))
		return exitFailed
	}
	defer func() { _ = st.Close() }()
	if p.ready != nil {
		if err := p.ready(st); err != nil {
			say(catalog.T("start.data", p.paths.Data))
			return exitFailed
		}
	}
	env := environment()
	term, restore, err := openTerminal(env, p.plain)
	switch {
	case errors.Is(err, screen.ErrDumb):
		say(catalog.T("start.dumb", env.Term))
		return exitTerminal
	case err != nil:
		say(catalog.T("start.no-tty"))
		return exitTerminal
	}
	// Whatever happens, the terminal is given back before anything is printed.
	defer restore()
	defer func() {
		if r := recover(); r != nil {
			restore()
			say(catalog.T("start.crash", crashFile(p.paths.State, r)))
			code = exitFailed
		}
	}()
	// A panic of any other goroutine comes here: what was typed is saved, then it ends.
	var app *ui.App
	die := func(r any) {
		restore()
		saved := make(chan struct{})
		go func() {
			defer close(saved)
			if app != nil {
				app.Rescue()
			}
			if client != nil {
				client.Close() // waits for ever when it is an account that died
			}
		}()
		select {
		case <-saved:
		case <-time.After(2 * time.Second):
		}
		say(catalog.T("start.crash", crashFile(p.paths.State, r)))
		os.Exit(exitFailed)
	}
	term.Suspend = suspend
	term.Editor = cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi")
	log, closeLog := openLog(p.paths.State)
	defer closeLog()
	console := new(session.Console)
	client = session.New(session.Options{Store: st, Secrets: secrets, Console: console.Note, Config: p.cfg, ConfigPath: p.configPath, Version: version,
		Languages: session.LocaleLanguages(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")), Dial: p.dial, RootCAs: p.roots, Lookup: p.lookup, Log: log,
		Hold: true, Panic: die, Passwords: map[string]string{p.account: p.password}})
	// A signal ends the screen first, which then says what was being typed.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		restore()
		say(catalog.T("start.data", p.paths.Data))
		return exitFailed
	}
	defer client.Close()
	app = ui.New(term, ui.Options{Client: client, Store: st, ThemesDir: p.paths.Themes, Keys: p.paths.Keys, Config: p.configPath, Console: console, Log: logPath(p.paths.State), Clip: filepath.Join(p.paths.State, "clip.txt"), Home: p.paths.Home, Outgoing: filepath.Join(p.paths.State, "outgoing"),
		Keyring: secrets.HasKeyring() && p.dial == nil, Account: p.account, URI: p.uri, Panic: die})
	running, ended := context.WithCancel(ctx)
	defer ended()
	if p.plain == nil {
		stops(running, app.Stop, app.Resume)
	}
	show := app.Run
	if p.plain != nil {
		show = func(ctx context.Context) error { return app.RunPlain(ctx, *p.plain) }
	}
	if err := show(ctx); err != nil {
		restore()
		say(catalog.T("start.no-tty"))
		return exitTerminal
	}
	// The screen is the shell's again while the goodbyes are sent.
	restore()
	client.Close()
	if messages, drafts := client.Lost(); messages+drafts > 0 {
		say(catalog.T("start.not-saved", strconv.Itoa(messages), strconv.Itoa(drafts)))
	}
	return exitOK
}

// openTerminal takes the screen, or one that nobody sees.
func openTerminal(env screen.Env, lines *ui.Plain) (ui.Terminal, func(), error) {
	if lines == nil {
		return ui.OpenTerminal(env)
	}
	t, err := ui.PlainTerminal()
	return t, func() {}, err
}

// plainOf makes the interface in lines; nil: it is not wanted.
func plainOf(o options, in *os.File, out io.Writer) *ui.Plain {
	if !o.plain {
		return nil
	}
	lines := &ui.Plain{In: in, Out: out}
	if st, err := in.Stat(); err == nil && st.Mode()&os.ModeCharDevice != 0 {
		lines.Echo = echoOf(in)
	}
	return lines
}

// echoOf shows or hides what is typed at a terminal.
func echoOf(in *os.File) func(on bool) {
	return func(on bool) {
		mode := "-echo"
		if on {
			mode = "echo"
		}
		c := exec.Command("stty", mode)
		c.Stdin = in
		_ = c.Run() // without stty what is typed is seen
	}
}

// openStore opens the profile's store. Where it can only be read and does not
// know an account, nothing of that could be used: memory takes its place.
func openStore(ctx context.Context, p program, key []byte) (*store.Store, error) {
	st, err := store.Open(ctx, store.Options{Dir: p.paths.Data, Key: key})
	if err != nil || st.Opened().How != store.Unwritable {
		return st, err
	}
	for _, a := range p.cfg.Accounts {
		if _, err := st.Account(ctx, a.JID); err != nil {
			_ = st.Close()
			return store.Open(ctx, store.Options{Dir: p.paths.Data, Memory: true})
		}
	}
	return st, nil
}

// environment is the only look at the environment on behalf of the screen.
func environment() screen.Env {
	return screen.Env{Term: os.Getenv("TERM"), ColorTerm: os.Getenv("COLORTERM"), NoColor: os.Getenv("NO_COLOR"), Lang: os.Getenv("LANG"),
		LCAll: os.Getenv("LC_ALL"), LCCtype: os.Getenv("LC_CTYPE"), SSHConnection: os.Getenv("SSH_CONNECTION"), Tmux: os.Getenv("TMUX"), STY: os.Getenv("STY"), User: os.Getenv("USER"),
		SessionBus: os.Getenv("DBUS_SESSION_BUS_ADDRESS"), TermProgram: os.Getenv("TERM_PROGRAM"), VTEVersion: os.Getenv("VTE_VERSION")}
}

// logMax is the size from which a log file starts anew.
const logMax = 4 << 20

// logPath is where the log is.
func logPath(dir string) string { return filepath.Join(dir, "sotto.log") }

// openLog opens the log; without one nothing is logged. It never holds
// passwords or what people write.
func openLog(dir string) (*slog.Logger, func()) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	path := logPath(dir)
	if st, err := os.Stat(path); err == nil && st.Size() > logMax {
		_ = os.Rename(path, path+".1")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	return slog.New(slog.NewTextHandler(f, nil)), func() { _ = f.Close() }
}

// crashFile writes what went wrong where a report can take it from.
func crashFile(dir string, r any) string {
	path := filepath.Join(dir, "crash-"+time.Now().Format("20060102-150405")+".txt")
	text := fmt.Sprintf("sotto %s\n%v\n\n%s", version, r, debug.Stack())
	if err := store.WriteFile(path, []byte(text)); err != nil {
		return strings.SplitN(fmt.Sprint(r), "\n", 2)[0]
	}
	return path
}
