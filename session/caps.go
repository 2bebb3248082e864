package session

import (
	"crypto/sha1" //nolint:gosec // XEP-0115 is made of it
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"hash"
	"sync"

	"mellium.im/xmpp/disco"

	"sotto/session/wire"
	"sotto/store"
)

// Capabilities: XEP-0115, so that what a client can do is asked once per kind
// of client and not once per contact.

const (
	capsNode = "https://sotto.example/caps"
	// capsAsking bounds the questions under way; one per hash.
	capsAsking = 8
	// capsKept bounds what is kept in memory.
	capsKept = 1000
)

var errNoNode = errors.New("no such node")

// capsState is what an account knows of the clients it sees.
type capsState struct {
	known  map[capsKey]clientInfo
	asking map[capsKey]bool
	of     map[wire.JID]capsKey // full address: what its presence said
}

type capsKey struct{ hash, ver string }

// clientInfo is what a client says of itself.
type clientInfo struct {
	name, device string
	features     map[string]bool
}

func newCaps() capsState {
	return capsState{known: map[capsKey]clientInfo{}, asking: map[capsKey]bool{}, of: map[wire.JID]capsKey{}}
}

func (l *loop) capsLost() {
	clear(l.caps.asking)
	clear(l.caps.of)
}

// seenCaps takes the hash of a presence and asks when nobody told yet.
func (l *loop) seenCaps(full wire.JID, e *wire.Element) {
	c := e.Child(nsCaps, "c")
	k := capsKey{c.Attr("hash"), c.Attr("ver")}
	node := c.Attr("node")
	if c == nil || hashOf(k.hash) == nil || k.ver == "" || len(k.ver) > 128 || len(node) > 512 {
		return
	}
	if len(l.caps.of) < 10*capsKept {
		l.caps.of[full] = k
	}
	if info, ok := l.caps.known[k]; ok {
		l.nameClient(full, info)
		return
	}
	if l.caps.asking[k] {
		return
	}
	l.caps.asking[k] = true
	l.then = append(l.then, func() { l.learnCaps(full, node, k) })
}

// learnCaps looks a hash up on the disk, then asks the client itself.
func (l *loop) learnCaps(full wire.JID, node string, k capsKey) {
	if b, err := l.st.Caps(l.ctx, k.hash, k.ver); err == nil && b != nil {
		if el, err := wire.ParseElement(b, nsDiscoInfo); err == nil {
			l.knowCaps(k, readInfo(el))
			return
		}
	}
	if len(l.caps.asking) > capsAsking {
		delete(l.caps.asking, k) // another presence will ask again
		return
	}
	q := iq("get", full.String(), wire.New(nsDiscoInfo, "query").Set("node", node+"#"+k.ver))
	if !l.ask(q, func(tx *store.Tx, el *wire.Element, err error) error {
		info := el.Child(nsDiscoInfo, "query")
		if err != nil || info == nil || verOf(info, k.hash) != k.ver {
			// XEP-0115 §5.4: what does not match the hash is not kept for others.
			delete(l.caps.asking, k)
			if info != nil {
				l.nameClient(full, readInfo(info))
			}
			return nil
		}
		l.knowCaps(k, readInfo(info))
		return tx.PutCaps(k.hash, k.ver, info.Append(nil, ""))
	}) {
		delete(l.caps.asking, k)
	}
}

// knowCaps names the client on every resource that told this hash.
func (l *loop) knowCaps(k capsKey, info clientInfo) {
	delete(l.caps.asking, k)
	if len(l.caps.known) < capsKept {
		l.caps.known[k] = info
	}
	for full, other := range l.caps.of {
		if other == k {
			l.nameClient(full, info)
		}
	}
}

func (l *loop) nameClient(full wire.JID, info clientInfo) {
	bare := full.Bare().String()
	list := append([]Resource(nil), l.present[bare]...)
	for i := range list {
		if list[i].Name == full.Resource() && (list[i].Client != info.name || list[i].Device != info.device) {
			list[i].Client, list[i].Device = info.name, info.device
			l.setResources(bare, list)
			return
		}
	}
}

// readInfo reads who answered disco#info.
func readInfo(q *wire.Element) clientInfo {
	c := clientInfo{features: map[string]bool{}}
	for i := range q.All(nsDiscoInfo, "identity") {
		if c.name == "" || i.Attr("category") == "client" {
			c.name, c.device = clip(i.Attr("name"), nameMax), clip(i.Attr("type"), 32)
		}
	}
	for f := range q.All(nsDiscoInfo, "feature") {
		if len(c.features) < 500 {
			c.features[f.Attr("var")] = true
		}
	}
	return c
}

func hashOf(name string) hash.Hash {
	switch name {
	case "sha-1":
		return sha1.New() //nolint:gosec // see above
	case "sha-256":
		return sha256.New()
	}
	return nil
}

// verOf makes the verification string of an answer (XEP-0115 §5.1).
func verOf(q *wire.Element, name string) string {
	h := hashOf(name)
	if h == nil {
		return ""
	}
	var info disco.Info
	if err := xml.Unmarshal(q.Append(nil, ""), &info); err != nil {
		return ""
	}
	return info.Hash(h)
}

// ownInfo is our answer to disco#info.
func ownInfo() *wire.Element {
	q := wire.New(nsDiscoInfo, "query")
	q.Add(wire.New(nsDiscoInfo, "identity").Set("category", "client").Set("type", "console").Set("name", "sotto"))
	for _, x := range table() {
		for _, f := range x.Features {
			q.Add(wire.New(nsDiscoInfo, "feature").Set("var", f))
		}
	}
	return q
}

var ownHash struct {
	once sync.Once
	ver  string
}

func ownVer() string {
	ownHash.once.Do(func() { ownHash.ver = verOf(ownInfo(), "sha-1") })
	return ownHash.ver
}

func ownCaps() *wire.Element {
	return wire.New(nsCaps, "c").Set("hash", "sha-1").Set("node", capsNode).Set("ver", ownVer())
}
