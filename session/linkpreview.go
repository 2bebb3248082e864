package session

import (
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// What a sender says of an address in a message: XEP-0511. It is shown beside the
// host, as the sender's word; nothing is fetched.

const (
	nsRDF       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsOpenGraph = "https://ogp.me/ns#"
	// linkTitleMax and linkAboutMax bound what is kept of it, bytes; linkURLMax is
	// the longest address of which anything is kept.
	linkTitleMax = 200
	linkAboutMax = 400
	linkURLMax   = 2000
	linksRead    = 8
)

// readLink reads the first description of a web address that stands in the text of
// the message; nil: there is none, or it says nothing.
func readLink(e *wire.Element, body string) *store.Link {
	n := 0
	for d := range e.All(nsRDF, "Description") {
		if n++; n > linksRead {
			return nil
		}
		address := ""
		for _, a := range d.Attrs {
			if a.Space == nsRDF && a.Local == "about" {
				address = a.Value
			}
		}
		low := strings.ToLower(address)
		if len(address) > linkURLMax || !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "http://") || !strings.Contains(body, address) {
			continue
		}
		l := &store.Link{URL: address, Title: linkWords(d.ChildText(nsOpenGraph, "title"), linkTitleMax), About: linkWords(d.ChildText(nsOpenGraph, "description"), linkAboutMax)}
		if l.Title != "" || l.About != "" {
			return l
		}
	}
	return nil
}

// withLink gives an arrival what its sender says of an address in it.
func withLink(e *wire.Element, a *store.Arrival) {
	if a.EncError == "" && a.Kind == store.Text && a.File == nil {
		a.Link = readLink(e, a.Body)
	}
}

// linkWords makes one line of a text.
func linkWords(s string, most int) string {
	return clip(strings.Join(strings.Fields(clip(s, 4*most)), " "), most)
}
