package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	names "github.com/kyokomi/emoji/v2"

	"sotto/session"
	"sotto/ui/text"
)

// emoji is a sign with the names by which it is typed; the first is the one it
// is called by.
type emoji struct {
	sign  string
	names []string
	usual int // how early it comes where several are meant; -1: a flag, behind the others
}

func (e emoji) name() string { return e.names[0] }

// usualEmojis come before the others where nothing says which is meant.
var usualEmojis = strings.Fields("👍 ❤️ 😂 🎉 😮 😢 👎 🙏 👀 🔥 ✅ 😄 🙂 😉 🤔 😅 😭 👋 👏 🚀")

// emojiTable is what can be typed by name, sorted as it is offered.
type emojiTable struct {
	all    []emoji
	byName map[string]int
	bySign map[string]int // without the sign that asks for colours
}

// emojis makes the table when it is first asked for: most runs never do.
var emojis = sync.OnceValue(func() *emojiTable {
	t := &emojiTable{byName: map[string]int{}, bySign: map[string]int{}}
	for code, sign := range names.CodeMap() {
		name := strings.ToLower(strings.Trim(code, ":"))
		if sign = strings.TrimSpace(sign); strings.Trim(name, emojiLetters) != "" || !session.IsSign(sign) || text.Line(sign) != sign || text.Width(sign) == 0 {
			continue
		}
		key := plainSign(sign)
		i, ok := t.bySign[key]
		if !ok {
			i = len(t.all)
			t.bySign[key] = i
			t.all = append(t.all, emoji{sign: sign})
		}
		e := &t.all[i]
		if len(sign) > len(e.sign) { // the one that asks for colours
			e.sign = sign
		}
		if !slices.Contains(e.names, name) {
			e.names = append(e.names, name)
		}
	}
	for i := range t.all {
		slices.SortFunc(t.all[i].names, betterName)
		if at := slices.Index(usualEmojis, t.all[i].sign); at >= 0 {
			t.all[i].usual = len(usualEmojis) - at
		} else if r, _ := utf8.DecodeRuneInString(t.all[i].sign); unicode.Is(unicode.Regional_Indicator, r) {
			t.all[i].usual = -1
		}
	}
	slices.SortFunc(t.all, betterEmoji)
	for i, e := range t.all {
		t.bySign[plainSign(e.sign)] = i
		for _, n := range e.names {
			t.byName[n] = i
		}
	}
	return t
})

// emojiLetters are what names are written with.
const emojiLetters = "abcdefghijklmnopqrstuvwxyz0123456789_+-"

func plainSign(sign string) string { return strings.ReplaceAll(sign, "\ufe0f", "") }

func betterEmoji(x, y emoji) int {
	return cmp.Or(cmp.Compare(y.usual, x.usual), betterName(x.name(), y.name()))
}

// betterName puts the name first by which people know a sign: a word and not a
// letter or two, short, and neither a country nor a skin tone.
func betterName(x, y string) int {
	rank := func(n string) int {
		switch {
		case toned(n):
			return 3
		case strings.HasPrefix(n, "flag"):
			return 2
		case len(n) < 3 || n[0] < 'a':
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
}

func toned(name string) bool {
	return strings.HasPrefix(name, "tone") || strings.Contains(name, "_tone") || strings.Contains(name, "skin")
}

// findEmojis finds signs by the beginning of a name, or of a word in it, and if
// that is wished by any part: the whole name first, then those used last. The
// name that was found comes first in each.
func findEmojis(word string, used []string, anywhere bool) (hits []emoji) {
	t := emojis()
	word = strings.ToLower(word)
	taken := map[int]bool{}
	take := func(i int, fits func(string) bool) bool {
		e := t.all[i]
		at := slices.IndexFunc(e.names, fits)
		if at < 0 || taken[i] {
			return false
		}
		taken[i] = true
		if at > 0 && word != "" {
			e.usual = min(e.usual, 0) // who types another name of it means another sign
			e.names = slices.Insert(slices.Delete(slices.Clone(e.names), at, at+1), 0, e.names[at])
		}
		hits = append(hits, e)
		return true
	}
	whole := func(n string) bool { return n == word }
	begins := func(n string) bool { return strings.HasPrefix(n, word) }
	inside := func(n string) bool { return strings.Contains(n, "_"+word) }
	part := func(n string) bool { return anywhere && strings.Contains(n, word) }
	ways := []func(string) bool{begins, inside, part}
	if i, ok := t.byName[word]; ok {
		take(i, whole)
	}
	for _, sign := range used {
		if i, ok := t.bySign[plainSign(sign)]; ok {
			_ = take(i, begins) || take(i, inside) || take(i, part)
		}
	}
	for _, fits := range ways {
		from := len(hits)
		for i, e := range t.all {
			if !taken[i] && (!toned(e.name()) || strings.Contains(word, "tone")) {
				take(i, fits)
			}
		}
		slices.SortStableFunc(hits[from:], betterEmoji)
	}
	return hits
}

// emojiName is how a sign is written where it cannot be shown.
func emojiName(sign string) string {
	t := emojis()
	if i, ok := t.bySign[plainSign(sign)]; ok {
		return ":" + t.all[i].name() + ":"
	}
	for _, r := range sign {
		return fmt.Sprintf("U+%04X", r)
	}
	return "?"
}

// emojiNamed finds a sign by its whole name, with or without colons.
func emojiNamed(name string) (string, bool) {
	t := emojis()
	i, ok := t.byName[strings.ToLower(strings.Trim(name, ":"))]
	if !ok {
		return "", false
	}
	return t.all[i].sign, true
}

// spell writes signs by their names on a terminal that cannot show them.
func (l *look) spell(s string) string {
	if !l.ascii || !hasSigns(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		c, _, n := cluster(s)
		b.WriteString(spellSign(c))
		s = s[n:]
	}
	return b.String()
}

// spellWords is spell for a text with addresses in it: those stay what they are.
func (l *look) spellWords(s string) string {
	if !l.ascii || !hasSigns(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		n := strings.IndexAny(s, " \n") + 1
		if n == 0 {
			n = len(s)
		}
		if strings.Contains(s[:n], "://") {
			b.WriteString(s[:n])
		} else {
			b.WriteString(l.spell(s[:n]))
		}
		s = s[n:]
	}
	return b.String()
}

// spellSign gives the name of one sign, or what it was given.
func spellSign(c string) string {
	if !hasSigns(c) {
		return c
	}
	if i, ok := emojis().bySign[plainSign(c)]; ok {
		return ":" + emojis().all[i].name() + ":"
	}
	return c
}

// hasSigns says whether anything in a text may be an emoji.
func hasSigns(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x203c && !unicode.IsLetter(r) || r == 0x20e3 }) >= 0
}

// emojiWord finds the name that is being typed before the cursor: the word from
// its colon on. Not after a letter or a digit: 12:30, http://, std::vector.
func emojiWord(word string) (name string, start int, ok bool) {
	whole := strings.TrimSuffix(word, ":")
	start = strings.LastIndexByte(whole, ':')
	if start < 0 {
		return "", 0, false
	}
	name = strings.ToLower(whole[start+1:])
	before, _ := utf8.DecodeLastRuneInString(whole[:start])
	if name == "" || strings.Trim(name, emojiLetters) != "" || start > 0 && (before == ':' || before == '/' || unicode.IsLetter(before) || unicode.IsDigit(before)) {
		return "", 0, false
	}
	return name, start, true
}

// emojiItems are the signs that a word can become; whole: the name is closed by
// a colon, so that no other is meant.
func (a *App) emojiItems(word string) (items []completionItem, start int) {
	name, start, ok := emojiWord(word)
	if !ok {
		return nil, 0
	}
	hits := findEmojis(name, a.signs, false)
	if strings.HasSuffix(word, ":") {
		sign, ok := emojiNamed(name)
		if !ok {
			return nil, 0
		}
		hits = slices.DeleteFunc(hits, func(e emoji) bool { return e.sign != sign })
	}
	for _, e := range hits[:min(len(hits), emojisMax)] {
		i := completionItem{insert: e.sign, label: ":" + e.name() + ":", about: strings.Join(e.names[1:], ", "), sign: e.sign}
		if !a.look.ascii {
			i.label = text.Pad(e.sign, 2) + " " + i.label
		}
		items = append(items, i)
	}
	return items, start
}

const (
	emojisMax = 50
	// emojiSoon is from how many letters on the list is shown without a key.
	emojiSoon = 2
)

// used keeps a sign as the one used last.
func (a *App) used(sign string) {
	a.signs = slices.DeleteFunc(slices.Clone(a.signs), func(s string) bool { return s == sign })
	a.signs = slices.Insert(a.signs, 0, sign)
	a.signs = a.signs[:min(len(a.signs), recentsMax)]
}
