// Package pty runs a program in a pseudo-terminal for tests, types at it and
// reads its screen as a person would: through a model of a terminal, so that a
// test says what is seen and not which bytes were sent. Linux only. A Terminal
// belongs to the test that started it; its methods may be called from any
// goroutine.
package pty
