package ui

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

const newcomer = "zoe@demo.sotto.example"

// signupRig is the first run beside a server that makes accounts as told.
func signupRig(t *testing.T, up *demo.Signup) (*rig, *demo.Server) {
	t.Helper()
	s, err := demo.NewServer(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.AddUser("bob", "x")
	s.SetSignup(up)
	r := newRigOf(t, 80, 24, store.DefaultConfig(), nil, func(o *session.Options) { o.Dial, o.RootCAs = s.Dial, s.RootCAs() })
	t.Cleanup(s.Close)
	return r, s
}

func (r *rig) shows(words ...string) {
	r.t.Helper()
	for _, w := range words {
		r.until(w, func() bool {
			return strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(r.screen(), "│", " ")), " "), w)
		})
	}
}

func (r *rig) onlineAs(jid string) {
	r.t.Helper()
	r.until(jid+" online", func() bool {
		return len(r.a.m.accounts) == 1 && r.a.m.accounts[0].JID == jid && r.a.m.accounts[0].Link == session.Online && r.a.dialog == nil
	})
}

// TestNewAccount goes from nothing to a sent message, with a password that is
// made up and seen; no more than 40 keys are pressed beside the address itself.
func TestNewAccount(t *testing.T) {
	r, s := signupRig(t, &demo.Signup{})
	const bob = "bob@demo.sotto.example"
	said := make(chan string, 9)
	friend := s.Script("bob")
	friend.OnMessage(func(m demo.Message) { said <- m.Body })
	friend.Presence("", "")
	keys := 0
	press := func(names ...string) { keys += len(names); r.press(names...) }
	write := func(text string) { keys += len(text); r.write(text) }
	r.sees("Ctrl-N new account")
	press("Ctrl-N")
	r.sees("A new account", "Once more")
	write(newcomer)
	press("Enter")
	r.sees("This password was made up for you")
	f := r.a.dialog.(*setup)
	made := f.fields[setupPassword].text()
	r.sees(made)
	press("Enter")
	r.onlineAs(newcomer)
	press("Ctrl-K")
	write(bob)
	press("Enter")
	r.until("the chat", func() bool { c, ok := r.a.m.open(); return ok && c.JID == bob })
	write("hi")
	press("Enter")
	select {
	case got := <-said:
		if got != "hi" {
			t.Errorf("bob heard %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("bob heard nothing")
	}
	// Of people who are called bob@example.org and have such friends.
	if most := 40 + len(newcomer) + len(bob) - 2*len("bob@example.org"); keys > most {
		t.Errorf("%d keys, %d at most", keys, most)
	}
}

// TestNewAccountTypedTwice: a password is typed twice, unseen, and a slip is told.
func TestNewAccountTypedTwice(t *testing.T) {
	r, _ := signupRig(t, &demo.Signup{})
	r.press("Ctrl-N")
	r.write(newcomer)
	r.press("Tab")
	r.write("hunter2")
	r.press("Enter")
	r.write("hunter3")
	r.press("Enter")
	r.sees("The two passwords differ")
	if strings.Contains(r.screen(), "hunter") {
		t.Error("the password is seen")
	}
	r.write("hunter2")
	r.press("Enter")
	r.onlineAs(newcomer)
}

// TestNewAccountRefused: each refusal is a sentence, and another try goes on
// where it was.
func TestNewAccountRefused(t *testing.T) {
	r, s := signupRig(t, &demo.Signup{})
	r.press("Ctrl-N")
	r.write("bob@demo.sotto.example")
	r.press("Enter", "Enter")
	r.shows("bob@demo.sotto.example is somebody's already. Choose another name; Enter tries it.")
	r.press("Ctrl-U")
	r.write(newcomer)
	s.SetSignup(&demo.Signup{Refuse: "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"})
	r.press("Enter")
	r.shows("makes no more accounts just now")
	s.SetSignup(&demo.Signup{Gone: true})
	r.press("Enter")
	r.shows("The connection")
	s.SetSignup(nil)
	r.press("Enter")
	r.shows("demo.sotto.example makes no accounts for newcomers here.", "Ctrl-N logs in")
	s.SetSignup(&demo.Signup{})
	r.press("Enter")
	r.onlineAs(newcomer)
}

// TestNewAccountForm: what else a server wants to know is asked, a page of its
// can be opened, what was typed stays when it refuses.
func TestNewAccountForm(t *testing.T) {
	var asked atomic.Pointer[wire.Element]
	up := &demo.Signup{Query: `<x xmlns='jabber:x:data' type='form'><title>Join</title><instructions>Be nice.&#x202e;</instructions>
<field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field><field var='username' type='text-single'><required/></field><field var='password' type='text-private'><required/></field>
<field var='email' type='text-single' label='E-mail'/><field var='rules' type='boolean' label='I keep the rules'/><field var='challenge' type='hidden'><value>c1</value></field>
<field var='ocr' type='text-single' label='Type what you see'><media xmlns='urn:xmpp:media-element'><uri type='image/png'>https://demo.sotto.example/captcha/1</uri></media><required/></field></x>`,
		Asked: func(el *wire.Element) { asked.Store(el) }}
	refusing := *up
	refusing.Refuse = "<error type='modify'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>The letters were wrong</text></error>"
	r, s := signupRig(t, &refusing)
	r.press("Ctrl-N")
	r.write(newcomer)
	r.press("Tab")
	r.write("hunter2")
	r.press("Tab")
	r.write("hunter2")
	r.press("Enter")
	r.shows("What demo.sotto.example asks", "Be nice.", "To be looked at: https://demo.sotto.example/captcha/1", "Ctrl-O open page")
	r.golden("signup-form-80x24")
	r.press("Ctrl-O")
	r.sees("Open a page of demo.sotto.example?")
	r.press("n")
	r.sees("Type what you see")
	r.write("zoe@example.net")
	r.press("Tab", "Space", "Enter")
	r.sees("“Type what you see” must be filled in.")
	r.write("xyz")
	r.press("Enter")
	r.shows("does not take what was filled in", "The letters were wrong")
	r.sees("zoe@example.net", "[x] I keep the rules")
	s.SetSignup(up)
	r.press("Ctrl-U")
	r.write("abc")
	r.press("Enter")
	r.onlineAs(newcomer)
	got := string(asked.Load().Bytes())
	for _, want := range []string{"<field var='username'><value>zoe</value>", "<field var='password'><value>hunter2</value>", "<field var='email'><value>zoe@example.net</value>", "<field var='rules'><value>1</value>",
		"<field var='challenge'><value>c1</value>", "<field var='ocr'><value>abc</value>", "<field var='FORM_TYPE' type='hidden'>"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// TestNewAccountOnAPage: a server that makes accounts on the web says where.
func TestNewAccountOnAPage(t *testing.T) {
	r, _ := signupRig(t, &demo.Signup{Query: "<x xmlns='jabber:x:oob'><url>https://demo.sotto.example/join</url></x>"})
	r.press("Ctrl-N")
	r.write(newcomer)
	r.press("Enter", "Enter")
	r.shows("makes accounts on a web page", "https://demo.sotto.example/join")
	r.press("Ctrl-O")
	r.sees("Open a page of demo.sotto.example?")
	r.press("n", "Esc")
	r.sees("Your account")
}

// TestInvitationMakesAnAccount: the link of an invitation fills the form in.
func TestInvitationMakesAnAccount(t *testing.T) {
	r, _ := signupRig(t, &demo.Signup{Token: "T"})
	r.a.followURI("xmpp:bob@demo.sotto.example?roster;preauth=T;ibr=y")
	r.sees("A new account", "@demo.sotto.example")
	r.write("zoe")
	r.press("Enter", "Enter")
	r.until("the contact that invited", func() bool { _, ok := r.a.dialog.(*uriDialog); return ok })
	r.sees("The link names bob@demo.sotto.example.", "They invited you")
	r, _ = signupRig(t, &demo.Signup{Token: "T"})
	r.a.followURI("xmpp:zoe@demo.sotto.example?register;preauth=old")
	r.sees("zoe@demo.sotto.example")
	r.press("Enter", "Enter")
	r.shows("does not take this invitation")
}

// TestNewAccountCertificate: nobody is asked for a password by a server that
// nobody vouches for before the user trusts it.
func TestNewAccountCertificate(t *testing.T) {
	s, err := demo.NewServer(demo.Options{Faults: &demo.Faults{Certificate: demo.CertWrongName}})
	if err != nil {
		t.Fatal(err)
	}
	s.SetSignup(&demo.Signup{})
	r := newRigOf(t, 80, 24, store.DefaultConfig(), nil, func(o *session.Options) { o.Dial, o.RootCAs = s.Dial, s.RootCAs() })
	t.Cleanup(s.Close)
	r.press("Ctrl-N")
	r.write(newcomer)
	r.press("Enter", "Enter")
	r.until("the question", func() bool { _, ok := r.a.dialog.(*certificateDialog); return ok })
	r.press("c")
	r.sees("A new account")
	r.press("Enter")
	r.until("the question", func() bool { _, ok := r.a.dialog.(*certificateDialog); return ok })
	r.press("t")
	r.onlineAs(newcomer)
}
