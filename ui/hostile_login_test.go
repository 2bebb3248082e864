package ui

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// What a server can do to a login, and who sits in front of it: each case runs two
// minutes through the whole client, on a clock of its own. The golden files in
// testdata/hostile-login tell what the user sees then, how often the client dialled
// and whether it comes online by itself once the server is good again; -update writes
// them anew. That no case costs the password is checked here: in the open nothing of
// it may be heard, and inside TLS only what the case says.

// badLogin is one case. A first login without faults goes before it with after.
type badLogin struct {
	name   string
	after  bool
	faults demo.Faults
	direct bool
	pin    string // cert_sha256
	may    string // what may be heard inside TLS: "plain", "proof"; "": nothing of the password
}

func bad(h demo.Hostile) demo.Faults { return demo.Faults{Hostile: h} }

// words is what a terminal would obey of what XML lets through.
const words = "\u009b31m\u202edrawkcab\u2028next line [red]"

var badLogins = map[string][]badLogin{
	"tls": {
		{name: "no TLS is offered", faults: demo.Faults{NoStartTLS: true}},
		{name: "PLAIN before TLS, and no TLS", faults: demo.Faults{NoStartTLS: true, Plain: true}},
		{name: "PLAIN and TLS in one list", faults: demo.Faults{Plain: true, Hostile: demo.Hostile{Both: true}}, may: "plain"},
		{name: "TLS is refused", faults: demo.Faults{TLSRefused: true}},
		{name: "a message behind proceed", faults: bad(demo.Hostile{Inject: "<message from='bob@example.org'><body>trust me</body></message>"})},
		{name: "features behind proceed", faults: bad(demo.Hostile{Inject: "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"})},
		{name: "TLS 1.1 only", faults: bad(demo.Hostile{OldTLS: true})},
		{name: "wrong name", faults: demo.Faults{Certificate: demo.CertWrongName}},
		{name: "common name only", faults: demo.Faults{Certificate: demo.CertCommonName}},
		{name: "expired", faults: demo.Faults{Certificate: demo.CertExpired}},
		{name: "not valid yet", faults: demo.Faults{Certificate: demo.CertEarly}},
		{name: "self-signed", faults: demo.Faults{Certificate: demo.CertSelfSigned}},
		{name: "self-signed, TLS from the first byte", faults: demo.Faults{Certificate: demo.CertSelfSigned}, direct: true},
		{name: "not the pinned one", pin: strings.Repeat("ab", 32)},
		{name: "names that write to a terminal", faults: demo.Faults{Certificate: demo.CertEscape}},
		{name: "another certificate than before", after: true, faults: demo.Faults{Certificate: demo.CertSelfSigned}, may: "proof"},
	},
	"sasl": {
		{name: "PLAIN only, from the first login on", faults: demo.Faults{Plain: true}, may: "plain"},
		{name: "PLAIN after SCRAM", after: true, faults: demo.Faults{Plain: true}, may: "proof"},
		{name: "a weaker SCRAM than before", after: true, faults: demo.Faults{SHA1Only: true, NoBinding: true}, may: "proof"},
		{name: "a weaker SCRAM, and the server signs the list", after: true, faults: demo.Faults{SHA1Only: true, NoBinding: true, Guarded: true}, may: "proof"},
		{name: "the list was changed on the way", faults: bad(demo.Hostile{FalseGuard: true})},
		{name: "false signature", faults: demo.Faults{WrongAnswer: true}, may: "proof"},
		{name: "no signature", faults: bad(demo.Hostile{NoSignature: true}), may: "proof"},
		{name: "foreign nonce", faults: bad(demo.Hostile{ForeignNonce: true})},
		{name: "one round", faults: bad(demo.Hostile{Count: "1"})},
		{name: "two thousand million rounds", faults: bad(demo.Hostile{Count: "2000000000"})},
		{name: "negative rounds", faults: bad(demo.Hostile{Count: "-4096"})},
		{name: "two counts", faults: bad(demo.Hostile{Count: "4096,i=1"})},
		{name: "no mechanism", faults: bad(demo.Hostile{Early: "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>X-" + words + "</mechanism></mechanisms></stream:features>"})},
		{name: "refused with words", faults: demo.Faults{RefuseLogins: "not-authorized", Hostile: demo.Hostile{FailText: words}}},
		{name: "disabled, with words", faults: demo.Faults{RefuseLogins: "account-disabled", Hostile: demo.Hostile{FailText: words}}},
		{name: "not now", faults: demo.Faults{RefuseLogins: "temporary-auth-failure"}},
	},
	"stream": {
		{name: "early error with words, in the open", faults: bad(demo.Hostile{EarlyOpen: streamError("host-unknown", words)})},
		{name: "early error with words, inside TLS", faults: bad(demo.Hostile{Early: streamError("internal-server-error", words)})},
		{name: "early error with ESC", faults: bad(demo.Hostile{Early: streamError("internal-server-error", "\x1b]0;owned\x07")})},
		{name: "a condition nobody knows", faults: bad(demo.Hostile{Early: "<stream:error><" + strings.Repeat("x", 300) + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"})},
		{name: "another host, in the open", faults: bad(demo.Hostile{SeeOpen: "evil.example:5222"})},
		{name: "another host, inside TLS, without end", faults: bad(demo.Hostile{SeeOther: "h%d.example:5222"})},
		{name: "another host, which is the same", faults: bad(demo.Hostile{SeeOther: "example.org:5222"})},
		{name: "another host, which is none", faults: bad(demo.Hostile{SeeOther: "\u009b31m\u202e or so"})},
		{name: "another host after each login", faults: bad(demo.Hostile{After: "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>h.example:5222</see-other-host></stream:error></stream:stream>"}), may: "proof"},
		{name: "conflict after each login", faults: bad(demo.Hostile{After: streamError("conflict", words)}), may: "proof"},
		{name: "policy-violation after each login", faults: bad(demo.Hostile{After: streamError("policy-violation", words)}), may: "proof"},
		{name: "an error after each login", faults: bad(demo.Hostile{After: streamError("reset", "")}), may: "proof"},
		{name: "DTD instead of features", faults: bad(demo.Hostile{Early: bomb})},
		{name: "DTD after the login", faults: bad(demo.Hostile{After: bomb}), may: "proof"},
		{name: "features without end", faults: bad(demo.Hostile{Early: "<stream:features>" + strings.Repeat("<a/>", 50_000)})},
		{name: "stanza without end", faults: bad(demo.Hostile{After: "<message><body>", Endless: "endless "}), may: "proof"},
		{name: "depth 100,000", faults: bad(demo.Hostile{After: "<message>" + strings.Repeat("<a>", 100_000)}), may: "proof"},
		{name: "20,000 attributes", faults: bad(demo.Hostile{After: "<message" + manyAttributes() + "/>"}), may: "proof"},
		{name: "an attribute twice", faults: bad(demo.Hostile{After: "<message from='bob@example.org' from='example.org'><body>hello</body></message>"}), may: "proof"},
		{name: "a prefix nobody declared", faults: bad(demo.Hostile{After: "<message from='bob@example.org'><body>hello</body><x:y/></message>"}), may: "proof"},
	},
}

const bomb = "<!DOCTYPE lolz [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><message><body>&c;</body></message>"

func streamError(condition, words string) string {
	return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" + words + "</text></stream:error></stream:stream>"
}

func manyAttributes() string {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, " a%d='x'", i)
	}
	return b.String()
}

func TestHostileLogins(t *testing.T) {
	for group, cases := range badLogins {
		t.Run(group, func(t *testing.T) {
			var all strings.Builder
			for _, c := range cases {
				synctest.Test(t, func(t *testing.T) { all.WriteString(runBadLogin(t, c)) })
			}
			golden := filepath.Join("testdata", "hostile-login", group+".golden")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(all.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != all.String() {
				t.Errorf("%s (%v): %s", golden, err, firstDifference(string(want), all.String()))
			}
		})
	}
}

// wiretap keeps what the server heard.
type wiretap struct {
	mu           sync.Mutex
	open, secure []byte
	proofs       int // answers to a challenge
}

func (w *wiretap) hear(b []byte, secure bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !secure {
		w.open = append(w.open, b...)
		return
	}
	w.proofs += bytes.Count(b, []byte("<response"))
	w.secure = append(w.secure, b...)
}

// theirPassword is long, so that no accident looks like it.
const theirPassword = "correct horse battery staple"

// leaked says in which form the password stands in what was heard.
func leaked(b []byte) string {
	for name, form := range map[string]string{
		"as it is": theirPassword, "in base64": base64.StdEncoding.EncodeToString([]byte(theirPassword))[:36], "in hexadecimal": hex.EncodeToString([]byte(theirPassword)),
		"as PLAIN": base64.StdEncoding.EncodeToString([]byte("\x00alice\x00" + theirPassword)),
	} {
		if bytes.Contains(bytes.ToLower(b), bytes.ToLower([]byte(form))) {
			return name
		}
	}
	return ""
}

var printed = regexp.MustCompile(`[0-9A-F]{4}( [0-9A-F]{4})+`)

func runBadLogin(t *testing.T, c badLogin) string {
	t.Helper()
	tap := &wiretap{}
	s, err := demo.NewServer(demo.Options{Domain: "example.org", Taken: tap.hear})
	if err != nil {
		t.Fatal(err)
	}
	s.AddUser("alice", theirPassword)
	r := &rig{t: t, s: tcell.NewSimulationScreen("UTF-8")}
	if r.st, err = store.Open(t.Context(), store.Options{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	var dialled []string
	var mu sync.Mutex
	account := store.AccountConfig{JID: "alice@example.org", TLS: "starttls", CertSHA256: c.pin}
	if c.direct {
		account.TLS = "direct"
	}
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{account}
	if !c.after {
		s.SetFaults(c.faults)
	}
	var console bytes.Buffer
	r.c = session.New(session.Options{Store: r.st, Config: cfg, RootCAs: s.RootCAs(), Passwords: map[string]string{"alice@example.org": theirPassword},
		Jitter: func(most time.Duration) time.Duration { return most / 2 },
		Console: func(_ store.AccountID, _ bool, b []byte) {
			mu.Lock()
			defer mu.Unlock()
			console.Write(b)
		},
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			mu.Lock()
			dialled = append(dialled, addr)
			mu.Unlock()
			return s.Dial(ctx, network, addr)
		}})
	if err := r.c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := r.s.Init(); err != nil {
		t.Fatal(err)
	}
	r.s.SetSize(80, 24)
	// The bubble waits for what still runs when all of this is closed: nothing may.
	defer func() { r.a.Quit(); r.s.Fini(); r.c.Close(); _ = r.st.Close(); s.Close() }()
	r.a = New(Terminal{Screen: r.s, Colors: 1 << 24, Zone: time.UTC}, Options{Client: r.c, Store: r.st, Config: "config.toml"})
	r.a.preload(t.Context())
	r.acc = r.c.Accounts()[0].ID()
	live := func(d time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
			synctest.Wait()
			r.pump()
		}
		synctest.Wait()
		r.pump()
	}
	if c.after {
		live(20 * time.Second)
		if !r.isOnline() {
			t.Fatalf("%s: the first login failed:\n%s", c.name, r.screen())
		}
		mu.Lock()
		dialled = nil
		mu.Unlock()
		s.SetFaults(c.faults)
		s.CutAll(demo.CutError)
	}
	live(2 * time.Minute)

	screen := r.screen()
	for i, x := range screen {
		if x != '\n' && (unicode.IsControl(x) || unicode.Is(unicode.Bidi_Control, x)) {
			t.Errorf("%s: the screen holds %U at %d", c.name, x, i)
		}
	}
	if _, isCertificate := r.a.dialog.(*certificateDialog); isCertificate {
		r.press("v")
		screen = r.screen()
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n", c.name)
	for line := range strings.Lines(printed.ReplaceAllString(screen, "0000 …")) {
		if line = strings.TrimRight(line, " \n"); strings.Trim(line, " │─┴┬") != "" {
			fmt.Fprintf(&out, "|%s\n", line)
		}
	}
	mu.Lock()
	n, last := len(dialled), "nowhere"
	if n > 0 {
		last = dialled[n-1]
	}
	plain := leaked(console.Bytes())
	mu.Unlock()
	fmt.Fprintf(&out, "-> %d connections in two minutes, the last to %s\n", n, last)
	if n > 40 {
		t.Errorf("%s: %d connections in two minutes", c.name, n)
	}
	tap.mu.Lock()
	open, inside, proofs := leaked(tap.open), leaked(tap.secure), tap.proofs
	auth := bytes.Contains(tap.open, []byte("<auth"))
	tap.mu.Unlock()
	switch {
	case open != "" || auth || plain != "":
		t.Errorf("%s: the password was sent in the open (%s, login %v) or shown (%s)", c.name, open, auth, plain)
	case inside == "" && c.may == "plain", proofs == 0 && c.may == "proof":
		t.Errorf("%s: nothing was heard: the wiretap is deaf", c.name)
	case inside != "" && c.may != "plain":
		t.Errorf("%s: the password was sent %s", c.name, inside)
	case proofs > 0 && c.may == "":
		t.Errorf("%s: a proof was sent", c.name)
	}

	s.SetFaults(demo.Faults{})
	live(90 * time.Second)
	switch {
	case r.isOnline():
		fmt.Fprintf(&out, "-> online once the server is good\n\n")
	default:
		fmt.Fprintf(&out, "-> waits for the user\n\n")
	}
	return out.String()
}
