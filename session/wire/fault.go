package wire

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// fault is something in the received XML that we do not accept. cond is the
// stream error which the sender is told (RFC 6120 §4.9.3).
type fault struct {
	cond string
	text string // ours, without remote text
	kind Kind   // Malformed unless set
}

func (f *fault) Error() string { return f.cond + ": " + f.text }

// faultOf sorts an error of the decoder: an error of the network is returned as
// it is, everything else as the fault it is.
func faultOf(err error, src *source) error {
	var (
		f      *fault
		syntax *xml.SyntaxError
	)
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, errAllowance):
		return &fault{cond: "policy-violation", text: "stanza is too big", kind: TooBig}
	case errors.As(err, &syntax) && src.err != nil && strings.HasPrefix(syntax.Msg, "unexpected EOF"):
		return io.ErrUnexpectedEOF // an echo of the connection's end
	case src.err != nil && errors.Is(err, src.err):
		return err
	case errors.As(err, &syntax):
		return &fault{cond: "not-well-formed", text: syntax.Msg}
	}
	return &fault{cond: "not-well-formed", text: "unreadable XML"}
}

// asError makes an Error of what the decoder said.
func (f *fault) asError(host string) *Error {
	kind := f.kind
	if kind == Other {
		kind = Malformed
	}
	return &Error{Kind: kind, Host: host, Condition: f.cond, Err: f}
}
