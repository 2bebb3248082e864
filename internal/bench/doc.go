// Package bench measures the whole program from outside, as a user meets it: it
// is run in a pseudo-terminal against a real server, next to another client or
// to the least that a client can do, in turns, so that figures of one run can
// be compared on any machine. Nothing here fails for being slow: docs/PERFORMANCE.md
// has the goals and the figures. It has no code of its own; Linux only.
package bench
