// Package ui is the terminal interface: roster, chat and presence panes, the
// composer, the jump box, dialogs and the one table of actions, built on tview.
//
// # Ownership
//
// The ui owner is tview's event goroutine: the [App]'s model, every pane and
// every handler are touched there only. Two goroutines serve it. The pager
// reads the store and asks the session what needs waiting; the bridge takes
// what changed from the session's mailbox and what the pager read, and queues
// at most one update per frame. QueueUpdate appears in bridge.go only.
// Handlers never queue and never block: they change state and return.
//
// Text of others is drawn cell by cell through package text and never parsed
// for tags.
//
// # Example
//
//	app := ui.New(ui.Terminal{Screen: scr, Env: env}, ui.Options{Client: c, Store: st})
//	err := app.Run(ctx)
package ui
