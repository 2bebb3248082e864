package wire

import (
	"errors"
	"fmt"
	"strings"

	"mellium.im/xmpp/jid"
)

// JID is an XMPP address (RFC 7622). It is comparable: two JIDs are equal when
// == says so, and a JID can be the key of a map. The zero JID is no address.
type JID struct {
	full     string
	domainAt int32 // where the domain starts: 0, or one behind the '@'
	bareEnd  int32 // where the domain ends
	opaque   bool
}

// maxJID is the longest address: three parts of 1,023 bytes and two separators
// (RFC 7622 §3.1).
const maxJID = 3*1023 + 2

var errLongJID = errors.New("address is too long")

// Parse reads an address strictly, with the PRECIS profiles of RFC 7622: use it
// for what people type and for what is sent. The result is in canonical form.
func Parse(s string) (JID, error) {
	j, err := parseStrict(s)
	if err != nil {
		return JID{}, fmt.Errorf("address %q: %w", clip(s, 80), err)
	}
	return j, nil
}

func parseStrict(s string) (JID, error) {
	if len(s) > maxJID {
		return JID{}, errLongJID
	}
	// Canonical form has to stand still: some code points need a second pass,
	// and an address that another pass would change is two addresses.
	for range 3 {
		m, err := jid.Parse(s)
		if err != nil {
			return JID{}, err
		}
		canonical := m.String()
		if canonical == s {
			j := split(s)
			if j.Domain() != m.Domainpart() || j.Local() != m.Localpart() || j.Resource() != m.Resourcepart() {
				break
			}
			return j, nil
		}
		s = canonical
	}
	return JID{}, errors.New("address has no stable canonical form")
}

// split finds the parts without looking into them (RFC 7622 §3.1).
func split(s string) JID {
	j := JID{full: s, bareEnd: int32(len(s))}
	if i := strings.IndexByte(s, '/'); i >= 0 {
		j.bareEnd = int32(i)
	}
	if i := strings.IndexByte(s[:j.bareEnd], '@'); i >= 0 {
		j.domainAt = int32(i) + 1
	}
	return j
}

// Opaque reports that the address did not parse: it may be shown, but it is
// nobody, and nothing may be sent to it.
func (j JID) Opaque() bool { return j.opaque }

// IsZero reports that there is no address at all.
func (j JID) IsZero() bool { return j.full == "" }

// String returns the whole address; it does not allocate.
func (j JID) String() string { return j.full }

// Local returns the part before the '@', or "".
func (j JID) Local() string {
	if j.domainAt == 0 {
		return ""
	}
	return j.full[:j.domainAt-1]
}

// Domain returns the domain part.
func (j JID) Domain() string { return j.full[j.domainAt:j.bareEnd] }

// Resource returns the part behind the '/', or "".
func (j JID) Resource() string {
	if int(j.bareEnd) >= len(j.full) {
		return ""
	}
	return j.full[j.bareEnd+1:]
}

// Bare returns the address without its resource.
func (j JID) Bare() JID {
	j.full = j.full[:j.bareEnd]
	return j
}

// WithResource returns the bare address with another resource; "" gives the bare
// address. A resource that RFC 7622 does not allow makes the result opaque.
func (j JID) WithResource(resource string) JID {
	b := j.Bare()
	if resource == "" || b.IsZero() {
		return b
	}
	r := Lenient(b.full + "/" + resource)
	r.opaque = r.opaque || j.opaque
	return r
}

// clip shortens s to at most n bytes for an error text.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
