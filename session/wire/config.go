package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
)

// TLSMode says how a connection becomes encrypted.
type TLSMode int

// Modes. There is none without TLS.
const (
	Auto     TLSMode = iota // as SRV records say; without them STARTTLS, then direct
	StartTLS                // RFC 6120 §5
	Direct                  // TLS from the first byte, XEP-0368
)

// State is a step of the login, for people to see.
type State int

// Steps in the order in which they happen.
const (
	Resolving State = iota
	Connecting
	Securing
	Authenticating
	Binding
)

// String names the step for logs and tests.
func (s State) String() string {
	return [...]string{"resolving", "connecting", "securing", "authenticating", "binding"}[s]
}

// Resolver is what is needed of *net.Resolver.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, addrs []*net.SRV, err error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Config is all that Connect needs. Only JID and Password must be set.
type Config struct {
	JID      string // the account; a resource in it is ignored
	Resource string // a wish; "" lets the server choose

	// Password is asked once per login, when the server is connected, secured and
	// known. Its context ends with Connect's. It is never kept or logged.
	Password func(ctx context.Context) (string, error)

	// Floor is the weakest SASL mechanism to use, usually the strongest seen for
	// this account: whoever gets between us and the server would remove the
	// better ones from the list. "" allows all. A weaker SCRAM is used all the same
	// where the server signs its list (XEP-0474): then nobody removed anything.
	Floor string

	// Detour is where the last link was sent when it ended; nil: nowhere.
	Detour *Detour

	Host string // instead of what SRV records say
	Port int    // 0: 5222, or 5223 with Direct; 5223 with Auto means Direct
	TLS  TLSMode

	RootCAs *x509.CertPool // nil: the system's

	// CertSHA256 pins the server: exactly the certificate with this SHA-256
	// (hex, colons and spaces ignored) is accepted and nothing else.
	CertSHA256 string

	// Dial replaces the way to the server. nil: candidates' addresses raced
	// (RFC 8305), through the SOCKS5 proxy of ALL_PROXY or all_proxy if set.
	// With Dial and without Resolver no DNS is asked: Dial gets domain:port.
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	Resolver Resolver // nil: net.DefaultResolver

	ClientID string // random and stable per account (XEP-0388 user agent); unused by the classic login
	Lang     string // xml:lang of the stream, "" for none

	// Resume is what an ended link left (XEP-0198 §5); nil: a fresh login. When the
	// server cannot resume, a fresh login follows by itself.
	Resume *Remains

	// Progress is called from Connect's goroutine when a step begins, with the
	// host in question.
	Progress func(State, string)

	// Console sees each top-level element on its way in or out; what SASL carries
	// is masked. It is called from Connect's goroutine, then from the reader and
	// the writer at the same time; it must not block or keep the bytes.
	Console func(out bool, xml []byte)

	// AllowPlaintextLoopback lets tests and the demo log in without TLS, and only
	// over an in-memory pipe or to a loopback address.
	AllowPlaintextLoopback bool

	farOnly bool // addresses in the networks behind this machine are not dialled
}

// Detour is another host to which a server sent us (RFC 6120 §4.9.3.19). The name
// in its certificate has to be the account's all the same.
type Detour struct {
	To     string // host or host:port, as the server wrote it
	From   string // the address of who said so, [Login.Remote]
	Direct bool   // and whether it spoke TLS from the first byte

	at string // host:port that was dialled
}

// Login is what a login brought.
type Login struct {
	JID       JID    // the full address the server gave us
	Mechanism string // SASL
	Binding   string // type of channel binding, "" for none
	TLS       tls.ConnectionState
	Name      string   // which the certificate had to have, unless it was pinned
	Features  *Element // the stream features after authentication
	Addr      string   // host:port dialled
	Remote    string   // address:port at the other end; "" behind a proxy
	Direct    bool     // TLS from the first byte
	Offered   []string // SASL mechanisms that the server offered: remote text, at most 32
	Bindings  []string // types of channel binding that it listed (XEP-0440): likewise
	Guarded   bool     // the server signed that list, and it had arrived as it was sent (XEP-0474)
	SM        bool     // XEP-0198 is on
	Resumed   bool     // the session of Config.Resume goes on: nothing is to be set up again
	LostAcked uint64   // not resumed: up to here the server had what the old link sent
}

func (c *Config) progress(s State, host string) {
	if c.Progress != nil {
		c.Progress(s, host)
	}
}
