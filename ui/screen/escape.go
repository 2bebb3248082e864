package screen

import (
	"bytes"
	"fmt"
	"strconv"
)

// escape handles the sequence at the start of p, which begins with ESC, and gives its length, 0 when it is not complete.
func (t *tracker) escape(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	switch p[1] {
	case '[':
		return t.csi(p)
	case ']':
		return t.osc(p)
	case 'P', 'X', '^', '_': // strings for others
		n := stringEnd(p, false)
		if n > 0 {
			t.pass(p[:n])
		}
		return n
	case '(':
		if len(p) < 3 {
			return 0
		}
		t.charset.set(p[2:3])
		return 3
	case '=', '>': // keypad modes change nothing that is tracked
		t.out = append(t.out, p[:2]...)
		return 2
	}
	n := 1
	for n < len(p) && p[n] >= 0x20 && p[n] <= 0x2f { // intermediate bytes
		n++
	}
	if n == len(p) {
		return 0
	}
	t.pass(p[:n+1])
	return n + 1
}

// csi handles ESC [ parameters intermediates final.
func (t *tracker) csi(p []byte) int {
	i := 2
	for i < len(p) && p[i] >= 0x30 && p[i] <= 0x3f {
		i++
	}
	params := p[2:i]
	j := i
	for j < len(p) && p[j] >= 0x20 && p[j] <= 0x2f {
		j++
	}
	if j == len(p) {
		return 0
	}
	middle, final := p[i:j], p[j]
	seq := p[:j+1]
	private := len(params) > 0 && params[0] >= 0x3c
	switch {
	case final < 0x40 || final > 0x7e: // not a sequence after all
		t.pass(seq)
	case len(middle) == 1 && middle[0] == ' ' && final == 'q':
		t.style = append(t.style[:0], seq...)
		t.setLooks()
	case len(middle) > 0:
		t.pass(seq)
	case private && params[0] == '?' && (final == 'h' || final == 'l'):
		t.mode(seq, params[1:], final)
	case private:
		t.pass(seq)
	case final == 'm':
		t.attributes(params, seq)
	case final == 'H':
		row, col, ok := place(params)
		if !ok {
			t.pass(seq)
			break
		}
		t.move, t.toX, t.toY = true, col-1, row-1
	case final == 'J', final == 'K': // erasing uses the cursor and the background
		t.settle()
		t.out = append(t.out, seq...)
	case final == 't': // window manipulation: title stack, size
		t.out = append(t.out, seq...)
	default:
		t.pass(seq)
	}
	return j + 1
}

// mode handles a private mode.
func (t *tracker) mode(seq, param []byte, final byte) {
	switch string(param) {
	case "2026":
		if final == 'h' {
			t.begin()
			t.open, t.synced = true, true
		} else {
			t.open = false
		}
	case "25":
		if final == 'l' {
			t.begin()
		}
		t.visible.set([]byte{final})
	case "12":
		t.blink = append(t.blink[:0], seq...)
		t.setLooks()
	case "1", "7", "1000", "1002", "1003", "1004", "1006", "2004", "9001": // keys, wrap, mouse, focus, paste: nothing tracked
		t.out = append(t.out, seq...)
	default:
		t.pass(seq)
	}
}

// begin notes the start of a frame. tcell takes for granted that no link is open then, and does not close one that the last frame
// left open: ordinary text would become part of somebody's link.
func (t *tracker) begin() { t.link.set(nil) }

// setLooks: blink mode and cursor style influence each other, so they are compared and sent together.
func (t *tracker) setLooks() {
	t.looks.set(append(append([]byte(nil), t.blink...), t.style...))
}

// attributes notes an SGR sequence.
func (t *tracker) attributes(params, seq []byte) {
	for _, c := range params {
		if c > ';' { // stray private marks
			t.pass(seq)
			return
		}
	}
	switch {
	case len(params) == 0, string(params) == "0":
		t.sgr.set(nil)
	case !t.sgr.asked, len(t.sgr.want) > 256, bytes.HasPrefix(params, []byte("0;")):
		// Without a reset before it the meaning is open; a reset inside another sequence is not split.
		t.pass(seq)
		t.sgr.asked = false
	case string(params) == "39;49" && len(t.sgr.want) == 0: // default colours after a reset
	default:
		t.sgr.want = append(append(t.sgr.want, params...), 'm')
	}
}

// osc handles ESC ] … up to BEL or ST.
func (t *tracker) osc(p []byte) int {
	n := stringEnd(p, true)
	if n == 0 {
		return 0
	}
	if bytes.HasPrefix(p, []byte("\x1b]8;")) {
		body := bytes.TrimSuffix(bytes.TrimSuffix(p[4:n], []byte("\x1b\\")), []byte("\a"))
		if string(body) == ";" {
			body = nil
		}
		t.link.set(body)
		return n
	}
	t.out = append(t.out, p[:n]...) // title, clipboard, colours of the cursor: nothing tracked
	return n
}

// stringEnd gives the length of a control string including its end, 0 when it has not ended.
func stringEnd(p []byte, bell bool) int {
	for i := 2; i < len(p); i++ {
		switch {
		case bell && p[i] == '\a':
			return i + 1
		case p[i] == 0x1b && i+1 < len(p) && p[i+1] == '\\':
			return i + 2
		}
	}
	return 0
}

// pass settles everything, sends a sequence as it is, and forgets.
func (t *tracker) pass(seq []byte) {
	t.settle()
	if !t.visible.settled() {
		t.out = append(append(t.out, "\x1b[?25"...), t.visible.want...)
	}
	t.out = append(t.out, seq...)
	t.forget()
}

// settle brings the terminal to where the next character belongs and how it looks.
func (t *tracker) settle() {
	t.settleMove()
	if !t.charset.settled() {
		t.out = append(append(t.out, "\x1b("...), t.charset.want...)
		t.charset.settle()
	}
	if !t.shift.settled() {
		t.out = append(t.out, t.shift.want...)
		t.shift.settle()
	}
	if !t.sgr.settled() {
		t.settleAttributes()
	}
	if !t.link.settled() {
		t.settleLink()
	}
}

func (t *tracker) settleLink() {
	// A terminal of which nothing is known is not told to close a link when the stream never opened one: linux prints OSC 8.
	if len(t.link.want) > 0 || len(t.link.have) > 0 {
		body := t.link.want
		if len(body) == 0 {
			body = []byte(";")
		}
		t.out = append(append(append(t.out, "\x1b]8;"...), body...), "\x1b\\"...)
	}
	t.link.settle()
}

// settleAttributes sends the shortest sequences from the attributes the terminal has to the wanted ones: only what was added, or a
// reset and everything. Parameters are joined into one sequence, up to 14, because small terminals keep only 16; those with
// sub-parameters (colons) go alone, because a terminal that does not know them drops the whole sequence.
func (t *tracker) settleAttributes() {
	add := t.sgr.want
	if t.sgr.known && bytes.HasPrefix(t.sgr.want, t.sgr.have) {
		add = t.sgr.want[len(t.sgr.have):]
	} else if len(add) == 0 {
		t.out = append(t.out, "\x1b[m"...)
	} else {
		add = append([]byte("0m"), add...)
	}
	count := 0 // parameters in the sequence that is open
	for len(add) > 0 {
		end := bytes.IndexByte(add, 'm')
		item := add[:end]
		add = add[end+1:]
		n := bytes.Count(item, []byte(";")) + 1
		alone := bytes.IndexByte(item, ':') >= 0
		switch {
		case count == 0:
			t.out = append(t.out, "\x1b["...)
		case alone || count < 0 || count+n > 14:
			t.out = append(t.out, "m\x1b["...)
			count = 0
		default:
			t.out = append(t.out, ';')
		}
		t.out = append(t.out, item...)
		if count += n; alone {
			count = -1
		}
		if len(add) == 0 {
			t.out = append(t.out, 'm')
		}
	}
	t.sgr.settle()
}

// settleMove moves the cursor where it is wanted, the shortest way.
func (t *tracker) settleMove() {
	if !t.move {
		return
	}
	t.move = false
	if t.known && t.x == t.toX && t.y == t.toY {
		return
	}
	var absolute [16]byte
	best := appendPlace(absolute[:0], t.toX, t.toY)
	if t.known {
		var relative [16]byte
		if r, ok := t.appendStep(relative[:0]); ok && len(r) < len(best) {
			best = r
		}
	}
	t.out = append(t.out, best...)
	t.known, t.x, t.y = true, t.toX, t.toY
}

// appendPlace writes the absolute move.
func appendPlace(b []byte, x, y int) []byte {
	b = append(b, "\x1b["...)
	if y > 0 || x > 0 {
		b = strconv.AppendInt(b, int64(y+1), 10)
	}
	if x > 0 {
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(x+1), 10)
	}
	return append(b, 'H')
}

// appendStep writes a move within the row or the column, if the target is there.
func (t *tracker) appendStep(b []byte) ([]byte, bool) {
	count, final := 0, byte(0)
	switch {
	case t.y == t.toY && t.toX == 0:
		return append(b, '\r'), true
	case t.y == t.toY && t.toX < t.x && t.x-t.toX <= 4:
		for range t.x - t.toX {
			b = append(b, '\b')
		}
		return b, true
	case t.y == t.toY && t.toX > t.x:
		count, final = t.toX-t.x, 'C'
	case t.y == t.toY:
		count, final = t.x-t.toX, 'D'
	case t.x == t.toX && t.toY > t.y:
		count, final = t.toY-t.y, 'B'
	case t.x == t.toX:
		count, final = t.y-t.toY, 'A'
	default:
		return b, false
	}
	b = append(b, "\x1b["...)
	if count > 1 {
		b = strconv.AppendInt(b, int64(count), 10)
	}
	return append(b, final), true
}

// place reads the parameters of a cursor position, from 1.
func place(params []byte) (row, col int, ok bool) {
	a, b, two := bytes.Cut(params, []byte(";"))
	row, ok1 := number(a)
	col, ok2 := 1, true
	if two {
		col, ok2 = number(b)
	}
	return row, col, ok1 && ok2
}

// number reads a parameter; none and 0 mean 1.
func number(p []byte) (int, bool) {
	if len(p) == 0 {
		return 1, true
	}
	n, err := strconv.Atoi(string(p))
	return max(n, 1), err == nil && n < 1<<16
}

// scroll moves rows up (line feeds at the lower edge of a region) or down (reverse index at the upper one). What comes in is blank.
func (t *tracker) scroll(sh shift) {
	if !t.sgr.known || len(t.sgr.have) > 0 { // rows that come in may take the background
		t.out = append(t.out, "\x1b[m"...)
		t.sgr.have, t.sgr.known = t.sgr.have[:0], true
	}
	t.out = fmt.Appendf(t.out, "\x1b[%d;%dr", sh.top+1, sh.bottom+1)
	edge, step, count := sh.bottom, "\n", sh.n
	if sh.n < 0 {
		edge, step, count = sh.top, "\x1bM", -sh.n
	}
	if edge > 0 { // setting the region went home
		t.out = appendPlace(t.out, 0, edge)
	}
	for range count {
		t.out = append(t.out, step...)
	}
	t.out = append(t.out, "\x1b[r"...)
	t.known, t.x, t.y = true, 0, 0
	t.move = false // the frame that follows says where
}
