//go:build unix && !linux

package main

// undumpable does nothing: the limit is all there is.
func undumpable() {}
