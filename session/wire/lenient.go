package wire

import "sync"

// Lenient reads an address that arrived. It never fails: what RFC 7622 does not
// allow becomes an opaque address (see [JID.Opaque]) which keeps the text as it
// came, because one strange address in a roster of hundreds must not cost the
// others, nor the connection. "" gives the zero JID. Any goroutine.
func Lenient(s string) JID {
	if s == "" {
		return JID{}
	}
	if len(s) > maxCachedJID {
		return parseLenient(s)
	}
	if j, ok := arrived.get(s); ok {
		return j
	}
	j := parseLenient(s)
	arrived.put(s, j)
	return j
}

func parseLenient(s string) JID {
	if len(s) > maxJID {
		// Far beyond what can be shown or stored; keep the head, so that nobody
		// makes us carry a megabyte of "address".
		j := split(clip(s, maxJID))
		j.opaque = true
		return j
	}
	j, err := parseStrict(s)
	if err != nil {
		j = split(s)
		j.opaque = true
	}
	return j
}

const (
	maxCachedJID   = 256
	cachedPerRound = 4096
)

// arrived spares the PRECIS work for addresses seen lately: most stanzas come
// from a few hundred addresses, and one parse costs more than the rest of the
// stanza.
var arrived jidCache

// jidCache is bounded by forgetting in two rounds: when the young map is full it
// becomes the old one, and what was old and unused is gone. At most 2 × 4,096
// entries of at most 256 bytes.
type jidCache struct {
	mu         sync.Mutex
	young, old map[string]JID
}

func (c *jidCache) get(s string) (JID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if j, ok := c.young[s]; ok {
		return j, true
	}
	j, ok := c.old[s]
	if ok {
		c.add(s, j)
	}
	return j, ok
}

func (c *jidCache) put(s string, j JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(s, j)
}

func (c *jidCache) add(s string, j JID) {
	if c.young == nil || len(c.young) >= cachedPerRound {
		c.old, c.young = c.young, make(map[string]JID, 64)
	}
	c.young[s] = j
}
