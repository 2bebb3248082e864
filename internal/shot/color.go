package shot

import (
	"image/color"
	"strconv"
	"strings"
)

// The terminal that the pictures are of.
var (
	paper = color.RGBA{0x17, 0x1a, 0x1f, 0xff}
	ink   = color.RGBA{0xd5, 0xd8, 0xdc, 0xff}
)

// sixteen are the colours that a terminal names itself.
var sixteen = [16]color.RGBA{
	{0x24, 0x28, 0x2f, 0xff}, {0xe0, 0x6c, 0x75, 0xff}, {0x98, 0xc3, 0x79, 0xff}, {0xd1, 0x9a, 0x66, 0xff},
	{0x61, 0xaf, 0xef, 0xff}, {0xc6, 0x78, 0xdd, 0xff}, {0x56, 0xb6, 0xc2, 0xff}, {0xab, 0xb2, 0xbf, 0xff},
	{0x5c, 0x63, 0x70, 0xff}, {0xff, 0x7b, 0x86, 0xff}, {0xb5, 0xe0, 0x90, 0xff}, {0xe5, 0xc0, 0x7b, 0xff},
	{0x7c, 0xc4, 0xff, 0xff}, {0xe0, 0x90, 0xf5, 0xff}, {0x70, 0xd5, 0xe0, 0xff}, {0xff, 0xff, 0xff, 0xff},
}

// colourOf reads the parameters of SGR 38 and 48: "5;n" or "2;r;g;b".
func colourOf(s string, otherwise color.RGBA) color.RGBA {
	var n []int
	for part := range strings.SplitSeq(s, ";") {
		v, err := strconv.Atoi(part)
		if err != nil || v < 0 || v > 255 {
			return otherwise
		}
		n = append(n, v)
	}
	switch {
	case len(n) == 4 && n[0] == 2:
		return color.RGBA{uint8(n[1]), uint8(n[2]), uint8(n[3]), 0xff} //nolint:gosec // checked above
	case len(n) != 2 || n[0] != 5:
		return otherwise
	}
	switch at := n[1]; {
	case at < 16:
		return sixteen[at]
	case at < 232: // the cube
		step := func(v int) uint8 {
			if v == 0 {
				return 0
			}
			return uint8(55 + 40*v) //nolint:gosec // at most 255
		}
		at -= 16
		return color.RGBA{step(at / 36), step(at / 6 % 6), step(at % 6), 0xff}
	default: // the greys
		v := uint8(8 + 10*(at-232)) //nolint:gosec // at most 238
		return color.RGBA{v, v, v, 0xff}
	}
}

// between mixes two colours half and half.
func between(a, b color.RGBA) color.RGBA {
	mix := func(x, y uint8) uint8 { return uint8((int(x) + int(y)) / 2) } //nolint:gosec // at most 255
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}
