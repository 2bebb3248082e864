package wire

import (
	"strconv"
	"unicode/utf8"
)

// Bytes serialises e as it stands at the top of a client stream.
func (e *Element) Bytes() []byte { return e.Append(nil, NSClient) }

// Append serialises e behind dst. A default namespace is declared only where it
// differs from parentSpace, the one in force around e. Everything is escaped,
// and characters which XML 1.0 cannot carry are dropped (§2.2), so no text can
// break the stream. Text comes before the children. Names are not data: an
// element with a name that XML does not allow is written as "_" and an attribute
// with one is left out.
func (e *Element) Append(dst []byte, parentSpace string) []byte {
	if e == nil {
		return dst
	}
	if e.doc != nil && e.doc.whole == e {
		return append(dst, e.Raw()...)
	}
	name := e.Local
	if !validName(name) {
		name = "_"
	}
	space := e.Space // in force inside
	if e.Space == NSXML {
		// This namespace may not be declared; its prefix always is.
		name, space = "xml:"+name, parentSpace
	}
	dst = append(dst, '<')
	dst = append(dst, name...)
	if space != parentSpace {
		dst = append(dst, " xmlns='"...)
		dst = appendEscaped(dst, e.Space, true)
		dst = append(dst, '\'')
	}
	for i := range e.Attrs {
		dst = appendAttr(dst, &e.Attrs[i], i)
	}
	if e.Text == "" && len(e.Children) == 0 {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	dst = appendEscaped(dst, e.Text, false)
	for _, c := range e.Children {
		dst = c.Append(dst, space)
	}
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, '>')
}

// appendAttr writes one attribute; a qualified one declares a prefix of its own,
// numbered by its position so that two never meet.
func appendAttr(dst []byte, a *Attr, position int) []byte {
	if !validName(a.Local) || (a.Space == "" && a.Local == "xmlns") || a.Space == nsXMLNS {
		return dst
	}
	dst = append(dst, ' ')
	switch a.Space {
	case "":
	case NSXML:
		dst = append(dst, "xml:"...)
	default:
		prefix := "n" + strconv.Itoa(position)
		dst = append(dst, "xmlns:"...)
		dst = append(dst, prefix...)
		dst = append(dst, "='"...)
		dst = appendEscaped(dst, a.Space, true)
		dst = append(dst, "' "...)
		dst = append(dst, prefix...)
		dst = append(dst, ':')
	}
	dst = append(dst, a.Local...)
	dst = append(dst, "='"...)
	dst = appendEscaped(dst, a.Value, true)
	return append(dst, '\'')
}

// appendEscaped writes text or, with attr, an attribute value. White space that
// a parser would normalise away is written as a reference.
func appendEscaped(dst []byte, s string, attr bool) []byte {
	plain := 0 // start of the run not yet copied
	for i := 0; i < len(s); {
		c := s[i]
		width := 1
		var esc string
		switch {
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;" // "]]>" must not stand in text (XML 1.0 §2.4)
		case c == '\'' && attr:
			esc = "&apos;"
		case c == '"' && attr:
			esc = "&quot;"
		case c == '\r':
			esc = "&#13;"
		case c == '\n' && attr:
			esc = "&#10;"
		case c == '\t' && attr:
			esc = "&#9;"
		case c == '\t' || c == '\n' || 0x20 <= c && c < utf8.RuneSelf:
			i++
			continue
		case c < 0x20:
		default:
			var r rune
			r, width = utf8.DecodeRuneInString(s[i:])
			if !(r == utf8.RuneError && width == 1) && r != 0xFFFE && r != 0xFFFF {
				i += width
				continue
			}
		}
		dst = append(dst, s[plain:i]...)
		dst = append(dst, esc...)
		i += width
		plain = i
	}
	return append(dst, s[plain:]...)
}

// validName is a guard against building markup out of data, not a full
// implementation of XML 1.0 §2.3: it keeps out everything in ASCII which is no
// name character.
func validName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf, 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}
