package themes

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/gdamore/tcell/v2"
	"github.com/lucasb-eyer/go-colorful"
)

// look is one style of a theme file.
type look struct {
	Fg    colour `toml:"fg"`
	Bg    colour `toml:"bg"`
	Fg256 colour `toml:"fg256"`
	Bg256 colour `toml:"bg256"`
	Fg16  colour `toml:"fg16"`
	Bg16  colour `toml:"bg16"`
	Attr  []attr `toml:"attr"`
	Mono  []attr `toml:"mono"` // instead of Attr where there are no colours
}

// resolve gives the style for a terminal of so many colours.
func (l *look) resolve(colors int) tcell.Style {
	style := tcell.StyleDefault
	if colors <= 0 {
		set := l.Mono
		if set == nil {
			set = l.Attr
		}
		return with(style, set)
	}
	fg, bg := l.Fg.reduce(colors, l.Fg256, l.Fg16), l.Bg.reduce(colors, l.Bg256, l.Bg16)
	return with(style.Foreground(fg).Background(bg), l.Attr)
}

// with adds attributes.
func with(style tcell.Style, set []attr) tcell.Style {
	for _, a := range set {
		switch a.name {
		case "bold":
			style = style.Bold(true)
		case "dim":
			style = style.Dim(true)
		case "italic":
			style = style.Italic(true)
		case "underline":
			style = style.Underline(true)
		case "reverse":
			style = style.Reverse(true)
		case "blink":
			style = style.Blink(true)
		case "strike":
			style = style.StrikeThrough(true)
		}
	}
	return style
}

// attr is an attribute. It is a struct because the TOML library asks plain strings nothing.
type attr struct{ name string }

// UnmarshalText accepts the names with knows.
func (a *attr) UnmarshalText(text []byte) error {
	switch name := strings.ToLower(string(text)); name {
	case "bold", "dim", "italic", "underline", "reverse", "blink", "strike":
		a.name = name
		return nil
	}
	return &valueError{string(text), "is no attribute; there are bold, dim, italic, underline, reverse, blink, strike"}
}

// colour is a colour of a theme file; the zero value is one that was not given.
type colour struct {
	given bool
	value tcell.Color
}

// UnmarshalText accepts a name, "#rrggbb", a number from 0 to 255, and "default".
func (c *colour) UnmarshalText(text []byte) error {
	s := strings.ToLower(strings.TrimSpace(string(text)))
	c.given = true
	if s == "default" {
		c.value = tcell.ColorDefault
		return nil
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < 256 {
		c.value = tcell.PaletteColor(n)
		return nil
	}
	if strings.HasPrefix(s, "#") && len(s) == 7 {
		if n, err := strconv.ParseUint(s[1:], 16, 32); err == nil {
			c.value = tcell.NewHexColor(int32(n))
			return nil
		}
	} else if named, ok := tcell.ColorNames[s]; ok {
		c.value = named
		return nil
	}
	return &valueError{string(text), "is no colour; use a name, #rrggbb, 0 to 255, or default"}
}

// valueError says what is wrong with a value of the file.
type valueError struct{ text, wrong string }

func (e *valueError) Error() string { return fmt.Sprintf("%q %s", e.text, e.wrong) }

// reduce picks what a terminal of so many colours shows.
func (c colour) reduce(colors int, c256, c16 colour) tcell.Color {
	switch {
	case colors >= 1<<24:
		return c.value
	case colors >= 256:
		if c256.given {
			return c256.value
		}
		return nearest(c.value, cube)
	}
	pick := c.value
	if c16.given {
		pick = c16.value
	}
	pick = nearest(pick, ansi)
	if colors < 16 && pick >= tcell.PaletteColor(8) && pick <= tcell.PaletteColor(15) {
		if pick == tcell.PaletteColor(8) { // bright black would become black on black
			return tcell.ColorDefault
		}
		pick -= 8
	}
	return pick
}

var (
	// cube are the 240 colours that look the same everywhere.
	cube = paletteRange(16, 256)
	// ansi are the 16 that the user's terminal defines.
	ansi = paletteRange(0, 16)
)

func paletteRange(from, to int) []tcell.Color {
	list := make([]tcell.Color, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, tcell.PaletteColor(i))
	}
	return list
}

// nearest gives the most alike colour of a list; the terminal's own colours stay, if the list has room for them.
func nearest(c tcell.Color, list []tcell.Color) tcell.Color {
	switch {
	case !c.Valid():
		return c
	case !c.IsRGB() && c < tcell.PaletteColor(16):
		return c
	case !c.IsRGB() && len(list) == len(cube) && c <= tcell.PaletteColor(255):
		return c
	}
	return closest(c, list)
}

// lab is a colour where distances are what the eye sees.
type lab [3]float64

func labOf(c tcell.Color) lab {
	r, g, b := c.RGB()
	l, a, bb := colorful.Color{R: float64(r) / 255, G: float64(g) / 255, B: float64(b) / 255}.Lab()
	return lab{l, a, bb}
}

// cubeLabs are those of cube: to make them anew for each colour of a theme, as
// tcell.FindColor does, takes a tenth of the start of the program.
var cubeLabs = sync.OnceValue(func() []lab { return labsOf(cube) })

func labsOf(list []tcell.Color) []lab {
	labs := make([]lab, len(list))
	for i, c := range list {
		labs[i] = labOf(c)
	}
	return labs
}

// closest is tcell.FindColor.
func closest(c tcell.Color, list []tcell.Color) tcell.Color {
	var labs []lab
	if len(list) == len(cube) {
		labs = cubeLabs()
	} else {
		labs = labsOf(list)
	}
	want := labOf(c)
	best, at := math.Inf(1), 0
	for i, l := range labs {
		d := (l[0]-want[0])*(l[0]-want[0]) + (l[1]-want[1])*(l[1]-want[1]) + (l[2]-want[2])*(l[2]-want[2])
		if d < best {
			best, at = d, i
		}
	}
	return list[at]
}
