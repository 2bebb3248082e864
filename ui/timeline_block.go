package ui

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// block is the text of a message, safe and broken into lines.
type block struct {
	lines  []string
	width  int
	kinds  []lineKind // of which blocks lines are; nil: of none
	links  []link
	parts  []part   // what is styled
	names  []part   // what names the user
	errors []string // what is said below it when it was not sent
	kind   blockKind

	hinted         int // lines at the top that say that it is a spoiler
	file, fileName int // lines up to those of a file, with it, and up to those that name it

	picture   *store.Picture // nil: none
	pictureAt int            // the first of its lines, which are empty

	link int // the line from which on it is said what a link leads to; 0: none is

	isEdited bool
	edited   int // the line that says so
}

type blockKind int

const (
	asSpeech blockKind = iota
	asAction           // "/me waves"
	asNotice           // the client or the room says it
	asAbsent           // there is no text to show
)

// link is the part of an address that stands on one line.
type link struct {
	line, from, to int
	url            string // the whole address, if it is all on this line
}

const (
	blockLines = 200      // of one message
	blockBytes = 64 << 10 // of one message; the rest is not even looked at
	blocksMax  = 2048     // kept in each generation
	urlMax     = 2000
)

// blocks keeps what was broken into lines. Two generations bound it: when the
// young one is full it becomes the old one.
type blocks struct{ young, old map[blockKey]*block }

type blockKey struct {
	id       store.MessageID
	rev      uint64
	width    int
	ascii    bool
	pictures bool
	bare     bool // a spoiler that is not hidden
	files    session.Choice
}

func (c *blocks) get(m *store.Message, width int, l *look, s shows) *block {
	k := blockKey{m.ID, m.Rev, width, l.ascii, l.pictures, s.bare, s.files}
	if b, ok := c.young[k]; ok {
		return b
	}
	b, ok := c.old[k]
	if !ok {
		b = makeBlock(m, width, l, s)
	}
	if c.young == nil || len(c.young) >= blocksMax {
		c.young, c.old = make(map[blockKey]*block, 64), c.young
	}
	c.young[k] = b
	return b
}

// meCommand introduces what somebody does (XEP-0245).
const meCommand = "/me "

// shows says how texts are shown.
type shows struct {
	unstyled bool           // without what XEP-0393 makes of signs
	words    []string       // that are highlighted
	bare     bool           // this spoiler is not hidden
	files    session.Choice // what becomes of a file
}

func makeBlock(m *store.Message, width int, l *look, show shows) *block {
	b := &block{width: width}
	body := m.Body
	hint, spoiler := m.Spoiler()
	covered := spoiler && !show.bare && !m.Outgoing
	switch {
	case covered:
		b.kind = asAbsent
		body = covers(hint)
	case m.Kind == store.Notice:
		b.kind = asNotice
		if happens(m.Notice) {
			body = happened(m)
			break
		}
		said := strings.TrimSpace(m.Body)
		if body = said; catalog.Has("notice." + m.Notice) {
			if said != "" && m.Notice != "subject" && m.Notice != "room-says" {
				said = "(" + said + ")" // the reason
			}
			body = strings.TrimSpace(catalog.T("notice."+m.Notice, text.Name(m.Nick), cmp.Or(m.RealJID, catalog.T("notice.somebody")), said))
		}
	case m.NoBody:
		b.kind = asAbsent
		body = absent(m)
	case strings.HasPrefix(body, meCommand):
		b.kind = asAction
		body = body[len(meCommand):]
	}
	tooBig := len(body) > blockBytes
	if tooBig {
		body = body[:blockBytes]
		for len(body) > 0 && !utf8.RuneStart(body[len(body)-1]) {
			body = body[:len(body)-1]
		}
		body = body[:max(0, len(body)-1)] // the start of a rune that may be cut
	}
	body = l.spellWords(strings.TrimRight(text.Body(body), " \n"))
	b.lines = text.Wrap(body, width)
	if b.kind == asSpeech || b.kind == asAction {
		b.findLinks(body)
		if !show.unstyled && (m.Shape == nil || !m.Shape.Unstyled) {
			b.findStyles(body)
		}
		if !m.Outgoing {
			b.findNames(body, show.words)
		}
	}
	if n := len(b.lines) - blockLines; n > 0 {
		b.lines = append(b.lines[:blockLines:blockLines], text.Fit(catalog.T("timeline.cut", catalog.Count(n)), width))
	} else if tooBig {
		b.lines = append(b.lines, text.Fit(catalog.T("timeline.cut-big"), width))
	}
	if m.File != nil && !m.NoBody && !covered {
		b.placeFile(m, width, l, show.files)
	}
	if spoiler && !covered && !m.NoBody {
		b.push(text.Fit(hinted(hint), width))
	}
	b.placeEdited(m, width)
	if !covered {
		b.placeLink(m, width, l.ascii)
	}
	if flag := flagged(m); flag != "" {
		b.errors = text.Wrap(flag, width)
	}
	switch {
	case m.ID.Unsaved() && m.Kind == store.Text:
		b.errors = text.Wrap(catalog.T("message.not-saved"), width)
	case !m.Outgoing:
	case m.State == store.Failed && m.File != nil && m.File.Problem != "":
		b.errors = text.Wrap(notUploaded(m), width)
	case m.State == store.Failed && m.Error != "":
		b.errors = text.Wrap(catalog.T("message.not-sent-says", text.Cut(text.Line(m.Error), 200)), width)
	case m.State == store.Failed:
		b.errors = text.Wrap(catalog.T("message.not-sent"), width)
	case m.State == store.Unsure:
		b.errors = text.Wrap(catalog.T("message.unsure"), width)
	}
	return b
}

// eachLine gives every line with its place in the text it was broken from: a
// line ends at a space or a break that is left out, or in the middle of a word.
func (b *block) eachLine(body string, do func(i, at int, paragraph bool)) {
	at, paragraph := 0, true
	for i, line := range b.lines {
		do(i, at, paragraph)
		at += len(line)
		paragraph = false
		if at < len(body) && (body[at] == ' ' || body[at] == '\n') {
			paragraph = body[at] == '\n'
			at++
		}
	}
}

// push puts a line above the text, behind those that were pushed before.
func (b *block) push(lines ...string) {
	b.lines = append(lines, b.lines...)
	if b.kinds != nil {
		b.kinds = append(make([]lineKind, len(lines)), b.kinds...)
	}
	for i := range b.links {
		b.links[i].line += len(lines)
	}
	for _, list := range [][]part{b.parts, b.names} {
		for i := range list {
			list[i].line += len(lines)
		}
	}
	b.file, b.fileName, b.hinted = b.file+len(lines), b.fileName+len(lines), len(lines)
}

func (b *block) findLinks(body string) {
	if !strings.Contains(body, ":") {
		return
	}
	found := addresses(body)
	b.eachLine(body, func(i, at int, _ bool) {
		end := at + len(b.lines[i])
		for len(found) > 0 && found[0][1] <= at {
			found = found[1:]
		}
		for _, f := range found {
			if f[0] >= end || i >= blockLines {
				return
			}
			l := link{line: i, from: max(f[0], at) - at, to: min(f[1], end) - at}
			if url := body[f[0]:f[1]]; f[0] >= at && f[1] <= end && openable(url) {
				l.url = url
			}
			b.links = append(b.links, l)
		}
	})
}

// addresses finds the web addresses of a text.
func addresses(s string) (found [][2]int) {
	for at := 0; ; {
		i := strings.IndexByte(s[at:], ':')
		if i < 0 {
			return found
		}
		i += at
		at = i + 1
		start := -1
		for _, scheme := range []string{"https", "http", "xmpp"} {
			if i < len(scheme) || !strings.EqualFold(s[i-len(scheme):i], scheme) {
				continue
			}
			if scheme == "xmpp" || strings.HasPrefix(s[at:], "//") {
				start = i - len(scheme)
			}
			break
		}
		if start < 0 {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(s[:start]); start > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
			continue
		}
		from := at
		if strings.HasPrefix(s[at:], "//") {
			from += len("//")
		}
		end := from
		for end < len(s) && !strings.ContainsRune(" \n<>\"`", rune(s[end])) {
			end++
		}
		end = from + len(trimURL(s[from:end]))
		if xmpp := strings.EqualFold(s[start:i], "xmpp"); end > from && (!xmpp || strings.ContainsAny(s[from:end], "@.")) {
			found = append(found, [2]int{start, end})
		}
		at = max(at, end)
	}
}

// trimURL takes off what belongs to the sentence around an address.
func trimURL(s string) string {
	for s != "" {
		last := s[len(s)-1]
		switch {
		case strings.IndexByte(".,;:!?'*_", last) >= 0:
		case last == ')' && strings.Count(s, ")") > strings.Count(s, "("):
		case last == ']' && strings.Count(s, "]") > strings.Count(s, "["):
		case last == '}' && strings.Count(s, "}") > strings.Count(s, "{"):
		default:
			return s
		}
		s = s[:len(s)-1]
	}
	return s
}

// openable says whether the terminal may be told to open an address: what is
// shown is all ASCII, so it is what it looks like.
func openable(url string) bool {
	if len(url) > urlMax {
		return false
	}
	for i := range len(url) {
		if url[i] <= 0x20 || url[i] > 0x7e {
			return false
		}
	}
	return true
}
