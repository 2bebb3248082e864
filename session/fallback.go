package session

import (
	"slices"
	"strconv"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// rangesMax is how many parts of a body may be marked as a fallback.
const rangesMax = 8

// fallback tells which part of a body is there only for programs that do not
// know what the namespace stands for (XEP-0428), and what is left without it.
// Parts are counted in characters of the body as it came (XEP-0426 §3). What does
// not lie inside the body is no part.
func fallback(e *wire.Element, namespace, body string) (rest, cut string) {
	var parts [][2]int
	chars := []rune(body)
	for _, f := range e.Children {
		if f.Local != "fallback" || f.Space != nsFallback && f.Space != nsFallback0 || f.Attr("for") != namespace {
			continue
		}
		if len(f.Children) == 0 {
			return "", body
		}
		for b := range f.All(f.Space, "body") {
			from, to := b.Attr("start"), b.Attr("end")
			if from == "" && to == "" {
				return "", body
			}
			if len(parts) >= rangesMax {
				break
			}
			first, err1 := strconv.Atoi(from)
			end, err2 := strconv.Atoi(to)
			if err1 == nil && err2 == nil && first >= 0 && first < end && end <= len(chars) {
				parts = append(parts, [2]int{first, end})
			}
		}
	}
	slices.SortFunc(parts, func(a, b [2]int) int { return a[0] - b[0] })
	var kept, gone strings.Builder
	at := 0
	for _, p := range parts {
		if p[0] < at {
			continue // they overlap
		}
		kept.WriteString(string(chars[at:p[0]]))
		gone.WriteString(string(chars[p[0]:p[1]]))
		at = p[1]
	}
	kept.WriteString(string(chars[at:]))
	return kept.String(), gone.String()
}

// quoted is what a fallback quotes: without the signs of a quote, on one line.
func quoted(cut string) string {
	var words []string
	for line := range strings.Lines(cut) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), ">"))
		if line != "" {
			words = append(words, line)
		}
	}
	return clip(strings.Join(words, " "), quoteMax)
}

// quoteMax bounds what is kept of a quote, bytes.
const quoteMax = 400

// readReply reads what a message answers (XEP-0461), and takes the quote for
// programs that do not know it off the body.
func (l *loop) readReply(e *wire.Element, room string, a *store.Arrival) {
	c := e.Child(nsReply, "reply")
	ref := c.Attr("id")
	if c == nil || ref == "" || len(ref) > 256 || a.Body == "" {
		return
	}
	a.Reply = &store.Reply{Ref: ref, RefBy: room}
	rest, cut := fallback(e, nsReply, l.bestText(e, "body"))
	rest = clip(strings.Trim(rest, "\r\n"), bodyMax)
	if cut == "" || strings.TrimSpace(rest) == "" {
		return
	}
	a.Body, a.Reply.Quote = rest, quoted(cut)
}
