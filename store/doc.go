// Package store keeps everything that must outlive the program: the message
// history, the roster, the outbox, drafts and read positions in one SQLite
// database, the configuration file, the secrets, the places on disk and the
// lock that keeps two programs off one profile.
//
// The store is the truth; a screen is a window onto it.
//
// # Ownership
//
// One writer goroutine owns the writing connection. [Store.Write] hands it a
// function; functions that wait at the same time share one transaction and one
// fsync, each inside a SAVEPOINT of its own with recover, so that one that
// fails takes nothing else with it. Every commit raises [Store.Rev] and stamps
// it on each row it touched. Readers ([Store.Chats], [Store.Page], …) use
// connections of their own and may be called from any goroutine but the
// interface's: they wait for the disk.
//
// # When the disk fails
//
// An error of the disk is a [*Failure] with a reason; until it is over, writes
// fail at once. [Store.Shadow] makes a store in memory that stands in. A
// database that is damaged is replaced by [Open] with what can be read of it, see
// [Store.Opened].
//
// # Example
//
//	s, err := store.Open(ctx, store.Options{Dir: dir})
//	rev, err := s.Write(ctx, func(tx *store.Tx) error {
//		_, err := tx.Arrive(store.Arrival{ … })
//		return err
//	})
package store
