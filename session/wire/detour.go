package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxHops is how often a login lets itself be sent on (RFC 6120 §4.9.3.19 wants a
// bound between two and five).
const maxHops = 3

var (
	errHops = errors.New("sent on too often")
	errLoop = errors.New("sent back to where we were")
	errNear = errors.New("the address is in a network behind this machine")
)

// trail is where one login was sent.
type trail struct {
	name string // of the account's domain
	been []string
	hops int
}

// follow finds the way to where a server sends us. The policies stay what they
// were: TLS, and the name of the account's domain in the certificate. A server in
// the open network sends nobody into the networks behind this machine, where an
// answer, or none, would tell it what is there.
func (t *trail) follow(ctx context.Context, cfg *Config, d Detour) (route, []candidate, error) {
	wrong := func(err error) (route, []candidate, error) {
		return route{}, nil, &Error{Kind: SeeOtherHost, Host: clip(d.To, 200), Condition: "see-other-host", Err: err}
	}
	host, port, err := readHost(d.To)
	if err != nil {
		return wrong(err)
	}
	place := net.JoinHostPort(host, strconv.Itoa(port))
	switch {
	case t.hops >= maxHops:
		return wrong(errHops)
	case place == d.at || slices.Contains(t.been, place):
		return wrong(errLoop)
	}
	t.hops++
	t.been = append(t.been, d.at, place)
	there := *cfg
	there.Host, there.Port = "", 0
	from, err := netip.ParseAddrPort(d.From)
	there.farOnly = err == nil && !near(from.Addr())
	r, err := there.route(t.name)
	if err != nil {
		return r, nil, err
	}
	if a, err := netip.ParseAddr(host); err == nil && near(a) && (there.farOnly || r.proxied) {
		return wrong(errNear)
	}
	if port != 0 {
		direct := port == portDirect || d.Direct && port != portStartTLS
		return r, []candidate{{host, port, direct}}, nil
	}
	list, err := there.candidates(ctx, host, r.lookup)
	return r, list, err
}

// detourOf reads where an error sends us.
func detourOf(err error, remote string, at candidate) Detour {
	var e *Error
	if !errors.As(err, &e) || e.Kind != SeeOtherHost {
		return Detour{}
	}
	return Detour{To: e.Host, From: remote, Direct: at.direct, at: at.addr()}
}

// readHost takes the host and port, 0 for none, out of <see-other-host/>. The IPv6
// address stands in brackets, or should.
func readHost(s string) (host string, port int, err error) {
	host = s
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		if a.Zone() != "" { // a name of ours, which no server knows
			return "", 0, errNoAddress
		}
		return a.String(), 0, nil
	}
	if h, p, err := net.SplitHostPort(s); err == nil {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return "", 0, errNoAddress
		}
		host = h
	}
	if len(host) > 255 || strings.HasPrefix(host, "[") {
		return "", 0, errNoAddress
	}
	if host, err = asciiHost(strings.TrimSuffix(strings.ToLower(host), ".")); err != nil || host == "" {
		return "", 0, errNoAddress
	}
	return host, port, nil
}

// near says that an address is this machine or of a network behind it.
func near(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsGlobalUnicast() || a.IsPrivate() || shared.Contains(a)
}

// shared is the network between a provider and its customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")
