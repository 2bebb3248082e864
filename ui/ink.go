package ui

import (
	"github.com/gdamore/tcell/v2"

	"sotto/themes"
)

// ink keeps the colours of nicks: finding one is slow, and there are few.
type ink struct {
	styles  map[string]tcell.Style
	palette themes.Palette
}

const inkMax = 4096

// refresh forgets the colours when the theme was changed.
func (k *ink) refresh(p *themes.Palette) {
	if k.styles == nil || k.palette != *p || len(k.styles) > inkMax {
		k.styles, k.palette = map[string]tcell.Style{}, *p
	}
}

// of is the style of a nick. Call refresh before, once a frame.
func (k *ink) of(nick string) tcell.Style {
	s, ok := k.styles[nick]
	if !ok {
		s = k.palette.PeerNick.Foreground(k.palette.NickColor(nick))
		k.styles[nick] = s
	}
	return s
}
