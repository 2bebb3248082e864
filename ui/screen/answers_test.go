package screen

import (
	"bytes"
	"testing"
)

// fed gives what a reader of keys gets of pieces.
func fed(a *answers, pieces ...string) string {
	var out bytes.Buffer
	for _, p := range pieces {
		out.Write(a.feed([]byte(p)))
	}
	return out.String()
}

// TestAnswers: answers never become keys, however they are cut, and keys stay.
func TestAnswers(t *testing.T) {
	const yes, da = "\x1b_Gi=31;OK\x1b\\", "\x1b[?62;4;22c"
	can := func(change func(*abilities)) abilities {
		var c abilities
		change(&c)
		return c
	}
	none := abilities{}
	kitty := can(func(c *abilities) { c.kitty, c.sixel = true, true })
	for name, test := range map[string]struct {
		in   string
		want string
		can  abilities
	}{
		"both":         {"a" + yes + da + "b", "ab", kitty},
		"no pictures":  {"a\x1b[?62;22c\x1b[A", "a\x1b[A", none},
		"an error":     {"\x1b_Gi=31;EINVAL:no\x1b\\x", "x", none},
		"another":      {"\x1b_Gi=7;OK\x1b\\x", "x", none},
		"broken off":   {"\x1b_Gi=31;O\x1b[Bx", "\x1b[Bx", none},
		"alt keys":     {"\x1b_x\x1bG\x1bP\x1bP>\x1b[", "\x1b_x\x1bG\x1bP\x1bP>\x1b[", none},
		"page down":    {"\x1b[6~\x1b[I\x1b[?2026;2$y\x1b[6;5~", "\x1b[6~\x1b[I\x1b[?2026;2$y\x1b[6;5~", none},
		"a paste":      {"\x1b[200~" + "c" + "\x1b[201~", "\x1b[200~c\x1b[201~", none},
		"one too long": {"\x1b_Gi=" + string(bytes.Repeat([]byte("x"), answerMost-5)) + "yz", "yz", none},
		"typed":        {"\x1b_Good day", "\x1b_Good day", none},
		"a name":       {"x\x1bP>|kitty(0.41.1)\x1b\\y", "xy", can(func(c *abilities) { c.placeholders = true })},
		"another name": {"x\x1bP>|XTerm(379)\x1b\\y", "xy", none},
		"a cell":       {"x\x1b[6;20;10ty\x1b[?1;2c", "xy", can(func(c *abilities) { c.cellW, c.cellH = 10, 20 })},
		"no cell":      {"\x1b[6;20t\x1b[6;0;0t\x1b[6;200000000000000000000;1t\x1b[8;24;80t", "\x1b[8;24;80t", none},
		"colours":      {"\x1b[?1;0;256S\x1b[?1;3;0S\x1b[?2;0;1000;1000Sx", "x", can(func(c *abilities) { c.registers = 256 })},
	} {
		a := &answers{}
		if got := fed(a, test.in); got != test.want || a.can != test.can {
			t.Errorf("%s: got %q, %+v", name, got, a.can)
		}
		for cut := 1; cut < len(test.in); cut++ {
			a := &answers{opened: true}
			if got := fed(a, test.in[:cut], test.in[cut:]); a.can != test.can || got != test.want && name != "alt keys" {
				t.Errorf("%s cut at %d: got %q, %+v", name, cut, got, a.can)
			}
		}
	}
	a := &answers{}
	if got := fed(a, "\x1b"); got != "\x1b" {
		t.Errorf("an Esc that nobody asked for waits: %q", got)
	}
}

// FuzzAnswers: nothing but answers is taken away, at most so much is kept back, and an answer between keys leaves the keys.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{"abc", "\x1b[?1;2c", "\x1b_Gi=31;OK\x1b\\", "\x1b_G\x1b\\\x1b[6;1;2t", "\x1b\x1b[?\x1b_G", "\x1bP>|kitty(0.41.1)\x1b\\\x1b[?1;0;256S\x1b[6;20;10t\x1b[6;"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		whole := &answers{}
		one := bytes.Clone(whole.feed(bytes.Clone(in)))
		if len(one)+len(whole.held) > len(in) || len(whole.held) > answerMost {
			t.Fatalf("%d of %d come out, %d are kept", len(one), len(in), len(whole.held))
		}
		if bytes.IndexByte(in, 0x1b) < 0 && !bytes.Equal(one, in) {
			t.Fatal("keys are lost")
		}
		if len(in) > 0 && bytes.IndexByte(in, 0x1b) < 0 {
			if cut %= len(in); cut < 0 {
				cut = -cut
			}
			a := &answers{opened: true}
			if got := fed(a, string(in[:cut]), "\x1b_Gi=31;OK\x1b", "\\\x1b[?62", "c", string(in[cut:])); got != string(in) || !a.can.kitty || !a.done {
				t.Fatalf("got %q of %q", got, in)
			}
		}
	})
}
