package session

import (
	"errors"
	"strconv"

	"sotto/session/wire"
	"sotto/store"
)

// problemOf makes of a failed login or link what a screen can make a sentence
// of. nil for nil.
func problemOf(err error) *Problem {
	if err == nil {
		return nil
	}
	p := &Problem{Code: "link-lost"}
	var e *wire.Error
	if !errors.As(err, &e) {
		return p
	}
	p.Host, p.Text = e.Host, e.Text
	if k, ok := problemCodes[e.Kind]; ok {
		p.Code, p.Ask = k.code, k.ask
	}
	switch e.Kind {
	case wire.Certificate:
		if e.Cert != nil {
			p.Code = "certificate-" + certReasons[e.Cert.Reason]
		}
	case wire.AuthFailed:
		// RFC 6120 §6.5: these are not the password's fault.
		switch e.Condition {
		case "account-disabled", "credentials-expired", "encryption-required", "invalid-mechanism", "mechanism-too-weak":
			p.Code = "auth-" + e.Condition
		case "temporary-auth-failure":
			p.Code, p.Ask = "auth-"+e.Condition, false
		}
	case wire.Downgrade:
		p.Args = []string{e.Condition}
		if e.Condition == "PLAIN" {
			p.Code = "downgrade-plain"
		}
	case wire.StreamError:
		p.Args = []string{e.Condition}
		if e.Condition == "system-shutdown" {
			p.Code = "server-stops"
		}
	}
	return p
}

var problemCodes = map[wire.Kind]struct {
	code string
	ask  bool
}{
	wire.Resolve:             {"no-address", false},
	wire.NoService:           {"no-service", true},
	wire.Refused:             {"refused", false},
	wire.Unreachable:         {"unreachable", false},
	wire.Timeout:             {"timeout", false},
	wire.NotXMPP:             {"not-xmpp", false},
	wire.NoStartTLS:          {"no-tls", true},
	wire.TLS:                 {"tls", false},
	wire.Certificate:         {"certificate", true},
	wire.AuthFailed:          {"auth-failed", true},
	wire.NoMechanism:         {"no-mechanism", true},
	wire.WeakServer:          {"weak-server", true},
	wire.ServerNotProved:     {"server-not-proved", true},
	wire.Downgrade:           {"downgrade", true},
	wire.Tampered:            {"tampered", true},
	wire.Conflict:            {"conflict", true},
	wire.PolicyViolation:     {"policy", true},
	wire.SeeOtherHost:        {"see-other-host", false},
	wire.StreamError:         {"stream-error", false},
	wire.Malformed:           {"malformed", false},
	wire.TooBig:              {"too-big", false},
	wire.Closed:              {"link-lost", false},
	wire.PasswordUnavailable: {"bad-password-text", true},
	wire.BadAddress:          {"bad-address", true},
}

var certReasons = map[wire.CertReason]string{
	wire.CertInvalid: "invalid", wire.CertExpired: "expired", wire.CertNotYetValid: "not-yet", wire.CertWrongName: "name",
	wire.CertUnknownAuthority: "authority", wire.CertPinMismatch: "pin",
}

// certificateOf is the question about a certificate, if err is one.
func certificateOf(err error, old, last string) *Certificate {
	var e *wire.Error
	if !errors.As(err, &e) || e.Kind != wire.Certificate || e.Cert == nil {
		return nil
	}
	c := e.Cert
	return &Certificate{Reason: certReasons[c.Reason], Subject: c.Subject, Issuer: c.Issuer, Names: c.Names,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: c.SHA256, OldSHA256: old, LastSHA256: last}
}

// stanzaProblem is what a refusal by a server or a room says. code names what
// was refused.
func stanzaProblem(code string, err error, args ...string) Problem {
	p := Problem{Code: code, Args: args}
	var e *wire.StanzaError
	if errors.As(err, &e) {
		p.Args = append(p.Args, e.Condition)
		p.Text = e.Text
	}
	return p
}

// needPassword asks the user: no place had the password.
func (l *loop) needPassword(try int, err error) {
	if try != l.try || l.stop == nil {
		return
	}
	l.stop = nil
	if errors.Is(err, store.ErrVaultLocked) {
		l.needPassphrase(err)
		return
	}
	p := &Problem{Code: "need-password", Ask: true}
	var failed *store.CommandError
	if errors.As(err, &failed) {
		p = &Problem{Code: "password-command", Args: []string{failed.Command, failed.Err.Error()}, Ask: true}
	} else if l.problem != nil && l.badSecret {
		p = l.problem
	}
	l.give(p)
	l.askUser(Prompt{Kind: AskPassword, Problem: l.problem})
}

func (l *loop) askUser(p Prompt) {
	l.promptID++
	p.seal, p.Account, p.JID, p.ID = localOrigin().seal(), l.a.id, l.a.jid, l.promptID
	l.prompt = &p
	l.emit(p)
}

// clearPrompt takes the open question back: ID 0 tells the screens.
func (l *loop) clearPrompt() {
	if l.prompt == nil {
		return
	}
	l.prompt = nil
	l.emit(Prompt{seal: localOrigin().seal(), Account: l.a.id, JID: l.a.jid})
}

// reply takes the user's answer to the open question.
func (l *loop) reply(id uint64, r Reply) {
	p := l.prompt
	if p == nil || p.ID != id {
		return
	}
	l.clearPrompt()
	switch p.Kind {
	case AskPassword:
		if r.Password == "" {
			return
		}
		l.password, l.keepTo, l.badSecret = r.Password, r.Keep, false
	case AskCertificate:
		if r.Trust == TrustNo {
			return
		}
		l.pin = p.Certificate.SHA256
		if r.Trust == TrustAlways {
			l.keepPin(l.pin)
		}
	case AskWeaker:
		if r.Trust == TrustNo {
			return
		}
		l.setFloor(p.Mechanism)
	}
	l.connect()
}

// keepPin writes the fingerprint into the configuration.
func (l *loop) keepPin(sha string) {
	l.cfg.CertSHA256 = sha
	path, jid := l.c.opt.ConfigPath, l.a.jid
	if path == "" {
		return
	}
	l.c.later(func() {
		if err := store.SetAccountKey(path, jid, "cert_sha256", strconv.Quote(sha)); err != nil {
			l.c.answer(&Problem{Code: "config-write", Args: []string{path}}, "")
		}
	})
}
