package text

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Width is how many columns a text without breaks takes.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	w, state := 0, -1
	for s != "" {
		var c int
		_, s, c, state = uniseg.FirstGraphemeClusterInString(s, state)
		w += c
	}
	return w
}

// Fit cuts a text without breaks to at most width columns, with an ellipsis
// where something was cut.
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if len(s) <= width && plain(s) || Width(s) <= width {
		return s
	}
	w, rest, state := 0, s, -1
	for rest != "" {
		_, next, c, st := uniseg.FirstGraphemeClusterInString(rest, state)
		if w+c > width-1 {
			break
		}
		w, rest, state = w+c, next, st
	}
	return s[:len(s)-len(rest)] + "…"
}

// Pad fills a text with spaces to exactly width columns, or fits it.
func Pad(s string, width int) string {
	s = Fit(s, width)
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// Wrap breaks a text into lines of at most width columns, at spaces where it
// can. Nothing of it is lost but the space at which a line was broken. A
// cluster wider than width stands alone. It never returns no line.
func Wrap(s string, width int) []string {
	width = max(width, 1)
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		lines = wrapLine(lines, para, width)
	}
	return lines
}

func wrapLine(lines []string, s string, width int) []string {
	if len(s) <= width && plain(s) {
		return append(lines, s)
	}
	start, at, w := 0, 0, 0      // the line so far: s[start:at], w columns
	breakAt, breakNext := -1, -1 // the last space in it, and behind it
	rest, state := s, -1
	for rest != "" {
		cluster, next, c, st := uniseg.FirstGraphemeClusterInString(rest, state)
		if w+c > width && at > start {
			switch {
			case cluster == " ":
				lines = append(lines, s[start:at])
				at++
				start, w, breakAt = at, 0, -1
				rest, state = next, st
				continue
			case breakAt > start:
				lines = append(lines, s[start:breakAt])
				start = breakNext
				w = Width(s[start:at])
			default:
				lines = append(lines, s[start:at])
				start, w = at, 0
			}
			breakAt = -1
			continue
		}
		if cluster == " " {
			breakAt, breakNext = at, at+1
		}
		w, at = w+c, at+len(cluster)
		rest, state = next, st
	}
	return append(lines, s[start:])
}
