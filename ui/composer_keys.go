package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
)

// composerKeys are the keys of readline, for a text of several lines: what
// means "line" there means the line between two line breaks here.
var composerKeys = map[string]func(*composer) bool{
	"Left":          moving((*composer).left),
	"Ctrl-B":        moving((*composer).left),
	"Right":         moving((*composer).right),
	"Ctrl-F":        moving((*composer).right),
	"Home":          moving((*composer).lineStart),
	"Ctrl-A":        moving((*composer).lineStart),
	"End":           moving((*composer).lineEnd),
	"Ctrl-E":        moving((*composer).lineEnd),
	"Alt-b":         moving((*composer).wordLeft),
	"Alt-Left":      moving((*composer).wordLeft),
	"Ctrl-Left":     moving((*composer).wordLeft),
	"Alt-f":         moving((*composer).wordRight),
	"Alt-Right":     moving((*composer).wordRight),
	"Ctrl-Right":    moving((*composer).wordRight),
	"Backspace":     func(c *composer) bool { c.replace(c.left(), c.cur, "", deleting); return true },
	"Delete":        func(c *composer) bool { c.replace(c.cur, c.right(), "", deleting); return true },
	"Ctrl-D":        func(c *composer) bool { c.replace(c.cur, c.right(), "", deleting); return true },
	"Ctrl-W":        cutBack((*composer).blankLeft),
	"Alt-Backspace": cutBack((*composer).wordLeft),
	"Ctrl-U":        cutBack((*composer).lineStart),
	"Ctrl-K":        cutOn((*composer).lineEnd),
	"Alt-d":         cutOn((*composer).wordRight),
	"Ctrl-Y":        (*composer).yank,
	"Ctrl-T":        (*composer).transpose,
	"Ctrl-_":        (*composer).undoLast,
	"Up":            (*composer).up,
	"Down":          (*composer).down,
	"Ctrl-Up":       func(c *composer) bool { c.recall(-1); return true },
	"Ctrl-Down":     func(c *composer) bool { c.recall(1); return true },
}

// key does what a key does in a text; false: nothing.
func (c *composer) key(ev *tcell.EventKey) bool {
	if fn := composerKeys[keyName(ev)]; fn != nil {
		return fn(c)
	}
	if !typed(ev) || unwanted(ev.Rune()) || ev.Rune() == '\n' {
		return false
	}
	c.typeRune(ev.Rune())
	return true
}

// typeRune types. A word and the space behind it are one step of undo.
func (c *composer) typeRune(r rune) {
	if before, _ := utf8.DecodeLastRuneInString(c.buf[:c.cur]); before == ' ' && r != ' ' {
		c.last = otherAct
	}
	c.replace(c.cur, c.cur, string(r), typing)
}

func moving(to func(*composer) int) func(*composer) bool {
	return func(c *composer) bool {
		c.cur, c.want, c.last = c.boundary(to(c)), -1, otherAct
		return true
	}
}

func (c *composer) left() int {
	at := strings.LastIndexByte(c.buf[:c.cur], '\n') + 1
	if at == c.cur {
		return max(0, at-1)
	}
	for {
		_, _, n := cluster(c.buf[at:])
		if at+n >= c.cur {
			return at
		}
		at += n
	}
}

func (c *composer) right() int {
	if c.atEnd() {
		return c.cur
	}
	_, _, n := cluster(c.buf[c.cur:])
	return c.cur + n
}

func (c *composer) lineStart() int { return strings.LastIndexByte(c.buf[:c.cur], '\n') + 1 }

func (c *composer) lineEnd() int {
	if i := strings.IndexByte(c.buf[c.cur:], '\n'); i >= 0 {
		return c.cur + i
	}
	return len(c.buf)
}

func (c *composer) wordLeft() int {
	at := strings.TrimRightFunc(c.buf[:c.cur], outsideWord)
	return len(strings.TrimRightFunc(at, insideWord))
}

func (c *composer) wordRight() int {
	rest := strings.TrimLeftFunc(c.buf[c.cur:], outsideWord)
	return len(c.buf) - len(strings.TrimLeftFunc(rest, insideWord))
}

// blankLeft is where the text between blanks before the cursor begins.
func (c *composer) blankLeft() int {
	at := strings.TrimRightFunc(c.buf[:c.cur], unicode.IsSpace)
	return len(strings.TrimRightFunc(at, func(r rune) bool { return !unicode.IsSpace(r) }))
}

func insideWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M) || r == 0x200d || r == 0x200c
}
func outsideWord(r rune) bool { return !insideWord(r) }

// cutBack cuts what is before the cursor; at the start of a line, the break.
func cutBack(to func(*composer) int) func(*composer) bool {
	return func(c *composer) bool {
		from := c.boundary(to(c))
		if from == c.cur {
			from = max(0, c.cur-1)
			if c.buf[from:c.cur] != "\n" {
				return true
			}
		}
		c.keepCut(c.buf[from:c.cur], true)
		c.replace(from, c.cur, "", cutting)
		return true
	}
}

// cutOn cuts what is behind the cursor; at the end of a line, the break.
func cutOn(to func(*composer) int) func(*composer) bool {
	return func(c *composer) bool {
		end := c.boundary(to(c))
		if end == c.cur {
			if !strings.HasPrefix(c.buf[c.cur:], "\n") {
				return true
			}
			end++
		}
		c.keepCut(c.buf[c.cur:end], false)
		c.replace(c.cur, end, "", cutting)
		return true
	}
}

// keepCut keeps what was cut. Cuts that follow each other are one.
func (c *composer) keepCut(t string, before bool) {
	paste := c.fromPaste
	switch {
	case c.last != cutting:
		c.cut = composed{buf: t}
	case before:
		c.cut.buf = t + c.cut.buf
	default:
		c.cut.buf += t
	}
	c.cut.fromPaste = paste || c.last == cutting && c.cut.fromPaste
}

// yank brings back what was cut. What was pasted stays pasted.
func (c *composer) yank() bool {
	if c.cut.buf == "" {
		return true
	}
	paste := c.fromPaste || c.cut.fromPaste && (c.cur == 0 || strings.Contains(c.cut.buf, "\n"))
	c.replace(c.cur, c.cur, c.cut.buf, otherAct)
	c.fromPaste = paste
	return true
}

// transpose swaps the two characters around the cursor, at the end of a line
// the two before it, and steps on.
func (c *composer) transpose() bool {
	at := c.cur
	if at == c.lineEnd() {
		at = c.left()
	}
	was := c.cur
	c.cur = at
	from, to := c.left(), c.right()
	c.cur = was
	if from == at || at == to || strings.Contains(c.buf[from:to], "\n") {
		return true
	}
	c.replace(from, to, c.buf[at:to]+c.buf[from:at], otherAct)
	return true
}

func (c *composer) undoLast() bool {
	if n := len(c.undo); n > 0 {
		before := c.undo[n-1]
		c.undo = c.undo[:n-1]
		c.become(before)
	}
	return true
}

// up goes a row up, or from the first one into the history if nothing of one's
// own would get lost.
func (c *composer) up() bool {
	if !c.step(-1) && c.untouched() {
		c.recall(-1)
	}
	return true
}

func (c *composer) down() bool {
	if !c.step(1) && c.untouched() {
		c.recall(1)
	}
	return true
}

// step moves the cursor a row; false: there is none.
func (c *composer) step(by int) bool {
	rows := c.layout(c.wide)
	line, col := c.place(rows, c.wide)
	if c.want < 0 {
		c.want = col
	}
	if line += by; line < 0 || line >= len(rows) {
		return false
	}
	at, end := rows[line].start, rows[line].end
	for w := 0; at < end; {
		_, cw, n := c.cluster(c.buf[at:])
		// The end of a row that was broken is the start of the next one.
		if w+cw > c.want || at+n == end && line+1 < len(rows) && rows[line+1].start == end {
			break
		}
		w, at = w+cw, at+n
	}
	c.cur, c.last = at, otherAct
	return true
}

// untouched says that the text is empty or an entry of the history as it was.
func (c *composer) untouched() bool {
	return c.buf == "" || c.at < len(c.history) && c.history[c.at].buf == c.buf
}

// recall shows another entry of the history; behind the newest one is what was
// being written.
func (c *composer) recall(by int) {
	to := c.at + by
	if to < 0 || to > len(c.history) {
		return
	}
	if c.at == len(c.history) {
		c.aside = c.now()
	}
	c.remember()
	c.at = to
	if to == len(c.history) {
		c.become(c.aside)
		return
	}
	c.become(c.history[to])
}

// keep puts the text into the history.
func (c *composer) keep() {
	if strings.TrimSpace(c.buf) == "" {
		return
	}
	entry := composed{c.buf, len(c.buf), c.fromPaste}
	if n := len(c.history); n == 0 || c.history[n-1].buf != c.buf {
		c.history = append(c.history, entry)
	}
	if n := len(c.history); n > historyMax {
		c.history = append(c.history[:0], c.history[n-historyMax:]...)
	}
	c.at = len(c.history)
}
