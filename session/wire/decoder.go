package wire

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// decoder reads one XMPP stream: its header, then one top-level element after the
// other. A stream that restarts gets a new decoder. One goroutine at a time.
type decoder struct {
	p      *parser
	limit  int64                    // bytes per element
	large  func(root *Element) bool // whether this stanza may have maxAnswer; nil: none may
	header *Element                 // <stream:stream>, without children
	tag    xml.Name                 // as written
}

// errStreamEnd says that </stream:stream> came.
var errStreamEnd = errors.New("end of stream")

// errNotXMPP says that what came first is no stream header.
var errNotXMPP = errors.New("not an XMPP stream")

func newDecoder(r io.Reader, limit int64) *decoder {
	d := &decoder{p: newParser(newSource(r)), limit: limit}
	d.p.src.more = d.allow
	d.refill()
	return d
}

// refill sets the limits for the next element.
func (d *decoder) refill() {
	d.p.src.refill(d.limit)
	d.p.parts = maxElements
	d.p.open = d.p.open[:0]
}

// allow is asked once a stanza has used up its bytes.
func (d *decoder) allow() int64 {
	if d.large == nil || len(d.p.open) == 0 || d.p.parts == maxAnswerParts || !d.large(d.p.open[0].el) {
		return 0
	}
	d.p.parts = maxAnswerParts
	return maxAnswer - d.limit
}

// leftover is the number of bytes which came behind the last element and which
// nobody has looked at.
func (d *decoder) leftover() int { return d.p.src.buffered() }

// readHeader reads the XML declaration, if any, and the start of the stream
// (RFC 6120 §4.7, §4.8, §11.5).
func (d *decoder) readHeader() (*Element, error) {
	// A web server may keep the connection open behind its words, so look before
	// waiting for a tag.
	if c, err := d.p.src.peek(); err != nil {
		return nil, err
	} else if c != '<' && !isSpace([]byte{c}) {
		return nil, errNotXMPP
	}
	declared := false
	for {
		tok, at, err := d.p.token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.ProcInst:
			if declared || at != 0 || t.Target != "xml" {
				return nil, &fault{cond: "restricted-xml", text: "processing instruction"}
			}
			declared = true
		case xml.CharData:
			if !isSpace(t) {
				return nil, errNotXMPP
			}
		case xml.StartElement:
			if t.Name.Local != "stream" {
				return nil, errNotXMPP
			}
			return d.begin(t)
		default:
			return nil, errNotXMPP
		}
	}
}

func (d *decoder) begin(t xml.StartElement) (*Element, error) {
	if len(t.Attr) > maxAttributes {
		return nil, &fault{cond: "policy-violation", text: "too many attributes", kind: TooBig}
	}
	if err := d.p.names.open(t.Attr, 0); err != nil {
		return nil, err
	}
	space, local, err := d.p.resolve(t.Name, true)
	if err != nil {
		return nil, err
	}
	if space != NSStream {
		return nil, &fault{cond: "invalid-namespace", text: "stream header"}
	}
	if content, _ := d.p.names.lookup(""); content != NSClient {
		return nil, &fault{cond: "invalid-namespace", text: "content namespace"}
	}
	attrs, err := d.p.attributes(t.Attr)
	if err != nil {
		return nil, err
	}
	d.tag = t.Name
	d.header = &Element{Space: space, Local: local, Attrs: attrs}
	if v := d.header.Attr("version"); !strings.HasPrefix(v, "1.") {
		return nil, &fault{cond: "unsupported-version", text: "stream version"}
	}
	d.refill()
	return d.header, nil
}

// next reads the next whole element. It returns errStreamEnd at the end tag of
// the stream, a *fault for what is not acceptable, or the network's error.
func (d *decoder) next() (*Element, error) {
	for {
		tok, at, err := d.p.token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			d.p.src.trim(at)
			el, err := d.p.elementIf(t, at, topLevel)
			if err != nil {
				return nil, err
			}
			d.refill()
			return el, nil
		case xml.EndElement:
			if d.header == nil || t.Name != d.tag {
				return nil, &fault{cond: "not-well-formed", text: "end tag does not match"}
			}
			return nil, errStreamEnd
		case xml.CharData:
			// White space keeps connections alive (RFC 6120 §4.6.1).
			if !isSpace(t) || (len(t) > 0 && d.p.src.rec[at-d.p.src.base] == '<') {
				return nil, &fault{cond: "bad-format", text: "text between stanzas"}
			}
		default:
			return nil, &fault{cond: "restricted-xml", text: "processing instruction"}
		}
	}
}

// topLevel says what may stand directly inside the stream.
func topLevel(e *Element) error {
	ok := false
	switch e.Space {
	case NSClient:
		ok = e.Local == "message" || e.Local == "presence" || e.Local == "iq"
	case NSStream:
		ok = e.Local == "features" || e.Local == "error"
	case NSManagement, NSSASL, NSTLS:
		ok = true
	}
	if ok {
		return nil
	}
	return &fault{cond: "unsupported-stanza-type", text: "unknown element"}
}
