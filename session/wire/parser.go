package wire

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// parser turns bytes into elements: encoding/xml reads the tokens, everything it
// lets through and XMPP does not (RFC 6120 §11) is refused here. One goroutine.
type parser struct {
	src   *source
	xd    *xml.Decoder
	names names
	open  []frame  // elements not yet closed, outermost first
	text  [][]byte // their character data so far, by depth; reused
	count int      // elements of this stanza
	parts int      // how many it may have
}

// frame is an element whose end tag has not come.
type frame struct {
	el  *Element
	tag xml.Name // prefix and name as written
}

func newParser(src *source) *parser {
	return &parser{src: src, xd: xml.NewDecoder(src), parts: maxElements}
}

// token reads the next token and where it starts. Of what XML knows, XMPP allows
// tags and text only (RFC 6120 §11.1).
func (p *parser) token() (xml.Token, int64, error) {
	start := p.xd.InputOffset()
	t, err := p.xd.RawToken()
	if err != nil {
		return nil, start, faultOf(err, p.src)
	}
	switch t.(type) {
	case xml.StartElement, xml.EndElement, xml.CharData:
		return t, start, nil
	case xml.ProcInst:
		return t, start, nil // the caller knows whether it may stand here
	}
	return nil, start, &fault{cond: "restricted-xml", text: "comment or DTD"}
}

// element reads what remains of an element whose start tag is first.
func (p *parser) element(first xml.StartElement, at int64) (*Element, error) {
	return p.elementIf(first, at, nil)
}

// elementIf is element, but asks whether the root is acceptable before it reads
// what is inside.
func (p *parser) elementIf(first xml.StartElement, at int64, accept func(*Element) error) (*Element, error) {
	doc := &document{}
	p.open, p.count = p.open[:0], 0
	root, err := p.start(first, at, doc)
	if err != nil {
		return nil, err
	}
	if accept != nil {
		if err := accept(root); err != nil {
			return nil, err
		}
	}
	for len(p.open) > 0 {
		tok, from, err := p.token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if _, err := p.start(t, from, doc); err != nil {
				return nil, err
			}
		case xml.EndElement:
			if err := p.end(t); err != nil {
				return nil, err
			}
		case xml.CharData:
			d := len(p.open) - 1
			p.text[d] = append(p.text[d], t...)
		default:
			return nil, &fault{cond: "restricted-xml", text: "processing instruction"}
		}
	}
	doc.raw = append([]byte(nil), p.src.rec[at-p.src.base:p.xd.InputOffset()-p.src.base]...)
	shift(root, uint32(at))
	return root, nil
}

// shift makes the places in the tree relative to its root. Places are kept as
// stream offsets modulo 2^32 until then; differences come out right.
func shift(e *Element, by uint32) {
	e.start -= by
	e.end -= by
	for _, c := range e.Children {
		shift(c, by)
	}
}

func (p *parser) start(t xml.StartElement, at int64, doc *document) (*Element, error) {
	depth := len(p.open) + 1
	p.count++
	switch {
	case depth > maxDepth:
		return nil, &fault{cond: "policy-violation", text: "nested too deeply", kind: TooBig}
	case len(t.Attr) > maxAttributes:
		return nil, &fault{cond: "policy-violation", text: "too many attributes", kind: TooBig}
	case p.count > p.parts:
		return nil, &fault{cond: "policy-violation", text: "too many elements", kind: TooBig}
	}
	if err := p.names.open(t.Attr, depth); err != nil {
		return nil, err
	}
	el := &Element{doc: doc, start: uint32(at)}
	var err error
	if el.Space, el.Local, err = p.resolve(t.Name, true); err != nil {
		return nil, err
	}
	if el.Attrs, err = p.attributes(t.Attr); err != nil {
		return nil, err
	}
	if depth > 1 {
		parent := p.open[depth-2].el
		parent.Children = append(parent.Children, el)
	}
	p.open = append(p.open, frame{el, t.Name})
	if len(p.text) < depth {
		p.text = append(p.text, nil)
	}
	p.text[depth-1] = p.text[depth-1][:0]
	return el, nil
}

func (p *parser) end(t xml.EndElement) error {
	depth := len(p.open)
	f := p.open[depth-1]
	if f.tag != t.Name {
		return &fault{cond: "not-well-formed", text: "end tag does not match"}
	}
	f.el.end = uint32(p.xd.InputOffset())
	if b := p.text[depth-1]; len(b) > 0 {
		f.el.Text = string(b)
		if cap(b) > maxStanza/8 {
			p.text[depth-1] = nil
		}
	}
	p.names.close(depth)
	p.open = p.open[:depth-1]
	return nil
}

// resolve gives a written name its namespace.
func (p *parser) resolve(n xml.Name, element bool) (space, local string, err error) {
	// encoding/xml leaves a colon at either end of a name where it is.
	if strings.IndexByte(n.Local, ':') >= 0 || n.Space == "xmlns" {
		return "", "", &fault{cond: "bad-namespace-prefix", text: "malformed name"}
	}
	if n.Space == "" && !element {
		return "", n.Local, nil // Namespaces in XML 1.0 §6.2
	}
	space, err = p.names.lookup(n.Space)
	return space, n.Local, err
}

// attributes resolves names and refuses what stands twice, by prefix or by
// namespace (Namespaces in XML 1.0 §6.3).
func (p *parser) attributes(attrs []xml.Attr) ([]Attr, error) {
	if len(attrs) == 0 {
		return nil, nil
	}
	out := make([]Attr, 0, len(attrs))
	for i := range attrs {
		a := &attrs[i]
		if a.Name.Space == "xmlns" {
			if strings.IndexByte(a.Name.Local, ':') >= 0 {
				return nil, &fault{cond: "bad-namespace-prefix", text: "malformed name"}
			}
			continue
		}
		if a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		space, local, err := p.resolve(a.Name, false)
		if err != nil {
			return nil, err
		}
		for j := range out {
			if out[j].Local == local && out[j].Space == space {
				return nil, &fault{cond: "not-well-formed", text: "attribute stands twice"}
			}
		}
		out = append(out, Attr{space, local, a.Value})
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// ParseElement reads one element, with the limits of an answer on a stream; white
// space around it is allowed, anything else is not. defaultSpace is the default
// namespace in force around it.
func ParseElement(b []byte, defaultSpace string) (*Element, error) {
	return parseBound(b, []binding{{space: defaultSpace}})
}

// parseBound is ParseElement where more is declared around the element.
func parseBound(b []byte, bound []binding) (*Element, error) {
	src := newSource(strings.NewReader(string(b)))
	src.refill(maxAnswer)
	p := newParser(src)
	p.parts = maxAnswerParts
	p.names.bound = append(p.names.bound, bound...)
	var root *Element
	for {
		tok, at, err := p.token()
		if errors.Is(err, io.EOF) && root != nil {
			return root, nil
		}
		if err != nil {
			return nil, incomplete(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if root != nil {
				return nil, &fault{cond: "not-well-formed", text: "more than one element"}
			}
			src.trim(at)
			if root, err = p.element(t, at); err != nil {
				return nil, incomplete(err)
			}
		case xml.CharData:
			if !isSpace(t) || src.rec[at-src.base] == '<' {
				return nil, &fault{cond: "not-well-formed", text: "text outside the element"}
			}
		default:
			return nil, &fault{cond: "not-well-formed", text: "end tag or declaration outside the element"}
		}
	}
}

// incomplete makes a fault of the end of the input.
func incomplete(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &fault{cond: "not-well-formed", text: "no whole element"}
	}
	return err
}

// isSpace reports that b is white space as XML knows it.
func isSpace(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
