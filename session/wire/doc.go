// Package wire is the transport engine: it finds the server of an address,
// connects, secures and logs in, and then carries whole stanzas both ways.
//
// It knows XML, TLS, SASL and XEP-0198, and nothing about messages, rosters or
// rooms; whatever a stanza means is the business of package session.
//
//	bytes ─> decoder ─> reader ──buffer──> Take ─> (the owner of the account) ─> Commit
//	                      │ answers to Call, Lend
//	                      ▼
//	bytes <─ writer <──queue── Send, Ask, Call, Lend
//
// # Who owns what
//
// [Connect] runs in the caller's goroutine and leaves four goroutines behind,
// all owned by the [Link] and all ended before [Link.Done] closes: the reader
// (the only one that reads the socket), the writer (the only one that writes
// it), the watchdog (which decides that a link is dead) and the supervisor that
// waits for the other three. State they share sits behind one mutex which is
// never held while anything blocks. The reader never waits for the writer: when
// the send queue stands still, acknowledgements must still be read.
//
// # What is trusted
//
// Nothing that arrives. The decoder bounds size, depth and counts; answers to
// our questions are matched by id and sender; a counter the server could not
// have reached ends the link. The texts of the server in [Error] and
// [StanzaError] are remote text and are not filtered here.
//
// # Example
//
//	link, login, err := wire.Connect(ctx, wire.Config{JID: "ann@example.org", Password: ask})
//	if err != nil {
//		return err
//	}
//	defer link.Close(ctx)
//	link.Send(wire.New(wire.NSClient, "presence"))
//	for {
//		select {
//		case <-link.Ready():
//			for _, stanza := range link.Take(500) {
//				last = apply(stanza)
//			}
//			link.Commit(last)
//		case <-link.Done():
//			return link.Err()
//		}
//	}
package wire
