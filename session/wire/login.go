package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
)

// Connect finds the server, connects and logs in. It tries the candidates in
// order until one of them speaks XMPP; from then on what that server says is the
// answer. Errors are *Error. The link lives until it fails or is closed; ctx
// governs the login only.
func Connect(ctx context.Context, cfg Config) (*Link, *Login, error) {
	account, err := Parse(cfg.JID)
	if err != nil || account.Local() == "" {
		return nil, nil, &Error{Kind: BadAddress, Host: account.Domain(), Err: err}
	}
	account = account.Bare()
	name, err := asciiHost(account.Domain())
	if err != nil {
		return nil, nil, &Error{Kind: BadAddress, Host: account.Domain(), Err: err}
	}
	route, err := cfg.route(name)
	if err != nil {
		return nil, nil, err
	}
	cfg.progress(Resolving, name)
	candidates, err := cfg.candidates(ctx, name, route.lookup)
	if err != nil {
		return nil, nil, err
	}
	var worst error
	for _, c := range candidates {
		cfg.progress(Connecting, c.addr())
		s, features, err := cfg.approach(ctx, route, c, account, name)
		if err == nil {
			return s.login(c, account, features)
		}
		if worst == nil || telling(err) > telling(worst) {
			worst = err
		}
		if ctx.Err() != nil || !elsewhere(err) {
			break
		}
	}
	return nil, nil, worst
}

// elsewhere reports that another candidate may do better. What a server said
// about us, and what we hold against its certificate, is final.
func elsewhere(err error) bool {
	switch KindOf(err) {
	case Resolve, Refused, Unreachable, Timeout, NotXMPP, TLS, Closed:
		return true
	}
	return false
}

// telling ranks errors by how far the attempt came, so that "port 5223 refused"
// does not hide what port 5222 had to say.
func telling(err error) int {
	switch KindOf(err) {
	case Resolve:
		return 1
	case Unreachable:
		return 2
	case Refused:
		return 3
	case Timeout:
		return 4
	case Closed:
		return 5
	}
	return 6
}

// approach brings one connection to the point where the login may begin: dialled,
// secured, with the features of the secured stream read.
func (c *Config) approach(ctx context.Context, r route, to candidate, account JID, name string) (_ *stream, features *Element, err error) {
	conn, err := r.connect(ctx, to)
	if err != nil {
		return nil, nil, err
	}
	s := &stream{ctx: ctx, cfg: c, domain: account.Domain(), conn: conn, raw: conn}
	stop := s.watch()
	defer func() {
		if !stop() && err == nil {
			err = ioError(ctx, to.host, ctx.Err())
		}
		if err != nil {
			conn.Close()
		}
	}()
	if to.direct {
		if err := s.encrypt(name, true); err != nil {
			return nil, nil, err
		}
	} else if features, err = s.startTLS(name); err != nil {
		return nil, nil, err
	}
	if features == nil {
		features, err = s.open(maxBeforeLogin)
	}
	return s, features, err
}

// watch closes the connection when the context ends, which wakes whatever waits
// on it. The returned function reports false when that has happened.
func (s *stream) watch() func() bool {
	return context.AfterFunc(s.ctx, func() { s.raw.Close() })
}

// startTLS upgrades the connection (RFC 6120 §5). There is no way on without it:
// a server that does not offer it gets nothing more from us. It returns features
// only when a test runs without TLS.
func (s *stream) startTLS(name string) (*Element, error) {
	features, err := s.open(maxBeforeLogin)
	if err != nil {
		return nil, err
	}
	if features.Child(NSTLS, "starttls") == nil {
		if s.cfg.AllowPlaintextLoopback && isLoopback(s.conn) {
			return features, nil
		}
		return nil, &Error{Kind: NoStartTLS, Host: s.domain}
	}
	s.cfg.progress(Securing, s.domain)
	if err := s.send(New(NSTLS, "starttls")); err != nil {
		return nil, err
	}
	el, err := s.read()
	if err != nil {
		return nil, err
	}
	if el.Is(NSTLS, "failure") {
		return nil, &Error{Kind: NoStartTLS, Host: s.domain, Condition: "failure"}
	}
	if !el.Is(NSTLS, "proceed") {
		return nil, s.failed(&fault{cond: "unsupported-stanza-type", text: "neither proceed nor failure"})
	}
	if err := s.border(); err != nil {
		return nil, err
	}
	return nil, s.encrypt(name, false)
}

func (s *stream) encrypt(name string, direct bool) error {
	if direct {
		s.cfg.progress(Securing, s.domain)
	}
	s.deadline()
	tc, err := s.cfg.secure(s.ctx, s.conn, name, direct)
	if err != nil {
		return err
	}
	s.conn, s.secure = tc, true
	return nil
}

// login turns a secured stream into a link: SASL, resource binding, XEP-0198.
// A login of another kind (SASL2 with Bind 2) will stand beside this function and
// return the same; nothing else knows the order of things.
func (s *stream) login(c candidate, account JID, features *Element) (_ *Link, _ *Login, err error) {
	stop := s.watch()
	defer func() {
		if !stop() && err == nil {
			err = ioError(s.ctx, s.domain, s.ctx.Err())
		}
		if err != nil {
			s.raw.Close()
		}
	}()
	out := &Login{Addr: c.addr(), Direct: c.direct}
	var state *tls.ConnectionState
	if tc, ok := s.conn.(*tls.Conn); ok {
		out.TLS = tc.ConnectionState()
		state = &out.TLS
	}
	s.cfg.progress(Authenticating, s.domain)
	if out.Mechanism, out.Binding, err = s.authenticate(features, account.Local(), state); err != nil {
		return nil, nil, err
	}
	if err := s.border(); err != nil {
		return nil, nil, err
	}
	s.cfg.progress(Binding, s.domain)
	if out.Features, err = s.open(maxStanza); err != nil {
		return nil, nil, err
	}
	managed := out.Features.Child(NSManagement, "sm") != nil
	if r := s.cfg.Resume; managed && r != nil && r.me.Bare() == account {
		if out.Resumed, err = s.resume(r); err != nil {
			return nil, nil, err
		}
		if out.Resumed {
			out.JID, out.SM = r.me, true
			return newLink(s, out, nil, r), out, nil
		}
		out.LostAcked = r.out.acked
	}
	if out.JID, err = s.bind(out.Features, account); err != nil {
		return nil, nil, err
	}
	var early []*Element
	var again *Remains
	if managed {
		if out.SM, again, early, err = s.manage(); err != nil {
			return nil, nil, err
		}
	}
	l := newLink(s, out, early, nil)
	l.allowResume(again)
	return l, out, nil
}

// bind asks for a resource (RFC 6120 §7). The wanted one is a wish: when it is
// taken, one attempt with something random behind it follows.
func (s *stream) bind(features *Element, account JID) (JID, error) {
	if features.Child(NSBind, "bind") == nil {
		return JID{}, s.failed(&fault{cond: "undefined-condition", text: "no resource binding offered"})
	}
	resource := s.cfg.Resource
	for attempt := 0; ; attempt++ {
		ask := New(NSBind, "bind")
		if resource != "" {
			ask.Add(New(NSBind, "resource").SetText(resource))
		}
		answer, err := s.ask(ask)
		if err != nil {
			return JID{}, err
		}
		if se := ErrorOf(answer); se != nil {
			if se.Condition == "conflict" && attempt == 0 && resource != "" {
				resource += "." + randomID()[:6]
				continue
			}
			kind := StreamError
			if se.Condition == "conflict" {
				kind = Conflict
			}
			return JID{}, &Error{Kind: kind, Host: s.domain, Condition: se.Condition, Text: se.Text, Err: se}
		}
		j, err := Parse(strings.TrimSpace(answer.Child(NSBind, "bind").ChildText(NSBind, "jid")))
		if err != nil || j.Resource() == "" {
			return JID{}, &Error{Kind: Malformed, Host: s.domain, Condition: "bind", Err: err}
		}
		// The server decides what the account is called, but not in whose name we
		// speak: another account would make its words ours.
		if j.Bare() != account {
			return JID{}, &Error{Kind: Malformed, Host: s.domain, Condition: "bind", Err: errors.New("server bound another account")}
		}
		return j, s.session(features)
	}
}

// session is the empty ceremony of RFC 3921 which some servers still demand.
func (s *stream) session(features *Element) error {
	f := features.Child(NSSession, "session")
	if f == nil || f.Child(NSSession, "optional") != nil {
		return nil
	}
	answer, err := s.ask(New(NSSession, "session"))
	if err != nil {
		return err
	}
	if se := ErrorOf(answer); se != nil {
		return &Error{Kind: StreamError, Host: s.domain, Condition: se.Condition, Text: se.Text, Err: se}
	}
	return nil
}

// ask sends one IQ set during the login and returns the answer, which has to be
// the next stanza: nobody may speak to us before we are bound.
func (s *stream) ask(payload *Element) (*Element, error) {
	id := randomID()
	if err := s.send(New(NSClient, "iq").Set("type", "set").Set("id", id).Add(payload)); err != nil {
		return nil, err
	}
	el, err := s.read()
	if err != nil {
		return nil, err
	}
	kind := el.Attr("type")
	if !el.Is(NSClient, "iq") || el.Attr("id") != id || (kind != "result" && kind != "error") {
		return nil, s.failed(&fault{cond: "undefined-condition", text: "no answer to resource binding"})
	}
	return el, nil
}
