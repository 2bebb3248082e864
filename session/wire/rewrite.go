package wire

import (
	"bytes"
	"slices"
)

// nowhere is the default namespace around nothing: what is serialised inside it
// declares its own.
const nowhere = "\x00"

// Standalone returns bytes of e that mean the same wherever they stand, parsed
// with any default namespace around them: exactly those that came, unless they
// lean on what was declared further out; then e is serialised anew. They are a
// copy, which does not hold the stanza.
func (e *Element) Standalone() []byte {
	if b := e.Raw(); b != nil {
		for _, space := range []string{"", nowhere} {
			if again, err := ParseElement(b, space); err != nil || !again.equal(e) {
				return e.Append(nil, nowhere)
			}
		}
		return bytes.Clone(b)
	}
	return e.Append(nil, nowhere)
}

// Verbatim reads what [Element.Standalone] gave. The element is written again
// byte for byte, as long as nobody changes it; changing what is inside it has no
// effect on that.
func Verbatim(b []byte) (*Element, error) {
	e, err := ParseElement(b, "")
	if err != nil {
		return nil, err
	}
	e.doc.whole = e
	return e, nil
}

// Rewrite returns the bytes of e with some things changed and all others byte for
// byte as they came: set gives unqualified attributes another value, "" takes
// them away; child says for each child what stands in its place, nil for the
// child itself and an empty slice for nothing; add comes behind the last child,
// without the nil ones.
// The bytes lean on the same declarations around them as e does. It returns nil
// for an element that was built or changed here.
func (e *Element) Rewrite(set []Attr, child func(c *Element) []byte, add ...*Element) []byte {
	raw := e.Raw()
	if raw == nil {
		return nil
	}
	set = slices.Clone(set)
	add = slices.DeleteFunc(slices.Clone(add), func(e *Element) bool { return e == nil })
	at := 1 // behind '<'
	for !isSpace(raw[at:at+1]) && raw[at] != '/' && raw[at] != '>' {
		at++
	}
	name := raw[1:at]
	out := append([]byte(nil), raw[:at]...)
	for {
		from := at // white space, an attribute
		for isSpace(raw[at : at+1]) {
			at++
		}
		if raw[at] == '/' || raw[at] == '>' {
			at = from
			break
		}
		start := at
		for raw[at] != '=' && !isSpace(raw[at:at+1]) {
			at++
		}
		local := string(raw[start:at])
		at += bytes.IndexAny(raw[at:], `'"`)
		at += bytes.IndexByte(raw[at+1:], raw[at]) + 2
		if i := slices.IndexFunc(set, func(a Attr) bool { return a.Local == local }); i >= 0 {
			if set[i].Value != "" {
				out = appendAttr(append(out, raw[from:start-1]...), &Attr{Local: local, Value: set[i].Value}, 0)
			}
			set = slices.Delete(set, i, i+1)
			continue
		}
		out = append(out, raw[from:at]...)
	}
	for i := range set {
		if set[i].Value != "" {
			out = appendAttr(out, &set[i], 0)
		}
	}
	end := bytes.LastIndex(raw, []byte("</"))
	if raw[len(raw)-2] == '/' { // <e/>
		if len(add) == 0 {
			return append(out, raw[at:]...)
		}
		out = append(append(out, raw[at:len(raw)-2]...), '>')
		return append(append(appendAll(out, add), "</"+string(name)...), '>')
	}
	for _, c := range e.Children {
		instead := []byte(nil)
		if child != nil {
			instead = child(c)
		}
		if instead == nil || c.doc != e.doc {
			continue
		}
		out = append(out, raw[at:int(c.start-e.start)]...)
		out = append(out, instead...)
		at = int(c.end - e.start)
	}
	out = append(out, raw[at:end]...)
	return append(appendAll(out, add), raw[end:]...)
}

func appendAll(dst []byte, list []*Element) []byte {
	for _, e := range list {
		dst = e.Append(dst, nowhere)
	}
	return dst
}

// equal says whether two elements are the same but for how they were written.
func (e *Element) equal(o *Element) bool {
	return e.Space == o.Space && e.Local == o.Local && e.Text == o.Text && slices.Equal(e.Attrs, o.Attrs) &&
		slices.EqualFunc(e.Children, o.Children, (*Element).equal)
}
