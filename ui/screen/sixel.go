package screen

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"strconv"

	"golang.org/x/image/draw"
)

// sixelOf makes a sixel picture (DEC STD 070 §9) of a file of PNG, fitted into w by h pixels and not scaled up, with so many colours
// at most, chosen by median cut and dithered. Pixels that are mostly transparent stay what they were (P2=1). nil: it cannot be done in
// SixelBytes, or nothing would be seen.
func sixelOf(file []byte, w, h, colours int) []byte {
	h -= h % 6 // six lines are drawn at once: none may reach into the row of cells below
	c, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || c.Width < 1 || c.Height < 1 || c.Width*c.Height > pixelsMost || w < 1 || h < 6 || w*h > pixelsMost {
		return nil
	}
	from, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	if c.Width*h > c.Height*w {
		h = max(1, c.Height*w/c.Width)
	} else {
		w = max(1, c.Width*h/c.Height)
	}
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(m, m.Bounds(), from, from.Bounds(), draw.Src, nil)
	colours = min(max(colours, 2), 256)
	palette := medianCut(m, colours)
	if len(palette) == 0 {
		return nil // there is nothing to be seen
	}
	return writeSixel(dither(m, palette), w, h, palette)
}

const (
	// pixelsMost bounds a picture before and after scaling.
	pixelsMost = 1 << 20
	// SixelBytes bounds a picture as it is sent.
	SixelBytes = 400 << 10
	// noColour is no colour: the pixel is left alone.
	noColour = -1
)

type rgb [3]uint8

// bin is a colour of five bits each and how often it occurs.
type bin struct {
	c rgb // as it is in the middle of the bin
	n int
}

// medianCut finds at most most colours that stand for those of a picture: the box of colours that is widest, by how many pixels it
// has, is cut into two of the same number of pixels until there are enough.
func medianCut(m *image.NRGBA, most int) []rgb {
	counts := make([]int, 1<<15)
	for i := 0; i < len(m.Pix); i += 4 {
		if m.Pix[i+3] >= 128 {
			counts[int(m.Pix[i]>>3)<<10|int(m.Pix[i+1]>>3)<<5|int(m.Pix[i+2]>>3)]++
		}
	}
	var all []bin
	for i, n := range counts {
		if n > 0 {
			full := func(v int) uint8 { return uint8(v<<3 | v>>2) }
			all = append(all, bin{rgb{full(i >> 10), full(i >> 5 & 31), full(i & 31)}, n})
		}
	}
	if len(all) == 0 {
		return nil
	}
	boxes := [][]bin{all}
	for len(boxes) < most {
		best, axis, most := -1, 0, 0
		for i, b := range boxes {
			if a, width := widest(b); width > 0 && width*pixels(b) > most {
				best, axis, most = i, a, width*pixels(b)
			}
		}
		if best < 0 {
			break
		}
		b := boxes[best]
		slices.SortFunc(b, func(x, y bin) int { return int(x.c[axis]) - int(y.c[axis]) })
		half, at := pixels(b)/2, 0
		for n := b[0].n; n < half && at < len(b)-2; n += b[at].n {
			at++
		}
		boxes[best] = b[:at+1]
		boxes = append(boxes, b[at+1:])
	}
	palette := make([]rgb, len(boxes))
	for i, b := range boxes {
		var sum [3]int
		for _, x := range b {
			for k := range sum {
				sum[k] += int(x.c[k]) * x.n
			}
		}
		n := pixels(b)
		palette[i] = rgb{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n)}
	}
	return palette
}

func pixels(b []bin) (n int) {
	for _, x := range b {
		n += x.n
	}
	return n
}

func widest(b []bin) (axis, width int) {
	lo, hi := b[0].c, b[0].c
	for _, x := range b {
		for k := range x.c {
			lo[k], hi[k] = min(lo[k], x.c[k]), max(hi[k], x.c[k])
		}
	}
	for k := range lo {
		if w := int(hi[k]) - int(lo[k]); w > width {
			axis, width = k, w
		}
	}
	return axis, width
}

// dither gives the colour of each pixel, the nearest one, and hands what it is off to its neighbours (Floyd and Steinberg).
func dither(m *image.NRGBA, palette []rgb) []int16 {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := make([]int16, w*h)
	near := make([]int16, 1<<18) // for colours of six bits; 0: not looked for yet
	row, next := make([][3]int, w+2), make([][3]int, w+2)
	for y := range h {
		for x := range w {
			i := m.PixOffset(x, y)
			if m.Pix[i+3] < 128 {
				out[y*w+x] = noColour
				continue
			}
			var want [3]int
			for k := range want {
				want[k] = min(max(int(m.Pix[i+k])+row[x+1][k]/16, 0), 255)
			}
			at := &near[want[0]>>2<<12|want[1]>>2<<6|want[2]>>2]
			if *at == 0 {
				*at = nearest(want, palette) + 1
			}
			out[y*w+x] = *at - 1
			for k, c := range palette[*at-1] {
				off := want[k] - int(c)
				row[x+2][k] += 7 * off
				next[x][k] += 3 * off
				next[x+1][k] += 5 * off
				next[x+2][k] += off
			}
		}
		row, next = next, row
		clear(next)
	}
	return out
}

func nearest(want [3]int, palette []rgb) (at int16) {
	best := 1 << 30
	for i, c := range palette {
		d := 0
		for k, weight := range [3]int{3, 4, 2} {
			d += weight * (want[k] - int(c[k])) * (want[k] - int(c[k]))
		}
		if d < best {
			at, best = int16(i), d
		}
	}
	return at
}

// writeSixel writes the colours, and then bands of six lines, in each of them one colour after the other.
func writeSixel(dots []int16, w, h int, palette []rgb) []byte {
	out := append([]byte("\x1bP0;1;0q\"1;1;"), strconv.Itoa(w)+";"+strconv.Itoa(h)...)
	for i, c := range palette {
		out = append(out, '#')
		out = strconv.AppendInt(out, int64(i), 10)
		out = append(out, ";2"...)
		for _, v := range c {
			out = append(out, ';')
			out = strconv.AppendInt(out, (int64(v)*100+127)/255, 10)
		}
	}
	bits := make([][]byte, len(palette))
	var used []int16
	for top := 0; top < h; top += 6 {
		for _, c := range used {
			clear(bits[c])
		}
		used = used[:0]
		for y := top; y < min(top+6, h); y++ {
			for x, c := range dots[y*w : (y+1)*w] {
				if c == noColour {
					continue
				}
				if bits[c] == nil {
					bits[c] = make([]byte, w)
				}
				if !slices.Contains(used, c) {
					used = append(used, c)
				}
				bits[c][x] |= 1 << (y - top)
			}
		}
		for i, c := range used {
			if i > 0 {
				out = append(out, '$')
			}
			out = append(out, '#')
			out = strconv.AppendInt(out, int64(c), 10)
			out = appendRuns(out, bits[c])
		}
		if out = append(out, '-'); len(out) > SixelBytes {
			return nil
		}
	}
	return append(out, "\x1b\\"...)
}

// appendRuns writes what a colour has in a band; where it has nothing at the end is not written.
func appendRuns(out, bits []byte) []byte {
	for len(bits) > 0 {
		n := 1
		for n < len(bits) && bits[n] == bits[0] {
			n++
		}
		c := bits[0] + '?'
		if n == len(bits) && c == '?' {
			break
		}
		if n > 3 {
			out = append(out, '!')
			out = strconv.AppendInt(out, int64(n), 10)
			out = append(out, c)
		} else {
			for range n {
				out = append(out, c)
			}
		}
		bits = bits[n:]
	}
	return out
}
