//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// inherited is a file that was given to the process under a number; nil: it has
// none. No child inherits it in turn.
func inherited(fd int) *os.File {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return nil
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "passphrase")
}
