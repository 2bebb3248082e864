package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"sotto/session/wire"
)

const (
	// shelfAddress is where the host for files seems to be: an address of nobody
	// (RFC 5737). Only [Server.Dial] leads there.
	shelfAddress = "192.0.2.80"
	// shelfMost is the size of a file that it takes, and shelfFiles how many it keeps.
	shelfMost  = 20 << 20
	shelfFiles = 5
)

// shelf keeps files in memory (XEP-0363) and serves them over https, without a socket.
type shelf struct {
	host  string
	conns chan net.Conn
	http  *http.Server

	mu    sync.Mutex
	files map[string][]byte // by path; nil: promised
	order []string          // of the files that came, the oldest first
}

// openShelf gives the server a service for files. It ends with the server.
func (s *Server) openShelf() error {
	x := &shelf{host: s.uploadDomain(), conns: make(chan net.Conn), files: map[string][]byte{}}
	cert, err := s.ca.certificate(x.host, CertGood)
	if err != nil {
		return err
	}
	x.http = &http.Server{Handler: x, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	listener := tls.NewListener(&pipeListener{s.ctx, x.conns}, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	s.mu.Lock()
	s.shelf, s.opt.Slot, s.opt.SlotMost = x, x.slot, shelfMost
	s.mu.Unlock()
	if err := s.spawn(func() { _ = x.http.Serve(listener) }); err != nil {
		return err
	}
	return s.spawn(func() {
		<-s.ctx.Done()
		_ = x.http.Close()
	})
}

// Lookup finds the addresses of the hosts there are in a world without a network.
func (s *Server) Lookup(_ context.Context, _, host string) ([]netip.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shelf == nil || host != s.shelf.host {
		return nil, &net.DNSError{Err: "there is no network", Name: host, IsNotFound: true}
	}
	return []netip.Addr{netip.MustParseAddr(shelfAddress)}, nil
}

// toShelf hands a connection to the host for files; false: it is for somebody else.
// s.mu is held.
func (s *Server) toShelf(addr string, conn net.Conn) bool {
	if s.shelf == nil || addr != net.JoinHostPort(shelfAddress, "443") {
		return false
	}
	s.wg.Add(1)
	go func(x *shelf) {
		defer s.wg.Done()
		select {
		case x.conns <- conn:
		case <-s.ctx.Done():
			_ = conn.Close()
		}
	}(s.shelf)
	return true
}

// slot answers who asks where a file goes.
func (x *shelf) slot(q *wire.Element) *wire.Element {
	path := "/" + rand.Text() + "/" + q.Attr("filename")
	x.mu.Lock()
	defer x.mu.Unlock()
	x.files[path] = nil
	u := (&url.URL{Scheme: "https", Host: x.host, Path: path}).String()
	return wire.New(nsUpload, "slot").Add(wire.New(nsUpload, "put").Set("url", u), wire.New(nsUpload, "get").Set("url", u))
}

func (x *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	x.mu.Lock()
	b, promised := x.files[path]
	x.mu.Unlock()
	switch {
	case !promised || r.Method != http.MethodPut && b == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodPut:
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	case b != nil:
		w.WriteHeader(http.StatusConflict)
	default:
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, shelfMost))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		x.keep(path, b)
		w.WriteHeader(http.StatusCreated)
	}
}

func (x *shelf) keep(path string, b []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.files[path] = b
	if x.order = append(x.order, path); len(x.order) > shelfFiles {
		delete(x.files, x.order[0])
		x.order = slices.Delete(x.order, 0, 1)
	}
}

// pipeListener hands connections of the server's own kind to an http.Server.
type pipeListener struct {
	ctx   context.Context //nolint:containedctx // the life of the server
	conns <-chan net.Conn
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return pipeAddr(shelfAddress) }
