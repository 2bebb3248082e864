package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"sotto/ui/text"
)

// field is a line of text that is typed into a dialog.
type field struct {
	s      string
	at     int // byte position of the cursor
	secret bool
}

func (f *field) text() string { return f.s }

func (f *field) set(s string) { f.s, f.at = s, len(s) }

func (f *field) insert(s string) {
	f.s = f.s[:f.at] + s + f.s[f.at:]
	f.at += len(s)
}

// key edits; false: the key means nothing to a field.
func (f *field) key(ev *tcell.EventKey) bool {
	if typed(ev) {
		f.insert(string(ev.Rune()))
		return true
	}
	switch keyName(ev) {
	case "Left", "Ctrl-B":
		f.at -= len(lastCluster(f.s[:f.at]))
	case "Right", "Ctrl-F":
		f.at += len(firstCluster(f.s[f.at:]))
	case "Home", "Ctrl-A":
		f.at = 0
	case "End", "Ctrl-E":
		f.at = len(f.s)
	case "Backspace":
		n := len(lastCluster(f.s[:f.at]))
		f.s = f.s[:f.at-n] + f.s[f.at:]
		f.at -= n
	case "Delete", "Ctrl-D":
		f.s = f.s[:f.at] + f.s[f.at+len(firstCluster(f.s[f.at:])):]
	case "Ctrl-U":
		f.s, f.at = f.s[f.at:], 0
	case "Ctrl-K":
		f.s = f.s[:f.at]
	case "Ctrl-W":
		cut := strings.LastIndexByte(strings.TrimRight(f.s[:f.at], " "), ' ') + 1
		f.s = f.s[:cut] + f.s[f.at:]
		f.at = cut
	default:
		return false
	}
	return true
}

// draw shows the end of what does not fit, and the cursor.
func (f *field) draw(s tcell.Screen, r rect, style tcell.Style) {
	shown, before := f.s, f.s[:f.at]
	if f.secret {
		shown = strings.Repeat("*", uniseg.GraphemeClusterCount(f.s))
		before = strings.Repeat("*", uniseg.GraphemeClusterCount(before))
	}
	for text.Width(before) >= r.w && before != "" {
		n := len(firstCluster(before))
		before, shown = before[n:], shown[n:]
	}
	fill(s, r, style)
	put(s, r.x, r.y, r.w, shown, style)
	s.ShowCursor(r.x+text.Width(before), r.y)
}

func firstCluster(s string) string {
	c, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	return c
}

func lastCluster(s string) string {
	last, state := "", -1
	for s != "" {
		last, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
	}
	return last
}
