//go:build unix

package main

import "golang.org/x/sys/unix"

// noCores keeps the memory of this process, with passwords and messages in it, from
// becoming a file when it dies.
func noCores() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
}
