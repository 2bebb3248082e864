// Package house holds the tests that keep the structure of the project: which
// package may import which, that every package says what it is for, and what
// must not stand in the code. It has no code of its own; any goroutine.
package house
