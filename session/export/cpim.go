package export

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sotto/store"
)

// The namespace of the headers that RFC 3862 does not know, and their prefix.
const (
	cpimSpace  = "https://sotto.example/export/1"
	cpimPrefix = "X"
)

// cpimWriter writes a MIME entity of type multipart/mixed, each part of it a
// message/cpim (RFC 3862 §2) with the text in UTF-8 inside. A part has its length in
// bytes, and the boundary is random, so that nothing that was said ends a part.
type cpimWriter struct{ parts *multipart.Writer }

func newCPIM(to io.Writer) (*cpimWriter, error) {
	w := multipart.NewWriter(to)
	_, err := fmt.Fprintf(to, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=%q\r\n\r\n", w.Boundary())
	return &cpimWriter{w}, err
}

func (w *cpimWriter) Message(c store.Chat, account string, m *store.Inspection) error {
	if m.Kind != store.Text {
		return nil
	}
	x := lineOf(c, account, m)
	var b bytes.Buffer
	header := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	own := func(name, value string) { header(cpimPrefix+"."+name, value) }
	from, to := x.From, x.with()
	if !x.Outgoing && c.Kind != store.Room {
		to = account
	}
	header("From", mailbox(x.Nick, from))
	header("To", mailbox("", to))
	header("DateTime", x.Time)
	header("NS", cpimPrefix+" <"+cpimSpace+">")
	own("Chat", escaped(x.with()))
	words := x.words()
	for _, name := range slices.Sorted(maps.Keys(words)) {
		if v := *words[name]; v != "" {
			own(name, escaped(v))
		}
	}
	signs := x.signs()
	for _, name := range slices.Sorted(maps.Keys(signs)) {
		if *signs[name] {
			own(name, "true")
		}
	}
	if x.Body == nil {
		own("Body", "none")
	}
	for _, i := range x.IDs {
		own("Id", quoted(i.Kind, i.ID, i.By))
	}
	if r := x.Reply; r != nil {
		own("Reply", quoted(r.ID, r.Quote))
	}
	for _, v := range x.Versions {
		own("Version", quoted(v.Time, v.Body))
	}
	for _, r := range x.Reactions {
		name := "Reaction"
		if r.Own {
			name = "OwnReaction"
		}
		own(name, quoted(append([]string{r.From}, r.Signs...)...))
	}
	if f := x.File; f != nil {
		own("File", quoted(f.URL, f.Name, strconv.FormatInt(f.Size, 10), f.Type, f.SHA256))
	}
	b.WriteString("\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	if x.Body != nil {
		b.WriteString(*x.Body)
	}
	part, err := w.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"message/cpim"}, "Content-Length": {strconv.Itoa(b.Len())}})
	if err != nil {
		return err
	}
	_, err = part.Write(b.Bytes())
	return err
}

func (w *cpimWriter) Close() error { return w.parts.Close() }

// with is the other side of the chat, in one word.
func (x *line) with() string {
	if x.Occupant != "" {
		return x.Chat + "/" + x.Occupant
	}
	return x.Chat
}

// words are what stands in a header of ours each, by its name, and signs those that say
// no more than that it is so.
func (x *line) words() map[string]*string {
	return map[string]*string{"Account": &x.Account, "With": &x.With, "State": &x.State, "Error": &x.Error, "Lang": &x.Lang, "Real": &x.Real, "Removed": &x.Removed,
		"RemovedBy": &x.By, "Reason": &x.Reason, "Hint": &x.Hint, "Encryption": &x.Encrypted, "Doubt": &x.Doubt}
}

func (x *line) signs() map[string]*bool {
	return map[string]*bool{"Outgoing": &x.Outgoing, "Spoiler": &x.Spoiler, "Mention": &x.Mention}
}

// quoted writes strings of RFC 3862 §3.6, with a space between.
func quoted(list ...string) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(`"` + strings.ReplaceAll(escaped(s), `"`, `\"`) + `"`)
	}
	return b.String()
}

// mailbox is a name and an address as a URI (RFC 3862 §4.1, RFC 5122).
func mailbox(name, jid string) string {
	bare, resource, full := strings.Cut(jid, "/")
	uri := "xmpp:" + strings.ReplaceAll(url.PathEscape(bare), "%40", "@")
	if full {
		uri += "/" + url.PathEscape(resource)
	}
	if name == "" {
		return "<" + uri + ">"
	}
	return quoted(name) + " <" + uri + ">"
}

// escaped writes a value so that it stays one line (RFC 3862 §2.3).
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
