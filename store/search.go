package store

import (
	"fmt"
	"strings"
	"unicode"
)

// document is a change of the search index that waits for the commit: FTS5
// writes what it has to disk at each SAVEPOINT, which costs more than all else
// about a message.
type document struct {
	ord  int64
	chat ChatID // 0: the document of ord goes
	body string
}

// sought is what a message is found by: its text, and the name of its file where
// that does not stand there.
func sought(body string, f *File) string {
	if body == "" || f == nil || f.Name == "" || !strings.Contains(body, f.URL) || strings.Contains(body, f.Name) {
		return body
	}
	return body + "\n" + f.Name
}

// index adds the search document of a message.
func (t *Tx) index(chat ChatID, ord int64, body string) {
	if body != "" {
		t.docs = append(t.docs, document{ord, chat, body})
	}
}

func (t *Tx) unindex(ord int64) { t.docs = append(t.docs, document{ord: ord}) }

// writeIndex brings the index to where the messages of this transaction are.
func (t *Tx) writeIndex() error {
	for _, d := range t.docs {
		var err error
		if d.chat == 0 {
			_, err = t.do("DELETE FROM search WHERE rowid=?", d.ord)
		} else {
			_, err = t.do("INSERT INTO search (rowid, conv, body) VALUES (?,?,?)", d.ord, conv(d.chat), searchText(d.body))
		}
		if err != nil {
			return fmt.Errorf("search index: %w", err)
		}
	}
	return nil
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

// indexed says whether a character is a part of words in the index.
func indexed(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}
