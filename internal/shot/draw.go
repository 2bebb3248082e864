package shot

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"sotto/ui/screen/vt"
)

// Font is what cells are drawn with.
type Font struct {
	faces  [4]font.Face // regular, bold, italic, both
	others []font.Face  // for what those lack, in turn
	signs  []font.Face  // the same for wide cells, smaller, the last font first
	w, h   int          // of a cell
	base   int          // from its top to the line that letters stand on
}

// NewFont makes a font of so many pixels. others are TrueType files for glyphs
// that the Go fonts do not have; one that is not there is an error.
func NewFont(size float64, others ...string) (*Font, error) {
	f := &Font{}
	load := func(ttf []byte, size float64) (font.Face, error) {
		parsed, err := opentype.Parse(ttf)
		if err != nil {
			return nil, err
		}
		return opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	}
	var err error
	for i, ttf := range [][]byte{gomono.TTF, gomonobold.TTF, gomonoitalic.TTF, gomonobolditalic.TTF} {
		if f.faces[i], err = load(ttf, size); err != nil {
			return nil, err
		}
	}
	for _, path := range others {
		ttf, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		face, err := load(ttf, size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		sign, err := load(ttf, size*signSize)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		f.others, f.signs = append(f.others, face), append([]font.Face{sign}, f.signs...)
	}
	advance, _ := f.faces[0].GlyphAdvance('M')
	m := f.faces[0].Metrics()
	f.w, f.base = advance.Round(), m.Ascent.Ceil()
	f.h = f.base + m.Descent.Ceil()
	return f, nil
}

// signSize is how much of the size signs have in wide cells: those of most fonts
// are higher than a row.
const signSize = 0.85

// margin is what stands around the cells, in pixels.
const margin = 12

// Draw paints what a terminal shows. A character that no font has is an error
// that names it.
func (f *Font) Draw(t *vt.Terminal) (*image.RGBA, error) {
	img := image.NewRGBA(image.Rect(0, 0, t.W*f.w+2*margin, t.H*f.h+2*margin))
	draw.Draw(img, img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	missing := map[string]bool{}
	for y := range t.H {
		for x := range t.W {
			c := t.At(x, y)
			if c.Width == 0 {
				continue
			}
			r := image.Rect(margin+x*f.w, margin+y*f.h, margin+(x+c.Width)*f.w, margin+(y+1)*f.h)
			fg, bg := look(c.Style)
			if t.Visible && x == t.X && y == t.Y {
				fg, bg = bg, fg
			}
			if bg != paper {
				draw.Draw(img, r, image.NewUniform(bg), image.Point{}, draw.Src)
			}
			if !f.cell(img, r, c, fg) {
				missing[c.Text] = true
			}
			if c.Style.Underline != "" {
				draw.Draw(img, image.Rect(r.Min.X, r.Min.Y+f.base+2, r.Max.X, r.Min.Y+f.base+3), image.NewUniform(fg), image.Point{}, draw.Src)
			}
		}
	}
	if len(missing) > 0 {
		var all []string
		for s := range missing {
			all = append(all, fmt.Sprintf("%s %+q", s, s))
		}
		return nil, fmt.Errorf("no font has %s", strings.Join(all, ", "))
	}
	return img, nil
}

// look gives the colours of a style.
func look(s vt.Style) (fg, bg color.RGBA) {
	fg, bg = colourOf(s.Fg, ink), colourOf(s.Bg, paper)
	if s.Reverse {
		fg, bg = bg, fg
	}
	if s.Dim {
		fg = between(fg, bg)
	}
	return fg, bg
}

// cell draws the text of a cell; false: no font has it.
func (f *Font) cell(img draw.Image, r image.Rectangle, c vt.Cell, fg color.RGBA) bool {
	if f.line(img, r, c.Text, fg) {
		return true
	}
	at := 0
	if c.Style.Bold {
		at |= 1
	}
	if c.Style.Italic {
		at |= 2
	}
	faces := append([]font.Face{f.faces[at]}, f.others...)
	if c.Width == 2 {
		faces = append([]font.Face{f.faces[at]}, f.signs...)
	}
	for _, char := range c.Text {
		if char == ' ' || char == 0xfe0f || char == 0xfe0e {
			continue
		}
		drawn := false
		for _, face := range faces {
			bounds, advance, ok := face.GlyphBounds(char)
			if !ok {
				continue
			}
			// In the middle of its cells, whatever the font thinks of its width.
			x, y := fixed.I(r.Min.X), fixed.I(r.Min.Y+f.base)
			if room := fixed.I(r.Dx()); advance != room && face != faces[0] {
				x += (room - (bounds.Max.X - bounds.Min.X)) / 2
				x -= bounds.Min.X
				if c.Width == 2 {
					y = fixed.I(r.Min.Y) + (fixed.I(f.h)-(bounds.Max.Y-bounds.Min.Y))/2 - bounds.Min.Y
				}
			}
			d := font.Drawer{Dst: img, Src: image.NewUniform(fg), Face: face, Dot: fixed.Point26_6{X: x, Y: y}}
			d.DrawString(string(char))
			drawn = true
			break
		}
		if !drawn {
			return false
		}
	}
	return true
}

// line draws the lines between panes and around boxes, which must meet from cell
// to cell; false: it is none.
func (f *Font) line(img draw.Image, r image.Rectangle, text string, fg color.RGBA) bool {
	const up, down, left, right = 1, 2, 4, 8
	arms, ok := map[string]int{"─": left | right, "│": up | down, "┌": right | down, "┐": left | down, "└": right | up, "┘": left | up,
		"┴": left | right | up, "┬": left | right | down, "├": up | down | right, "┤": up | down | left, "┼": up | down | left | right}[text]
	if !ok {
		return false
	}
	x, y := (r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2
	bar := func(on int, b image.Rectangle) {
		if arms&on != 0 {
			draw.Draw(img, b, image.NewUniform(fg), image.Point{}, draw.Src)
		}
	}
	bar(up, image.Rect(x, r.Min.Y, x+1, y+1))
	bar(down, image.Rect(x, y, x+1, r.Max.Y))
	bar(left, image.Rect(r.Min.X, y, x+1, y+1))
	bar(right, image.Rect(x, y, r.Max.X, y+1))
	return true
}

// Few gives a picture as one of at most 256 colours, which takes a third of the
// bytes: the shades at the edges of letters are rounded. One with more stays as
// it is.
func Few(img *image.RGBA) image.Image {
	for _, mask := range []uint8{0xff, 0xfc, 0xf8, 0xf0, 0xe0} {
		var palette color.Palette
		at := map[color.RGBA]uint8{}
		out := image.NewPaletted(img.Bounds(), nil)
		fits := true
		for i := 0; fits && i < len(out.Pix); i++ {
			p := img.Pix[4*i : 4*i+3]
			c := color.RGBA{p[0], p[1], p[2], 0xff}
			if c != paper {
				c = color.RGBA{p[0] & mask, p[1] & mask, p[2] & mask, 0xff}
			}
			n, known := at[c]
			if !known {
				if fits = len(palette) < 256; !fits {
					break
				}
				n = uint8(len(palette)) //nolint:gosec // below 256
				at[c], palette = n, append(palette, c)
			}
			out.Pix[i] = n
		}
		if fits {
			out.Palette = palette
			return out
		}
	}
	return img
}
