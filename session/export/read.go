package export

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"sotto/store"
)

// Bounds on a file that is read.
const (
	// LineMost is the longest line, or part of a file in parts, in bytes; a longer one is
	// passed over.
	LineMost                                         = 2 << 20
	namesMost, versionsMost, reactorsMost, signsMost = 20, 65, 500, 32
	wordMost, textMost                               = 4096, 1 << 20
)

var (
	// ErrLine says that a line or part is no message that can be taken; the next one may be.
	ErrLine = errors.New("not a message of an export")
	// ErrFormat says that a file is none that is read.
	ErrFormat = errors.New("not an export that is read")
)

// Record is a message of a file, with the chat that it belongs to. All is as the file
// says, within bounds; addresses are not checked.
type Record struct {
	Account, Chat, Occupant string
	Kind                    store.ChatKind
	Message                 store.Imported // without Chat
}

// Reader reads what a [Writer] of JSONL or CPIM wrote. One goroutine.
type Reader struct {
	from *bufio.Reader
	next func() (Record, error)
}

// NewReader reads from a file, whose beginning tells what it is. [ErrFormat]: it is
// neither; other errors are of the file.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{from: bufio.NewReaderSize(from, 64<<10)}
	if b, _ := r.from.Peek(3); string(b) == "\ufeff" { // an editor put it there
		_, _ = r.from.Discard(3)
	}
	switch b, err := r.from.Peek(1); {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case err != nil, b[0] == '{':
		r.next = r.line
	default:
		if err := r.openCPIM(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Next gives the next message. ErrLine: what stands there is none; io.EOF: there are no
// more.
func (r *Reader) Next() (Record, error) { return r.next() }

// line reads the message of the next line.
func (r *Reader) line() (Record, error) {
	var b []byte
	long := false
	for {
		part, err := r.from.ReadSlice('\n')
		if len(b)+len(part) > LineMost {
			long, b = true, b[:0]
		}
		if !long {
			b = append(b, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return Record{}, err
		case err != nil && len(b) == 0 && !long:
			return Record{}, io.EOF
		case long:
			return Record{}, ErrLine
		}
		return record(b)
	}
}

func record(b []byte) (r Record, err error) {
	var x line
	if json.Unmarshal(b, &x) != nil {
		return r, ErrLine
	}
	return x.record()
}

// record checks a message and makes it one of the store.
func (x *line) record() (r Record, err error) {
	if !x.bounded() {
		return r, ErrLine
	}
	at, ok := moment(x.Time)
	r = Record{Account: x.Account, Chat: x.Chat, Occupant: x.Occupant}
	m := &r.Message
	if r.Kind, ok = of(kinds, x.With, ok); !ok {
		return r, ErrLine
	}
	if m.State, ok = of(states, x.State, ok); !ok {
		return r, ErrLine
	}
	if m.State < store.Sent && m.State != store.Received {
		m.State = store.Unsure // nothing of a file is ever sent
	}
	m.Stamp, m.Sender, m.Nick, m.RealJID, m.Outgoing, m.Error, m.Lang = at, x.From, x.Nick, x.Real, x.Outgoing, x.Error, x.Lang
	if m.Mention, m.Enc, m.Flag, m.NoBody = x.Mention, x.Encrypted, x.Doubt, x.Body == nil; !m.NoBody {
		m.Body = *x.Body
	}
	if x.Event != "" {
		m.Kind, m.Notice = store.Notice, x.Event
	}
	if x.Removed != "" {
		m.Removed, m.RemovedBy, m.Reason, m.NoBody = x.Removed, x.By, x.Reason, true
	}
	for _, i := range x.IDs {
		m.Refs = append(m.Refs, store.Ref{Kind: i.Kind, By: i.By, Value: i.ID})
	}
	for _, v := range x.Versions {
		at, ok := moment(v.Time)
		if !ok {
			return r, ErrLine
		}
		m.Versions = append(m.Versions, store.Version{At: at, Body: v.Body})
	}
	if n := len(m.Versions); m.NoBody {
		m.Versions = nil
	} else if n > 0 && m.Versions[n-1].Body != m.Body {
		return r, ErrLine
	}
	for _, v := range x.Reactions {
		m.Reactors = append(m.Reactors, store.Reactor{Name: v.From, Outgoing: v.Own, Signs: v.Signs})
	}
	if x.Reply != nil {
		m.Reply = &store.Reply{Ref: x.Reply.ID, Quote: x.Reply.Quote}
	}
	if f := x.File; f != nil && m.Removed == "" {
		// Where it was saved is a word about another disk, and is not believed.
		m.File = &store.File{URL: f.URL, Name: f.Name, Size: f.Size, Type: f.Type, SHA256: f.SHA256}
	}
	if x.Spoiler {
		m.Shape = &store.Shape{Spoiler: true, Hint: x.Hint}
	}
	return r, nil
}

// bounded says whether nothing in a line is larger, or another word, than we write.
func (x *line) bounded() bool {
	words := []string{x.Account, x.Chat, x.Occupant, x.From, x.Nick, x.Real, x.Error, x.Lang, x.Event, x.By, x.Reason, x.Hint, x.Encrypted}
	texts := []string{}
	if x.Body != nil {
		texts = append(texts, *x.Body)
	}
	for _, i := range x.IDs {
		if i.ID == "" || i.Kind != "stanza-id" && i.Kind != "origin-id" && i.Kind != "id" && i.Kind != "about" && i.Kind != "" {
			return false
		}
		words = append(words, i.By, i.ID)
	}
	for _, v := range x.Versions {
		texts = append(texts, v.Body)
	}
	for _, v := range x.Reactions {
		if len(v.Signs) == 0 || len(v.Signs) > signsMost || v.From == "" {
			return false
		}
		words = append(append(words, v.From), v.Signs...)
	}
	if x.Reply != nil {
		words, texts = append(words, x.Reply.ID), append(texts, x.Reply.Quote)
	}
	if f := x.File; f != nil {
		if f.Size < 0 || f.URL != "" && !strings.HasPrefix(f.URL, "https://") {
			return false
		}
		words = append(words, f.URL, f.Name, f.Type, f.SHA256)
	}
	for _, w := range words {
		if len(w) > wordMost {
			return false
		}
	}
	for _, t := range texts {
		if len(t) > textMost {
			return false
		}
	}
	return len(x.IDs) <= namesMost && len(x.Versions) <= versionsMost && len(x.Reactions) <= reactorsMost &&
		(x.Removed == "" || x.Removed == store.RemarkRetract || x.Removed == store.RemarkModerate) && (x.Doubt == "" || x.Doubt == store.FlagForeign || x.Doubt == store.FlagUnknown)
}

// moment reads a time, within the years in which messages are written.
func moment(s string) (int64, bool) {
	at, err := time.Parse(time.RFC3339Nano, s)
	return at.UnixMicro(), err == nil && at.Year() >= 1990 && at.Year() < 2200
}

// of finds whose word this is; before says whether all was well so far.
func of[K comparable](words map[K]string, word string, before bool) (K, bool) {
	for k, w := range words {
		if w == word {
			return k, before
		}
	}
	var none K
	return none, false
}
