package demo

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // SCRAM-SHA-1 is made of it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"
)

// scramIterations is what RFC 7677 §4 asks for at least.
const scramIterations = 4096

// scram is the server's side of one SCRAM exchange (RFC 5802, RFC 7677).
type scram struct {
	u         *user // nil: there is no such account, which is told at the end only
	hash      func() hash.Hash
	salted    []byte
	nonce     string
	bare      string // client-first-message-bare
	challenge string // server-first-message
	binding   string // what c= has to say
}

// newScram reads the client's first message and makes the challenge.
func (c *connection) newScram(name, first string) (x *scram, condition string) {
	base, plus := strings.CutSuffix(name, "-PLUS")
	x = &scram{}
	switch base {
	case "SCRAM-SHA-256":
		x.hash = sha256.New
	case "SCRAM-SHA-1":
		x.hash = sha1.New
	default:
		return nil, "invalid-mechanism"
	}
	if c.faults.Plain || c.faults.SHA1Only && base != "SCRAM-SHA-1" {
		return nil, "invalid-mechanism"
	}
	flag, rest, ok1 := strings.Cut(first, ",")
	authzid, bare, ok2 := strings.Cut(rest, ",")
	if !ok1 || !ok2 {
		return nil, "malformed-request"
	}
	x.bare, x.binding = bare, flag+","+authzid+","
	exporter := c.exporter()
	offered := exporter != nil && !c.faults.NoBinding
	switch {
	case flag == "p=tls-exporter" && plus && offered:
		x.binding += string(exporter)
	case plus || strings.HasPrefix(flag, "p="):
		return nil, "malformed-request"
	case flag == "y" && offered:
		// The client thinks we cannot bind: somebody took it from the list (§6).
		return nil, "not-authorized"
	}
	user, nonce := scramField(bare, "n"), scramField(bare, "r")
	if user == "" || nonce == "" {
		return nil, "malformed-request"
	}
	user = strings.ReplaceAll(strings.ReplaceAll(user, "=2C", ","), "=3D", "=")
	if authzid != "" && authzid != "a="+user {
		return nil, "invalid-authzid"
	}
	u, password := c.account(user)
	salt := []byte("nobody-is-here")
	if u != nil {
		x.u, salt = u, u.salt
	}
	n := c.faults.Iterations
	if n <= 0 {
		n = scramIterations
	}
	x.nonce = nonce + rand.Text()
	shown, count := x.nonce, strconv.Itoa(n)
	if h := c.faults.Hostile; h.ForeignNonce {
		shown = "foreign" + rand.Text()
	} else if h.Count != "" {
		count = h.Count
	}
	x.challenge = "r=" + shown + ",s=" + base64.StdEncoding.EncodeToString(salt) + ",i=" + count
	if c.faults.Guarded {
		x.challenge += ",h=" + c.guard(x.hash)
	} else if c.faults.Hostile.FalseGuard {
		x.challenge += ",h=" + base64.StdEncoding.EncodeToString(make([]byte, x.hash().Size()))
	}
	// A client refuses counts that are out of hand; ours need not be computed.
	if n <= 1_000_000 {
		x.salted, _ = pbkdf2.Key(x.hash, password, salt, n, x.hash().Size())
	}
	return x, ""
}

// verify checks the client's proof and returns ours.
func (x *scram) verify(final string) (proof, condition string) {
	at := strings.LastIndex(final, ",p=")
	if at < 0 {
		return "", "malformed-request"
	}
	got, err := base64.StdEncoding.DecodeString(final[at+3:])
	binding, ok := unbase64(scramField(final, "c"))
	if err != nil || !ok || binding != x.binding || scramField(final, "r") != x.nonce {
		return "", "not-authorized"
	}
	message := x.bare + "," + x.challenge + "," + final[:at]
	clientKey := x.mac(x.salted, "Client Key")
	h := x.hash()
	h.Write(clientKey)
	want := x.mac(h.Sum(nil), message)
	subtle.XORBytes(want, want, clientKey)
	if x.u == nil || !hmac.Equal(want, got) {
		return "", "not-authorized"
	}
	return "v=" + base64.StdEncoding.EncodeToString(x.mac(x.mac(x.salted, "Server Key"), message)), ""
}

func (x *scram) mac(key []byte, s string) []byte {
	m := hmac.New(x.hash, key)
	m.Write([]byte(s))
	return m.Sum(nil)
}

func scramField(s, name string) string {
	for f := range strings.SplitSeq(s, ",") {
		if v, ok := strings.CutPrefix(f, name+"="); ok {
			return v
		}
	}
	return ""
}
