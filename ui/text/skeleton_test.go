package text

import "testing"

func TestSkeleton(t *testing.T) {
	for _, same := range [][]string{
		{"alice", "аlice", "аliсе", "Alice", "ALICE", "al\u200bice", "a l i c e", "álice", "ａｌｉｃｅ", "𝒂lice", "alice\u202e", "a1ice", "allce", "αlιce", "alice\u00a0", "alice\ufe0f"},
		{"bob", "b0b", "Bоb", "bοb", "ВОВ", "b\u0301ob", "bob\x07"},
		{"modern", "rnodem", "modem"},
		{"paypal", "раураl", "PAYPAI", "pаypa1"},
		{"", " ", "\u200b\u2066", "\u3164"},
	} {
		for _, s := range same[1:] {
			if a, b := Skeleton(same[0]), Skeleton(s); a != b {
				t.Errorf("%q is not taken for %q: %q %q", s, same[0], b, a)
			}
		}
	}
	for _, other := range [][2]string{{"alice", "alicia"}, {"bob", "bob_"}, {"bob", "bob2"}, {"日本", "日木"}, {"कि", "कु"}, {"anna", "hanna"}, {"иван", "ваня"}} {
		if a, b := Skeleton(other[0]), Skeleton(other[1]); a == b {
			t.Errorf("%q is taken for %q: both are %q", other[1], other[0], a)
		}
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{"alice", "аlice", "\u202e\x1b[31m", "e\u0301\u0301", "\xff", "ﬁ", "rrn"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Skeleton(s) {
			if bidi(r) || invisible(r) || r < 0x20 {
				t.Errorf("%q keeps %U", s, r)
			}
		}
	})
}
