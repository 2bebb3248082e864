package wire

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/proxy"
)

const (
	dialLimit = 10 * time.Second       // per candidate
	stagger   = 250 * time.Millisecond // RFC 8305 §5
)

// route is how connections leave this machine.
type route struct {
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	lookup bool // DNS may be asked for SRV records

	proxied bool // the connection ends at a proxy
}

// route chooses: Config.Dial, a SOCKS5 proxy from the environment, or directly.
// With socks5h nothing at all is asked of the local DNS, not even SRV records:
// who sets it (Tor) does not want the network to learn the domain.
func (c *Config) route(domain string) (route, error) {
	if c.Dial != nil {
		return route{dial: c.Dial, lookup: c.Resolver != nil}, nil
	}
	dial, lookup, err := socks(domain, c.Host)
	if dial == nil || err != nil {
		return route{dial: c.race, lookup: true}, err
	}
	return route{dial, lookup, true}, nil
}

// Proxy gives the SOCKS5 proxy of the environment, for connections to a host; nil:
// there is none for it.
func Proxy(host string) (func(ctx context.Context, network, addr string) (net.Conn, error), error) {
	dial, _, err := socks(host)
	return dial, err
}

// socks finds the SOCKS5 proxy of the environment, unless one of the hosts is
// exempt. lookup: the local DNS may be asked all the same.
func socks(hosts ...string) (dial func(ctx context.Context, network, addr string) (net.Conn, error), lookup bool, err error) {
	setting := os.Getenv("ALL_PROXY")
	if setting == "" {
		setting = os.Getenv("all_proxy")
	}
	u, err := url.Parse(setting)
	if setting == "" || err != nil || (u.Scheme != "socks5" && u.Scheme != "socks5h") || exempt(hosts...) {
		return nil, true, nil
	}
	d, err := proxy.FromURL(u, proxy.Direct)
	if err != nil {
		return nil, false, &Error{Kind: Unreachable, Host: u.Host, Err: err}
	}
	cd, ok := d.(proxy.ContextDialer)
	if !ok {
		return nil, false, &Error{Kind: Unreachable, Host: u.Host, Err: errNoAddress}
	}
	return cd.DialContext, u.Scheme == "socks5", nil
}

// exempt applies NO_PROXY: a comma-separated list of domains, whose sub-domains
// are meant too, or "*".
func exempt(hosts ...string) bool {
	list := os.Getenv("NO_PROXY")
	if list == "" {
		list = os.Getenv("no_proxy")
	}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimPrefix(strings.TrimSpace(entry), ".")
		if entry == "" {
			continue
		}
		for _, h := range hosts {
			if h != "" && (entry == "*" || h == entry || strings.HasSuffix(h, "."+entry)) {
				return true
			}
		}
	}
	return false
}

// race connects to whichever address of the host answers first (RFC 8305):
// families alternate, IPv6 first, a quarter of a second apart or as soon as one
// failed. All its goroutines have ended when it returns.
func (c *Config) race(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	addrs, err := c.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	type result struct {
		conn net.Conn
		err  error
	}
	var (
		results   = make(chan result, len(addrs))
		d         net.Dialer
		won       net.Conn
		first     error
		running   int
		next      = time.NewTimer(0)
		rctx, end = context.WithCancel(ctx)
	)
	defer next.Stop()
	defer end()
	for (len(addrs) > 0 && won == nil) || running > 0 {
		var start <-chan time.Time
		if len(addrs) > 0 && won == nil {
			start = next.C
		}
		select {
		case <-start:
			target := net.JoinHostPort(addrs[0].String(), port)
			addrs = addrs[1:]
			running++
			go func() {
				conn, err := d.DialContext(rctx, network, target)
				results <- result{conn, err}
			}()
			next.Reset(stagger)
		case r := <-results:
			running--
			switch {
			case r.err != nil:
				if first == nil {
					first = r.err
				}
				next.Reset(0)
			case won == nil:
				won = r.conn
				end()
			default:
				r.conn.Close()
			}
		}
	}
	if won != nil {
		return promptly(won), nil
	}
	return nil, first
}

// addresses looks a host up and lets the families alternate.
func (c *Config) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if c.farOnly && near(a) {
			return nil, errNear
		}
		return []netip.Addr{a}, nil
	}
	found, err := c.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var six, four, out []netip.Addr
	for _, a := range found {
		if c.farOnly && near(a) {
			continue
		}
		if a = a.Unmap(); a.Is4() {
			four = append(four, a)
		} else {
			six = append(six, a)
		}
	}
	for i := range max(len(six), len(four)) {
		if i < len(six) {
			out = append(out, six[i])
		}
		if i < len(four) {
			out = append(out, four[i])
		}
	}
	if len(out) == 0 {
		return nil, &net.DNSError{Err: errNoAddress.Error(), Name: host, IsNotFound: true}
	}
	return out, nil
}

// connect dials one candidate.
func (r route) connect(ctx context.Context, c candidate) (net.Conn, error) {
	dctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	conn, err := r.dial(dctx, "tcp", c.addr())
	if err == nil {
		return conn, nil
	}
	if ctx.Err() == nil && dctx.Err() != nil {
		return nil, &Error{Kind: Timeout, Host: c.host, Err: err}
	}
	return nil, ioError(ctx, c.host, err)
}

func (c candidate) addr() string { return net.JoinHostPort(c.host, strconv.Itoa(c.port)) }

// isLoopback reports that nothing sent here can leave the machine.
func isLoopback(conn net.Conn) bool {
	a := conn.RemoteAddr()
	if a == nil {
		return false
	}
	if a.Network() == "pipe" {
		return true // net.Pipe
	}
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}
