package demo

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"

	"sotto/session/wire"
)

const (
	maxStanza = 1 << 20 // bytes of a stanza from a client
	maxDepth  = 64
)

var (
	errStreamEnd = errors.New("end of stream")
	errTooBig    = errors.New("stanza is too big")
	errBadXML    = errors.New("unacceptable XML")
)

// stanzaReader reads one stream of a client. A stream that restarts gets a new
// one: what the old one has buffered was not meant for the new stream.
type stanzaReader struct {
	src meter
	dec *xml.Decoder
}

// meter bounds what one stanza may cost. Being a ByteReader, it keeps the XML
// decoder from reading ahead.
type meter struct {
	r    *bufio.Reader
	left int
}

// ReadByte implements io.ByteReader.
func (m *meter) ReadByte() (byte, error) {
	if m.left <= 0 {
		return 0, errTooBig
	}
	m.left--
	return m.r.ReadByte()
}

// Read implements io.Reader, which the decoder asks for and does not use.
func (m *meter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := m.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

func newStanzaReader(r io.Reader) *stanzaReader {
	s := &stanzaReader{src: meter{r: bufio.NewReader(r), left: maxStanza}}
	s.dec = xml.NewDecoder(&s.src)
	return s
}

// leftover is the number of bytes behind the last element.
func (s *stanzaReader) leftover() int { return s.src.r.Buffered() }

// header reads the start of the stream.
func (s *stanzaReader) header() (*wire.Element, error) {
	for {
		tok, err := s.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if t.Name.Local != "stream" || t.Name.Space != wire.NSStream {
				return nil, errBadXML
			}
			return elementOf(t), nil
		case xml.ProcInst:
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, errBadXML
			}
		default:
			return nil, errBadXML
		}
	}
}

// next reads one whole element.
func (s *stanzaReader) next() (*wire.Element, error) {
	s.src.left = maxStanza
	var stack []*wire.Element
	for {
		tok, err := s.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(stack) >= maxDepth {
				return nil, errTooBig
			}
			el := elementOf(t)
			if n := len(stack); n > 0 {
				stack[n-1].Children = append(stack[n-1].Children, el)
			}
			stack = append(stack, el)
		case xml.EndElement:
			switch n := len(stack); n {
			case 0:
				return nil, errStreamEnd
			case 1:
				return stack[0], nil
			default:
				stack = stack[:n-1]
			}
		case xml.CharData:
			if n := len(stack); n > 0 {
				stack[n-1].Text += string(t)
				continue
			}
			// White space keeps a connection alive (RFC 6120 §4.6.1), and costs nothing.
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, errBadXML
			}
			s.src.left = maxStanza
		default:
			return nil, errBadXML
		}
	}
}

func elementOf(t xml.StartElement) *wire.Element {
	el := wire.New(t.Name.Space, t.Name.Local)
	for _, a := range t.Attr {
		space := a.Name.Space
		switch {
		case space == "xmlns" || space == "" && a.Name.Local == "xmlns":
			continue
		case space == "xml":
			space = wire.NSXML
		}
		el.Attrs = append(el.Attrs, wire.Attr{Space: space, Local: a.Name.Local, Value: a.Value})
	}
	return el
}

// clone copies an element so that its attributes and its list of children can be
// changed; the children themselves are shared and not to be changed.
func clone(e *wire.Element) *wire.Element {
	c := wire.New(e.Space, e.Local)
	c.Text = e.Text
	c.Attrs = append([]wire.Attr(nil), e.Attrs...)
	c.Children = append([]*wire.Element(nil), e.Children...)
	return c
}

// streamErrorBytes is a stream error and the end of the stream (RFC 6120 §4.9).
func streamErrorBytes(condition string) []byte {
	return []byte("<stream:error><" + condition + " xmlns='" + wire.NSStreamErr + "'/></stream:error></stream:stream>")
}

// conditionOf is the stream error for what cannot be read, "" when it is the
// connection that ended.
func conditionOf(err error) string {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, errTooBig):
		return "policy-violation"
	case errors.Is(err, errBadXML):
		return "restricted-xml"
	case errors.As(err, &syntax) && syntax.Msg != "unexpected EOF":
		return "not-well-formed"
	}
	return ""
}
