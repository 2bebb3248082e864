package wire

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// candidate is one place where the server may be.
type candidate struct {
	host   string // as to be looked up
	port   int
	direct bool // TLS from the first byte
}

const (
	portStartTLS = 5222
	portDirect   = 5223
)

// asciiHost gives a domain the form that DNS and TLS take (RFC 5891).
func asciiHost(domain string) (string, error) {
	if strings.HasPrefix(domain, "[") {
		return strings.Trim(domain, "[]"), nil // IPv6 literal
	}
	if net.ParseIP(domain) != nil {
		return domain, nil
	}
	return idna.Lookup.ToASCII(domain)
}

// candidates lists where to try, in order. lookup says whether DNS may be asked
// for SRV records.
func (c *Config) candidates(ctx context.Context, domain string, lookup bool) ([]candidate, error) {
	if c.Host != "" || c.Port != 0 || net.ParseIP(domain) != nil || !lookup {
		host := c.Host
		if host == "" {
			host = domain
		}
		return c.fixed(strings.Trim(host, "[]")), nil
	}
	var (
		res           = c.resolver()
		plain, secure []*net.SRV
		done          = make(chan struct{})
	)
	go func() {
		defer close(done)
		if c.TLS != StartTLS {
			_, secure, _ = res.LookupSRV(ctx, "xmpps-client", "tcp", domain)
		}
	}()
	if c.TLS != Direct {
		// A failed look-up is treated as no record: the fallback is verified
		// just as well, and half of all home routers answer SRV wrongly.
		_, plain, _ = res.LookupSRV(ctx, "xmpp-client", "tcp", domain)
	}
	<-done
	if ctx.Err() != nil {
		return nil, ioError(ctx, domain, ctx.Err())
	}
	plain, noPlain := usable(plain)
	secure, noSecure := usable(secure)
	if len(plain)+len(secure) > 0 {
		return mix(plain, secure), nil
	}
	if noPlain || (noSecure && c.TLS == Direct) {
		return nil, &Error{Kind: NoService, Host: domain}
	}
	return c.fixed(domain), nil
}

// fixed lists the candidates where no SRV record counts.
func (c *Config) fixed(host string) []candidate {
	switch {
	case c.TLS == Direct || (c.TLS == Auto && c.Port == portDirect):
		return []candidate{{host, orPort(c.Port, portDirect), true}}
	case c.TLS == StartTLS || c.Port != 0:
		return []candidate{{host, orPort(c.Port, portStartTLS), false}}
	}
	return []candidate{{host, portStartTLS, false}, {host, portDirect, true}}
}

func orPort(port, otherwise int) int {
	if port != 0 {
		return port
	}
	return otherwise
}

// usable drops records that lead nowhere; none says that the domain declared to
// have no such service (RFC 2782, target ".").
func usable(records []*net.SRV) (out []*net.SRV, none bool) {
	for _, r := range records {
		if r.Target == "." || r.Target == "" {
			none = true
			continue
		}
		out = append(out, r)
	}
	return out, none && len(out) == 0
}

// mix orders both kinds of records as one set: by priority, and among equals at
// random by weight (RFC 2782; XEP-0368 §2).
func mix(plain, secure []*net.SRV) []candidate {
	type record struct {
		*net.SRV
		direct bool
	}
	var all []record
	for _, r := range secure {
		all = append(all, record{r, true})
	}
	for _, r := range plain {
		all = append(all, record{r, false})
	}
	slices.SortStableFunc(all, func(a, b record) int {
		if a.Priority != b.Priority {
			return int(a.Priority) - int(b.Priority)
		}
		return int(a.Weight) - int(b.Weight) // RFC 2782: weight 0 first
	})
	var out []candidate
	for len(all) > 0 {
		same, sum := 0, 0
		for same < len(all) && all[same].Priority == all[0].Priority {
			sum += int(all[same].Weight)
			same++
		}
		pick, at := 0, rand.IntN(sum+1)
		for pick < same-1 && int(all[pick].Weight) < at {
			at -= int(all[pick].Weight)
			pick++
		}
		r := all[pick]
		out = append(out, candidate{strings.TrimSuffix(r.Target, "."), int(r.Port), r.direct})
		all = slices.Delete(all, pick, pick+1)
	}
	return out
}

func (c *Config) resolver() Resolver {
	if c.Resolver != nil {
		return c.Resolver
	}
	return net.DefaultResolver
}

// errNoAddress says that a host name exists without any address.
var errNoAddress = errors.New("host has no address")
