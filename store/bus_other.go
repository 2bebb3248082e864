//go:build !linux

package store

// sessionBus: macOS and Windows always have their keyring.
func sessionBus() bool { return true }
