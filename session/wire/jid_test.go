package wire_test

import (
	"strings"
	"testing"

	"sotto/session/wire"
)

func TestJID(t *testing.T) {
	cases := map[string]struct {
		in, local, domain, resource, full string
		opaque                            bool
	}{
		"full":                 {in: "Ann@Example.ORG/Home PC", local: "ann", domain: "example.org", resource: "Home PC", full: "ann@example.org/Home PC"},
		"domain":               {in: "example.org", domain: "example.org", full: "example.org"},
		"domain and resource":  {in: "example.org/a@b/c", domain: "example.org", resource: "a@b/c", full: "example.org/a@b/c"},
		"idn":                  {in: "ann@xn--bcher-kva.example", local: "ann", domain: "bücher.example", full: "ann@bücher.example"},
		"heart":                {in: "a♥b@example.org", local: "a♥b", domain: "example.org", full: "a♥b@example.org", opaque: true},
		"space":                {in: "a b@example.org", local: "a b", domain: "example.org", full: "a b@example.org", opaque: true},
		"underscore in domain": {in: "a@b_c.org", local: "a", domain: "b_c.org", full: "a@b_c.org", opaque: true},
		"no local":             {in: "@example.org", domain: "example.org", full: "@example.org", opaque: true},
		"nothing at all":       {in: "@/", full: "@/", opaque: true},
		"empty resource":       {in: "a@b/", local: "a", domain: "b", full: "a@b/", opaque: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j := wire.Lenient(c.in)
			if j.Local() != c.local || j.Domain() != c.domain || j.Resource() != c.resource || j.String() != c.full || j.Opaque() != c.opaque {
				t.Errorf("got %q %q %q %q opaque %v", j.Local(), j.Domain(), j.Resource(), j, j.Opaque())
			}
			strict, err := wire.Parse(c.in)
			if (err != nil) != c.opaque || (err == nil && strict != j) {
				t.Errorf("strictly: %v, %v", strict, err)
			}
			if !c.opaque && j.Bare().WithResource(j.Resource()) != j {
				t.Errorf("bare and resource: %v", j.Bare().WithResource(j.Resource()))
			}
		})
	}
	if j := wire.Lenient(""); !j.IsZero() || j.Opaque() || j != (wire.JID{}) {
		t.Error("empty address")
	}
	if j := wire.Lenient(strings.Repeat("a", 1<<20)); !j.Opaque() || len(j.String()) > 4000 {
		t.Error("endless address")
	}
}

func FuzzJID(f *testing.F) {
	for _, s := range []string{"ann@example.org/r", "a@b", "@/", "a♥@b_c", "[::1]", "x@[::1]/y", "ﬀ@example.org", "A@ß.de", "a@b./c", "a＠b", "\u212a@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l := wire.Lenient(s)
		if l != wire.Lenient(s) {
			t.Fatal("not the same twice")
		}
		_ = l.Bare().String() + l.Local() + l.Domain() + l.Resource()
		j, err := wire.Parse(s)
		if err != nil {
			if s != "" && !l.Opaque() {
				t.Fatalf("%q: strict refuses, lenient gives %v", s, l)
			}
			return
		}
		if j != l || j.Opaque() || j.Domain() == "" {
			t.Fatalf("%q: got %v and %v", s, j, l)
		}
		again, err := wire.Parse(j.String())
		if err != nil || again != j {
			t.Fatalf("%q: %v is not canonical: %v, %v", s, j, again, err)
		}
		if j.Bare().WithResource(j.Resource()) != j {
			t.Fatalf("%q: parts do not make the whole", s)
		}
	})
}

func TestSASLprep(t *testing.T) {
	cases := map[string]struct {
		in, want string
		bad      bool
	}{
		"ascii":            {in: "user ~!", want: "user ~!"},
		"soft hyphen":      {in: "I\u00adX", want: "IX"},    // RFC 4013 §3
		"case kept":        {in: "USER", want: "USER"},      // RFC 4013 §3
		"feminine":         {in: "\u00aa", want: "a"},       // RFC 4013 §3
		"roman nine":       {in: "\u2168", want: "IX"},      // RFC 4013 §3
		"control":          {in: "\u0007", bad: true},       // RFC 4013 §3
		"bidi":             {in: "\u0627\u0031", bad: true}, // RFC 4013 §3
		"decomposed":       {in: "e\u0301", want: "é"},
		"no-break space":   {in: "a\u00a0b", want: "a b"},
		"empty":            {in: "", bad: true},
		"only soft hyphen": {in: "\u00ad", bad: true},
		"bad utf-8":        {in: "a\xff", bad: true},
		"right to left":    {in: "אב", want: "אב"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := wire.SASLprep(c.in)
			if got != c.want || (err != nil) != c.bad {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}
