package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf16"

	"sotto/store"
)

// line is a message as an object. Its keys are a public contract (docs/export.md).
type line struct {
	Account   string     `json:"account"`
	Chat      string     `json:"chat"`
	With      string     `json:"with"` // direct, room, private, self
	Occupant  string     `json:"occupant,omitempty"`
	Time      string     `json:"time"`
	From      string     `json:"from"`
	Nick      string     `json:"nick,omitempty"`
	Real      string     `json:"real,omitempty"` // the address behind an occupant, where the room tells
	Outgoing  bool       `json:"outgoing"`
	State     string     `json:"state"`
	Error     string     `json:"error,omitempty"`
	IDs       []name     `json:"ids,omitempty"`
	Body      *string    `json:"body"` // null: taken back, or not readable
	Lang      string     `json:"lang,omitempty"`
	Event     string     `json:"event,omitempty"` // no speech: what happened
	Removed   string     `json:"removed,omitempty"`
	By        string     `json:"removed_by,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Versions  []version  `json:"versions,omitempty"` // all texts, the first one first
	Reactions []reaction `json:"reactions,omitempty"`
	Reply     *reply     `json:"reply,omitempty"`
	File      *file      `json:"file,omitempty"`
	Spoiler   bool       `json:"spoiler,omitempty"`
	Hint      string     `json:"hint,omitempty"`
	Mention   bool       `json:"mention,omitempty"`
	Encrypted string     `json:"encryption,omitempty"`
	Doubt     string     `json:"doubt,omitempty"` // a correction that could not be applied
}

type name struct {
	Kind string `json:"kind"`
	By   string `json:"by,omitempty"`
	ID   string `json:"id"`
}

type version struct {
	Time string `json:"time"`
	Body string `json:"body"`
}

type reaction struct {
	From  string   `json:"from"`
	Own   bool     `json:"own,omitempty"`
	Signs []string `json:"signs"`
}

type reply struct {
	ID    string `json:"id"`
	Quote string `json:"quote,omitempty"`
}

type file struct {
	URL    string `json:"url,omitempty"`
	Name   string `json:"name,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Type   string `json:"type,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Saved  string `json:"saved,omitempty"`
}

type jsonWriter struct{ to io.Writer }

func stamp(at int64) string { return time.UnixMicro(at).UTC().Format(time.RFC3339Nano) }

// lineOf is a message as an object.
func lineOf(c store.Chat, account string, m *store.Inspection) line {
	x := line{Account: account, Chat: c.JID, With: kinds[c.Kind], Time: stamp(m.Stamp), From: sender(account, m), Nick: m.Nick, Real: m.RealJID,
		Outgoing: m.Outgoing, State: states[m.State], Error: m.Error, Lang: m.Lang, Event: m.Notice, Mention: m.Mention, Encrypted: m.Enc}
	if c.Kind == store.Private {
		x.Occupant = c.Nick
	}
	if !m.NoBody {
		x.Body = &m.Body
	}
	for _, r := range m.Refs {
		x.IDs = append(x.IDs, name{r.Kind, r.By, r.Value})
	}
	for _, v := range m.Versions {
		x.Versions = append(x.Versions, version{stamp(v.At), v.Body})
	}
	for _, r := range m.Reactors {
		x.Reactions = append(x.Reactions, reaction{r.Name, r.Outgoing, r.Signs})
	}
	if f := m.Fold; f != nil {
		x.Removed, x.By, x.Reason, x.Doubt = f.Removed, f.By, f.Reason, f.Flag
	}
	if r := m.Reply; r != nil {
		x.Reply = &reply{r.Ref, quotedOf(r)}
	}
	if f := m.File; f != nil {
		x.File = &file{f.URL, f.Name, f.Size, f.Type, f.SHA256, f.Saved}
	}
	x.Hint, x.Spoiler = m.Spoiler()
	return x
}

func (w *jsonWriter) Message(c store.Chat, account string, m *store.Inspection) error {
	x := lineOf(c, account, m)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return err
	}
	_, err := w.to.Write(quiet(b.Bytes()))
	return err
}

func (w *jsonWriter) Close() error { return nil }

// quotedOf is what a message quotes of the one that it answers.
func quotedOf(r *store.Reply) string {
	if r.Found {
		return r.Body
	}
	return r.Quote
}

// quiet writes all signs that a terminal obeys, or that are not seen, as JSON's
// escapes: whoever looks at the file with another program sees no more than text.
func quiet(b []byte) []byte {
	plain := true
	for _, r := range string(b) {
		if r != '\n' && !unicode.IsPrint(r) {
			plain = false
			break
		}
	}
	if plain {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out = append(out, string(r)...)
		case r > 0xFFFF:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
