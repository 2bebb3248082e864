// Package export writes messages of the store to files that other programs read:
// an object of JSON a line, text for people, or messages of RFC 3862, and reads the
// first and the last of them again. Nothing here touches the network or a screen. Any goroutine; a [Writer] belongs to one.
//
// # Example
//
//	w, err := export.New(export.JSONL, file, words)
//	err = w.Message(chat, "alice@example.org", message)
//	err = w.Close()
package export

import (
	"errors"
	"io"

	"sotto/store"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	JSONL Format = "jsonl" // an object a line
	Text  Format = "text"  // for people
	CPIM  Format = "cpim"  // multipart/mixed of message/cpim (RFC 3862)
)

// Formats lists them.
var Formats = []Format{JSONL, Text, CPIM}

// Ending is the end of the name of such a file.
func (f Format) Ending() string {
	return map[Format]string{JSONL: ".jsonl", Text: ".txt", CPIM: ".cpim"}[f]
}

// Words gives a sentence of the catalogue; only the text for people has any.
type Words func(code string, args ...string) string

// Writer writes messages, the oldest first, chat by chat.
type Writer interface {
	// Message writes one; account is the bare address of the chat's account.
	Message(c store.Chat, account string, m *store.Inspection) error
	// Close writes what stands at the end. It does not close what is written to.
	Close() error
}

// New makes a writer.
func New(f Format, to io.Writer, words Words) (Writer, error) {
	switch f {
	case JSONL:
		return &jsonWriter{to: to}, nil
	case Text:
		return &textWriter{to: to, words: words}, nil
	case CPIM:
		return newCPIM(to)
	}
	return nil, errors.New("there is no such format")
}

// kinds are the words for what a chat is with.
var kinds = map[store.ChatKind]string{store.Direct: "direct", store.Room: "room", store.Private: "private", store.Self: "self"}

// states are the words for where a message is.
var states = map[store.State]string{store.Received: "received", store.Queued: "queued", store.Preparing: "preparing", store.Written: "written", store.Sent: "sent",
	store.Delivered: "delivered", store.Displayed: "displayed", store.Failed: "failed", store.Unsure: "unsure"}

// sender is the address of who said it.
func sender(account string, m *store.Inspection) string {
	if m.Outgoing && m.Nick == "" {
		return account
	}
	return m.Sender
}
