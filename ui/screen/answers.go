package screen

import (
	"bytes"
	"strconv"
	"strings"
)

// answers takes what a terminal answers to questions of ours out of the stream of keys, before tcell would take it for typing:
//
//	ESC _ G … ESC \       the kitty graphics protocol
//	ESC P > | … ESC \     its name and version (XTVERSION)
//	ESC [ ? … c           which terminal it is (DA1)
//	ESC [ ? … S           how many colours a sixel picture has (XTSMGRAPHICS)
//	ESC [ 6 ; … t         the size of a cell
//
// No key sends any, so they are taken out whenever they come, also late and unasked. It belongs to the reading goroutine.
type answers struct {
	held   []byte // the start of something that may be an answer
	opened bool   // a question is open: an Esc at the end of a read may be the start of its answer
	done   bool   // the terminal answered the last question, whatever it said to those before
	news   bool   // something was learned that changes what may be drawn
	can    abilities
}

// abilities are what a terminal says that it can do.
type abilities struct {
	kitty        bool // it knows the kitty graphics protocol
	placeholders bool // it shows those pictures by cells; known by its name, because others answer as if they did
	sixel        bool
	keepsPixels  bool // it leaves sixel where text is written; known by its name
	cellW, cellH int  // the size of a cell in pixels, 0: not said
	registers    int  // colours of a sixel picture, 0: not said
}

// answerMost bounds one answer; what is longer is dropped up to there.
const answerMost = 512

// apc begins an answer about pictures: its number comes first, which is not what anybody types behind Alt and a sign. dcs begins a
// name, csi the others.
var (
	apc = []byte("\x1b_Gi=")
	dcs = []byte("\x1bP>|")
	csi = []byte("\x1b[")
)

const (
	// question asks for pictures shown by cells (which kitty before 0.28 takes for a mistake), for the name, and for what sixel needs;
	// at last for what every terminal answers, so that the end of waiting is known.
	question = "\x1b_Gi=31,s=1,v=1,a=q,U=1,t=d,f=24;AAAA\x1b\\\x1b[>q" + questionSixel
	// questionSixel is the part that a multiplexer may be asked too.
	questionSixel = "\x1b[?1;1;0S" + questionCell + "\x1b[c"
	questionCell  = "\x1b[16t"
)

// feed takes what was read and gives what is left of it for tcell. It may keep back the unfinished start of an answer.
func (a *answers) feed(in []byte) []byte {
	if len(a.held) == 0 && bytes.IndexByte(in, 0x1b) < 0 {
		return in
	}
	d := append(a.held, in...)
	a.held = nil
	out := make([]byte, 0, len(d))
	for len(d) > 0 {
		if d[0] != 0x1b {
			n := bytes.IndexByte(d, 0x1b)
			if n < 0 {
				n = len(d)
			}
			out = append(out, d[:n]...)
			d = d[n:]
			continue
		}
		n, whole := a.answer(d)
		switch {
		case !whole:
			a.held = d
			return out
		case n == 0:
			out = append(out, d[0])
			d = d[1:]
		default:
			d = d[n:]
		}
	}
	return out
}

// answer looks for an answer at the start of d, which begins with Esc, and gives its length, 0: it is none. whole is false when more
// must be read to know.
func (a *answers) answer(d []byte) (n int, whole bool) {
	switch {
	case bytes.HasPrefix(d, apc):
		return a.text(d, len(apc))
	case bytes.HasPrefix(d, dcs):
		return a.text(d, len(dcs))
	case bytes.HasPrefix(d, []byte("\x1b[?")), bytes.HasPrefix(d, []byte("\x1b[6;")):
		i := 3
		for i < len(d) && (d[i] >= '0' && d[i] <= '9' || d[i] == ';') && i < answerMost {
			i++
		}
		switch {
		case i == answerMost:
			return i, true
		case i == len(d):
			return 0, false
		case a.numbers(d[2:i], d[i]):
			return i + 1, true
		}
		return 0, true
	case a.opened && (bytes.HasPrefix(apc, d) || bytes.HasPrefix(dcs, d) || bytes.HasPrefix(csi, d) || string(d) == "\x1b[6"):
		return 0, false
	}
	return 0, true
}

// text reads an answer that ends with ST; what it says begins at from.
func (a *answers) text(d []byte, from int) (n int, whole bool) {
	for i := from; i < min(len(d), answerMost); i++ {
		switch {
		case d[i] != 0x1b:
		case i+1 == len(d):
			return 0, false
		case d[i+1] != '\\': // it was broken off
			return i, true
		default:
			if s := string(d[from:i]); d[1] == 'P' {
				a.can.placeholders = strings.HasPrefix(s, "kitty") || strings.HasPrefix(s, "ghostty")
				a.can.keepsPixels = strings.HasPrefix(s, "Konsole")
			} else if s == "31;OK" {
				a.can.kitty = true
			}
			return i + 2, true
		}
	}
	return min(len(d), answerMost), len(d) >= answerMost
}

// cellMost is the largest side of a cell that is believed, in pixels.
const cellMost = 128

// numbers reads an answer of numbers by its last letter; false: it is none.
func (a *answers) numbers(p []byte, final byte) bool {
	list := strings.Split(strings.TrimPrefix(string(p), "?"), ";")
	value := func(i int) int {
		if i >= len(list) {
			return 0
		}
		n, _ := strconv.Atoi(list[i]) // none is 0
		return n
	}
	private := p[0] == '?'
	switch {
	case private && final == 'c':
		a.opened, a.done, a.news = false, true, true
		for i := range list {
			a.can.sixel = a.can.sixel || i > 0 && value(i) == 4
		}
	case private && final == 'S':
		if value(0) == 1 && value(1) == 0 && value(2) > 1 {
			a.can.registers = value(2)
		}
	case !private && final == 't':
		if h, w := value(1), value(2); h > 0 && w > 0 && h <= cellMost && w <= cellMost {
			a.news = a.news || a.done && (w != a.can.cellW || h != a.can.cellH)
			a.can.cellW, a.can.cellH = w, h
		}
	default:
		return false
	}
	return true
}
