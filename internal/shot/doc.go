// Package shot draws what a terminal shows into a picture, for the README: the
// cells of a vt.Terminal with the Go fonts, and with fonts from files for what
// those do not have. `make screenshots` runs the demo in pseudo-terminals and
// writes docs/*.png; nothing of this is in the program. A Font belongs to one
// goroutine.
package shot
