package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// confusables are the signs of other alphabets that are taken for a Latin letter,
// by that letter: the common ones of Cyrillic, Greek, Armenian, Cherokee and of
// the phonetic letters, after confusables.txt of UTS 39. Full-width, mathematical
// and circled letters need no row: their compatibility form is the letter.
var confusables = map[string]string{
	"a": "аɑαΑАᎪ", "b": "ЬВΒвЪᏴƄ", "c": "сϲСϹⅽᏟᴄ", "d": "ԁɗժᎠḍ", "e": "еЕΕҽєЄɛᎬ", "f": "ϝſƒ", "g": "ɡԍց",
	"h": "һнНΗᎻհ", "j": "јЈϳᎫ", "k": "кКκΚᏦ", "l": "ІіӀӏΙιıɩɪᏆ|", "m": "мМΜᎷ", "n": "ոռηΝпɴ",
	"o": "оОοΟσօՕ", "p": "рРρΡᏢ", "q": "ԛզ", "r": "гᴦᎡɾ", "s": "ѕЅꜱᏚտ", "t": "тТτΤᎢ", "u": "υսцᴜʋ",
	"v": "νѵѴᏙᴠ", "w": "ԝшωѡᎳᴡ", "x": "хХχΧ", "y": "уУγΥүҮყʏ", "z": "ᴢΖᏃ",
	"3": "зЗэЭʒ", "6": "бᏮ", "4": "Ч",
}

// latin is confusables the other way round.
var latin = func() map[rune]rune {
	all := map[rune]rune{}
	for to, list := range confusables {
		for _, r := range list {
			all[r] = rune(to[0])
		}
	}
	return all
}()

// alike are Latin letters and digits that are taken for one another; what stands
// for two is matched first.
var alike = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "0", "o", "1", "l", "i", "l", "5", "s")

// Skeleton gives names that look alike the same form (UTS 39 §4): without what is
// invisible, without accents, spaces and case, with the look-alikes of other
// alphabets and of digits as Latin letters. It is for comparing only. Empty:
// there is nothing to be seen in it.
func Skeleton(s string) string {
	if !plain(s) {
		var b strings.Builder
		for _, r := range norm.NFKD.String(s) {
			switch {
			case bidi(r), invisible(r), r == 0x200c, r == 0x200d, r >= 0x300 && r <= 0x36f, r >= 0xfe00 && r <= 0xfe0f, unicode.IsControl(r), unicode.IsSpace(r):
			default:
				if to, ok := latin[r]; ok {
					r = to
				}
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	s = strings.ReplaceAll(strings.ToLower(s), " ", "")
	return alike.Replace(s)
}
