package session

import (
	"strings"

	"sotto/session/wire"
)

// Words in several languages: RFC 6121 §5.2.3 (bodies), §4.7.2.2 (the text of a
// presence), chosen by what the user reads with the lookup of RFC 4647 §3.4.

// languagesMax bounds how many languages a user reads, and how many texts of a
// stanza are looked at.
const languagesMax = 32

// LocaleLanguages are the languages of a locale, the first one that is set of
// LC_ALL, LC_MESSAGES and LANG, such as de_CH.UTF-8. C and POSIX are none.
func LocaleLanguages(values ...string) []string {
	for _, v := range values {
		if v == "" {
			continue
		}
		v, _, _ = strings.Cut(v, ".")
		v, _, _ = strings.Cut(v, "@")
		if v = strings.ReplaceAll(v, "_", "-"); v != "C" && v != "POSIX" && wellFormed(v) {
			return []string{v}
		}
		return nil
	}
	return nil
}

// ranges splits a setting such as "de-CH, en" into language ranges.
func ranges(setting string) (all []string) {
	for word := range strings.FieldsFuncSeq(setting, func(r rune) bool { return r == ',' || r == ' ' }) {
		if wellFormed(word) && len(all) < languagesMax {
			all = append(all, word)
		}
	}
	return all
}

// wellFormed says whether a word could be a language tag (RFC 5646 §2.1), as far
// as lookup is concerned.
func wellFormed(tag string) bool {
	if len(tag) > 35 {
		return false
	}
	for i, part := range strings.Split(tag, "-") {
		if part == "" || len(part) > 8 || i == 0 && strings.ContainsAny(part, "0123456789") {
			return false
		}
		for _, r := range part {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
				return false
			}
		}
	}
	return true
}

// lookup finds the tag that fits what the user reads: the first range that any
// tag is, made shorter from its end (RFC 4647 §3.4); -1: none.
func lookup(ranges, tags []string) int {
	for _, r := range ranges {
		for r != "" {
			for i, tag := range tags {
				if tag != "" && strings.EqualFold(tag, r) {
					return i
				}
			}
			r = r[:max(0, strings.LastIndexByte(r, '-'))]
			if at := strings.LastIndexByte(r, '-'); at == len(r)-2 && len(r) > 1 {
				r = r[:max(0, at)] // what a single letter introduces is gone with it
			}
		}
	}
	return -1
}

// textOf picks among the texts of one name the one that the user reads, with its
// language; without one the text that has none, else the first.
func (l *loop) textOf(e *wire.Element, local string) (text, lang string) {
	return l.textIn(e, wire.NSClient, local)
}

// textIn is textOf for elements of another namespace.
func (l *loop) textIn(e *wire.Element, space, local string) (text, lang string) {
	var one *wire.Element // as nearly always
	var texts []*wire.Element
	for c := range e.All(space, local) {
		if one == nil {
			one = c
			continue
		}
		if texts == nil {
			texts = append(texts, one)
		}
		if texts = append(texts, c); len(texts) == languagesMax {
			break
		}
	}
	switch {
	case one == nil:
		return "", e.Lang()
	case texts == nil:
		return one.Text, tagOf(one, e)
	}
	tags := make([]string, len(texts))
	for i, c := range texts {
		tags[i] = tagOf(c, e)
	}
	at := lookup(l.languages(), tags)
	for i := 0; at < 0 && i < len(texts); i++ {
		if texts[i].Lang() == "" {
			at = i
		}
	}
	at = max(0, at)
	return texts[at].Text, tags[at]
}

// sameBody is what a message in several languages is known by, whichever of them
// was chosen: the setting may be another one when the archive tells it again.
func sameBody(e *wire.Element) []byte {
	var first, plain *wire.Element
	several := false
	for c := range e.All(wire.NSClient, "body") {
		several = several || first != nil
		if first == nil {
			first = c
		}
		if plain == nil && c.Lang() == "" {
			plain = c
		}
	}
	switch {
	case !several:
		return nil
	case plain == nil:
		plain = first
	}
	return []byte(clip(strings.TrimRight(plain.Text, "\r\n"), bodyMax))
}

// tagOf is the language of a part of a stanza: its own, else the stanza's (XML §2.12).
func tagOf(part, stanza *wire.Element) string {
	if lang := part.Lang(); lang != "" {
		return lang
	}
	return stanza.Lang()
}

// bestText is the text of textOf alone.
func (l *loop) bestText(e *wire.Element, local string) string {
	text, _ := l.textOf(e, local)
	return text
}

// languages are what the user reads, the best first: the setting, else the locale's.
func (l *loop) languages() []string {
	if set := l.c.Settings().Languages; set != "" {
		return ranges(set)
	}
	return l.c.opt.Languages
}
