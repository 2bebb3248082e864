package shot

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"sotto/ui/screen/vt"
)

// TestDraw: cells have their colours, what is chosen stands out, lines meet, and
// a wide character takes both its cells.
func TestDraw(t *testing.T) {
	f, err := NewFont(16)
	if err != nil {
		t.Fatal(err)
	}
	term := vt.New(10, 4)
	_, _ = term.Write([]byte("ab\x1b[41mc\x1b[0m\x1b[7md\x1b[0m\r\n\x1b[38;2;1;200;3m█\x1b[0m\r\n│\r\n│\x1b[?25l"))
	img, err := f.Draw(term)
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got.X != 10*f.w+2*margin || got.Y != 4*f.h+2*margin {
		t.Errorf("the picture has %v", got)
	}
	at := func(x, y int) color.RGBA { return img.RGBAAt(margin+x*f.w+f.w/2, margin+y*f.h+f.h/2) }
	corner := func(x, y int) color.RGBA { return img.RGBAAt(margin+x*f.w, margin+y*f.h) }
	for name, tt := range map[string][2]color.RGBA{
		"empty":      {at(9, 3), paper},
		"background": {corner(2, 0), sixteen[1]},
		"reverse":    {corner(3, 0), ink},
		"block":      {at(0, 1), {1, 200, 3, 0xff}},
		"margin":     {img.RGBAAt(0, 0), paper},
	} {
		if tt[0] != tt[1] {
			t.Errorf("%s: got %v, want %v", name, tt[0], tt[1])
		}
	}
	for y := margin + 2*f.h; y < margin+4*f.h; y++ {
		if img.RGBAAt(margin+f.w/2, y) != ink {
			t.Fatalf("the line has a hole in row %d", y)
		}
	}
}

// TestMissingGlyph: a picture with holes in it is none.
func TestMissingGlyph(t *testing.T) {
	f, err := NewFont(16)
	if err != nil {
		t.Fatal(err)
	}
	term := vt.New(10, 2)
	_, _ = term.Write([]byte("a 日 b"))
	if _, err := f.Draw(term); err == nil || !strings.Contains(err.Error(), "日") {
		t.Errorf("got %v, want the character that is missing", err)
	}
	if _, err := NewFont(16, "/nonexistent.ttf"); err == nil {
		t.Error("a font that is not there is no error")
	}
}

// TestFew: few colours stay what they are, the background always.
func TestFew(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.SetRGBA(i%64, i/64, color.RGBA{uint8(i % 200), 7, 9, 0xff})
	}
	img.SetRGBA(0, 0, paper)
	if got, ok := Few(img).(*image.Paletted); !ok || len(got.Palette) > 256 || got.At(5, 0) != img.At(5, 0) {
		t.Errorf("few colours became %T", Few(img))
	}
	for i := range 64 * 64 {
		img.SetRGBA(i%64, i/64, color.RGBA{uint8(i), uint8(i / 16), 9, 0xff})
	}
	img.SetRGBA(0, 0, paper)
	if got, ok := Few(img).(*image.Paletted); !ok || got.At(0, 0) != paper {
		t.Errorf("many shades became %T", Few(img))
	}
}

func TestColours(t *testing.T) {
	for s, want := range map[string]color.RGBA{
		"": ink, "5;1": sixteen[1], "5;16": {0, 0, 0, 0xff}, "5;231": {255, 255, 255, 0xff}, "5;232": {8, 8, 8, 0xff}, "5;255": {238, 238, 238, 0xff},
		"5;196": {255, 0, 0, 0xff}, "2;1;2;3": {1, 2, 3, 0xff}, "5;256": ink, "2;1;2": ink, "x": ink, "5": ink,
	} {
		if got := colourOf(s, ink); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}
