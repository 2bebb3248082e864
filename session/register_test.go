package session_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

// registering waits for the next word of a registration that is no step of the connection.
func (cl *client) registering(r *session.Registration) session.Registering {
	cl.t.Helper()
	return wait(cl, "the registration", func(e session.Registering) bool {
		return e.ID == r.ID() && (e.Form != nil || e.Problem != nil || e.Done)
	})
}

// TestRegister makes an account from nothing and logs in with it.
func TestRegister(t *testing.T) {
	for name, query := range map[string]string{
		"fields": "",
		"form": "<instructions>old</instructions><username/><password/><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>" +
			"<field var='username' type='text-single'><required/></field><field var='password' type='text-private'><required/></field></x>",
	} {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t)
			var mu sync.Mutex
			var asked []string
			s.SetSignup(&demo.Signup{Query: query, Asked: func(el *wire.Element) {
				mu.Lock()
				defer mu.Unlock()
				asked = append(asked, string(el.Bytes()))
			}})
			cl := run(t, optionsFor(s))
			cfg := at(s, "zoe")
			r := cl.c.Register(cfg, "")
			defer r.Close()
			e := cl.registering(r)
			if e.Form == nil || e.Problem != nil {
				t.Fatalf("got %+v", e)
			}
			e.Form.Fill("username", "zoe")
			e.Form.Fill("password", "p<&'ß")
			if !r.Submit(*e.Form) {
				t.Fatal("not taken")
			}
			if e := cl.registering(r); !e.Done {
				t.Fatalf("got %+v %v", e, e.Problem)
			}
			cl.c.AddAccount(cfg, "p<&'ß", store.Unsaid)
			wait(cl, "online", func(e session.AccountChanged) bool { return e.Link == session.Online })
			mu.Lock()
			defer mu.Unlock()
			if len(asked) != 2 || !strings.Contains(asked[0], "type='get'") {
				t.Errorf("it was asked %q", asked)
			}
		})
	}
}

// TestRegisterRefused: every refusal has its word, and what can be mended can be
// submitted again on the same connection.
func TestRegisterRefused(t *testing.T) {
	stanza := func(kind, condition, text string) string {
		return "<error type='" + kind + "'><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" + text + "</text></error>"
	}
	for refuse, want := range map[string]string{
		stanza("cancel", "conflict", "taken"):              "register-taken",
		stanza("modify", "not-acceptable", "weak"):         "register-unfit",
		stanza("wait", "resource-constraint", "slowly"):    "register-wait",
		stanza("wait", "not-acceptable", "too many"):       "register-wait",
		stanza("cancel", "service-unavailable", ""):        "register-none",
		stanza("auth", "not-allowed", "wrong letters"):     "register-refused",
		stanza("cancel", "undefined-condition", "\x1b[1m"): "register-refused",
		"": "register-refused",
	} {
		if refuse == "" {
			refuse = "<error/>"
		}
		refuse = strings.ReplaceAll(refuse, "\x1b", "&#x9b;")
		s := newDemo(t)
		s.SetSignup(&demo.Signup{Refuse: refuse})
		cl := run(t, optionsFor(s))
		r := cl.c.Register(at(s, "zoe"), "")
		e := cl.registering(r)
		r.Submit(*e.Form)
		if e = cl.registering(r); e.Problem == nil || e.Problem.Code != want || e.Form == nil || e.Done {
			t.Errorf("%s: got %+v %+v", refuse, e, e.Problem)
			continue
		}
		s.SetSignup(&demo.Signup{Lax: true})
		r.Submit(*e.Form)
		if e = cl.registering(r); !e.Done {
			t.Errorf("%s: it could not be mended: %+v", refuse, e.Problem)
		}
		r.Close()
	}
}

// TestRegisterNot: where no account can be made, a sentence says why.
func TestRegisterNot(t *testing.T) {
	for name, test := range map[string]struct {
		signup *demo.Signup
		faults demo.Faults
		token  string
		want   string
		page   string
	}{
		"not offered":       {want: "register-none"},
		"a page":            {signup: &demo.Signup{Query: "<instructions>Go there.</instructions><x xmlns='jabber:x:oob'><url>https://example.org/join</url></x>"}, want: "register-page", page: "https://example.org/join"},
		"no page":           {signup: &demo.Signup{Query: "<x xmlns='jabber:x:oob'><url>javascript:alert(1)</url></x>"}, want: "register-none"},
		"nothing wanted":    {signup: &demo.Signup{Query: "<registered/>"}, want: "register-none"},
		"no TLS":            {faults: demo.Faults{NoStartTLS: true}, want: "no-tls"},
		"a bad certificate": {signup: &demo.Signup{}, faults: demo.Faults{Certificate: demo.CertWrongName}, want: "certificate-name"},
		"an old invitation": {signup: &demo.Signup{Token: "T"}, token: "U", want: "register-token"},
		"no invitation":     {signup: &demo.Signup{Token: "T"}, want: "register-none"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := demo.NewServer(demo.Options{Faults: &test.faults})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			s.SetSignup(test.signup)
			cl := run(t, optionsFor(s))
			cfg := store.AccountConfig{JID: "zoe@" + s.Domain(), Host: s.Domain(), Port: 5222, TLS: "starttls"}
			r := cl.c.Register(cfg, test.token)
			defer r.Close()
			e := cl.registering(r)
			if e.Problem == nil || e.Problem.Code != test.want || e.Page != test.page || e.Form != nil {
				t.Errorf("got %+v %+v", e, e.Problem)
			}
			if (e.Certificate != nil) != strings.HasPrefix(test.want, "certificate") {
				t.Errorf("the certificate is %+v", e.Certificate)
			}
		})
	}
}

// TestRegisterInvited: a token opens the door.
func TestRegisterInvited(t *testing.T) {
	s := newDemo(t)
	s.SetSignup(&demo.Signup{Token: "T"})
	cl := run(t, optionsFor(s))
	r := cl.c.Register(at(s, "zoe"), "T")
	defer r.Close()
	e := cl.registering(r)
	if e.Form == nil {
		t.Fatalf("got %+v", e.Problem)
	}
	e.Form.Fill("username", "zoe")
	e.Form.Fill("password", "x")
	r.Submit(*e.Form)
	if e := cl.registering(r); !e.Done {
		t.Errorf("got %+v", e.Problem)
	}
}

// TestRegisterLinkLost: a connection that breaks is told, and another begins.
func TestRegisterLinkLost(t *testing.T) {
	s := newDemo(t)
	s.SetSignup(&demo.Signup{Gone: true})
	cl := run(t, optionsFor(s))
	r := cl.c.Register(at(s, "zoe"), "")
	e := cl.registering(r)
	r.Submit(*e.Form)
	if e := cl.registering(r); e.Problem == nil || e.Problem.Code != "link-lost" || e.Form != nil {
		t.Errorf("got %+v %+v", e, e.Problem)
	}
	if r.Submit(*e.Form); r.Submit(*e.Form) {
		t.Error("two forms wait")
	}
	r.Close()
	s.Stop()
	r = cl.c.Register(at(s, "zoe"), "")
	if e := cl.registering(r); e.Problem == nil || e.Problem.Code != "refused" {
		t.Errorf("got %+v %+v", e, e.Problem)
	}
}

// TestRegisterHostileForm: a form without end is bounded; what is hidden goes
// back as it came.
func TestRegisterHostileForm(t *testing.T) {
	var form strings.Builder
	form.WriteString("<x xmlns='jabber:x:data' type='form'><field type='hidden' var='challenge'><value>&#x9b;&lt;x&gt;</value></field>")
	for i := range 300 {
		form.WriteString("<field var='f" + strconv.Itoa(i) + "' type='list-single' label='&#x202e;'>" + strings.Repeat("<option/>", 5) + "</field>")
	}
	form.WriteString("</x>")
	s := newDemo(t)
	got := make(chan string, 9)
	s.SetSignup(&demo.Signup{Query: form.String(), Lax: true, Asked: func(el *wire.Element) { got <- string(el.Bytes()) }})
	cl := run(t, optionsFor(s))
	r := cl.c.Register(at(s, "zoe"), "")
	defer r.Close()
	e := cl.registering(r)
	if e.Form == nil || !e.Form.Cut || len(e.Form.Fields) > 64 {
		t.Fatalf("got %+v", e.Problem)
	}
	<-got
	r.Submit(*e.Form)
	if e := cl.registering(r); !e.Done {
		t.Fatalf("got %+v", e.Problem)
	}
	if sent := <-got; !strings.Contains(sent, "<field var='challenge'><value>\u009b&lt;x&gt;</value>") {
		t.Errorf("sent %.200s", sent)
	}
}

func TestNewPassword(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		p := session.NewPassword()
		if len(p) != 23 || seen[p] || strings.ContainsAny(p, "01io") {
			t.Errorf("got %q", p)
		}
		seen[p] = true
	}
}
