package wire

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// Bounds of the SCRAM iteration count. RFC 7677 §4 asks for at least 4,096; a
// server that wants less makes the exchange easy to search, one that wants
// millions makes us compute for hours and cannot be interrupted.
const (
	minIterations = 4096
	maxIterations = 1_000_000
)

var errChallenge = errors.New("malformed SCRAM challenge")

// checkChallenge looks at the server-first-message (RFC 5802 §7) before the SASL
// library does. The library takes the last of several counts, does not bound it,
// and does not return at all when the message ends in a field of less than three
// bytes; so the form is checked strictly here: r, s, i in this order, each once,
// then only extensions.
func checkChallenge(b []byte) error {
	fields := strings.Split(string(b), ",")
	if len(fields) < 3 {
		return errChallenge
	}
	for i, f := range fields {
		if len(f) < 3 || f[1] != '=' || strings.IndexByte(f, 0) >= 0 {
			return errChallenge
		}
		if i < 3 && f[0] != "rsi"[i] {
			return errChallenge
		}
		if i >= 3 && strings.IndexByte("rsim", f[0]) >= 0 {
			return errChallenge
		}
	}
	if salt, err := base64.StdEncoding.DecodeString(fields[1][2:]); err != nil || len(salt) == 0 {
		return errChallenge
	}
	digits := fields[2][2:]
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return errChallenge
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil:
		return errors.New("SCRAM iteration count is no number we know")
	case n < minIterations:
		return errors.New("SCRAM iteration count " + digits + " is too low")
	case n > maxIterations:
		return errors.New("SCRAM iteration count " + digits + " is too high")
	}
	return nil
}
