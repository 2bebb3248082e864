//go:build unix

package main

import (
	"os"
	"syscall"
)

// endSignals end the program in order: the shell, the system, a closed terminal.
var endSignals = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// suspend stops the process group, as Ctrl-Z in a shell does, until fg.
func suspend() error { return syscall.Kill(0, syscall.SIGTSTP) }
