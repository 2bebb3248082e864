package wire

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

var (
	errPasswordEmpty = errors.New("password is empty")
	errPasswordBytes = errors.New("password is not UTF-8")
	errPasswordChar  = errors.New("password holds a character that cannot be used in one")
	errPasswordBidi  = errors.New("password mixes writing directions in a way that cannot be used")
)

// PreparePassword is a password in the form of which keys are made and which an
// account is given (RFC 4013). Its errors say what is wrong, not with which.
func PreparePassword(s string) (string, error) { return saslprep(s) }

// saslprep brings a password into the form of which both sides make the same
// keys (RFC 4013; RFC 5802 §2.2). Without it "é" typed on two keyboards is two
// passwords. The tables are those of RFC 3454 which RFC 4013 names.
func saslprep(s string) (string, error) {
	if s == "" {
		return "", errPasswordEmpty
	}
	if !utf8.ValidString(s) {
		return "", errPasswordBytes
	}
	mapped := strings.Map(func(r rune) rune {
		switch {
		case r != ' ' && unicode.Is(unicode.Zs, r), r == 0x200B:
			return ' ' // §2.1, table C.1.2
		case mappedToNothing(r):
			return -1 // table B.1
		}
		return r
	}, s)
	out := norm.NFKC.String(mapped) // §2.2
	if out == "" {
		return "", errPasswordEmpty
	}
	for _, r := range out {
		if prohibited(r) {
			return "", errPasswordChar
		}
	}
	if !bidiAllowed(out) {
		return "", errPasswordBidi
	}
	return out, nil
}

// mappedToNothing is table B.1 of RFC 3454.
func mappedToNothing(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x034F, r == 0x1806, 0x180B <= r && r <= 0x180D, r == 0x200C, r == 0x200D, r == 0x2060,
		0xFE00 <= r && r <= 0xFE0F, r == 0xFEFF:
		return true
	}
	return false
}

// prohibited is RFC 4013 §2.3.
func prohibited(r rune) bool {
	switch {
	case r != ' ' && unicode.Is(unicode.Zs, r), // C.1.2
		unicode.IsControl(r),                           // C.2.1, C.2.2
		unicode.Is(unicode.Co, r),                      // C.3
		0xFDD0 <= r && r <= 0xFDEF, r&0xFFFE == 0xFFFE, // C.4
		0xFFF9 <= r && r <= 0xFFFD,                                                                                 // C.2.2, C.6
		0x2FF0 <= r && r <= 0x2FFB,                                                                                 // C.7
		r == 0x0340, r == 0x0341, r == 0x200E, r == 0x200F, 0x202A <= r && r <= 0x202E, 0x206A <= r && r <= 0x206F, // C.8
		r == 0x06DD, r == 0x070F, r == 0x180E, r == 0x2028, r == 0x2029, 0x2061 <= r && r <= 0x2063, 0x1D173 <= r && r <= 0x1D17A, // C.2.2
		r == 0xE0001, 0xE0020 <= r && r <= 0xE007F: // C.9
		return true
	}
	return false
}

// bidiAllowed is RFC 3454 §6.
func bidiAllowed(s string) bool {
	rtl, ltr := false, false
	for i := 0; i < len(s); {
		p, n := bidi.LookupString(s[i:])
		switch p.Class() {
		case bidi.R, bidi.AL:
			rtl = true
		case bidi.L:
			ltr = true
		}
		i += max(n, 1)
	}
	if !rtl {
		return true
	}
	isRTL := func(s string) bool {
		p, _ := bidi.LookupString(s)
		return p.Class() == bidi.R || p.Class() == bidi.AL
	}
	_, last := utf8.DecodeLastRuneInString(s)
	return !ltr && isRTL(s) && isRTL(s[len(s)-last:])
}
