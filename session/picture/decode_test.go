package picture

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
	"time"
)

// patient is a decoder that no load of the machine makes give up.
func patient() *Decoder {
	d := New()
	d.time = time.Hour
	return d
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{200, 10, 10, 255}
			if x >= w/2 {
				c = color.NRGBA{10, 10, 200, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG that says that it is of a size; there is nearly nothing in it.
func bomb(w, h uint32, depth byte) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	head = append(binary.BigEndian.AppendUint32(head, h), depth, 2, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	out = append(out, head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// TestShrink: a picture in, its size and colours or what is wrong with it out.
func TestShrink(t *testing.T) {
	encode := func(as func(b *bytes.Buffer, m image.Image) error) []byte {
		m, err := png.Decode(bytes.NewReader(pngOf(t, 40, 20)))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := as(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	jpg := encode(func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
	anim := encode(func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) })
	webp, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		data []byte
		w, h int
		want image.Point
		err  error
	}{
		"wide":               {pngOf(t, 400, 100), 48, 20, image.Pt(48, 12), nil},
		"high":               {pngOf(t, 100, 400), 48, 20, image.Pt(5, 20), nil},
		"small":              {pngOf(t, 4, 2), 48, 20, image.Pt(4, 2), nil},
		"a thread":           {pngOf(t, 3000, 1), 48, 20, image.Pt(48, 1), nil},
		"large":              {pngOf(t, 3000, 2000), 48, 20, image.Pt(30, 20), nil},
		"jpeg":               {jpg, 20, 20, image.Pt(20, 10), nil},
		"gif":                {anim, 20, 20, image.Pt(20, 10), nil},
		"webp":               {webp, 20, 20, image.Pt(1, 1), nil},
		"a bomb":             {bomb(100_000, 100_000, 8), 48, 20, image.Point{}, ErrLarge},
		"a smaller one":      {bomb(5000, 4001, 8), 48, 20, image.Point{}, ErrLarge},
		"a deep one":         {bomb(5000, 2001, 16), 48, 20, image.Point{}, ErrLarge},
		"a long one":         {bomb(1<<20, 1, 8), 48, 20, image.Point{}, ErrLarge},
		"cut off":            {pngOf(t, 400, 100)[:200], 48, 20, image.Point{}, ErrBroken},
		"a head alone":       {bomb(10, 10, 8), 48, 20, image.Point{}, ErrBroken},
		"no picture":         {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), 48, 20, image.Point{}, ErrUnknown},
		"nothing":            {nil, 48, 20, image.Point{}, ErrUnknown},
		"a name and no more": {[]byte("\x89PNG\r\n\x1a\n"), 48, 20, image.Point{}, ErrBroken},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := patient().Shrink(t.Context(), test.data, test.w, test.h)
			if !errors.Is(err, test.err) || got.W != test.want.X || got.H != test.want.Y || len(got.Pix) != 4*got.W*got.H {
				t.Fatalf("got %d by %d, %d bytes (%v); want %v (%v)", got.W, got.H, len(got.Pix), err, test.want, test.err)
			}
			if err == nil && name != "webp" && name != "small" && (got.Pix[0] < 150 || got.Pix[2] > 60) {
				t.Errorf("the first pixel is %v", got.Pix[:4])
			}
		})
	}
}

// TestPNG: what is published is a square of the size wanted and a picture again.
func TestPNG(t *testing.T) {
	b, side, err := patient().PNG(t.Context(), pngOf(t, 400, 300), 96)
	c, kind, bad := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || bad != nil || side != 96 || c.Width != 96 || c.Height != 96 || kind != "png" {
		t.Errorf("got %d: %v %s (%v, %v)", side, c, kind, err, bad)
	}
}

// TestTurns: who waits for another picture can give up.
func TestTurns(t *testing.T) {
	d := patient()
	d.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Shrink(ctx, pngOf(t, 4, 4), 2, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-d.turn
	if _, err := d.Shrink(t.Context(), pngOf(t, 4, 4), 2, 2); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// TestSlow: what is not read in time is given up.
func TestSlow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := work(ctx, pngOf(t, 10, 10), func(image.Image) error { return nil }); !errors.Is(err, ErrSlow) {
		t.Errorf("got %v", err)
	}
}

// FuzzShrink: whatever a file holds, what comes out fits.
func FuzzShrink(f *testing.F) {
	f.Add(pngOf(f, 5, 3))
	f.Add(bomb(10, 10, 8))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	f.Add([]byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	d := patient()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := d.Shrink(t.Context(), data, 16, 8)
		if err == nil && (s.W < 1 || s.H < 1 || s.W > 16 || s.H > 8 || len(s.Pix) != 4*s.W*s.H) {
			t.Errorf("%d by %d, %d bytes", s.W, s.H, len(s.Pix))
		}
	})
}
