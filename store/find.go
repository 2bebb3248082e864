package store

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Search says which messages are looked for; all that is set must be true of one.
type Search struct {
	Text    string   // words, the last one perhaps not finished; "in quotes": next to each other
	Chats   []ChatID // nil: all of every account
	From    string   // a part of the sender's address or nick
	Senders []string // From: addresses whose messages count as well
	Before  int64    // said before then, µs; 0: any time
	After   int64    // said then or later, µs
	Link    bool     // with an address to open
	File    bool     // with the address of a file
	Mine    bool     // from the user
	Mention bool     // that name the user
}

// SearchMax bounds the hits of one Find.
const SearchMax = 500

// searchWords is how many words of a search are used.
const searchWords = 16

// sendersMost bounds the addresses that one search names.
const sendersMost = 100

// Find reads up to limit messages, newest first, with an ord below before (0: the
// newest). Case and diacritics do not matter. Any goroutine but the interface's;
// the context bounds the time.
func (s *Store) Find(ctx context.Context, q Search, before int64, limit int) (list []Message, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	if q.Chats != nil && len(q.Chats) == 0 {
		return nil, nil
	}
	limit = min(limit, SearchMax)
	where, args := []string{"m.ord<?", "m.kind=0", "m.body IS NOT NULL"}, []any{before}
	add := func(cond string, a ...any) { where, args = append(where, cond), append(args, a...) }
	from := "message m"
	match := matchOf(q)
	switch {
	case match != "":
		from = "search JOIN message m ON m.ord=search.rowid"
		add("search MATCH ?", match)
	case strings.TrimSpace(q.Text) != "":
		return nil, nil // nothing but signs
	case q.Chats != nil:
		add("m.chat IN (" + strings.TrimSuffix(strings.Repeat("?,", len(q.Chats)), ",") + ")")
		for _, c := range q.Chats {
			args = append(args, c)
		}
	}
	if q.Chats == nil { // what strangers wrote is shown among the requests alone
		add("NOT EXISTS (SELECT 1 FROM chat c WHERE c.id=m.chat AND c.held>0)")
	}
	if q.From != "" {
		cond, named := "instr(lower(m.sender), ?) OR instr(lower(m.nick), ?)", []any{strings.ToLower(q.From), strings.ToLower(q.From)}
		for _, jid := range q.Senders[:min(len(q.Senders), sendersMost)] {
			cond += " OR m.sender=?"
			named = append(named, jid)
		}
		add("("+cond+")", named...)
	}
	if q.Before != 0 {
		add("m.stamp<?", q.Before)
	}
	if q.After != 0 {
		add("m.stamp>=?", q.After)
	}
	if q.Link {
		add("(m.body LIKE '%http://%' OR m.body LIKE '%https://%' OR m.body LIKE '%xmpp:%')")
	}
	if q.File { // an address alone, whose last part has an ending
		add("(m.file<>'' OR m.body GLOB 'http*://*/*.*' AND m.body NOT GLOB '*[ '||char(10)||']*' AND m.body NOT GLOB '*/')")
	}
	if q.Mine {
		add("m.outgoing=1")
	}
	if q.Mention {
		add("m.mention=1")
	}
	order := "m.ord"
	if match != "" {
		order = "search.rowid" // the index's own order: nothing is sorted
		where[0] = "search.rowid<?"
	}
	err = s.view(ctx, func(v view) error {
		rows, err := v.query("SELECT m."+strings.ReplaceAll(messageColumns, ", ", ", m.")+" FROM "+from+" WHERE "+strings.Join(where, " AND ")+
			" ORDER BY "+order+" DESC LIMIT ?", append(args, limit)...)
		if list, err = scan(rows, err, scanMessage); err != nil {
			return err
		}
		return v.quotes(list)
	})
	return list, err
}

// matchOf makes the expression of the full-text index; empty: no words.
func matchOf(q Search) string {
	var parts []string
	open := false // inside quotes
	for i, piece := range strings.Split(q.Text, `"`) {
		if open = i%2 == 1; open {
			if p := phrase(piece); p != "" {
				parts = append(parts, p)
			}
			continue
		}
		words := strings.Fields(piece)
		for j, w := range words {
			p := phrase(w)
			if p == "" {
				continue
			}
			unfinished := j == len(words)-1 && strings.HasSuffix(q.Text, w)
			if unfinished && utf8.RuneCountInString(w) > 1 || oneSign(w) {
				p += "*"
			}
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	match := "body:(" + strings.Join(parts[:min(len(parts), searchWords)], " AND ") + ")"
	if q.Chats != nil {
		convs := make([]string, len(q.Chats))
		for i, c := range q.Chats {
			convs[i] = conv(c)
		}
		match += " AND conv:(" + strings.Join(convs, " OR ") + ")"
	}
	return match
}

// phrase quotes words for the index; empty: there is no letter or digit in them.
func phrase(s string) string {
	if !strings.ContainsFunc(s, indexed) {
		return ""
	}
	if oneSign(s) {
		return `"` + s + `"`
	}
	s = strings.TrimSpace(searchText(strings.Map(func(r rune) rune {
		if r == 0 {
			return ' '
		}
		return r
	}, s)))
	return `"` + strings.ReplaceAll(s, `"`, " ") + `"`
}

// oneSign says that a word is one character of a writing without spaces, which
// the index has only as the beginning of a pair.
func oneSign(w string) bool {
	r, n := utf8.DecodeRuneInString(w)
	return n == len(w) && unspaced(r)
}
