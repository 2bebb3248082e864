//go:build unix

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// endSignals end the program in order: the shell, the system, a closed terminal.
var endSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// suspend stops the process group, as Ctrl-Z in a shell does, until fg. SIGTSTP
// itself is caught, see stops.
func suspend() error { return syscall.Kill(0, syscall.SIGSTOP) }

// stops lets stop run when another process asks this one to stop (SIGTSTP), so
// that the terminal is given back first, and resume when it was stopped without
// that and goes on.
func stops(ctx context.Context, stop, resume func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, syscall.SIGTSTP, syscall.SIGCONT)
	go func() {
		defer signal.Stop(c)
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-c:
				if s == syscall.SIGTSTP {
					stop()
				} else {
					resume()
				}
			}
		}
	}()
}
