package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

// web says how files of this account travel: as the account's own connections do,
// over a proxy where there is one.
func (l *loop) web() *web.Client {
	o := l.c.opt
	switch {
	case o.Files != nil:
		return o.Files
	case o.Dial != nil && o.Lookup != nil: // the demo, which has a host for files
		return &web.Client{Roots: o.RootCAs, Dial: o.Dial, Lookup: o.Lookup, Near: func(netip.Addr) bool { return false }}
	case o.Dial != nil: // nothing touches the network
		return &web.Client{Roots: o.RootCAs, Dial: o.Dial, Lookup: func(_ context.Context, _, host string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "there is no network", Name: host, IsNotFound: true}
		}}
	}
	c := &web.Client{Roots: o.RootCAs, Proxy: wire.Proxy}
	if pem, err := os.ReadFile(l.cfg.CAFile); l.cfg.CAFile != "" && err == nil {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AppendCertsFromPEM(pem)
		c.Roots = pool
	}
	return c
}

// webProblem words why a file did not move. It never holds the words of the other
// side.
func webProblem(err error, address string, f store.File) *Problem {
	p := &Problem{Code: "file-unreachable", Args: []string{f.Name}}
	if u, e := url.Parse(address); e == nil {
		p.Host = u.Hostname()
	}
	var status *web.StatusError
	var near *web.NearError
	var cert *tls.CertificateVerificationError
	var bad x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &status):
		p.Code = "file-status"
		switch status.Code {
		case 401, 403:
			p.Code = "file-forbidden"
		case 404, 410:
			p.Code = "file-gone"
		case 413:
			p.Code = "file-refused-large"
		}
		p.Args = append(p.Args, strconv.Itoa(status.Code))
	case errors.As(err, &near):
		p.Code, p.Host = "file-near", near.Host
		p.Args = append(p.Args, near.Addr.String())
	case errors.As(err, &cert), errors.As(err, &bad), errors.As(err, &name), errors.As(err, &invalid):
		p.Code = "file-certificate"
	case errors.Is(err, web.ErrAddress):
		p.Code = "file-insecure"
	case errors.Is(err, web.ErrRedirects):
		p.Code = "file-redirects"
	case errors.Is(err, web.ErrIdle):
		p.Code = "file-silent"
	case errors.Is(err, web.ErrChanged):
		p.Code = "file-changed"
	case errors.Is(err, web.ErrTooBig):
		p.Code = "file-limit"
	case errors.Is(err, web.ErrSize):
		p.Code = "file-size"
	case errors.Is(err, web.ErrSum):
		p.Code = "file-sum"
	case errors.Is(err, context.Canceled):
		p.Code = "file-stopped"
	case errors.Is(err, syscall.ENOSPC):
		p.Code = "file-disk"
	default:
		var path *fs.PathError
		var link *os.LinkError
		if errors.As(err, &path) {
			p.Code, p.Args = "file-folder-write", []string{f.Name, filepath.Dir(path.Path)}
		} else if errors.As(err, &link) {
			p.Code, p.Args = "file-folder-write", []string{f.Name, filepath.Dir(link.New)}
		}
	}
	return p
}
