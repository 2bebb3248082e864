package session

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sotto/session/wire"
)

// Addresses of people and rooms as links: RFC 5122, with the actions of XEP-0147,
// join of XEP-0045, and what XEP-0379, XEP-0401 and XEP-0445 add to them. Anybody
// may have written one. Reading it does nothing; what it asks for is shown, and
// done when the user says so.

// URI is what an xmpp: link says.
type URI struct {
	JID      string    // canonical; a server alone where an account is to be made there
	Bare     string    // the same without a resource
	Resource string    // a nick, where the link names somebody in a room
	Account  string    // whom the link wants the user to be; "": it does not say
	Action   URIAction // what it asks for
	Text     string    // to be written; "": nothing
	Name     string    // for a contact
	Group    string    // for a contact
	Password string    // of a room
	Token    string    // that makes us welcome (preauth); "": none
	Register bool      // the token also makes an account on the server of JID
}

// URIAction is what an xmpp: link asks for.
type URIAction string

// The actions that are understood.
const (
	URIOpen     URIAction = ""          // it only names somebody
	URIMessage  URIAction = "message"   // XEP-0147 §3.1
	URIJoin     URIAction = "join"      // XEP-0045 §17.1
	URIRoster   URIAction = "roster"    // XEP-0147 §3.2
	URISub      URIAction = "subscribe" // XEP-0147 §3.3
	URIRegister URIAction = "register"  // XEP-0401, XEP-0445
)

// Bounds on a link.
const (
	uriMax      = 8 << 10
	uriPairsMax = 32
	uriTokenMax = 512
)

// URIScheme is what every link begins with, in any case of letters.
const URIScheme = "xmpp:"

// ParseURI reads an xmpp: link. The problem, if any, says what is wrong with it
// in words for the user. Any goroutine.
func ParseURI(s string) (URI, *Problem) {
	s = strings.TrimSpace(s)
	switch {
	case len(s) < len(URIScheme) || !strings.EqualFold(s[:len(URIScheme)], URIScheme):
		return URI{}, &Problem{Code: "link-none"}
	case len(s) > uriMax:
		return URI{}, &Problem{Code: "link-long"}
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return URI{}, &Problem{Code: "link-garbled"}
	}
	rest, _, _ := strings.Cut(s[len(URIScheme):], "#")
	path, query, _ := strings.Cut(rest, "?")
	var u URI
	if auth, ok := strings.CutPrefix(path, "//"); ok { // RFC 5122 §2.3: whom to be
		var behind bool
		if auth, path, behind = strings.Cut(auth, "/"); !behind || path == "" {
			path = auth // commonly meant as an address, and harmless so
		} else if j, ok := uriJID(auth); ok && j.Local() != "" {
			u.Account = j.Bare().String()
		} else {
			return URI{}, &Problem{Code: "link-address", Args: []string{clip(auth, 200)}}
		}
	}
	j, ok := uriJID(path)
	if !ok {
		return URI{}, &Problem{Code: "link-address", Args: []string{clip(path, 200)}}
	}
	u.JID, u.Bare, u.Resource = j.String(), j.Bare().String(), j.Resource()
	if !u.ask(query) {
		return URI{}, &Problem{Code: "link-garbled"}
	}
	switch u.Action {
	case URIOpen, URIMessage, URIJoin, URIRoster, URISub:
		if j.Local() == "" && u.Action != URIOpen {
			return URI{}, &Problem{Code: "link-address", Args: []string{u.JID}}
		}
	case URIRegister:
	default:
		return u, &Problem{Code: "link-action", Args: []string{clip(string(u.Action), 60), u.Bare}}
	}
	return u, nil
}

// ask reads what stands behind the question mark; false: it cannot be read.
func (u *URI) ask(query string) bool {
	parts := strings.SplitN(query, ";", uriPairsMax+2)
	if len(parts) > uriPairsMax+1 {
		return false
	}
	if !strings.Contains(parts[0], "=") { // the action may be missing: "?body=hello"
		action, ok := unescape(parts[0])
		if !ok {
			return false
		}
		u.Action, parts = URIAction(strings.ToLower(action)), parts[1:]
	}
	said := map[string]string{}
	for _, pair := range parts {
		key, value, _ := strings.Cut(pair, "=")
		key, ok := unescape(key)
		value, ok2 := unescape(value)
		if !ok || !ok2 {
			return false
		}
		if _, twice := said[key]; !twice {
			said[key] = value
		}
	}
	line := func(key string) string { return strings.TrimSpace(strings.Map(printable, said[key])) }
	u.Text = strings.TrimSpace(strings.Map(writable, strings.ReplaceAll(said["body"], "\r\n", "\n")))
	if subject := line("subject"); subject != "" {
		u.Text = strings.TrimSpace(subject + "\n" + u.Text)
	}
	u.Name, u.Group = clip(line("name"), nameMax), clip(line("group"), nameMax)
	u.Password = line("password")
	if token := said["preauth"]; len(token) <= uriTokenMax && line("preauth") == token {
		u.Token = token
	}
	u.Register = u.Token != "" && (said["ibr"] == "y" || u.Action == URIRegister)
	if u.Action == URIOpen && u.Text != "" {
		u.Action = URIMessage
	}
	return true
}

// uriJID reads an address whose parts are escaped. Each part is read by itself,
// so that an escape cannot move the border between them.
func uriJID(s string) (wire.JID, bool) {
	bare, resource, hasResource := strings.Cut(s, "/")
	local, domain, hasLocal := strings.Cut(bare, "@")
	if !hasLocal {
		local, domain = "", bare
	}
	local, ok1 := unescape(local)
	domain, ok2 := unescape(domain)
	resource, ok3 := unescape(resource)
	if !ok1 || !ok2 || !ok3 || strings.ContainsAny(local, "@/") || strings.ContainsAny(domain, "@/") || hasLocal && local == "" || hasResource && resource == "" {
		return wire.JID{}, false
	}
	whole := domain
	if hasLocal {
		whole = local + "@" + domain
	}
	if hasResource {
		whole += "/" + resource
	}
	j, err := wire.Parse(whole)
	return j, err == nil && j.Domain() != "" && (j.Local() != "") == hasLocal
}

// unescape undoes %XX (RFC 3986 §2.1); false: that is no escape, or no text.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, ok1 := unhex(s[i+1])
		lo, ok2 := unhex(s[i+2])
		if !ok1 || !ok2 {
			return "", false
		}
		b = append(b, hi<<4|lo)
		i += 2
	}
	return string(b), utf8.Valid(b)
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// printable drops what has no place in a line, writable what has none in a message.
func printable(r rune) rune {
	if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
		return -1
	}
	return r
}

func writable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r == '\r' || r == 0x2028 || r == 0x2029:
		return '\n'
	}
	return printable(r)
}
