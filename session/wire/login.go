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
	trail := trail{name: name}
	if cfg.Detour != nil {
		if route, candidates, err = trail.follow(ctx, &cfg, *cfg.Detour); err != nil {
			return nil, nil, err
		}
	}
	for {
		link, login, from, err := cfg.reach(ctx, route, candidates, account, name)
		if KindOf(err) != SeeOtherHost || ctx.Err() != nil {
			return link, login, err
		}
		if route, candidates, err = trail.follow(ctx, &cfg, from); err != nil {
			return nil, nil, err
		}
	}
}

// reach logs in at the first of the candidates that speaks XMPP. Where that one
// sends us on, the Detour says where to.
func (c *Config) reach(ctx context.Context, r route, list []candidate, account JID, name string) (*Link, *Login, Detour, error) {
	var worst error
	for _, to := range list {
		c.progress(Connecting, to.addr())
		s, features, err := c.approach(ctx, r, to, account, name)
		if err == nil {
			var link *Link
			var login *Login
			if link, login, err = s.login(to, account, features); err == nil {
				return link, login, Detour{}, nil
			}
			return nil, nil, detourOf(err, s.remote, to), err
		}
		if s != nil && KindOf(err) == SeeOtherHost {
			return nil, nil, detourOf(err, s.remote, to), err
		}
		if worst == nil || telling(err) > telling(worst) {
			worst = err
		}
		if ctx.Err() != nil || !elsewhere(err) {
			break
		}
	}
	return nil, nil, Detour{}, worst
}

// elsewhere reports that another candidate may do better. What a server said
// about us, and what we hold against its certificate, is final.
func elsewhere(err error) bool {
	switch KindOf(err) {
	case Resolve, Refused, Unreachable, Timeout, NotXMPP, NoStartTLS, TLS, Closed:
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
func (c *Config) approach(ctx context.Context, r route, to candidate, account JID, name string) (s *stream, features *Element, err error) {
	conn, err := r.connect(ctx, to)
	if err != nil {
		return nil, nil, err
	}
	s = &stream{ctx: ctx, cfg: c, domain: account.Domain(), conn: conn, raw: conn}
	if a := conn.RemoteAddr(); a != nil && !r.proxied {
		s.remote = a.String()
	}
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
			return s, nil, err
		}
	} else if features, err = s.startTLS(name); err != nil {
		return s, nil, err
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

// startTLS upgrades the connection (RFC 6120 §5). There is no way on without it.
// It is asked for also where it is not offered, since whoever sits in between can
// remove the offer (§5.3.1). It returns features only when a test runs without TLS.
func (s *stream) startTLS(name string) (*Element, error) {
	features, err := s.open(maxBeforeLogin)
	if err != nil {
		return nil, err
	}
	offered := features.Child(NSTLS, "starttls") != nil
	if !offered && s.cfg.AllowPlaintextLoopback && isLoopback(s.conn) {
		return features, nil
	}
	s.cfg.progress(Securing, s.domain)
	if err := s.send(New(NSTLS, "starttls")); err != nil {
		return nil, err
	}
	el, err := s.read()
	if err != nil {
		if !offered && s.ctx.Err() == nil {
			err = &Error{Kind: NoStartTLS, Host: s.domain, Err: err}
		}
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
	s.conn, s.secure, s.name = tc, true, name
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
	out := &Login{Addr: c.addr(), Direct: c.direct, Remote: s.remote}
	var state *tls.ConnectionState
	if tc, ok := s.conn.(*tls.Conn); ok {
		out.TLS, out.Name = tc.ConnectionState(), s.name
		state = &out.TLS
	}
	s.cfg.progress(Authenticating, s.domain)
	if err := s.authenticate(features, account.Local(), state, out); err != nil {
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
