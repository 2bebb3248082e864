// Package catalog holds every sentence that sotto says to its user, in one
// place, so that it can be translated and read as a whole.
//
// A sentence has a code and takes arguments by number (%[1]s). What goes wrong
// has a sentence and a hint that names the next key ([Problem]). Remote text
// among the arguments passes the terminal-safety filter here. Any goroutine may
// call.
//
// # Example
//
//	catalog.T("roster.empty")
//	s := catalog.Problem(p, "alice@example.org")
//	// s.Text, s.Hint
package catalog
