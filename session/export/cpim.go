package export

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"net/url"
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
	var b bytes.Buffer
	header := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	own := func(name, value string) { header(cpimPrefix+"."+name, escaped(value)) }
	with := c.JID
	if c.Kind == store.Private {
		with += "/" + c.Nick
	}
	from, to := sender(account, m), with
	if !m.Outgoing && c.Kind != store.Room {
		to = account
	}
	header("From", mailbox(m.Nick, from))
	header("To", mailbox("", to))
	header("DateTime", stamp(m.Stamp))
	header("NS", cpimPrefix+" <"+cpimSpace+">")
	own("Account", account)
	own("Chat", with)
	own("With", kinds[c.Kind])
	own("State", states[m.State])
	for _, r := range m.Refs {
		own("Id", strings.TrimRight(r.Kind+" "+r.Value+" "+r.By, " "))
	}
	if r := m.Reply; r != nil {
		own("Reply", r.Ref)
	}
	if f := m.Fold; f != nil && f.Removed != "" {
		own("Removed", f.Removed)
	}
	if n := len(m.Versions); n > 1 {
		own("Edited", stamp(m.Versions[n-1].At))
	}
	for _, r := range m.Reactors {
		own("Reaction", strings.Join(r.Signs, " ")+" "+r.Name)
	}
	if m.File != nil && m.File.URL != "" {
		own("File", m.File.URL)
	}
	b.WriteString("\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	if !m.NoBody {
		b.WriteString(m.Body)
	}
	part, err := w.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"message/cpim"}, "Content-Length": {strconv.Itoa(b.Len())}})
	if err != nil {
		return err
	}
	_, err = part.Write(b.Bytes())
	return err
}

func (w *cpimWriter) Close() error { return w.parts.Close() }

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
	return `"` + strings.ReplaceAll(escaped(name), `"`, `\"`) + `" <` + uri + ">"
}

// escaped writes a value so that it stays one line (RFC 3862 §2.3.1).
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
