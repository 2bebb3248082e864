package wire

import (
	"net/netip"
	"strings"
	"testing"
)

// TestGuard: the example of XEP-0474 §6, and what may stand in a challenge.
func TestGuard(t *testing.T) {
	o := offer{mechanisms: []string{"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"}, bindings: []string{"tls-server-end-point", "tls-exporter"}, told: true}
	const good = "G6k/rBLDqgOhRRaCuuatSDFkJ08="
	for name, c := range map[string]struct {
		o         offer
		challenge string
		guarded   bool
		bad       bool
	}{
		"as sent":         {o, "r=x,s=QSXCR+Q6sek8bf92,i=4096,h=" + good, true, false},
		"none":            {o, "r=x,s=QSXCR+Q6sek8bf92,i=4096", false, false},
		"another":         {o, "r=x,s=QSXCR+Q6sek8bf92,i=4096,h=AAAA", false, true},
		"empty":           {o, "r=x,s=QSXCR+Q6sek8bf92,i=4096,h=", false, true},
		"mechanism taken": {offer{mechanisms: o.mechanisms[1:], bindings: o.bindings, told: true}, "r=x,s=eA==,i=4096,h=" + good, false, true},
		"binding taken":   {offer{mechanisms: o.mechanisms, bindings: o.bindings[1:], told: true}, "r=x,s=eA==,i=4096,h=" + good, false, true},
		"list taken":      {offer{mechanisms: o.mechanisms}, "r=x,s=eA==,i=4096,h=" + good, false, true},
		"one added":       {offer{mechanisms: append([]string{"PLAIN"}, o.mechanisms...), bindings: o.bindings, told: true}, "r=x,s=eA==,i=4096,h=" + good, false, true},
	} {
		got, err := c.o.guard("SCRAM-SHA-1-PLUS", []byte(c.challenge))
		if got != c.guarded || (err != nil) != c.bad {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	if o.hash("SCRAM-SHA-256") == good {
		t.Error("the hash function is not the mechanism's")
	}
}

func TestNear(t *testing.T) {
	for a, want := range map[string]bool{"127.0.0.1": true, "10.1.2.3": true, "192.168.0.1": true, "169.254.169.254": true, "100.64.3.2": true, "0.0.0.0": true,
		"::1": true, "fe80::1": true, "fd00::1": true, "::ffff:10.0.0.1": true, "203.0.113.5": false, "2001:db8::1": false} {
		if got := near(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: got %v", a, got)
		}
	}
}

// FuzzReadHost: whatever a server writes is refused, or can be dialled.
func FuzzReadHost(f *testing.F) {
	for _, s := range []string{"b.example", "b.example:1", "[2001:db8::1]:5222", "2001:db8::1", "bücher.example:5222", "a b", ":1", "x:70000", "%zz:1", "[::1%lo]:3", "fe80::1%lo", "[ 0", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, port, err := readHost(s)
		if err == nil && (host == "" || port < 0 || port > 65535 || strings.ContainsAny(host, " /\x00\r\n\x1b@")) {
			t.Errorf("%q: got %q, %d", s, host, port)
		}
	})
}
