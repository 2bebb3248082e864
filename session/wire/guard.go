package wire

import (
	"crypto/sha1" //nolint:gosec // SCRAM-SHA-1 is made of it
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"slices"
	"strings"
)

var errTampered = errors.New("the list of mechanisms is not the one that was sent")

// guard compares what was offered with the hash of it in the server-first-message
// (XEP-0474 §5.2). false: the server sends none. The message is part of what both
// sides sign, so nobody but who knows the password can put another hash into it.
func (o offer) guard(mechanism string, challenge []byte) (bool, error) {
	made := o.hash(mechanism)
	found := false
	for f := range strings.SplitSeq(string(challenge), ",") {
		if h, ok := strings.CutPrefix(f, "h="); ok {
			if subtle.ConstantTimeCompare([]byte(h), []byte(made)) != 1 {
				return false, errTampered
			}
			found = true
		}
	}
	return found, nil
}

// hash is that of both lists with the hash function of the mechanism (§5.1).
func (o offer) hash(mechanism string) string {
	sorted := func(list []string) string {
		list = slices.Clone(list)
		slices.Sort(list) // by octets
		return strings.Join(list, "\x1e")
	}
	text := sorted(o.mechanisms)
	if o.told {
		text += "\x1f" + sorted(o.bindings)
	}
	var h hash.Hash = sha256.New()
	if strings.HasPrefix(mechanism, "SCRAM-SHA-1") {
		h = sha1.New()
	}
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// short bounds a list of names for people to read.
func short(list []string) []string {
	out := make([]string, min(len(list), 32))
	for i := range out {
		out[i] = clip(list[i], 60)
	}
	return out
}
