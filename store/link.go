package store

import (
	"encoding/json"
	"strings"
)

// Link is what the sender of a message says of an address in its text. All of it
// is remote text and may be false.
type Link struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
	About string `json:"about,omitempty"`
}

func (l *Link) text() string {
	if l == nil {
		return ""
	}
	b, err := json.Marshal(l)
	if err != nil {
		return ""
	}
	return string(b)
}

// readLink gives what is said of an address that still stands in a text.
func readLink(text, body string) *Link {
	l := new(Link)
	if text == "" || json.Unmarshal([]byte(text), l) != nil || l.URL == "" || !strings.Contains(body, l.URL) {
		return nil
	}
	return l
}
