//go:build linux

package bench

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // XEP-0114 §3 wants it
	"encoding/hex"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/internal/realserver"
)

// crowdDomain is the domain of a room service that is nothing but a crowd.
const crowdDomain = "crowd." + realserver.Domain

// crowd is a component (XEP-0114) that plays rooms with as many people as the
// local part of their address says: 2000@crowd.xmpp.test. Prosody itself takes
// minutes to fill such a room.
type crowd struct {
	conn net.Conn
	mu   sync.Mutex
	out  *bufio.Writer
	last string // who entered last, a full address
}

var attribute = regexp.MustCompile(`\b(from|to|id|type)=['"]([^'"]*)['"]`)

func newCrowd(b *testing.B) (*realserver.Server, *crowd) {
	b.Helper()
	return newCrowdOn(b, func(*realserver.Server) {})
}

// newCrowdOn is newCrowd on a server that is made ready before.
func newCrowdOn(b *testing.B, ready func(*realserver.Server)) (*realserver.Server, *crowd) {
	b.Helper()
	s, port := realserver.WithComponent(b, crowdDomain)
	ready(s)
	archive(b, s, false)
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		b.Fatal(err)
	}
	c := &crowd{conn: conn, out: bufio.NewWriterSize(conn, 64<<10)}
	in := bufio.NewReaderSize(conn, 64<<10)
	c.say("<stream:stream to='" + crowdDomain + "' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>")
	header := ""
	for !strings.Contains(header, "<stream:stream") || !strings.HasSuffix(header, ">") {
		part, err := in.ReadString('>')
		if err != nil {
			b.Fatal(err)
		}
		header += part
	}
	id := ""
	for _, m := range attribute.FindAllStringSubmatch(header, -1) {
		if m[1] == "id" {
			id = m[2]
		}
	}
	sum := sha1.Sum([]byte(id + realserver.ComponentSecret)) //nolint:gosec // the same
	c.say("<handshake>" + hex.EncodeToString(sum[:]) + "</handshake>")
	done := make(chan struct{})
	go func() { defer close(done); c.answer(in) }()
	b.Cleanup(func() { _ = conn.Close(); <-done })
	return s, c
}

func (c *crowd) say(parts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range parts {
		_, _ = c.out.WriteString(p)
	}
	_ = c.out.Flush()
}

// answer takes stanzas, one at a time, as far as it needs them.
func (c *crowd) answer(in *bufio.Reader) {
	head, depth := "", 0
	for {
		part, err := in.ReadString('>')
		if err != nil {
			return
		}
		tag := part[strings.LastIndexByte(part, '<')+1:]
		if depth == 0 {
			head = tag
		} else if strings.HasPrefix(tag, "query") && strings.Contains(tag, "disco#info") {
			head += " info"
		}
		switch {
		case strings.HasSuffix(tag, "/>"):
		case strings.HasPrefix(tag, "/"):
			depth--
		default:
			depth++
		}
		if depth == 0 && !strings.HasPrefix(tag, "/stream") && !strings.HasPrefix(tag, "/handshake") && !strings.HasPrefix(tag, "handshake") {
			c.stanza(head)
		}
	}
}

func (c *crowd) stanza(head string) {
	at := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(head, -1) {
		at[m[1]] = m[2]
	}
	back := fmt.Sprintf("from='%s' to='%s' id='%s'", at["to"], at["from"], at["id"])
	switch {
	case strings.HasPrefix(head, "iq") && at["type"] == "get" && strings.HasSuffix(head, " info"):
		c.say("<iq type='result' " + back + "><query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='crowd'/><feature var='http://jabber.org/protocol/muc'/></query></iq>")
	case strings.HasPrefix(head, "iq") && (at["type"] == "get" || at["type"] == "set"):
		c.say("<iq type='error' " + back + "><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
	case strings.HasPrefix(head, "presence") && at["type"] == "" && strings.Contains(at["to"], "/"): // a nick: somebody enters
		room, nick, _ := strings.Cut(at["to"], "/")
		local, _, _ := strings.Cut(room, "@")
		n, _ := strconv.Atoi(local)
		c.mu.Lock()
		c.last = at["from"]
		c.mu.Unlock()
		c.say(occupants(room, at["from"], n), presenceOf(room, nick, at["from"], "<show>chat</show>", "<status code='110'/>"),
			fmt.Sprintf("<message from='%s' to='%s' type='groupchat'><subject>many</subject></message>", room, at["from"]))
	}
}

// entered is who entered last.
func (c *crowd) entered() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// occupants is everybody in a room, as it is told at entering.
func occupants(room, to string, n int) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(presenceOf(room, personOf(i), to, "", ""))
	}
	return all.String()
}

func personOf(i int) string { return contactName(i) + strconv.Itoa(i) }

func presenceOf(room, nick, to, inner, more string) string {
	return fmt.Sprintf("<presence from='%s/%s' to='%s'>%s<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.org' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>"+
		"<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/>%s</x></presence>", room, nick, to, inner, more)
}

// churn tells a thousand presences a second of a room until it is told to stop:
// people go away, come back, leave and enter.
func (c *crowd) churn(stop <-chan struct{}, room, to string, n int) (sent int) {
	const at, each = 20 * time.Millisecond, 20
	tick := time.NewTicker(at)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return sent
		case <-tick.C:
		}
		var all strings.Builder
		for range each {
			i := sent * 7919 % n
			nick := personOf(i)
			switch sent % 4 {
			case 0, 1:
				all.WriteString(presenceOf(room, nick, to, "<show>away</show><status>tea "+strconv.Itoa(sent)+"</status>", ""))
			case 2:
				all.WriteString(strings.Replace(presenceOf(room, nick, to, "", ""), "<presence ", "<presence type='unavailable' ", 1))
			default:
				all.WriteString(presenceOf(room, nick, to, "", ""))
			}
			sent++
		}
		c.say(all.String())
	}
}
