package screen

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// decodeSixel draws a sixel picture over a ground as a terminal does, and says how large it was told to be.
func decodeSixel(t *testing.T, data []byte) (m *image.NRGBA, w, h int) {
	t.Helper()
	s, ok := strings.CutPrefix(string(data), "\x1bP0;1;0q\"1;1;")
	s, end := strings.CutSuffix(s, "\x1b\\")
	if !ok || !end {
		t.Fatalf("it is %.40q", data)
	}
	size, s, _ := strings.Cut(s, "#")
	a, b, _ := strings.Cut(size, ";")
	w, _ = strconv.Atoi(a)
	h, _ = strconv.Atoi(b)
	m = image.NewNRGBA(image.Rect(0, 0, w, h))
	var palette [256]color.NRGBA
	x, y, c := 0, 0, 0
	item := regexp.MustCompile(`#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|[?-~]|[$-]`)
	rest := "#" + s
	for _, f := range item.FindAllStringSubmatch(rest, -1) {
		rest = strings.TrimPrefix(rest, f[0])
		n, dots := 1, f[0]
		switch {
		case f[0][0] == '#':
			c, _ = strconv.Atoi(f[1])
			if f[2] != "" {
				var v [3]int
				for k := range v {
					v[k], _ = strconv.Atoi(f[2+k])
				}
				palette[c] = color.NRGBA{uint8(v[0] * 255 / 100), uint8(v[1] * 255 / 100), uint8(v[2] * 255 / 100), 255}
			}
			continue
		case f[0] == "$":
			x = 0
			continue
		case f[0] == "-":
			x, y = 0, y+6
			continue
		case f[5] != "":
			n, _ = strconv.Atoi(f[5])
			dots = f[6]
		}
		for range n {
			for k := range 6 {
				if (dots[0]-'?')>>k&1 == 1 {
					if x >= w || y+k >= h {
						t.Fatalf("a dot at %d,%d of %d,%d", x, y+k, w, h)
					}
					m.SetNRGBA(x, y+k, palette[c])
				}
			}
			x++
		}
	}
	if rest != "" {
		t.Fatalf("what is %.40q?", rest)
	}
	return m, w, h
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// slopes is a picture of many colours with a hole in it.
func slopes(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), uint8(128 + 100*(x+y)/(w+h)), 255})
			if x > w/2 && x < w/2+20 && y > h/2 {
				m.SetNRGBA(x, y, color.NRGBA{})
			}
		}
	}
	return m
}

// TestSixel: what is drawn is the picture, in its proportions, within its cells, with the number of colours that there are.
func TestSixel(t *testing.T) {
	from := slopes(240, 96)
	for _, colours := range []int{0, 2, 16, 256, 4096} {
		data := sixelOf(pngOf(t, from), 240, 100, colours)
		m, w, h := decodeSixel(t, data)
		if w != 240 || h != 96 {
			t.Fatalf("%d by %d", w, h)
		}
		used, off, holes := map[color.NRGBA]bool{}, 0, 0
		// Dithered: what counts is the mean of a neighbourhood.
		for y := 0; y < h; y += 8 {
			for x := 0; x < w; x += 8 {
				var sum [3]int
				for dy := range 8 {
					for dx := range 8 {
						a, b := m.NRGBAAt(x+dx, y+dy), from.NRGBAAt(x+dx, y+dy)
						if a.A != b.A {
							t.Fatalf("at %d,%d there is %v of %v", x+dx, y+dy, a, b)
						}
						if a.A == 0 {
							holes++
							continue
						}
						used[a] = true
						sum[0], sum[1], sum[2] = sum[0]+int(a.R)-int(b.R), sum[1]+int(a.G)-int(b.G), sum[2]+int(a.B)-int(b.B)
					}
				}
				for _, d := range sum {
					off = max(off, d/64, -d/64)
				}
			}
		}
		if most := min(max(colours, 2), 256); len(used) > most || len(used) < most/2 || holes == 0 {
			t.Errorf("%d colours of %d, %d holes", len(used), colours, holes)
		}
		if colours >= 256 && off > 8 || colours == 16 && off > 40 {
			t.Errorf("with %d colours a place is off by %d", colours, off)
		}
	}
	for _, x := range []struct{ w, h, cw, ch, toW, toH int }{{100, 100, 50, 100, 50, 50}, {10, 100, 50, 40, 3, 36}, {1000, 10, 70, 90, 70, 1}, {10, 10, 60, 60, 60, 60}} {
		if _, w, h := decodeSixel(t, sixelOf(pngOf(t, slopes(x.w, x.h)), x.cw, x.ch, 256)); w != x.toW || h != x.toH {
			t.Errorf("%d by %d in %d by %d: %d by %d", x.w, x.h, x.cw, x.ch, w, h)
		}
	}
	whole := image.NewNRGBA(image.Rect(0, 0, 20, 20))
	if sixelOf(pngOf(t, whole), 20, 20, 256) != nil {
		t.Error("nothing is something")
	}
	noise := image.NewNRGBA(image.Rect(0, 0, 500, 500))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.Uint32()) | 0x80
	}
	if data := sixelOf(pngOf(t, noise), 500, 500, 256); data != nil {
		t.Errorf("%d bytes", len(data))
	}
	for name, file := range map[string][]byte{"no picture": []byte("x"), "half": pngOf(t, from)[:500], "large": pngOf(t, image.NewGray(image.Rect(0, 0, 2000, 2000)))} {
		if sixelOf(file, 100, 100, 256) != nil {
			t.Errorf("%s is drawn", name)
		}
	}
	if sixelOf(pngOf(t, from), 100, 5, 256) != nil {
		t.Error("less than a band is drawn")
	}
}

// FuzzSixel: whatever colours a picture has, what is drawn lies within it and reads back.
func FuzzSixel(f *testing.F) {
	f.Add([]byte{1, 2, 3, 255, 200, 100, 50, 255, 0, 0, 0, 0}, 2, 3, 6)
	f.Fuzz(func(t *testing.T, pix []byte, w, colours, cells int) {
		w, cells = w&31+1, cells&63+6
		h := len(pix) / 4 / w
		if h < 1 || h > 64 {
			return
		}
		m := &image.NRGBA{Pix: pix[:w*h*4], Stride: w * 4, Rect: image.Rect(0, 0, w, h)}
		if data := sixelOf(pngOf(t, m), cells, cells, colours&511); data != nil {
			if _, gw, gh := decodeSixel(t, data); gw > cells || gh > cells-cells%6 {
				t.Errorf("%d by %d in %d", gw, gh, cells)
			}
		}
	})
}

// BenchmarkSixel is one picture of a chat.
func BenchmarkSixel(b *testing.B) {
	file := pngOf(b, slopes(480, 200))
	for b.Loop() {
		b.SetBytes(int64(len(sixelOf(file, 432, 180, 256))))
	}
}
