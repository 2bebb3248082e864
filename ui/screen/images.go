package screen

import (
	"encoding/base64"
	"fmt"

	"github.com/gdamore/tcell/v2"
)

// Pictures are drawn by the kitty graphics protocol where the terminal answers that it knows it. A picture is sent once, under a
// number, and shown by cells: U+10EEEE in a colour that is the number, with marks for the row and the column. So it scrolls, is drawn
// over and goes like text, and nothing stale stays. The sign never comes from text: clean refuses it. For sixel see pixels.go.

const (
	// placeholder is the rune of a cell with a piece of a picture.
	placeholder = '\U0010EEEE'
	// firstImage and imagesMost are the numbers of pictures: colours of the palette of 256 that no terminal changes.
	firstImage, imagesMost = 16, 32
	// ImageBytes bounds the file of one picture.
	ImageBytes = 400 << 10
	// fastLink is the speed in bytes a second from which a line whose speed was measured is sent pictures.
	fastLink = 200_000
	// imageChunk is how many letters of base64 go in one sequence, as the protocol says.
	imageChunk = 4096
)

// marks stand for the numbers of rows and columns, from 0: the first of kitty's list.
var marks = []rune{
	0x305, 0x30d, 0x30e, 0x310, 0x312, 0x33d, 0x33e, 0x33f, 0x346, 0x34a, 0x34b, 0x34c, 0x350, 0x351, 0x352, 0x357,
	0x35b, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36a, 0x36b, 0x36c, 0x36d, 0x36e, 0x36f, 0x483, 0x484,
	0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595, 0x597, 0x598, 0x599, 0x59c, 0x59d, 0x59e, 0x59f, 0x5a0, 0x5a1,
}

// Image names a picture and the cells that it takes, 48 at most each way.
type Image struct {
	Key        uint64 // the same picture has the same
	Cols, Rows int
}

// images are the pictures that the terminal has. The screen's mu guards it.
type images struct {
	has  map[Image]*sentImage
	turn int

	sixels   map[Image]*sixelPicture
	making   bool       // one of them is being made
	wanted   bool       // the frame being drawn has cells that want pixels
	shown    bool       // the terminal has pixels
	standing []standing // of the frame being sent
}

type sentImage struct{ number, used int }

// Pixels says which terminals get pictures in pixels.
type Pixels uint8

const (
	// PixelsAuto is those that answered that they draw them, over a line that is quick enough. A line of SSH must have been measured.
	PixelsAuto Pixels = iota
	// PixelsKitty is those that know the kitty graphics protocol, whatever their name and the line.
	PixelsKitty
	// PixelsSixel is those that answered that they draw sixel and how large a cell is, whatever their name and the line.
	PixelsSixel
)

// SetPixels says which; it is asked with every picture.
func (s *Screen) SetPixels(p Pixels) {
	s.mu.Lock()
	s.pixels = p
	ask := p == PixelsSixel && !s.asked && s.ready && s.tty != nil
	s.asked = s.asked || ask
	s.mu.Unlock()
	if ask { // a multiplexer, which is asked nothing unless the user insists
		s.tty.ask(questionSixel, s.answered)
	}
}

// Graphics says whether the terminal draws pictures, as far as it has answered, and its line is quick enough for them.
func (s *Screen) Graphics() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.protocol() != noPixels
}

// protocol is how a picture is sent.
type protocol uint8

const (
	noPixels protocol = iota
	kitty
	sixel
)

// protocol chooses how pictures are sent now. The caller holds mu.
func (s *Screen) protocol() protocol {
	if s.tty == nil || s.inner.Colors() < 256 {
		return noPixels
	}
	var can abilities
	if p := s.tty.can.Load(); p != nil {
		can = *p
	}
	w, _ := s.cellSize()
	knows := can.kitty && runeWidth(placeholder) == 1
	switch {
	case s.pixels == PixelsKitty && knows, s.pixels == PixelsAuto && knows && can.placeholders && s.quick():
		return kitty
	case can.sixel && w > 0 && (s.pixels == PixelsSixel || s.pixels == PixelsAuto && !can.keepsPixels && s.quick()):
		return sixel
	}
	return noPixels
}

// quick says whether pictures are no burden on the line. One that was never measured is the terminal of this machine, or it is a line
// of SSH that took everything at once so far, which says nothing: what is on the way lies in buffers.
func (s *Screen) quick() bool {
	rate := s.tty.Rate()
	return rate >= fastLink || rate == 0 && !s.opts.Remote
}

// DrawImage draws one row of a picture at x, y, over what is drawn there already: the same in half blocks, which is what is seen where
// a terminal of sixel has not the whole picture to show. png gives its file, which the program has made itself, and is called when it
// has not been sent or made yet. false: it cannot be drawn now; a frame follows when it can.
func (s *Screen) DrawImage(x, y int, im Image, row int, style tcell.Style, png func() []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	how := s.protocol()
	if how == noPixels || im.Cols < 1 || im.Rows < 1 || im.Cols > len(marks) || im.Rows > len(marks) || row < 0 || row >= im.Rows {
		return false
	}
	if how == sixel {
		return s.drawSixel(x, y, im, row, s.safe(style), png)
	}
	has := s.pictures.has[im]
	if has == nil {
		if s.behind() {
			s.pending = true
			return false
		}
		if has = s.sendImage(im, png()); has == nil {
			return false
		}
	}
	s.pictures.turn++
	has.used = s.pictures.turn
	style = s.safe(style).Foreground(tcell.PaletteColor(has.number))
	for col := range im.Cols {
		if s.back.in(x+col, y) {
			s.back.put(x+col, y, glyph{main: placeholder, comb: string([]rune{marks[row], marks[col]}), width: 1}, style)
		}
	}
	return true
}

// sendImage gives the terminal a picture, in place of the one that was drawn longest ago if there are many. The caller holds mu.
func (s *Screen) sendImage(im Image, png []byte) *sentImage {
	if len(png) == 0 || len(png) > ImageBytes || !s.ready {
		return nil
	}
	if s.pictures.has == nil {
		s.pictures.has = map[Image]*sentImage{}
	}
	taken := map[int]bool{}
	var oldest Image
	for k, x := range s.pictures.has {
		taken[x.number] = true
		if o := s.pictures.has[oldest]; o == nil || x.used < o.used {
			oldest = k
		}
	}
	number := firstImage
	for taken[number] {
		number++
	}
	var out []byte
	if len(s.pictures.has) >= imagesMost {
		number = s.pictures.has[oldest].number
		out = deleteImage(out, number)
		delete(s.pictures.has, oldest)
	}
	text := base64.StdEncoding.EncodeToString(png)
	for at := 0; at < len(text); at += imageChunk {
		end, more := min(at+imageChunk, len(text)), 1
		if end == len(text) {
			more = 0
		}
		if at == 0 {
			out = fmt.Appendf(out, "\x1b_Ga=T,U=1,q=2,f=100,t=d,i=%d,c=%d,r=%d,m=%d;%s\x1b\\", number, im.Cols, im.Rows, more, text[:end])
		} else {
			out = fmt.Appendf(out, "\x1b_Gm=%d,q=2;%s\x1b\\", more, text[at:end])
		}
	}
	if s.tty.WriteRaw(out) != nil {
		return nil
	}
	x := &sentImage{number: number}
	s.pictures.has[im] = x
	return x
}

func deleteImage(out []byte, number int) []byte {
	return fmt.Appendf(out, "\x1b_Ga=d,d=I,q=2,i=%d\x1b\\", number)
}

// dropImages takes all pictures from the terminal; they are sent again when they are drawn. The caller holds mu.
func (s *Screen) dropImages() {
	if s.tty == nil || len(s.pictures.has) == 0 {
		return
	}
	var out []byte
	for _, x := range s.pictures.has {
		out = deleteImage(out, x.number)
	}
	clear(s.pictures.has)
	_ = s.tty.WriteRaw(out) // a terminal that is gone has none
}

// Graphics says whether the terminal may be asked for pictures: a multiplexer is another terminal with every client, and the console of
// Linux prints the question.
func (e Env) Graphics() bool { return !e.Multiplexed() && e.Term != "linux" && e.Term != "" }

// Ask asks the terminal whether it draws pictures. Nothing waits for the answer: when it comes, a frame is drawn. See
// Env.Graphics.
func (s *Screen) Ask() {
	if s.tty != nil {
		s.mu.Lock()
		s.asked = true
		s.mu.Unlock()
		s.tty.ask(question, s.answered)
	}
}

// answered is called by the reading goroutine when the terminal said what it can do.
func (s *Screen) answered() {
	s.mu.Lock()
	s.pending = true
	s.mu.Unlock()
	s.drained(false)
}
