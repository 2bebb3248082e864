package wire

import "iter"

// Attr is one attribute. Space is the namespace itself, not a prefix, and empty
// for the usual unqualified attribute. Namespace declarations are no Attrs.
type Attr struct{ Space, Local, Value string }

// Element is one XML element with all that is inside it.
//
// Text is all character data directly inside, concatenated; where it stood
// between the children is only to be seen in [Element.Raw]. An Element has no
// lock: once it has been handed to another goroutine nobody may change it.
type Element struct {
	Space, Local string
	Attrs        []Attr
	Children     []*Element
	Text         string

	// doc is the stanza this element arrived in, shared by the whole tree;
	// start and end are this element's place in it. doc is nil when built here.
	doc        *document
	start, end uint32
}

// document holds the bytes of one received top-level element.
type document struct {
	raw   []byte
	whole *Element // of Verbatim: written as it came
}

// New returns an empty element for building.
func New(space, local string) *Element { return &Element{Space: space, Local: local} }

// Set sets or replaces an unqualified attribute; an empty value removes it. It
// returns e, so calls can be chained.
func (e *Element) Set(local, value string) *Element {
	return e.setAttr("", local, value)
}

// SetLang sets or, with "", removes xml:lang.
func (e *Element) SetLang(lang string) *Element { return e.setAttr(NSXML, "lang", lang) }

func (e *Element) setAttr(space, local, value string) *Element {
	e.doc = nil
	for i, a := range e.Attrs {
		if a.Space != space || a.Local != local {
			continue
		}
		if value == "" {
			e.Attrs = append(e.Attrs[:i:i], e.Attrs[i+1:]...)
		} else {
			e.Attrs[i].Value = value
		}
		return e
	}
	if value != "" {
		e.Attrs = append(e.Attrs, Attr{Space: space, Local: local, Value: value})
	}
	return e
}

// SetText replaces the character data directly inside e.
func (e *Element) SetText(s string) *Element {
	e.doc = nil
	e.Text = s
	return e
}

// Add appends children; nil ones are skipped, so that optional parts can be
// written in place.
func (e *Element) Add(children ...*Element) *Element {
	e.doc = nil
	for _, c := range children {
		if c != nil {
			e.Children = append(e.Children, c)
		}
	}
	return e
}

// Attr returns the value of an unqualified attribute, "" when there is none or
// when e is nil.
func (e *Element) Attr(local string) string {
	if e == nil {
		return ""
	}
	for i := range e.Attrs {
		if e.Attrs[i].Space == "" && e.Attrs[i].Local == local {
			return e.Attrs[i].Value
		}
	}
	return ""
}

// Lang returns xml:lang of e itself (not of its ancestors), or "".
func (e *Element) Lang() string {
	if e == nil {
		return ""
	}
	for i := range e.Attrs {
		if e.Attrs[i].Space == NSXML && e.Attrs[i].Local == "lang" {
			return e.Attrs[i].Value
		}
	}
	return ""
}

// Is reports whether e has exactly this namespace and name. A nil element is
// nothing.
func (e *Element) Is(space, local string) bool {
	return e != nil && e.Local == local && e.Space == space
}

// Child returns the first child with exactly this namespace and with this name,
// or any name when local is "". It returns nil when there is none or e is nil.
func (e *Element) Child(space, local string) *Element {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Space == space && (local == "" || c.Local == local) {
			return c
		}
	}
	return nil
}

// ChildText returns the text of the first such child, or "".
func (e *Element) ChildText(space, local string) string {
	if c := e.Child(space, local); c != nil {
		return c.Text
	}
	return ""
}

// All yields the children which Child would find, in order.
func (e *Element) All(space, local string) iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		if e == nil {
			return
		}
		for _, c := range e.Children {
			if c.Space == space && (local == "" || c.Local == local) && !yield(c) {
				return
			}
		}
	}
}

// Raw returns the bytes of e exactly as they came, and nil for an element that
// was built or changed here. The bytes belong to the whole stanza: do not
// change them, and know that holding them holds the stanza.
//
// They parse again on their own with [ParseElement] and the default namespace
// of the parent, unless they use a prefix which was declared further out.
// Changing an element makes its own Raw nil and leaves that of its parents as
// it arrived.
func (e *Element) Raw() []byte {
	if e == nil || e.doc == nil {
		return nil
	}
	return e.doc.raw[e.start:e.end:e.end]
}
