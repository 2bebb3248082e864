package session

import (
	"strings"

	"sotto/session/wire"
)

// Hats (XEP-0317): what a room calls its people besides role and affiliation.

const (
	nsHats = "urn:xmpp:hats:0"
	// hatsMax is how many hats of an occupant are kept; hatBytes bounds a title.
	hatsMax  = 5
	hatBytes = 100
)

// readHats reads the hats of an occupant, and how many there are besides. They
// count only where the room says that it gives them out: else anybody could put
// them on.
func (r *room) readHats(e *wire.Element) (titles []string, more int) {
	if !r.hasHats {
		return nil, 0
	}
	seen := map[string]bool{}
	for h := range e.Child(nsHats, "hats").All(nsHats, "hat") {
		title := clip(strings.TrimSpace(h.Attr("title")), hatBytes)
		switch {
		case title == "" || seen[title]:
		case len(titles) == hatsMax:
			more++
		default:
			seen[title] = true
			titles = append(titles, title)
		}
	}
	return titles, more
}
