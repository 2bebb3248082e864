package session

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Making an account on a server: XEP-0077, with the invitations of XEP-0445. The
// server says what it wants to know, in a form or in fields of old; nothing of it
// is sent before the user says so, and nothing at all without TLS.

const (
	nsRegister        = "jabber:iq:register"
	nsRegisterFeature = "http://jabber.org/features/iq-register"
	nsTokenFeature    = "urn:xmpp:ibr-token:0" // XEP-0445
)

// registerTime bounds how long a server is kept waiting for the user.
const registerTime = 20 * time.Minute

// Registration is an account that is being made. Any goroutine may call its
// methods; they never block. What comes of them arrives as [Registering] events.
type Registration struct {
	c      *Client
	id     uint64
	cfg    store.AccountConfig
	token  string
	cancel context.CancelFunc
	fills  chan Form
}

// Registering tells how far the making of an account is.
type Registering struct {
	seal
	ID          uint64 // of the Registration
	Link        LinkState
	Form        *Form        // what the server wants to know; nil: not known yet
	Page        string       // a web page that the server sends to; "": none
	Problem     *Problem     // why it did not work; with a Form it can be mended and submitted again, without it is over
	Certificate *Certificate // the server's, where that is the problem
	Done        bool         // the account is there
}

func (e Registering) key() any { return nil }

var registrations atomic.Uint64

// Register connects to the server of an address, or to a server, and asks what it
// wants to know for an account there. The token of an invitation may be empty.
// Close it when it is not wanted any more.
func (c *Client) Register(cfg store.AccountConfig, token string) *Registration {
	ctx, cancel := context.WithTimeout(c.ctx, registerTime)
	r := &Registration{c: c, id: registrations.Add(1), cfg: cfg, token: token, cancel: cancel, fills: make(chan Form, 1)}
	c.wg.Go(func() {
		defer c.guard()
		defer cancel()
		r.run(ctx)
	})
	return r
}

// ID numbers the registration.
func (r *Registration) ID() uint64 { return r.id }

// Submit gives the filled form to the server; false: it has one already.
func (r *Registration) Submit(f Form) bool {
	select {
	case r.fills <- f:
		return true
	default:
		return false
	}
}

// Close gives the registration up. No event follows that matters.
func (r *Registration) Close() { r.cancel() }

func (r *Registration) tell(e Registering) {
	e.seal, e.ID = localOrigin().seal(), r.id
	r.c.publish(e)
}

func (r *Registration) fail(err error) {
	if p := problemOf(err); p != nil {
		r.tell(Registering{Problem: p, Certificate: certificateOf(err, r.cfg.CertSHA256, "")})
	}
}

// run is the goroutine of the registration.
func (r *Registration) run(ctx context.Context) {
	cfg, problem := r.c.way(r.cfg)
	if problem != nil {
		r.tell(Registering{Problem: problem})
		return
	}
	if console := r.c.opt.Console; console != nil {
		cfg.Console = func(out bool, xml []byte) { console(0, out, xml) }
	}
	cfg.Progress = func(s wire.State, _ string) { r.tell(Registering{Link: Resolving + LinkState(s)}) }
	counter, err := wire.OpenCounter(ctx, cfg, wire.Lenient(r.cfg.JID).Domain())
	if err != nil {
		r.fail(err)
		return
	}
	defer counter.Close()
	r.tell(Registering{Link: Syncing})
	if p := r.showToken(counter); p != nil {
		r.tell(Registering{Problem: p})
		return
	}
	form, legacy, ok := r.ask(counter)
	if !ok {
		return
	}
	for {
		var filled Form
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				r.tell(Registering{Problem: &Problem{Code: "link-lost"}})
			}
			return
		case filled = <-r.fills:
		}
		answer, err := counter.Ask("set", filledIn(&filled, legacy))
		if err != nil {
			r.fail(err)
			return
		}
		se := wire.ErrorOf(answer)
		if se == nil {
			r.tell(Registering{Done: true})
			return
		}
		p := registerProblem(se, r.cfg.JID)
		// A picture with letters counts once: the server may want another form now.
		if again, old, wanted := wanted(answer); wanted {
			form, legacy = again, old
		}
		r.tell(Registering{Form: &form, Problem: p})
	}
}

// showToken shows the server the word of an invitation (XEP-0445 §4).
func (r *Registration) showToken(c *wire.Counter) *Problem {
	if r.token == "" {
		return nil
	}
	if c.Features.Child(nsTokenFeature, "register") == nil {
		return nil // it takes none; perhaps it takes anybody
	}
	answer, err := c.Ask("set", wire.New(nsPreAuth, "preauth").Set("token", r.token))
	if err != nil {
		return problemOf(err)
	}
	if se := wire.ErrorOf(answer); se != nil {
		return &Problem{Code: "register-token", Host: wire.Lenient(r.cfg.JID).Domain(), Text: se.Text, Ask: true}
	}
	return nil
}

// ask asks what the server wants to know, and tells it. false: that is all.
func (r *Registration) ask(c *wire.Counter) (form Form, legacy, ok bool) {
	answer, err := c.Ask("get", wire.New(nsRegister, "query"))
	if err != nil {
		r.fail(err)
		return form, false, false
	}
	host := wire.Lenient(r.cfg.JID).Domain()
	if se := wire.ErrorOf(answer); se != nil {
		r.tell(Registering{Problem: refusedRegister(se, host)})
		return form, false, false
	}
	form, legacy, ok = wanted(answer)
	page := pageOf(answer)
	switch {
	case ok:
		r.tell(Registering{Form: &form, Page: page})
	case page != "":
		r.tell(Registering{Page: page, Problem: &Problem{Code: "register-page", Host: host, Ask: true}})
	default:
		r.tell(Registering{Problem: &Problem{Code: "register-none", Host: host, Ask: true}})
	}
	return form, legacy, ok
}

// wanted reads what a server wants to know: its form, or the fields of before
// there were forms (XEP-0077 §3.1, §9). false: nothing that can be filled in.
func wanted(answer *wire.Element) (f Form, legacy, ok bool) {
	q := answer.Child(nsRegister, "query")
	if f, ok := formOf(q); ok && slices.ContainsFunc(f.Fields, func(d Field) bool { return d.Var != "" && d.Type != Hidden }) {
		return f, false, true
	}
	if words := strings.TrimSpace(q.ChildText(nsRegister, "instructions")); words != "" {
		f.Instructions = []string{clip(words, 2*formLabelMax)}
	}
	for _, name := range legacyFields {
		el := q.Child(nsRegister, name)
		if el == nil {
			continue
		}
		d := Field{Var: name, Label: name, Type: TextSingle, Required: name == "username" || name == "password"}
		switch name {
		case "password":
			d.Type = TextPrivate
		case "key":
			d.Type = Hidden
		}
		if el.Text != "" && len(el.Text) <= formValueMax {
			d.Values = []string{el.Text}
		}
		f.Fields = append(f.Fields, d)
		ok = true
	}
	return f, true, ok
}

// legacyFields are those of XEP-0077 §14.1, with the older key.
var legacyFields = []string{"username", "password", "nick", "name", "first", "last", "email", "address", "city", "state", "zip", "phone", "url", "date", "misc", "text", "key"}

// pageOf is the web page that a server sends to instead (XEP-0077 §5).
func pageOf(answer *wire.Element) string {
	if u := strings.TrimSpace(answer.Child(nsRegister, "query").Child(nsOOB, "x").ChildText(nsOOB, "url")); webAddress(u) {
		return u
	}
	return ""
}

// filledIn is the request for the account.
func filledIn(f *Form, legacy bool) *wire.Element {
	q := wire.New(nsRegister, "query")
	if !legacy {
		return q.Add(f.submit())
	}
	for _, d := range f.Fields {
		value := ""
		if len(d.Values) > 0 {
			value = d.Values[0]
		}
		if value != "" || d.Required {
			q.Add(wire.New(nsRegister, d.Var).SetText(value))
		}
	}
	return q
}

// refusedRegister says why a server does not tell what it wants to know.
func refusedRegister(se *wire.StanzaError, host string) *Problem {
	p := &Problem{Code: "register-none", Host: host, Text: se.Text, Ask: true}
	if se.Type == "wait" || se.Condition == "resource-constraint" {
		p.Code = "register-wait"
	}
	return p
}

// registerProblem says why an account was not made.
func registerProblem(se *wire.StanzaError, jid string) *Problem {
	p := &Problem{Code: "register-refused", Host: wire.Lenient(jid).Domain(), Args: []string{se.Condition}, Text: se.Text, Ask: true}
	switch {
	case se.Condition == "conflict":
		p.Code, p.Args = "register-taken", []string{jid}
	case se.Type == "wait", se.Condition == "resource-constraint", se.Condition == "policy-violation":
		p.Code = "register-wait"
	case se.Condition == "not-acceptable", se.Condition == "bad-request", se.Condition == "jid-malformed":
		p.Code = "register-unfit"
	case se.Condition == "service-unavailable", se.Condition == "feature-not-implemented":
		p.Code = "register-none"
	}
	return p
}

// NewPassword makes a password that nobody guesses and everybody can read aloud:
// 20 letters and digits in groups, 100 bits.
func NewPassword() string {
	b := make([]byte, 13)
	_, _ = rand.Read(b) // never fails
	s := strings.ToLower(base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding).EncodeToString(b))[:20]
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:]
}
