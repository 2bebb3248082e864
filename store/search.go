package store

import (
	"fmt"
	"strings"
	"unicode"
)

// index adds the search document of a message.
func (t *Tx) index(chat ChatID, ord int64, body string) error {
	if body == "" {
		return nil
	}
	_, err := t.exec("INSERT INTO search (rowid, conv, body) VALUES (?,?,?)", ord, conv(chat), searchText(body))
	return err
}

func (t *Tx) unindex(ord int64) error {
	_, err := t.exec("DELETE FROM search WHERE rowid=?", ord)
	return err
}

// conv is the word by which the index knows a chat.
func conv(chat ChatID) string { return fmt.Sprintf("c%d", chat) }

// searchText is what the index keeps of a body. The tokenizer folds case and
// diacritics; writing without spaces is kept as overlapping pairs, so that any
// two or more characters of it can be found.
func searchText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	for _, r := range s {
		cjk := unspaced(r)
		switch {
		case cjk && last != 0:
			b.WriteRune(last)
			b.WriteRune(r)
			b.WriteByte(' ')
		case cjk:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
		last = 0
		if cjk {
			last = r
		}
	}
	return b.String()
}

func unspaced(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
