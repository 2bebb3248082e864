package themes

import (
	"crypto/sha1"
	"math"

	"github.com/gdamore/tcell/v2"
	"github.com/lucasb-eyer/go-colorful"
)

// hue gives the angle of a text in degrees, the same in all clients (XEP-0392 §5.1): the first two bytes of its SHA-1, the first
// being the less significant.
func hue(text string) float64 {
	sum := sha1.Sum([]byte(text))
	return float64(uint16(sum[0])|uint16(sum[1])<<8) / 65536 * 360
}

// NickColor gives the colour of a nick, or of whatever stands for a person: the same person has the same hue in every client that
// follows XEP-0392. On poor terminals several share one; without colours it is the default.
func (p *Palette) NickColor(nick string) tcell.Color {
	angle := hue(nick)
	switch {
	case p.colors <= 0:
		return tcell.ColorDefault
	case p.colors < 256:
		return p.nearestHue(angle)
	}
	r, g, b := colorful.HSLuv(angle, p.nicks.Saturation/100, p.nicks.Lightness/100).Clamped().RGB255()
	c := tcell.NewRGBColor(int32(r), int32(g), int32(b))
	if p.colors < 1<<24 {
		return tcell.FindColor(c, cube)
	}
	return c
}

// nearestHue picks one of the six colours of a 16-colour terminal by its angle: the bright ones on dark terminals, the dark ones on
// light terminals, and the only ones there are on a terminal with eight. Blue is left out on those: it is unreadable on black.
func (p *Palette) nearestHue(angle float64) tcell.Color {
	best, distance := 1, 360.0
	for i, at := range []float64{12, 128, 86, 266, 308, 192} { // HSLuv angles of red, green, yellow, blue, magenta, cyan
		if i == 3 && p.colors < 16 && !p.light {
			continue
		}
		d := math.Abs(angle - at)
		if d = min(d, 360-d); d < distance {
			best, distance = i+1, d
		}
	}
	if p.colors >= 16 && !p.light {
		best += 8
	}
	return tcell.PaletteColor(best)
}
