package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"

	"sotto/store"
)

// onTCP is the program against a server of another process, which sees every address
// that is dialled: sotto-on-tcp CONFIG DATA SERVER CERTIFICATES PANIC. It panics at
// the first address that is dialled once the file PANIC is there.
func onTCP() {
	noCores()
	config, data, server, certificates, panics := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	cfg, err := store.LoadConfig(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUsage)
	}
	roots := x509.NewCertPool()
	if pem, err := os.ReadFile(certificates); err != nil || !roots.AppendCertsFromPEM(pem) {
		os.Exit(exitUsage)
	}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, err := os.Stat(panics); err == nil {
			panic("a panic that was asked for")
		}
		var d net.Dialer
		c, err := d.DialContext(ctx, network, server)
		if err == nil {
			_, err = io.WriteString(c, addr+"\n")
		}
		return c, err
	}
	os.Exit(start(context.Background(), program{paths: store.FindPaths(config, data), cfg: cfg, configPath: config, dial: dial, roots: roots,
		lookup: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.80")}, nil // where the demo's files are
		}}, os.Stderr))
}
