package wire

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"mellium.im/sasl"
)

// offer is what the server offers for authentication.
type offer struct {
	mechanisms []string
	bindings   []string // XEP-0440; empty when the server says nothing
	told       bool     // the server says which types of binding it knows, or none
}

func readOffer(features *Element) offer {
	var o offer
	for m := range features.Child(NSSASL, "mechanisms").All(NSSASL, "mechanism") {
		o.mechanisms = append(o.mechanisms, strings.TrimSpace(m.Text))
	}
	list := features.Child(NSBindings, "sasl-channel-binding")
	o.told = list != nil
	for b := range list.All(NSBindings, "channel-binding") {
		o.bindings = append(o.bindings, b.Attr("type"))
	}
	return o
}

// binding returns the type of channel binding that the SASL library would use on
// this connection, if the server says that it knows it. A server that lists
// -PLUS alone is not enough: some refuse what they did not announce, and the
// login fails (XEP-0440 §1).
func (o offer) binding(state *tls.ConnectionState) string {
	name := ""
	switch {
	case state == nil:
		return ""
	case state.Version >= tls.VersionTLS13:
		name = "tls-exporter" // RFC 9266
	case len(state.TLSUnique) > 0:
		name = "tls-unique" // RFC 5929
	}
	if name == "" || !slices.Contains(o.bindings, name) {
		return ""
	}
	return name
}

// strength orders the mechanisms, strongest first.
var strength = []sasl.Mechanism{sasl.ScramSha256Plus, sasl.ScramSha1Plus, sasl.ScramSha256, sasl.ScramSha1, sasl.Plain}

// Stronger says that a mechanism is stronger than another, "" being none. Any
// goroutine.
func Stronger(a, b string) bool { return rank(a) < rank(b) }

func rank(name string) int {
	if i := slices.IndexFunc(strength, func(m sasl.Mechanism) bool { return m.Name == name }); i >= 0 {
		return i
	}
	return len(strength)
}

// choose picks the strongest mechanism both sides have, down to floor. Kind is
// NoMechanism or Downgrade when there is none. plain says that a password may be
// sent as it is.
func (o offer) choose(binding string, plain bool, floor string) (sasl.Mechanism, Kind) {
	below := false
	for _, m := range strength {
		usable := (binding != "" || !strings.HasSuffix(m.Name, "-PLUS")) && (plain || m.Name != sasl.Plain.Name)
		if usable && slices.Contains(o.mechanisms, m.Name) {
			if below {
				return m, Downgrade
			}
			return m, Other
		}
		below = below || m.Name == floor
	}
	return sasl.Mechanism{}, NoMechanism
}

// authenticate runs SASL (RFC 6120 §6) and notes in out how.
func (s *stream) authenticate(features *Element, local string, state *tls.ConnectionState, out *Login) error {
	o := readOffer(features)
	out.Offered, out.Bindings = short(o.mechanisms), short(o.bindings)
	binding := o.binding(state)
	// Without TLS we are here only over a test's own pipe or loopback.
	mech, kind := o.choose(binding, s.secure || s.cfg.AllowPlaintextLoopback, s.cfg.Floor)
	weaker := &Error{Kind: kind, Host: s.domain, Condition: mech.Name, Text: clip(strings.Join(o.mechanisms, " "), 200)}
	if kind == NoMechanism || kind == Downgrade && mech.Name == sasl.Plain.Name {
		return weaker
	}
	password, err := s.password()
	if err != nil {
		return err
	}
	opts := []sasl.Option{
		sasl.Credentials(func() (user, pass, identity []byte) { return []byte(local), []byte(password), nil }),
		sasl.RemoteMechanisms(o.mechanisms...),
	}
	if state != nil {
		opts = append(opts, sasl.TLSState(*state))
	}
	err = s.converse(sasl.NewClient(mech, opts...), mech.Name, func(challenge []byte) *Error {
		guarded, err := o.guard(mech.Name, challenge)
		switch {
		case err != nil:
			return &Error{Kind: Tampered, Host: s.domain, Err: err}
		case !guarded && kind == Downgrade:
			return weaker
		}
		out.Guarded = guarded
		return nil
	})
	if err != nil {
		return err
	}
	if out.Mechanism = mech.Name; strings.HasSuffix(mech.Name, "-PLUS") {
		out.Binding = binding
	}
	return nil
}

// password asks for the password. The time a person takes is not the server's.
func (s *stream) password() (string, error) {
	if s.cfg.Password == nil {
		return "", &Error{Kind: PasswordUnavailable, Host: s.domain}
	}
	p, err := s.cfg.Password(s.ctx)
	if s.ctx.Err() != nil {
		return "", ioError(s.ctx, s.domain, context.Cause(s.ctx))
	}
	if err == nil {
		p, err = saslprep(p)
	}
	if err != nil {
		return "", &Error{Kind: PasswordUnavailable, Host: s.domain, Err: err}
	}
	return p, nil
}

// converse exchanges the messages of one mechanism. SCRAM proves both sides: a
// <success/> counts only when the server's signature was seen and right. judge
// looks at the challenge before anything of the password leaves.
func (s *stream) converse(n *sasl.Negotiator, name string, judge func(challenge []byte) *Error) error {
	scram := strings.HasPrefix(name, "SCRAM-")
	proved := !scram
	_, resp, err := n.Step(nil)
	if err != nil {
		return &Error{Kind: AuthFailed, Host: s.domain, Err: err}
	}
	if err := s.send(New(NSSASL, "auth").Set("mechanism", name).SetText(encodeSASL(resp))); err != nil {
		return err
	}
	for step := 0; ; step++ {
		el, err := s.read()
		if err != nil {
			return err
		}
		data, dataErr := decodeSASL(el.Text)
		switch {
		case el.Is(NSSASL, "failure"):
			return saslFailure(el, s.domain)
		case dataErr != nil:
			return &Error{Kind: ServerNotProved, Host: s.domain, Err: dataErr}
		case el.Is(NSSASL, "challenge") && scram && step == 0:
			if err := checkChallenge(data); err != nil {
				_ = s.send(New(NSSASL, "abort"))
				return &Error{Kind: WeakServer, Host: s.domain, Err: err}
			}
			if err := judge(data); err != nil {
				_ = s.send(New(NSSASL, "abort"))
				return err
			}
			more, answer, err := n.Step(data)
			if err != nil || !more {
				_ = s.send(New(NSSASL, "abort"))
				return &Error{Kind: ServerNotProved, Host: s.domain, Err: err}
			}
			resp = answer
		case el.Is(NSSASL, "challenge") && scram && step == 1 && !proved:
			// The signature may come as a challenge of its own (RFC 6120 §6.4.3).
			if _, _, err = n.Step(data); err != nil {
				_ = s.send(New(NSSASL, "abort"))
				return &Error{Kind: ServerNotProved, Host: s.domain, Err: err}
			}
			proved, resp = true, nil
		case el.Is(NSSASL, "success"):
			if scram && step == 1 && !proved {
				if _, _, err := n.Step(data); err != nil {
					return &Error{Kind: ServerNotProved, Host: s.domain, Err: err}
				}
				proved = true
			}
			if !proved {
				return &Error{Kind: ServerNotProved, Host: s.domain}
			}
			return nil
		default:
			return &Error{Kind: ServerNotProved, Host: s.domain, Err: errors.New("unexpected <" + clip(el.Local, 40) + ">")}
		}
		if err := s.send(New(NSSASL, "response").SetText(base64.StdEncoding.EncodeToString(resp))); err != nil {
			return err
		}
	}
}

// encodeSASL writes an initial response; an empty one is "=" (RFC 6120 §6.4.2).
func encodeSASL(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

func decodeSASL(s string) ([]byte, error) {
	if s = strings.TrimSpace(s); s == "" || s == "=" {
		return nil, nil
	}
	return base64.StdEncoding.DecodeString(s)
}

// saslFailure reads <failure/> (RFC 6120 §6.5).
func saslFailure(el *Element, host string) *Error {
	e := &Error{Kind: AuthFailed, Host: host, Condition: "not-authorized"}
	for _, c := range el.Children {
		switch {
		case c.Is(NSSASL, "text"):
			e.Text = c.Text
		case c.Space == NSSASL:
			e.Condition = clip(c.Local, 40)
		}
	}
	return e
}
