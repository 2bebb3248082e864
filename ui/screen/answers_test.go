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
	for name, test := range map[string]struct {
		in    string
		want  string
		kitty bool
	}{
		"both":         {"a" + yes + da + "b", "ab", true},
		"no pictures":  {"a" + da + "\x1b[A", "a\x1b[A", false},
		"an error":     {"\x1b_Gi=31;EINVAL:no\x1b\\x", "x", false},
		"another":      {"\x1b_Gi=7;OK\x1b\\x", "x", false},
		"broken off":   {"\x1b_Gi=31;O\x1b[Bx", "\x1b[Bx", false},
		"alt keys":     {"\x1b_x\x1bG\x1b[", "\x1b_x\x1bG\x1b[", false},
		"page down":    {"\x1b[6~\x1b[I\x1b[?2026;2$y", "\x1b[6~\x1b[I\x1b[?2026;2$y", false},
		"a paste":      {"\x1b[200~" + "c" + "\x1b[201~", "\x1b[200~c\x1b[201~", false},
		"one too long": {"\x1b_Gi=" + string(bytes.Repeat([]byte("x"), answerMost-5)) + "yz", "yz", false},
		"typed":        {"\x1b_Good day", "\x1b_Good day", false},
	} {
		a := &answers{}
		if got := fed(a, test.in); got != test.want || a.kitty != test.kitty {
			t.Errorf("%s: got %q, %v", name, got, a.kitty)
		}
		for cut := 1; cut < len(test.in); cut++ {
			a := &answers{opened: true}
			if got := fed(a, test.in[:cut], test.in[cut:]); a.kitty != test.kitty || got != test.want && name != "alt keys" {
				t.Errorf("%s cut at %d: got %q, %v", name, cut, got, a.kitty)
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
	for _, s := range []string{"abc", "\x1b[?1;2c", "\x1b_Gi=31;OK\x1b\\", "\x1b_G\x1b\\\x1b[6;1;2t", "\x1b\x1b[?\x1b_G"} {
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
			if got := fed(a, string(in[:cut]), "\x1b_Gi=31;OK\x1b", "\\\x1b[?62", "c", string(in[cut:])); got != string(in) || !a.kitty || !a.done {
				t.Fatalf("got %q of %q", got, in)
			}
		}
	})
}
