package vt

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// escape reads a sequence and gives its length, 0 when it is not complete.
func (t *Terminal) escape(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	switch p[1] {
	case '[':
		return t.csi(p)
	case ']':
		return t.osc(p)
	case '(':
		if len(p) < 3 {
			return 0
		}
		t.charG0 = p[2]
		return 3
	case '_':
		return t.graphics(p)
	case 'P':
		return t.device(p)
	case '=', '>', '\\':
		return 2
	case 'M': // reverse index
		if t.Y == t.top {
			t.scroll(-1)
		} else {
			t.goTo(t.X, t.Y-1)
		}
		return 2
	}
	t.unknown(p[:2])
	return 2
}

func (t *Terminal) csi(p []byte) int {
	i := 2
	for i < len(p) && p[i] < 0x40 {
		i++
	}
	if i == len(p) {
		return 0
	}
	params, final := string(p[2:i]), p[i]
	seq := p[:i+1]
	switch {
	case strings.HasPrefix(params, "?") && (final == 'h' || final == 'l'):
		for _, mode := range strings.Split(params[1:], ";") {
			t.mode(mode, final == 'h')
		}
	case final == 'c' && params == "": // asks which terminal it is
		t.Asked++
	case strings.HasPrefix(params, "?") && final == 'S': // asks for the number of colours
	case strings.HasPrefix(params, ">"), strings.HasPrefix(params, "<"): // keyboard protocols
	case strings.HasSuffix(params, " ") && final == 'q':
		t.Cursor = strings.TrimSpace(params)
	case final == 't': // title stack, size
	case final == 'm':
		t.sgr(params)
	default:
		t.move(params, final, seq)
	}
	return i + 1
}

func (t *Terminal) mode(mode string, on bool) {
	t.Modes[mode] = on
	switch mode {
	case "25":
		t.Visible = on
	case "1049":
		t.Alt = on
	case "2026":
		if t.Synced && !on {
			t.Frames++
		}
		t.Synced = on
	}
}

func (t *Terminal) move(params string, final byte, seq []byte) {
	first, second, _ := strings.Cut(params, ";")
	n, m := count(first), count(second)
	switch final {
	case 'H':
		t.goTo(m-1, n-1)
	case 'A':
		t.goTo(t.X, t.Y-n)
	case 'B':
		t.goTo(t.X, t.Y+n)
	case 'C':
		t.goTo(t.X+n, t.Y)
	case 'D':
		t.goTo(t.X-n, t.Y)
	case 'G':
		t.goTo(n-1, t.Y)
	case 'r':
		t.top, t.bottom = n-1, t.H-1
		if second != "" {
			t.bottom = min(m, t.H) - 1
		}
		t.goTo(0, 0)
	case 'J':
		switch first {
		case "2", "3":
			t.erase(0, len(t.cells))
		case "", "0":
			t.erase(t.Y*t.W+t.X, len(t.cells))
		default:
			t.unknown(seq)
		}
	case 'K':
		if first != "" && first != "0" {
			t.unknown(seq)
			return
		}
		t.erase(t.Y*t.W+t.X, (t.Y+1)*t.W)
	default:
		t.unknown(seq)
	}
}

// erase blanks cells in the current background.
func (t *Terminal) erase(from, to int) {
	if from < len(t.cells) && t.cells[from].Width == 0 {
		t.cells[from-1] = Cell{Text: " ", Style: t.cells[from-1].Style, Width: 1}
	}
	for i := from; i < to; i++ {
		t.cells[i] = Cell{Text: " ", Style: Style{Bg: t.style.Bg}, Width: 1}
	}
	clear(t.pixels[from:to])
	t.last = -1
}

func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// sgr changes the style.
func (t *Terminal) sgr(params string) {
	items := strings.Split(params, ";")
	for i := 0; i < len(items); i++ {
		item := items[i]
		s := &t.style
		switch item {
		case "", "0":
			*s = Style{Link: s.Link}
		case "1":
			s.Bold = true
		case "2":
			s.Dim = true
		case "3":
			s.Italic = true
		case "4":
			s.Underline = "1"
		case "5":
			s.Blink = true
		case "7":
			s.Reverse = true
		case "9":
			s.Strike = true
		case "39":
			s.Fg = ""
		case "49":
			s.Bg = ""
		case "59":
			s.UnderlineColor = ""
		case "38", "48":
			n := 3
			if i+1 < len(items) && items[i+1] == "2" {
				n = 5
			}
			if i+n > len(items) {
				t.unknown([]byte("SGR " + params))
				return
			}
			colour := strings.Join(items[i+1:i+n], ";")
			if item == "38" {
				s.Fg = colour
			} else {
				s.Bg = colour
			}
			i += n - 1
		default:
			t.colour(item, params)
		}
	}
}

// colour handles the short colours and the parameters with parts.
func (t *Terminal) colour(item, params string) {
	if rest, ok := strings.CutPrefix(item, "4:"); ok {
		t.style.Underline = rest
		return
	}
	if rest, ok := strings.CutPrefix(item, "58:"); ok {
		t.style.UnderlineColor = rest
		return
	}
	n, err := strconv.Atoi(item)
	switch {
	case err == nil && n >= 30 && n <= 37:
		t.style.Fg = "5;" + strconv.Itoa(n-30)
	case err == nil && n >= 90 && n <= 97:
		t.style.Fg = "5;" + strconv.Itoa(n-82)
	case err == nil && n >= 40 && n <= 47:
		t.style.Bg = "5;" + strconv.Itoa(n-40)
	case err == nil && n >= 100 && n <= 107:
		t.style.Bg = "5;" + strconv.Itoa(n-92)
	default:
		t.unknown([]byte("SGR " + params))
	}
}

// osc reads a control string: titles, links, the clipboard, cursor colours.
func (t *Terminal) osc(p []byte) int {
	end, n := -1, 0
	for i := 2; i < len(p); i++ {
		if p[i] == '\a' {
			end, n = i, i+1
			break
		}
		if p[i] == 0x1b && i+1 < len(p) && p[i+1] == '\\' {
			end, n = i, i+2
			break
		}
	}
	if end < 0 {
		return 0
	}
	code, body, _ := bytes.Cut(p[2:end], []byte(";"))
	switch string(code) {
	case "0", "2":
		t.Title = string(body)
	case "8":
		_, url, _ := strings.Cut(string(body), ";")
		t.style.Link = url
	case "52":
		t.Clip = string(body)
	case "12", "112":
	default:
		t.unknown(p[:n])
	}
	return n
}

// graphics reads a command of the kitty graphics protocol, as far as pictures by placeholders need it: a question, a picture in
// chunks, the end of one.
func (t *Terminal) graphics(p []byte) int {
	end := bytes.Index(p, []byte("\x1b\\"))
	if end < 0 {
		return 0
	}
	head, data, _ := bytes.Cut(p[2:end], []byte(";"))
	keys := map[string]string{}
	for _, item := range strings.Split(strings.TrimPrefix(string(head), "G"), ",") {
		k, v, _ := strings.Cut(item, "=")
		keys[k] = v
	}
	switch {
	case p[2] != 'G', len(data) > 4096:
		t.unknown(p[:end+2])
	case keys["a"] == "q":
		t.Asked++
	case keys["a"] == "d" && keys["d"] == "I":
		delete(t.Images, keys["i"])
	case keys["a"] == "T" && keys["U"] == "1" && keys["f"] == "100" && keys["q"] == "2", keys["a"] == "" && t.coming != "":
		if keys["a"] == "T" {
			t.coming = keys["i"]
			t.Images[t.coming] = Image{Size: keys["c"] + "x" + keys["r"]}
		}
		im := t.Images[t.coming]
		im.Data += string(data)
		t.Images[t.coming] = im
		if keys["m"] == "0" {
			t.coming = ""
		}
	default:
		t.unknown(p[:end+2])
	}
	return end + 2
}

// device reads a control string for a device: a sixel picture that says its size and takes whole cells.
func (t *Terminal) device(p []byte) int {
	end := bytes.Index(p, []byte("\x1b\\"))
	if end < 0 {
		return 0
	}
	var w, h int
	if _, err := fmt.Sscanf(string(p[2:end]), "0;1;0q\"1;1;%d;%d#", &w, &h); err != nil || t.CellW == 0 || t.CellH == 0 {
		t.unknown(p[:end+2])
		return end + 2
	}
	cols, rows := (w+t.CellW-1)/t.CellW, (h+t.CellH-1)/t.CellH
	if t.X+cols > t.W || t.Y+rows >= t.H {
		t.unknown([]byte("a picture that reaches the last row or beyond the edge"))
		return end + 2
	}
	for row := range rows {
		for col := range cols {
			t.pixels[(t.Y+row)*t.W+t.X+col] = fmt.Sprintf("%dx%d:%d,%d", w, h, col, row)
		}
	}
	t.Sixels++
	t.X, t.Y = 0, t.H-1 // wherever: terminals differ
	t.wait, t.last = false, -1
	return end + 2
}
