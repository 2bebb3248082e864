package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	urlMax       = 2000             // bytes of an address
	redirectsMax = 5                // of one fetch
	addressesMax = 6                // of a name that are tried
	dialTime     = 10 * time.Second // for each of them
	idleTime     = time.Minute      // without a byte
	headersMax   = 64 << 10
)

// The errors that a caller decides on; see also [NearError] and [StatusError].
var (
	ErrAddress   = errors.New("not an https address without a name in it")
	ErrRedirects = errors.New("too many redirections")
	ErrIdle      = errors.New("nothing moves any more")
	ErrChanged   = errors.New("the file changed while it was read")
	ErrTooBig    = errors.New("bigger than allowed")
	ErrSize      = errors.New("not of the size that was told")
	ErrSum       = errors.New("not the content that was told")
)

// NearError says that a host is this machine or one of the network around it.
type NearError struct {
	Host string
	Addr netip.Addr
}

func (e *NearError) Error() string { return fmt.Sprintf("%s is %s, which is near", e.Host, e.Addr) }

// StatusError is an answer that is not the wanted one.
type StatusError struct{ Code int }

func (e *StatusError) Error() string { return fmt.Sprintf("status %d", e.Code) }

// Client says how connections leave this machine. Its zero value goes directly.
type Client struct {
	Roots  *x509.CertPool                                                                     // nil: the system's
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)              // nil: the system's
	Dial   func(ctx context.Context, network, addr string) (net.Conn, error)                  // to an address; nil: directly
	Proxy  func(host string) (func(context.Context, string, string) (net.Conn, error), error) // what names are given to instead; a nil function: nothing
	Near   func(netip.Addr) bool                                                              // nil: [Near]
}

// Check says whether something may be fetched from, or put to, an address: https,
// printable, and no name or password in it.
func Check(address string) (*url.URL, error) {
	if len(address) > urlMax {
		return nil, ErrAddress
	}
	for i := range len(address) {
		if address[i] <= 0x20 || address[i] == 0x7f {
			return nil, ErrAddress
		}
	}
	u, err := url.Parse(address)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return nil, ErrAddress
	}
	return u, nil
}

// everywhere is an allowance for any host: our own server says where to put files.
const everywhere = "*"

// client makes the client of one transfer; allow is the host that may be near.
func (c *Client) client(allow string) (*http.Client, func()) {
	t := &http.Transport{DialContext: c.dialer(allow), TLSClientConfig: &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: idleTime, MaxResponseHeaderBytes: headersMax,
		DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true}
	return &http.Client{Transport: t}, t.CloseIdleConnections
}

// dialer connects to a host after a look at where its name leads: to the very
// address that was looked at, so that a name cannot change between the two.
func (c *Client) dialer(allow string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	near, dial := c.Near, c.Dial
	if near == nil {
		near = Near
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		may := func(list []netip.Addr) error {
			for _, a := range list {
				if near(a.Unmap()) && allow != everywhere && !strings.EqualFold(allow, host) {
					return &NearError{host, a.Unmap()}
				}
			}
			return nil
		}
		var list []netip.Addr
		literal, err := netip.ParseAddr(host)
		if err == nil {
			list = []netip.Addr{literal}
		}
		if c.Proxy != nil {
			through, err := c.Proxy(host)
			if err != nil {
				return nil, err
			}
			if through != nil { // what the name leads to is known there only
				if err := may(list); err != nil {
					return nil, err
				}
				return through(ctx, network, addr)
			}
		}
		if len(list) == 0 {
			lookup := c.Lookup
			if lookup == nil {
				lookup = net.DefaultResolver.LookupNetIP
			}
			if list, err = lookup(ctx, "ip", host); err != nil {
				return nil, err
			}
		}
		if err := may(list); err != nil {
			return nil, err
		}
		err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
		for _, a := range list[:min(len(list), addressesMax)] {
			var conn net.Conn
			one, cancel := context.WithTimeout(ctx, dialTime)
			conn, err = dial(one, network, net.JoinHostPort(a.Unmap().String(), port))
			cancel()
			if err == nil {
				return conn, nil
			}
		}
		return nil, err
	}
}

var nearNets = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("2001::/32"),
}

// Near says whether an address is this machine, the network around it, or none of
// the open internet.
func Near(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() {
		return true
	}
	if slices.ContainsFunc(nearNets, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	// Addresses that carry one of the older kind in them (RFC 6052 §2.1, RFC 3056 §2).
	if b := a.As16(); a.Is6() {
		if netip.MustParsePrefix("64:ff9b::/96").Contains(a) {
			return Near(netip.AddrFrom4([4]byte(b[12:16])))
		}
		if netip.MustParsePrefix("64:ff9b:1::/48").Contains(a) {
			return true
		}
		if netip.MustParsePrefix("2002::/16").Contains(a) {
			return Near(netip.AddrFrom4([4]byte(b[2:6])))
		}
	}
	return false
}

// watched ends ctx with [ErrIdle] when alive was not called for a minute.
func watched(ctx context.Context) (c context.Context, alive, stop func()) {
	c, cancel := context.WithCancelCause(ctx)
	t := time.AfterFunc(idleTime, func() { cancel(ErrIdle) })
	return c, func() { t.Reset(idleTime) }, func() { t.Stop(); cancel(nil) }
}

// cause is why a transfer ended: what we ended it for, else what went wrong.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
