package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif"  // a known format
	_ "image/jpeg" // a known format
	"image/png"
	"io"
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // a known format
)

// Bounds on a picture.
const (
	// PixelsMost is how many pixels one may have; deep ones, of 16 bits a colour,
	// half of that.
	PixelsMost = 20_000_000
	// Time is how long decoding may take.
	Time = 2 * time.Second
	// sideMost is the longest side.
	sideMost = 1 << 15
	// nearly is the number of pixels from which a picture is first made smaller
	// roughly: a fine scale looks at every pixel.
	nearly = 4_000_000
)

// The errors of this package.
var (
	ErrUnknown = errors.New("not a picture of a known kind")
	ErrLarge   = errors.New("more pixels than are decoded")
	ErrBroken  = errors.New("the picture is damaged")
	ErrSlow    = errors.New("decoding takes too long")
)

// Decoder decodes one picture at a time. Any goroutine may use it, but none that
// must not wait.
type Decoder struct {
	turn chan struct{}
	time time.Duration
}

// New makes a decoder.
func New() *Decoder { return &Decoder{turn: make(chan struct{}, 1), time: Time} }

// Small is a picture made small: rows of W pixels, four bytes each (red, green,
// blue, alpha, not multiplied).
type Small struct {
	W, H int
	Pix  []byte
}

// Shrink decodes a picture and makes it fit into w by h pixels; a smaller one
// stays as it is. It waits for its turn and then at most [Time].
func (d *Decoder) Shrink(ctx context.Context, data []byte, w, h int) (Small, error) {
	var out Small
	err := d.decode(ctx, data, func(m image.Image) error {
		n := scale(m, w, h)
		out = Small{n.Bounds().Dx(), n.Bounds().Dy(), n.Pix}
		return nil
	})
	return out, err
}

// Both is Shrink, and gives besides the picture fitted into k times as much, written
// anew as a PNG: nothing of the file itself is in it.
func (d *Decoder) Both(ctx context.Context, data []byte, w, h, k int) (small Small, sharp []byte, err error) {
	err = d.decode(ctx, data, func(m image.Image) error {
		n := scale(m, w, h)
		small = Small{n.Bounds().Dx(), n.Bounds().Dy(), n.Pix}
		var out bytes.Buffer
		if err := png.Encode(&out, scale(m, k*w, k*h)); err != nil {
			return err
		}
		sharp = out.Bytes()
		return nil
	})
	return small, sharp, err
}

// PNG decodes a picture, cuts it to a square, makes it fit and writes it anew:
// nothing else that stood in the file, such as where it was taken, stays.
func (d *Decoder) PNG(ctx context.Context, data []byte, side int) (b []byte, size int, err error) {
	err = d.decode(ctx, data, func(m image.Image) error {
		r := m.Bounds()
		n := min(r.Dx(), r.Dy())
		at := image.Pt(r.Min.X+(r.Dx()-n)/2, r.Min.Y+(r.Dy()-n)/2)
		small := scaleFrom(m, image.Rectangle{at, at.Add(image.Pt(n, n))}, side, side)
		size = small.Bounds().Dx()
		var out bytes.Buffer
		if err := png.Encode(&out, small); err != nil {
			return err
		}
		b = out.Bytes()
		return nil
	})
	return b, size, err
}

func (d *Decoder) decode(ctx context.Context, data []byte, use func(image.Image) error) error {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch most := PixelsMost; {
	case errors.Is(err, image.ErrFormat):
		return ErrUnknown
	case err != nil:
		return ErrBroken
	case c.Width <= 0 || c.Height <= 0:
		return ErrBroken
	default:
		switch c.ColorModel {
		case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model, color.Alpha16Model:
			most /= 2
		}
		if c.Width > sideMost || c.Height > sideMost || c.Width*c.Height > most {
			return ErrLarge
		}
	}
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	ctx, cancel := context.WithTimeout(ctx, d.time)
	defer cancel()
	return work(ctx, data, use)
}

// work decodes. A panic of a decoder is a damaged picture.
func work(ctx context.Context, data []byte, use func(image.Image) error) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrBroken
		}
	}()
	m, _, err := image.Decode(&slow{ctx: ctx, r: bytes.NewReader(data)})
	switch {
	case ctx.Err() != nil:
		return ErrSlow
	case err != nil:
		return ErrBroken
	case m.Bounds().Empty():
		return ErrBroken
	}
	return use(m)
}

// slow stops reading when the time is over, a little at a time: no decoder works
// long on what it has read.
type slow struct {
	ctx context.Context
	r   io.Reader
}

func (s *slow) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p[:min(len(p), 4<<10)])
}

func scale(m image.Image, w, h int) *image.NRGBA { return scaleFrom(m, m.Bounds(), w, h) }

// scaleFrom makes a part of a picture fit into w by h and keeps its proportions.
func scaleFrom(m image.Image, from image.Rectangle, w, h int) *image.NRGBA {
	fw, fh := from.Dx(), from.Dy()
	if fw <= w && fh <= h {
		w, h = fw, fh
	} else if fw*h > fh*w {
		h = max(1, (fh*w+fw/2)/fw)
	} else {
		w = max(1, (fw*h+fh/2)/fh)
	}
	if fw*fh > nearly {
		k := max(1, min(fw/(4*w), fh/(4*h)))
		rough := image.NewNRGBA(image.Rect(0, 0, max(1, fw/k), max(1, fh/k)))
		draw.ApproxBiLinear.Scale(rough, rough.Bounds(), m, from, draw.Src, nil)
		m, from = rough, rough.Bounds()
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(out, out.Bounds(), m, from, draw.Src, nil)
	return out
}
