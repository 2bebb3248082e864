package screen

import "bytes"

// answers takes what a terminal answers to questions of ours out of the stream of keys, before tcell would take it for typing:
//
//	ESC _ G … ESC \     the kitty graphics protocol
//	ESC [ ? … c         which terminal it is (DA1)
//
// No key sends either, so they are taken out whenever they come, also late and unasked. It belongs to the reading goroutine.
type answers struct {
	held   []byte // the start of something that may be an answer
	opened bool   // a question is open: an Esc at the end of a read may be the start of its answer
	kitty  bool   // the terminal said that it draws pictures of the kitty graphics protocol
	done   bool   // the terminal answered the last question, whatever it said to those before
}

// answerMost bounds one answer; what is longer is dropped up to there.
const answerMost = 512

// apc begins an answer about pictures: its number comes first, which is not what anybody types behind Alt and a sign.
var apc = []byte("\x1b_Gi=")

// question asks for pictures, and then what every terminal answers, so that the end of waiting is known.
const question = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"

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
		for i := len(apc); i < min(len(d), answerMost); i++ {
			switch {
			case d[i] != 0x1b:
			case i+1 == len(d):
				return 0, false
			case d[i+1] != '\\': // it was broken off
				return i, true
			default:
				if bytes.Equal(d[3:i], []byte("i=31;OK")) {
					a.kitty = true
				}
				return i + 2, true
			}
		}
		return min(len(d), answerMost), len(d) >= answerMost
	case bytes.HasPrefix(d, []byte("\x1b[?")):
		i := 3
		for i < len(d) && (d[i] >= '0' && d[i] <= '9' || d[i] == ';') && i < answerMost {
			i++
		}
		switch {
		case i == answerMost:
			return i, true
		case i == len(d):
			return 0, false
		case d[i] != 'c':
			return 0, true
		}
		a.opened, a.done = false, true
		return i + 1, true
	case a.opened && len(d) < len(apc) && (bytes.HasPrefix(apc, d) || d[1] == '[' && len(d) == 2):
		return 0, false
	}
	return 0, true
}
