package web

import (
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	nameBytes = 120 // of a file's name
	extBytes  = 16  // of what stands behind its last dot, with it
)

// SafeName makes of what a sender calls a file a name that stays below the folder
// where it is saved, shows what it is, and means nothing to any system: the last
// part of a path; no control, no invisible or turning character; no dot or dash at
// its start; none of the names that Windows keeps for devices. Without a name the
// address gives one, else it is "file" with the ending of its media type.
func SafeName(name, address, mediaType string) string {
	if name = clean(name); name == "" {
		if u, err := url.Parse(address); err == nil {
			name = clean(path.Base(u.Path))
		}
	}
	if name == "" {
		name = "file" + ending(mediaType)
	}
	return name
}

// ending is the usual end of the names of a media type, "" where there is none.
func ending(mediaType string) string {
	for _, e := range []string{".jpg", ".txt", ".mp4", ".ogg", ".html"} { // the first of many is a rare one
		if t, _, _ := mime.ParseMediaType(mime.TypeByExtension(e)); t != "" && t == mediaType {
			return e
		}
	}
	if list, err := mime.ExtensionsByType(mediaType); err == nil && len(list) > 0 && len(list[0]) <= extBytes && clean("x"+list[0]) == "x"+list[0] {
		return list[0]
	}
	return ""
}

var reserved = []string{"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com0",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt0", "conin$", "conout$"}

// clean is a name without what no name may have; "": nothing is left.
func clean(s string) string {
	if len(s) > 16*nameBytes {
		s = s[len(s)-16*nameBytes:]
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r), unicode.IsControl(r), r >= 0xe0000:
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsGraphic(r):
			return r
		}
		return -1
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	s = strings.TrimLeft(s, ".-~ ")
	s = strings.TrimRight(s, ". ")
	stem, ext := split(s)
	for room := nameBytes - len(ext); len(stem) > room; {
		_, n := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-n]
	}
	stem = strings.TrimRight(stem, ". ")
	if stem == "" {
		return ""
	}
	first, _, _ := strings.Cut(stem, ".")
	if slices.Contains(reserved, strings.ToLower(strings.TrimSpace(first))) {
		stem = "_" + stem
	}
	return stem + ext
}

// split takes the ending off a name.
func split(name string) (stem, ext string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= extBytes {
		return name[:i], name[i:]
	}
	return name, ""
}
