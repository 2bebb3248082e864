// Sotto is an instant-messaging client for XMPP in the terminal.
//
// Usage:
//
//	sotto                  start with the accounts of the configuration
//	sotto demo             start against a server inside the program: no account, no network
//	sotto -a JID           act for this account first; it is added when it is new
//	sotto --config FILE    another configuration file (also SOTTO_CONFIG)
//	sotto --data DIR       another folder for history, lock and logs
//	sotto xmpp:ADDRESS     show what a link asks for, filled in; also sotto demo xmpp:…
//	sotto --plain          work in lines, for screen readers, dumb terminals and pipes
//	sotto --version        print the version
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// version is set when a release is built.
var version = "0.1.0-dev"

// Exit codes.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitHeld     = 3 // another sotto has the profile
	exitTerminal = 4 // no terminal to draw on
)

func main() {
	noCores()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the command line says.
type options struct {
	account, config, data string
	uri                   string // an xmpp: link
	demo, version, plain  bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("sotto", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.account, "a", "", catalog.T("flag.account"))
	f.StringVar(&o.config, "config", os.Getenv("SOTTO_CONFIG"), catalog.T("flag.config"))
	f.StringVar(&o.data, "data", "", catalog.T("flag.data"))
	f.BoolVar(&o.plain, "plain", false, catalog.T("flag.plain"))
	f.BoolVar(&o.version, "version", false, catalog.T("flag.version"))
	err := f.Parse(args)
	rest := f.Args()
	if err == nil && len(rest) > 0 && rest[0] == "demo" {
		o.demo = true
		err = f.Parse(rest[1:])
		rest = f.Args()
	}
	if err == nil && len(rest) > 0 && isURI(rest[0]) {
		o.uri = rest[0]
		err = f.Parse(rest[1:])
		rest = f.Args()
	}
	if err == nil && len(rest) > 0 {
		err = errors.New(catalog.T("flag.unknown", rest[0]))
	}
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			_, _ = fmt.Fprintln(stderr, "sotto: "+err.Error())
		}
		_, _ = fmt.Fprintln(stderr, catalog.T("flag.usage"))
	}
	return o, err
}

// isURI says whether a word is meant as a link; what is wrong with it is told on
// the screen, because a browser's terminal closes with the program.
func isURI(word string) bool {
	return len(word) >= len(session.URIScheme) && strings.EqualFold(word[:len(session.URIScheme)], session.URIScheme)
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case o.version:
		_, _ = fmt.Fprintln(stdout, "sotto "+version)
		return exitOK
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals...)
	defer stop()
	lines := plainOf(o, os.Stdin, stdout)
	if o.demo {
		return runDemo(ctx, o, lines, stderr)
	}
	paths := store.FindPaths(o.config, o.data)
	cfg, err := store.LoadConfig(paths.Config)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "sotto: "+err.Error()+"\n"+catalog.T("start.config"))
		return exitUsage
	}
	return start(ctx, program{paths: paths, cfg: cfg, account: o.account, uri: o.uri, configPath: paths.Config, plain: lines}, stderr)
}
