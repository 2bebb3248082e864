package screen

import (
	"bytes"
	"unicode/utf8"
)

// tracker reads the byte stream meant for a terminal and writes a shorter one with the same effect. It knows what the terminal has
// (cursor, attributes, character set, link, visibility) and what the stream wants, and settles the difference only when a character
// is about to be printed, or at the end of a frame.
//
//	tcell for one typed 'a':  sync on, cursor off, move, attributes off, "a", move, cursor on, cursor style, sync off   (~60 bytes)
//	tracker:                  "a"
//
// A sequence it does not know is passed on after everything wanted has been settled, and then nothing is taken for known. So the
// worst that ignorance costs is bytes. It is used by one goroutine at a time (Tty holds its lock).
type tracker struct {
	width int    // columns of the terminal, 0 unknown
	out   []byte // the shorter stream of the current frame
	tail  []byte // an unfinished sequence or character at the end of the last write

	known bool // whether x and y are where the terminal's cursor is
	x, y  int
	move  bool // whether the cursor is wanted at toX, toY
	toX   int
	toY   int

	sgr     pair // attributes: the parameters of SGR sequences since the last reset, each ended by 'm'
	charset pair // what G0 is designated as
	shift   pair // SI or SO
	link    pair // what follows "OSC 8 ;"
	looks   pair // cursor blink and style sequences, as sent
	visible pair // "h" or "l"
	style   []byte
	blink   []byte

	synced bool // the frame began with synchronized output
	open   bool // between the beginning and the end of a synchronized frame
}

// pair is a property of the terminal: what the stream wants and what the terminal has.
type pair struct {
	want, have []byte
	known      bool // whether have is right
	asked      bool // whether the stream ever said what it wants
}

func (p *pair) set(want []byte) {
	p.want = append(p.want[:0], want...)
	p.asked = true
}

// settled reports whether there is nothing to send.
func (p *pair) settled() bool { return !p.asked || p.known && bytes.Equal(p.want, p.have) }

func (p *pair) settle() {
	p.have = append(p.have[:0], p.want...)
	p.known = true
}

// largeFrame is the size in bytes from which a frame is worth 28 bytes of cursor hiding and synchronized output. Below it, the
// terminal gets the frame in one read and never shows half of it.
const largeFrame = 512

const (
	maxTail  = 8 << 10   // longest unfinished sequence that is waited for
	maxFrame = 256 << 10 // a synchronized frame that grows beyond is sent although it has not ended
)

// forget takes nothing for known. Wanted moves and attributes stay wanted.
func (t *tracker) forget() {
	t.known = false
	for _, p := range []*pair{&t.sgr, &t.charset, &t.shift, &t.link, &t.looks, &t.visible} {
		p.known = false
	}
}

// reset starts anew, as for a terminal that somebody else has used.
func (t *tracker) reset() { *t = tracker{width: t.width} }

// write takes a piece of the stream. The caller asks done afterwards.
func (t *tracker) write(p []byte) {
	if len(t.tail) > 0 {
		p = append(t.tail, p...)
		t.tail = nil
	}
	for len(p) > 0 {
		n := t.step(p)
		if n == 0 {
			if len(p) < maxTail {
				t.tail = bytes.Clone(p)
				return
			}
			n = len(p)
			t.pass(p)
		}
		p = p[n:]
	}
}

// done reports whether the frame can be taken: it is not inside synchronized output that has yet to end.
func (t *tracker) done() bool { return !t.open || len(t.out) > maxFrame }

// take ends the frame and gives what must be sent, valid until the next write.
func (t *tracker) take() []byte {
	if t.visible.asked && string(t.visible.want) == "h" {
		t.settleMove()
		if !t.looks.settled() {
			t.out = append(append(t.out, t.blink...), t.style...)
			t.looks.settle()
		}
	}
	out := t.out
	t.out = nil
	t.open = false
	synced := t.synced
	t.synced = false
	if len(out) < largeFrame {
		if !t.visible.settled() {
			out = append(append(out, "\x1b[?25"...), t.visible.want...)
			t.visible.settle()
		}
		return out
	}
	framed := make([]byte, 0, len(out)+28)
	if synced {
		framed = append(framed, "\x1b[?2026h"...)
	}
	hide := t.visible.asked && !(t.visible.known && string(t.visible.have) == "l")
	if hide {
		framed = append(framed, "\x1b[?25l"...)
	}
	framed = append(framed, out...)
	if t.visible.asked && string(t.visible.want) == "h" {
		framed = append(framed, "\x1b[?25h"...)
	}
	t.visible.settle()
	if synced {
		framed = append(framed, "\x1b[?2026l"...)
	}
	return framed
}

// step handles one character or sequence at the start of p and gives its length, 0 when it is not complete.
func (t *tracker) step(p []byte) int {
	switch c := p[0]; {
	case c == 0x1b:
		return t.escape(p)
	case c >= 0x20 && c < 0x7f:
		t.settle()
		if n := t.blankRest(p); n > 0 {
			t.out = append(t.out, "\x1b[K"...)
			return n
		}
		t.out = append(t.out, c)
		t.advance(1)
		return 1
	case c >= 0x80:
		if !utf8.FullRune(p) {
			return 0
		}
		r, n := utf8.DecodeRune(p)
		t.settle()
		t.out = append(t.out, p[:n]...)
		t.advance(certainWidth(r))
		return n
	case c == '\b':
		t.settleMove()
		t.out = append(t.out, c)
		if t.x--; t.x < 0 {
			t.known = false
		}
		return 1
	case c == '\r':
		t.settleMove()
		t.out = append(t.out, c)
		t.x = 0
		return 1
	case c == '\a', c == 0:
		t.out = append(t.out, c)
		return 1
	case c == 0x0e, c == 0x0f:
		t.shift.set(p[:1])
		return 1
	}
	t.pass(p[:1])
	return 1
}

// blankRest gives the number of spaces at the start of p when they reach exactly to the end of the row and erasing does the same. Only
// with no attributes at all: terminals differ in which of them erased cells get. Everything wanted must be settled.
func (t *tracker) blankRest(p []byte) int {
	n := t.width - t.x
	if !t.known || n < 4 || len(p) < n || !t.sgr.known || len(t.sgr.have) > 0 || len(t.link.have) > 0 {
		return 0
	}
	for _, c := range p[:n] {
		if c != ' ' {
			return 0
		}
	}
	return n
}

// advance follows the cursor over n printed columns; 0 means that the terminal may see it differently.
func (t *tracker) advance(n int) {
	t.x += n
	// In the last column the cursor waits for the next character to wrap, and terminals differ in what moves do then.
	if n == 0 || t.x >= t.width {
		t.known = false
	}
}

// certainWidth gives the columns of a rune about which terminals agree, 0 for the others. What may be part of a longer grapheme,
// or is an emoji, is never certain.
func certainWidth(r rune) int {
	switch {
	case r >= 0xa1 && r <= 0x2ff && r != 0xa9 && r != 0xad && r != 0xae,
		r >= 0x370 && r <= 0x482, r >= 0x48a && r <= 0x52f, // Greek, Cyrillic
		r >= 0x1e00 && r <= 0x1eff,
		r >= 0x2010 && r <= 0x2027,
		r >= 0x2500 && r <= 0x259f: // lines and blocks
		return int(runeWidth(r)) // 2 for some of them when the user says that the terminal draws them so
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa:
		return 2
	}
	return 0
}
