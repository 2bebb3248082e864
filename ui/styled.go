package ui

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"mellium.im/xmpp/styling"

	"sotto/session"
	"sotto/store"
)

// Message Styling (XEP-0393): *bold*, _italic_, ~struck~, `code`, quotes and blocks
// of code. The signs stay where they are, so that what is copied is what was said.

// lineKind says of which block a line is.
type lineKind uint8

const (
	quotedLine lineKind = 1 << iota // of a paragraph that begins with ">"
	codeLine                        // of a preformatted block
	fenceLine                       // begins or ends one: the language stands there
)

// partStyle is what makes a part of a line different from the rest of it.
type partStyle uint8

const (
	strongPart partStyle = 1 << iota
	emphPart
	strikePart
	codePart
	signPart // what asks for it: the asterisks and so on
	namePart // it names the user, or a word that is watched for
)

// part is a stretch of one line, in bytes.
type part struct {
	line, from, to int
	style          partStyle
}

// stretch is a part of a text before it was broken into lines.
type stretch struct {
	from, to int
	style    partStyle
}

const (
	// styledLine is how long a paragraph may be whose signs are looked at: the
	// tokenizer looks for the end of each span, so its time grows with the square.
	styledLine = 1000
	// styledTokens bounds the signs of one message.
	styledTokens = 400
	// namedMost bounds how often a word is found in one message.
	namedMost = 64
)

// paragraphs reads the blocks of a text, one paragraph after the other.
type paragraphs struct {
	code   bool // within a block of code,
	depth  int  // which stands in so many quotes
	tokens int
}

// next tells of which block a paragraph is, and what is styled in it. It does not
// matter how deep quotes are nested: no more is kept of it than a number.
func (p *paragraphs) next(para string) (kind lineKind, list []stretch) {
	most := len(para)
	if p.code {
		most = p.depth // deeper signs are code
	}
	at, depth := skipQuotes(para, most)
	if p.code && depth < p.depth {
		p.code = false // the quote ended, and the block with it
		at, depth = skipQuotes(para, len(para))
	}
	if depth > 0 {
		kind |= quotedLine
		list = append(list, stretch{0, at, signPart})
	}
	said := para[at:]
	switch fence := strings.HasPrefix(said, "```"); {
	case p.code && strings.TrimRight(said, " ") == "```":
		p.code = false
		return kind | codeLine | fenceLine, list
	case p.code:
		return kind | codeLine, list
	case fence:
		p.code, p.depth = true, depth
		return kind | codeLine | fenceLine, list
	case len(said) > styledLine, !strings.ContainsAny(said, "*_~`"):
		return kind, list
	}
	d := styling.NewDecoder(strings.NewReader(lettersFor(said)))
	for ; d.Next() && p.tokens < styledTokens; p.tokens++ {
		t := d.Token()
		if s := styleOf(t.Mask); s != 0 {
			list = append(list, stretch{at, at + len(t.Data), s})
		}
		at += len(t.Data)
	}
	return kind, list
}

// skipQuotes finds where a paragraph begins behind its signs of quotes, most of them.
func skipQuotes(s string, most int) (at, depth int) {
	for depth < most && at < len(s) && s[at] == '>' {
		at, depth = at+1, depth+1
		for at < len(s) && s[at] == ' ' {
			at++
		}
	}
	return at, depth
}

// lettersFor puts a letter in the place of what looks like a sign and is the
// beginning of a character of several code points, such as a keycap, and of the
// sign of quotes, which means nothing within a line.
func lettersFor(s string) string {
	s = strings.ReplaceAll(s, ">", "x")
	var b []byte
	for i := 0; i+1 < len(s); i++ {
		if strings.IndexByte("*_~`", s[i]) < 0 || s[i+1] < utf8.RuneSelf {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(s[i+1:]); unicode.Is(unicode.M, r) || r == 0x200d || r == 0x200c {
			if b == nil {
				b = []byte(s)
			}
			b[i] = 'x'
		}
	}
	if b == nil {
		return s
	}
	return string(b)
}

func styleOf(m styling.Style) (s partStyle) {
	for _, x := range []struct {
		mask  styling.Style
		style partStyle
	}{{styling.SpanStrong, strongPart}, {styling.SpanEmph, emphPart}, {styling.SpanStrike, strikePart}, {styling.SpanPre, codePart}, {styling.SpanDirective, signPart}} {
		if m&x.mask != 0 {
			s |= x.style
		}
	}
	return s
}

// findStyles reads the styling of the text that b was broken from, as far as it is shown.
func (b *block) findStyles(body string) {
	if !strings.ContainsAny(body, "*_~`>") {
		return
	}
	var p paragraphs
	var kind lineKind
	var list []stretch
	begin := 0
	b.eachLine(body, func(i, at int, paragraph bool) {
		if i >= blockLines {
			return
		}
		if paragraph {
			para, _, _ := strings.Cut(body[at:], "\n")
			kind, list = p.next(para)
			begin = at
		}
		if kind != 0 && b.kinds == nil {
			b.kinds = make([]lineKind, min(len(b.lines), blockLines))
		}
		if kind != 0 {
			b.kinds[i] = kind
		}
		b.parts = cut(b.parts, list, i, at-begin, len(b.lines[i]))
	})
}

// cut adds what of some stretches lies on a line, which begins at from and is so long.
func cut(parts []part, list []stretch, line, from, size int) []part {
	first := sort.Search(len(list), func(i int) bool { return list[i].to > from })
	for _, s := range list[first:] {
		if s.from >= from+size {
			break
		}
		parts = append(parts, part{line, max(s.from, from) - from, min(s.to, from+size) - from, s.style})
	}
	return parts
}

// findNames finds where a text names the user, or has a word that is watched for.
func (b *block) findNames(body string, words []string) {
	var list []stretch
	for _, w := range words {
		for _, at := range session.WordsIn(body, w, namedMost) {
			list = append(list, stretch{at[0], at[1], namePart})
		}
	}
	if len(list) == 0 {
		return
	}
	sort.Slice(list, func(i, j int) bool { return list[i].from < list[j].from })
	n := 1 // words may lie within each other
	for _, s := range list[1:] {
		if last := &list[n-1]; s.from < last.to {
			last.to = max(last.to, s.to)
			continue
		}
		list[n] = s
		n++
	}
	b.eachLine(body, func(i, at int, _ bool) {
		if i < blockLines {
			b.names = cut(b.names, list[:n], i, at, len(b.lines[i]))
		}
	})
}

// loudWords are the words that are highlighted in a chat: our name there and those
// of the setting keywords.
func (a *App) loudWords(c store.Chat) []string {
	acc, _ := a.m.account(c.Account)
	local, _, _ := strings.Cut(acc.JID, "@")
	if c.Kind == store.Room || c.Kind == store.Private {
		if nick := a.m.rooms[who{c.Account, c.JID}].Nick; nick != "" {
			local = nick
		}
	}
	words := a.c.Settings().KeywordList()
	if local != "" {
		words = append(words, local)
	}
	return words
}

// restyle follows what the text of messages is shown with.
func (a *App) restyle() {
	var words []string
	if c, ok := a.m.open(); ok {
		words = a.loudWords(c)
	}
	a.timeline.styleWith(!a.c.Settings().Styling, words)
}

// of gives a style what makes a part different.
func (s partStyle) of(base tcell.Style, l *look) tcell.Style {
	if s&codePart != 0 {
		base = l.Code
	}
	if s&namePart != 0 {
		base = on(l.Mention, base)
	}
	if s&strongPart != 0 {
		base = base.Bold(true)
	}
	if s&emphPart != 0 {
		base = base.Italic(true)
	}
	if s&strikePart != 0 {
		base = base.StrikeThrough(true)
	}
	if s&signPart != 0 {
		base = base.Dim(true)
	}
	return base
}
