// Package demo is an XMPP server that lives inside the process. It serves
// "sotto demo", the screenshots and the tests: no network port is opened, no
// account is needed, and it can be told to misbehave.
//
//	wire.Connect ── Dial ──> pipe ──> TLS ──> stream ──> handle ──┐
//	                                                               ├── accounts, rooms, archives
//	Actor.Say, Actor.Join … ─────────────────────────────────────┘
//
// What it speaks is the part of XMPP that sotto uses, as the specifications have
// it: RFC 6120 and 6121, multi-user chat, archives, carbons, acknowledgements,
// personal eventing. It serves one domain and the rooms of rooms.<domain>, and
// talks to no other server.
//
// # Who owns what
//
// All state of the server (accounts, sessions, rooms, archives) sits behind one
// mutex, [Server.mu]. It is never held while anything blocks: a stanza for a
// connection goes into the queue of its session, and a goroutine writes that
// queue. A queue that grows beyond its bound ends the connection: a client which
// does not read is cut, not waited for.
//
// Each connection has two goroutines, a reader and a writer, and each [Actor] has
// one, on which its callbacks run without the mutex. The scenario adds one per
// character. All of them have ended when [Server.Close] returns.
//
// # Example
//
//	d, err := demo.Start(ctx, demo.Options{})
//	if err != nil {
//		return err
//	}
//	defer d.Server.Close()
//	link, _, err := wire.Connect(ctx, wire.Config{
//		JID: d.JID, Password: ask(d.Password), Dial: d.Server.Dial, RootCAs: d.Server.RootCAs(),
//	})
package demo
