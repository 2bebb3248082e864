// Package session keeps the accounts: it logs in, keeps each link alive,
// applies what arrives to the store, sends what is typed, and tells every
// screen what changed.
//
// # Ownership
//
// One account loop goroutine per account owns all state of that account, so
// the files of the features hold no locks. A supervisor goroutine per account
// dials and waits. Queries of our own that need several answers run in
// goroutines bound to the life of the link. The methods of [Account] may be
// called from any goroutine, the interface's too: they never block and can
// refuse; what comes of them arrives as an [Event].
//
// # Events
//
// A subscriber has a [Mailbox]: a set of what changed, not a queue, so it never
// fills and never holds the session up. An event can only be made from the
// result of the function origin, which decides who speaks and with what
// authority.
//
// # Example
//
//	c := session.New(session.Options{Store: st, Config: cfg})
//	box := c.Subscribe()
//	c.Start(ctx)
//	for range box.Wake() {
//		for _, e := range box.Take() { … }
//	}
package session
